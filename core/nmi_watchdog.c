/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NMIs from a timer, which find out when the main loop no longer comes round. */
#include "core/nmi_watchdog.h"

#include "arch/x86/cpu.h"
#include "arch/x86/interrupts.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/util.h"
#include "drivers/hpet.h"
#include "drivers/pit8254.h"

#define HPET_NS        1000000000u
#define PIT_NS         50000000u
#define FIRST_NS       1000000u
#define FIRST_WAIT_NS  50000000u
#define TICKS_A_SECOND (NSEC_PER_SEC / tick_ns)

struct nmi_watchdog nmi_watchdog;
static bool is_trying;         /* to get a first one */
static struct hpet *hpet;      /* NULL: the 8254 */
static uint32_t tick_ns;       /* 0: off */
static uint32_t limit_s, left; /* ticks without a round, until it is too long */
static uint32_t rounds_seen;

static void set(uint32_t ns)
{
	nmi_watchdog.is_set = true;
	if (hpet)
		hpet_alarm_set(hpet, ns);
	else
		pit_alarm_set(ns);
}

static void stop(void)
{
	if (hpet)
		hpet_alarm_stop(hpet);
	else
		pit_alarm_stop();
}

void nmi_watchdog_set(void)
{
	if (tick_ns)
		set(tick_ns);
}

void nmi_watchdog_allow(uint32_t seconds)
{
	if (!tick_ns)
		return;
	nmi_watchdog.is_asleep = false; /* a panic may have hit the sleep */
	limit_s = seconds;
	left = seconds * TICKS_A_SECOND;
	rounds_seen = nmi_watchdog.rounds;
	set(tick_ns);
}

void nmi_watchdog_stop(void)
{
	if (!tick_ns)
		return;
	tick_ns = 0;
	stop();
}

/* An exit from a guest leads to the loop: in a guest is not in ring 0. */
static bool is_moving(const struct regs *regs)
{
	return !regs || nmi_watchdog.is_asleep || nmi_watchdog.rounds != rounds_seen;
}

/* What the timer's NMI does. False: it was not the timer's. */
static bool nmi_came(const struct regs *regs)
{
	if (!nmi_watchdog.is_set || !(hpet ? hpet_alarm_is_due(hpet) : pit_alarm_is_due()))
		return is_trying;
	nmi_watchdog.is_set = false;
	if (!tick_ns)
		return true; /* the first, or one that came behind the end */
	if (is_moving(regs)) {
		rounds_seen = nmi_watchdog.rounds;
		left = limit_s * TICKS_A_SECOND;
	} else if (--left == 0) {
		panic_trap(regs, "ring 0 hangs: the main loop has not come round for %u s",
			   limit_s);
	}
	if (nmi_watchdog.is_asleep)
		stop(); /* or it comes again when the counter wraps */
	else
		set(tick_ns);
	return true;
}

/*
 * Firmware's tables may be wrong about the pin: only what arrives counts. An
 * edge from before may still be there, and comes first.
 */
static bool first_comes(void)
{
	uint64_t until = clock_now_ns() + FIRST_WAIT_NS;

	set(FIRST_NS);
	while (nmi_watchdog.is_set && clock_now_ns() < until)
		cpu_relax();
	is_trying = false;
	return !nmi_watchdog.is_set;
}

void nmi_watchdog_start(uint32_t seconds)
{
	if (!seconds)
		return;
	hpet = clock_hpet();
	pit_alarm_stop();
	if (hpet && !hpet_alarm_init(hpet))
		hpet = NULL;
	is_trying = true;
	if (!interrupts_timer_is_nmi(nmi_came)) {
		log_info("NMI watchdog: none without an I/O APIC");
		return;
	}
	if (!first_comes()) {
		stop();
		log_warn("NMI watchdog: none, the %s's NMI does not arrive",
			 hpet ? "HPET" : "8254");
		return;
	}
	tick_ns = hpet ? HPET_NS : PIT_NS;
	nmi_watchdog_allow(seconds);
	log_info("NMI watchdog: %u s, by the %s", seconds, hpet ? "HPET" : "8254");
}
