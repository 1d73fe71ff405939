/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtio device of a kind of its own behind the PCI transport, and a driver's steps. */
#ifndef GATEHOUSE_TEST_UNIT_VIRTIO_PCI_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_VIRTIO_PCI_FIXTURE_H

#include "core/virtio/pci.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define MEMORY 0x10000u
#define BAR    0xFEBF0000u
#define LINE   5

/* virtio 1.0, 4.1.4.3: the common configuration; our BAR. */
enum {
	DFSELECT = 0,
	DF = 4,
	GFSELECT = 8,
	GF = 12,
	MSIX = 16,
	NUMQ = 18,
	STATUS = 20,
	GENERATION = 21,
	Q_SELECT = 22,
	Q_SIZE = 24,
	Q_MSIX = 26,
	Q_ENABLE = 28,
	Q_NOFF = 30,
	Q_DESC = 32,
	Q_AVAIL = 40,
	Q_USED = 48,
	COMMON_END = 56,
	ISR = 0x100,
	DEVICE = 0x200,
	NOTIFY = 0x400,
	NOTIFY_END = 0x500,
	BAR_BYTES = 4096
};
enum { ACK = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 0x40 };
enum { COMMAND = 4, BAR0 = 0x10, CAPABILITIES = 0x34, INTERRUPT_LINE = 0x3C };
#define VERSION_1 (1u << 0) /* of the upper half */
#define INDIRECT  (1u << 28)
#define EVENT_IDX (1u << 29)
#define OWN_BIT   (1u << 7) /* of the fake kind */

static struct virtio_device *d;
static struct virtio_pci *p;
static unsigned raised, lowered, resets, readies, notified[3], written;
static struct vmem mem;

static inline void fake_raise(struct virtio_device *of)
{
	assert_ptr_equal(of, d);
	raised++;
}

static inline void fake_lower(struct virtio_device *of)
{
	assert_ptr_equal(of, d);
	lowered++;
}

static inline void fake_reset(struct virtio_device *of)
{
	resets++;
}

static inline void fake_ready(struct virtio_device *of)
{
	readies++;
}

static inline void fake_notify(struct virtio_device *of, unsigned queue)
{
	static struct virtq_buffer b;

	assert_true(queue < 2 && of->queues[queue].is_enabled);
	notified[queue]++;
	while (virtq_pop(&of->queues[queue].ring, &b)) {
		virtq_push(&of->queues[queue].ring, &b, 0);
		virtio_used(of, queue);
	}
}

static inline void fake_written(struct virtio_device *of, uint32_t offset, uint32_t bytes)
{
	assert_true(bytes && offset + bytes <= 12);
	written++;
}

static const struct virtio_kind kind = {.name = "fake",
					.id = 3,
					.queues = 2,
					.queue_num = 64,
					.config_bytes = 12,
					.writable_bytes = 12,
					.reset = fake_reset,
					.ready = fake_ready,
					.notify = fake_notify,
					.config_written = fake_written};

static inline uint32_t rd(uint32_t offset, unsigned size)
{
	return virtio_pci_bar_read(p, offset, size);
}

static inline void wr(uint32_t offset, unsigned size, uint32_t value)
{
	virtio_pci_bar_write(p, offset, size, value);
}

static inline uint32_t crd(uint32_t offset, unsigned size)
{
	return virtio_pci_config_read(p, offset, size);
}

static inline void cwr(uint32_t offset, unsigned size, uint32_t value)
{
	virtio_pci_config_write(p, offset, size, value);
}

static inline int setup(void **state)
{
	d = malloc(sizeof(*d));
	p = malloc(sizeof(*p));
	mem.base = calloc(1, MEMORY);
	mem.bytes = MEMORY;
	virtio_device_init(d, &kind, &mem, OWN_BIT);
	d->raise = fake_raise;
	virtio_pci_init(p, d, BAR, LINE);
	p->lower = fake_lower;
	raised = lowered = resets = readies = written = 0;
	memset(notified, 0, sizeof(notified));
	return 0;
}

static inline int teardown(void **state)
{
	free(mem.base);
	free(p);
	free(d);
	return 0;
}

/* ---- a driver's steps (virtio 1.0, 3.1.1) ---------------------------------- */

static inline void step_features(uint32_t low, uint32_t high)
{
	wr(GFSELECT, 4, 0);
	wr(GF, 4, low);
	wr(GFSELECT, 4, 1);
	wr(GF, 4, high);
	wr(STATUS, 1, ACK | DRIVER | FEATURES_OK);
}

static inline void step_queue(unsigned n, uint64_t desc, uint64_t avail, uint64_t used,
			      unsigned num)
{
	wr(Q_SELECT, 2, n);
	wr(Q_SIZE, 2, num);
	wr(Q_DESC, 4, (uint32_t)desc);
	wr(Q_DESC + 4, 4, (uint32_t)(desc >> 32));
	wr(Q_AVAIL, 4, (uint32_t)avail);
	wr(Q_AVAIL + 4, 4, (uint32_t)(avail >> 32));
	wr(Q_USED, 4, (uint32_t)used);
	wr(Q_USED + 4, 4, (uint32_t)(used >> 32));
	wr(Q_ENABLE, 2, 1);
}

/* One of the steps 0 to 6, in their order. */
#define STEPS 7
static inline void step(unsigned n)
{
	if (n == 0)
		wr(STATUS, 1, ACK);
	else if (n == 1)
		wr(STATUS, 1, ACK | DRIVER);
	else if (n == 2)
		step_features(OWN_BIT, VERSION_1);
	else if (n == 3)
		step_queue(0, 0x1000, 0x2000, 0x3000, 8);
	else if (n == 4)
		step_queue(1, 0x4000, 0x5002, 0x6004, 64);
	else if (n == 5)
		wr(STATUS, 1, ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	else
		wr(NOTIFY + 4, 2, 1);
}

static inline void put16(uint32_t at, uint16_t value)
{
	memcpy(mem.base + at, &value, 2);
}

static inline void put_buffer(uint32_t desc, uint32_t avail, uint64_t gpa, uint32_t bytes)
{
	memcpy(mem.base + desc, &gpa, 8);
	memcpy(mem.base + desc + 8, &bytes, 4);
	put16(avail + 4, 0);
	put16(avail + 2, 1);
}

#define PCI_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
