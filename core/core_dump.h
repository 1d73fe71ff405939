/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a guest's core file out, a piece at a time, while the others run. The
 * guest is paused meanwhile. tools/gatehouse-core makes the file of either form:
 *
 *	on the console, lines among others:
 *	core: begin 1 guest=NAME bytes=N
 *	core: data SEQUENCE OFFSET BASE64	(hexadecimal; 144 bytes, what is zero left out)
 *	core: end lines=L
 *	each with " crc=XXXXXXXX" behind it, CRC-32 of the line before that
 *
 *	on a disk: struct core_disk_head, then the file from sector 1 on
 */
#ifndef GATEHOUSE_CORE_CORE_DUMP_H
#define GATEHOUSE_CORE_CORE_DUMP_H

#include "core/block.h"
#include "core/types.h"

#define CORE_DISK_MAGIC "GATEHOUSE-CORE1"

struct core_disk_head {
	char magic[16];
	uint32_t is_complete; /* 0 until all of the file is on the disk */
	uint32_t bytes;       /* of the file */
	char guest[16];
	uint8_t unused[BLOCK_SECTOR - 44];
	uint32_t crc; /* CRC-32 of all before */
};

struct guest;

/* One is under way: core_dump_step() has something to do. */
extern bool core_dump_is_on;

/*
 * Begins; disk NULL: to the console. 0, or an error and why in words: no
 * memory, another one under way, or what disk_open() says.
 */
int core_dump_start(struct guest *g, const char *disk, char *why, size_t why_bytes);

/* Ends one that is under way; what it was writing is incomplete. */
void core_dump_stop(const char *why);

/* How far it is: "core of guest ...", in words. */
void core_dump_status(char *text, size_t size);

/* The next piece, some 20 us; from the main loop. */
void core_dump_step(void);

/* It would do something at once, rather than wait for the console or the disk. */
bool core_dump_can_go_on(void);

#endif
