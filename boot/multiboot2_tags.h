/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The information block of a Multiboot 2 loader (specification 2.0): its tags' layout. */
#ifndef GATEHOUSE_BOOT_MULTIBOOT2_TAGS_H
#define GATEHOUSE_BOOT_MULTIBOOT2_TAGS_H

#include "core/types.h"
#include "core/util.h"

/* Section 3.6.1: total size, reserved, then tags on 8-byte boundaries. */
#define INFO_HEADER_BYTES 8
#define TAG_ALIGN         8u

struct tag {
	uint32_t type;
	uint32_t bytes; /* with this header, without padding */
};

enum tag_type {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_LOADER_NAME = 2,
	TAG_MODULE = 3,
	TAG_BASIC_MEMORY = 4,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI_32 = 11, /* firmware's system table: an address of 4 bytes, or of 8 */
	TAG_EFI_64 = 12,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
};

struct tag_module { /* 3.6.6; the string follows */
	struct tag tag;
	uint32_t start, end;
};

struct tag_basic_memory { /* 3.6.4 */
	struct tag tag;
	uint32_t lower_kib, upper_kib;
};

struct tag_memory_map { /* 3.6.8; the entries follow */
	struct tag tag;
	uint32_t entry_bytes, entry_version;
};

struct memory_map_entry {
	uint64_t base, bytes;
	uint32_t type, reserved;
};

struct tag_framebuffer { /* 3.6.12; colors for type 1 only */
	struct tag tag;
	uint64_t base;
	uint32_t pitch, width, height;
	uint8_t bpp, type;
	uint16_t reserved;
	uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
} PACKED;

#define FRAMEBUFFER_PLAIN_BYTES offsetof(struct tag_framebuffer, red_shift)
#define FRAMEBUFFER_RGB         1

_Static_assert(sizeof(struct tag_module) == 16, "section 3.6.6");
_Static_assert(sizeof(struct tag_memory_map) == 16, "section 3.6.8");
_Static_assert(sizeof(struct memory_map_entry) == 24, "section 3.6.8");
_Static_assert(FRAMEBUFFER_PLAIN_BYTES == 32, "section 3.6.12");

#endif
