/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring lies in page tables that its own calls walk, mark and have a device overwrite. */
/* paging: both */
/* expect: success or dead ".*" */
/* guest-line: mem=4M on-crash=restart restarts=any watchdog=1000 */
#include "test/guests/lib/fuzz.h"
#include "test/guests/lib/gvirtio.h"
#include "test/guests/lib/lives.h"

#define VA       0x50000000u
#define ATTEMPTS 40u
#define RANDOMS  10u /* bytes of a device, in the last of them */

static uint32_t entry_bytes, root;

/* The page of lguest_data is the table for VA. */
static uint32_t ring_as_table(void)
{
	uint32_t page = virt_to_phys(&lguest_data) & PAGE_MASK;

	pt_make_tables(root, VA);
	pt_write_upper(root, VA, page | PTE_TABLE);
	return page;
}

/* The address that the entry at this place of lguest_data maps. */
static uint32_t mapped_by(const void *place)
{
	uint32_t at = virt_to_phys(place);

	return VA + at % PAGE_SIZE / entry_bytes * PAGE_SIZE;
}

static void put(unsigned slot, uint32_t call, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	lguest_data.hcalls[slot] = (struct lguest_hcall_args){call, a, b, c, d};
	WRITE_ONCE(lguest_data.hcall_status[slot], 0);
}

static void put_random(unsigned slot)
{
	static const uint8_t calls[] = {LHCALL_FLUSH_TLB, LHCALL_SET_PTE, LHCALL_SET_PGD,
					LHCALL_SET_PMD,   LHCALL_SET_PTE, LHCALL_SET_STACK,
					LHCALL_SET_STACK, LHCALL_SET_PTE};
	uint32_t call = calls[fuzz_below(ARRAY_SIZE(calls))], a = root, b;
	const uint32_t *entry = &lguest_data.hcalls[fuzz_below(LHCALL_RING_SIZE)].eax;

	b = mapped_by(entry + (fuzz_once_in(32) ? 0 : 1 + fuzz_below(4)));
	if (call == LHCALL_SET_PGD || call == LHCALL_SET_PMD)
		b = fuzz_below(call == LHCALL_SET_PGD && pt_is_pae() ? 4 : 512);
	if (call == LHCALL_SET_PMD && !pt_is_pae())
		call = LHCALL_SET_PGD;
	if (call == LHCALL_SET_STACK) {
		a = LGUEST_DS;
		b += PAGE_SIZE - 16;
	}
	if (call == LHCALL_FLUSH_TLB)
		a = fuzz_below(2);
	put(slot, call, a, b, 1 + fuzz_below(2),
	    (boot_alloc_pages(1) | (uint32_t)PTE_KERNEL_PAGE) & ~(fuzz_random() & 0x63));
}

/*
 * In order: pinning the stack sets bits in the entry that maps it, which are
 * arguments of calls still to come; these change tables, pin other stacks.
 */
static void marks(uint32_t n)
{
	unsigned first = hcall_async_next(), victim = (first + 1 + n) % LHCALL_RING_SIZE;
	uint32_t page = boot_alloc_pages(2);

	ring_as_table();
	for (unsigned i = 1; i < LHCALL_RING_SIZE; i++)
		put_random((first + i) % LHCALL_RING_SIZE);
	put(victim, LHCALL_SET_PTE, root, VA, page | PTE_PRESENT | PTE_WRITE, 0);
	put(first, LHCALL_SET_STACK, LGUEST_DS,
	    mapped_by(&lguest_data.hcalls[victim].edx) + PAGE_SIZE, 1, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
	hcall1(LHCALL_FLUSH_TLB, 1);
	for (uint32_t va = VA; va < VA + PAGE_SIZE / entry_bytes * PAGE_SIZE; va += PAGE_SIZE)
		try_read(va, NULL);
}

/* The device is kicked by the ring, and writes to a table that the next calls look into. */
static void overwritten(void)
{
	static struct gvirtio d;
	uint32_t table;

	if (!gvirtio_find(&d, &gvirtio_lgbus, VIRTIO_ID_RNG, 0))
		give_up("no entropy device");
	gvirtio_start(&d, 0);
	pt_make_tables(root, VA);
	table = (uint32_t)pt_get_upper(root, VA) & PAGE_MASK;
	for (unsigned i = 0; i < 4; i++) {
		gqueue_set(&d.queues[0], i, table + i * 1024, 1024, VRING_DESC_F_WRITE, 0);
		gqueue_offer(&d.queues[0], i);
	}
	hcall_async(LHCALL_NOTIFY, (uint32_t)d.queues[0].gpa[0], 0, 0, 0);
	for (unsigned i = 0; i < LHCALL_RING_SIZE - 2; i++) {
		uint32_t va = VA + fuzz_below(PAGE_SIZE / entry_bytes) * PAGE_SIZE;

		if (i % 16 == 15)
			hcall_async(LHCALL_SET_STACK, LGUEST_DS, va + PAGE_SIZE, 1, 0);
		else
			hcall_async(LHCALL_SET_PTE, root, va, 0, 0);
	}
	hcall0(LHCALL_FLUSH_ASYNC);
	for (uint32_t va = VA; va < VA + PAGE_SIZE / entry_bytes * PAGE_SIZE; va += PAGE_SIZE)
		try_read(va, NULL);
}

static void attempt(uint32_t n)
{
	fuzz_state = n * 2654435761u | 1;
	if (n >= ATTEMPTS - RANDOMS)
		overwritten();
	else
		marks(n);
	/* the tables are not what they were: on in the next life */
	fuzz_next_life("one attempt is enough");
}

void test_main(void)
{
	entry_bytes = pt_is_pae() ? 8 : 4;
	root = pt_root();
	lives_run(ATTEMPTS, attempt);
}
