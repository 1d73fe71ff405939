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

/* ELF: 64 segments at most; and the initrd. */
#define IMAGE_MAX_COPIES 65

struct image_file {
	const uint8_t *data;
	uint32_t bytes;
};

/* One copy that loading an image consists of; both ranges were checked. */
struct image_copy {
	const uint8_t *from;
	uint32_t to; /* guest-physical */
	uint32_t bytes;
};

/* What is to be copied where, and where the kernel starts. */
struct image_plan {
	uint32_t entry;
	bool is_bzimage; /* so it is Linux */
	unsigned count;
	struct image_copy copies[IMAGE_MAX_COPIES];
};

/*
 * Finds out how an ELF (32-bit, i386, PT_LOAD at p_paddr) or a bzImage is
 * loaded into zeroed RAM; nothing is copied yet. Returns 0, or a negative
 * error with one sentence in err. Never reads outside of file or plans a copy
 * to outside of ram, whatever the file says. RAM below 0x2000 (boot parameters
 * and command line) and from initrd_start on must stay untouched by the
 * image: an overlap is an error that names both ranges.
 */
int image_plan(const struct image_ram *ram, const struct image_file *file, uint32_t initrd_start,
	       struct image_plan *plan, char *err, size_t err_size);

/* Adds a copy of one's own (the initrd); false when the plan is full. */
bool image_plan_add(struct image_plan *plan, const void *from, uint32_t to, uint32_t bytes);

/* Carries out up to budget bytes of the plan, taking them off it. True when all is done. */
bool image_plan_step(struct image_plan *plan, const struct image_ram *ram, uint32_t budget);

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
