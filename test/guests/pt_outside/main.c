/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry that points outside the guest's RAM maps nothing: fault or death. */
/* paging: both */
/* expect: success or dead "(?i)outside|page|address|entry|beyond|memory" */
/* bochs: yes */
/* cases: 9 */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

void test_main(void)
{
	/* The device pages follow RAM directly and are the guest's own, so keep clear of them. */
	uint32_t ram = boot_ram_bytes();
	const pte_t targets[] = {ram + (32u << 20), 0x80000000,      0xFEE00000,
				 0xFEC00000,        0xFFC00000,      0xFFFFF000,
				 0x1000000000ull,   0xFFFFF00000ull, 0x8000000000ull};
	uint32_t value;

	for (unsigned i = test_case(); i < ARRAY_SIZE(targets); i++) {
		if (!pt_is_pae() && targets[i] >> 32)
			continue;
		pt_map(pt_root(), VA, targets[i] | PTE_KERNEL_PAGE);
		CHECK(!try_read(VA, &value), "entry for 0x%llx: read 0x%x", targets[i], value);
		CHECK(!try_write(VA, 0x666), "entry for 0x%llx: written", targets[i]);
		pt_map(pt_root(), VA, 0);
	}
}
