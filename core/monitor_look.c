/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands that look and change nothing: their table. */
#include "core/monitor_look.h"

#include "core/div64.h"
#include "core/guest.h"
#include "core/monitor.h"

static const char *missing(const struct guest *g, enum look_need need)
{
	if (need != LOOK_PROCESSOR && (g->state == GUEST_OFF || !g->frames))
		return "memory";
	if (need != LOOK_MEMORY && (!g->has_run || !g->vcpu.regs))
		return "processor yet";
	return NULL;
}

struct guest *look_at(const char *name, enum look_need need)
{
	struct guest *g = monitor_guest(name);
	const char *what = g ? missing(g, need) : NULL;

	if (!g)
		return NULL;
	monitor_print("guest %u \"%s\": %s%s", g->id + 1, guest_name(g), guest_state_name(g->state),
		      g->paused ? ", paused" : "");
	monitor_print(what ? ": it has no %s\n" : "\n", what);
	return what ? NULL : g;
}

uint32_t look_us(uint64_t ns)
{
	return (uint32_t)div64_u32(ns, NSEC_PER_USEC, NULL);
}

const struct monitor_command monitor_look_commands[] = {
	{"regs", "GUEST", "its registers, flags, interrupts, debug registers", NULL, true,
	 look_regs},
	{"bt", "GUEST [COUNT]", "who called whom, by its frame pointers", NULL, true, look_bt},
	{"mem", "GUEST ADDRESS [BYTES]", "memory by its virtual addresses", NULL, true, look_mem},
	{"pmem", "GUEST ADDRESS [BYTES]", "memory by its physical addresses", NULL, true,
	 look_pmem},
	{"walk", "GUEST ADDRESS", "its page tables beside the shadow's, and why they differ",
	 "Entries are shown with the bits P present, W writable, U user, A accessed, D dirty,\n"
	 "X no execution.\n",
	 true, look_walk},
	{"gdt", "GUEST", "the segments it wishes and what the CPU has instead", NULL, true,
	 look_gdt},
	{"idt", "GUEST [VECTOR]", "the gates it wishes, what the CPU has, and why",
	 "Without VECTOR: all the guest asked for. A direct trap enters the guest at once; others\n"
	 "enter Gatehouse first, by the rule that is named.\n",
	 true, look_idt},
	{"irqs", "GUEST", "its virtual interrupts: pending, blocked, without a gate", NULL, true,
	 look_irqs},
	{"shadow", "GUEST", "its shadow page tables: roots, pages, quota", NULL, true, look_shadow},
	{"timers", "", "deadlines in their order, and what for", NULL, false, look_timers},
	{"sched", "", "who runs, waits, and has had how much", NULL, false, look_sched},
	{"memory", "", "the machine's memory by owner", NULL, false, look_memory},
	{"cpu", "", "the machine's processor", NULL, false, look_cpu},
	{"devices", "", "the machine's disks, cards and networks, and their users", NULL, false,
	 look_devices},
	{"interrupts", "", "where the machine's interrupts come from, and how many", NULL, false,
	 look_interrupts},
	{"pci", "", "what is on the machine's PCI bus", NULL, false, look_pci},
	{"machine", "", "all of the above and more: for a report of a machine", NULL, false,
	 look_machine},
	{"stack", "", "how much of Gatehouse's stack was ever used", NULL, false, look_stack},
	{"version", "", "which Gatehouse this is", NULL, false, look_version},
	{0},
};
