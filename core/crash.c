/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crash=: breaking Gatehouse on purpose. */
#include "core/crash.h"

#include "core/clock.h"
#include "core/cpu.h"
#include "core/log.h"
#include "core/panic.h"

/* Not a tail call: each round needs its own piece of stack. */
/* NOLINTNEXTLINE(misc-no-recursion): on purpose */
static unsigned __attribute__((noinline)) recurse(volatile unsigned *depth)
{
	volatile unsigned mine[64];

	mine[0] = *depth + 1;
	if (mine[0] == 0)
		return 0; /* 2^32 frames: never */
	return recurse(mine) + mine[0];
}

static void execute_data(void)
{
	static uint8_t code[] = {0xC3}; /* ret */

	((void (*)(void))(uintptr_t)code)();
}

static void write_byte(uintptr_t address)
{
	__asm__ volatile("movb $0, (%0)" : : "r"(address) : "memory");
}

static void __attribute__((noinline)) hang(struct timer *t, uint64_t now_ns)
{
	(void)t;
	(void)now_ns;
	for (;;)
		__asm__ volatile("");
}

/* Later: guests run by then, and it is the main loop that stops. */
static void hang_soon(void)
{
	static struct timer soon = {.expired = hang};

	clock_add_timer(&boot_cpu, &soon, clock_now_ns() + NSEC_PER_SEC);
}

void crash_on_purpose(enum config_crash kind)
{
	volatile unsigned depth = 0;

	if (kind == CONFIG_CRASH_NONE)
		return;
	log_warn("crash= says to break now");
	if (kind == CONFIG_CRASH_HANG) {
		hang_soon();
		return;
	}
	if (kind == CONFIG_CRASH_STACK)
		depth = recurse(&depth);
	if (kind == CONFIG_CRASH_NULL)
		write_byte(0);
	if (kind == CONFIG_CRASH_TEXT)
		write_byte((uintptr_t)crash_on_purpose);
	if (kind == CONFIG_CRASH_EXEC)
		execute_data();
	if (kind == CONFIG_CRASH_UD)
		__asm__ volatile("ud2");
	panic("crash=: nothing stopped it");
}
