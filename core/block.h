/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk, whatever is behind it: a real one, a part of one, memory. Requests
 * are taken, and finished later. Everything happens with interrupts off.
 */
#ifndef GATEHOUSE_CORE_BLOCK_H
#define GATEHOUSE_CORE_BLOCK_H

#include "core/types.h"

#define BLOCK_SECTOR      512u
#define BLOCK_SEGMENTS    126u    /* at most, of one request */
#define BLOCK_SEGMENT_MAX KIB(64) /* bytes of one segment */
#define BLOCK_NAME        16
#define BLOCK_MODEL       41
#define BLOCK_SERIAL      21

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD, BLOCK_WRITE_ZEROES };

/*
 * A piece of memory below 3 GiB, where virtual and physical address are the
 * same: 4-byte aligned, 1 to BLOCK_SEGMENT_MAX / 512 sectors long.
 */
struct block_segment {
	void *at;
	uint32_t bytes;
};

/* The maker fills in the first part and leaves it alone, and the memory, until done(). */
struct block_request {
	enum block_op op;
	uint64_t sector;  /* READ, WRITE, DISCARD, WRITE_ZEROES; sector + sectors is on the disk */
	uint32_t sectors; /* READ, WRITE: the sum of the segments */
	unsigned count;   /* READ, WRITE: 1 to BLOCK_SEGMENTS */
	const struct block_segment *segments;
	/* 0, or -EIO: the medium, -ENOSPC: no memory left for it. The request is the maker's again.
	 */
	void (*done)(struct block_request *r, int error);

	/* Whoever has the request uses these as it likes. */
	struct block_request *next;
	void *holder;
	uint32_t progress;
};

struct block_disk {
	const struct block_ops *ops;
	char name[BLOCK_NAME];
	char model[BLOCK_MODEL];
	char serial[BLOCK_SERIAL];
	uint64_t sectors;
	uint32_t physical_bytes; /* what the medium writes at once: 512, 4096 */
	bool read_only;          /* WRITE, DISCARD and WRITE_ZEROES must not be submitted */
	bool can_discard;
	bool can_write_zeroes;
	uint32_t errors; /* requests of a guest that failed */
	/* Whoever uses the disk: step() has work again. May be NULL. */
	void (*wake)(struct block_disk *d);
	void *owner;
};

struct block_ops {
	/*
	 * Takes the request, which fits the disk; done() is called later, never
	 * from here. Or -EAGAIN: after another of this user's requests is done.
	 * A FLUSH is done when all writes done before it was submitted are on the
	 * medium. Where there is nothing to flush it just finishes.
	 */
	int (*submit)(struct block_disk *d, struct block_request *r);
	/*
	 * Disks that the processor itself moves the data of: a piece of at most
	 * 32 KiB. False: there is nothing more to do until wake() or a submit. NULL: none needed.
	 */
	bool (*step)(struct block_disk *d);
};

#endif
