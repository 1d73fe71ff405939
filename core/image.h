/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest kernel images: ELF and Linux bzImage, and the Linux boot parameters. */
#ifndef GATEHOUSE_CORE_IMAGE_H
#define GATEHOUSE_CORE_IMAGE_H

#include "core/types.h"

/* A guest's RAM as a plain array: guest-physical address = index. */
struct image_ram {
	uint8_t *base;
	uint32_t bytes;
};

struct image_file {
	const uint8_t *data;
	uint32_t bytes;
};

/*
 * Loads an ELF (32-bit, i386, PT_LOAD at p_paddr) or a bzImage into zeroed
 * RAM. Writes the guest-physical entry point to *entry. Returns 0, or a
 * negative error with one sentence in err. Never reads outside of file or
 * writes outside of ram, whatever the file says. RAM below 0x2000 (boot
 * parameters and command line) and from initrd_start on must stay untouched
 * by the image: an overlap is an error that names both ranges.
 */
int image_load(const struct image_ram *ram, const struct image_file *file, uint32_t initrd_start,
	       uint32_t *entry, char *err, size_t err_size);

/*
 * Where an initrd of that size goes: page-aligned, at the top of RAM. Returns
 * the guest-physical address, or 0 when it does not fit (0 bytes: ram->bytes).
 */
uint32_t image_initrd_start(const struct image_ram *ram, uint32_t initrd_bytes);

/*
 * Writes struct boot_params at 0 and the command line at 0x1000: one e820
 * entry (0, RAM size), initrd, version 0x207, hardware_subarch 1, and so on
 * (guest-interface.md section 6, Documentation/x86/boot.txt).
 */
int image_write_boot_params(const struct image_ram *ram, const char *cmdline, uint32_t initrd_start,
			    uint32_t initrd_bytes, char *err, size_t err_size);

#endif
