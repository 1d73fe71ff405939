/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the gdb stub against two fake guests: each line of the input is a
 * packet's text, behind ! raw bytes, behind @ something that happens to a
 * guest. Whatever comes, no guest is left with a ring-0 selector, all output is
 * packets, and when gdb leaves it has let go of everything.
 */
/* unit-sources: core/gdb.c core/gdb_command.c core/gdb_query.c core/gdb_packet.c */
/* unit-sources: core/gdb_target.c core/gdb_trap.c core/guest_mem.c arch/x86/guest_walk.c */
#include "core/gdb.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gdb_session.h"
#include "core/gdb_target.h"
#include "core/log.h"
#include "core/monitor.h"
#include "core/serial.h"
#include "core/shadow_tables.h"
#include "core/traps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY 0x4000u
#define GUESTS 2u

static const struct config_guest configs[GUESTS] = {{.name = "one"}, {.name = "two"}};
static struct guest fakes[GUESTS];
static struct regs all_regs[GUESTS];
static uint8_t *memory[GUESTS];
static const uint8_t *input;
static size_t input_left;
static uint32_t queued;
static int out_state; /* of the output: between packets, within, in the checksum */

struct guest *guests[CONFIG_MAX_GUESTS];
unsigned guest_count;
bool guests_unsettled;

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* ---- the line ---- */

struct serial *serial_open(const char *name, uint32_t baud)
{
	check(name[0] && baud);
	return (struct serial *)&queued;
}

static void see_output(char c)
{
	if (out_state == 0) {
		check(c == '$' || c == '+' || c == '-');
		out_state = c == '$';
	} else if (out_state == 1) {
		check(c != '$');
		out_state = c == '#' ? 2 : 1;
	} else {
		out_state = out_state == 3 ? 0 : 3;
	}
}

size_t serial_write(struct serial *s, const char *text, size_t bytes)
{
	check(s && queued + bytes <= SERIAL_RING_BYTES); /* or something was lost */
	queued += (uint32_t)bytes;
	for (size_t i = 0; i < bytes; i++)
		see_output(text[i]);
	return bytes;
}

uint32_t serial_room(const struct serial *s)
{
	return s ? SERIAL_RING_BYTES - queued : 0;
}

int serial_getc(struct serial *s)
{
	if (!s || !input_left)
		return -1;
	input_left--;
	return *input++;
}

void serial_poll(struct serial *s, bool is_interrupt)
{
	(void)is_interrupt;
	check(s != NULL);
	queued -= queued > 5000 ? 5000 : queued;
}

uint32_t serial_sources(const struct serial *s)
{
	return s ? 1 : 0;
}

void monitor_run(const char *line, void (*out)(void *ctx, const char *text, size_t bytes),
		 void *ctx)
{
	for (size_t i = 0; i < 100 * strlen(line); i++)
		out(ctx, line, strlen(line));
}

/* ---- the guests ---- */

const char *guest_state_name(enum guest_state state)
{
	(void)state;
	return "state";
}

void guest_pause(struct guest *g, unsigned who)
{
	g->paused |= (uint8_t)who;
}

void guest_resume(struct guest *g, unsigned who)
{
	g->paused &= (uint8_t)~who;
}

void guest_fail(struct guest *g, const char *fmt, ...)
{
	(void)fmt;
	if (g->state == GUEST_DEAD)
		return;
	g->state = GUEST_DEAD;
	gdb_guest_ended(g);
}

void vcpu_set_debugger(struct vcpu *v, bool is_on, bool is_stepping)
{
	v->debug.is_on = is_on;
	v->debug.is_stepping = is_stepping;
}

int vcpu_set_breakpoint(struct vcpu *v, unsigned n, unsigned type, uint32_t address, unsigned bytes)
{
	check(n < 4 && type < 4 && type != 2 && (bytes == 0 || address % bytes == 0));
	v->debug.dr[7] &= ~(3u << 2 * n);
	if (address >= WINDOW_BASE)
		return -22;
	v->debug.dr[7] |= bytes ? 1u << 2 * n : 0;
	return 0;
}

void vcpu_load(struct vcpu_slot *slot, struct vcpu *v)
{
	check(slot && !v);
}

static uint32_t dr6;

uint32_t vcpu_take_dr6(const struct vcpu *v)
{
	(void)v;
	return dr6;
}

void vcpu_note_debug_trap(struct vcpu *v, uint32_t value)
{
	v->dr[6] |= value;
}

/* No shadow: every write goes by the guest's own tables. */
uint64_t *shadow_leaf(const struct shadow *s, unsigned root, gva_t va)
{
	return NULL;
}

uint32_t vcpu_segment_base(const struct vcpu *v, uint16_t selector)
{
	(void)v;
	return selector == 0x33 ? 0x1000 : 0;
}

bool fpu_is_fxsave(void)
{
	return true;
}

void trap_reflect(struct guest *g, unsigned vector, uint32_t error_code)
{
	check(g && vector == X86_TRAP_DB && !error_code);
	g->vcpu.regs->eip = 0x100;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

/* Guest one is linear; two has tables: its first 3 MiB map 3 pages of memory and one beyond. */
static void make_guest(unsigned i)
{
	struct guest *g = &fakes[i];

	memset(g, 0, sizeof(*g));
	memset(memory[i], 0x90, MEMORY);
	g->id = i;
	g->config = &configs[i];
	g->state = GUEST_RUNNING;
	g->has_run = true;
	g->base = (hpa_t)(uintptr_t)memory[i];
	g->ram_bytes = g->mem_bytes = MEMORY;
	g->vcpu.regs = &all_regs[i];
	all_regs[i] = (struct regs){.eip = 0x200, .cs = 0x61, .esp = 0x800};
	g->shadow.is_linear = i == 0;
	g->shadow.tables = (struct guest_tables){.memory = memory[i], .bytes = MEMORY};
	guests[i] = g;
	if (i == 1) {
		uint32_t *table = (uint32_t *)(void *)memory[i];

		memset(memory[i], 0, 0x2000);
		table[0] = 0x1007;
		for (unsigned n = 0; n < 5; n++)
			table[1024 + n] = n * 0x1000 | 7;
	}
}

/* An exit of a guest that may run. */
static void leave(struct guest *g, uint8_t how)
{
	static const uint8_t traps[] = {X86_TRAP_DB, X86_TRAP_BP, X86_TRAP_GP, X86_TRAP_PF};

	if (g->paused || g->state != GUEST_RUNNING || !g->vcpu.debug.is_on)
		return;
	check(g->vcpu.regs->cs & 3);
	g->vcpu.regs->trapno = traps[how % 4];
	g->vcpu.regs->errcode = 26;
	g->vcpu.regs->eip += how >> 6;
	dr6 = (how & 0x20 ? 0x4000 : 0) | (how & 0x10 ? 1 : 0);
	if (!gdb_takes_exit(g))
		gdb_guest_left(g);
}

static void happen(const uint8_t *what, size_t bytes)
{
	struct guest *g = bytes ? &fakes[what[0] % GUESTS] : NULL;

	if (bytes < 2)
		return;
	switch (what[1] % 5) {
	case 0:
		leave(g, bytes > 2 ? what[2] : 0);
		break;
	case 1:
		guest_fail(g, "test");
		break;
	case 2:
		if (g->paused)
			break;
		g->state = GUEST_OFF;
		gdb_guest_ended(g);
		break;
	case 3:
		if (g->paused)
			break;
		make_guest(g->id);
		gdb_guest_started(g);
		break;
	default:
		gdb_let_go(g);
	}
}

static void work(const uint8_t *bytes, size_t count)
{
	input = bytes;
	input_left = count;
	for (unsigned i = 0; i < 300 && (input_left || gdb_wanted); i++) {
		guests_unsettled = false;
		gdb_work(true);
	}
	check(!input_left);
	for (unsigned i = 0; i < GUESTS && gdb.state == GDB_AWAY; i++)
		check(!fakes[i].vcpu.debug.is_on && !fakes[i].vcpu.debug.dr[7]);
}

static void packet(const uint8_t *text, size_t count)
{
	char *framed = malloc(count + 5);
	uint8_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += text[i];
	framed[0] = '$';
	memcpy(framed + 1, text, count);
	snprintf(framed + 1 + count, 4, "#%02x", sum);
	work((const uint8_t *)framed, count + 4);
	free(framed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config cfg = {.gdb = {.line = "com2", .guest = "one"}, .gdb_wait = "two"};

	for (unsigned i = 0; i < GUESTS; i++) {
		memory[i] = malloc(MEMORY);
		make_guest(i);
	}
	guest_count = GUESTS;
	memset(&gdb, 0, sizeof(gdb));
	queued = 0;
	out_state = 0;
	gdb_init(&cfg);
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t n = end ? (size_t)(end - data) : size;

		if (n && data[0] == '!')
			work(data + 1, n - 1);
		else if (n && data[0] == '@')
			happen(data + 1, n - 1);
		else
			packet(data, n);
		data += n + (end ? 1 : 0);
		size -= n + (end ? 1 : 0);
	}
	gdb_leave();
	for (unsigned i = 0; i < GUESTS; i++) {
		check(!(fakes[i].paused & GUEST_PAUSED_BY_GDB && gdb_is_attached(&fakes[i])));
		check(!gdb_soft_break_at(&fakes[i], 0x200));
		check(!gdb_hard_break(&fakes[i], 0xF));
		free(memory[i]);
	}
	return 0;
}
