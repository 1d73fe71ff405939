/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio on the lguest bus (docs/interface.md): descriptors and rings are above RAM. */
#include "guests/lib/gvirtio.h"
#include "guests/lib/paging.h"
#include "guests/lib/string.h"

#define DEVICE_VA    0xE0000000u
#define DEVICE_BYTES (1u << 20) /* then come BARs */

/* Where the guest has a page of the bus; a guest with page tables maps it there. */
static void *bus_page(uint32_t gpa)
{
	uint32_t va = DEVICE_VA + (gpa - boot_ram_bytes());

	if (guest_is_linear())
		return (void *)(uintptr_t)gpa;
	for (uint32_t page = va & PAGE_MASK; page <= va; page += PAGE_SIZE)
		if (!(pt_get(pt_root(), page) & PTE_PRESENT))
			pt_map(pt_root(), page, (gpa & PAGE_MASK) | PTE_KERNEL_PAGE);
	return (void *)(uintptr_t)va;
}

static struct lguest_vqconfig *queues_of(struct gvirtio *d)
{
	return (struct lguest_vqconfig *)(d->desc + 1);
}

static uint8_t *features_of(struct gvirtio *d)
{
	return (uint8_t *)(queues_of(d) + d->desc->num_vq);
}

static bool lgbus_find(struct gvirtio *d, unsigned id, unsigned index)
{
	uint32_t start = boot_ram_bytes();

	d->gpa = start;
	for (d->desc = bus_page(start); d->desc->type; d->desc = bus_page(d->gpa)) {
		if (d->desc->type == id && !index--) {
			d->irq = queues_of(d)->irq;
			for (unsigned n = 0; n < d->desc->num_vq && n < GVIRTIO_QUEUES; n++)
				d->queues[n].num = queues_of(d)[n].num;
			return true;
		}
		d->gpa += sizeof(*d->desc) + d->desc->num_vq * sizeof(struct lguest_vqconfig) +
			  2 * d->desc->feature_len + d->desc->config_len;
		if (d->gpa >= start + PAGE_SIZE)
			return false;
	}
	return false;
}

static uint8_t lgbus_status(struct gvirtio *d)
{
	return READ_ONCE(d->desc->status);
}

static void lgbus_set_status(struct gvirtio *d, uint8_t status)
{
	WRITE_ONCE(d->desc->status, status);
	barrier();
	hcall1(LHCALL_NOTIFY, d->gpa);
}

static uint64_t lgbus_offered(struct gvirtio *d)
{
	uint32_t low;

	memcpy(&low, features_of(d), sizeof(low));
	return low;
}

static void lgbus_accept(struct gvirtio *d, uint64_t features)
{
	uint32_t low = (uint32_t)features;

	memcpy(features_of(d) + d->desc->feature_len, &low, sizeof(low));
	barrier();
}

/* Legacy layout (virtio 1.0, 2.4.2): the used ring on the next page. */
static void lgbus_queue_place(struct gqueue *q)
{
	uint32_t gpa = queues_of(q->dev)[q->index].pfn * PAGE_SIZE,
		 used = ALIGN_UP(18u * q->num + 6u, LGUEST_VRING_ALIGN);
	uint8_t *ring = bus_page(gpa);

	for (uint32_t at = PAGE_SIZE; at < used + 8u * q->num + 6u; at += PAGE_SIZE)
		bus_page(gpa + at);
	q->gpa[0] = gpa;
	q->gpa[1] = gpa + 16u * q->num;
	q->gpa[2] = gpa + used;
	q->desc = (struct vring_desc *)ring;
	q->avail = (volatile uint16_t *)(ring + 16u * q->num);
	q->used = (volatile struct vring_used *)(ring + used);
}

static void lgbus_queue_enable(struct gqueue *q)
{
	(void)q;
}

static void lgbus_kick(struct gqueue *q)
{
	hcall1(LHCALL_NOTIFY, (uint32_t)q->gpa[0]);
}

static uint8_t lgbus_isr(struct gvirtio *d)
{
	(void)d;
	return 0;
}

static uint32_t lgbus_config(struct gvirtio *d, uint32_t offset, unsigned size)
{
	uint32_t value = 0;

	memcpy(&value, features_of(d) + 2 * d->desc->feature_len + offset, size);
	return value;
}

const struct gvirtio_ops gvirtio_lgbus = {
	.name = "the lguest bus",
	.find = lgbus_find,
	.status = lgbus_status,
	.set_status = lgbus_set_status,
	.offered = lgbus_offered,
	.accept = lgbus_accept,
	.queue_place = lgbus_queue_place,
	.queue_enable = lgbus_queue_enable,
	.kick = lgbus_kick,
	.isr = lgbus_isr,
	.config = lgbus_config,
};
