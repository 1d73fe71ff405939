/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fast tier must do, or leave to C, as it shows: interrupts, flags, the window's tables.
 */
/* paging: both */
/* expect: success */
/* guest-line: tsc=on mem=8M */
#include "test/guests/lib/test.h"

#define ODD_FLAGS (X86_EFLAGS_TF | X86_EFLAGS_NT)
#define TABLE_VA  0x10000000u
#define NOWHERE   0x50000000u /* PAE: not even a directory */
#define WINDOW    0xFFC05000u /* not one of its pages that are there */

USER_CODE(user_odd_flags, "pushfl\n\torl $0x4100, (%esp)\n\tpopfl\n\tint3\n\tint $0x80");
USER_CODE(user_reads, "movl (%eax), %ecx\n\tint $0x80");

static uint32_t flags_seen, flags_saved, enabled_seen, pending_seen;

static bool clock_came(struct regs *r)
{
	pending_seen |= READ_ONCE(lguest_data.irq_pending);
	return clock_counts(r);
}

/* The clock's interrupt is pending, held back. */
static void hold_one(void)
{
	clock_count = 0;
	irq_disable();
	clock_arm_ns(50000);
	CHECK(wait_for(&lguest_data.irq_pending, 1000), "irq_pending is never set");
}

static void send(uint32_t enabled, uint32_t blocked, unsigned wanted, const char *what)
{
	WRITE_ONCE(lguest_data.blocked_interrupts, blocked);
	WRITE_ONCE(lguest_data.irq_enabled, enabled);
	hcall0(LHCALL_SEND_INTERRUPTS);
	CHECK(clock_count == wanted, "%s: %u interrupts, not %u", what, clock_count, wanted);
}

static void check_interrupts(void)
{
	for (unsigned i = 0; i < 20; i++) {
		hold_one();
		send(0, 0, 0, "disabled");
		if (i % 2) /* else irq_pending is set when it comes */
			send(X86_EFLAGS_IF, 1, 0, "blocked");
		irq_disable();
		send(X86_EFLAGS_IF, 0, 1, "due");
		CHECK(!pending_seen, "irq_pending stays");
		send(X86_EFLAGS_IF, 0, 1, "due no more");
		irq_disable();
	}
}

static bool breakpoint(struct regs *r)
{
	enabled_seen = READ_ONCE(lguest_data.irq_enabled) & X86_EFLAGS_IF;
	__asm__ volatile("pushfl\n\tpopl %0" : "=r"(flags_seen));
	flags_saved = r->eflags;
	r->eflags &= ~ODD_FLAGS;
	return true;
}

static void check_flags(void)
{
	for (unsigned n = 0; n < 4; n++) {
		struct regs r = ring3_start(user_odd_flags);
		bool is_interrupt = n & 1, enabled = n & 2;

		trap_gate(TRAP_BREAKPOINT, is_interrupt ? GATE_INTERRUPT : GATE_TRAP, 3);
		if (!enabled)
			r.eflags &= ~X86_EFLAGS_IF;
		check_ring3_leaves("int3 with TF and NT", &r, 0x80);
		CHECK(!(flags_seen & ODD_FLAGS), "the handler begins with eflags 0x%x", flags_seen);
		CHECK(enabled_seen == (enabled && !is_interrupt ? X86_EFLAGS_IF : 0),
		      "case %u: irq_enabled 0x%x in the handler", n, enabled_seen);
		/* through a trap gate it is the CPU that saves its own IF */
		CHECK(!is_interrupt ||
			      (flags_saved & X86_EFLAGS_IF) == (enabled ? X86_EFLAGS_IF : 0),
		      "case %u: saved eflags 0x%x", n, flags_saved);
		CHECK((flags_saved & ODD_FLAGS) == ODD_FLAGS, "saved eflags 0x%x", flags_saved);
	}
}

static void read_from_ring3(uint32_t va, uint32_t error)
{
	struct regs r = ring3_start(user_reads);

	r.eax = va;
	ring3_run(&r);
	CHECK(r.vector == TRAP_PAGE_FAULT && r.error == error, "0x%x: trap %u, error code 0x%x", va,
	      r.vector, r.error);
	CHECK(READ_ONCE(lguest_data.cr2) == va, "cr2 0x%x", READ_ONCE(lguest_data.cr2));
}

/* A table with nothing for ring 3, at two places: what it says of the window counts for nothing. */
static void check_window(void)
{
	uint32_t table = boot_alloc_pages(1), page = boot_alloc_pages(1);

	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		if (pt_is_pae())
			((volatile uint64_t *)phys_to_virt(table))[i] = page | PTE_KERNEL_PAGE;
		else
			((volatile uint32_t *)phys_to_virt(table))[i] = page | PTE_KERNEL_PAGE;
	pt_write_upper(pt_root(), TABLE_VA, table | 0x67);
	pt_write_upper(pt_root(), WINDOW, table | 0x67);
	for (unsigned i = 0; i < 10; i++) {
		read_from_ring3(TABLE_VA + 0x5000, PF_USER | PF_PRESENT);
		read_from_ring3(WINDOW, PF_USER);
		read_from_ring3(NOWHERE, PF_USER);
	}
}

void test_main(void)
{
	need_tsc();
	ring3_init();
	trap_handle(IRQ_CLOCK_VECTOR, clock_came);
	trap_handle(TRAP_BREAKPOINT, breakpoint);
	check_interrupts();
	check_flags();
	check_window();
}
