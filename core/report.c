/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One readable report of a guest, line by line. */
#include "core/report.h"

#include "core/cpu.h"
#include "core/guest.h"
#include "core/guest_mem.h"
#include "core/hypercall.h"
#include "core/lib.h"

#define CODE_BEFORE   16u
#define CODE_BYTES    32u
#define CONSOLE_LINES 10u
#define CONSOLE_BYTES 800u
#define EXITS_A_LINE  4u

/* Each writes the line of that number of its part; false: there are no more. */
typedef bool part_fn(struct report *r, unsigned line, char *text);

static bool part_head(struct report *r, unsigned line, char *text)
{
	const struct guest *g = r->guest;

	if (line == 0)
		snprintf(text, REPORT_LINE, "report of guest \"%s\": %s, life %u, %u MiB%s",
			 guest_name(g), guest_state_name(g->state), g->lives,
			 g->config->mem_bytes >> 20, g->has_run ? "" : "; it never ran");
	else if (line == 1 && g->state == GUEST_DEAD)
		snprintf(text, REPORT_LINE, "  why: %s", g->reason);
	else
		return false;
	return true;
}

/* " CF ZF IF": the bits that are set, SDM 1 figure 3-8. */
static void list_flags(uint32_t eflags, char *to, size_t size)
{
	static const char names[][4] = {"CF", "",   "PF", "",   "AF", "",  "ZF", "SF",
					"TF", "IF", "DF", "OF", "",   "",  "NT", "",
					"RF", "VM", "AC", "",   "",   "ID"};
	size_t n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (eflags >> i & 1 && names[i][0] && n < size)
			n += (size_t)snprintf(to + n, size - n, " %s", names[i]);
}

static void show_tables(const struct guest *g, char *text)
{
	if (g->shadow.is_linear)
		snprintf(text, REPORT_LINE, "  page tables: none yet, fault address 0x%08x",
			 g->fault_address);
	else
		snprintf(text, REPORT_LINE,
			 "  page tables: %s at 0x%08x (cr3), last fault address 0x%08x",
			 g->shadow.tables.is_pae ? "PAE" : "2-level", g->shadow.tables.top,
			 g->fault_address);
}

static bool part_registers(struct report *r, unsigned line, char *text)
{
	const struct guest *g = r->guest;
	const struct regs *regs = g->vcpu.regs;
	char flags[64] = "";

	switch (line) {
	case 0:
		snprintf(text, REPORT_LINE, "  eax %08x  ebx %08x  ecx %08x  edx %08x", regs->eax,
			 regs->ebx, regs->ecx, regs->edx);
		break;
	case 1:
		snprintf(text, REPORT_LINE, "  esi %08x  edi %08x  ebp %08x  esp %08x", regs->esi,
			 regs->edi, regs->ebp, regs->esp);
		break;
	case 2:
		snprintf(text, REPORT_LINE,
			 "  eip %08x  cs %04x  ds %04x  es %04x  fs %04x  gs %04x  ss %04x",
			 regs->eip, regs->cs & 0xFFFF, regs->ds & 0xFFFF, regs->es & 0xFFFF,
			 regs->fs & 0xFFFF, regs->gs & 0xFFFF, regs->ss & 0xFFFF);
		break;
	case 3:
		list_flags(regs->eflags, flags, sizeof(flags));
		snprintf(text, REPORT_LINE, "  eflags %08x (%s ), ring %u, ring-1 stack %04x:%08x",
			 regs->eflags, flags, vcpu_ring(&g->vcpu), g->vcpu.state.tss.ss1,
			 g->vcpu.state.tss.esp1);
		break;
	case 4:
		show_tables(g, text);
		break;
	default:
		return false;
	}
	return true;
}

static gva_t code_address(const struct guest *g)
{
	return g->vcpu.regs->eip + vcpu_segment_base(&g->vcpu, (uint16_t)g->vcpu.regs->cs);
}

static bool part_code(struct report *r, unsigned line, char *text)
{
	gva_t eip = code_address(r->guest);
	size_t n = (size_t)snprintf(text, REPORT_LINE, "  code");

	for (unsigned i = 0; i < CODE_BYTES && line == 0; i++) {
		const char *form = i == CODE_BEFORE ? " <%02x>" : " %02x";
		uint8_t byte;

		if (guest_peek_virtual(r->guest, eip - CODE_BEFORE + i, &byte, 1))
			n += (size_t)snprintf(text + n, REPORT_LINE - n,
					      i == CODE_BEFORE ? " <not available>" : " --");
		else
			n += (size_t)snprintf(text + n, REPORT_LINE - n, form, byte);
	}
	return line == 0;
}

static const char *page_kind(const struct guest *g, const struct walk *w)
{
	if (w->status == WALK_BAD)
		return "a table that is not in its memory, or a large page";
	if (w->status == WALK_ABSENT)
		return "not present";
	if (w->page < g->ram_bytes)
		return "memory";
	return w->page < g->mem_bytes ? "the bus page" : "not memory";
}

/* The guest's own entries, level by level. */
static void show_walk(const struct guest *g, const char *what, gva_t va, char *text)
{
	const struct guest_tables *t = &g->shadow.tables;
	struct walk w;
	size_t n = (size_t)snprintf(text, REPORT_LINE, "  walk of %s 0x%08x:", what, va);

	if (g->shadow.is_linear) {
		snprintf(text + n, REPORT_LINE - n, " no page tables yet, %s",
			 va < g->ram_bytes ? "memory" : "not memory");
		return;
	}
	w = guest_walk(t, va);
	if (t->is_pae)
		n += (size_t)snprintf(text + n, REPORT_LINE - n, " directory 0x%08x%s,",
				      guest_pae_directory(t, va), w.pde_gpa ? "" : " (none)");
	if (w.pde_gpa)
		n += (size_t)snprintf(text + n, REPORT_LINE - n, " pde 0x%llx at 0x%08x,", w.pde,
				      w.pde_gpa);
	if (w.pte_gpa)
		n += (size_t)snprintf(text + n, REPORT_LINE - n, " pte 0x%llx at 0x%08x,", w.pte,
				      w.pte_gpa);
	n += (size_t)snprintf(text + n, REPORT_LINE - n, " %s", page_kind(g, &w));
	if (w.status == WALK_OK)
		snprintf(text + n, REPORT_LINE - n, " (%s, %s)",
			 w.rights & PTE_W ? "writable" : "read-only",
			 w.rights & PTE_U ? "user" : "kernel");
}

static bool part_walks(struct report *r, unsigned line, char *text)
{
	const struct guest *g = r->guest;

	if (line == 0)
		show_walk(g, "eip", code_address(g), text);
	else if (line == 1 && g->vcpu.regs->trapno == X86_TRAP_PF)
		show_walk(g, "fault address", g->fault_address, text);
	else
		return false;
	return true;
}

static bool part_backtrace(struct report *r, unsigned line, char *text)
{
	char frame[REPORT_LINE - 8];

	if (line == 0) {
		snprintf(text, REPORT_LINE, "  backtrace by ebp%s:",
			 r->backtrace.symbols.count ? "" : " (its image has no symbols)");
		return true;
	}
	if (!backtrace_step(&r->backtrace, frame, sizeof(frame)))
		return false;
	if (frame[0])
		snprintf(text, REPORT_LINE, "    %s", frame);
	return true;
}

static bool part_calls(struct report *r, unsigned line, char *text)
{
	const struct call_history *h = &r->guest->calls;
	uint32_t have = MIN(h->next, HISTORY_CALLS);
	const struct call_record *c;
	const char *name;
	size_t n;

	if (line == 0) {
		snprintf(text, REPORT_LINE, "  last hypercalls: number name (ebx, ecx, edx, esi)%s",
			 have ? "" : ": none");
		return true;
	}
	if (line > have)
		return false;
	c = &h->last[(h->next - have + line - 1) % HISTORY_CALLS];
	name = hypercall_name(c->args.eax);
	n = (size_t)snprintf(text, REPORT_LINE, "    %u %s (0x%x, 0x%x, 0x%x, 0x%x)", c->args.eax,
			     name ? name : "-", c->args.ebx, c->args.ecx, c->args.edx, c->args.esi);
	if (c->eip)
		snprintf(text + n, REPORT_LINE - n, " before eip 0x%08x", c->eip);
	else
		snprintf(text + n, REPORT_LINE - n, " by the async ring");
	return true;
}

static bool part_exits(struct report *r, unsigned line, char *text)
{
	size_t n =
		(size_t)snprintf(text, REPORT_LINE, line ? "   " : "  last exits, oldest first:%s",
				 r->exit_count ? "" : " none among the CPU's last");
	unsigned first = (line - 1) * EXITS_A_LINE;
	char name[20];

	if (line == 0)
		return true;
	for (unsigned i = first; i < MIN(first + EXITS_A_LINE, r->exit_count); i++) {
		history_trap_name(r->exits[i].trap, name, sizeof(name));
		n += (size_t)snprintf(text + n, REPORT_LINE - n, " %s at 0x%08x%s", name,
				      r->exits[i].eip, i + 1 < r->exit_count ? "," : "");
	}
	return first < r->exit_count;
}

/* Where the last lines begin, of which the first may be a part of one. */
static size_t last_lines(const char *text, size_t bytes)
{
	unsigned lines = 0;
	size_t at = bytes;

	while (at > 0 && lines <= CONSOLE_LINES)
		lines += text[--at] == '\n';
	return lines > CONSOLE_LINES ? at + 1 : 0;
}

static bool part_console(struct report *r, unsigned line, char *text)
{
	char tail[CONSOLE_BYTES];
	size_t bytes = console_tail(&r->guest->console, tail, sizeof(tail)), n;
	size_t at = last_lines(tail, bytes);

	n = (size_t)snprintf(text, REPORT_LINE, line ? "    " : "  last console lines:%s",
			     at < bytes ? "" : " none");
	if (line == 0)
		return true;
	for (; line > 1 && at < bytes; at++)
		line -= tail[at] == '\n';
	if (at >= bytes)
		return false;
	for (; at < bytes && tail[at] != '\n' && n < REPORT_LINE - 1; at++)
		if (tail[at] != '\r')
			text[n++] = tail[at] >= ' ' && tail[at] <= '~' ? tail[at] : '?';
	text[n] = 0;
	return true;
}

static bool part_end(struct report *r, unsigned line, char *text)
{
	snprintf(text, REPORT_LINE, "end of the report of guest \"%s\"", guest_name(r->guest));
	return line == 0;
}

static part_fn *const parts[] = {
	part_head,  part_registers, part_code,    part_walks, part_backtrace,
	part_calls, part_exits,     part_console, part_end,
};

void report_start(struct report *r, struct guest *g)
{
	*r = (struct report){.guest = g, .life = g->lives};
	if (g->has_run)
		backtrace_start(&r->backtrace, g);
	if (g->state == GUEST_DEAD) {
		r->exit_count = g->last_exit_count;
		memcpy(r->exits, g->last_exits, sizeof(r->exits));
	} else {
		r->exit_count = history_exits(&g->cpu->history, g->id, r->exits);
	}
}

/* Of a guest without memory only the head can be said. */
static bool has_memory(const struct guest *g)
{
	return g->has_run && g->frames;
}

bool report_next(struct report *r, char text[REPORT_LINE])
{
	text[0] = 0;
	if (r->part == ARRAY_SIZE(parts))
		return false;
	if (parts[r->part](r, r->line++, text))
		return true;
	text[0] = 0;
	r->line = 0;
	r->part = has_memory(r->guest) ? r->part + 1 : ARRAY_SIZE(parts);
	return true;
}

/* One at a time: dead guests wait for each other, and those who live for nobody. */
bool report_step(struct guest *g)
{
	static struct report report;
	char text[REPORT_LINE];

	if (g->state != GUEST_DEAD || g->is_reported || !g->has_run)
		return true;
	if (report.guest && report.guest != g && report.guest->state == GUEST_DEAD &&
	    report.guest->lives == report.life)
		return false;
	if (report.guest != g || report.life != g->lives)
		report_start(&report, g);
	if (!console_line_fits())
		return false;
	if (report_next(&report, text)) {
		if (text[0])
			console_line(text);
		return false;
	}
	report.guest = NULL;
	g->is_reported = true;
	return true;
}
