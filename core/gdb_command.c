/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gdb's commands: registers, memory, breakpoints, going on. */
#include "core/errno.h"
#include "core/gdb_session.h"
#include "core/gdb_target.h"
#include "core/lib.h"

/* Of one vCont: gdb sends two. */
#define MAX_ACTIONS 8

struct action {
	char kind;       /* c, s, t */
	struct guest *g; /* NULL: all that have no other */
};

void gdb_error(struct gdb_link *l, int err)
{
	gdb_put_char(l, 'E');
	gdb_put_char(l, (char)('0' + -err / 10));
	gdb_put_char(l, (char)('0' + -err % 10));
}

static bool answer(struct gdb_link *l, int err)
{
	if (err)
		gdb_error(l, err);
	else
		gdb_put(l, "OK");
	return true;
}

bool gdb_take_thread(const char **at, struct guest **g)
{
	uint32_t n;

	*g = NULL;
	if (gdb_take(at, "-1"))
		return true;
	if (!gdb_take_number(at, &n) || n > guest_count)
		return false;
	if (n)
		*g = guests[n - 1];
	return true;
}

/* Only what stands still can be changed. */
static int may_change(const struct guest *g)
{
	if (!g || !gdb_is_attached(g) || !(g->paused & GUEST_PAUSED_BY_GDB))
		return -EBUSY;
	return gdb_is_readable(g) ? 0 : -EFAULT;
}

static int select_thread(struct gdb_session *s, const char *at)
{
	char what = *at++;
	struct guest *g;

	if (!gdb_take_thread(&at, &g))
		return -ENOENT;
	if (what == 'c')
		s->resumed = g;
	else if (what == 'g' && g)
		s->general = g;
	return 0;
}

static int write_registers(struct guest *g, const char *at)
{
	int err = may_change(g);
	uint8_t byte[4];
	uint32_t value;

	for (uint32_t n = 0; n < 16 && !err; n++) {
		for (unsigned i = 0; i < 4; i++)
			if (!gdb_take_byte(&at, &byte[i]))
				return -EINVAL;
		memcpy(&value, byte, sizeof(value));
		err = gdb_set_register(g, n, value);
	}
	return err;
}

static int write_register(struct guest *g, const char *at)
{
	int err = may_change(g);
	uint32_t n, value = 0;
	uint8_t byte;

	if (!gdb_take_number(&at, &n) || !gdb_take(&at, "="))
		return -EINVAL;
	for (unsigned i = 0; i < 4; i++) {
		if (!gdb_take_byte(&at, &byte))
			return -EINVAL;
		value |= (uint32_t)byte << 8 * i;
	}
	return err ? err : gdb_set_register(g, n, value);
}

static bool read_register(struct gdb_session *s, const char *at)
{
	uint32_t n;

	if (!gdb_take_number(&at, &n) || !gdb_is_readable(s->general) ||
	    !gdb_put_register(&s->link, s->general, n))
		gdb_error(&s->link, -EINVAL);
	return true;
}

static bool take_range(const char **at, gva_t *va, uint32_t *bytes)
{
	return gdb_take_number(at, va) && gdb_take(at, ",") && gdb_take_number(at, bytes);
}

static bool read_memory(struct gdb_session *s, const char *at)
{
	uint32_t bytes;
	gva_t va;

	if (!take_range(&at, &va, &bytes))
		gdb_error(&s->link, -EINVAL);
	else if (bytes && !gdb_put_memory(&s->link, s->general, va, bytes))
		gdb_error(&s->link, -EFAULT);
	return true;
}

/* M and X: the bytes are decoded where they are. */
static int write_memory(struct gdb_session *s, const char *at, bool is_binary)
{
	uint8_t *data = (uint8_t *)s->link.in;
	int err = may_change(s->general);
	uint32_t bytes, have = 0;
	gva_t va;

	if (!take_range(&at, &va, &bytes) || !gdb_take(&at, ":"))
		return -EINVAL;
	if (is_binary) {
		have = s->link.in_bytes - (uint32_t)(at - s->link.in);
		data = (uint8_t *)s->link.in + (at - s->link.in);
		have = (uint32_t)gdb_unescape((char *)data, have);
	} else {
		while (gdb_take_byte(&at, &data[have]))
			have++;
	}
	if (have != bytes)
		return -EINVAL;
	return err ? err : gdb_write_memory(s->general, va, data, bytes);
}

/* Z and z. */
static bool change_break(struct gdb_session *s, const char *at, bool is_insert)
{
	int err = may_change(s->general);
	uint32_t type, bytes;
	gva_t va;

	if (!gdb_take_number(&at, &type) || !gdb_take(&at, ",") || !take_range(&at, &va, &bytes))
		return answer(&s->link, -EINVAL);
	if (type >= GDB_BREAK_TYPES)
		return true; /* empty: there is no such type */
	if (is_insert)
		return answer(&s->link, err ? err : gdb_set_break(s->general, type, va, bytes));
	if (s->general)
		gdb_remove_break(s->general, type, va, bytes);
	return answer(&s->link, 0);
}

/* None could go on: what was told last is told again. */
static bool resume(struct gdb_session *s, const struct action *actions, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < guest_count; i++) {
		const struct action *a = actions;

		while (a < actions + count && a->g && a->g != guests[i])
			a++;
		if (!gdb_is_attached(guests[i]) || a == actions + count || a->kind == 't')
			continue;
		gdb_resume(guests[i], a->kind == 's');
		any = true;
	}
	if (any)
		return false;
	if (!s->stopped)
		return answer(&s->link, -ENOENT);
	s->is_due = true;
	return false;
}

static bool take_action(const char **at, struct action *a)
{
	uint32_t signal;
	char kind = *(*at)++;

	if (kind == 'C' || kind == 'S') {
		if (!gdb_take_number(at, &signal)) /* guests have none */
			return false;
		kind |= 0x20;
	}
	*a = (struct action){.kind = kind};
	if (gdb_take(at, ":") && !gdb_take_thread(at, &a->g))
		return false;
	return kind == 'c' || kind == 's' || kind == 't';
}

static void kill_all(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (gdb_is_attached(guests[i]) && guests[i]->state != GUEST_OFF)
			guest_fail(guests[i], "killed by the debugger");
	gdb_leave();
}

static bool v_packet(struct gdb_session *s, const char *at)
{
	struct action actions[MAX_ACTIONS];
	unsigned count = 0;

	if (gdb_take(&at, "Cont?")) {
		gdb_put(&s->link, "vCont;c;C;s;S;t");
		return true;
	}
	if (gdb_take(
		    &at,
		    "Kill;")) { /* unlike k it has a reply, without which gdb may be off too soon */
		kill_all();
		return answer(&s->link, 0);
	}
	if (!gdb_take(&at, "Cont"))
		return true;
	while (gdb_take(&at, ";"))
		if (count == MAX_ACTIONS || !take_action(&at, &actions[count++]))
			return answer(&s->link, -EINVAL);
	return resume(s, actions, count);
}

/* c, s [address]; C, S signal[;address]. A step is one guest's. */
static bool go_on(struct gdb_session *s, const char *at, char kind)
{
	struct action a = {.kind = (char)(kind | 0x20), .g = s->resumed};
	uint32_t value;

	if (a.kind == 's' && !a.g)
		a.g = s->general;
	if (kind != a.kind && (!gdb_take_number(&at, &value) || (*at && !gdb_take(&at, ";"))))
		return answer(&s->link, -EINVAL);
	if (gdb_take_number(&at, &value) && may_change(s->general) == 0)
		s->general->vcpu.regs->eip = value;
	return resume(s, &a, 1);
}

static bool why_stopped(struct gdb_session *s)
{
	if (s->state == GDB_STOPPED && s->stopped)
		s->is_due = true;
	else
		gdb_stop_all(GDB_SIGTRAP);
	return false;
}

static bool is_alive(const char *at)
{
	struct guest *g;

	return gdb_take_thread(&at, &g) && g;
}

static bool leave(struct gdb_session *s)
{
	gdb_leave();
	return answer(&s->link, 0);
}

bool gdb_command(struct gdb_session *s)
{
	const char *at = s->link.in + 1;

	if (!s->general)
		return answer(&s->link, -ENOENT); /* there are no guests */
	switch (s->link.in[0]) {
	case '?':
		return why_stopped(s);
	case 'g':
		gdb_put_registers(&s->link, s->general);
		return true;
	case 'G':
		return answer(&s->link, write_registers(s->general, at));
	case 'p':
		return read_register(s, at);
	case 'P':
		return answer(&s->link, write_register(s->general, at));
	case 'm':
		return read_memory(s, at);
	case 'M':
	case 'X':
		return answer(&s->link, write_memory(s, at, s->link.in[0] == 'X'));
	case 'Z':
	case 'z':
		return change_break(s, at, s->link.in[0] == 'Z');
	case 'H':
		return answer(&s->link, select_thread(s, at));
	case 'T':
		return answer(&s->link, is_alive(at) ? 0 : -ENOENT);
	case 'v':
		return v_packet(s, at);
	case 'c':
	case 's':
	case 'C':
	case 'S':
		return go_on(s, at, s->link.in[0]);
	case 'D':
		return leave(s);
	case 'k':
		kill_all();
		return false;
	case 'q':
	case 'Q':
		return gdb_query(s);
	default:
		return true; /* empty: not known */
	}
}
