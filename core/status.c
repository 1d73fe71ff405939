/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys after the escape key: the keyboard's owner, the status page. */
#include "core/status.h"

#include "arch/x86/interrupts.h"
#include "arch/x86/stack.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/div64.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/lib.h"

static void say(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void say(const char *fmt, ...)
{
	char line[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	console_line(line);
}

static uint32_t ms(uint64_t ns)
{
	return (uint32_t)div64_u32(ns, 1000000, NULL);
}

static void print_guest(const struct guest *g)
{
	say("%c%2u %-15s %-8s %5u MiB %8u.%03u s %9llu %9llu %9llu %9llu %9llu %8llu",
	    console_focus() == &g->console ? '*' : ' ', g->id + 1, guest_name(g),
	    guest_state_name(g->state), g->config->mem_bytes >> 20, ms(g->run_ns) / 1000,
	    ms(g->run_ns) % 1000, g->exits[EXIT_HYPERCALL], g->exits[EXIT_SHADOW],
	    g->exits[EXIT_REFLECTED], g->exits[EXIT_EMULATED], g->exits[EXIT_INTERRUPT],
	    g->injected);
	if (g->state == GUEST_DEAD)
		say("     %s", g->reason);
}

void status_print(void)
{
	uint32_t up = ms(clock_now_ns()), idle = ms(boot_cpu.idle_ns);

	say("up %u.%03u s, idle %u.%03u s, memory %u MiB free, interrupts: %u timer, %u lines, %u "
	    "spurious",
	    up / 1000, up % 1000, idle / 1000, idle % 1000, host_frames.held[FRAME_FREE] / 256,
	    interrupt_counts.timer, interrupt_counts.lines, interrupt_counts.spurious);
	say("stack: at most %u of %u bytes used; frames: %u own, %u modules, %u free",
	    stack_deepest_bytes(), stack_bytes(), host_frames.held[FRAME_HOST],
	    host_frames.held[FRAME_MODULE], host_frames.held[FRAME_FREE]);
	say("  no name            state       memory      cpu time hypercall    shadow reflected  "
	    "emulated interrupt injected");
	for (unsigned i = 0; i < guest_count; i++)
		print_guest(guests[i]);
}

static void focus_on(unsigned n)
{
	if (n >= guest_count) {
		say("there are guests 1 to %u", guest_count);
		return;
	}
	if (!console_is_alone())
		say("the keyboard is now guest %u's, \"%s\"", n + 1, guest_name(guests[n]));
	console_set_focus(&guests[n]->console);
}

static void focus_on_next(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (console_focus() == &guests[i]->console) {
			focus_on((i + 1) % guest_count);
			return;
		}
	focus_on(0);
}

void status_command(char key)
{
	if (key == 0)
		return;
	if (!strchr("123456789n\tx", key))
		console_set_alone(false); /* so that the answer is seen */
	console_begin_block();
	if (key >= '1' && key <= '9')
		focus_on((unsigned)(key - '1'));
	else if (key == 'n' || key == '\t')
		focus_on_next();
	else if (key == 'x')
		console_set_alone(!console_is_alone());
	else if (key == 'a')
		console_set_alone(false);
	else if (key == 's')
		status_print();
	else
		say("after the escape key: 1-9 keyboard to that guest, n next guest, x that guest "
		    "alone, a all guests, s status, escape key again: itself");
	console_end_block();
}
