/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes image_load() with ELF files: whatever comes is given the ELF magic. */
/* unit-sources: core/image.c core/image_elf.c core/image_bzimage.c */
#include "test/fuzz/fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file = malloc(size + 1);

	memcpy(file, data, size);
	memcpy(file, "\x7f\x45\x4c\x46", size < 4 ? size : 4);
	fuzz_image(file, size);
	free(file);
	return 0;
}
