/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An AHCI controller of four ports, made of registers that are functions. */
#ifndef GATEHOUSE_TEST_UNIT_AHCI_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_AHCI_FIXTURE_H

#include "drivers/ahci.h"
#include "test/unit/ata_fixture.h"

#define PORTS     4u
#define DISK      0u
#define EMPTY     1u
#define PACKET    2u
#define OLD_DISK  3u
#define REG(name) ((name) / 4)

enum { CAP2 = 0x24, BOHC = 0x28, GHC = 0x04, IS = 0x08, PI = 0x0C };
enum {
	CLB = 0x00,
	FB = 0x08,
	PIS = 0x10,
	PIE = 0x14,
	CMD = 0x18,
	TFD = 0x20,
	SIG = 0x24,
	SSTS = 0x28,
	SCTL = 0x2C,
	SERR = 0x30,
	CI = 0x38
};

#define CMD_ST      0x1u
#define CMD_FRE     0x10u
#define CMD_CR      0x8000u
#define SERR_X      (1u << 26)
#define PIS_TFES    (1u << 30)
#define SPACE_BYTES (0x100 + 0x80 * PORTS)

static uint8_t space[SPACE_BYTES] ALIGNED(4096);
static uint32_t hba[SPACE_BYTES / 4];
static struct fake_disk disks[PORTS];
static unsigned resets, port_resets, handoffs;
static uint64_t reset_ns;
static bool never_resets, never_stops, never_settles, keeps_ci, runs_by_itself;

static inline uint32_t *port(unsigned n)
{
	return hba + (0x100 + 0x80 * n) / 4;
}

static inline void latch(void)
{
	for (unsigned n = 0; n < PORTS; n++)
		if (port(n)[REG(PIS)] & port(n)[REG(PIE)])
			hba[REG(IS)] |= 1u << n;
}

static inline bool is_interrupting(void)
{
	return hba[REG(GHC)] & 2 && hba[REG(IS)];
}

static void execute(unsigned n)
{
	struct block_segment list[BLOCK_SEGMENTS];
	uint32_t *p = port(n), *header = (uint32_t *)(uintptr_t)p[REG(CLB)];
	const uint8_t *fis = (const uint8_t *)(uintptr_t)header[2];
	const uint32_t *prd = (const uint32_t *)(fis + 0x80);
	struct taskfile t = {fis[2],
			     fis[7],
			     fis[3],
			     (uint16_t)(fis[12] | fis[13] << 8),
			     fis[12],
			     fis[4] | fis[5] << 8 | (uint32_t)fis[6] << 16 |
				     (uint64_t)fis[8] << 24 | (uint64_t)fis[9] << 32 |
				     (uint64_t)fis[10] << 40};
	unsigned count = header[0] >> 16;

	assert_int_equal(header[0] & 0x1F, 5);
	assert_int_equal(fis[0], 0x27);
	assert_int_equal(fis[1], 0x80);
	assert_true(count <= BLOCK_SEGMENTS && (uintptr_t)fis % 128 == 0);
	for (unsigned i = 0; i < count; i++, prd += 4) {
		list[i] = (struct block_segment){(void *)(uintptr_t)prd[0], prd[3] + 1};
		assert_true(prd[0] % 2 == 0 && list[i].bytes % 2 == 0 && !prd[1]);
		assert_true(list[i].bytes <= MIB(4));
	}
	disk_execute(&disks[n], &t, header[0] & 0x40, list, count);
}

/* What the device of the port does with its command. */
static void run_port(unsigned n)
{
	uint32_t *p = port(n);

	if (!(p[REG(CI)] & 1) || !(p[REG(CMD)] & CMD_ST) || p[REG(TFD)] & 0x89)
		return;
	switch (disk_mood(&disks[n])) {
	case IS_GOOD:
		execute(n);
		p[REG(CI)] = 0;
		p[REG(PIS)] |= 1;
		break;
	case FAILS:
		p[REG(TFD)] = 0x51;
		p[REG(PIS)] |= PIS_TFES | 1;
		break;
	case FAILS_BUSY:
		p[REG(TFD)] = 0xD1;
		p[REG(PIS)] |= PIS_TFES;
		break;
	case HANGS:
		p[REG(TFD)] = 0xD0;
	}
	latch();
}

void machine_runs(void)
{
	for (unsigned n = 0; runs_by_itself && n < PORTS; n++)
		run_port(n);
}

static void write_ghc(uint32_t value)
{
	hba[REG(GHC)] = value | 1u << 31;
	if (!(value & 1))
		return;
	resets++;
	for (unsigned n = 0; n < PORTS; n++)
		memset(port(n), 0, 0x80);
	if (!never_resets)
		hba[REG(GHC)] = 1u << 31;
}

static void write_command(unsigned n, uint32_t value)
{
	uint32_t *p = port(n), on = value & ~(uint32_t)CMD_CR;

	if (value & CMD_ST) {
		assert_true(value & CMD_FRE);
		assert_int_equal(p[REG(TFD)] & 0x88, 0);
		if (p[REG(CI)] && !(p[REG(CMD)] & CMD_ST)) /* as QEMU does */
			p[REG(TFD)] = 0x50;
		on |= CMD_CR;
	} else {
		on |= never_stops ? p[REG(CMD)] & CMD_CR : 0;
		if (!keeps_ci)
			p[REG(CI)] = 0;
		if (p[REG(TFD)] == 0x51)
			p[REG(TFD)] = 0x50;
	}
	p[REG(CMD)] = on;
}

static void write_control(unsigned n, uint32_t value)
{
	uint32_t *p = port(n);

	if (value & 1) {
		assert_false(p[REG(CMD)] & CMD_ST);
		reset_ns = now_ns;
		p[REG(SSTS)] = 0;
		p[REG(TFD)] = 0x7F;
	} else if (p[REG(SCTL)] & 1) {
		port_resets++;
		assert_true(now_ns - reset_ns >= NSEC_PER_MSEC);
		p[REG(SSTS)] = disks[n].is_there ? 0x123 : 0;
		p[REG(TFD)] = disks[n].is_there ? 0x80 : 0x7F;
		p[REG(SERR)] |= SERR_X;
	}
	p[REG(SCTL)] = value;
}

/* The device's first FIS is taken when the bit is gone. */
static void write_error(unsigned n, uint32_t value)
{
	uint32_t *p = port(n);

	if (p[REG(SERR)] & value & SERR_X && disks[n].is_there && !never_settles) {
		p[REG(TFD)] = 0x50;
		p[REG(SIG)] = disks[n].is_packet ? 0xEB140101 : 0x101;
	}
	p[REG(SERR)] &= ~value;
}

static void write_port(unsigned n, unsigned reg, uint32_t value)
{
	switch (reg) {
	case CMD:
		write_command(n, value);
		break;
	case SCTL:
		write_control(n, value);
		break;
	case SERR:
		write_error(n, value);
		break;
	case PIS:
		port(n)[REG(PIS)] &= ~value;
		break;
	case CI:
		assert_true(port(n)[REG(CMD)] & CMD_ST);
		assert_int_equal(port(n)[REG(CI)] & value, keeps_ci ? port(n)[REG(CI)] : 0);
		port(n)[REG(CI)] |= value;
		break;
	default:
		port(n)[REG(reg)] = value;
	}
}

static unsigned offset_of(const volatile void *p)
{
	uintptr_t at = (uintptr_t)p - (uintptr_t)space;

	assert_true(at < SPACE_BYTES && at % 4 == 0);
	return (unsigned)at;
}

uint32_t mmio_read32(const volatile void *p)
{
	return hba[REG(offset_of(p))];
}

void mmio_write32(volatile void *p, uint32_t value)
{
	unsigned at = offset_of(p);

	if (at >= 0x100)
		write_port((at - 0x100) / 0x80, at % 0x80, value);
	else if (at == GHC)
		write_ghc(value);
	else if (at == IS)
		hba[REG(IS)] &= ~value;
	else if (at == BOHC && value & 2) {
		handoffs++;
		hba[REG(BOHC)] = 2;
	} else
		hba[REG(at)] = value;
	latch();
}

volatile void *mmio_map(uint64_t hpa, uint32_t bytes)
{
	assert_true(hpa == 0xFEBF1000 && bytes == SPACE_BYTES);
	return space;
}

static inline int power_on(void **state)
{
	(void)state;
	memset(hba, 0, sizeof(hba));
	hba[REG(PI)] = (1u << PORTS) - 1;
	hba[REG(CAP2)] = 1;
	hba[REG(BOHC)] = 1;
	resets = port_resets = handoffs = 0;
	never_resets = never_stops = never_settles = keeps_ci = false;
	runs_by_itself = true;
	memset(disks, 0, sizeof(disks));
	disk_make(&disks[DISK], true);
	disk_make(&disks[OLD_DISK], false);
	disks[PACKET].is_there = disks[PACKET].is_packet = true;
	bars[5] = (struct pci_bar){0xFEBF1000, SPACE_BYTES, false};
	device_new(&ahci_driver);
	return 0;
}

static inline int setup(void **state)
{
	power_on(state);
	assert_int_equal(ahci_driver.start(&device), 0);
	runs_by_itself = false;
	return 0;
}

static inline void run(unsigned n)
{
	run_port(n);
	while (is_interrupting())
		assert_true(device_interrupt());
}

#endif
