/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest bytes of a log, in memory that may be older than this boot: from
 * its checksums, kept with each byte, one can tell whether it is a whole one.
 */
#ifndef GATEHOUSE_CORE_LOG_RING_H
#define GATEHOUSE_CORE_LOG_RING_H

#include "core/types.h"
#include "core/util.h"

#define LOG_RING_BYTES KIB(32)
#define LOG_RING_MAGIC 0x676F4C47u /* "GLog" */

/*
 * The bytes' sum, and the sum of each times its place (from 1), modulo 2^32: a byte
 * that changes takes its old part off and adds the new one.
 */
struct log_ring {
	uint32_t magic;
	uint32_t written, not_written; /* since the start; the complement */
	uint32_t sum, weighted;
	char text[LOG_RING_BYTES]; /* 0 where nothing was written yet */
};

void log_ring_init(struct log_ring *r);
void log_ring_put(struct log_ring *r, char c);

/* Whatever the memory holds: true when it is a log ring and undamaged. */
bool log_ring_is_whole(const struct log_ring *r);

/* Copies the newest bytes, oldest first; returns how many. */
size_t log_ring_tail(const struct log_ring *r, char *to, size_t size);

/*
 * Where the last `lines` lines begin, as a position for log_ring_line(): counted as
 * written is. A first line that is partly overwritten is left out.
 */
uint32_t log_ring_find(const struct log_ring *r, unsigned lines);

/* Copies the line at *at, cut off at size, and moves *at behind it. False: no more. */
bool log_ring_line(const struct log_ring *r, uint32_t *at, char *to, size_t size);

#endif
