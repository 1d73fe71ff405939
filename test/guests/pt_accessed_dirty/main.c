/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host sets accessed and dirty bits exactly as the CPU would. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

static void check_bits(const char *what, pte_t want)
{
	pte_t got = pt_get(pt_root(), VA) & (PTE_ACCESSED | PTE_DIRTY);

	CHECK(got == want, "%s: accessed and dirty 0x%llx, not 0x%llx", what, got, want);
}

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(1);

	for (unsigned i = 0; i < 10; i++) {
		pt_map(root, VA, gpa | PTE_PRESENT | PTE_WRITE);
		check_bits("untouched", 0);
		CHECK(try_read(VA, NULL), "read fault");
		check_bits("read", PTE_ACCESSED);
		CHECK(try_write(VA, i), "write fault");
		check_bits("written", PTE_ACCESSED | PTE_DIRTY);
		CHECK(*(uint32_t *)phys_to_virt(gpa) == i, "the write went elsewhere");
		/* Cleaned, as writeback does it. */
		pt_map(root, VA, gpa | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED);
		CHECK(try_read(VA, NULL), "read fault");
		check_bits("read after cleaning", PTE_ACCESSED);
		CHECK(try_write(VA, i), "write fault");
		check_bits("written after cleaning", PTE_ACCESSED | PTE_DIRTY);
		pt_map(root, VA, gpa | PTE_PRESENT);
		CHECK(!try_write(VA, i), "write to a read-only page");
		CHECK(!(pt_get(root, VA) & PTE_DIRTY), "a refused write made the page dirty");
		pt_map(root, VA, 0);
	}
	/* The first touch is a write. */
	pt_map(root, VA, gpa | PTE_PRESENT | PTE_WRITE);
	CHECK(try_write(VA, 1), "write fault");
	check_bits("write first", PTE_ACCESSED | PTE_DIRTY);
	/* Unrelated bits stay. */
	pt_map(root, VA, gpa | PTE_PRESENT | PTE_WRITE | 0xE00);
	CHECK(try_write(VA, 1), "write fault");
	CHECK((pt_get(root, VA) & 0xE00) == 0xE00, "software bits lost");
}
