/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes image_load() with bzImages: the input is the header from 0x1f1 on and what follows. */
/* unit-sources: core/image.c core/image_elf.c core/image_bzimage.c */
#include "test/fuzz/fuzz_image.h"

#define HEAD BOOT_SETUP_HEADER_OFFSET

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file = calloc(1, HEAD + size);

	memcpy(file + HEAD, data, size);
	if (HEAD + size >= 0x206) {
		memcpy(file + 0x1FE, "\x55\xaa", 2);
		memcpy(file + 0x202, "HdrS", 4);
	}
	fuzz_image(file, HEAD + size);
	free(file);
	return 0;
}
