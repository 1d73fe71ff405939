/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters: shown and reset. */
#include "core/counters.h"

#include "arch/x86/interrupts.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/div64.h"
#include "core/guest.h"
#include "core/hypercall.h"
#include "core/lib.h"
#include "core/monitor.h"

/* Of a counter, or of several together. */
static struct counter sum(const struct counter *c, unsigned count)
{
	struct counter all = {0};

	for (; count; count--, c++) {
		all.count += c->count;
		all.ticks += c->ticks;
		all.worst_ticks = MAX(all.worst_ticks, c->worst_ticks);
	}
	return all;
}

static uint64_t ns_of(uint64_t ticks)
{
	uint32_t khz = clock_tsc_khz(), rest;
	uint64_t ms = div64_u32(ticks, khz, &rest);

	return ms * 1000000 + div64_u32((uint64_t)rest * 1000000, khz, NULL);
}

static uint32_t us(uint64_t ns)
{
	return (uint32_t)div64_u32(ns, 1000, NULL);
}

/* "hypercall SET_PTE", or what a program is told: "call.SET_PTE". */
static void name_slot(unsigned slot, bool is_raw, char *to, size_t size)
{
	static const char *const others[] = {"shadow", "emulated", "interrupt", "other"};
	const char *name = hypercall_name(slot);

	if (slot >= COUNTER_SHADOW)
		snprintf(to, size, "%s", others[slot - COUNTER_SHADOW]);
	else if (slot >= COUNTER_TRAP)
		snprintf(to, size, is_raw ? "trap.%u" : "trap %u reflected", slot - COUNTER_TRAP);
	else
		snprintf(to, size, is_raw ? "call.%s" : "hypercall %s", name ? name : "OTHER");
}

/* Part of a whole in tenths of a percent. */
static uint32_t per_mille(uint64_t part, uint64_t whole)
{
	return whole ? (uint32_t)div64_u64(part * 1000, whole) : 0;
}

static void print_exits(const struct guest *g)
{
	char name[40];

	monitor_print(
		"  exits for                      count     total us  average ns    worst ns\n");
	for (unsigned i = 0; i < COUNTER_SLOTS; i++) {
		const struct counter *c = &g->counters.exits[i];

		if (!c->count)
			continue;
		name_slot(i, false, name, sizeof(name));
		monitor_print("  %-24s %11llu %12u %11llu %11llu\n", name, c->count,
			      us(ns_of(c->ticks)), ns_of(div64_u64(c->ticks, c->count)),
			      ns_of(c->worst_ticks));
	}
}

static void print_guest(const struct guest *g)
{
	const struct guest_counters *c = &g->counters;
	uint64_t up = clock_now_ns() - c->since_ns;
	struct counter exits = sum(c->exits, COUNTER_SLOTS);
	uint32_t run = per_mille(g->run_ns, up), wait = per_mille(c->wait_ns, up);

	monitor_print("guest \"%s\" in %u ms: ran %u.%u %%, waited %u.%u %%\n", guest_name(g),
		      us(up) / 1000, run / 10, run % 10, wait / 10, wait % 10);
	monitor_print("  %u us in the guest itself; %llu exits, %u us\n", us(ns_of(c->ticks)),
		      exits.count, us(ns_of(exits.ticks)));
	print_exits(g);
	monitor_print("  in this life without an exit: %u traps, %u hypercalls\n",
		      vcpu_fast_traps(&g->vcpu), vcpu_fast_calls(&g->vcpu));
	for (unsigned i = 0; i < LGUEST_IRQS; i++)
		if (c->injected[i])
			monitor_print("  interrupt %u injected %u times\n", i, c->injected[i]);
	monitor_print("  shadow tables in this life: %u fills, %u roots made, %u recycled,\n"
		      "    %u tables dropped, %u flushes\n",
		      g->shadow.filled, g->shadow.roots_made, g->shadow.recycled, g->shadow.dropped,
		      g->shadow.flushes);
}

void counters_print(const struct guest *g)
{
	const struct cpu_counters *c = &boot_cpu.counters;
	uint64_t up = clock_now_ns() - c->since_ns;
	uint32_t idle = per_mille(boot_cpu.idle_ns, up);

	if (g) {
		print_guest(g);
		return;
	}
	monitor_print("CPU 0 in %u ms: idle %u.%u %%, guests switched %u times\n", us(up) / 1000,
		      idle / 10, idle % 10, c->switches);
	monitor_print("  since boot %u timer interrupts, %u of devices, %u NMIs, %u spurious\n",
		      interrupt_counts.timer, interrupt_counts.lines, interrupt_counts.nmi,
		      interrupt_counts.spurious);
	for (unsigned i = 0; i < guest_count; i++)
		print_guest(guests[i]);
}

static void raw(const struct guest *g, const char *key, uint64_t value)
{
	monitor_print("guest.%s.%s %llu\n", guest_name(g), key, value);
}

/* What is 0 is left out. */
static void raw_exits(const struct guest *g)
{
	char name[40];

	for (unsigned i = 0; i < COUNTER_SLOTS; i++) {
		const struct counter *c = &g->counters.exits[i];

		if (!c->count)
			continue;
		name_slot(i, true, name, sizeof(name));
		monitor_print("guest.%s.exit.%s.count %llu\n", guest_name(g), name, c->count);
		monitor_print("guest.%s.exit.%s.total_ns %llu\n", guest_name(g), name,
			      ns_of(c->ticks));
		monitor_print("guest.%s.exit.%s.worst_ns %llu\n", guest_name(g), name,
			      ns_of(c->worst_ticks));
	}
}

static void raw_guest(const struct guest *g)
{
	char key[24];

	raw(g, "time_ns", clock_now_ns() - g->counters.since_ns);
	raw(g, "run_ns", g->run_ns);
	raw(g, "wait_ns", g->counters.wait_ns);
	raw(g, "inside_ns", ns_of(g->counters.ticks));
	raw_exits(g);
	raw(g, "fast.traps", vcpu_fast_traps(&g->vcpu));
	raw(g, "fast.calls", vcpu_fast_calls(&g->vcpu));
	for (unsigned i = 0; i < LGUEST_IRQS; i++) {
		snprintf(key, sizeof(key), "injected.%u", i);
		if (g->counters.injected[i])
			raw(g, key, g->counters.injected[i]);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(g->hypercalls); i++)
		if (g->hypercalls[i])
			monitor_print("guest.%s.call.%s %llu\n", guest_name(g), hypercall_name(i),
				      g->hypercalls[i]);
	raw(g, "shadow.fills", g->shadow.filled);
	raw(g, "shadow.roots_made", g->shadow.roots_made);
	raw(g, "shadow.recycled", g->shadow.recycled);
	raw(g, "shadow.dropped", g->shadow.dropped);
	raw(g, "shadow.flushes", g->shadow.flushes);
	guest_health_print_raw(g);
}

void counters_print_raw(const struct guest *g)
{
	if (g) {
		raw_guest(g);
		return;
	}
	monitor_print("cpu.0.time_ns %llu\n", clock_now_ns() - boot_cpu.counters.since_ns);
	monitor_print("cpu.0.idle_ns %llu\n", boot_cpu.idle_ns);
	monitor_print("cpu.0.switches %u\n", boot_cpu.counters.switches);
	monitor_print("cpu.0.interrupts.timer %u\n", interrupt_counts.timer);
	monitor_print("cpu.0.interrupts.devices %u\n", interrupt_counts.lines);
	monitor_print("cpu.0.interrupts.nmi %u\n", interrupt_counts.nmi);
	for (unsigned i = 0; i < guest_count; i++)
		raw_guest(guests[i]);
}

static void reset_guest(struct guest *g)
{
	uint64_t now = clock_now_ns();

	memset(&g->counters, 0, sizeof(g->counters));
	memset(g->exits, 0, sizeof(g->exits));
	memset(g->hypercalls, 0, sizeof(g->hypercalls));
	g->injected = g->run_ns = 0;
	g->counters.ready_since_ns = g->counters.since_ns = now;
	g->shadow.filled = g->shadow.roots_made = g->shadow.recycled = g->shadow.dropped =
		g->shadow.flushes = 0;
}

void counters_reset(struct guest *g)
{
	if (g) {
		reset_guest(g);
		return;
	}
	for (unsigned i = 0; i < guest_count; i++)
		reset_guest(guests[i]);
	boot_cpu.idle_ns = 0;
	boot_cpu.counters.switches = 0;
	boot_cpu.counters.since_ns = clock_now_ns();
}
