/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In linear mode all of RAM can be read and written, to its last word. */
/* expect: success */
/* guest-line: mem=6M */
#include "test/guests/lib/test.h"

extern char guest_image_end_phys[];

void test_main(void)
{
	uint32_t ram = boot_ram_bytes(), value;

	CHECK(ram == 6u << 20, "RAM is %u bytes", ram);
	for (uint32_t va = addr32(guest_image_end_phys) + 0x10000; va < ram; va += PAGE_SIZE) {
		CHECK(try_read(va, &value) && value == 0, "0x%x reads 0x%x", va, value);
		CHECK(try_write(va + PAGE_SIZE - 4, va), "0x%x cannot be written",
		      va + PAGE_SIZE - 4);
	}
	for (uint32_t va = addr32(guest_image_end_phys) + 0x10000; va < ram; va += PAGE_SIZE)
		CHECK(try_read(va + PAGE_SIZE - 4, &value) && value == va, "0x%x reads 0x%x", va,
		      value);
}
