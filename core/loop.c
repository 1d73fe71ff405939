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
#include "core/log.h"
#include "core/machine.h"
#include "core/sched.h"
#include "core/status.h"
#include "core/traps.h"
#include "core/virq.h"

extern struct config host_config;

static void devices(void)
{
	console_poll();
	status_command(console_take_command());
	for (unsigned i = 0; i < guest_count; i++)
		devices_work(guests[i]);
}

static void run_due_work(struct cpu *cpu)
{
	struct interrupt_events events = interrupts_take();

	if (events.timer || clock_is_late(cpu))
		clock_run_timers(cpu);
	if (events.nmi)
		log_warn("NMI (%u so far)", interrupt_counts.nmi);
	if (events.lines || devices_work_due) {
		devices_work_due = false;
		devices();
	}
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

/*
 * I6: the longest time from leaving a guest (or waking) to entering one (or
 * sleeping), with interrupts off all the while. Only test runs pay for it.
 */
static uint64_t off_since;
static uint32_t off_longest_ns;

static void interrupts_went_off(void)
{
	if (unlikely(host_config.test))
		off_since = clock_now_ns();
}

static void interrupts_come_on(void)
{
	uint64_t ns;

	if (likely(!host_config.test))
		return;
	ns = clock_now_ns() - off_since;
	if (off_since && ns > off_longest_ns) {
		off_longest_ns = (uint32_t)ns;
		machine_note_latency(off_longest_ns);
	}
}

static void idle(struct cpu *cpu)
{
	if (!guests_any_alive())
		nobody_left();
	interrupts_come_on();
	cpu_wait_for_interrupt();
	interrupts_went_off();
	cpu->must_pick = true; /* charges the time as idle */
}

/* Its memory is made ready at its own expense, like everything it makes us do. */
static void load_guest(struct guest *g)
{
	guest_load_step(g);
	interrupts_come_on();
	cpu_let_interrupts_in();
	interrupts_went_off();
}

static void run_guest(struct cpu *cpu, struct guest *g)
{
	vcpu_load(&cpu->slot, &g->vcpu);
	virq_deliver(g);
	if (!guest_is_running(g))
		return;
	interrupts_come_on();
	vcpu_run(&g->vcpu);
	interrupts_went_off();
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
		else if (g->state == GUEST_LOADING)
			load_guest(g);
		else
			run_guest(cpu, g);
	}
}
