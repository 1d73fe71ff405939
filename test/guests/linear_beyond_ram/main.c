/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In linear mode nothing above RAM and its device pages can be read: fault or death. */
/* expect: success or dead "(?i)outside|address|linear|page|beyond" */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t ram = boot_ram_bytes(), value;

	for (uint32_t va = ALIGN_UP(ram, 0x400000) + 0x1000000; va < 0xFFC00000 - 0x400000;
	     va += 0x3FF000) {
		CHECK(!try_read(va, &value), "0x%x reads 0x%x", va, value);
		CHECK(!try_write(va, 0), "0x%x was written", va);
	}
}
