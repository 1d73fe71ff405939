/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at a guest's processor: registers, descriptor tables, interrupts. */
#include "core/errno.h"
#include "core/guest.h"
#include "core/cpu.h"
#include "core/lib.h"
#include "core/monitor.h"
#include "core/monitor_look.h"
#include "core/show.h"

static const char *left_by(const struct regs *r, char text[24])
{
	if (r->trapno == LGUEST_TRAP_ENTRY)
		return "hypercall";
	if (r->trapno == EXIT_IRET_FAULT)
		return "bad cs, ss or eip";
	snprintf(text, 24, "%s %u", r->trapno < 32 ? "trap" : "interrupt", r->trapno);
	return text;
}

static void print_general(const struct regs *r)
{
	char flags[SHOW_MAX];

	show_eflags(flags, r->eflags);
	monitor_print("eax %08x  ebx %08x  ecx %08x  edx %08x\n", r->eax, r->ebx, r->ecx, r->edx);
	monitor_print("esi %08x  edi %08x  ebp %08x  esp %08x\n", r->esi, r->edi, r->ebp, r->esp);
	monitor_print("eip %08x  eflags %08x: %s\n", r->eip, r->eflags, flags);
	monitor_print("cs %04x  ss %04x  ds %04x  es %04x  fs %04x  gs %04x  ring %u\n",
		      r->cs & 0xFFFF, r->ss & 0xFFFF, r->ds & 0xFFFF, r->es & 0xFFFF,
		      r->fs & 0xFFFF, r->gs & 0xFFFF, r->cs & 3);
}

static void print_virtual(const struct guest *g)
{
	const struct lguest_data *d = g->data;

	monitor_print("cr0.ts %u  cr2 %08x  tables %s%08x  shadow %08x\n", vcpu_ts(&g->vcpu),
		      d ? READ_ONCE(d->cr2) : 0, g->shadow.is_linear ? "none " : "",
		      g->shadow.tables.top, g->vcpu.state.guest_cr3);
	if (!d)
		monitor_print("interrupts: none before LGUEST_INIT\n");
	else
		monitor_print("interrupts %s, pending %08x, blocked %08x\n",
			      READ_ONCE(d->irq_enabled) & X86_EFLAGS_IF ? "on" : "off", g->irqs,
			      READ_ONCE(d->blocked_interrupts));
}

int look_regs(int argc, char **argv)
{
	const struct guest *g = argc == 2 ? look_at(argv[1], LOOK_PROCESSOR) : NULL;
	const struct vcpu *v;
	char text[24];

	if (argc != 2)
		return -EINVAL;
	if (!g)
		return 0;
	v = &g->vcpu;
	print_general(v->regs);
	print_virtual(g);
	monitor_print("stack of ring 1 %04x:%08x, %u pages; last exit: %s, error code 0x%x\n",
		      v->state.tss.ss1, v->state.tss.esp1, g->stack_pages, left_by(v->regs, text),
		      v->regs->errcode);
	monitor_print("dr0 %08x  dr1 %08x  dr2 %08x  dr3 %08x  dr6 %08x  dr7 %08x\n", v->dr[0],
		      v->dr[1], v->dr[2], v->dr[3], v->dr[6], v->dr[7]);
	return 0;
}

static void print_descriptor(const struct guest *g, unsigned i)
{
	bool is_host = vcpu_entry_is_host(i);
	uint64_t wish = g->vcpu.gdt_wishes[i];
	uint64_t real = g->vcpu.state.gdt[i];
	char text[SHOW_MAX];

	if (!wish && !real)
		return;
	show_descriptor(text, real);
	monitor_print("%4x  %016llx  %016llx  %s\n", i * 8, wish, real, text);
	show_descriptor_changes(text, descriptor_changes(wish));
	if (is_host)
		monitor_print("      Gatehouse's own, whatever the guest wishes\n");
	else if (text[0])
		monitor_print("      %s\n", text);
}

int look_gdt(int argc, char **argv)
{
	const struct guest *g = argc == 2 ? look_at(argv[1], LOOK_PROCESSOR) : NULL;

	if (argc != 2)
		return -EINVAL;
	if (!g)
		return 0;
	monitor_print(" sel  wish              the CPU's\n");
	for (unsigned i = 0; i < GDT_ENTRIES; i++)
		print_descriptor(g, i);
	return 0;
}

static void print_gate(const struct vcpu *v, unsigned vector)
{
	char wish[SHOW_MAX];

	show_gate(wish, v->idt[vector]);
	monitor_print("%3u %-3s %-24s %s\n", vector, show_vector(vector), wish,
		      show_gate_way(gate_way(vector, v->idt[vector], &v->rules)));
}

/* The last of those behind `first` that the guest asked for and that go the same way. */
static unsigned end_of_run(const struct vcpu *v, unsigned first)
{
	enum gate_way way = gate_way(first, v->idt[first], &v->rules);
	unsigned last = first;

	while (first >= 32 && last < 255 && v->idt[last + 1] &&
	       gate_way(last + 1, v->idt[last + 1], &v->rules) == way)
		last++;
	return last;
}

static void print_gates(const struct vcpu *v)
{
	for (unsigned vector = 0; vector < 256; vector++) {
		unsigned last = end_of_run(v, vector);

		if (!v->idt[vector])
			continue;
		if (last == vector) {
			print_gate(v, vector);
			continue;
		}
		monitor_print("%3u to %-26u %s\n", vector, last,
			      show_gate_way(gate_way(vector, v->idt[vector], &v->rules)));
		vector = last;
	}
}

static void print_one_gate(const struct vcpu *v, unsigned vector)
{
	uint64_t real = v->state.idt[vector];
	char text[SHOW_MAX];

	print_gate(v, vector);
	show_gate(text, real);
	monitor_print("wish      %016llx\nthe CPU's %016llx  %s%s\n", v->idt[vector], real, text,
		      gate_is_direct(real) ? "" : ", the switcher's");
}

int look_idt(int argc, char **argv)
{
	const struct guest *g;
	uint32_t vector;

	if (argc != 2 && argc != 3)
		return -EINVAL;
	if (argc == 3 && !monitor_number(argv[2], &vector))
		return 0;
	if (argc == 3 && vector > 255)
		return -EINVAL;
	g = look_at(argv[1], LOOK_PROCESSOR);
	if (!g)
		return 0;
	monitor_print("vec     wish                     direct, or why not\n");
	if (argc == 3)
		print_one_gate(&g->vcpu, vector);
	else
		print_gates(&g->vcpu);
	return 0;
}

/* Who raises virtual interrupt n; NULL for nobody. */
static const char *raiser(const struct guest *g, unsigned n)
{
	if (n == 0)
		return "clock";
	return n <= g->devices.count ? g->devices.list[n - 1]->kind->name : NULL;
}

static void print_irq(const struct guest *g, unsigned n, uint32_t blocked)
{
	const char *who = raiser(g, n);

	if (!who && !(g->irqs >> n & 1))
		return;
	monitor_print(
		"%3u %6u  %-8s %10u %s %s %s\n", n, LGUEST_FIRST_VECTOR + n, who ? who : "nobody",
		g->counters.injected[n], g->irqs >> n & 1 ? "pending" : "-      ",
		blocked >> n & 1 ? "blocked" : "-      ", g->irq_gates >> n & 1 ? "-" : "no gate");
}

int look_irqs(int argc, char **argv)
{
	const struct guest *g = argc == 2 ? look_at(argv[1], LOOK_PROCESSOR) : NULL;
	uint32_t blocked = 0, eip;

	if (argc != 2)
		return -EINVAL;
	if (!g)
		return 0;
	eip = g->vcpu.regs->eip;
	if (g->data) {
		blocked = READ_ONCE(g->data->blocked_interrupts);
		monitor_print("interrupts %s%s, %llu were injected\n",
			      READ_ONCE(g->data->irq_enabled) & X86_EFLAGS_IF ? "on" : "off",
			      g->noirq_end && eip >= g->noirq_start && eip <= g->noirq_end
				      ? ", held back at this eip"
				      : "",
			      g->injected);
	}
	monitor_print("irq vector  of         injected pending blocked gate\n");
	for (unsigned n = 0; n < LGUEST_IRQS; n++)
		print_irq(g, n, blocked);
	return 0;
}
