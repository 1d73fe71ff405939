/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one loop of a CPU: due work, then a guest, then why it left. */
#include "core/main.h"

#include "arch/x86/cpu.h"
#include "arch/x86/interrupts.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/guest.h"
#include "core/history.h"
#include "core/host_devices.h"
#include "core/latency.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/panic.h"
#include "core/random.h"
#include "core/sched.h"
#include "core/status.h"
#include "core/traps.h"
#include "core/virq.h"

extern struct config host_config;

uint32_t loop_console_sources;

static void devices(void)
{
	console_poll();
	status_command(console_take_command());
	for (unsigned i = 0; i < guest_count; i++)
		devices_work(guests[i]);
}

/* As long as there is room: whoever presses the button without end must not keep us here. */
static void report_nmi(const struct interrupt_events *events)
{
	log_warn("NMI (%u so far)%s", interrupt_counts.nmi,
		 events->nmi_eip ? "" : " while a guest ran");
	if (!console_has_room())
		return;
	console_begin_block();
	panic_show_cpu(events->nmi_eip, console_line);
	status_print();
	console_end_block();
}

static void run_due_work(struct cpu *cpu)
{
	struct interrupt_events events = interrupts_take();

	if (events.timer || clock_is_late(cpu))
		clock_run_timers(cpu);
	if (events.nmi && host_config.on_nmi == CONFIG_NMI_REPORT)
		report_nmi(&events);
	if (events.sources) {
		random_add_event(rdtsc());
		host_devices_interrupt(events.sources);
	}
	if (events.sources & loop_console_sources || console_must_poll() || devices_waited_for)
		devices();
	interrupts_let_through(events.sources & loop_console_sources);
	if (guests_unsettled)
		guests_settle();
}

static void nobody_left(void)
{
	static bool said;

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
	if (guests_unsettled || console_must_poll()) {
		latency_end();
		cpu_let_interrupts_in();
		latency_begin();
		return;
	}
	if (!guests_any_alive())
		nobody_left();
	latency_end();
	cpu_wait_for_interrupt();
	latency_begin();
	cpu->must_pick = true; /* charges the time as idle */
}

/* Its loading, or what a sleeper's devices have to do: at its own expense, a piece at a time. */
static void work_for(struct guest *g)
{
	if (g->state == GUEST_LOADING)
		guest_load_step(g);
	else
		devices_work(g);
	if (!guest_is_ready(g))
		sched_stopped(g);
	latency_end();
	cpu_let_interrupts_in();
	latency_begin();
}

static void run_guest(struct cpu *cpu, struct guest *g)
{
	if (unlikely(g->devices.work_left))
		devices_work(g);
	vcpu_load(&cpu->slot, &g->vcpu);
	virq_deliver(g);
	if (!guest_is_running(g))
		return;
	latency_end();
	vcpu_run(&g->vcpu);
	latency_begin();
	history_add_exit(&cpu->history, g->id, g->vcpu.regs);
	trap_handle_exit(g);
}

NORETURN void main_loop(struct cpu *cpu)
{
	for (;;) {
		struct guest *g;

		run_due_work(cpu);
		g = sched_pick(cpu);
		if (!g)
			idle(cpu);
		else if (!guest_is_running(g))
			work_for(g);
		else
			run_guest(cpu, g);
	}
}
