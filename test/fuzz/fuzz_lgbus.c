/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the lguest bus of a guest with a console, a disk and an entropy
 * device. The input is steps of 8 bytes: write a word somewhere into memory,
 * the descriptors and rings above RAM included, NOTIFY an address, let the
 * devices work, make room. A guest dies by an address that is nothing only.
 */
/* unit-sources: core/lgbus.c core/devices.c core/ramdisk.c core/block_queue.c */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/console.c */
/* unit-sources: core/virtio/rng.c core/virtio/blk.c core/virtio/pci.c */
#include "test/unit/lgbus_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS 200u

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* Addresses that mean something are more likely than others. */
static gpa_t place(uint32_t word)
{
	switch (word >> 30) {
	case 0:
		return (word & 0xFFFF) % g->mem_bytes;
	case 1:
		return g->ram_bytes + (word & 0x3FF) % 256;
	case 2:
		return g->ram_bytes + PAGE_SIZE * ((word & 0xFF) % PAGES);
	default:
		return word;
	}
}

static void poke(gpa_t at, uint32_t word)
{
	if (at <= g->mem_bytes - sizeof(word))
		memcpy(guest_memory(g) + at, &word, sizeof(word));
}

static void step(uint32_t what, uint32_t word)
{
	switch (what & 7) {
	case 0:
	case 1:
	case 2:
		poke(place((what >> 3 & 0xFFFF) | what >> 19 << 30), word);
		break;
	case 3:
	case 4:
		if (g->state != GUEST_RUNNING)
			break; /* it does not get to call */
		lgbus_notify(g, place(word));
		check(!has_failed || place(word) >= g->ram_bytes);
		break;
	case 5:
		devices_work(g);
		break;
	case 6:
		room = word & 0xFFF;
		break;
	default:
		/* a ring's idx, as a driver moves it */
		poke(g->ram_bytes + PAGE_SIZE * (1 + word % 8) + (what >> 3 & 0xFF) * 16,
		     what >> 11);
	}
	check(!has_failed == (g->state != GUEST_DEAD));
	check(g->devices.waits_for_reset <= (g->state == GUEST_STALLED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	begin();
	for (size_t i = 0; i < MIN(size / 8, (size_t)STEPS) && !has_failed; i++) {
		uint32_t words[2];

		memcpy(words, data + i * 8, sizeof(words));
		step(words[0], words[1]);
	}
	end();
	return 0;
}
