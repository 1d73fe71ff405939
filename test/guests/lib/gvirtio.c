/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests do to a virtio device and no driver would. */
#include "test/guests/lib/gvirtio.h"

const struct gvirtio_ops *gvirtio_transport(void)
{
	return test_case() & 1 ? &gvirtio_pci : &gvirtio_lgbus;
}

void gvirtio_open(struct gvirtio *d, unsigned id)
{
	const struct gvirtio_ops *ops = gvirtio_transport();

	CHECK(gvirtio_find(d, ops, id, 0), "no device of kind %u on %s", id, ops->name);
}

void gvirtio_check_stopped(struct gvirtio *d, const char *what)
{
	struct vring_used_elem e;

	sleep_until(&d->interrupts, GVIRTIO_PATIENCE_NS);
	CHECK(d->interrupts, "%s: no interrupt", what);
	if (d->ops == &gvirtio_pci)
		CHECK(d->ops->status(d) & VIRTIO_CONFIG_S_NEEDS_RESET, "%s: status 0x%x", what,
		      d->ops->status(d));
	for (unsigned n = 0; n < GVIRTIO_QUEUES; n++)
		if (d->queues[n].desc)
			CHECK(!gqueue_take(&d->queues[n], &e), "%s: taken as buffer %u", what,
			      e.id);
}

uint16_t gqueue_chain_all(struct gqueue *q, uint64_t gpa, uint32_t bytes)
{
	for (unsigned n = 0; n < q->num; n++)
		gqueue_set(q, n, gpa, bytes, n + 1 < q->num ? VRING_DESC_F_NEXT : 0, n + 1);
	return 0;
}
