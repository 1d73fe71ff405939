/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the multiboot2 parser and the memory map behind it. */
/* unit-sources: boot/multiboot2.c boot/memmap.c */
#include "boot/memmap.h"
#include "boot/multiboot2.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_memory(const struct boot_info *bi)
{
	uint64_t end = 0;

	require(bi->mem_count <= BOOT_MAX_MEM);
	for (unsigned i = 0; i < bi->mem_count; i++) {
		const struct boot_mem *m = &bi->mem[i];

		require(m->bytes > 0 && m->base >= end);
		require(m->base % PAGE_SIZE == 0 && m->bytes % PAGE_SIZE == 0);
		require(m->type == BOOT_MEM_USABLE || m->type == BOOT_MEM_RESERVED);
		end = m->base + m->bytes;
	}
}

/* The total size is made right half of the time, or most inputs would end there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot_info bi;
	uint8_t *info = malloc(size ? size : 1);
	const char *why;
	uint32_t total = (uint32_t)size;

	memset(&bi, 0, sizeof(bi));
	if (size)
		memcpy(info, data, size);
	if (size >= 8 && !(data[4] & 1))
		memcpy(info, &total, sizeof(total));
	if (multiboot2_parse(&bi, info, size, &why) == 0) {
		boot_info_tidy(&bi);
		check_memory(&bi);
	}
	require(bi.module_count <= BOOT_MAX_MODULES);
	require(memchr(bi.cmdline, 0, sizeof(bi.cmdline)) != NULL);
	free(info);
	return 0;
}
