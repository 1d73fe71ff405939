/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands about guests as a whole: what they are, whether they run. */
#include "core/monitor.h"

#include "arch/x86/interrupts.h"
#include "arch/x86/stack.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/div64.h"
#include "core/errno.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/lib.h"

static uint32_t ms(uint64_t ns)
{
	return (uint32_t)div64_u32(ns, 1000000, NULL);
}

static void list_guest(const struct guest *g)
{
	monitor_print("%c%2u %-15s %-8s %5u MiB %8u.%03u s %9llu %9llu %9llu %9llu %9llu %8llu\n",
		      console_focus() == &g->console ? '*' : ' ', g->id + 1, guest_name(g),
		      guest_state_name(g->state), g->config->mem_bytes >> 20, ms(g->run_ns) / 1000,
		      ms(g->run_ns) % 1000, g->exits[EXIT_HYPERCALL], g->exits[EXIT_SHADOW],
		      g->exits[EXIT_REFLECTED], g->exits[EXIT_EMULATED], g->exits[EXIT_INTERRUPT],
		      g->injected);
	if (g->state == GUEST_DEAD)
		monitor_print("     %s\n", g->reason);
}

static int cmd_list(int argc, char **argv)
{
	uint32_t up = ms(clock_now_ns()), idle = ms(boot_cpu.idle_ns);

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	monitor_print("up %u.%03u s, idle %u.%03u s, memory %u MiB free, interrupts: %u timer, %u "
		      "lines, %u spurious\n",
		      up / 1000, up % 1000, idle / 1000, idle % 1000,
		      host_frames.held[FRAME_FREE] / 256, interrupt_counts.timer,
		      interrupt_counts.lines, interrupt_counts.spurious);
	monitor_print("stack: at most %u of %u bytes used; frames: %u own, %u modules, %u free\n",
		      stack_deepest_bytes(), stack_bytes(), host_frames.held[FRAME_HOST],
		      host_frames.held[FRAME_MODULE], host_frames.held[FRAME_FREE]);
	monitor_print("  no name            state       memory      cpu time hypercall    shadow "
		      "reflected  emulated interrupt injected\n");
	for (unsigned i = 0; i < guest_count; i++)
		list_guest(guests[i]);
	return 0;
}

/* The one behind that which has the keyboard. */
static struct guest *next_guest(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (console_focus() == &guests[i]->console)
			return guests[(i + 1) % guest_count];
	return guest_count ? guests[0] : NULL;
}

static int cmd_focus(int argc, char **argv)
{
	struct guest *g;

	if (argc != 2)
		return -EINVAL;
	g = strcmp(argv[1], "next") == 0 ? next_guest() : monitor_guest(argv[1]);
	if (!g)
		return -ENOENT;
	console_set_focus(&g->console);
	monitor_print("the keyboard is now guest %u's, \"%s\"\n", g->id + 1, guest_name(g));
	return 0;
}

const struct monitor_command monitor_guest_commands[] = {
	{"list", "", "guests, their state, memory, CPU time and exits", NULL, false, cmd_list},
	{"focus", "GUEST|next", "gives the keyboard to that guest, once the monitor is left", NULL,
	 true, cmd_focus},
	{.name = NULL},
};
