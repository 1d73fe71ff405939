/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel part larger than the shadow quota works, too. */
/* paging: both */
/* expect: success */
/* guest-line: mem=16M shadow=256K */
#include "test/guests/lib/test.h"

#define TABLES 100

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(1), value;

	*(uint32_t *)phys_to_virt(gpa) = 0xFEEDF00D;
	for (unsigned t = 0; t < TABLES; t++)
		pt_map(root, 0xC8000000u + t * 0x00800000u, gpa | PTE_KERNEL_PAGE);
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned t = 0; t < TABLES; t++)
			CHECK(try_read(0xC8000000u + t * 0x00800000u, &value) &&
				      value == 0xFEEDF00D,
			      "table %u: 0x%x", t, value);
	}
}
