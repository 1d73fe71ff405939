/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the information block of a Multiboot 1 loader (specification 0.6.96). */
#ifndef GATEHOUSE_BOOT_MULTIBOOT1_H
#define GATEHOUSE_BOOT_MULTIBOOT1_H

#include "boot/boot_info.h"

#define MULTIBOOT1_LOADER_MAGIC 0x2BADB002u

/*
 * The bytes at physical addresses [addr, addr + len), or NULL when they cannot
 * be read. The pointer need only stay valid until the next call.
 */
typedef const void *(*phys_map_fn)(void *ctx, uint64_t addr, size_t len);

/*
 * Fills the empty *bi from the block at info (section 3.3). The memory map is
 * raw: boot_info_tidy() comes next. Returns 0, or -EINVAL with *why a sentence
 * for the user (*why is NULL on success). Touches memory only through phys().
 */
int multiboot1_parse(struct boot_info *bi, uint32_t info, phys_map_fn phys, void *ctx,
		     const char **why);

#endif
