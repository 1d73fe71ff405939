/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IDE controller of two channels with two drives each, made of ports that are functions. */
#ifndef GATEHOUSE_TEST_UNIT_IDE_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_IDE_FIXTURE_H

#include "drivers/ide.h"
#include "test/unit/ata_fixture.h"

#define BM_BASE 0xC000u
#define READY   0x50

struct fake_channel {
	struct fake_disk drives[2];
	uint16_t base, control_port;
	uint8_t file[8], before[8]; /* registers, and what was there before (HOB) */
	uint8_t status, control, command, bm_command, bm_status;
	uint32_t table;
	bool runs, interrupts; /* a command waits for machine_runs(); the line */
	unsigned word;         /* of IDENTIFY's data, by the processor */
	unsigned resets, words_read;
	uint64_t reset_ns;
};

static struct fake_channel channels[2];
static bool floats; /* a channel without a drive reads as all ones, or as 0 */
static bool never_ready;

static inline struct fake_disk *selected(struct fake_channel *c)
{
	return &c->drives[c->file[6] >> 4 & 1];
}

static inline bool is_empty(const struct fake_channel *c)
{
	return !c->drives[0].is_there && !c->drives[1].is_there;
}

static inline void raise_line(struct fake_channel *c)
{
	c->interrupts = true;
	c->bm_status |= 4;
}

static inline unsigned read_table(const struct fake_channel *c, struct block_segment *list)
{
	const uint32_t *prd = (const uint32_t *)(uintptr_t)c->table;
	unsigned n = 0;

	assert_int_equal(c->table % 4096, 0);
	do {
		uint32_t bytes = prd[2 * n + 1] & 0xFFFF;

		assert_true(n < 2 * BLOCK_SEGMENTS);
		bytes = bytes ? bytes : 0x10000;
		assert_int_equal(prd[2 * n] >> 16, (prd[2 * n] + bytes - 1) >> 16);
		list[n] = (struct block_segment){(void *)(uintptr_t)prd[2 * n], bytes};
	} while (!(prd[2 * n++ + 1] & 0x80000000));
	return n;
}

static inline void execute(struct fake_channel *c, struct fake_disk *d)
{
	static struct block_segment list[2 * BLOCK_SEGMENTS];
	const uint8_t *f = c->file, *b = c->before;
	struct taskfile t = {c->command,
			     f[6],
			     f[1],
			     (uint16_t)(f[2] | b[2] << 8),
			     f[2],
			     f[3] | f[4] << 8 | (uint32_t)f[5] << 16 | (uint64_t)b[3] << 24 |
				     (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40};
	bool is_dma = c->bm_command & 1;

	disk_execute(d, &t, !(c->bm_command & 8), list, is_dma ? read_table(c, list) : 0);
	c->bm_status &= (uint8_t)~1;
}

static inline void run_channel(struct fake_channel *c)
{
	struct fake_disk *d = selected(c);

	if (!c->runs)
		return;
	c->runs = false;
	switch (disk_mood(d)) {
	case IS_GOOD:
		execute(c, d);
		c->status = READY;
		raise_line(c);
		break;
	case FAILS:
		c->status = READY | 1;
		raise_line(c);
		break;
	case FAILS_BUSY:
		c->status = READY | 8;
		raise_line(c);
		break;
	case HANGS:
		break;
	}
}

void machine_runs(void)
{
}

static inline void begin_command(struct fake_channel *c, uint8_t command)
{
	struct fake_disk *d = selected(c);

	assert_int_equal(c->status & 0x88, 0);
	if (!d->is_there) {
		c->status = 0;
		return;
	}
	c->command = command;
	if (command != ATA_IDENTIFY) {
		c->status = 0xD0;
		c->runs = true;
		return;
	}
	c->status = d->is_packet || disk_mood(d) != IS_GOOD ? READY | 1 : READY | 8;
	c->word = 0;
}

/* A reset lasts 5 us, then the drives tell what they are. */
static inline void write_control(struct fake_channel *c, uint8_t value)
{
	if (value & 4) {
		c->reset_ns = now_ns;
		c->status = 0xD0;
		c->runs = false;
		assert_false(c->bm_command & 1);
	} else if (c->control & 4) {
		assert_true(now_ns - c->reset_ns >= 5000);
		c->resets++;
		c->status = never_ready ? 0xD0 : READY;
		c->file[6] = 0;
	}
	c->control = value;
}

static inline void write_bm(struct fake_channel *c, unsigned reg, uint8_t value)
{
	if (reg == 0) {
		if (value & 1)
			c->bm_status |= 1;
		c->bm_command = value;
		return;
	}
	assert_int_equal(reg, 2);
	assert_int_equal(value & 0x60, c->bm_status & 0x60); /* whose drives do DMA */
	c->bm_status = (uint8_t)(c->bm_status & ~(value & 6));
}

static inline struct fake_channel *channel_at(uint16_t at, unsigned *reg)
{
	for (unsigned i = 0; i < 2; i++) {
		struct fake_channel *c = &channels[i];

		*reg = at - c->base;
		if (at >= c->base && at < c->base + 8)
			return c;
		*reg = 8;
		if (at == c->control_port)
			return c;
		*reg = 16 + (at & 7);
		if (at >= BM_BASE + 8 * i && at < BM_BASE + 8 * i + 8)
			return c;
	}
	fail_msg("port %#x", at);
	return NULL;
}

void outb(uint16_t at, uint8_t value)
{
	unsigned reg;
	struct fake_channel *c = channel_at(at, &reg);

	if (reg == 7)
		begin_command(c, value);
	else if (reg == 8)
		write_control(c, value);
	else if (reg >= 16)
		write_bm(c, reg - 16, value);
	else {
		c->before[reg] = c->file[reg];
		c->file[reg] = value;
	}
}

static inline uint8_t read_status(struct fake_channel *c)
{
	if (is_empty(c))
		return floats ? 0xFF : 0;
	return selected(c)->is_there ? c->status : 0;
}

uint8_t inb(uint16_t at)
{
	unsigned reg;
	struct fake_channel *c = channel_at(at, &reg);

	if (reg == 16)
		return c->bm_command;
	if (reg == 18)
		return c->bm_status;
	if (reg == 7)
		c->interrupts = false;
	if (reg == 7 || reg == 8)
		return read_status(c);
	if (is_empty(c))
		return floats ? 0xFF : 0;
	if (reg == 4 || reg == 5) {
		if (selected(c)->is_packet)
			return reg == 4 ? 0x14 : 0xEB;
		return selected(c)->is_there ? 0 : 0xFF;
	}
	return c->file[reg];
}

uint16_t inw(uint16_t at)
{
	unsigned reg;
	struct fake_channel *c = channel_at(at, &reg);

	assert_int_equal(reg, 0);
	assert_true(c->status & 8);
	if (c->word == ATA_IDENTIFY_WORDS - 1)
		c->status = READY;
	return selected(c)->words[c->word++];
}

void outl(uint16_t at, uint32_t value)
{
	unsigned reg;
	struct fake_channel *c = channel_at(at, &reg);

	assert_int_equal(reg, 20);
	c->table = value;
}

/* Disks at first 0 and 1 and second 1; a CD-ROM at second 0. */
static inline int power_on(void **state)
{
	memset(channels, 0, sizeof(channels));
	for (unsigned i = 0; i < 2; i++) {
		channels[i].status = READY;
		channels[i].base = i ? 0x170 : 0x1F0;
		channels[i].control_port = i ? 0x376 : 0x3F6;
		channels[i].bm_status = 0x60;
	}
	disk_make(&channels[0].drives[0], true);
	disk_make(&channels[0].drives[1], false);
	disk_make(&channels[1].drives[1], true);
	channels[1].drives[0].is_there = channels[1].drives[0].is_packet = true;
	floats = never_ready = false;
	memset(bars, 0, sizeof(bars));
	bars[4] = (struct pci_bar){BM_BASE, 16, true};
	device_new(&ide_driver);
	device.pci.interface = 0x80;
	return 0;
}

static inline int start_anew(uint8_t interface)
{
	device_new(&ide_driver);
	device.pci.interface = interface;
	return ide_driver.start(&device);
}

static inline int setup(void **state)
{
	power_on(state);
	assert_int_equal(ide_driver.start(&device), 0);
	return 0;
}

static inline void run(unsigned n)
{
	run_channel(&channels[n]);
	while (channels[n].interrupts && !(channels[n].control & 2))
		assert_true(device_interrupt());
}

#endif
