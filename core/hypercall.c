/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls: the async ring first, then the call in the registers. */
#include "core/hypercall.h"

#include "core/audit.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/errno.h"
#include "core/guest.h"
#include "core/init_call.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/traps.h"
#include "core/virq.h"

typedef struct lguest_hcall_args args_t;

/* After that long the rest of the ring, and the call, wait for the next exit. */
#define RING_NS 20000u

static void call_nothing(struct guest *g, const args_t *a)
{
	(void)g;
	(void)a;
}

static void call_init(struct guest *g, const args_t *a)
{
	guest_init_call(g, a->ebx);
}

/* A string the guest gave: printable, bounded, whatever it points to. */
static void copy_message(const struct guest *g, gpa_t at, char *to, size_t size)
{
	size_t n = 0;

	for (; n < size - 1; n++, at++) {
		const char *c = guest_ram(g, at, 1);

		if (!c || !*c)
			break;
		to[n] = *c >= ' ' && *c <= '~' ? *c : '?';
	}
	to[n] = 0;
}

/*
 * Linux makes the same call when it panics and when it is told to power off
 * (lguest_panic(), lguest_power_off() in its arch/x86/lguest/boot.c): only the
 * message tells which.
 */
static bool is_panic(const struct guest *g, uint32_t reason, const char *message)
{
	return reason == LGUEST_SHUTDOWN_POWEROFF && g->plan.is_bzimage &&
	       strcmp(message, "Power down") != 0;
}

static void call_shutdown(struct guest *g, const args_t *a)
{
	char message[80];

	if (a->ecx != LGUEST_SHUTDOWN_POWEROFF && a->ecx != LGUEST_SHUTDOWN_RESTART) {
		guest_fail(g, "SHUTDOWN reason %u: 1 is power off, 2 is restart", a->ecx);
		return;
	}
	/* Linux restarts with __pa(NULL) when it has no reason to give: no message then. */
	copy_message(g, a->ebx, message, sizeof(message));
	if (is_panic(g, a->ecx, message))
		guest_fail(g, "kernel panic: %s", message);
	else if (a->ecx == LGUEST_SHUTDOWN_POWEROFF || guest_health_allows(g, message))
		guest_shutdown(g, a->ecx == LGUEST_SHUTDOWN_RESTART, message);
}

static void call_new_pgtable(struct guest *g, const args_t *a)
{
	shadow_new_top(g, a->ebx);
}

static void call_flush_tlb(struct guest *g, const args_t *a)
{
	if (a->ebx)
		shadow_flush_all(g);
	else
		shadow_flush_user(g);
}

/* Vectors that stay the machine's or the interface's, whatever a guest asks for. */
static bool vector_is_ignored(uint32_t vector)
{
	return vector == X86_TRAP_NMI || vector == X86_TRAP_DF || vector == X86_TRAP_SPURIOUS ||
	       vector == LGUEST_TRAP_ENTRY;
}

static void call_load_idt_entry(struct guest *g, const args_t *a)
{
	uint64_t gate = (uint64_t)a->edx << 32 | a->ecx;

	if (a->ebx > 255) {
		guest_fail(g, "LOAD_IDT_ENTRY vector %u: 0 to 255 exist", a->ebx);
		return;
	}
	if (a->ebx == X86_TRAP_NMI)
		g->nmi_gate = gate_is_usable(gate) ? gate : 0;
	if (vector_is_ignored(a->ebx))
		return;
	if (gate & DESC_PRESENT && !gate_is_usable(gate)) {
		guest_fail(
			g,
			"LOAD_IDT_ENTRY vector %u type 0x%x: only 32-bit interrupt (0xe) and trap "
			"gates (0xf)",
			a->ebx, GATE_TYPE_OF(gate));
		return;
	}
	vcpu_set_gate(&g->vcpu, a->ebx, gate);
	virq_gate_changed(g, a->ebx, gate_is_usable(gate));
}

static void call_set_stack(struct guest *g, const args_t *a)
{
	if ((a->ebx & 3) != 1 || a->ebx > 0xFFFF) {
		guest_fail(g, "SET_STACK ss 0x%x: the selector must have RPL 1", a->ebx);
		return;
	}
	if (a->edx < 1 || a->edx > 2) {
		guest_fail(g, "SET_STACK pages %u: 1 or 2", a->edx);
		return;
	}
	g->stack_pages = a->edx;
	vcpu_set_stack(&g->vcpu, (uint16_t)a->ebx, a->ecx);
	shadow_pin_stack(g);
}

static void call_ts(struct guest *g, const args_t *a)
{
	vcpu_set_ts(&g->vcpu, a->ebx != 0);
}

static void clock_expired(struct timer *t, uint64_t now_ns)
{
	(void)now_ns;
	virq_raise(container_of(t, struct guest, clock), 0);
}

static void call_set_clockevent(struct guest *g, const args_t *a)
{
	if (a->ebx == 0) {
		clock_remove_timer(&g->clock);
		return;
	}
	g->clock.expired = clock_expired;
	clock_add_timer(g->cpu, &g->clock, clock_now_ns() + a->ebx);
}

static void call_halt(struct guest *g, const args_t *a)
{
	(void)a;
	virq_halt(g);
}

static void call_set_pmd(struct guest *g, const args_t *a)
{
	if (!g->shadow.is_linear && !g->shadow.tables.is_pae)
		guest_set_pmd_without_pae(g);
	else
		shadow_set_pmd(g, a->ebx, a->ecx);
}

static void call_set_pte(struct guest *g, const args_t *a)
{
	shadow_set_pte(g, a->ebx, a->ecx);
}

static void call_set_pgd(struct guest *g, const args_t *a)
{
	shadow_set_top_entry(g, a->ebx, a->ecx);
}

static void call_load_tls(struct guest *g, const args_t *a)
{
	const uint64_t *tls = guest_ram(g, a->ebx, 3 * sizeof(uint64_t));
	uint64_t entry;

	if (!tls) {
		guest_fail(g, "LOAD_TLS descriptors at 0x%08x: its memory ends at 0x%08x", a->ebx,
			   g->mem_bytes);
		return;
	}
	for (unsigned i = 0; i < 3; i++) {
		memcpy(&entry, &tls[i], sizeof(entry));
		vcpu_set_descriptor(&g->vcpu, 6 + i, entry);
	}
}

static void call_load_gdt_entry(struct guest *g, const args_t *a)
{
	if (a->ebx >= LGUEST_GDT_ENTRIES) {
		guest_fail(g, "LOAD_GDT_ENTRY index %u: 0 to %u exist", a->ebx,
			   LGUEST_GDT_ENTRIES - 1);
		return;
	}
	vcpu_set_descriptor(&g->vcpu, a->ebx, (uint64_t)a->edx << 32 | a->ecx);
}

static void call_notify(struct guest *g, const args_t *a)
{
	lgbus_notify(g, a->ebx);
	if (console_has_news)
		cpu_look_around(g->cpu);
}

static const struct {
	const char *name;
	void (*call)(struct guest *g, const args_t *a);
} calls[] = {
	[LHCALL_FLUSH_ASYNC] = {"FLUSH_ASYNC", call_nothing},
	[LHCALL_LGUEST_INIT] = {"LGUEST_INIT", call_init},
	[LHCALL_SHUTDOWN] = {"SHUTDOWN", call_shutdown},
	[LHCALL_NEW_PGTABLE] = {"NEW_PGTABLE", call_new_pgtable},
	[LHCALL_FLUSH_TLB] = {"FLUSH_TLB", call_flush_tlb},
	[LHCALL_LOAD_IDT_ENTRY] = {"LOAD_IDT_ENTRY", call_load_idt_entry},
	[LHCALL_SET_STACK] = {"SET_STACK", call_set_stack},
	[LHCALL_TS] = {"TS", call_ts},
	[LHCALL_SET_CLOCKEVENT] = {"SET_CLOCKEVENT", call_set_clockevent},
	[LHCALL_HALT] = {"HALT", call_halt},
	[LHCALL_SET_PMD] = {"SET_PMD", call_set_pmd},
	[LHCALL_SET_PTE] = {"SET_PTE", call_set_pte},
	[LHCALL_SET_PGD] = {"SET_PGD", call_set_pgd},
	[LHCALL_LOAD_TLS] = {"LOAD_TLS", call_load_tls},
	[LHCALL_NOTIFY] = {"NOTIFY", call_notify},
	[LHCALL_LOAD_GDT_ENTRY] = {"LOAD_GDT_ENTRY", call_load_gdt_entry},
	[LHCALL_SEND_INTERRUPTS] = {"SEND_INTERRUPTS", call_nothing}, /* every entry delivers */
};

const char *hypercall_name(uint32_t number)
{
	return number < ARRAY_SIZE(calls) ? calls[number].name : NULL;
}

/* Gatehouse's own calls return something: to eax, if it was not the ring they came by. */
static bool own_call(struct guest *g, const args_t *a, uint32_t *result)
{
	if (a->eax == LHCALL_GH_VERSION) {
		*result = LGUEST_GH_SIGNATURE;
		return true;
	}
	if (a->eax == LHCALL_GH_TEST && machine_is_test()) {
		*result = audit_call(g, a->ebx, a->ecx, a->edx);
		return true;
	}
	if (a->eax == LHCALL_GH_WATCHDOG) {
		*result = guest_health_feed(g);
		return true;
	}
	if (a->eax == LHCALL_GH_SYSENTER) {
		*result = (uint32_t)vcpu_set_sysenter(&g->vcpu, a->ebx);
		return true;
	}
	if (a->eax != LHCALL_GH_DEBUGREG)
		return false;
	if (a->edx)
		*result = (uint32_t)vcpu_set_debug(&g->vcpu, a->ebx, a->ecx);
	else
		*result = vcpu_has_debug(a->ebx) ? g->vcpu.dr[a->ebx] : (uint32_t)-EINVAL;
	return true;
}

static void make_call(struct guest *g, const args_t *a, uint32_t *result)
{
	if (!g->data && a->eax != LHCALL_LGUEST_INIT && a->eax != LHCALL_SHUTDOWN &&
	    a->eax != LHCALL_NOTIFY && a->eax < LHCALL_GH_VERSION) {
		guest_fail(g, "hypercall %u before LGUEST_INIT, eip 0x%08x", a->eax,
			   g->vcpu.regs->eip);
		return;
	}
	if (a->eax < ARRAY_SIZE(calls) && calls[a->eax].call) {
		g->hypercalls[a->eax]++;
		calls[a->eax].call(g, a);
	} else if (!own_call(g, a, result)) {
		guest_fail(g,
			   "hypercall %u unknown (0-%u but 3, 11 and 12 are defined), eip 0x%08x",
			   a->eax, (unsigned)ARRAY_SIZE(calls) - 1, g->vcpu.regs->eip);
	}
}

static inline void dispatch(struct guest *g, const args_t *a, uint32_t *result)
{
	trace(TRACE_CALL, g->id, a->eax, a->ebx);
	make_call(g, a, result);
	trace(TRACE_CALL_END, g->id, a->eax, *result);
}

/*
 * Entries in order from the cursor on, each copied before it is looked at, at
 * most one ring full. An entry is done once it is begun, but for one that must
 * wait for the console. False: the guest no longer runs.
 */
static NOINLINE bool drain_async(struct guest *g)
{
	struct lguest_data *data = g->data;
	uint32_t start = 0, limit = 0;

	for (unsigned budget = LHCALL_RING_SIZE; budget > 0; budget--) {
		unsigned n = g->vcpu.fast.async_next;
		uint32_t unused = 0;
		args_t *a;

		if (READ_ONCE(data->hcall_status[n]) == 0xFF)
			break;
		if (!limit) {
			limit = (uint32_t)clock_ticks(RING_NS);
			start = (uint32_t)rdtsc();
		}
		a = history_add_call(&g->calls, 0);
		memcpy(a, &data->hcalls[n], sizeof(*a));
		WRITE_ONCE(data->hcall_status[n], 0xFF);
		g->vcpu.fast.async_next = (n + 1) % LHCALL_RING_SIZE;
		if (likely(a->eax == LHCALL_SET_PTE && !trace_wants(TRACE_CALL))) {
			/* thousands at a time, and the quickest of all */
			g->hypercalls[LHCALL_SET_PTE]++;
			shadow_set_pte(g, a->ebx, a->ecx);
			if (likely((uint32_t)rdtsc() - start <= limit))
				continue;
			return false;
		}
		dispatch(g, a, &unused);
		if (unlikely(g->call_again)) {
			g->calls.next--;
			WRITE_ONCE(data->hcall_status[n], 0);
			g->vcpu.fast.async_next = n;
		}
		if (!guest_is_running(g) || g->call_again || (uint32_t)rdtsc() - start > limit)
			return false;
	}
	return true;
}

/* The guest will execute the instruction again. */
static void take_back(struct guest *g, unsigned length)
{
	g->vcpu.regs->eip -= length;
}

static inline bool ring_has_calls(const struct guest *g)
{
	return g->data && READ_ONCE(g->data->hcall_status[g->vcpu.fast.async_next]) != 0xFF;
}

/* Counts the call and notes it for the report; returns the copy to work with. */
static inline args_t *note_call(struct guest *g, const struct regs *regs, unsigned slot)
{
	args_t *a;

	counters_exit(g, EXIT_HYPERCALL, slot);
	a = history_add_call(&g->calls, regs->eip);
	/* one after the other: else the compiler needs more registers than there are */
	WRITE_ONCE(a->eax, READ_ONCE(regs->eax));
	WRITE_ONCE(a->ebx, READ_ONCE(regs->ebx));
	WRITE_ONCE(a->ecx, READ_ONCE(regs->ecx));
	WRITE_ONCE(a->edx, READ_ONCE(regs->edx));
	WRITE_ONCE(a->esi, READ_ONCE(regs->esi));
	return a;
}

void hypercall(struct guest *g, unsigned length)
{
	struct regs *regs = g->vcpu.regs;
	unsigned slot = MIN(regs->eax, (uint32_t)COUNTER_CALL_OWN);

	g->call_again = false;
	if (ring_has_calls(g) && !drain_async(g)) {
		/* the rest of the ring, and this call, come after the next entry */
		counters_exit(g, EXIT_HYPERCALL, slot);
		take_back(g, length);
		return;
	}
	dispatch(g, note_call(g, regs, slot), &regs->eax);
	if (unlikely(g->call_again)) {
		g->calls.next--;
		take_back(g, length);
	}
}

void hypercall_quick(struct guest *g)
{
	const struct regs *regs = g->vcpu.regs;
	uint32_t number = regs->eax;

	/* NOTIFY may have to wait */
	if (unlikely(number >= ARRAY_SIZE(calls) || !calls[number].call ||
		     number == LHCALL_NOTIFY || !g->data || ring_has_calls(g))) {
		hypercall(g, 2);
		return;
	}
	g->hypercalls[number]++;
	calls[number].call(g, note_call(g, regs, number));
}
