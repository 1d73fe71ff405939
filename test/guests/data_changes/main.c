/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lguest_data is changed while in use: its fields at random, and its page goes from the tables. */
/* paging: both */
/* expect: success */
/* guest-line: tsc=on mem=6M */
/* cases: 3 */
#include "test/guests/lib/test.h"

#define ROUNDS 3000u

/* A page of its own, which only the library's lguest_data is in. */
struct lguest_data lguest_data PAGE_ALIGNED = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v2 = {.noirq_start = (uint32_t)guest_noirq_start,
	       .noirq_end = (uint32_t)guest_noirq_end,
	       .kernel_address = (uint32_t)guest_kernel_address,
	       .syscall_vec = 0x80},
};

static uint8_t next_page[PAGE_SIZE] PAGE_ALIGNED __attribute__((used));
static struct lguest_data good;
static uint32_t state = 12345;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* All but the ring's statuses, which would be calls of their own (see async_lies). */
static void scribble(void)
{
	uint32_t *words = (uint32_t *)&lguest_data;
	uint32_t first = offsetof(struct lguest_data, hcalls) / 4;
	uint32_t n = random32() % (sizeof(lguest_data) / 4);

	if (n >= offsetof(struct lguest_data, hcall_status) / 4 && n < first)
		n = first;
	WRITE_ONCE(words[n], random32());
}

static void work(void)
{
	segment_load(20, segment_flat(1, SEGMENT_DATA));
	clock_arm_ns(1 + random32() % 2000);
	hcall0(LHCALL_SEND_INTERRUPTS);
	trap_gate(0x90, GATE_TRAP, 3);
	TRAP_TRY("ud2", :);
}

static void fields(void)
{
	for (unsigned n = 0; n < ROUNDS; n++) {
		scribble();
		work();
	}
}

/* How the page is mapped while the host goes on using it: not, read-only, or as another page. */
static void remap(pte_t pte, unsigned rounds)
{
	uint32_t va = addr32(&lguest_data), root = pt_root();
	pte_t was = pt_get(root, va);

	for (unsigned n = 0; n < rounds; n++) {
		/* nothing here may touch the page: no trap is taken, no interrupt is on */
		pt_map(root, va, pte);
		hcall1(LHCALL_FLUSH_TLB, 1);
		clock_arm_ns(1);
		hcall0(LHCALL_SEND_INTERRUPTS);
		segment_load(20, segment_flat(1, SEGMENT_DATA));
		pt_map(root, va, was);
	}
}

static void check_works(void)
{
	static const uint32_t never;

	lguest_data = good;
	clock_count = 0;
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	sleep_until(&never, 1000);
	CHECK(clock_count == 1, "%u clock interrupts in the end", clock_count);
	CHECK(!try_read(0x50000000, NULL) && lguest_data.cr2 == 0x50000000, "cr2 is 0x%x",
	      lguest_data.cr2);
}

void test_main(void)
{
	uint32_t page = virt_to_phys(&lguest_data);

	irq_disable();
	good = lguest_data;
	switch (test_case()) {
	case 0:
		fields();
		break;
	case 1:
		remap(0, 200);
		remap(page | PTE_PRESENT | PTE_ACCESSED, 200);
		break;
	default:
		remap(virt_to_phys(next_page) | PTE_KERNEL_PAGE, 200);
		remap(0xFFFFF000 | PTE_PRESENT, 1);
	}
	check_works();
}
