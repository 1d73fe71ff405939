/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IDE controllers: registers as ATA8-APT and "PCI IDE Controller Specification"
 * 1.0 have them, DMA by "Programming Interface for Bus Master IDE Controller" 1.0.
 */
#include "drivers/ide.h"

#include "arch/x86/io.h"
#include "core/delay.h"
#include "core/errno.h"
#include "core/log.h"
#include "core/util.h"
#include "drivers/ata_channel.h"

#define PCI_CLASS_STORAGE 0x01
#define PCI_SUBCLASS_IDE  0x01
#define INTERFACE_NATIVE  0x05 /* a bit a channel: at its BARs, not where it always was */
#define INTERFACE_MASTER  0x80
#define MASTER_BAR        4u
#define MASTER_BYTES      8u /* of ports a channel */

#define CHANNELS    2u
#define BAR_CONTROL 2u /* where the control register is behind the second BAR */

/* From the command block's base */
enum {
	REG_DATA,
	REG_FEATURES,
	REG_COUNT,
	REG_LBA,
	REG_LBA_MID,
	REG_LBA_HIGH,
	REG_DEVICE,
	REG_COMMAND,
	REG_STATUS = REG_COMMAND
};

#define CONTROL_RESET         0x04
#define CONTROL_NO_INTERRUPTS 0x02

/* From the master's base */
enum { BM_COMMAND = 0, BM_STATUS = 2, BM_TABLE = 4 };

#define BM_START            0x01
#define BM_TO_MEMORY        0x08
#define BM_STATUS_ERROR     0x02
#define BM_STATUS_INTERRUPT 0x04
#define BM_STATUS_DRIVES    0x60 /* can do DMA: kept as they are */

#define STATUS_NO_BUS 0xFF
#define SIGNATURE     0x0000 /* ATA8-ACS 6.1.10: the LBA registers' upper two after a reset */

#define RESET_US     10u
#define SETTLE_US    2000u
#define READY_MS     1000u
#define IDENTIFY_MS  1000u
#define SELECT_POLLS 10u /* of about 1 us each */

#define DMA_BOUNDARY 0x10000u
#define PRD_LAST     (1u << 31)
#define PRDS         (2 * BLOCK_SEGMENTS) /* each segment may cross one boundary */

struct prd {
	uint32_t at;
	uint32_t bytes; /* 15:0, 0: 64 KiB; PRD_LAST */
};

struct channel_memory {
	struct prd prds[PRDS];
	struct ata_payload payload;
} ALIGNED(4096);

enum channel_phase { CHANNEL_RUNS, CHANNEL_RESET, CHANNEL_SETTLING };

struct ide_channel {
	struct ata_channel channel;
	struct channel_memory *memory;
	uint16_t base, control, master;
	enum channel_phase phase;
	bool is_used;
};

struct ide {
	struct channel_memory memory[CHANNELS]; /* first: aligned */
	struct ide_channel channels[CHANNELS];
};

static const struct {
	uint16_t base, control;
	uint8_t line;
} legacy[CHANNELS] = {{0x1F0, 0x3F6, 14}, {0x170, 0x376, 15}};

/* A piece that crosses a boundary becomes two. Returns whether data is moved. */
static bool fill_table(struct ide_channel *i)
{
	struct ata_cursor cursor = i->channel.command.data;
	struct block_segment piece;
	unsigned n = 0;

	while (ata_next_piece(&cursor, &piece)) {
		uint32_t at = (uint32_t)(uintptr_t)piece.at;

		while (piece.bytes && n < PRDS) {
			uint32_t bytes = MIN(piece.bytes, DMA_BOUNDARY - at % DMA_BOUNDARY);

			i->memory->prds[n++] = (struct prd){at, bytes & (DMA_BOUNDARY - 1)};
			at += bytes;
			piece.bytes -= bytes;
		}
	}
	if (n)
		i->memory->prds[n - 1].bytes |= PRD_LAST;
	ata_barrier();
	return n;
}

static uint8_t status(const struct ide_channel *i)
{
	return inb(i->control); /* the alternate one: leaves the interrupt alone */
}

static void set_master(const struct ide_channel *i, uint8_t command)
{
	uint8_t drives = inb((uint16_t)(i->master + BM_STATUS)) & BM_STATUS_DRIVES;

	outb((uint16_t)(i->master + BM_COMMAND), command);
	outb((uint16_t)(i->master + BM_STATUS), drives | BM_STATUS_INTERRUPT | BM_STATUS_ERROR);
}

/* False: the drive, or the other one, is busy. */
static bool select(const struct ide_channel *i, uint8_t device)
{
	outb((uint16_t)(i->base + REG_DEVICE), device);
	for (unsigned n = 0; n < SELECT_POLLS; n++) {
		uint8_t now = status(i);

		if (n && !(now & (ATA_STATUS_BUSY | ATA_STATUS_DRQ)))
			return true;
	}
	return false;
}

static void write_registers(const struct ide_channel *i, uint8_t features, unsigned count,
			    uint32_t lba)
{
	outb((uint16_t)(i->base + REG_FEATURES), features);
	outb((uint16_t)(i->base + REG_COUNT), (uint8_t)count);
	outb((uint16_t)(i->base + REG_LBA), (uint8_t)lba);
	outb((uint16_t)(i->base + REG_LBA_MID), (uint8_t)(lba >> 8));
	outb((uint16_t)(i->base + REG_LBA_HIGH), (uint8_t)(lba >> 16));
}

/* A drive that is busy is not asked: that ends as if it gave no answer. */
static void issue(struct ata_channel *c, unsigned drive)
{
	struct ide_channel *i = container_of(c, struct ide_channel, channel);
	const struct ata_command *a = &c->command;
	uint8_t direction = a->is_write ? 0 : BM_TO_MEMORY;
	bool is_dma;

	if (!select(i, a->device | (drive ? ATA_DEVICE_SECOND : 0)))
		return;
	set_master(i, direction);
	outl((uint16_t)(i->master + BM_TABLE), (uint32_t)(uintptr_t)i->memory->prds);
	if (a->is_48bit)
		write_registers(i, 0, a->count >> 8, (uint32_t)(a->lba >> 24));
	write_registers(i, a->features, a->count, (uint32_t)a->lba);
	is_dma = fill_table(i);
	outb((uint16_t)(i->base + REG_COMMAND), (uint8_t)a->code);
	if (is_dma)
		outb((uint16_t)(i->master + BM_COMMAND), direction | BM_START);
	status(i); /* it is valid 400 ns later */
}

/*
 * An error leaves the drive ready for the next command. If not, both drives are
 * reset; the phases are longer than ATA8-ACS 9.2 asks for.
 */
static bool recover(struct ata_channel *c)
{
	struct ide_channel *i = container_of(c, struct ide_channel, channel);

	switch (i->phase) {
	case CHANNEL_RUNS:
		set_master(i, 0);
		if (!c->is_hung && !(status(i) & (ATA_STATUS_BUSY | ATA_STATUS_DRQ)))
			return true;
		outb(i->control, CONTROL_RESET);
		i->phase = CHANNEL_RESET;
		return false;
	case CHANNEL_RESET:
		outb(i->control, 0);
		i->phase = CHANNEL_SETTLING;
		return false;
	default:
		if (status(i) & (ATA_STATUS_BUSY | ATA_STATUS_DRQ))
			return false;
		i->phase = CHANNEL_RUNS;
		return true;
	}
}

static const struct ata_channel_ops channel_ops = {.issue = issue, .recover = recover};

/* Whose interrupt it was is in the master's status, whatever the command was. */
static bool look(struct ide_channel *i)
{
	uint8_t master, drive;

	if (!i->is_used)
		return false;
	master = inb((uint16_t)(i->master + BM_STATUS));
	if (!(master & BM_STATUS_INTERRUPT))
		return false;
	if (status(i) & ATA_STATUS_BUSY) {
		outb((uint16_t)(i->master + BM_STATUS),
		     (master & BM_STATUS_DRIVES) | BM_STATUS_INTERRUPT);
		return true;
	}
	drive = inb((uint16_t)(i->base + REG_STATUS)); /* ends the interrupt */
	set_master(i, 0);
	ata_barrier();
	if (i->channel.active)
		ata_channel_end(&i->channel, !(master & BM_STATUS_ERROR) &&
						     !(drive & (ATA_STATUS_ERROR | ATA_STATUS_DRQ |
								ATA_STATUS_FAULT)));
	return true;
}

static bool interrupt(struct host_device *d)
{
	struct ide *ide = d->memory;
	bool any = false;

	for (unsigned i = 0; i < CHANNELS; i++)
		any |= look(&ide->channels[i]);
	return any;
}

static bool is_waiting(const struct host_device *d)
{
	const struct ide *ide = d->memory;

	return ata_channel_is_waiting(&ide->channels[0].channel) ||
	       ata_channel_is_waiting(&ide->channels[1].channel);
}

/* Looks for what an interrupt may have been lost for, too. */
static void tick(struct host_device *d)
{
	struct ide *ide = d->memory;

	for (unsigned i = 0; i < CHANNELS; i++) {
		look(&ide->channels[i]);
		if (ide->channels[i].is_used)
			ata_channel_tick(&ide->channels[i].channel);
	}
}

/* Until the bits are gone: true. */
static bool wait_clear(const struct ide_channel *i, uint8_t bits, unsigned ms)
{
	for (; status(i) & bits; ms--) {
		if (!ms)
			return false;
		delay_us(1000);
	}
	return true;
}

/* False: nothing is connected. */
static bool reset(const struct ide_channel *i)
{
	outb((uint16_t)(i->base + REG_DEVICE), 0);
	if (status(i) == STATUS_NO_BUS)
		return false;
	outb(i->control, CONTROL_RESET | CONTROL_NO_INTERRUPTS);
	delay_us(RESET_US);
	outb(i->control, CONTROL_NO_INTERRUPTS);
	delay_us(SETTLE_US);
	return wait_clear(i, ATA_STATUS_BUSY, READY_MS);
}

static bool is_disk(const struct ide_channel *i, unsigned drive)
{
	uint8_t middle, high;

	outb((uint16_t)(i->base + REG_DEVICE), drive ? ATA_DEVICE_SECOND : 0);
	delay_us(1);
	middle = inb((uint16_t)(i->base + REG_LBA_MID));
	high = inb((uint16_t)(i->base + REG_LBA_HIGH));
	return (middle | high << 8) == SIGNATURE;
}

/* NULL: there is no disk, or one more; otherwise why it is not used. */
static const char *identify(struct ide_channel *i, unsigned drive)
{
	uint16_t *words = (uint16_t *)i->memory->payload.ranges;

	outb((uint16_t)(i->base + REG_COMMAND), ATA_IDENTIFY);
	delay_us(1);
	if (!status(i))
		return NULL;
	if (!wait_clear(i, ATA_STATUS_BUSY, IDENTIFY_MS))
		return "does not identify itself";
	if (!(status(i) & ATA_STATUS_DRQ) || (status(i) & ATA_STATUS_ERROR))
		return NULL;
	for (unsigned n = 0; n < ATA_IDENTIFY_WORDS; n++)
		words[n] = inw(i->base + REG_DATA);
	inb((uint16_t)(i->base + REG_STATUS));
	return ata_channel_add(&i->channel, drive);
}

static void start_channel(struct host_device *d, struct ide_channel *i, const char *name)
{
	bool there = reset(i);

	for (unsigned drive = 0; there && drive < ATA_CHANNEL_DISKS; drive++) {
		struct block_disk *disk = &i->channel.disks[drive].block;
		const char *problem = is_disk(i, drive) ? identify(i, drive) : NULL;

		if (problem)
			log_info("ide %02x:%02x.%u: %s drive %u is not used: %s", d->pci.bus,
				 d->pci.device, d->pci.function, name, drive, problem);
		if (!disk->ops)
			continue;
		d->disks[d->disk_count++] = disk;
		i->is_used = true;
	}
	set_master(i, 0);
	outb(i->control, i->is_used ? 0 : CONTROL_NO_INTERRUPTS);
}

static int fail(const struct host_device *d, const char *why)
{
	log_warn("ide %02x:%02x.%u: not used: %s", d->pci.bus, d->pci.device, d->pci.function, why);
	return -EIO;
}

/* Where the registers are. False: nowhere. */
static bool place(const struct host_device *d, struct ide_channel *i, unsigned number,
		  uint64_t master)
{
	struct pci_bar command, control;

	i->master = (uint16_t)(master + number * MASTER_BYTES);
	i->base = legacy[number].base;
	i->control = legacy[number].control;
	if (!(d->pci.interface & INTERFACE_NATIVE))
		return true;
	command = pci_bar(&d->pci, 2 * number);
	control = pci_bar(&d->pci, 2 * number + 1);
	i->base = (uint16_t)command.base;
	i->control = (uint16_t)(control.base + BAR_CONTROL);
	return command.base && control.base && command.is_io && control.is_io;
}

static int start(struct host_device *d)
{
	static const char *const names[CHANNELS] = {"first channel's", "second channel's"};
	uint8_t native = d->pci.interface & INTERFACE_NATIVE;
	struct ide *ide = d->memory;
	struct pci_bar master = pci_bar(&d->pci, MASTER_BAR);

	if (!(d->pci.interface & INTERFACE_MASTER) || !master.base || !master.is_io)
		return fail(d, "it cannot master the bus");
	if (native && native != INTERFACE_NATIVE)
		return fail(d, "its channels are in different modes");
	pci_enable(&d->pci);
	for (unsigned n = 0; n < CHANNELS; n++) {
		struct ide_channel *i = &ide->channels[n];

		i->memory = &ide->memory[n];
		i->channel.ops = &channel_ops;
		i->channel.payload = &i->memory->payload;
		if (!place(d, i, n, master.base))
			continue;
		start_channel(d, i, names[n]);
		if (!native)
			d->isa_lines[d->isa_line_count++] = legacy[n].line;
	}
	return 0;
}

static void stop(struct host_device *d)
{
	struct ide *ide = d->memory;

	for (unsigned n = 0; n < CHANNELS; n++) {
		if (!ide->channels[n].is_used)
			continue;
		set_master(&ide->channels[n], 0);
		outb(ide->channels[n].control, CONTROL_NO_INTERRUPTS);
	}
}

static bool matches(const struct pci_function *f)
{
	return f->class == PCI_CLASS_STORAGE && f->subclass == PCI_SUBCLASS_IDE;
}

const struct host_driver ide_driver = {
	.name = "ide",
	.memory = sizeof(struct ide),
	.matches = matches,
	.start = start,
	.interrupt = interrupt,
	.is_waiting = is_waiting,
	.tick = tick,
	.stop = stop,
};
