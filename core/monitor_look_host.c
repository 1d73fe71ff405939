/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at what Gatehouse shares out: time, memory, its own stack. */
#include "arch/x86/stack.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/monitor.h"
#include "core/monitor_look.h"
#include "core/symbols.h"
#include "core/version.h"

extern struct config host_config;

#define PAGES_KIB (PAGE_SIZE / 1024)

/* The guest a timer belongs to; NULL for the machine's own. */
static const struct guest *timer_guest(const struct timer *t)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (t == &guests[i]->clock || t == &guests[i]->hold)
			return guests[i];
	return NULL;
}

static void print_timer(const struct timer *t, uint64_t now)
{
	const struct guest *g = timer_guest(t);
	bool is_late = t->deadline_ns < now;
	uint64_t in = is_late ? now - t->deadline_ns : t->deadline_ns - now;
	uint32_t offset;

	monitor_print("%c%7u.%03u ms  %s%s%s%s\n", is_late ? '-' : ' ', LOOK_MS(in),
		      symbol_find((uint32_t)(uintptr_t)t->expired, &offset),
		      g ? " of guest \"" : "", g ? guest_name(g) : "", g ? "\"" : "");
}

int look_timers(int argc, char **argv)
{
	const struct timer_queue *q = &boot_cpu.timers;
	uint64_t now = clock_now_ns();

	(void)argc;
	(void)argv;
	for (const struct timer *t = q->head.next; t != &q->head; t = t->next)
		print_timer(t, now);
	if (timerq_next(q) == TIMER_NEVER)
		monitor_print("no timer is set\n");
	return 0;
}

static void print_share(const struct guest *g)
{
	monitor_print("%c%2u %-15s %-8s %-6s %6u %10u.%03u %10u.%03u\n",
		      g == boot_cpu.current ? '*' : ' ', g->id + 1, guest_name(g),
		      guest_state_name(g->state),
		      g->paused           ? "paused"
		      : guest_is_ready(g) ? "ready"
					  : "waits",
		      g->weight, LOOK_MS(g->run_ns), LOOK_MS(g->vruntime));
}

int look_sched(int argc, char **argv)
{
	uint64_t now = clock_now_ns(), slice = boot_cpu.slice.deadline_ns;

	(void)argc;
	(void)argv;
	monitor_print("up %u.%03u ms, idle %u.%03u ms; least weighted time %u.%03u ms\n",
		      LOOK_MS(now), LOOK_MS(boot_cpu.idle_ns), LOOK_MS(boot_cpu.min_vruntime));
	if (timer_is_queued(&boot_cpu.slice) && slice > now)
		monitor_print("the slice ends in %u.%03u ms\n", LOOK_MS(slice - now));
	monitor_print("  no name            state           weight     run ms    weighted ms\n");
	for (unsigned i = 0; i < guest_count; i++)
		print_share(guests[i]);
	return 0;
}

static void print_frames(const char *owner, unsigned n)
{
	monitor_print("%-12s %8u frames %8u KiB\n", owner, host_frames.held[n],
		      host_frames.held[n] * PAGES_KIB);
}

static void print_guest_memory(const struct guest *g)
{
	if (!g->frames) {
		monitor_print("%2u %-15s none\n", g->id + 1, guest_name(g));
		return;
	}
	monitor_print("%2u %-15s 0x%08x %8u KiB: RAM %u, devices %u, shadow pool %u", g->id + 1,
		      guest_name(g), g->base, g->frames * PAGES_KIB, g->ram_bytes >> 10,
		      (g->mem_bytes - g->ram_bytes) >> 10,
		      (g->frames - (g->mem_bytes >> PAGE_SHIFT)) * PAGES_KIB);
	if (g->has_run)
		monitor_print(" (%u free)", g->shadow.free_pages * PAGES_KIB);
	monitor_print("\n");
}

static void print_module(const char *kind, const char *name, hpa_t start, hpa_t end)
{
	if (end)
		monitor_print("%-6s %-15s 0x%08x %8u KiB\n", kind, name, start,
			      ((end - start) + 1023) >> 10);
}

static void print_modules(const struct config *c)
{
	for (unsigned i = 0; i < c->guest_count; i++) {
		const struct config_guest *g = &c->guests[i];

		print_module("kernel", g->name, g->kernel_start, g->kernel_end);
		print_module("initrd", g->name, g->initrd_start, g->initrd_end);
	}
	for (unsigned i = 0; i < c->ramdisk_count; i++)
		print_module("disk", c->ramdisks[i].name, c->ramdisks[i].start, c->ramdisks[i].end);
}

int look_memory(int argc, char **argv)
{
	uint32_t guests_frames = 0;

	(void)argc;
	(void)argv;
	for (unsigned i = FRAME_GUEST; i < 256; i++)
		guests_frames += host_frames.held[i];
	print_frames("free", FRAME_FREE);
	print_frames("Gatehouse", FRAME_HOST);
	print_frames("modules", FRAME_MODULE);
	monitor_print("%-12s %8u frames %8u KiB\n", "guests", guests_frames,
		      guests_frames * PAGES_KIB);
	print_frames("no RAM", FRAME_ABSENT);
	monitor_print("the largest piece for a guest: %u KiB\n",
		      frames_largest(&host_frames, MIB(2) >> PAGE_SHIFT) * PAGES_KIB);
	for (unsigned i = 0; i < guest_count; i++)
		print_guest_memory(guests[i]);
	print_modules(&host_config);
	return 0;
}

int look_stack(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	monitor_print("at most %u of %u bytes were ever used\n", stack_deepest_bytes(),
		      stack_bytes());
	return 0;
}

int look_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	monitor_print("Gatehouse " GATEHOUSE_VERSION "\n");
	return 0;
}
