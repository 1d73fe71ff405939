/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that keeps a record on its disk: how often it was started, and when
 * the last time was. A disk that holds anything else is left alone, unless the
 * command line has the word `format`. `pci` takes the disk on the PCI bus.
 */
/* paging: 2level */
#include <linux/virtio_blk.h>

#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/give_up.h"
#include "guests/lib/gvirtio.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/string.h"
#include "guests/lib/time.h"

#define SECTOR 512u

/* What must be empty before a disk counts as such: no file system is without a mark in there. */
#define HEAD_SECTORS 2048u
#define TAIL_SECTORS 256u

#define CHUNK_SECTORS 64u

/* All of sector 0. */
struct record {
	char magic[16];
	uint32_t starts;     /* this one included */
	uint32_t time;       /* of the last one, in seconds since 1970 */
	uint32_t not_starts; /* ~starts: half a record is none */
	uint8_t zeros[SECTOR - 28];
};

static const char magic[16] = "Gatehouse diary";

static struct gvirtio disk;
static struct record record;
static uint8_t chunk[CHUNK_SECTORS * SECTOR] PAGE_ALIGNED;

/* One request; data: NULL for none. Returns its status. */
static uint8_t request(uint32_t type, uint64_t sector, void *data, uint32_t bytes)
{
	static struct virtio_blk_outhdr header;
	static uint8_t status;
	bool reads = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;
	struct gpiece pieces[3] = {GPIECE_OUT(&header, sizeof(header))};
	unsigned count = 1;

	header = (struct virtio_blk_outhdr){.type = type, .sector = sector};
	status = 0xFF;
	if (data)
		pieces[count++] = (struct gpiece){virt_to_phys(data), bytes, reads};
	pieces[count++] = (struct gpiece)GPIECE_IN(&status, 1);
	gqueue_do(&disk.queues[0], pieces, count);
	return READ_ONCE(status);
}

static void request_or_give_up(const char *what, uint32_t type, uint64_t sector, void *data,
			       uint32_t bytes)
{
	uint8_t status = request(type, sector, data, bytes);

	if (status != VIRTIO_BLK_S_OK)
		give_up("%s at sector %llu failed with status %u", what, sector, status);
}

static uint64_t capacity(void)
{
	uint32_t at = offsetof(struct virtio_blk_config, capacity);

	return gvirtio_config(&disk, at, 4) | (uint64_t)gvirtio_config(&disk, at + 4, 4) << 32;
}

static void show_disk(uint64_t sectors)
{
	static char id[VIRTIO_BLK_ID_BYTES + 1];

	if (request(VIRTIO_BLK_T_GET_ID, 0, id, VIRTIO_BLK_ID_BYTES) != VIRTIO_BLK_S_OK)
		id[0] = '\0';
	printf("disk \"%s\": %llu sectors, %llu KiB, %s\n", id, sectors, sectors / 2,
	       gvirtio_has(&disk, VIRTIO_BLK_F_RO) ? "read-only" : "writable");
}

/* The first byte other than zero in these sectors; -1: there is none. */
static int64_t first_byte(uint64_t sector, uint64_t end)
{
	for (; sector < end; sector += CHUNK_SECTORS) {
		uint32_t count =
			end - sector < CHUNK_SECTORS ? (uint32_t)(end - sector) : CHUNK_SECTORS;

		request_or_give_up("reading", VIRTIO_BLK_T_IN, sector, chunk, count * SECTOR);
		for (uint32_t n = 0; n < count * SECTOR; n++)
			if (chunk[n])
				return (int64_t)(sector * SECTOR) + n;
	}
	return -1;
}

static bool disk_is_empty(uint64_t sectors)
{
	uint64_t head = sectors < HEAD_SECTORS ? sectors : HEAD_SECTORS;
	uint64_t tail = sectors - head < TAIL_SECTORS ? head : sectors - TAIL_SECTORS;
	int64_t at = first_byte(0, head);

	if (at < 0)
		at = first_byte(tail, sectors);
	if (at < 0)
		return true;
	printf("the disk is not mine: byte %lld is 0x%02x, and there is no record in sector 0\n",
	       at, chunk[at % sizeof(chunk)]);
	return false;
}

static bool is_mine(const struct record *r)
{
	return !memcmp(r->magic, magic, sizeof(magic)) && r->starts == ~r->not_starts;
}

/* Reads the record, or begins one; gives up on a disk of somebody else. */
static void record_read(uint64_t sectors)
{
	request_or_give_up("reading", VIRTIO_BLK_T_IN, 0, &record, SECTOR);
	if (is_mine(&record))
		return;
	if (boot_has_word("format"))
		printf("told to format the disk\n");
	else if (!disk_is_empty(sectors))
		give_up("the disk holds something else, and it stays so (-- format overwrites it)");
	record = (struct record){.magic = "Gatehouse diary"};
}

static void show_record(void)
{
	char date[DATE_TEXT];

	printf("this is start number %u", record.starts + 1);
	if (record.starts) {
		date_text(date, record.time);
		printf("; the last one was %s UTC", date);
	}
	printf("\n");
}

static void record_write(void)
{
	static struct record again;

	record.starts++;
	record.not_starts = ~record.starts;
	record.time = READ_ONCE(lguest_data.time_sec);
	request_or_give_up("writing", VIRTIO_BLK_T_OUT, 0, &record, SECTOR);
	if (gvirtio_has(&disk, VIRTIO_BLK_F_FLUSH))
		request_or_give_up("flushing", VIRTIO_BLK_T_FLUSH, 0, NULL, 0);
	request_or_give_up("reading back", VIRTIO_BLK_T_IN, 0, &again, SECTOR);
	if (memcmp(&again, &record, SECTOR))
		give_up("what is read back is not what was written");
	printf("written, flushed, and read back as it was written\n");
}

void guest_main(void)
{
	const struct gvirtio_ops *bus = boot_has_word("pci") ? &gvirtio_pci : &gvirtio_lgbus;
	uint64_t sectors;

	if (!gvirtio_find(&disk, bus, VIRTIO_ID_BLOCK, 0))
		give_up("there is no disk on %s; disk= in this guest's line gives it one",
			bus->name);
	gvirtio_start(&disk, 1ull << VIRTIO_BLK_F_FLUSH | 1ull << VIRTIO_BLK_F_RO);
	sectors = capacity();
	show_disk(sectors);
	if (!sectors)
		give_up("a disk of no sectors");
	record_read(sectors);
	show_record();
	if (gvirtio_has(&disk, VIRTIO_BLK_F_RO))
		printf("nothing is written to a read-only disk\n");
	else
		record_write();
	shutdown(LGUEST_SHUTDOWN_POWEROFF, "diary is done");
}
