/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio on PCI, as a modern driver has it (virtio 1.0, 4.1). */
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "guests/lib/gvirtio.h"
#include "guests/lib/paging.h"
#include "guests/lib/string.h"
#include "guests/lib/pci.h"

#define BARS_VA 0xE1000000u

/* The function's memory, where it is now; a page for each slot. */
static volatile uint8_t *bar_map(unsigned slot)
{
	uint32_t gpa = pci_read(slot, PCI_BASE_ADDRESS_0, 4) & PAGE_MASK,
		 va = BARS_VA + slot * PAGE_SIZE;

	pci_write(slot, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	if (guest_is_linear())
		return (volatile uint8_t *)(uintptr_t)gpa;
	pt_map(pt_root(), va, 0);
	pt_map(pt_root(), va, gpa | PTE_KERNEL_PAGE);
	return (volatile uint8_t *)(uintptr_t)va;
}

static bool find_structures(struct gvirtio *d)
{
	volatile uint8_t *bar = bar_map(d->slot);
	unsigned patience = 48;

	for (uint32_t at = pci_read(d->slot, PCI_CAPABILITY_LIST, 1); at && patience--;
	     at = pci_read(d->slot, at + PCI_CAP_LIST_NEXT, 1)) {
		uint32_t type = pci_read(d->slot, at + VIRTIO_PCI_CAP_CFG_TYPE, 1);
		volatile uint8_t *place = bar + pci_read(d->slot, at + VIRTIO_PCI_CAP_OFFSET, 4);

		if (pci_read(d->slot, at, 1) != PCI_CAP_ID_VNDR)
			continue;
		if (type == VIRTIO_PCI_CAP_COMMON_CFG)
			d->common = place;
		if (type == VIRTIO_PCI_CAP_ISR_CFG)
			d->isr = place;
		if (type == VIRTIO_PCI_CAP_DEVICE_CFG)
			d->device = place;
		if (type == VIRTIO_PCI_CAP_NOTIFY_CFG) {
			d->notify = place;
			d->notify_multiplier =
				pci_read(d->slot, at + VIRTIO_PCI_NOTIFY_CAP_MULT, 4);
		}
	}
	return d->common && d->isr && d->device && d->notify;
}

static uint32_t common_read(struct gvirtio *d, uint32_t offset, unsigned size)
{
	return mmio_read(d->common + offset, size);
}

static void common_write(struct gvirtio *d, uint32_t offset, unsigned size, uint32_t value)
{
	mmio_write(d->common + offset, size, value);
}

static bool find(struct gvirtio *d, unsigned id, unsigned index)
{
	for (d->slot = 1; d->slot < 32; d->slot++)
		if (pci_read(d->slot, PCI_VENDOR_ID, 4) == (0x1AF4 | (0x1040 + id) << 16) &&
		    !index--)
			break;
	if (d->slot == 32 || !find_structures(d))
		return false;
	d->irq = pci_read(d->slot, PCI_INTERRUPT_LINE, 1);
	for (unsigned n = 0; n < GVIRTIO_QUEUES && n < common_read(d, VIRTIO_PCI_COMMON_NUMQ, 2);
	     n++) {
		common_write(d, VIRTIO_PCI_COMMON_Q_SELECT, 2, n);
		d->queues[n].num = common_read(d, VIRTIO_PCI_COMMON_Q_SIZE, 2);
		if (d->queues[n].num > GVIRTIO_NUM)
			return false;
	}
	return true;
}

static uint8_t status(struct gvirtio *d)
{
	return common_read(d, VIRTIO_PCI_COMMON_STATUS, 1);
}

static void set_status(struct gvirtio *d, uint8_t value)
{
	common_write(d, VIRTIO_PCI_COMMON_STATUS, 1, value);
}

static uint64_t offered(struct gvirtio *d)
{
	uint64_t features = 0;

	for (unsigned half = 0; half < 2; half++) {
		common_write(d, VIRTIO_PCI_COMMON_DFSELECT, 4, half);
		features |= (uint64_t)common_read(d, VIRTIO_PCI_COMMON_DF, 4) << 32 * half;
	}
	return features;
}

static void accept(struct gvirtio *d, uint64_t features)
{
	for (unsigned half = 0; half < 2; half++) {
		common_write(d, VIRTIO_PCI_COMMON_GFSELECT, 4, half);
		common_write(d, VIRTIO_PCI_COMMON_GF, 4, (uint32_t)(features >> 32 * half));
	}
}

static void queue_place(struct gqueue *q)
{
	uint32_t gpa = boot_alloc_pages(GVIRTIO_RING_PAGES);

	for (unsigned part = 0; part < 3; part++)
		q->gpa[part] = gpa + part * PAGE_SIZE;
	q->desc = phys_to_virt(gpa);
	q->avail = phys_to_virt(gpa + PAGE_SIZE);
	q->used = phys_to_virt(gpa + 2 * PAGE_SIZE);
}

static void queue_enable(struct gqueue *q)
{
	static const uint8_t at[3] = {VIRTIO_PCI_COMMON_Q_DESCLO, VIRTIO_PCI_COMMON_Q_AVAILLO,
				      VIRTIO_PCI_COMMON_Q_USEDLO};

	common_write(q->dev, VIRTIO_PCI_COMMON_Q_SELECT, 2, q->index);
	common_write(q->dev, VIRTIO_PCI_COMMON_Q_SIZE, 2, q->num);
	for (unsigned part = 0; part < 3; part++) {
		common_write(q->dev, at[part], 4, (uint32_t)q->gpa[part]);
		common_write(q->dev, at[part] + 4, 4, (uint32_t)(q->gpa[part] >> 32));
	}
	common_write(q->dev, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
}

static void kick(struct gqueue *q)
{
	common_write(q->dev, VIRTIO_PCI_COMMON_Q_SELECT, 2, q->index);
	mmio_write(q->dev->notify + common_read(q->dev, VIRTIO_PCI_COMMON_Q_NOFF, 2) *
					    q->dev->notify_multiplier,
		   2, q->index);
}

static uint8_t isr(struct gvirtio *d)
{
	return mmio_read(d->isr, 1);
}

static uint32_t config(struct gvirtio *d, uint32_t offset, unsigned size)
{
	return mmio_read(d->device + offset, size);
}

const struct gvirtio_ops gvirtio_pci = {
	.name = "PCI",
	.find = find,
	.status = status,
	.set_status = set_status,
	.offered = offered,
	.accept = accept,
	.queue_place = queue_place,
	.queue_enable = queue_enable,
	.kick = kick,
	.isr = isr,
	.config = config,
};
