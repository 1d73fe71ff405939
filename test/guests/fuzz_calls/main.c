/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random hypercalls, straight and by the ring, with arguments that are good, nearly good or not. */
/* paging: both */
/* expect: success or dead ".*" */
/* guest-line: mem=4M on-crash=restart restarts=any net=fuzz */
/* cmdline: steps=80000 */
/* bystander: procs */
#include "test/guests/fuzz_calls/calls.h"

#define TABLE_PAGES 32u
#define ROOTS       6u

static uint32_t roots[ROOTS], tables;

/* Tables of all sorts, behind user addresses nobody here touches: only the host looks. */
static void fill_table(uint32_t gpa)
{
	uint32_t *entry = phys_to_virt(gpa);

	for (unsigned i = 0; i < PAGE_SIZE / 4; i++)
		entry[i] = fuzz_once_in(4) ? fuzz_random()
					   : (tables + fuzz_below(TABLE_PAGES) * PAGE_SIZE) |
						     (fuzz_random() & 0x67);
}

static void change_roots(void)
{
	uint32_t va = fuzz_below(KERNEL_BASE);

	if (fuzz_once_in(2))
		fill_table(tables + fuzz_below(TABLE_PAGES) * PAGE_SIZE);
	pt_write_upper(roots[fuzz_below(ROOTS)], va,
		       fuzz_once_in(4) ? fuzz_random()
				       : (tables + fuzz_below(TABLE_PAGES) * PAGE_SIZE) | 0x67);
}

static struct lguest_hcall_args call(uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx,
				     uint32_t esi)
{
	return (struct lguest_hcall_args){eax, ebx, ecx, edx, esi};
}

static struct lguest_hcall_args call_of_tables(void)
{
	uint32_t any = fuzz_once_in(4) ? fuzz_corner() : roots[fuzz_below(ROOTS)];

	switch (fuzz_below(8)) {
	case 0:
		return call(LHCALL_NEW_PGTABLE, roots[fuzz_below(ROOTS)], 0, 0, 0);
	case 1:
		return call(LHCALL_FLUSH_TLB, fuzz_below(2), 0, 0, 0);
	case 2:
		if (pt_is_pae())
			return call(LHCALL_SET_PMD, fuzz_corner(), fuzz_below(512), 0, 0);
		/* fallthrough */
	case 3:
		return call(LHCALL_SET_PGD, any, fuzz_below(pt_is_pae() ? 4 : 1024), 0, 0);
	case 4:
		return call(LHCALL_SET_STACK, (fuzz_random() & 0xFFFC) | 1, fuzz_corner(),
			    1 + fuzz_below(2), 0);
	default:
		return call(LHCALL_SET_PTE, any, fuzz_corner(), fuzz_corner(), fuzz_corner());
	}
}

/* Vectors nothing here raises, or those that are ignored; a gate that is usable or absent. */
static struct lguest_hcall_args call_of_gates(void)
{
	static const uint8_t ignored[] = {2, 8, 15, LGUEST_TRAP_ENTRY};
	uint32_t low = fuzz_random(), high = fuzz_random();

	if (fuzz_once_in(4))
		return call(LHCALL_LOAD_IDT_ENTRY, ignored[fuzz_below(ARRAY_SIZE(ignored))], low,
			    high, 0);
	high = fuzz_once_in(2) ? high & ~0x8000u : (high & ~0x1F00u) | 0x0E00 | (high & 0x100);
	return call(LHCALL_LOAD_IDT_ENTRY, 64 + fuzz_below(192), low, high, 0);
}

/* DR7 is not for long: see step(). */
static struct lguest_hcall_args call_of_gatehouse(void)
{
	if (!fuzz_once_in(8))
		return call(LHCALL_GH_VERSION, fuzz_corner(), 0, 0, 0);
	return call(LHCALL_GH_DEBUGREG, fuzz_below(9), fuzz_corner(), fuzz_below(2), 0);
}

/* A call that a guest survives, whatever may be odd about its arguments. */
static struct lguest_hcall_args any_call(void)
{
	struct descriptor d = fuzz_descriptor();

	switch (fuzz_below(17)) {
	case 0:
		return call(LHCALL_FLUSH_ASYNC, fuzz_corner(), 0, 0, 0);
	case 1:
		return call(LHCALL_TS, fuzz_corner(), 0, 0, 0);
	case 2:
		return call(LHCALL_SET_CLOCKEVENT, fuzz_corner(), 0, 0, 0);
	case 3:
		return call(LHCALL_SEND_INTERRUPTS, fuzz_corner(), 0, 0, 0);
	case 4:
		return call(LHCALL_LOAD_TLS, fuzz_below(boot_ram_bytes() - 24), 0, 0, 0);
	case 5:
	case 6:
		return call(LHCALL_LOAD_GDT_ENTRY, fuzz_gdt_index(), d.low, d.high, 0);
	case 7:
	case 8:
		return call_of_gates();
	case 9:
		return call_of_gatehouse();
	case 10:
		return call(LHCALL_NOTIFY, device_notify_address(), 0, 0, 0);
	default:
		return call_of_tables();
	}
}

static void make_call(const struct lguest_hcall_args *a)
{
	hcall4(a->eax, a->ebx, a->ecx, a->edx, a->esi);
}

/* As many calls as the ring has room for, for one exit. */
static void make_many_calls(void)
{
	unsigned n = fuzz_below(LHCALL_RING_SIZE);

	for (unsigned i = 0; i < n; i++) {
		struct lguest_hcall_args a = any_call();

		hcall_async(a.eax, a.ebx, a.ecx, a.edx, a.esi);
	}
	hcall0(LHCALL_FLUSH_ASYNC);
	fuzz_steps += n;
}

/* Slots of the ring in any order, with any "to do"; the host comes to them in its own. */
static void lie_in_ring(void)
{
	for (unsigned i = fuzz_below(8); i > 0; i--) {
		unsigned n = fuzz_below(LHCALL_RING_SIZE);

		lguest_data.hcalls[n] = any_call();
		barrier();
		WRITE_ONCE(lguest_data.hcall_status[n], fuzz_once_in(2) ? 0 : fuzz_below(0x100));
	}
}

static void sleep_a_little(void)
{
	WRITE_ONCE(lguest_data.blocked_interrupts, 0);
	clock_arm_ns(1000 + fuzz_below(4000));
	irq_halt();
	irq_disable();
}

/* What the host reads and writes besides, as it should not be. */
static void lie_in_data(void)
{
	WRITE_ONCE(lguest_data.irq_pending, fuzz_corner());
	WRITE_ONCE(lguest_data.blocked_interrupts, fuzz_corner());
	WRITE_ONCE(lguest_data.irq_enabled, fuzz_random());
	hcall0(LHCALL_SEND_INTERRUPTS);
	irq_disable();
}

/* Loads what may have become of a descriptor; seldom reads by it, as what is there may be fatal. */
static void use_segment(void)
{
	uint32_t selector = fuzz_gdt_index() << 3 | fuzz_below(4), value;

	TRAP_TRY("movl %0, %%fs", : "r"(selector));
	if (fuzz_once_in(256))
		TRAP_TRY("movl %%fs:(%1), %0", "=r"(value) : "r"(0));
	fuzz_traps += trap_seen.count;
	TRAP_TRY("movl %0, %%fs", : "r"(0));
}

static bool debug_trap(struct regs *r)
{
	fuzz_traps++;
	hcall3(LHCALL_GH_DEBUGREG, 7, 0, 1);
	r->eflags |= X86_EFLAGS_RF;
	return true;
}

static void step(void)
{
	struct lguest_hcall_args a = any_call();
	unsigned what = fuzz_below(64);

	switch (what) {
	case 0 ... 23:
		make_call(&a);
		break;
	case 24 ... 31:
		make_many_calls();
		break;
	case 32 ... 39:
		hcall_async(a.eax, a.ebx, a.ecx, a.edx, a.esi);
		break;
	case 40:
		lie_in_ring();
		break;
	case 41:
		sleep_a_little();
		break;
	case 42:
		lie_in_data();
		break;
	case 43:
		use_segment();
		break;
	case 44 ... 45:
		change_roots();
		break;
	case 46:
		hcall3(LHCALL_GH_DEBUGREG, 7, 0, 1);
		break;
	default:
		device_step();
	}
}

/* What the last calls did to this guest's own tables is its own doing. */
static bool end_life(struct regs *r)
{
	if (trap_fixup || regs_from_user(r))
		return false;
	fuzz_next_life("a life is over");
	return true;
}

/* Any number, any argument. */
static void last(void)
{
	uint32_t number = fuzz_once_in(16) ? fuzz_corner() : fuzz_below(21);

	for (unsigned vector = TRAP_DEBUG + 1; vector < 32; vector++)
		trap_handle(vector, end_life);
	if (fuzz_once_in(8))
		device_last();
	if (number == LHCALL_HALT)
		sleep_a_little(); /* with whatever is blocked now, it might be for good */
	else
		hcall4(number, fuzz_corner(), fuzz_corner(), fuzz_corner(), fuzz_corner());
}

void test_main(void)
{
	tables = boot_alloc_pages(TABLE_PAGES);
	device_init();
	for (unsigned i = 0; i < ROOTS; i++) {
		roots[i] = pt_create();
		/* for PAE: the directories, while there is memory */
		for (uint32_t va = 0; va < KERNEL_BASE; va += 1u << 30)
			pt_set_upper(roots[i], va, 0);
	}
	trap_handle(TRAP_DEBUG, debug_trap);
	fuzz_run("calls", step, last);
}
