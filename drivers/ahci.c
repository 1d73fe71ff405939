/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AHCI controllers (AHCI 1.3.1): command slot 0 of each port is all that is used. */
#include "drivers/ahci.h"

#include "arch/x86/io.h"
#include "core/delay.h"
#include "core/errno.h"
#include "core/log.h"
#include "core/util.h"
#include "drivers/ata_channel.h"

#define PCI_CLASS_STORAGE  0x01
#define PCI_SUBCLASS_SATA  0x06
#define PCI_INTERFACE_AHCI 0x01
#define AHCI_BAR           5u

/* 3.1, 3.3; what is not named is of no use here. */
enum {
	HBA_CAP = 0x00,
	HBA_GHC = 0x04,
	HBA_IS = 0x08,
	HBA_PI = 0x0C,
	HBA_CAP2 = 0x24,
	HBA_BOHC = 0x28,
	HBA_PORTS = 0x100,
	PORT_BYTES = 0x80,
	PXCLB = 0x00,
	PXCLBU = 0x04,
	PXFB = 0x08,
	PXFBU = 0x0C,
	PXIS = 0x10,
	PXIE = 0x14,
	PXCMD = 0x18,
	PXTFD = 0x20,
	PXSIG = 0x24,
	PXSSTS = 0x28,
	PXSCTL = 0x2C,
	PXSERR = 0x30,
	PXCI = 0x38,
};

#define GHC_HR         (1u << 0)
#define GHC_IE         (1u << 1)
#define GHC_AE         (1u << 31)
#define CAP2_BOH       (1u << 0)
#define BOHC_BOS       (1u << 0)
#define BOHC_OOS       (1u << 1)
#define PXCMD_ST       (1u << 0)
#define PXCMD_SUD      (1u << 1)
#define PXCMD_POD      (1u << 2)
#define PXCMD_FRE      (1u << 4)
#define PXCMD_FR       (1u << 14)
#define PXCMD_CR       (1u << 15)
#define PXCMD_ACTIVE   (1u << 28)   /* of the interface's power states */
#define PXIS_ENDED     (1u << 0)    /* a register FIS from the device */
#define PXIS_FAILED    (0xFu << 27) /* TFES, HBFS, HBDS, IFS */
#define SCTL_NO_SLEEP  0x300u
#define SCTL_RESET     0x1u
#define SSTS_DET       0xFu
#define SSTS_DET_READY 0x3u
#define SIGNATURE_DISK 0x00000101u

#define SLOT0 1u

#define HANDOFF_MS  1000u
#define RESET_MS    1000u
#define IDENTIFY_MS 2000u
#define STOP_MS     500u
#define LINK_MS     100u /* without a sign of a device by then there is none */
#define READY_MS    1500u
#define STOP_STEPS  5u

/* 4.2 */
struct command_header {
	uint32_t flags; /* bits 4:0: words of the command FIS, 31:16: entries of the table */
	uint32_t bytes;
	uint32_t table, table_high;
	uint32_t reserved[4];
};

#define HEADER_WRITE       (1u << 6)
#define HEADER_PRDTL_SHIFT 16
#define FIS_HOST_TO_DEVICE 0x27 /* SATA 3.0, 10.3.4 */
#define FIS_IS_COMMAND     0x80
#define FIS_WORDS          5u

struct prd {
	uint32_t at, at_high, reserved;
	uint32_t last_byte;
};

/* The HBA's alignments: list 1024, received FIS 256, table 128. */
struct port_memory {
	struct command_header list[32];
	uint8_t received[256];
	uint8_t fis[128];
	struct prd prds[BLOCK_SEGMENTS];
	struct ata_payload payload;
} ALIGNED(1024);

_Static_assert(offsetof(struct port_memory, received) % 256 == 0, "AHCI 3.3.3");
_Static_assert(offsetof(struct port_memory, fis) % 128 == 0, "AHCI 4.2.2");
_Static_assert(offsetof(struct port_memory, prds) == offsetof(struct port_memory, fis) + 0x80,
	       "AHCI 4.2.3");

enum port_phase { PORT_STOPPING, PORT_RESET, PORT_SETTLING };

struct ahci_port {
	struct ata_channel channel; /* first: only disk 0 */
	volatile uint8_t *regs;
	struct port_memory *memory;
	enum port_phase phase;
	unsigned number;
	bool is_up;
};

struct ahci {
	struct port_memory memory[HOST_DEVICE_DISKS]; /* first: aligned */
	struct ahci_port ports[HOST_DEVICE_DISKS];
	volatile uint8_t *regs;
	unsigned port_count;
};

static uint32_t get(const struct ahci_port *p, unsigned reg)
{
	return mmio_read32(p->regs + reg);
}

static void set(const struct ahci_port *p, unsigned reg, uint32_t value)
{
	mmio_write32(p->regs + reg, value);
}

static void issue(struct ata_channel *c, unsigned drive)
{
	struct ahci_port *p = container_of(c, struct ahci_port, channel);
	const struct ata_command *a = &c->command;
	struct ata_cursor cursor = a->data;
	struct block_segment piece;
	uint8_t *fis = p->memory->fis;
	uint32_t n = 0;

	(void)drive;
	for (; n < BLOCK_SEGMENTS && ata_next_piece(&cursor, &piece); n++)
		p->memory->prds[n] =
			(struct prd){(uint32_t)(uintptr_t)piece.at, 0, 0, piece.bytes - 1};
	fis[0] = FIS_HOST_TO_DEVICE;
	fis[1] = FIS_IS_COMMAND;
	fis[2] = (uint8_t)a->code;
	fis[3] = a->features;
	for (unsigned i = 0; i < 3; i++) {
		fis[4 + i] = (uint8_t)(a->lba >> 8 * i);
		fis[8 + i] = (uint8_t)(a->lba >> (24 + 8 * i));
	}
	fis[7] = a->device;
	fis[12] = (uint8_t)a->count;
	fis[13] = (uint8_t)(a->count >> 8);
	p->memory->list[0].flags =
		FIS_WORDS | (a->is_write ? HEADER_WRITE : 0) | n << HEADER_PRDTL_SHIFT;
	p->memory->list[0].bytes = 0;
	ata_barrier();
	set(p, PXCI, SLOT0);
}

static bool is_busy(const struct ahci_port *p)
{
	return get(p, PXTFD) & (ATA_STATUS_BUSY | ATA_STATUS_DRQ);
}

/*
 * A port that has stopped and whose device is ready takes commands again. QEMU's
 * (7.2) keeps PxCI and would execute what failed again, into memory that is
 * another's by then: it finds something harmless.
 */
static bool restart(struct ahci_port *p)
{
	p->memory->fis[2] = ATA_NOTHING;
	p->memory->list[0].flags = FIS_WORDS;
	ata_barrier();
	set(p, PXSERR, ~0u);
	set(p, PXIS, ~0u);
	set(p, PXCMD, get(p, PXCMD) | PXCMD_ST);
	p->phase = PORT_STOPPING;
	return true;
}

/* 6.2.2.1; 10.4.2: the reset takes at least 1 ms, which lies between two calls. */
static bool recover(struct ata_channel *c)
{
	struct ahci_port *p = container_of(c, struct ahci_port, channel);
	uint32_t command;

	switch (p->phase) {
	case PORT_STOPPING:
		command = get(p, PXCMD) & ~PXCMD_ST;
		set(p, PXCMD, command);
		command = get(p, PXCMD) & PXCMD_CR;
		if (command && c->step < STOP_STEPS)
			return false;
		if (!command && !c->is_hung && !is_busy(p))
			return restart(p);
		set(p, PXSCTL, SCTL_NO_SLEEP | SCTL_RESET);
		p->phase = PORT_RESET;
		return false;
	case PORT_RESET:
		set(p, PXSCTL, SCTL_NO_SLEEP);
		p->phase = PORT_SETTLING;
		return false;
	default:
		set(p, PXSERR, ~0u); /* or the device's first FIS is not taken */
		if ((get(p, PXSSTS) & SSTS_DET) != SSTS_DET_READY || is_busy(p) ||
		    (get(p, PXCMD) & PXCMD_CR))
			return false;
		return restart(p);
	}
}

static const struct ata_channel_ops channel_ops = {.issue = issue, .recover = recover};

/*
 * The command ended when its bit is gone; an error may show after the bits
 * were read the first time, so they are read again behind it.
 */
static void look(struct ahci_port *p)
{
	uint32_t status, issued;

	if (!p->channel.disks[0].block.ops)
		return;
	status = get(p, PXIS);
	set(p, PXIS, status);
	issued = get(p, PXCI);
	status |= get(p, PXIS);
	ata_barrier();
	if (status & PXIS_FAILED)
		ata_channel_end(&p->channel, false);
	else if (!(issued & SLOT0))
		ata_channel_end(&p->channel, true);
}

static bool interrupt(struct host_device *d)
{
	struct ahci *a = d->memory;
	uint32_t status = mmio_read32(a->regs + HBA_IS);

	if (!status)
		return false;
	for (unsigned i = 0; i < a->port_count; i++)
		if (status & 1u << a->ports[i].number)
			look(&a->ports[i]);
	mmio_write32(a->regs + HBA_IS, status); /* after the ports' (10.7.2.1) */
	return true;
}

static bool is_waiting(const struct host_device *d)
{
	const struct ahci *a = d->memory;

	for (unsigned i = 0; i < a->port_count; i++)
		if (ata_channel_is_waiting(&a->ports[i].channel))
			return true;
	return false;
}

/* Looks for what an interrupt may have been lost for, too. */
static void tick(struct host_device *d)
{
	struct ahci *a = d->memory;

	for (unsigned i = 0; i < a->port_count; i++) {
		look(&a->ports[i]);
		ata_channel_tick(&a->ports[i].channel);
	}
}

static bool wait_clear(volatile uint8_t *reg, uint32_t bits, unsigned ms)
{
	for (; mmio_read32(reg) & bits; ms--) {
		if (!ms)
			return false;
		delay_us(1000);
	}
	return true;
}

/* 10.6.3: the firmware may still use it for what it calls its keyboard or disk. */
static void take_from_firmware(const struct ahci *a)
{
	if (!(mmio_read32(a->regs + HBA_CAP2) & CAP2_BOH))
		return;
	mmio_write32(a->regs + HBA_BOHC, mmio_read32(a->regs + HBA_BOHC) | BOHC_OOS);
	wait_clear(a->regs + HBA_BOHC, BOHC_BOS, HANDOFF_MS);
}

static bool reset(const struct ahci *a)
{
	mmio_write32(a->regs + HBA_GHC, GHC_AE);
	mmio_write32(a->regs + HBA_GHC, GHC_AE | GHC_HR);
	if (!wait_clear(a->regs + HBA_GHC, GHC_HR, RESET_MS))
		return false;
	mmio_write32(a->regs + HBA_GHC, GHC_AE);
	return true;
}

static void stop_port(const struct ahci_port *p)
{
	set(p, PXIE, 0);
	set(p, PXCMD, get(p, PXCMD) & ~PXCMD_ST);
	wait_clear(p->regs + PXCMD, PXCMD_CR, STOP_MS);
	set(p, PXCMD, get(p, PXCMD) & ~PXCMD_FRE);
	wait_clear(p->regs + PXCMD, PXCMD_FR, STOP_MS);
	set(p, PXIS, ~0u);
}

/* Gives it its memory; reset is what follows, and tells the device's signature. */
static void open_port(struct ahci_port *p, struct port_memory *m)
{
	p->memory = m;
	m->list[0].table = (uint32_t)(uintptr_t)m->fis;
	set(p, PXCLB, (uint32_t)(uintptr_t)m->list);
	set(p, PXCLBU, 0);
	set(p, PXFB, (uint32_t)(uintptr_t)m->received);
	set(p, PXFBU, 0);
	set(p, PXSERR, ~0u);
	set(p, PXCMD, PXCMD_ACTIVE | PXCMD_FRE | PXCMD_POD | PXCMD_SUD);
	p->channel.ops = &channel_ops;
	p->channel.payload = &m->payload;
	p->channel.is_hung = true;
}

static void open_ports(struct ahci *a, uint32_t implemented, uint32_t bytes)
{
	for (unsigned i = 0; i < 32 && a->port_count < HOST_DEVICE_DISKS; i++) {
		struct ahci_port *p = &a->ports[a->port_count];

		if (!(implemented & 1u << i) || HBA_PORTS + (i + 1) * PORT_BYTES > bytes)
			continue;
		p->number = i;
		p->regs = a->regs + HBA_PORTS + i * PORT_BYTES;
		stop_port(p);
		open_port(p, &a->memory[a->port_count++]);
	}
}

/* All at once, since disks may take their time. */
static void wait_for_ports(struct ahci *a)
{
	for (unsigned ms = 0; ms < READY_MS; ms++) {
		bool is_waiting = false;

		for (unsigned i = 0; i < a->port_count; i++) {
			struct ahci_port *p = &a->ports[i];

			if (p->is_up || (ms > LINK_MS && !(get(p, PXSSTS) & SSTS_DET)))
				continue;
			p->is_up = recover(&p->channel);
			is_waiting |= !p->is_up;
		}
		if (!is_waiting)
			return;
		delay_us(1000);
	}
}

/* Its disk, or the reason why there is none. */
static const char *identify(struct ahci_port *p)
{
	if (get(p, PXSIG) != SIGNATURE_DISK)
		return "what is there is no disk";
	ata_identify_command(&p->memory->payload, &p->channel.command);
	issue(&p->channel, 0);
	if (!wait_clear(p->regs + PXCI, SLOT0, IDENTIFY_MS) || (get(p, PXIS) & PXIS_FAILED))
		return "its disk does not identify itself";
	ata_barrier();
	return ata_channel_add(&p->channel, 0);
}

static void start_port(struct host_device *d, struct ahci_port *p)
{
	const char *problem;

	if (!p->is_up)
		problem = get(p, PXSSTS) & SSTS_DET ? "its device does not get ready" : NULL;
	else
		problem = identify(p);
	if (p->channel.disks[0].block.ops) {
		set(p, PXIS, ~0u);
		set(p, PXIE, PXIS_ENDED | PXIS_FAILED);
		d->disks[d->disk_count++] = &p->channel.disks[0].block;
		return;
	}
	if (problem)
		log_info("ahci %02x:%02x.%u: port %u is not used: %s", d->pci.bus, d->pci.device,
			 d->pci.function, p->number, problem);
	stop_port(p);
}

static void stop(struct host_device *d)
{
	struct ahci *a = d->memory;

	mmio_write32(a->regs + HBA_GHC, GHC_AE);
	for (unsigned i = 0; i < a->port_count; i++)
		stop_port(&a->ports[i]);
}

static int fail(const struct host_device *d, const char *why)
{
	log_warn("ahci %02x:%02x.%u: not used: %s", d->pci.bus, d->pci.device, d->pci.function,
		 why);
	return -EIO;
}

static int start(struct host_device *d)
{
	struct ahci *a = d->memory;
	struct pci_bar bar = pci_bar(&d->pci, AHCI_BAR);
	uint32_t implemented;

	if (!bar.base || bar.is_io || bar.bytes < HBA_PORTS + PORT_BYTES)
		return fail(d, "BAR 5 is not memory");
	bar.bytes = MIN(bar.bytes, HBA_PORTS + 32u * PORT_BYTES);
	a->regs = mmio_map(bar.base, bar.bytes);
	if (!a->regs)
		return fail(d, "no room to map its registers");
	pci_enable(&d->pci);
	take_from_firmware(a);
	implemented = mmio_read32(a->regs + HBA_PI); /* some lose it in a reset */
	if (!reset(a))
		return fail(d, "it does not come out of its reset");
	open_ports(a, implemented, bar.bytes);
	wait_for_ports(a);
	for (unsigned i = 0; i < a->port_count; i++)
		start_port(d, &a->ports[i]);
	d->takes_msi = true;
	mmio_write32(a->regs + HBA_IS, ~0u);
	mmio_write32(a->regs + HBA_GHC, GHC_AE | GHC_IE);
	return 0;
}

static bool matches(const struct pci_function *f)
{
	return f->class == PCI_CLASS_STORAGE && f->subclass == PCI_SUBCLASS_SATA &&
	       f->interface == PCI_INTERFACE_AHCI;
}

const struct host_driver ahci_driver = {
	.name = "ahci",
	.memory = sizeof(struct ahci),
	.matches = matches,
	.start = start,
	.interrupt = interrupt,
	.is_waiting = is_waiting,
	.tick = tick,
	.stop = stop,
};
