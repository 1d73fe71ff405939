/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ATA disks have in common, whatever they hang on: what IDENTIFY DEVICE
 * says, and which command a request becomes (ACS-3; older words ATA8-ACS).
 */
#ifndef GATEHOUSE_DRIVERS_ATA_H
#define GATEHOUSE_DRIVERS_ATA_H

#include "core/block.h"

#define ATA_IDENTIFY_WORDS 256u
#define ATA_DISCARD_RANGES 64u /* in a payload */

enum ata_code {
	ATA_NOTHING = 0xE5, /* CHECK POWER MODE */
	ATA_DISCARD = 0x06, /* DATA SET MANAGEMENT */
	ATA_READ = 0xC8,    /* DMA, the EXT ones with 48-bit addresses */
	ATA_READ_EXT = 0x25,
	ATA_WRITE = 0xCA,
	ATA_WRITE_EXT = 0x35,
	ATA_FLUSH = 0xE7,
	ATA_FLUSH_EXT = 0xEA,
	ATA_IDENTIFY = 0xEC,
};

#define ATA_STATUS_ERROR 0x01 /* ATA8-ACS 6.1.8 */
#define ATA_STATUS_DRQ   0x08
#define ATA_STATUS_FAULT 0x20
#define ATA_STATUS_BUSY  0x80

#define ATA_DEVICE_LBA    0x40
#define ATA_DEVICE_SECOND 0x10

struct ata_disk {
	struct block_disk block;
	bool has_48bit;
	enum ata_code flush; /* what brings its cache to the medium, or does nothing */
	/* For whoever moves the requests. */
	void *channel;
	struct block_request *first, *last;
	unsigned hangs;    /* in a row */
	unsigned reported; /* errors in the log */
	bool is_dead;
};

/*
 * Fills in the block disk (but ops and name) and what commands it takes from
 * its 256 words. NULL, or why it cannot be used, a static text.
 */
const char *ata_identify(struct ata_disk *d, const uint16_t *words);

/* A place in a request's memory; pieces of it for the list a DMA engine reads. */
struct ata_cursor {
	const struct block_segment *segment, *end;
	uint32_t skip; /* bytes of *segment */
	uint32_t left; /* bytes in all */
};

/* The next piece, at most a segment long. False: none left. */
bool ata_next_piece(struct ata_cursor *c, struct block_segment *piece);

/* 512 bytes that are the driver's own: IDENTIFY's words, ranges to discard. Reached by DMA. */
struct ata_payload {
	uint64_t ranges[ATA_DISCARD_RANGES]; /* first: 4-byte aligned, as segments are */
	struct block_segment segment;
};

struct ata_command {
	enum ata_code code;
	uint8_t device;
	uint8_t features;
	uint16_t count; /* 0 means the most there is */
	uint64_t lba;
	bool is_48bit;
	bool is_write;          /* data goes to the device */
	struct ata_cursor data; /* .left is 0 when none is moved */
	uint32_t sectors;       /* what of the request is done with it */
};

/* The next command for a request of which r->progress sectors are done. */
void ata_next_command(const struct ata_disk *d, const struct block_request *r,
		      struct ata_payload *payload, struct ata_command *c);

/* IDENTIFY DEVICE into the payload's ranges. */
void ata_identify_command(struct ata_payload *payload, struct ata_command *c);

/* The sectors a request is done after: none for a flush. */
uint32_t ata_total(const struct block_request *r);

/* What was written to memory is there before what follows; memory is read anew. */
static inline void ata_barrier(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* the processor itself keeps the order */
}

#endif
