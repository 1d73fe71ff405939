/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no driver should do to a queue, whatever the device behind it. */
#include "test/guests/lib/hostile.h"

#define INDIRECT (1ull << VIRTIO_RING_F_INDIRECT_DESC)
#define TABLE    16u

static struct vring_desc table[TABLE] __attribute__((aligned(16)));
static uint8_t text[512];

struct hostile {
	void (*works)(struct gvirtio *d);
	void (*poke)(struct gvirtio *d); /* may be NULL */
};

static void chain_is_a_loop(struct gqueue *q)
{
	for (unsigned n = 0; n < q->num; n++)
		gqueue_set(q, n, virt_to_phys(text), 1, VRING_DESC_F_NEXT, n + 1);
	q->desc[q->num - 1].next = 0;
	gqueue_offer(q, 0);
}

static void chain_is_its_own_next(struct gqueue *q)
{
	gqueue_set(q, 3, virt_to_phys(text), 1, VRING_DESC_F_NEXT, 3);
	gqueue_offer(q, 3);
}

static void head_is_beyond(struct gqueue *q)
{
	gqueue_offer(q, q->num);
}

static void head_is_far_beyond(struct gqueue *q)
{
	gqueue_offer(q, 0xFFFF);
}

static void next_is_beyond(struct gqueue *q)
{
	gqueue_set(q, 0, virt_to_phys(text), 1, VRING_DESC_F_NEXT, q->num);
	gqueue_offer(q, 0);
}

static void too_many(struct gqueue *q)
{
	q->avail[1] += q->num + 1;
}

/* Half of all there can be: 16-bit arithmetic must not take it for less than none. */
static void far_too_many(struct gqueue *q)
{
	q->avail[1] += 0x8000;
}

static void piece(struct gqueue *q, uint64_t gpa, uint32_t bytes)
{
	gqueue_set(q, 0, gpa, bytes, 0, 0);
	gqueue_offer(q, 0);
}

static void piece_is_nowhere(struct gqueue *q)
{
	piece(q, 0xDEADB000, 16);
}

static void piece_is_above_memory(struct gqueue *q)
{
	piece(q, boot_ram_bytes() + (1u << 20), 1);
}

static void piece_runs_out_of_memory(struct gqueue *q)
{
	piece(q, virt_to_phys(text), boot_ram_bytes() + (1u << 20));
}

static void piece_wraps(struct gqueue *q)
{
	piece(q, virt_to_phys(text), 0u - virt_to_phys(text) + 1);
}

static void piece_is_above_4_gib(struct gqueue *q)
{
	piece(q, 0x100000000ull + virt_to_phys(text), 16);
}

static void piece_wraps_64_bits(struct gqueue *q)
{
	piece(q, ~0ull - 7, 16);
}

static void indirect(struct gqueue *q, uint64_t gpa, uint32_t bytes, uint16_t flags)
{
	gqueue_set(q, 1, virt_to_phys(text), 1, 0, 0);
	gqueue_set(q, 0, gpa, bytes, VRING_DESC_F_INDIRECT | flags, 1);
	gqueue_offer(q, 0);
}

static void table_fill(uint16_t flags, uint16_t next)
{
	for (unsigned n = 0; n < TABLE; n++)
		table[n] = (struct vring_desc){virt_to_phys(text), 1, flags, next};
}

static void table_has_a_table(struct gqueue *q)
{
	table_fill(VRING_DESC_F_INDIRECT, 0);
	table[0].addr = virt_to_phys(table);
	table[0].len = sizeof(table);
	indirect(q, virt_to_phys(table), sizeof(table), 0);
}

static void table_is_a_loop(struct gqueue *q)
{
	table_fill(VRING_DESC_F_NEXT, 0);
	indirect(q, virt_to_phys(table), sizeof(table), 0);
}

static void table_goes_on_beyond(struct gqueue *q)
{
	table_fill(VRING_DESC_F_NEXT, TABLE);
	indirect(q, virt_to_phys(table), sizeof(table), 0);
}

static void table_has_a_next(struct gqueue *q)
{
	table_fill(0, 0);
	indirect(q, virt_to_phys(table), sizeof(table), VRING_DESC_F_NEXT);
}

static void table_is_empty(struct gqueue *q)
{
	indirect(q, virt_to_phys(table), 0, 0);
}

static void table_is_odd(struct gqueue *q)
{
	table_fill(0, 0);
	indirect(q, virt_to_phys(table), sizeof(table) + 1, 0);
}

static void table_is_huge(struct gqueue *q)
{
	indirect(q, 0, 0xFFFFFFF0, 0);
}

static void table_is_nowhere(struct gqueue *q)
{
	indirect(q, 0xFFFFF000, 16, 0);
}

static const struct wrong {
	const char *what;
	void (*offer)(struct gqueue *q);
} wrongs[] = {
	{"a loop", chain_is_a_loop},
	{"a descriptor that is its own next", chain_is_its_own_next},
	{"a head beyond the ring", head_is_beyond},
	{"head 65535", head_is_far_beyond},
	{"a next beyond the ring", next_is_beyond},
	{"more buffers than the ring has", too_many},
	{"32768 buffers", far_too_many},
	{"a piece nowhere", piece_is_nowhere},
	{"a piece above memory", piece_is_above_memory},
	{"a piece over the end of memory", piece_runs_out_of_memory},
	{"a piece that wraps", piece_wraps},
	{"a piece above 4 GiB", piece_is_above_4_gib},
	{"a piece that wraps in 64 bits", piece_wraps_64_bits},
	{"a table in a table", table_has_a_table},
	{"a loop in a table", table_is_a_loop},
	{"a next beyond the table", table_goes_on_beyond},
	{"a table with a next", table_has_a_next},
	{"an empty table", table_is_empty},
	{"a table of odd size", table_is_odd},
	{"a table of 4 GiB", table_is_huge},
	{"a table nowhere", table_is_nowhere},
};

static void check(struct gqueue *q, const char *what, const struct hostile *h)
{
	gqueue_kick(q);
	if (h->poke)
		h->poke(q->dev);
	gvirtio_check_stopped(q->dev, what);
	gqueue_kick(q);
	gvirtio_start(q->dev, 0);
	h->works(q->dev);
}

/* The rings where there can be none: the driver says where they are on PCI only. */
static void bad_places(struct gqueue *q, const struct hostile *h)
{
	uint64_t places[] = {boot_ram_bytes() + (1u << 20), 0xFFFFF000, 0x100000000ull + q->gpa[0],
			     ~0ull << 12, q->gpa[0] + 1};

	for (unsigned part = 0; part < 3; part++) {
		uint64_t right = q->gpa[part];

		for (unsigned n = 0; n < ARRAY_SIZE(places); n++) {
			gvirtio_reset(q->dev);
			gvirtio_drain(q->dev);
			q->gpa[part] = places[n];
			for (unsigned step = 0; step < GVIRTIO_STEPS; step++)
				gvirtio_step(q->dev, step, 0);
			q->gpa[part] = right;
			check(q, "a ring nowhere", h);
		}
	}
}

void hostile_queue(struct gqueue *q, void (*works)(struct gvirtio *d),
		   void (*poke)(struct gvirtio *d))
{
	const struct hostile h = {works, poke};
	struct gvirtio *d = q->dev;

	gvirtio_start(d, 0);
	works(d);
	for (unsigned n = 0; n < ARRAY_SIZE(wrongs); n++) {
		gvirtio_start(d, INDIRECT);
		gvirtio_drain(d);
		wrongs[n].offer(q);
		check(q, wrongs[n].what, &h);
	}
	/* Not accepted, not allowed. */
	gvirtio_start(d, 0);
	gvirtio_drain(d);
	table_fill(0, 0);
	indirect(q, virt_to_phys(table), sizeof(table), 0);
	check(q, "a table that was not negotiated", &h);
	if (d->ops == &gvirtio_pci)
		bad_places(q, &h);
}
