/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the information block of a Multiboot 1 loader (specification 0.6.96). */
#include "boot/memmap.h"
#include "boot/multiboot1.h"
#include "core/errno.h"
#include "core/lib.h"

/* Section 3.3; which fields are valid is in flags, and the block ends where the loader likes. */
struct info {
	uint32_t flags;
	uint32_t lower_kib, upper_kib;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t modules_count, modules;
	uint32_t symbols[4];
	uint32_t map_bytes, map;
	uint32_t drives_bytes, drives;
	uint32_t config_table;
	uint32_t loader_name;
	uint32_t apm_table;
	uint32_t vbe[4];
	struct info_framebuffer {
		uint64_t base;
		uint32_t pitch, width, height;
		uint8_t bpp, type;
		uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
	} PACKED framebuffer;
} PACKED;

enum info_flag {
	INFO_BASIC_MEMORY = 1 << 0,
	INFO_CMDLINE = 1 << 2,
	INFO_MODULES = 1 << 3,
	INFO_MEMORY_MAP = 1 << 6,
	INFO_LOADER_NAME = 1 << 9,
	INFO_FRAMEBUFFER = 1 << 12,
};

struct module_entry {
	uint32_t start, end, string, reserved;
};

struct map_entry {
	uint32_t bytes_after; /* of the rest of this entry */
	uint64_t base, bytes;
	uint32_t type;
} PACKED;

#define MAP_ENTRY_MIN   20u
#define FRAMEBUFFER_RGB 1

_Static_assert(offsetof(struct info, map_bytes) == 44, "section 3.3");
_Static_assert(offsetof(struct info, loader_name) == 64, "section 3.3");
_Static_assert(offsetof(struct info, framebuffer) == 88, "section 3.3");
_Static_assert(sizeof(struct map_entry) == 24, "section 3.3");

struct parser {
	struct boot_info *bi;
	uint32_t info;
	phys_map_fn phys;
	void *ctx;
};

static bool read_phys(const struct parser *p, void *dst, uint64_t addr, size_t len)
{
	const void *src = p->phys(p->ctx, addr, len);

	if (!src)
		return false;
	memcpy(dst, src, len);
	return true;
}

/* Reads one field of the information block, whose flag the caller has seen. */
#define READ_FIELD(p, field, dst)                                                                  \
	read_phys(p, dst, (uint64_t)(p)->info + offsetof(struct info, field),                      \
		  sizeof(((struct info *)0)->field))

/* Copies what fits; true if there was more, or the end cannot be reached. */
static bool copy_string(const struct parser *p, char *dst, size_t size, uint32_t addr)
{
	for (size_t i = 0; i < size; i++) {
		if (!read_phys(p, &dst[i], (uint64_t)addr + i, 1)) {
			dst[i] = '\0';
			return true;
		}
		if (dst[i] == '\0')
			return false;
	}
	dst[size - 1] = '\0';
	return true;
}

static void take_strings(struct parser *p, uint32_t flags)
{
	struct boot_info *bi = p->bi;
	uint32_t addr;

	if ((flags & INFO_CMDLINE) && READ_FIELD(p, cmdline, &addr))
		bi->cmdline_is_cut = copy_string(p, bi->cmdline, sizeof(bi->cmdline), addr);
	if ((flags & INFO_LOADER_NAME) && READ_FIELD(p, loader_name, &addr))
		copy_string(p, bi->loader, sizeof(bi->loader), addr);
}

static void take_module(struct parser *p, const struct module_entry *e)
{
	struct boot_info *bi = p->bi;
	struct boot_module *m;

	if (e->end < e->start) {
		bi->bad_modules++;
		return;
	}
	m = &bi->modules[bi->module_count++];
	m->start = e->start;
	m->end = e->end;
	if (e->string)
		m->cmdline_is_cut = copy_string(p, m->cmdline, sizeof(m->cmdline), e->string);
}

static const char *take_modules(struct parser *p)
{
	struct boot_info *bi = p->bi;
	struct module_entry e;
	uint32_t count, table;

	if (!READ_FIELD(p, modules_count, &count) || !READ_FIELD(p, modules, &table))
		return "the multiboot information cannot be read";
	for (uint32_t i = 0; i < count; i++) {
		if (bi->module_count == BOOT_MAX_MODULES || i >= 2 * BOOT_MAX_MODULES) {
			bi->dropped_modules = count - i;
			break;
		}
		if (!read_phys(p, &e, (uint64_t)table + i * sizeof(e), sizeof(e)))
			return "the module table is not in memory";
		take_module(p, &e);
	}
	return NULL;
}

static const char *take_memory_map(struct parser *p)
{
	uint32_t bytes, table, at = 0;
	struct map_entry e;

	if (!READ_FIELD(p, map_bytes, &bytes) || !READ_FIELD(p, map, &table))
		return "the multiboot information cannot be read";
	if (bytes > BOOT_MAX_MAP_BYTES)
		return "the memory map has thousands of entries";
	while (bytes - at >= sizeof(e)) {
		if (!read_phys(p, &e, (uint64_t)table + at, sizeof(e)))
			return "the memory map is not in memory";
		if (e.bytes_after < MAP_ENTRY_MIN)
			return "the memory map has entries of less than 20 bytes";
		boot_info_add_mem(p->bi, e.base, e.bytes, e.type);
		if (e.bytes_after > bytes - at - sizeof(e.bytes_after))
			break;
		at += e.bytes_after + sizeof(e.bytes_after);
	}
	return NULL;
}

static const char *take_memory(struct parser *p, uint32_t flags)
{
	uint32_t lower_kib, upper_kib;

	if (flags & INFO_MEMORY_MAP)
		return take_memory_map(p);
	if (!(flags & INFO_BASIC_MEMORY))
		return "the loader did not say where memory is";
	if (!READ_FIELD(p, lower_kib, &lower_kib) || !READ_FIELD(p, upper_kib, &upper_kib))
		return "the multiboot information cannot be read";
	boot_info_add_basic_mem(p->bi, lower_kib, upper_kib);
	return NULL;
}

static void take_framebuffer(struct parser *p)
{
	struct boot_framebuffer *fb = &p->bi->framebuffer;
	struct info_framebuffer f;

	if (!READ_FIELD(p, framebuffer, &f))
		return;
	*fb = (struct boot_framebuffer){
		.base = f.base,
		.pitch = f.pitch,
		.width = f.width,
		.height = f.height,
		.bpp = f.bpp,
		.type = f.type,
	};
	p->bi->has_framebuffer = true;
	if (f.type != FRAMEBUFFER_RGB)
		return;
	fb->red_shift = f.red_shift;
	fb->red_bits = f.red_bits;
	fb->green_shift = f.green_shift;
	fb->green_bits = f.green_bits;
	fb->blue_shift = f.blue_shift;
	fb->blue_bits = f.blue_bits;
}

int multiboot1_parse(struct boot_info *bi, uint32_t info, phys_map_fn phys, void *ctx,
		     const char **why)
{
	struct parser p = {.bi = bi, .info = info, .phys = phys, .ctx = ctx};
	uint32_t flags;

	*why = "the multiboot information cannot be read";
	if (!READ_FIELD(&p, flags, &flags))
		return -EINVAL;
	take_strings(&p, flags);
	if (flags & INFO_FRAMEBUFFER)
		take_framebuffer(&p);
	*why = take_memory(&p, flags);
	if (!*why && (flags & INFO_MODULES))
		*why = take_modules(&p);
	return *why ? -EINVAL : 0;
}
