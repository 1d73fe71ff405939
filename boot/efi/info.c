/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a Multiboot 2 information block (specification 2.0, section 3.6) from what EFI says. */
#include "boot/efi/info.h"

#include "boot/multiboot2_tags.h"
#include "core/lib.h"

/* UEFI 2.10, 7.2.1 (EFI_MEMORY_TYPE) and 7.2.3 (attributes). */
enum {
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
	EFI_BOOT_CODE = 3,
	EFI_BOOT_DATA = 4,
	EFI_CONVENTIONAL = 7,
	EFI_UNUSABLE = 8,
	EFI_ACPI_TABLES = 9,
	EFI_ACPI_NVS = 10,
};
#define EFI_SPECIFIC_PURPOSE 0x40000u

/* ACPI 6.4, table 15.4. */
enum e820_type { E820_USABLE = 1, E820_RESERVED, E820_ACPI, E820_NVS, E820_BAD };

_Static_assert(sizeof(struct firmware_memory) == 40, "UEFI 2.10, 7.2.3");
_Static_assert(sizeof(struct memory_map_entry) == INFO_MAP_ENTRY_BYTES, "section 3.6.8");

void info_begin(struct info_block *b, void *memory, uint32_t bytes)
{
	*b = (struct info_block){.base = memory, .used = INFO_HEADER_BYTES, .size = bytes};
	memset(memory, 0, bytes);
}

/* Room for a tag of so many bytes with its type and length written; NULL if it does not fit. */
static void *add_tag(struct info_block *b, uint32_t type, size_t bytes)
{
	struct tag *t = (struct tag *)(b->base + b->used);

	if (bytes > b->size || ALIGN_UP(bytes, TAG_ALIGN) > b->size - b->used) {
		b->is_full = true;
		return NULL;
	}
	*t = (struct tag){.type = type, .bytes = (uint32_t)bytes};
	b->used += (uint32_t)ALIGN_UP(bytes, TAG_ALIGN);
	return t;
}

void info_add_string(struct info_block *b, uint32_t type, const char *text)
{
	size_t bytes = strlen(text) + 1;
	struct tag *t = add_tag(b, type, sizeof(*t) + bytes);

	if (t)
		memcpy(t + 1, text, bytes);
}

void info_add_module(struct info_block *b, uint32_t start, uint32_t end, const char *words)
{
	size_t bytes = strlen(words) + 1;
	struct tag_module *t = add_tag(b, TAG_MODULE, sizeof(*t) + bytes);

	if (!t)
		return;
	t->start = start;
	t->end = end;
	memcpy(t + 1, words, bytes);
}

void info_add_framebuffer(struct info_block *b, const struct boot_framebuffer *fb)
{
	struct tag_framebuffer *t = add_tag(b, TAG_FRAMEBUFFER, sizeof(*t));

	if (t)
		*t = (struct tag_framebuffer){
			.tag = t->tag,
			.base = fb->base,
			.pitch = fb->pitch,
			.width = fb->width,
			.height = fb->height,
			.bpp = fb->bpp,
			.type = FRAMEBUFFER_RGB,
			.red_shift = fb->red_shift,
			.red_bits = fb->red_bits,
			.green_shift = fb->green_shift,
			.green_bits = fb->green_bits,
			.blue_shift = fb->blue_shift,
			.blue_bits = fb->blue_bits,
		};
}

void info_add_copy(struct info_block *b, uint32_t type, const void *body, uint32_t bytes)
{
	struct tag *t = add_tag(b, type, sizeof(*t) + bytes);

	if (t)
		memcpy(t + 1, body, bytes);
}

unsigned firmware_map_count(const struct firmware_map *map)
{
	return (unsigned)(map->bytes / map->stride);
}

static struct firmware_memory map_entry(const struct firmware_map *map, unsigned i)
{
	struct firmware_memory m;

	memcpy(&m, map->descriptors + i * map->stride, sizeof(m));
	return m;
}

static uint32_t e820_type(const struct firmware_memory *m)
{
	switch (m->type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_BOOT_CODE:
	case EFI_BOOT_DATA:
	case EFI_CONVENTIONAL:
		return m->attributes & EFI_SPECIFIC_PURPOSE ? E820_RESERVED : E820_USABLE;
	case EFI_UNUSABLE:
		return E820_BAD;
	case EFI_ACPI_TABLES:
		return E820_ACPI;
	case EFI_ACPI_NVS:
		return E820_NVS;
	default:
		return E820_RESERVED;
	}
}

void info_add_memory_map(struct info_block *b, const struct firmware_map *map)
{
	struct tag_memory_map *t = add_tag(b, TAG_MEMORY_MAP, sizeof(*t));
	struct memory_map_entry *last = NULL, *entry;

	if (!t)
		return;
	t->entry_bytes = sizeof(*entry);
	for (unsigned i = 0; i < firmware_map_count(map); i++) {
		struct firmware_memory m = map_entry(map, i);
		uint32_t type = e820_type(&m);

		if (last && last->type == type && last->base + last->bytes == m.base) {
			last->bytes += m.pages << PAGE_SHIFT;
			continue;
		}
		if (sizeof(*entry) > b->size - b->used) {
			b->is_full = true;
			return;
		}
		entry = (struct memory_map_entry *)(b->base + b->used);
		*entry = (struct memory_map_entry){
			.base = m.base, .bytes = m.pages << PAGE_SHIFT, .type = type};
		b->used += sizeof(*entry);
		t->tag.bytes += sizeof(*entry);
		last = entry;
	}
}

bool info_end(struct info_block *b)
{
	add_tag(b, TAG_END, sizeof(struct tag));
	memcpy(b->base, &b->used, sizeof(b->used));
	return !b->is_full;
}

/* The end of the free memory around addr; addr itself if it is not free. */
static uint64_t free_until(const struct firmware_map *map, uint64_t addr)
{
	for (unsigned i = 0; i < firmware_map_count(map); i++) {
		struct firmware_memory m = map_entry(map, i);
		uint64_t bytes = m.pages << PAGE_SHIFT;

		if (e820_type(&m) == E820_USABLE && addr >= m.base && addr - m.base < bytes)
			return m.base + bytes;
	}
	return addr;
}

bool firmware_map_is_free(const struct firmware_map *map, uint64_t base, uint64_t bytes)
{
	uint64_t at = base;

	while (at < base + bytes) {
		uint64_t end = free_until(map, at);

		if (end <= at)
			return false;
		at = end;
	}
	return true;
}

/* The place of a mask's bits, which are all next to each other. */
static bool find_field(uint32_t mask, uint8_t *shift, uint8_t *bits)
{
	if (mask == 0)
		return false;
	*shift = (uint8_t)__builtin_ctz(mask);
	*bits = (uint8_t)(32 - __builtin_clz(mask >> *shift));
	return mask >> *shift == (uint32_t)((1ull << *bits) - 1);
}

bool framebuffer_from_masks(struct boot_framebuffer *fb, uint32_t red, uint32_t green,
			    uint32_t blue, uint32_t reserved)
{
	fb->type = FRAMEBUFFER_RGB;
	if (!find_field(red, &fb->red_shift, &fb->red_bits) ||
	    !find_field(green, &fb->green_shift, &fb->green_bits) ||
	    !find_field(blue, &fb->blue_shift, &fb->blue_bits))
		return false;
	fb->bpp = (uint8_t)(32 - __builtin_clz(red | green | blue | reserved));
	return true;
}
