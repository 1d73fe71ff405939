/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 64 address spaces, cycled: each sees its own page; the kernel part is the same in all. */
/* paging: both */
/* expect: success */
/* guest-line: mem=8M */
#include "test/guests/lib/test.h"

#define VA        0x40000000u
#define KERNEL_VA 0xD0000000u
#define ROOTS     64

static uint32_t roots[ROOTS], pages[ROOTS];

static void check_root(unsigned i, uint32_t kernel_value)
{
	uint32_t value;

	pt_load(roots[i]);
	CHECK(try_read(VA, &value), "root %u: fault", i);
	CHECK(value == 0xC0DE0000 + i, "root %u: 0x%x", i, value);
	CHECK(try_read(KERNEL_VA, &value) && value == kernel_value,
	      "root %u: kernel page 0x%x, not 0x%x", i, value, kernel_value);
}

void test_main(void)
{
	uint32_t shared = boot_alloc_pages(2), boot = pt_root();

	/* The table for the kernel page first, so that the roots share it. */
	*(uint32_t *)phys_to_virt(shared) = 0x11;
	*(uint32_t *)phys_to_virt(shared + PAGE_SIZE) = 0x22;
	pt_map(boot, KERNEL_VA, shared | PTE_KERNEL_PAGE);
	for (unsigned i = 0; i < ROOTS; i++) {
		roots[i] = pt_create();
		if (!pt_is_pae())
			((uint32_t *)phys_to_virt(roots[i]))[KERNEL_VA >> 22] =
				(uint32_t)pt_get_upper(boot, KERNEL_VA);
		pages[i] = boot_alloc_pages(1);
		*(uint32_t *)phys_to_virt(pages[i]) = 0xC0DE0000 + i;
		pt_map(roots[i], VA, pages[i] | PTE_KERNEL_PAGE);
	}
	for (unsigned round = 0; round < 20; round++) {
		/* Forwards, backwards, and in strides. */
		for (unsigned i = 0; i < ROOTS; i++)
			check_root(round % 3 == 0   ? i
				   : round % 3 == 1 ? ROOTS - 1 - i
						    : i * 29 % ROOTS,
				   round & 1 ? 0x22 : 0x11);
		/* Remap the kernel page while some root is loaded: all must follow. */
		pt_map(pt_root(), KERNEL_VA,
		       (round & 1 ? shared : shared + PAGE_SIZE) | PTE_KERNEL_PAGE);
	}
	/* A change to a root that is not loaded. */
	pt_load(boot);
	for (unsigned i = 0; i < ROOTS; i++)
		pt_map(roots[i], VA, pages[ROOTS - 1 - i] | PTE_KERNEL_PAGE);
	for (unsigned i = 0; i < ROOTS; i++) {
		uint32_t value;

		pt_load(roots[i]);
		CHECK(try_read(VA, &value) && value == 0xC0DE0000 + ROOTS - 1 - i,
		      "root %u: 0x%x after a change from outside", i, value);
	}
	pt_load(boot);
}
