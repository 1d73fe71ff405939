/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the information block of a Multiboot 2 loader (specification 2.0). */
#ifndef GATEHOUSE_BOOT_MULTIBOOT2_H
#define GATEHOUSE_BOOT_MULTIBOOT2_H

#include "boot/boot_info.h"

#define MULTIBOOT2_LOADER_MAGIC 0x36D76289u

#define MULTIBOOT2_MAX_BYTES MIB(16)

/*
 * Fills the empty *bi from the block at info (section 3.6), of which at most
 * limit_bytes may be read. Everything is inside of the block; addresses in it
 * are not followed. The memory map is raw: boot_info_tidy() comes next.
 * Returns 0, or -EINVAL with *why a sentence for the user (NULL on success).
 */
int multiboot2_parse(struct boot_info *bi, const void *info, size_t limit_bytes, const char **why);

#endif
