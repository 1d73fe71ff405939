/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes a snapshot against a plain copy. The first byte chooses its memory and
 * the disk's size; then each request is three bytes: what, where, sectors.
 */
/* unit-sources: core/overlay.c core/block_queue.c */
#include "core/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "core/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECTORS 256u

static struct overlay overlay;
static struct block_disk below;
static struct block_request *at_below;
static uint8_t original[SECTORS * 512], model[SECTORS * 512];
static uint64_t base; /* where the model's first sector is on the disk */
static int done, error;
static bool is_full, is_moody;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static int submit_below(struct block_disk *d, struct block_request *r)
{
	check(d == &below && !at_below && r->op == BLOCK_READ && r->sectors);
	check(r->sector >= base && r->sector + r->sectors <= base + SECTORS);
	is_moody = !is_moody;
	if (is_moody)
		return -EAGAIN;
	at_below = r;
	return 0;
}

static void finish_below(void)
{
	struct block_request *r = at_below;
	uint32_t at = (uint32_t)(r->sector - base) * 512;
	uint32_t bytes = 0;

	at_below = NULL;
	for (unsigned i = 0; i < r->count; i++) {
		memcpy(r->segments[i].at, original + at + bytes, r->segments[i].bytes);
		bytes += r->segments[i].bytes;
	}
	check(bytes == r->sectors * 512);
	r->done(r, 0);
}

static void request_done(struct block_request *r, int result)
{
	done++;
	error = result;
}

static const struct block_ops ops_below = {.submit = submit_below};

static void fill(uint8_t *memory, uint32_t bytes)
{
	static uint32_t seed;

	seed += 0x9E3779B9;
	memset(memory, (int)(seed >> 24), bytes);
	for (uint32_t i = 0; i < bytes; i += 512)
		memory[i] = (uint8_t)(i >> 9);
}

/* A write that failed may have been done in part: no more is known about those sectors. */
static void compare(const struct block_request *r, const uint8_t *memory, uint32_t at)
{
	uint32_t bytes = r->sectors * 512;

	check(done == 1 && (!error || (error == -ENOSPC && r->op != BLOCK_READ)));
	is_full |= error != 0;
	if (is_full)
		return;
	if (r->op == BLOCK_READ)
		check(!memcmp(memory, model + at * 512, bytes));
	else if (r->op == BLOCK_WRITE)
		memcpy(model + at * 512, memory, bytes);
	else if (r->op == BLOCK_WRITE_ZEROES)
		memset(model + at * 512, 0, bytes);
}

/* cut: the first segment's sectors, for a request of two. */
static void operate(unsigned what, uint32_t at, uint32_t sectors, uint32_t cut)
{
	static const enum block_op ops[] = {BLOCK_READ, BLOCK_WRITE, BLOCK_WRITE_ZEROES,
					    BLOCK_FLUSH};
	uint8_t *memory = malloc(sectors * 512);
	struct block_segment segments[2] = {{memory, cut * 512},
					    {memory + cut * 512, (sectors - cut) * 512}};
	struct block_request r = {.op = ops[what % 4],
				  .sector = base + at,
				  .sectors = sectors,
				  .count = 2 - (cut == sectors),
				  .segments = segments,
				  .done = request_done};

	fill(memory, sectors * 512);
	done = 0;
	check(!overlay.disk.ops->submit(&overlay.disk, &r) && !done);
	for (unsigned steps = 0; !done; steps++) {
		check(steps < 3 * SECTORS);
		if (!overlay.disk.ops->step(&overlay.disk) && at_below)
			finish_below();
	}
	check(!overlay.queue.first && !at_below);
	compare(&r, memory, at);
	free(memory);
}

static void start(uint8_t choice)
{
	static const uint64_t sizes[] = {SECTORS, 1ull << 30, 1ull << 52, 9000};
	uint32_t pages = OVERLAY_PAGES_MIN + (choice >> 2);
	void *memory = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);

	memset(memory, 0xC3, pages * PAGE_SIZE);
	below = (struct block_disk){.ops = &ops_below, .sectors = sizes[choice & 3]};
	base = below.sectors - SECTORS;
	overlay_init(&overlay, &below, memory, pages);
	is_full = is_moody = false;
	if (!original[0])
		memset(original, 0x5A, sizeof(original));
	for (uint32_t i = 0; i < SECTORS; i++)
		original[i * 512 + 1] = (uint8_t)i;
	memcpy(model, original, sizeof(model));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	start(data[0]);
	for (size_t i = 1; i + 3 <= size; i += 3) {
		uint32_t at = data[i + 1];
		uint32_t sectors = 1 + MIN(data[i + 2], SECTORS - 1 - at);

		sectors = MIN(sectors, BLOCK_SEGMENT_MAX / 512);
		operate(data[i], at, sectors, 1 + (data[i] >> 2) % sectors);
	}
	free(overlay.memory);
	return 0;
}
