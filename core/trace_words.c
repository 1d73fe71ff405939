/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for what is traced: on the command line and in the monitor. */
#include "core/trace_words.h"

#include "core/errno.h"
#include "core/lib.h"
#include "core/trace.h"

#define KIND(k)    (1u << TRACE_##k)
#define PAIR(k)    (KIND(k) | KIND(k##_END))
#define GROUP_DUMP (1u << 31) /* no kind: dump_at_end */

static const struct {
	const char *name;
	uint32_t kinds;
} groups[] = {
	{"guest", KIND(ENTER) | KIND(LEAVE)},
	{"calls", PAIR(CALL)},
	{"traps", KIND(FILL) | KIND(REFLECT) | KIND(EMULATE)},
	{"interrupts", KIND(INJECT) | KIND(RAISE) | KIND(IRQ)},
	{"timers", KIND(TIMER) | KIND(FIRED)},
	{"sched", KIND(SWITCH) | KIND(STATE) | PAIR(IDLE) | KIND(HEALTH)},
	{"devices", KIND(DEVICE) | PAIR(WORK)},
	{"on", TRACE_ALL},
	{"off", 0},
	{"dump", GROUP_DUMP},
};

#define GROUPS_OF_KINDS 7

/* The kinds a word stands for; -EINVAL for none. */
static int add_word(struct slice word, uint32_t *kinds)
{
	for (unsigned i = 0; i < ARRAY_SIZE(groups); i++)
		if (slice_is(word, groups[i].name)) {
			*kinds |= groups[i].kinds;
			return 0;
		}
	return -EINVAL;
}

int trace_words_parse(struct slice text, struct trace_wish *wish)
{
	uint32_t kinds = 0;

	for (;;) {
		struct slice word = slice_until(text, ',');

		if (add_word(word, &kinds) != 0)
			return -EINVAL;
		if (word.len == text.len)
			break;
		text = slice_from(text, word.len + 1);
	}
	wish->dump_at_end = kinds & GROUP_DUMP;
	wish->kinds = kinds & TRACE_ALL;
	return 0;
}

void trace_words_print(uint32_t kinds, char *to, size_t size)
{
	size_t len = (size_t)snprintf(to, size, "%s", kinds ? "" : "off");

	for (unsigned i = 0; i < GROUPS_OF_KINDS && len < size; i++)
		if (kinds & groups[i].kinds)
			len += (size_t)snprintf(to + len, size - len, "%s%s", len ? "," : "",
						groups[i].name);
}
