/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lies to devices: on the lguest bus, in PCI configuration space, in device memory, in rings. */
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "guests/lib/pci.h"
#include "test/guests/fuzz_calls/calls.h"

#define SLOTS     8u
#define BARS_VA   0xE1000000u
#define BAR_BYTES PAGE_SIZE
#define RINGS     8u /* pages full of descriptors, available and used rings */

static uint32_t rings, zeros;
static uint8_t present[SLOTS], slots;
static uint32_t notifiable[32], notifiables;

/* Where devices may read and write: a page of zeros, so that little is printed. */
static uint32_t buffer(void)
{
	return fuzz_once_in(64) ? fuzz_corner() : zeros + fuzz_below(PAGE_SIZE);
}

static void fill_descriptor(struct vring_desc *d)
{
	d->addr = buffer() | (fuzz_once_in(64) ? (uint64_t)fuzz_random() << 32 : 0);
	d->len = fuzz_once_in(64) ? fuzz_corner() : fuzz_below(64);
	d->flags = (uint16_t)(fuzz_once_in(16) ? fuzz_random() : fuzz_below(4));
	d->next = (uint16_t)(fuzz_once_in(16) ? fuzz_random() : fuzz_below(64));
}

/* The same memory may be any part of any ring. */
static void fill_ring(uint8_t *page)
{
	uint16_t *words = (uint16_t *)page;

	switch (fuzz_below(4)) {
	case 0: /* flags, idx, heads */
		words[0] = (uint16_t)fuzz_below(2);
		words[1] += (uint16_t)(fuzz_once_in(16) ? fuzz_random() : fuzz_below(4));
		break;
	case 1:
		words[2 + fuzz_below(64)] =
			(uint16_t)(fuzz_once_in(16) ? fuzz_random() : fuzz_below(64));
		break;
	default:
		fill_descriptor((struct vring_desc *)page + fuzz_below(64));
	}
}

static uint32_t ring_address(void)
{
	return rings + fuzz_below(RINGS) * PAGE_SIZE + (fuzz_once_in(8) ? fuzz_below(4096) : 0);
}

static void common_write(volatile uint8_t *bar)
{
	static const uint8_t at[] = {VIRTIO_PCI_COMMON_Q_DESCLO, VIRTIO_PCI_COMMON_Q_AVAILLO,
				     VIRTIO_PCI_COMMON_Q_USEDLO};

	switch (fuzz_below(8)) {
	case 0:
		mmio_write(bar + VIRTIO_PCI_COMMON_STATUS, 1,
			   fuzz_once_in(4) ? fuzz_random() : 1 | fuzz_below(16));
		break;
	case 1:
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_SELECT, 2, fuzz_below(3));
		break;
	case 2:
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_SIZE, 2,
			   fuzz_once_in(4) ? fuzz_random() : 1u << fuzz_below(8));
		break;
	case 3 ... 4:
		mmio_write(bar + at[fuzz_below(3)] + (fuzz_once_in(16) ? 4 : 0), 4,
			   fuzz_once_in(8) ? fuzz_corner() : ring_address());
		break;
	case 5:
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_ENABLE, 2, fuzz_once_in(8) ? 0 : 1);
		break;
	case 6:
		mmio_write(bar + VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
		mmio_write(bar + VIRTIO_PCI_COMMON_GF, 4, 1); /* VERSION_1 */
		break;
	default:
		mmio_write(bar + fuzz_below(64), 1u << fuzz_below(3), fuzz_corner());
	}
}

/* The whole way to a queue that is in use, by steps that are right but for the rings. */
static void start_device(volatile uint8_t *bar)
{
	static const uint8_t states[] = {0, 1, 3, 11};

	for (unsigned i = 0; i < ARRAY_SIZE(states); i++) {
		if (i == 3) {
			mmio_write(bar + VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
			mmio_write(bar + VIRTIO_PCI_COMMON_GF, 4, 1);
		}
		mmio_write(bar + VIRTIO_PCI_COMMON_STATUS, 1, states[i]);
	}
	for (unsigned q = 0; q < 2; q++) {
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_SELECT, 2, q);
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_SIZE, 2, 1u << fuzz_below(7));
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_DESCLO, 4, ring_address());
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_AVAILLO, 4, ring_address());
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_USEDLO, 4, ring_address());
		mmio_write(bar + VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
	}
	mmio_write(bar + VIRTIO_PCI_COMMON_STATUS, 1, 15);
}

static void mmio_step(void)
{
	volatile uint8_t *bar =
		(volatile uint8_t *)(uintptr_t)(BARS_VA + present[fuzz_below(slots)] * BAR_BYTES);
	unsigned size = 1u << fuzz_below(3);

	switch (fuzz_below(16)) {
	case 0 ... 5:
		common_write(bar);
		break;
	case 6 ... 8:
		mmio_read(bar + fuzz_below(BAR_BYTES - 4), size);
		break;
	case 9 ... 10:
		mmio_write(bar + fuzz_below(BAR_BYTES - 4), size, fuzz_corner());
		break;
	case 11:
		start_device(bar);
		break;
	default: /* a kick, and what lies about it */
		mmio_write(bar + 0x400 + fuzz_below(fuzz_once_in(4) ? 0x100 : 12), 2,
			   fuzz_below(3));
	}
}

/* Not the BARs and the command word: where device memory is, is mapped for good. */
static void config_step(void)
{
	uint32_t offset = fuzz_below(256), size = 1u << fuzz_below(3), slot = fuzz_below(SLOTS);

	if (fuzz_once_in(8))
		__asm__ volatile("outl %0, %%dx" : : "a"(fuzz_corner()), "d"(0xCF8));
	else if (fuzz_once_in(3) && offset >= PCI_CAPABILITY_LIST)
		pci_write(slot, offset & ~(size - 1), size, fuzz_corner());
	else
		pci_read(slot, offset & ~(size - 1), size);
}

/* The descriptors of the bus, and its rings. */
static void bus_step(void)
{
	uint8_t *page = phys_to_virt(boot_ram_bytes());

	if (fuzz_once_in(4))
		page[fuzz_below(256)] = (uint8_t)fuzz_random();
	else if (fuzz_once_in(4)) /* statuses as they come */
		*((uint8_t *)phys_to_virt(device_notify_address()) + 4) =
			(uint8_t)(1 | fuzz_below(8));
	else
		fill_ring(phys_to_virt(device_notify_address() & PAGE_MASK));
}

uint32_t device_notify_address(void)
{
	return notifiable[fuzz_below(notifiables)];
}

/* A string without characters, the descriptors, and their rings: NOTIFY takes nothing else. */
static void find_notifiable(void)
{
	uint32_t at = boot_ram_bytes();

	notifiable[notifiables++] = zeros;
	for (;;) {
		const struct lguest_device_desc *d = phys_to_virt(at);
		const struct lguest_vqconfig *q = (const void *)(d + 1);

		if (!d->type)
			break;
		notifiable[notifiables++] = at;
		for (unsigned n = 0; n < d->num_vq; n++)
			notifiable[notifiables++] = q[n].pfn * PAGE_SIZE;
		at += sizeof(*d) + d->num_vq * sizeof(*q) + d->feature_len * 2 + d->config_len;
	}
}

void device_step(void)
{
	switch (fuzz_below(8)) {
	case 0 ... 1:
		fill_ring(phys_to_virt(rings + fuzz_below(RINGS) * PAGE_SIZE));
		break;
	case 2:
		bus_step();
		break;
	case 3 ... 4:
		config_step();
		break;
	default:
		mmio_step();
	}
}

void device_last(void)
{
	pci_write(present[fuzz_below(slots)], fuzz_below(64) & ~3u, 4, fuzz_corner());
	mmio_step();
}

void device_init(void)
{
	rings = boot_alloc_pages(RINGS);
	zeros = boot_alloc_pages(2);
	for (unsigned slot = 1; slot < SLOTS; slot++) {
		if (pci_read(slot, PCI_VENDOR_ID, 2) != 0x1AF4)
			continue;
		present[slots++] = (uint8_t)slot;
		pci_write(slot, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
		pt_map(pt_root(), BARS_VA + slot * BAR_BYTES,
		       (pci_read(slot, PCI_BASE_ADDRESS_0, 4) & PAGE_MASK) | PTE_KERNEL_PAGE);
	}
	find_notifiable();
	if (!slots)
		test_error("no device on the PCI bus");
}
