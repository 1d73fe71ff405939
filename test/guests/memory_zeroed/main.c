/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest memory is zero outside the image and the boot parameters. */
/* expect: success */
/* bystander: hello */
#include "test/guests/lib/test.h"

extern char guest_image_end_phys[];

void test_main(void)
{
	uint32_t ram = boot_ram_bytes();
	const uint32_t *word = (const uint32_t *)ALIGN_UP(addr32(guest_image_end_phys), PAGE_SIZE);

	for (; addr32(word) < ram; word++)
		CHECK(READ_ONCE(*word) == 0, "0x%x holds 0x%x", addr32(word), *word);
	for (word = (const uint32_t *)0x10000; addr32(word) < 0x100000; word++)
		CHECK(READ_ONCE(*word) == 0, "0x%x holds 0x%x", addr32(word), *word);
}
