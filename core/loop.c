/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one loop of a CPU: due work, then a guest, then why it left. */
#include "core/main.h"

#include "arch/x86/cpu.h"
#include "arch/x86/interrupts.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/console.h"
#include "core/core_dump.h"
#include "core/cpu.h"
#include "core/gdb.h"
#include "core/guest.h"
#include "core/history.h"
#include "core/host_devices.h"
#include "core/hypercall.h"
#include "core/keyboard.h"
#include "core/keys.h"
#include "core/latency.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/monitor.h"
#include "core/nmi_watchdog.h"
#include "core/panic.h"
#include "core/random.h"
#include "core/sched.h"
#include "core/serial.h"
#include "core/trace_dump.h"
#include "core/traps.h"
#include "core/virq.h"

extern struct config host_config;

#define QUICK_EXITS 64

static bool monitor_has_more; /* to show, and there is room */

static void devices(void)
{
	console_poll();
	keys_command(console_take_command());
	monitor_has_more = monitor_work();
	for (unsigned i = 0; i < guest_count; i++)
		devices_work(guests[i]);
}

/* As long as there is room: whoever presses the button without end must not keep us here. */
static void report_nmi(const struct interrupt_events *events)
{
	log_warn("NMI (%u so far)%s", interrupt_counts.nmi,
		 events->nmi_eip ? "" : " while a guest ran");
	if (!console_line_fits())
		return;
	console_set_alone(false);
	console_begin_block();
	panic_show_cpu(events->nmi_eip, console_line);
	console_end_block();
}

/* Returns which of the sources that came are serial lines, or the keyboard. */
static uint32_t take_interrupts(struct cpu *cpu)
{
	struct interrupt_events events = interrupts_take();

	if (events.timer)
		clock_run_timers(cpu);
	if (events.nmi && host_config.on_nmi == CONFIG_NMI_REPORT)
		report_nmi(&events);
	if (!events.sources)
		return 0;
	random_add_event(rdtsc());
	host_devices_interrupt(events.sources);
	return events.sources & (serial_all_sources() | keyboard_sources());
}

static void run_due_work(struct cpu *cpu)
{
	uint32_t serial = interrupts_seen ? take_interrupts(cpu) : 0;

	if (clock_is_late(cpu))
		clock_run_timers(cpu);
	if (serial || console_has_news || console_must_poll() || devices_waited_for ||
	    monitor_has_more)
		devices();
	if (unlikely(trace_is_dumping))
		trace_dump_step();
	if (unlikely(core_dump_is_on))
		core_dump_step();
	if (unlikely(serial || gdb_wanted))
		gdb_work(serial != 0);
	if (serial) {
		serial_rearm();
		interrupts_let_through(serial);
	}
	if (guests_unsettled)
		guests_settle();
}

static void nobody_left(void)
{
	static bool said;

	if (host_config.on_idle != CONFIG_IDLE_WAIT && machine_is_test() && !guests_give_back_all())
		return;
	if (host_config.on_idle == CONFIG_IDLE_POWEROFF)
		machine_power_off();
	if (host_config.on_idle == CONFIG_IDLE_REBOOT)
		machine_reboot();
	if (!said)
		log_info("no guest is left to run (on-idle=wait)");
	said = true;
}

static void idle(struct cpu *cpu)
{
	if (guests_unsettled || interrupts_any_waits() || console_must_poll() || monitor_has_more ||
	    gdb_wanted || trace_dump_can_go_on() || core_dump_can_go_on()) {
		latency_breathe();
		return;
	}
	if (!guests_any_alive() && !core_dump_is_on)
		nobody_left();
	if (unlikely(guests_unsettled))
		return;
	counters_stop(&cpu->counters);
	latency_end();
	trace(TRACE_IDLE, TRACE_NOBODY, 0, 0);
	nmi_watchdog_sleeps();
	do
		cpu_wait_for_interrupt();
	while (!interrupts_any_waits()); /* the watchdog's last NMI, or a spurious one */
	nmi_watchdog_wakes();
	trace(TRACE_IDLE_END, TRACE_NOBODY, 0, 0);
	latency_begin();
	cpu->must_pick = true; /* charges the time as idle */
}

/* Its loading, or what a sleeper's devices have to do: at its own expense, a piece at a time. */
static void work_for(struct cpu *cpu, struct guest *g)
{
	counters_stop(&cpu->counters);
	if (g->state == GUEST_LOADING)
		guest_load_step(g);
	else
		devices_work(g);
	if (!guest_is_ready(g))
		sched_stopped(g);
	latency_breathe();
}

static bool is_watched(const struct guest *g)
{
	return trace_mask || latency_is_measured || g->vcpu.debug.is_on;
}

/* Once into the guest and out again. Most exits are watched by nobody: they skip the asking. */
static ALWAYS_INLINE void enter(struct cpu *cpu, struct guest *g, bool watched)
{
	if (!watched || likely(!g->vcpu.debug.is_stepping)) /* or a step would end in a handler */
		if (unlikely(!virq_before_entry(g)))
			return;
	if (watched) {
		latency_end();
		trace(TRACE_ENTER, g->id, g->vcpu.regs->eip, vcpu_ring(&g->vcpu));
	}
	counters_enter(&cpu->counters);
	vcpu_run(&g->vcpu, &cpu->slot);
	counters_leave(&cpu->counters, &g->counters);
	if (watched) {
		trace(TRACE_LEAVE, g->id, g->vcpu.regs->trapno | vcpu_ring(&g->vcpu) << 16,
		      g->vcpu.regs->eip);
		latency_begin();
	}
	if (unlikely(g->vcpu.entry.fast_irqs))
		virq_took(g);
	history_add_exit(&cpu->history, g->id, &g->vcpu.entry.regs);
	if (!watched && likely(g->vcpu.entry.regs.trapno == LGUEST_TRAP_ENTRY)) {
		hypercall_quick(g);
		return;
	}
	counters_other(&cpu->counters, &g->counters);
	trap_handle_exit(g);
	/* hypercalls bring no interrupts; an NMI is found soon enough */
	if (interrupts_seen || console_has_news)
		cpu_look_around(cpu);
}

/* Nothing came up in the meantime: what is not looked at here waits for a few exits at most. */
static ALWAYS_INLINE bool may_go_on(struct cpu *cpu, const struct guest *g)
{
	return guest_is_running(g) && --cpu->quick_left && !g->devices.work_left &&
	       cpu->counters.since_tsc < cpu->armed_tsc;
}

static void run_guest(struct cpu *cpu, struct guest *g)
{
	cpu->quick_left = QUICK_EXITS;
	if (unlikely(g->devices.work_left))
		devices_work(g);
	if (unlikely(console_has_news))
		return; /* for it to be shown first */
	vcpu_load(&cpu->slot, &g->vcpu);
	if (unlikely(is_watched(g))) {
		do
			enter(cpu, g, true);
		while (may_go_on(cpu, g));
	} else {
		do
			enter(cpu, g, false);
		while (may_go_on(cpu, g));
	}
}

NORETURN void main_loop(struct cpu *cpu)
{
	for (;;) {
		struct guest *g;

		nmi_watchdog.rounds++;
		run_due_work(cpu);
		/* one that never leaves would keep the rest from being shown */
		g = unlikely(monitor_has_more) ? NULL : sched_pick(cpu);
		clock_settle(cpu);
		if (!g)
			idle(cpu);
		else if (!guest_is_running(g))
			work_for(cpu, g);
		else
			run_guest(cpu, g);
	}
}
