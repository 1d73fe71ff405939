/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gdb's questions: what the stub can, which guests there are, the monitor. */
#include "core/errno.h"
#include "core/gdb_session.h"
#include "core/lib.h"
#include "core/monitor.h"

#define COMMAND_BYTES 200

/* Which of its i386 register layouts: with SSE, as gdb_put_registers() has them. */
static const char target_xml[] = "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM "
				 "\"gdb-target.dtd\"><target><architecture>i386</architecture>"
				 "</target>";

static void monitor_out(void *ctx, const char *text, size_t bytes)
{
	struct gdb_session *s = ctx;
	size_t n = MIN(bytes, (size_t)(GDB_MONITOR_BYTES - s->text_bytes));

	memcpy(s->text + s->text_bytes, text, n);
	s->text_bytes += (uint32_t)n;
}

static void say(struct gdb_session *s, const char *text)
{
	monitor_out(s, text, strlen(text));
}

/* attach and detach are gdb's own: the set of guests that stop. */
static bool own_command(struct gdb_session *s, const char *text)
{
	bool is_attach = gdb_take(&text, "attach ");

	if (!is_attach && !gdb_take(&text, "detach "))
		return false;
	for (unsigned i = 0; i < guest_count; i++) {
		if (strcmp(guest_name(guests[i]), text) != 0)
			continue;
		if (is_attach)
			gdb_attach(guests[i]);
		else
			gdb_detach(guests[i]);
		say(s, is_attach ? "it stops with the others now\n" : "it runs on by itself\n");
		return true;
	}
	say(s, "there is no guest of this name; the monitor's \"list\" shows them\n");
	return true;
}

static bool monitor(struct gdb_session *s, const char *at)
{
	char text[COMMAND_BYTES];
	size_t n = 0;
	uint8_t byte;

	while (n < sizeof(text) - 1 && gdb_take_byte(&at, &byte))
		text[n++] = (char)byte;
	text[n] = 0;
	if (*at) {
		gdb_error(&s->link, -E2BIG);
		return true;
	}
	s->text_bytes = s->text_sent = 0;
	if (!own_command(s, text))
		monitor_run(text, monitor_out, s);
	s->has_text = true;
	return false;
}

static bool supported(struct gdb_session *s, const char *at)
{
	s->wants_reasons = false;
	for (; *at; at++)
		if (!strncmp(at, ";swbreak+", 9) || !strncmp(at, ":swbreak+", 9))
			s->wants_reasons = true;
	gdb_put(&s->link, "PacketSize=");
	gdb_put_number(&s->link, GDB_PACKET);
	gdb_put(&s->link, ";QStartNoAckMode+;qXfer:features:read+;swbreak+;hwbreak+;"
			  "vContSupported+");
	return true;
}

static bool features(struct gdb_session *s, const char *at)
{
	uint32_t offset, bytes, total = sizeof(target_xml) - 1;

	if (!gdb_take_number(&at, &offset) || !gdb_take(&at, ",") ||
	    !gdb_take_number(&at, &bytes) || offset > total) {
		gdb_error(&s->link, -EINVAL);
		return true;
	}
	gdb_put_char(&s->link, bytes >= total - offset ? 'l' : 'm');
	for (bytes = MIN(bytes, total - offset); bytes--; offset++)
		gdb_put_char(&s->link, target_xml[offset]);
	return true;
}

static bool threads(struct gdb_session *s)
{
	for (unsigned i = 0; i < guest_count; i++) {
		gdb_put_char(&s->link, i ? ',' : 'm');
		gdb_put_number(&s->link, i + 1);
	}
	return true;
}

static bool extra_info(struct gdb_session *s, const char *at)
{
	char text[CONFIG_NAME + 64];
	struct guest *g;
	int n;

	if (!gdb_take_thread(&at, &g) || !g) {
		gdb_error(&s->link, -ENOENT);
		return true;
	}
	n = snprintf(text, sizeof(text), "%s: %s%s", guest_name(g), guest_state_name(g->state),
		     gdb_is_attached(g) ? "" : ", not attached");
	gdb_put_hex(&s->link, text, (size_t)n);
	return true;
}

static bool current_thread(struct gdb_session *s)
{
	gdb_put(&s->link, "QC");
	gdb_put_number(&s->link, s->general->id + 1);
	return true;
}

static bool say_literally(struct gdb_session *s, const char *text)
{
	gdb_put(&s->link, text);
	return true;
}

bool gdb_query(struct gdb_session *s)
{
	const char *at = s->link.in;

	if (gdb_take(&at, "qSupported"))
		return supported(s, at);
	if (gdb_take(&at, "QStartNoAckMode")) {
		s->link.no_ack = true;
		return say_literally(s, "OK");
	}
	if (gdb_take(&at, "qXfer:features:read:target.xml:"))
		return features(s, at);
	if (gdb_take(&at, "qfThreadInfo"))
		return threads(s);
	if (gdb_take(&at, "qsThreadInfo"))
		return say_literally(s, "l");
	if (gdb_take(&at, "qThreadExtraInfo,"))
		return extra_info(s, at);
	if (gdb_take(&at, "qRcmd,"))
		return monitor(s, at);
	if (gdb_take(&at, "qAttached"))
		return say_literally(s, "1");
	if (gdb_take(&at, "qSymbol"))
		return say_literally(s, "OK");
	if (strcmp(at, "qC") == 0)
		return current_thread(s);
	return true; /* empty: not known */
}
