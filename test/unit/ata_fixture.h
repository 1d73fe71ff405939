/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks, requests, time and a PCI function for tests of what ATA disks hang
 * on. The test has the controller: machine_runs() is called while a driver waits.
 */
#ifndef GATEHOUSE_TEST_UNIT_ATA_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_ATA_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/delay.h"
#include "core/errno.h"
#include "core/log.h"
#include "core/types.h"
#include "core/util.h"
#include "drivers/ata.h"
#include "drivers/host_device.h"
#include "test/unit/fake_io.h"
#include "test/unit/unit.h"

#define DISK_SECTORS 2048u
#define LOOK_MS      100u

enum mood { IS_GOOD, FAILS, FAILS_BUSY, HANGS };

struct fake_disk {
	bool is_there, is_packet;
	enum mood mood;
	unsigned moody_commands; /* so many, then it is good */
	unsigned commands;
	uint8_t last_code;
	uint16_t words[ATA_IDENTIFY_WORDS];
	uint8_t data[DISK_SECTORS * BLOCK_SECTOR];
};

struct taskfile {
	uint8_t code, device, features;
	uint16_t count, count_28bit;
	uint64_t lba;
};

static uint64_t now_ns;
static char last_log[256];
static struct pci_bar bars[6];
static unsigned enabled;

void machine_runs(void); /* the test's */

void delay_us(uint32_t us)
{
	now_ns += us * NSEC_PER_USEC;
	machine_runs();
}

uint64_t delay_now_ns(void)
{
	return now_ns;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_log, sizeof(last_log), fmt, ap);
	va_end(ap);
}

struct pci_bar pci_bar(const struct pci_function *f, unsigned n)
{
	return bars[n];
}

void pci_enable(const struct pci_function *f)
{
	enabled++;
}

static inline void disk_make(struct fake_disk *d, bool has_48bit)
{
	memset(d, 0, sizeof(*d));
	d->is_there = true;
	d->words[0] = 0x40;
	d->words[27] = 'F' << 8 | 'A';
	d->words[28] = 'K' << 8 | 'E';
	d->words[49] = 0x0300;
	d->words[60] = DISK_SECTORS;
	d->words[83] = has_48bit ? 0x7400 : 0x5000;
	d->words[100] = DISK_SECTORS;
	d->words[169] = 1;
	for (uint32_t i = 0; i < sizeof(d->data); i++)
		d->data[i] = (uint8_t)(i * 7 + i / 512);
}

/* How the next command goes. */
static inline enum mood disk_mood(struct fake_disk *d)
{
	d->commands++;
	if (d->mood == IS_GOOD || !d->moody_commands)
		return IS_GOOD;
	d->moody_commands--;
	return d->mood;
}

static inline void disk_discard(struct fake_disk *d, const uint64_t *ranges)
{
	for (unsigned i = 0; i < ATA_DISCARD_RANGES; i++) {
		uint64_t at = ranges[i] & ((1ull << 48) - 1), n = ranges[i] >> 48;

		assert_true(at + n <= DISK_SECTORS);
		memset(d->data + at * BLOCK_SECTOR, 0, (size_t)n * BLOCK_SECTOR);
	}
}

/* The list must fit the command exactly. */
static inline void disk_execute(struct fake_disk *d, const struct taskfile *t, bool to_device,
				const struct block_segment *list, unsigned n)
{
	bool is_48bit = t->code == ATA_READ_EXT || t->code == ATA_WRITE_EXT;
	uint32_t sectors = is_48bit ? t->count : t->count_28bit;
	uint64_t lba = is_48bit ? t->lba : (t->lba & 0xFFFFFF) | (t->device & 0xF) << 24;
	uint8_t *at = d->data + lba * BLOCK_SECTOR;

	d->last_code = t->code;
	if (t->code == ATA_FLUSH || t->code == ATA_FLUSH_EXT || t->code == ATA_NOTHING) {
		assert_int_equal(n, 0);
		return;
	}
	if (t->code == ATA_IDENTIFY || t->code == ATA_DISCARD) {
		assert_int_equal(n, 1);
		assert_int_equal(list->bytes, 512);
		assert_int_equal(to_device, t->code == ATA_DISCARD);
		if (t->code == ATA_IDENTIFY)
			memcpy(list->at, d->words, 512);
		else
			disk_discard(d, list->at);
		return;
	}
	assert_true(t->device & ATA_DEVICE_LBA);
	assert_int_equal(to_device, t->code == ATA_WRITE || t->code == ATA_WRITE_EXT);
	if (!sectors)
		sectors = is_48bit ? 65536 : 256;
	assert_true(lba + sectors <= DISK_SECTORS);
	for (unsigned i = 0; i < n; i++) {
		memcpy(to_device ? at : list[i].at, to_device ? list[i].at : at, list[i].bytes);
		at += list[i].bytes;
	}
	assert_ptr_equal(at, d->data + (lba + sectors) * BLOCK_SECTOR);
}

/* ---- requests ---- */

struct job {
	struct block_request r;
	struct block_segment segments[BLOCK_SEGMENTS];
	uint8_t *memory;
	unsigned done;
	int error;
	struct job *then; /* submitted by done() */
	struct block_disk *disk;
};

static bool may_finish; /* done() is only for interrupt() and tick() */

static inline void job_submit(struct job *j)
{
	bool before = may_finish;

	may_finish = false;
	assert_int_equal(j->disk->ops->submit(j->disk, &j->r), 0);
	may_finish = before;
}

static inline void job_done(struct block_request *r, int error)
{
	struct job *j = container_of(r, struct job, r);

	assert_true(may_finish);
	j->done++;
	j->error = error;
	if (j->then)
		job_submit(j->then);
}

static inline struct job *job_make(struct block_disk *disk, enum block_op op, uint32_t sector,
				   uint32_t sectors)
{
	struct job *j = calloc(1, sizeof(*j));

	j->disk = disk;
	j->memory = calloc(1, 2 * KIB(64) + sectors * BLOCK_SECTOR);
	j->segments[0] = (struct block_segment){j->memory, sectors * BLOCK_SECTOR};
	j->r = (struct block_request){.op = op,
				      .sector = sector,
				      .sectors = sectors,
				      .count = 1,
				      .segments = j->segments,
				      .done = job_done};
	for (uint32_t i = 0; op == BLOCK_WRITE && i < sectors * BLOCK_SECTOR; i++)
		j->memory[i] = (uint8_t)(rand() >> 4);
	return j;
}

/* Cuts its one segment into many. */
static inline void job_cut(struct job *j, struct unit_random *random)
{
	uint32_t left = j->r.sectors, at = 0;

	for (j->r.count = 0; left; j->r.count++) {
		uint32_t n = 1 + (uint32_t)(unit_random(random) % 128);

		n = j->r.count == BLOCK_SEGMENTS - 1 ? left : MIN(n, left);
		j->segments[j->r.count] = (struct block_segment){j->memory + at, n * BLOCK_SECTOR};
		at += n * BLOCK_SECTOR;
		left -= n;
	}
}

static inline void job_free(struct job *j)
{
	free(j->memory);
	free(j);
}

/* Does everything the disk is asked, and compares with what the disk has. */
static inline void job_check(struct job *j, const struct fake_disk *d)
{
	const uint8_t *at = d->data + j->r.sector * BLOCK_SECTOR;

	assert_int_equal(j->done, 1);
	assert_int_equal(j->error, 0);
	if (j->r.op == BLOCK_READ || j->r.op == BLOCK_WRITE)
		assert_memory_equal(j->memory, at, j->r.sectors * BLOCK_SECTOR);
	for (uint32_t i = 0; j->r.op == BLOCK_DISCARD && i < j->r.sectors * BLOCK_SECTOR; i++)
		assert_int_equal(at[i], 0);
}

static inline struct job *job_random(struct block_disk *disk, struct unit_random *random)
{
	static const enum block_op ops[] = {BLOCK_READ,  BLOCK_WRITE, BLOCK_READ,
					    BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD};
	uint32_t sectors = 1 + (uint32_t)(unit_random(random) % 700);
	uint32_t sector = (uint32_t)(unit_random(random) % (DISK_SECTORS - sectors + 1));
	enum block_op op = ops[unit_random(random) % ARRAY_SIZE(ops)];
	struct job *j;

	if (op == BLOCK_DISCARD && !disk->can_discard)
		op = BLOCK_FLUSH;
	j = job_make(disk, op, sector, sectors);
	if (op == BLOCK_READ || op == BLOCK_WRITE)
		job_cut(j, random);
	return j;
}

/* ---- the driver ---- */

static struct host_device device;

static inline void device_new(const struct host_driver *driver)
{
	free(device.memory);
	memset(&device, 0, sizeof(device));
	device.driver = driver;
	device.memory = aligned_alloc(4096, ALIGN_UP(driver->memory, PAGE_SIZE));
	memset(device.memory, 0, ALIGN_UP(driver->memory, PAGE_SIZE));
	may_finish = false;
	enabled = 0;
	last_log[0] = '\0';
}

static inline bool device_interrupt(void)
{
	bool had_something;

	may_finish = true;
	had_something = device.driver->interrupt(&device);
	may_finish = false;
	return had_something;
}

/* As the collector calls it. */
static inline void device_ticks(unsigned ms)
{
	for (; ms >= LOOK_MS && device.driver->is_waiting(&device); ms -= LOOK_MS) {
		now_ns += LOOK_MS * NSEC_PER_MSEC;
		may_finish = true;
		device.driver->tick(&device);
		may_finish = false;
	}
}

#endif
