/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is the same on both transports: a driver's life, rings, waiting. */
#include "guests/lib/gvirtio.h"
#include "guests/lib/give_up.h"
#include "guests/lib/irq.h"
#include "guests/lib/string.h"
#include "guests/lib/trap.h"

static struct gvirtio *by_irq[LGUEST_IRQS];

static bool interrupt(struct regs *r)
{
	struct gvirtio *d = by_irq[r->vector - LGUEST_FIRST_VECTOR];

	d->isr_seen |= d->ops->isr(d);
	d->interrupts++;
	return true;
}

bool gvirtio_find(struct gvirtio *d, const struct gvirtio_ops *ops, unsigned id, unsigned index)
{
	*d = (struct gvirtio){.ops = ops};
	for (unsigned n = 0; n < GVIRTIO_QUEUES; n++) {
		d->queues[n].dev = d;
		d->queues[n].index = n;
	}
	if (!ops->find(d, id, index) || d->irq >= LGUEST_IRQS)
		return false;
	by_irq[d->irq] = d;
	trap_handle(IRQ_VECTOR(d->irq), interrupt);
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	return true;
}

static void add_status(struct gvirtio *d, uint8_t bits)
{
	d->ops->set_status(d, d->ops->status(d) | bits);
}

static void accept(struct gvirtio *d, uint64_t wanted)
{
	d->features = d->ops->offered(d) & (wanted | 1ull << VIRTIO_F_VERSION_1);
	d->ops->accept(d, d->features);
}

static void queues_init(struct gvirtio *d)
{
	for (unsigned n = 0; n < GVIRTIO_QUEUES; n++) {
		struct gqueue *q = &d->queues[n];

		if (!q->num)
			continue;
		if (!q->desc)
			d->ops->queue_place(q);
		memset(q->desc, 0, q->num * sizeof(*q->desc));
		memset((void *)q->avail, 0, 6 + 2 * q->num);
		memset((void *)q->used, 0, 6 + 8 * q->num);
		q->next = q->taken = 0;
		d->ops->queue_enable(q);
	}
}

void gvirtio_step(struct gvirtio *d, unsigned step, uint64_t wanted)
{
	static const uint8_t bits[GVIRTIO_STEPS] = {
		VIRTIO_CONFIG_S_ACKNOWLEDGE, VIRTIO_CONFIG_S_DRIVER, VIRTIO_CONFIG_S_FEATURES_OK, 0,
		VIRTIO_CONFIG_S_DRIVER_OK};

	if (step == 2)
		accept(d, wanted);
	if (step == 3)
		queues_init(d);
	else
		add_status(d, bits[step]);
}

void gvirtio_reset(struct gvirtio *d)
{
	d->ops->set_status(d, 0);
	if (d->ops->status(d))
		give_up("%s: status 0x%x after a reset", d->ops->name, d->ops->status(d));
}

void gvirtio_start(struct gvirtio *d, uint64_t wanted)
{
	gvirtio_reset(d);
	for (unsigned n = 0; n < GVIRTIO_STEPS; n++)
		gvirtio_step(d, n, wanted);
	if (d->ops->status(d) != (VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
				  VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK))
		give_up("%s: status 0x%x after the start", d->ops->name, d->ops->status(d));
}

void gvirtio_drain(struct gvirtio *d)
{
	d->ops->isr(d);
	irq_enable();
	irq_disable();
	d->interrupts = 0;
}

void gqueue_set(struct gqueue *q, unsigned n, uint64_t gpa, uint32_t bytes, uint16_t flags,
		uint16_t next)
{
	q->desc[n % q->num] = (struct vring_desc){gpa, bytes, flags, next};
	barrier();
}

static struct vring_desc link_of(const struct gpiece *p, bool is_last, uint16_t next)
{
	return (struct vring_desc){.addr = p->gpa,
				   .len = p->bytes,
				   .flags = (p->device_writes ? VRING_DESC_F_WRITE : 0) |
					    (is_last ? 0 : VRING_DESC_F_NEXT),
				   .next = is_last ? 0 : next};
}

uint16_t gqueue_chain(struct gqueue *q, const struct gpiece *pieces, unsigned count)
{
	uint16_t head = q->next, at = head;

	for (unsigned n = 0; n < count; n++, at = q->next) {
		q->next = (at + 1) % q->num;
		q->desc[at] = link_of(&pieces[n], n + 1 == count, q->next);
	}
	barrier();
	return head;
}

uint16_t gqueue_chain_indirect(struct gqueue *q, struct vring_desc *table,
			       const struct gpiece *pieces, unsigned count)
{
	uint16_t head = q->next;

	for (unsigned n = 0; n < count; n++)
		table[n] = link_of(&pieces[n], n + 1 == count, n + 1);
	q->next = (head + 1) % q->num;
	gqueue_set(q, head, virt_to_phys(table), count * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
	return head;
}

void gqueue_offer(struct gqueue *q, uint16_t head)
{
	q->avail[2 + q->avail[1] % q->num] = head;
	barrier();
	q->avail[1] = q->avail[1] + 1;
	barrier();
}

uint16_t gqueue_add(struct gqueue *q, const struct gpiece *pieces, unsigned count)
{
	uint16_t head = gqueue_chain(q, pieces, count);

	gqueue_offer(q, head);
	return head;
}

void gqueue_kick(struct gqueue *q)
{
	barrier();
	q->dev->ops->kick(q);
}

bool gqueue_take(struct gqueue *q, struct vring_used_elem *e)
{
	if (q->used->idx == q->taken)
		return false;
	barrier();
	e->id = q->used->ring[q->taken % q->num].id;
	e->len = q->used->ring[q->taken % q->num].len;
	q->taken++;
	/* with an event index: the next one is worth an interrupt, too */
	q->avail[2 + q->num] = q->taken;
	return true;
}

bool gqueue_wait(struct gqueue *q, struct vring_used_elem *e)
{
	bool patient = true;

	while (!gqueue_take(q, e)) {
		volatile uint32_t *came = &q->dev->interrupts;

		irq_disable();
		*came = 0;
		if (gqueue_take(q, e))
			return true;
		if (!patient)
			return false;
		patient = sleep_until(came, GVIRTIO_PATIENCE_NS);
	}
	return true;
}

uint32_t gqueue_do(struct gqueue *q, const struct gpiece *pieces, unsigned count)
{
	uint16_t head = gqueue_add(q, pieces, count);
	struct vring_used_elem e;

	gqueue_kick(q);
	if (!gqueue_wait(q, &e))
		give_up("%s: a buffer of %u pieces does not come back", q->dev->ops->name, count);
	if (e.id != head)
		give_up("%s: buffer %u came back, not %u", q->dev->ops->name, e.id, head);
	return e.len;
}
