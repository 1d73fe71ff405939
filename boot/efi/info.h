/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a Multiboot 2 information block (specification 2.0, section 3.6) from what EFI says. */
#ifndef GATEHOUSE_BOOT_EFI_INFO_H
#define GATEHOUSE_BOOT_EFI_INFO_H

#include "boot/boot_info.h"

/* Each entry of the firmware's map takes at most so much of the block. */
#define INFO_MAP_ENTRY_BYTES 24u
#define INFO_MAP_MAX_ENTRIES 5000u /* the hypervisor refuses 5461 (BOOT_MAX_MAP_BYTES) */

struct info_block {
	uint8_t *base; /* at a multiple of 8 */
	uint32_t used, size;
	bool is_full; /* something did not fit and was left out */
};

/* The firmware's memory map: UEFI 2.10, 7.2.3. */
struct firmware_map {
	const uint8_t *descriptors;
	size_t bytes;  /* of all descriptors */
	size_t stride; /* from one to the next, at least sizeof(struct firmware_memory) */
};

/* What of a descriptor has a meaning here (EFI_MEMORY_DESCRIPTOR). */
struct firmware_memory {
	uint32_t type, padding;
	uint64_t base, virtual_base, pages, attributes;
};

void info_begin(struct info_block *b, void *memory, uint32_t bytes);
void info_add_string(struct info_block *b, uint32_t type, const char *text);
void info_add_module(struct info_block *b, uint32_t start, uint32_t end, const char *words);
void info_add_framebuffer(struct info_block *b, const struct boot_framebuffer *fb);
/* A tag of that type (TAG_ACPI_OLD, TAG_EFI_32 and the like) with these bytes. */
void info_add_copy(struct info_block *b, uint32_t type, const void *body, uint32_t bytes);

/* What is free once boot services are left is usable; neighbours of one type become one entry. */
void info_add_memory_map(struct info_block *b, const struct firmware_map *map);
/* Ends the block and writes its length; false if is_full. */
bool info_end(struct info_block *b);

unsigned firmware_map_count(const struct firmware_map *map);
/* All of [base, base + bytes) is memory that is free once boot services are left. */
bool firmware_map_is_free(const struct firmware_map *map, uint64_t base, uint64_t bytes);

/*
 * Fills bits a pixel and the colors' places from GOP's masks (UEFI 2.10, 12.9;
 * EFI_PIXEL_BITMASK). False if a color has no bits, or bits with gaps.
 */
bool framebuffer_from_masks(struct boot_framebuffer *fb, uint32_t red, uint32_t green,
			    uint32_t blue, uint32_t reserved);

#endif
