/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHUTDOWN with restart starts the guest again, in zeroed memory and with its image anew. */
/* expect: success */
/* alone: the TSC counts from power-on */
/* expect-log: "(?i)restart" */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

/*
 * Memory cannot tell the lives apart, so the TSC does: it runs from power-on. The
 * first life must begin before the deadline, and lasts until it.
 */
#define DEADLINE_MS 2000

extern char guest_image_end_phys[];

static uint32_t data_word = 0x600D0001, bss_word;

void test_main(void)
{
	uint32_t ram = boot_ram_bytes(), left = 0;
	volatile uint32_t *word = (uint32_t *)ALIGN_UP(addr32(guest_image_end_phys), PAGE_SIZE);
	bool first = tsc_to_ns(rdtsc()) < DEADLINE_MS * (uint64_t)NSEC_PER_MSEC;

	CHECK(data_word == 0x600D0001, "data holds 0x%x", data_word);
	CHECK(bss_word == 0, "bss holds 0x%x", bss_word);
	for (; addr32(word) < ram; word++)
		left += *word != 0;
	CHECK(!left, "%u words of memory are not zero", left);
	if (!first)
		return;
	printf("first life\n");
	WRITE_ONCE(data_word, 0xBAD);
	WRITE_ONCE(bss_word, 0xBAD);
	memset((void *)ALIGN_UP(addr32(guest_image_end_phys), PAGE_SIZE), 0xA5, ram / 4);
	while (tsc_to_ns(rdtsc()) < (DEADLINE_MS + 1) * (uint64_t)NSEC_PER_MSEC)
		barrier();
	shutdown(LGUEST_SHUTDOWN_RESTART, "once more");
}
