/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads small kernel files for the image tests and looks at what became of them. */
#ifndef GATEHOUSE_TEST_UNIT_IMAGE_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_IMAGE_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "core/boot_params.h"
#include "core/image.h"
#include "test/unit/unit.h"

/* Plans and carries out at once, in odd steps. */
static int image_load(const struct image_ram *ram, const struct image_file *file,
		      uint32_t initrd_start, uint32_t *entry, char *error, size_t error_size)
{
	struct image_plan plan;
	int result = image_plan(ram, file, initrd_start, &plan, error, error_size);

	if (result)
		return result;
	while (!image_plan_step(&plan, ram, 777))
		;
	*entry = plan.entry;
	return 0;
}

#define RAM_BYTES MIB(2)

static char err[512]; /* what image_load() said */

/* A kernel file under construction. */
struct blob {
	uint8_t data[0x3000];
	uint32_t bytes;
};

/* A load into RAM and from a file of exactly their sizes, so that ASan sees each step outside. */
struct load {
	struct image_ram ram;
	uint32_t entry;
	int error;
};

static inline void load_with(struct load *l, const struct blob *b, uint32_t ram_bytes,
			     uint32_t limit)
{
	uint8_t *file = malloc(b->bytes ? b->bytes : 1);
	const struct image_file image = {file, b->bytes};

	memcpy(file, b->data, b->bytes);
	l->ram = (struct image_ram){calloc(1, ram_bytes), ram_bytes};
	l->entry = 0;
	memset(err, 0, sizeof(err));
	l->error = image_load(&l->ram, &image, limit, &l->entry, err, sizeof(err));
	assert_true(l->error <= 0);
	assert_true(!l->error == !err[0]);
	free(file);
}

static inline void load_done(struct load *l)
{
	free(l->ram.base);
}

static inline void expect_refused(const struct blob *b, const char *part)
{
	struct load l;

	load_with(&l, b, RAM_BYTES, RAM_BYTES);
	if (!l.error || !strstr(err, part))
		fail_msg("expected refusal with '%s', got %d: %s", part, l.error, err);
	load_done(&l);
}

static inline void expect_entry(const struct blob *b, uint32_t ram_bytes, uint32_t entry)
{
	struct load l;

	load_with(&l, b, ram_bytes, ram_bytes);
	if (l.error || l.entry != entry)
		fail_msg("expected entry 0x%x, got %d: entry 0x%x %s", entry, l.error, l.entry,
			 err);
	load_done(&l);
}

/* RAM is zero but for [start, start + bytes), which is as in the blob from offset on. */
static inline void check_ram(const struct load *l, const struct blob *b, uint32_t start,
			     uint32_t offset, uint32_t bytes)
{
	assert_memory_equal(l->ram.base + start, b->data + offset, bytes);
	memset(l->ram.base + start, 0, bytes);
}

static inline void check_rest_is_zero(const struct load *l)
{
	uint32_t i;

	for (i = 0; i < l->ram.bytes; i++)
		if (l->ram.base[i])
			fail_msg("RAM was written at 0x%x", i);
}

static inline void every_truncation_is_refused(struct blob *b)
{
	uint32_t full = b->bytes;
	struct load l;

	for (b->bytes = 0; b->bytes < full; b->bytes++) {
		load_with(&l, b, RAM_BYTES, RAM_BYTES);
		if (!l.error)
			fail_msg("accepted with %u of %u bytes", b->bytes, full);
		load_done(&l);
	}
}

static inline void mutate(struct blob *b, uint32_t header_bytes, struct unit_random *r)
{
	static const uint8_t nasty[] = {0, 1, 0x7F, 0x80, 0xFF};
	unsigned n = 1 + unit_random(r) % 6;

	while (n--) {
		uint64_t bits = unit_random(r);

		b->data[bits % header_bytes] =
			bits & 1ull << 40 ? nasty[(bits >> 48) % 5] : (uint8_t)(bits >> 48);
	}
}

/* Whatever is accepted has an entry inside of RAM and left the reserved areas alone. */
static inline void check_mutant(const struct blob *b)
{
	const uint32_t limit = RAM_BYTES - 0x1000;
	struct load l;
	uint32_t i;

	load_with(&l, b, RAM_BYTES, limit);
	for (i = 0; i < BOOT_RESERVED_END; i++)
		assert_int_equal(l.ram.base[i], 0);
	for (i = limit; i < RAM_BYTES; i++)
		assert_int_equal(l.ram.base[i], 0);
	if (!l.error)
		assert_in_range(l.entry, BOOT_RESERVED_END, limit - 1);
	load_done(&l);
}

#endif
