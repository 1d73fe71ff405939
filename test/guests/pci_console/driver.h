/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A modern virtio driver, small enough for tests: configuration ports, the
 * capabilities, the BAR by plain moves, split rings of one buffer each.
 */
#ifndef GATEHOUSE_TEST_GUESTS_PCI_CONSOLE_DRIVER_H
#define GATEHOUSE_TEST_GUESTS_PCI_CONSOLE_DRIVER_H

#include "guests/lib/pci.h"
#include "test/guests/lib/test.h"

#define BAR_VA    0xE0000000u
#define BAR_BYTES 4096u
#define SLOT      1u

enum {
	PCI_ID = 0,
	PCI_COMMAND = 4,
	PCI_CLASS = 0xA,
	PCI_BAR0 = 0x10,
	PCI_CAPS = 0x34,
	PCI_LINE = 0x3C
};
enum { CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE, CAP_WINDOW, CAPS };
enum { DFSELECT = 0, DF = 4, GFSELECT = 8, GF = 12, MSIX = 16, NUMQ = 18, STATUS = 20 };
enum {
	Q_SELECT = 22,
	Q_SIZE = 24,
	Q_ENABLE = 28,
	Q_NOFF = 30,
	Q_DESC = 32,
	Q_AVAIL = 40,
	Q_USED = 48
};
enum { ACK = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 0x40 };
enum { INPUT, OUTPUT };

/* Found by pci_find(): where each structure is in the BAR, and in the configuration space. */
static uint32_t cap_offset[CAPS], cap_length[CAPS], cap_at[CAPS], notify_multiplier;
static volatile uint8_t *bar;

/* One page for each queue: descriptors, available ring, used ring, text. */
#define RING_AVAIL 0x400u
#define RING_USED  0x600u
#define RING_TEXT  0x900u
static uint8_t rings[2][PAGE_SIZE] PAGE_ALIGNED;

/* Walks the capabilities of the console; false if there is none, or something is missing. */
static inline bool pci_find(void)
{
	unsigned n = 0;

	if (pci_read(SLOT, PCI_ID, 4) != 0x10431AF4)
		return false;
	for (uint32_t at = pci_read(SLOT, PCI_CAPS, 1); at && n++ < 32;
	     at = pci_read(SLOT, at + 1, 1)) {
		uint32_t type = pci_read(SLOT, at + 3, 1);

		if (pci_read(SLOT, at, 1) != 9 || type >= CAPS)
			continue;
		cap_at[type] = at;
		cap_offset[type] = pci_read(SLOT, at + 8, 4);
		cap_length[type] = pci_read(SLOT, at + 12, 4);
		if (type == CAP_NOTIFY)
			notify_multiplier = pci_read(SLOT, at + 16, 4);
	}
	return cap_at[1] && cap_at[2] && cap_at[3] && cap_at[4] && cap_at[5];
}

/* Maps the BAR where it is now, and has the device answer there. */
static inline void bar_map(void)
{
	uint32_t at = pci_read(SLOT, PCI_BAR0, 4) & ~15u;

	pci_write(SLOT, PCI_COMMAND, 2, 6);
	pt_map(pt_root(), BAR_VA, 0);
	pt_map(pt_root(), BAR_VA, at | PTE_KERNEL_PAGE);
	bar = (volatile uint8_t *)BAR_VA;
}

/* ---- the BAR ---------------------------------------------------------------------- */

static inline uint32_t bar_read(uint32_t offset, unsigned size)
{
	return mmio_read(bar + offset, size);
}

static inline void bar_write(uint32_t offset, unsigned size, uint32_t value)
{
	mmio_write(bar + offset, size, value);
}

static inline uint32_t common_read(uint32_t offset, unsigned size)
{
	return bar_read(cap_offset[CAP_COMMON] + offset, size);
}

static inline void common_write(uint32_t offset, unsigned size, uint32_t value)
{
	bar_write(cap_offset[CAP_COMMON] + offset, size, value);
}

static inline uint32_t isr_read(void)
{
	return bar_read(cap_offset[CAP_ISR], 1);
}

/* ---- a driver's steps ----------------------------------------------------------------- */

static inline void kick(unsigned queue)
{
	common_write(Q_SELECT, 2, queue);
	bar_write(cap_offset[CAP_NOTIFY] + common_read(Q_NOFF, 2) * notify_multiplier, 2, queue);
}

static inline void queue_enable(unsigned queue, uint64_t desc, uint64_t avail, uint64_t used)
{
	common_write(Q_SELECT, 2, queue);
	for (unsigned half = 0; half < 2; half++) {
		common_write(Q_DESC + 4 * half, 4, (uint32_t)(desc >> 32 * half));
		common_write(Q_AVAIL + 4 * half, 4, (uint32_t)(avail >> 32 * half));
		common_write(Q_USED + 4 * half, 4, (uint32_t)(used >> 32 * half));
	}
	common_write(Q_ENABLE, 2, 1);
}

/* Step n of STEPS, in order. */
#define STEPS 6u
static inline void driver_step(unsigned n)
{
	uint32_t ring = virt_to_phys(rings[n == 3 ? INPUT : OUTPUT]);

	if (n == 0)
		common_write(STATUS, 1, ACK);
	else if (n == 1)
		common_write(STATUS, 1, ACK | DRIVER);
	else if (n == 2) {
		common_write(GFSELECT, 4, 1);
		common_write(GF, 4, 1); /* VERSION_1 */
		common_write(STATUS, 1, ACK | DRIVER | FEATURES_OK);
	} else if (n == 3 || n == 4) {
		memset(rings[n - 3], 0, PAGE_SIZE);
		queue_enable(n - 3, ring, ring + RING_AVAIL, ring + RING_USED);
	} else {
		common_write(STATUS, 1, ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	}
}

static inline void driver_start(void)
{
	common_write(STATUS, 1, 0);
	for (unsigned n = 0; n < STEPS; n++)
		driver_step(n);
	CHECK(common_read(STATUS, 1) == (ACK | DRIVER | FEATURES_OK | DRIVER_OK), "status 0x%x",
	      common_read(STATUS, 1));
}

/* Puts the text into the output queue as its next buffer. */
static inline void output_post(const char *text)
{
	uint8_t *ring = rings[OUTPUT];
	volatile uint16_t *avail = (volatile uint16_t *)(ring + RING_AVAIL);
	uint32_t len = strlen(text);

	memcpy(ring + RING_TEXT, text, len);
	((volatile uint32_t *)ring)[0] = virt_to_phys(ring + RING_TEXT);
	((volatile uint32_t *)ring)[1] = 0;
	((volatile uint32_t *)ring)[2] = len;
	((volatile uint32_t *)ring)[3] = 0;
	avail[2 + avail[1] % 64] = 0;
	barrier();
	avail[1] = avail[1] + 1;
	barrier();
}

static inline bool output_is_done(void)
{
	return *(volatile uint16_t *)(rings[OUTPUT] + RING_USED + 2) ==
	       *(volatile uint16_t *)(rings[OUTPUT] + RING_AVAIL + 2);
}

static inline bool output_wait(void)
{
	for (uint32_t patience = 0; !output_is_done(); patience++)
		if (patience == 300000000)
			return false;
	return true;
}

static inline void say(const char *text)
{
	output_post(text);
	kick(OUTPUT);
	CHECK(output_wait(), "\"%s\" was not taken", text);
}

#endif
