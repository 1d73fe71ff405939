/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image fuzzers share: one load into a RAM whose borders are watched. */
#ifndef GATEHOUSE_TEST_FUZZ_FUZZ_IMAGE_H
#define GATEHOUSE_TEST_FUZZ_FUZZ_IMAGE_H

#include <stdlib.h>
#include <string.h>

#include "core/boot_params.h"
#include "core/image.h"

#define FUZZ_RAM   (MIB(1) + KIB(64))
#define FUZZ_LIMIT (FUZZ_RAM - KIB(4))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The RAM is not cleared between runs, that would take most of the time. ASan
 * watches its ends and the file's, this the reserved areas and the answer.
 */
static inline void fuzz_image(const uint8_t *data, size_t size)
{
	static const uint8_t zeros[BOOT_RESERVED_END];
	static struct image_ram ram = {NULL, FUZZ_RAM};
	const struct image_file file = {data, (uint32_t)size};
	struct image_plan plan;
	char err[256] = "";
	int error;

	if (!ram.base)
		ram.base = calloc(1, FUZZ_RAM);
	error = image_plan(&ram, &file, FUZZ_LIMIT, &plan, err, sizeof(err));
	while (!error && !image_plan_step(&plan, &ram, 4000))
		;
	if (error > 0 || !error != !err[0])
		abort();
	if (!error && (plan.entry < BOOT_RESERVED_END || plan.entry >= FUZZ_LIMIT))
		abort();
	if (memcmp(ram.base, zeros, BOOT_RESERVED_END) ||
	    memcmp(ram.base + FUZZ_LIMIT, zeros, FUZZ_RAM - FUZZ_LIMIT))
		abort();
}

#endif
