/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Touching far more page tables than the shadow quota allows works, only slower. */
/* paging: both */
/* expect: success */
/* guest-line: mem=16M shadow=256K */
#include "test/guests/lib/test.h"

#define ROOTS  12
#define TABLES 24

static uint32_t roots[ROOTS];

static uint32_t va_of(unsigned table)
{
	return 0x20000000u + table * 0x01800000u + (table % 7) * PAGE_SIZE;
}

void test_main(void)
{
	uint32_t gpa = boot_alloc_pages(64), value;

	for (unsigned i = 0; i < 64; i++)
		*(uint32_t *)phys_to_virt(gpa + i * PAGE_SIZE) = 0x5AD00000 + i;
	for (unsigned r = 0; r < ROOTS; r++) {
		roots[r] = pt_create();
		for (unsigned t = 0; t < TABLES; t++)
			pt_map(roots[r], va_of(t),
			       (gpa + (r * 5 + t) % 64 * PAGE_SIZE) | PTE_KERNEL_PAGE);
	}
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned r = 0; r < ROOTS; r++) {
			pt_load(roots[(r * 5 + round) % ROOTS]);
			for (unsigned t = 0; t < TABLES; t++) {
				uint32_t want = 0x5AD00000 + ((r * 5 + round) % ROOTS * 5 + t) % 64;

				CHECK(try_read(va_of(t), &value), "root %u table %u: fault", r, t);
				CHECK(value == want, "root %u table %u: 0x%x, not 0x%x", r, t,
				      value, want);
			}
			CHECK(!try_read(0x10000000, &value), "something appeared at 0x10000000");
		}
	}
}
