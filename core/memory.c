/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the boot loader's memory map to host_frames. */
#include "core/frames.h"

#include "arch/x86/image_layout.h"
#include "core/errno.h"
#include "core/lib.h"

/*
 * SeaBIOS clears 0x7000 to 0x90000, GRUB has its own things below 0x80000, and the extended
 * BIOS data area lies above: at 0x9F000 or, in some machines, from 0x9A000 on.
 */
#define KEPT_START 0x90000u

struct frames host_frames;

static bool overlaps(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
	return a < b_end && b < a_end;
}

/* The end of the first thing that [start, end) would overwrite, 0 for none. */
static uint64_t first_conflict(const struct boot_info *bi, uint64_t start, uint64_t end)
{
	if (overlaps(start, end, image_start(), image_end()))
		return image_end();
	for (unsigned i = 0; i < bi->module_count; i++)
		if (overlaps(start, end, bi->modules[i].start, bi->modules[i].end))
			return bi->modules[i].end;
	return 0;
}

/* A place of that many bytes in usable RAM that holds nothing yet; 0 for none. */
static hpa_t find_place(const struct boot_info *bi, uint32_t bytes)
{
	for (unsigned i = 0; i < bi->mem_count; i++) {
		uint64_t at = MAX(bi->mem[i].base, (uint64_t)MIB(1));
		uint64_t end = MIN(bi->mem[i].base + bi->mem[i].bytes, (uint64_t)MEMORY_LIMIT);
		uint64_t next;

		if (bi->mem[i].type != BOOT_MEM_USABLE)
			continue;
		while (at + bytes <= end && (next = first_conflict(bi, at, at + bytes)) != 0)
			at = ALIGN_UP(next, (uint64_t)PAGE_SIZE);
		if (at + bytes <= end)
			return (hpa_t)at;
	}
	return 0;
}

static uint64_t usable_top(const struct boot_info *bi)
{
	uint64_t top = 0;

	for (unsigned i = 0; i < bi->mem_count; i++)
		if (bi->mem[i].type == BOOT_MEM_USABLE)
			top = MAX(top, bi->mem[i].base + bi->mem[i].bytes);
	return MIN(top, (uint64_t)MEMORY_LIMIT);
}

int memory_init(const struct boot_info *bi)
{
	uint32_t count = (uint32_t)(usable_top(bi) >> PAGE_SHIFT);
	hpa_t map = find_place(bi, count);

	if (count == 0 || map == 0)
		return -ENOMEM;
	frames_init(&host_frames, (uint8_t *)(uintptr_t)map, count);
	for (unsigned i = 0; i < bi->mem_count; i++)
		if (bi->mem[i].type == BOOT_MEM_USABLE)
			frames_set(&host_frames, bi->mem[i].base,
				   bi->mem[i].base + bi->mem[i].bytes, FRAME_FREE);
	frames_set(&host_frames, 0, MIB(1), FRAME_ABSENT);
	frames_set(&host_frames, image_start(), image_end(), FRAME_HOST);
	frames_set(&host_frames, map, (uint64_t)map + count, FRAME_HOST);
	for (unsigned i = 0; i < bi->module_count; i++)
		frames_set(&host_frames, bi->modules[i].start, bi->modules[i].end, FRAME_MODULE);
	return 0;
}

void *memory_kept(const struct boot_info *bi, uint32_t bytes)
{
	for (unsigned i = 0; i < bi->module_count; i++)
		if (overlaps(KEPT_START, KEPT_START + bytes, bi->modules[i].start,
			     bi->modules[i].end))
			return NULL;
	for (unsigned i = 0; i < bi->mem_count; i++)
		if (bi->mem[i].type == BOOT_MEM_USABLE && bi->mem[i].base <= KEPT_START &&
		    bi->mem[i].base + bi->mem[i].bytes >= KEPT_START + bytes)
			return (void *)(uintptr_t)KEPT_START;
	return NULL;
}

void *host_pages(uint32_t bytes)
{
	hpa_t at = frames_alloc(&host_frames, pages_of(bytes), 1, FRAME_HOST);

	if (at)
		memset((void *)(uintptr_t)at, 0, pages_of(bytes) * PAGE_SIZE);
	return (void *)(uintptr_t)at;
}
