/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the boot loader told us, checked and in one neutral form. Every string
 * and table is copied here before anything else may be overwritten.
 */
#ifndef GATEHOUSE_BOOT_BOOT_INFO_H
#define GATEHOUSE_BOOT_BOOT_INFO_H

#include "core/types.h"

#define BOOT_MAX_MEM     128
#define BOOT_MAX_MODULES 64
#define BOOT_CMDLINE     1024

enum boot_mem_type { BOOT_MEM_USABLE = 1, BOOT_MEM_RESERVED = 2 };

/* After boot_info_tidy(): sorted, page-aligned, no overlaps, no zero lengths. */
struct boot_mem {
	uint64_t base;
	uint64_t bytes;
	uint32_t type;
};

struct boot_module {
	hpa_t start; /* below 4 GiB */
	hpa_t end;   /* exclusive */
	char cmdline[BOOT_CMDLINE];
	bool cmdline_is_cut; /* the loader's string was longer, or had no end */
};

struct boot_framebuffer {
	uint64_t base;
	uint32_t pitch, width, height;
	uint8_t bpp;
	uint8_t type; /* multiboot2: 0 palette, 1 RGB, 2 EGA text */
	uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};

struct boot_info {
	char loader[64];
	char cmdline[BOOT_CMDLINE];
	bool cmdline_is_cut;
	unsigned mem_count;
	struct boot_mem mem[BOOT_MAX_MEM];
	bool mem_is_partial; /* more ranges than fit: some usable memory was given up */
	unsigned module_count;
	struct boot_module modules[BOOT_MAX_MODULES];
	unsigned dropped_modules; /* the loader gave more than fit */
	unsigned bad_modules;     /* left out: their range makes no sense */
	bool has_rsdp;
	uint8_t rsdp[36]; /* copy of the ACPI RSDP, when the loader gave one */
	bool is_efi;      /* by the firmware's own tables: a screen is a framebuffer or none */
	bool has_framebuffer;
	struct boot_framebuffer framebuffer;
};

#endif
