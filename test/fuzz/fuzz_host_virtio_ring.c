/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the driver's side of a virtqueue: the input is a byte that chooses the
 * ring's form, then steps of the driver and of a device that may do anything to
 * the shared memory.
 */
/* unit-sources: drivers/host_virtio_ring.c */
#include "drivers/host_virtio_ring.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GIVE, TAKE, USE, POKE, IDX };

static struct host_ring ring;
static uint8_t memory[HOST_RING_BYTES] __attribute__((aligned(HOST_RING_ALIGN)));
static bool given[HOST_RING_MAX];

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void give(unsigned slot)
{
	if (ring.broken || slot >= ring.slots || given[slot])
		return;
	host_ring_link(host_ring_slot(&ring, slot), slot * ring.stride, ring.stride - 1u, memory, 1,
		       0);
	host_ring_give(&ring, slot);
	given[slot] = true;
}

/* Only what was given comes back, and once; a broken ring stays so. */
static void take(void)
{
	bool was_broken = ring.broken;
	uint32_t written;
	unsigned slot;

	if (host_ring_take(&ring, &slot, &written)) {
		check(!was_broken && slot < ring.slots && given[slot]);
		given[slot] = false;
	}
	host_ring_has_used(&ring);
	host_ring_wants_notice(&ring);
	check(!was_broken || ring.broken);
}

static void use(uint32_t id, uint32_t written)
{
	uint16_t idx = ring.used->idx;

	ring.used->ring[idx & (ring.num - 1)] = (struct vring_used_elem){id, written};
	ring.used->idx = (uint16_t)(idx + 1);
}

/* A step is four bytes. */
static void step(const uint8_t *s)
{
	unsigned value = s[2] | s[3] << 8;

	switch (s[0] % 5) {
	case GIVE:
		give(s[1]);
		break;
	case TAKE:
		take();
		break;
	case USE:
		use(s[1] * ring.stride + (s[2] & 1), value);
		break;
	case POKE:
		memory[(s[1] << 8 | s[2]) % sizeof(memory)] = s[3];
		break;
	default:
		ring.used->idx = (uint16_t)value;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t nums[] = {1, 2, 4, 8, 64, 256, 16, 128};
	static const uint16_t strides[] = {1, 2, 4, 128};
	uint16_t num, stride;

	if (size < 1)
		return 0;
	num = nums[data[0] & 7];
	stride = strides[data[0] >> 3 & 3];
	stride = stride < num ? stride : num;
	memset(given, 0, sizeof(given));
	host_ring_init(&ring, memory, num, stride, num / stride);
	for (size_t i = 1; i + 4 <= size; i += 4)
		step(data + i);
	return 0;
}
