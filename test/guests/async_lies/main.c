/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring that lies: wrong order, statuses that are none, calls that change the ring or sleep. */
/* paging: 2level */
/* expect: success or dead "second LGUEST|unknown|page table|cannot push|SHUTDOWN" */
/* guest-line: mem=6M */
/* cases: 10 */
#include "test/guests/lib/test.h"

#define ROUNDS 300u

static uint32_t state = 777;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void slot(unsigned n, uint32_t call, uint32_t a, uint32_t b, uint32_t c)
{
	lguest_data.hcalls[n] = (struct lguest_hcall_args){call, a, b, c, 0};
}

static void status_all(uint8_t status)
{
	for (unsigned n = 0; n < LHCALL_RING_SIZE; n++)
		WRITE_ONCE(lguest_data.hcall_status[n], status);
}

static void all(uint32_t call, uint32_t a, uint32_t b, uint32_t c)
{
	for (unsigned n = 0; n < LHCALL_RING_SIZE; n++)
		slot(n, call, a, b, c);
	status_all(0);
	hcall0(LHCALL_FLUSH_ASYNC);
}

/* Only where the host does not look next. */
static void wrong_order(void)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		slot(random32() % 64, LHCALL_FLUSH_TLB, 1, 0, 0);
		WRITE_ONCE(lguest_data.hcall_status[random32() % 64], (uint8_t)random32());
		hcall0(LHCALL_FLUSH_ASYNC);
	}
}

/* LOAD_TLS and NOTIFY read the ring itself; SET_PTE maps another page in its place. */
static void about_itself(void)
{
	uint32_t ring = virt_to_phys(lguest_data.hcalls);

	for (unsigned n = 0; n < LHCALL_RING_SIZE; n++)
		slot(n, n & 1 ? LHCALL_LOAD_TLS : LHCALL_NOTIFY, ring + n * 20, 0, 0);
	status_all(1);
	hcall0(LHCALL_FLUSH_ASYNC);
	all(LHCALL_SET_PTE, pt_root(), addr32(&lguest_data), 0);
	pt_map(pt_root(), addr32(&lguest_data) & PAGE_MASK,
	       (virt_to_phys(&lguest_data) & PAGE_MASK) | PTE_KERNEL_PAGE);
}

/* Goes back with interrupts off, or the next may come before the HALT it is to end. */
static bool woken(struct regs *r)
{
	clock_count++;
	r->eflags &= ~X86_EFLAGS_IF;
	return true;
}

/* Every other slot sleeps; the one before it says until when. */
static void sleeps(void)
{
	trap_handle(IRQ_CLOCK_VECTOR, woken);
	for (unsigned n = 0; n < LHCALL_RING_SIZE; n += 2) {
		slot(n, LHCALL_SET_CLOCKEVENT, 100000, 0, 0);
		slot(n + 1, LHCALL_HALT, 0, 0, 0);
	}
	status_all(0);
	hcall0(LHCALL_FLUSH_ASYNC);
	irq_disable();
	/* some are one: what is due already ends a HALT, and stays due */
	CHECK(clock_count > 0 && clock_count <= LHCALL_RING_SIZE / 2, "%u interrupts", clock_count);
}

static void lie(uint32_t which)
{
	switch (which) {
	case 0:
		wrong_order();
		break;
	case 1:
		about_itself();
		break;
	case 2:
		status_all(0x7F);
		break; /* 64 calls of number 0 */
	case 3:
		sleeps();
		break;
	case 4:
		all(LHCALL_LGUEST_INIT, virt_to_phys(&lguest_data), 0, 0);
		break;
	case 5:
		all(random32(), 0, 0, 0);
		break;
	case 6:
		all(LHCALL_NEW_PGTABLE, 0xFFFFF000, 0, 0);
		break;
	case 7:
		all(LHCALL_SHUTDOWN, 0, 77, 0);
		break;
	case 8:
		all(LHCALL_SET_STACK, LGUEST_DS, 0xFFFFFFFC, 2);
		break;
	default:
		all(LHCALL_NOTIFY, boot_ram_bytes() - 1, 0, 0);
		break;
	}
}

void test_main(void)
{
	irq_disable();
	lie(test_case());
	hcall0(LHCALL_FLUSH_ASYNC);
	printf("\n"); /* what was printed may not have been a line */
}
