/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's file: a multiboot2 kernel in a 32-bit ELF file. */
#ifndef GATEHOUSE_BOOT_EFI_KERNEL_H
#define GATEHOUSE_BOOT_EFI_KERNEL_H

#include "core/types.h"

/* The hypervisor uses no memory from here on (core/frames.h). */
#define KERNEL_MEMORY_LIMIT 0xC0000000u
#define KERNEL_MAX_BYTES    MIB(64)

struct kernel {
	hpa_t base;     /* where it wants to be, whole pages */
	uint32_t bytes; /* 1 to KERNEL_MAX_BYTES, below KERNEL_MEMORY_LIMIT */
	hpa_t entry;    /* inside */
};

/*
 * Checks the file (at an address that is a multiple of 4) and fills *kernel.
 * Returns NULL, or what is wrong with it in words that go on after the file's
 * name. System V ABI, chapters 4 and 5; Multiboot2 3.1.
 */
const char *kernel_check(struct kernel *kernel, const void *file, size_t bytes);

/* Writes the whole range, as it has to be in memory, to `to`. The file was checked. */
void kernel_lay_out(const struct kernel *kernel, const void *file, void *to);

#endif
