/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the information block of a Multiboot 2 loader (specification 2.0). */
#include "boot/memmap.h"
#include "boot/multiboot2.h"
#include "boot/multiboot2_tags.h"
#include "core/errno.h"
#include "core/lib.h"

struct parser {
	struct boot_info *bi;
	struct tag_basic_memory basic;
	bool has_basic, has_map, has_new_rsdp;
	const char *why;
};

static int fail(struct parser *p, const char *why)
{
	p->why = why;
	return -EINVAL;
}

/* Copies what of the string fits; true if there was more, or no end in `bytes`. */
static bool copy_string(char *dst, size_t size, const void *src, size_t bytes)
{
	size_t len = strnlen(src, bytes);
	size_t kept = MIN(len, size - 1);

	memcpy(dst, src, kept);
	dst[kept] = '\0';
	return kept < len || len == bytes;
}

static int take_cmdline(struct parser *p, const uint8_t *tag, size_t bytes)
{
	struct boot_info *bi = p->bi;
	const uint8_t *text = tag + sizeof(struct tag);

	bi->cmdline_is_cut =
		copy_string(bi->cmdline, sizeof(bi->cmdline), text, bytes - sizeof(struct tag));
	return 0;
}

static int take_loader_name(struct parser *p, const uint8_t *tag, size_t bytes)
{
	copy_string(p->bi->loader, sizeof(p->bi->loader), tag + sizeof(struct tag),
		    bytes - sizeof(struct tag));
	return 0;
}

static int take_module(struct parser *p, const uint8_t *tag, size_t bytes)
{
	struct boot_info *bi = p->bi;
	struct tag_module t;
	struct boot_module *m;

	if (bytes < sizeof(t))
		return fail(p, "a module tag is too short");
	memcpy(&t, tag, sizeof(t));
	if (t.end < t.start) {
		bi->bad_modules++;
		return 0;
	}
	if (bi->module_count == BOOT_MAX_MODULES) {
		bi->dropped_modules++;
		return 0;
	}
	m = &bi->modules[bi->module_count++];
	m->start = t.start;
	m->end = t.end;
	m->cmdline_is_cut =
		copy_string(m->cmdline, sizeof(m->cmdline), tag + sizeof(t), bytes - sizeof(t));
	return 0;
}

static int take_basic_memory(struct parser *p, const uint8_t *tag, size_t bytes)
{
	if (bytes < sizeof(p->basic))
		return fail(p, "the basic memory tag is too short");
	memcpy(&p->basic, tag, sizeof(p->basic));
	p->has_basic = true;
	return 0;
}

/* Entries may become longer in a later version; the first 24 bytes keep their meaning. */
static int take_memory_map(struct parser *p, const uint8_t *tag, size_t bytes)
{
	struct tag_memory_map t;
	struct memory_map_entry e;

	if (bytes < sizeof(t))
		return fail(p, "the memory map tag is too short");
	memcpy(&t, tag, sizeof(t));
	if (t.entry_bytes < sizeof(e))
		return fail(p, "the memory map has entries of less than 24 bytes");
	if (bytes > BOOT_MAX_MAP_BYTES)
		return fail(p, "the memory map has thousands of entries");
	for (size_t at = sizeof(t); bytes - at >= t.entry_bytes; at += t.entry_bytes) {
		memcpy(&e, tag + at, sizeof(e));
		boot_info_add_mem(p->bi, e.base, e.bytes, e.type);
	}
	p->has_map = true;
	return 0;
}

static int take_framebuffer(struct parser *p, const uint8_t *tag, size_t bytes)
{
	struct tag_framebuffer t = {0};
	struct boot_framebuffer *fb = &p->bi->framebuffer;

	if (bytes < FRAMEBUFFER_PLAIN_BYTES)
		return 0;
	memcpy(&t, tag, MIN(bytes, sizeof(t)));
	if (t.type == FRAMEBUFFER_RGB && bytes < sizeof(t))
		return 0;
	*fb = (struct boot_framebuffer){
		.base = t.base,
		.pitch = t.pitch,
		.width = t.width,
		.height = t.height,
		.bpp = t.bpp,
		.type = t.type,
	};
	p->bi->has_framebuffer = true;
	if (t.type != FRAMEBUFFER_RGB)
		return 0;
	fb->red_shift = t.red_shift;
	fb->red_bits = t.red_bits;
	fb->green_shift = t.green_shift;
	fb->green_bits = t.green_bits;
	fb->blue_shift = t.blue_shift;
	fb->blue_bits = t.blue_bits;
	return 0;
}

/* Sections 3.6.15 and 3.6.16: the table itself is in the tag; the newer one is preferred. */
static int take_rsdp(struct parser *p, const uint8_t *tag, size_t bytes, bool is_new)
{
	struct boot_info *bi = p->bi;

	if (p->has_new_rsdp && !is_new)
		return 0;
	memset(bi->rsdp, 0, sizeof(bi->rsdp));
	memcpy(bi->rsdp, tag + sizeof(struct tag),
	       MIN(bytes - sizeof(struct tag), sizeof(bi->rsdp)));
	bi->has_rsdp = true;
	p->has_new_rsdp = is_new;
	return 0;
}

static int take_tag(struct parser *p, uint32_t type, const uint8_t *tag, size_t bytes)
{
	switch (type) {
	case TAG_CMDLINE:
		return take_cmdline(p, tag, bytes);
	case TAG_LOADER_NAME:
		return take_loader_name(p, tag, bytes);
	case TAG_MODULE:
		return take_module(p, tag, bytes);
	case TAG_BASIC_MEMORY:
		return take_basic_memory(p, tag, bytes);
	case TAG_MEMORY_MAP:
		return take_memory_map(p, tag, bytes);
	case TAG_FRAMEBUFFER:
		return take_framebuffer(p, tag, bytes);
	case TAG_EFI_32:
	case TAG_EFI_64:
		p->bi->is_efi = true;
		return 0;
	case TAG_ACPI_OLD:
		return take_rsdp(p, tag, bytes, false);
	case TAG_ACPI_NEW:
		return take_rsdp(p, tag, bytes, true);
	default:
		return 0;
	}
}

/* A missing end tag is forgiven: the total size ends the list just as well. */
static int walk_tags(struct parser *p, const uint8_t *info, size_t total)
{
	size_t at = INFO_HEADER_BYTES;
	struct tag t;
	int err;

	while (at < total && total - at >= sizeof(t)) {
		memcpy(&t, info + at, sizeof(t));
		if (t.bytes < sizeof(t) || t.bytes > total - at)
			return fail(p, "the length of a multiboot2 tag is wrong");
		if (t.type == TAG_END)
			return 0;
		err = take_tag(p, t.type, info + at, t.bytes);
		if (err)
			return err;
		at += ALIGN_UP(t.bytes, TAG_ALIGN);
	}
	return 0;
}

static int require_memory(struct parser *p)
{
	if (p->has_map)
		return 0;
	if (!p->has_basic)
		return fail(p, "the loader did not say where memory is");
	boot_info_add_basic_mem(p->bi, p->basic.lower_kib, p->basic.upper_kib);
	return 0;
}

int multiboot2_parse(struct boot_info *bi, const void *info, size_t limit_bytes, const char **why)
{
	struct parser p = {.bi = bi};
	uint32_t total;
	int err;

	*why = "the multiboot2 information is longer than can be read, or has no header";
	if (limit_bytes < INFO_HEADER_BYTES)
		return -EINVAL;
	memcpy(&total, info, sizeof(total));
	if (total < INFO_HEADER_BYTES || total > limit_bytes || total > MULTIBOOT2_MAX_BYTES)
		return -EINVAL;
	err = walk_tags(&p, info, total);
	if (!err)
		err = require_memory(&p);
	*why = p.why;
	return err;
}
