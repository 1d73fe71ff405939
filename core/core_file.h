/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest as an ELF core file (ET_CORE, EM_386), read piece by piece:
 *
 *	ELF header, program headers, notes, up to a page's end
 *	the guest's memory, guest-physical address 0 first
 *
 * PT_LOADs map what its page tables map, as offsets into that memory; p_paddr is
 * guest-physical. NT_PRSTATUS has the registers as Linux on i386 has them.
 */
#ifndef GATEHOUSE_CORE_CORE_FILE_H
#define GATEHOUSE_CORE_CORE_FILE_H

#include "core/types.h"

#define CORE_FILE_HEAD_BYTES 0x8000u /* at most, of all before the memory */

struct guest;

/* The note of the name "GATEHOUSE". */
#define CORE_NOTE_TYPE 0x47480001u

struct core_note {
	uint32_t memory_offset, memory_bytes; /* of the guest's memory in the file */
	uint32_t top, is_pae;                 /* cr3 and the format; top ~0: none yet */
	uint32_t kernel_address;
	char name[16];
	char reason[192]; /* why it is dead; empty: it is not */
};

struct core_file {
	const struct guest *guest;
	uint8_t *head; /* CORE_FILE_HEAD_BYTES */
	uint32_t head_bytes;
	uint32_t bytes; /* of the file */
	unsigned loads; /* PT_LOADs so far */
	gva_t at, end;  /* what is left of the part of the address space under way */
	bool is_user_part;
	uint32_t left_out; /* pages that are mapped, but for which there was no PT_LOAD left */
};

/* head: CORE_FILE_HEAD_BYTES of memory, 4-byte aligned. The guest has memory, and stays as it is.
 */
void core_file_start(struct core_file *f, const struct guest *g, void *head);

/* Looks at a piece of the page tables (some 20 us). True: the file is complete. */
bool core_file_map_step(struct core_file *f);

/* Where the bytes at offset are: *bytes of them, at most what was asked for, at least 1. */
const uint8_t *core_file_at(const struct core_file *f, uint32_t offset, uint32_t *bytes);

#endif
