/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the virtio disk: requests cut at random over a disk of random moods, against a copy. */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/blk.c */
#include "test/unit/virtio_blk_fixture.h"

#define FLUSH (1ull << VIRTIO_BLK_F_FLUSH)

#define SLOTS      12u
#define SLOT_DESCS 10u
#define SLOT_BYTES 0x20000u

struct slot {
	bool is_out, is_busy;
	uint32_t readable, writable, bytes; /* where; how much data */
	uint64_t sector;
	uint8_t *want;
};

static struct slot slots[SLOTS];
static struct unit_random random_source;

static uint32_t below(uint32_t n)
{
	return (uint32_t)(unit_random(&random_source) % n);
}

/* Cuts a stretch into at most 4 pieces, nicely or anywhere; returns the next descriptor. */
static unsigned cut(unsigned d, uint32_t at, uint32_t bytes, uint32_t nice, unsigned flags)
{
	for (unsigned pieces = 0; bytes; pieces++) {
		uint32_t n = nice ? nice : below(bytes + 1);

		if (pieces == 3 || n > bytes)
			n = bytes;
		put_desc(d++, at, n, flags);
		at += n;
		bytes -= n;
		nice = nice ? 512 * (1 + below(64)) : 0;
	}
	return d;
}

static void submit_slot(unsigned i)
{
	struct slot *s = &slots[i];
	uint32_t base = DATA + i * SLOT_BYTES, shift = below(2) ? below(8) : 0, sectors;
	unsigned head = i * SLOT_DESCS, d;
	bool is_nice = below(2);

	sectors = 1 + below(is_nice ? 60 : 20);
	s->bytes = sectors * 512;
	s->is_out = below(2);
	s->sector = i * 100 + below(100 - sectors);
	s->readable = base + shift;
	s->writable = base + 0x10000 + shift;
	put_header(s->readable, s->is_out, s->sector);
	for (uint32_t n = 0; n < s->bytes; n++)
		memory[(s->is_out ? s->readable + 16 : s->writable) + n] = (uint8_t)below(256);
	d = cut(head, s->readable, 16 + (s->is_out ? s->bytes : 0), is_nice ? 16 : 0, F_NEXT);
	if (is_nice && !s->is_out) {
		d = cut(d, s->writable, s->bytes, 512, F_NEXT | F_WRITE);
		put_desc(d++, s->writable + s->bytes, 1, F_WRITE | F_NEXT);
	} else {
		d = cut(d, s->writable, (s->is_out ? 0 : s->bytes) + 1, 0, F_NEXT | F_WRITE);
	}
	assert_true(d <= head + SLOT_DESCS);
	put(16 * (d - 1) + 12, 2, F_WRITE);
	free(s->want);
	s->want = malloc(s->bytes);
	memcpy(s->want, s->is_out ? memory + s->readable + 16 : disk.data + s->sector * 512,
	       s->bytes);
	memory[s->writable + (s->is_out ? 0 : s->bytes)] = NOTHING;
	s->is_busy = true;
	offer(head);
}

static unsigned failed, succeeded;

static void check_slot(unsigned used)
{
	unsigned i = used_head(used) / SLOT_DESCS;
	struct slot *s = &slots[i];
	uint8_t status = memory[s->writable + (s->is_out ? 0 : s->bytes)];

	assert_int_equal(used_head(used) % SLOT_DESCS, 0);
	assert_true(i < SLOTS && s->is_busy);
	s->is_busy = false;
	assert_true(status == VIRTIO_BLK_S_OK || status == VIRTIO_BLK_S_IOERR);
	if (status) {
		failed++;
		assert_int_equal(used_len(used), 1);
		return;
	}
	succeeded++;
	assert_int_equal(used_len(used), s->is_out ? 1 : s->bytes + 1);
	assert_memory_equal(s->want, s->is_out ? disk.data + s->sector * 512 : memory + s->writable,
			    s->bytes);
}

static void run_at_random(uint64_t features)
{
	unsigned seen = 0;

	start_driver(features);
	for (unsigned go = 0; go < 30000; go++) {
		unsigned i = below(SLOTS);

		disk.room = below(6);
		if (go < 29000 && !slots[i].is_busy)
			submit_slot(i);
		if (below(3) == 0)
			notify();
		if (below(4) == 0)
			virtio_work(&b->device);
		if (disk.count && below(2))
			fake_finish(&disk, below(disk.count), below(40) ? 0 : -EIO);
		for (; seen != used_idx(); seen = (uint16_t)(seen + 1))
			check_slot(seen);
	}
	disk.room = 6;
	notify();
	for (; disk.count || b->device.work_left; virtio_work(&b->device))
		if (disk.count)
			fake_finish(&disk, 0, 0);
	for (; seen != used_idx(); seen = (uint16_t)(seen + 1))
		check_slot(seen);
	assert_int_equal(b->in_flight, 0);
	assert_null(virtio_check(&b->device));
}

static void test_at_random(void **state)
{
	random_source.state = 31337;
	failed = succeeded = 0;
	for (unsigned write_back = 0; write_back < 2; write_back++) {
		run_at_random(write_back ? FLUSH : 0);
		for (unsigned i = 0; i < SLOTS; i++)
			assert_false(slots[i].is_busy);
		virtio_set_status(&b->device, 0);
	}
	assert_true(failed > 100 && succeeded > 3000 && disk.refused > 1000);
	for (unsigned i = 0; i < SLOTS; i++)
		free(slots[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLK_TEST(test_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
