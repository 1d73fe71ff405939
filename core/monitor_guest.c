/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands about guests as a whole: what they are, whether they run. */
#include "core/monitor.h"

#include <linux/virtio_ids.h>

#include "arch/x86/interrupts.h"
#include "arch/x86/stack.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/div64.h"
#include "core/errno.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/guest_order.h"
#include "core/lib.h"
#include "core/virtio/net.h"

static uint32_t ms(uint64_t ns)
{
	return (uint32_t)div64_u32(ns, 1000000, NULL);
}

static const char *state_of(const struct guest *g)
{
	bool can_run = g->state != GUEST_DEAD && g->state != GUEST_OFF;

	return g->paused && can_run ? "paused" : guest_state_name(g->state);
}

static void list_guest(const struct guest *g)
{
	monitor_print("%c%2u %-15s %-8s %5u MiB %8u.%03u s %9llu %9llu %9llu %9llu %9llu %8llu\n",
		      console_focus() == &g->console ? '*' : ' ', g->id + 1, guest_name(g),
		      state_of(g), g->config->mem_bytes >> 20, ms(g->run_ns) / 1000,
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
	if (!console_is_alone()) /* which says so itself */
		monitor_print("the keyboard is now guest %u's, \"%s\"\n", g->id + 1, guest_name(g));
	return 0;
}

/* ---- show ---- */

static const char *device_state(const struct virtio_device *d)
{
	if (d->status & 0x40)
		return "needs a reset";
	return virtio_is_ready(d) ? "ready" : d->status ? "being set up" : "not in use";
}

static void show_net(const struct virtio_net *n)
{
	monitor_print("       link %s, %llu frames received, %llu lost, %llu sent, %llu bad\n",
		      n->link_up ? "up" : "down", n->rx_frames, n->rx_dropped, n->tx_frames,
		      n->tx_bad);
}

static void show_device(const struct virtio_device *d)
{
	monitor_print("device %u, %s: %s, status 0x%02x, features 0x%llx of 0x%llx, isr %u%s%s\n",
		      d->slot, d->kind->name, device_state(d), d->status, d->accepted, d->offered,
		      d->isr, d->work_left ? ", has work left" : "",
		      virtio_is_busy(d) ? ", busy" : "");
	for (unsigned i = 0; i < d->kind->queues; i++) {
		const struct virtio_queue *q = &d->queues[i];

		if (q->is_enabled)
			monitor_print("       queue %u: %u entries, %u taken, %u given back, %u "
				      "wait\n",
				      i, q->num, q->ring.last_avail, q->ring.used_idx,
				      virtq_waiting(&q->ring));
	}
	if (d->kind->id == VIRTIO_ID_NET)
		show_net(container_of(d, const struct virtio_net, device));
}

static void show_configuration(const struct config_guest *c)
{
	static const char *const on_crash[] = {"stop", "restart", "poweroff"};
	static const char *const tsc[] = {"auto", "on", "off"};

	monitor_print("configured: mem=%uK weight=%u on-crash=%s tsc=%s, image of %u KiB, initrd "
		      "of %u KiB\n",
		      c->mem_bytes >> 10, c->weight, on_crash[c->on_crash], tsc[c->tsc],
		      (c->kernel_end - c->kernel_start) >> 10,
		      (c->initrd_end - c->initrd_start) >> 10);
	monitor_print("command line: %s\n", c->cmdline);
}

static void show_interrupts(const struct guest *g)
{
	monitor_print("interrupts: pending 0x%08x, with a gate 0x%08x", g->irqs, g->irq_gates);
	if (g->data)
		monitor_print(", blocked 0x%08x, %s", READ_ONCE(g->data->blocked_interrupts),
			      READ_ONCE(g->data->irq_enabled) & X86_EFLAGS_IF ? "on" : "off");
	monitor_print(", %llu injected\n", g->injected);
}

static void show_memory(const struct guest *g)
{
	if (!g->frames) {
		monitor_print("memory: none\n");
		return;
	}
	monitor_print("memory: %u KiB at 0x%08x, with bus and shadow tables %u pages\n",
		      g->ram_bytes >> 10, g->base, g->frames);
	if (g->has_run)
		monitor_print("shadow: %u of %u pages free, %u filled, %u dropped, %u recycled\n",
			      g->shadow.free_pages, g->shadow.pool_pages, g->shadow.filled,
			      g->shadow.dropped, g->shadow.recycled);
}

static int cmd_show(int argc, char **argv)
{
	const struct guest *g = argc == 2 ? monitor_guest(argv[1]) : NULL;

	if (!g)
		return argc == 2 ? -ENOENT : -EINVAL;
	monitor_print("guest %u, \"%s\": %s%s%s, life %u, weight %u, ran %u.%03u s\n", g->id + 1,
		      guest_name(g), guest_state_name(g->state),
		      g->paused & GUEST_PAUSED_BY_MONITOR ? ", paused" : "",
		      g->paused & GUEST_PAUSED_BY_GDB ? ", stopped by gdb" : "", g->lives,
		      g->weight, ms(g->run_ns) / 1000, ms(g->run_ns) % 1000);
	if (g->state == GUEST_DEAD)
		monitor_print("dead: %s\n", g->reason);
	show_configuration(g->config);
	show_memory(g);
	show_interrupts(g);
	for (unsigned i = 0; i < g->devices.count; i++)
		show_device(g->devices.list[i]);
	return 0;
}

static int cmd_health(int argc, char **argv)
{
	const struct guest *g = argc == 2 ? monitor_guest(argv[1]) : NULL;

	if (argc > 2 || (argc == 2 && !g))
		return argc == 2 ? -ENOENT : -EINVAL;
	for (unsigned i = 0; i < guest_count; i++)
		if (!g || g == guests[i])
			guest_health_print(guests[i]);
	return 0;
}

/* ---- orders ---- */

static const struct {
	const char *name, *done;
	const char *(*give)(struct guest *g);
} orders[] = {
	{"start", "is being started", guest_order_start},
	{"stop", "is being stopped", guest_order_stop},
	{"restart", "is being restarted", guest_order_restart},
	{"kill", "is dead; its memory is kept", guest_order_kill},
	{"pause", "is paused", guest_order_pause},
	{"resume", "is no longer paused", guest_order_resume},
};

static int cmd_order(int argc, char **argv)
{
	struct guest *g = argc == 2 ? monitor_guest(argv[1]) : NULL;
	const char *refused;
	unsigned i = 0;

	if (!g)
		return argc == 2 ? -ENOENT : -EINVAL;
	while (strcmp(orders[i].name, argv[0]) != 0)
		i++;
	refused = orders[i].give(g);
	monitor_print("guest \"%s\" %s\n", guest_name(g), refused ? refused : orders[i].done);
	return refused ? -EBUSY : 0;
}

static int cmd_weight(int argc, char **argv)
{
	struct guest *g = argc == 3 ? monitor_guest(argv[1]) : NULL;
	uint32_t weight;

	if (!g)
		return argc == 3 ? -ENOENT : -EINVAL;
	if (!monitor_number(argv[2], &weight))
		return -ERANGE;
	if (weight < 1 || weight > CONFIG_WEIGHT_MAX) {
		monitor_print("weight %u: 1 to %u are allowed\n", weight, CONFIG_WEIGHT_MAX);
		return -ERANGE;
	}
	monitor_print("guest \"%s\": weight %u, was %u\n", guest_name(g), weight, g->weight);
	g->weight = weight;
	return 0;
}

const struct monitor_command monitor_guest_commands[] = {
	{"list", "", "guests, their state, memory, CPU time and exits", NULL, false, cmd_list},
	{"focus", "GUEST|next", "gives the keyboard to that guest, once the monitor is left", NULL,
	 true, cmd_focus},
	{"show", "GUEST", "configuration, state, memory, interrupts, devices", NULL, true,
	 cmd_show},
	{"health", "[GUEST]", "crashes, restarts and what is left of restarts=, watchdog", NULL,
	 true, cmd_health},
	{"start", "GUEST", "begins a new life of one that is dead or off", NULL, true, cmd_order},
	{"stop", "GUEST", "powers it off; its memory is given back", NULL, true, cmd_order},
	{"restart", "GUEST", "begins a new life, whatever it does", NULL, true, cmd_order},
	{"kill", "GUEST", "makes it dead, its memory stays to be looked at",
	 "on-crash= is not followed. `start` begins a new life, `stop` gives the memory back.",
	 true, cmd_order},
	{"pause", "GUEST", "keeps it from running; its clock goes on, interrupts wait", NULL, true,
	 cmd_order},
	{"resume", "GUEST", "lets it run again",
	 "Ends a pause by the monitor; without one, lets go on what gdb stopped.", true, cmd_order},
	{"weight", "GUEST N", "its share of the CPU, 1 to 10000; 100 is usual",
	 "Lasts until Gatehouse ends, over restarts of the guest.", true, cmd_weight},
	{.name = NULL},
};
