/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of memory ranges in boot_info: filling it and putting it in order. */
#ifndef GATEHOUSE_BOOT_MEMMAP_H
#define GATEHOUSE_BOOT_MEMMAP_H

#include "boot/boot_info.h"

/* No x86 has more physical address bits (SDM 3A 4.1.4). */
#define BOOT_PHYS_END (1ull << 52)

/* Parsers refuse longer tables: sorting them would look like a hang. */
#define BOOT_MAX_MAP_BYTES KIB(128)

/*
 * Appends a range as the loader gave it; type is the e820 number, of which
 * only 1 means usable (ACPI 6.4, table 15.4). When the table is full, it is
 * tidied, and if need be ranges are folded into reserved ones.
 */
void boot_info_add_mem(struct boot_info *bi, uint64_t base, uint64_t bytes, uint32_t type);

/*
 * What there is without a map: memory from 0 and from 1 MiB, in KiB
 * (Multiboot 0.6.96 3.3). The first cannot reach beyond 640 KiB.
 */
void boot_info_add_basic_mem(struct boot_info *bi, uint32_t lower_kib, uint32_t upper_kib);

/*
 * Afterwards bi->mem is sorted, whole pages, without overlaps and empty
 * entries, neighbours of one type merged. A page is usable only if each byte
 * of it was said to be usable and none to be anything else; a page with a
 * reserved byte is reserved. What is in no entry was not mentioned, so it is
 * not memory. If the result has more than BOOT_MAX_MEM ranges, some become
 * reserved (never the reverse) and mem_is_partial is set. Idempotent.
 */
void boot_info_tidy(struct boot_info *bi);

/* Bytes in usable entries of a tidy list. */
uint64_t boot_info_usable_bytes(const struct boot_info *bi);

#endif
