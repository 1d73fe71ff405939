/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One hypercall after the other without end, each kind in turn: bystanders must not notice. */
/* paging: both */
/* expect: success */
/* guest-line: tsc=on mem=6M */
/* cases: 17 */
#include "test/guests/lib/test.h"

#define FAR_VA 0x40000000u

static uint32_t roots[2], count;
static char text[PAGE_SIZE];
static struct descriptor tls[3];
static uint64_t end;

/* All the 64 slots of the ring: as much as one call can ask for. */
static void ring_of(uint32_t call, uint32_t a, uint32_t b, uint32_t c)
{
	for (unsigned n = 0; n < LHCALL_RING_SIZE; n++)
		hcall_async(call, a, b, c, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
}

static void remap(void)
{
	pt_map(roots[0], FAR_VA + count % 64 * PAGE_SIZE,
	       count & 64 ? 0 : roots[1] | PTE_PRESENT | PTE_ACCESSED);
}

static void load_gate(void)
{
	trap_gate(0x80 + count % 32, GATE_TRAP, 3);
}

static void load_descriptor(void)
{
	segment_load(20 + count % 10, segment_flat(count % 4, SEGMENT_DATA));
}

static void call(uint32_t which)
{
	switch (which) {
	case 0:
		hcall0(LHCALL_FLUSH_ASYNC);
		break;
	case 1:
		hcall1(LHCALL_FLUSH_TLB, 1);
		break;
	case 2:
		hcall1(LHCALL_FLUSH_TLB, 0);
		break;
	case 3:
		pt_load(roots[count & 1]);
		break;
	case 4:
		remap();
		break;
	case 5:
		pt_call_set_upper(roots[0], count << 22);
		break;
	case 6:
		load_gate();
		break;
	case 7:
		load_descriptor();
		break;
	case 8:
		segment_load_tls(tls);
		break;
	case 9:
		hcall1(LHCALL_TS, count & 1);
		break;
	case 10:
		clock_arm_ns(1 + count % 4096);
		break;
	case 11:
		hcall0(LHCALL_SEND_INTERRUPTS);
		break;
	case 12:
		hcall1(LHCALL_NOTIFY, virt_to_phys(text));
		break;
	case 13:
		irq_disable(); /* or it comes before the HALT, and no other does */
		clock_arm_ns(1);
		irq_halt();
		break;
	case 14:
		ring_of(LHCALL_FLUSH_TLB, 1, 0, 0);
		break;
	case 15:
		ring_of(LHCALL_NEW_PGTABLE, roots[count & 1], 0, 0);
		break;
	default:
		ring_of(LHCALL_NOTIFY, virt_to_phys(text), 0, 0);
		break;
	}
}

void test_main(void)
{
	uint32_t which = test_case();

	need_tsc();
	memset(text, '\a', sizeof(text) - 1); /* 4 KiB that make no line */
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	roots[0] = pt_root();
	roots[1] = pt_create();
	irq_enable();
	end = rdtsc() + tsc_from_ns(boot_number("ms", 100) * (uint64_t)NSEC_PER_MSEC);
	while (rdtsc() < end) {
		call(which);
		count++;
	}
	irq_disable();
	pt_load(roots[0]);
	printf("\n%u times\n", count);
}
