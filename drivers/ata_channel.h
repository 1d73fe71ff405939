/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of the disks on one channel (an AHCI port with one disk, an IDE
 * cable with two), of which one is under way at a time: queues, requests in
 * parts, errors, disks that hang.
 */
#ifndef GATEHOUSE_DRIVERS_ATA_CHANNEL_H
#define GATEHOUSE_DRIVERS_ATA_CHANNEL_H

#include "drivers/ata.h"

#define ATA_CHANNEL_DISKS 2u

struct ata_channel;

struct ata_channel_ops {
	/* Has the drive (0 or 1) begin c->command; ata_channel_end() when it ended. */
	void (*issue)(struct ata_channel *c, unsigned drive);
	/*
	 * After an error, c->is_hung: after no answer at all, gets the device back:
	 * when true is returned it takes commands again. Else called again, 100 ms
	 * later, with c->step one more; 0 at first. Whatever it returns, it must not
	 * wait; when it returns true, the device has stopped its access to memory.
	 */
	bool (*recover)(struct ata_channel *c);
};

struct ata_channel {
	const struct ata_channel_ops *ops;
	struct ata_payload *payload;
	struct ata_disk disks[ATA_CHANNEL_DISKS]; /* not there: block.ops is NULL */
	struct ata_command command;               /* under way for active */
	struct block_request *active;
	unsigned drive; /* that active is for, or was */
	uint64_t since_ns;
	bool is_recovering, is_hung;
	unsigned step;
};

/* The words of its IDENTIFY are in the payload: has the disk, or the reason why not returned. */
const char *ata_channel_add(struct ata_channel *c, unsigned drive);

/* What is under way ended: calls done() if it was the request's last part. */
void ata_channel_end(struct ata_channel *c, bool is_good);

bool ata_channel_is_waiting(const struct ata_channel *c);

/* Every 100 ms while it is waiting. */
void ata_channel_tick(struct ata_channel *c);

#endif
