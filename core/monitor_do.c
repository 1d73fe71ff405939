/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands that do something to a guest or to the machine. */
#include "core/monitor.h"

#include "core/errno.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/traps.h"
#include "core/virq.h"

#define LOG_FRAMES (KIB(32) / PAGE_SIZE)

/* ---- to a guest ---- */

static int inject_irq(struct guest *g, const char *text)
{
	uint32_t n;

	if (!monitor_number(text, &n))
		return -ERANGE;
	if (n >= LGUEST_IRQS) {
		monitor_print("interrupt %u: 0 to %u exist\n", n, LGUEST_IRQS - 1);
		return -ERANGE;
	}
	if (!g->data || g->state == GUEST_DEAD) {
		monitor_print("guest \"%s\" is %s%s: it cannot get interrupts\n", guest_name(g),
			      guest_state_name(g->state),
			      g->data ? "" : ", and without LGUEST_INIT");
		return -EBUSY;
	}
	virq_raise(g, n);
	monitor_print("guest \"%s\": interrupt %u is pending%s%s\n", guest_name(g), n,
		      g->irq_gates >> n & 1 ? "" : ", but its IDT has no gate for it",
		      READ_ONCE(g->data->blocked_interrupts) >> n & 1 ? ", and it is blocked" : "");
	return 0;
}

static int cmd_inject(int argc, char **argv)
{
	bool is_nmi = argc == 3 && strcmp(argv[2], "nmi") == 0;
	bool is_irq = argc == 4 && strcmp(argv[2], "irq") == 0;
	struct guest *g;
	const char *refused;

	if (!is_nmi && !is_irq)
		return -EINVAL;
	g = monitor_guest(argv[1]);
	if (!g)
		return -ENOENT;
	if (is_irq)
		return inject_irq(g, argv[3]);
	refused = trap_deliver_nmi(g);
	monitor_print("guest \"%s\" %s\n", guest_name(g), refused ? refused : "has got an NMI");
	return refused ? -EBUSY : 0;
}

/* What one \x stands for; 0: that is none. */
static char escape_of(char c)
{
	static const char names[] = "rnte\\", values[] = "\r\n\t\x1B\\";
	const char *at = c ? strchr(names, c) : NULL;

	return at ? values[at - names] : 0;
}

/* Words with a blank between them, then Enter unless \c ends it. Returns bytes, or -EINVAL. */
static int join_words(int count, char **words, char *to)
{
	int n = 0;

	for (int i = 0; i < count; i++) {
		if (i)
			to[n++] = ' ';
		for (const char *s = words[i]; *s; s++) {
			if (*s != '\\') {
				to[n++] = *s;
				continue;
			}
			if (s[1] == 'c' && !s[2] && i == count - 1)
				return n;
			to[n] = escape_of(*++s);
			if (!to[n++])
				return -EINVAL;
		}
	}
	to[n++] = '\r';
	return n;
}

static int cmd_type(int argc, char **argv)
{
	char text[CONSOLE_INPUT + 1]; /* a line of the monitor's is no longer */
	struct guest *g;
	int n;
	uint32_t taken;

	if (argc < 3)
		return -EINVAL;
	g = monitor_guest(argv[1]);
	if (!g)
		return -ENOENT;
	n = join_words(argc - 2, &argv[2], text);
	if (n < 0) {
		monitor_print("of \\ only \\r \\n \\t \\e \\\\ are known, and \\c at the end\n");
		return -ERANGE;
	}
	taken = console_type(&g->console, text, (uint32_t)n);
	devices_work(g);
	if (taken < (uint32_t)n)
		monitor_print("guest \"%s\" has not read what was typed before: %u of %d bytes are "
			      "lost\n",
			      guest_name(g), n - taken, n);
	return 0;
}

/* ---- to the machine ---- */

/* False, and said so, when guests would lose their work by it. */
static bool is_meant(int argc, char **argv)
{
	unsigned alive = 0;

	for (unsigned i = 0; i < guest_count; i++)
		alive += guests[i]->state != GUEST_DEAD && guests[i]->state != GUEST_OFF;
	if (!alive || argc == 2)
		return true;
	monitor_print("%u guest%s still running: `%s now` ends %s\n", alive,
		      alive == 1 ? " is" : "s are", argv[0], alive == 1 ? "it" : "them");
	return false;
}

static int cmd_end(int argc, char **argv)
{
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "now") != 0))
		return -EINVAL;
	if (!is_meant(argc, argv))
		return -EBUSY;
	if (argv[0][0] == 'r')
		machine_reboot();
	machine_power_off();
}

/* The first line of text that is the last but `back` from its end. */
static char *lines_from_end(char *text, size_t bytes, uint32_t count)
{
	size_t at = bytes;

	while (at && (text[at - 1] != '\n' || at == bytes || count-- > 1))
		at--;
	return text + at;
}

/* Lines below that level are cut out. */
static size_t keep_level(char *text, size_t bytes, bool warnings)
{
	size_t n = 0;

	for (size_t at = 0, end; at < bytes; at = end) {
		bool wanted;
		const char *mark;

		for (end = at; end < bytes && text[end] != '\n'; end++)
			;
		end += end < bytes;
		mark = strchr(&text[at], ']');
		wanted = mark && mark < &text[end] &&
			 (strncmp(mark, "] error: ", 9) == 0 ||
			  (warnings && strncmp(mark, "] warning: ", 11) == 0));
		if (!wanted)
			continue;
		memmove(&text[n], &text[at], end - at);
		n += end - at;
	}
	return n;
}

static void print_log(char *text, size_t size, uint32_t count, const char *level)
{
	size_t bytes = log_read_tail(text, size - 1);
	char *line, *end;

	text[bytes] = 0;
	if (level)
		bytes = keep_level(text, bytes, strcmp(level, "warn") == 0);
	text[bytes] = 0;
	for (line = lines_from_end(text, bytes, count); *line; line = end + (*end == '\n')) {
		end = strchr(line, '\n');
		if (!end)
			end = text + bytes;
		monitor_print("%.*s\n", (int)(end - line), line);
	}
}

static int cmd_log(int argc, char **argv)
{
	const char *level = argc > 1 ? argv[argc - 1] : NULL;
	uint32_t count = 20;
	hpa_t at;

	if (level && strcmp(level, "error") != 0 && strcmp(level, "warn") != 0)
		level = NULL;
	if (argc - 1 - (level != NULL) > 1)
		return -EINVAL;
	if (argc - 1 > (level != NULL) && (!monitor_number(argv[1], &count) || count == 0))
		return -EINVAL;
	at = frames_alloc(&host_frames, LOG_FRAMES, 1, FRAME_HOST);
	if (!at) {
		monitor_print("no %u KiB of memory are left to take the log apart\n",
			      LOG_FRAMES * 4);
		return -ENOMEM;
	}
	print_log((char *)(uintptr_t)at, LOG_FRAMES * PAGE_SIZE, count, level);
	frames_free(&host_frames, at, LOG_FRAMES, FRAME_HOST);
	return 0;
}

static int cmd_keys(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -EINVAL;
	monitor_print("after the escape key: 1-9 keyboard to that guest, n next guest, x that "
		      "guest alone, a all guests, s status, m monitor, escape key again: itself\n");
	return 0;
}

static int cmd_clear(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -EINVAL;
	monitor_print("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
	return 0;
}

const struct monitor_command monitor_do_commands[] = {
	{"inject", "GUEST irq N|nmi", "an interrupt (0 to 31), or an NMI by its gate 2", NULL, true,
	 cmd_inject},
	{"type", "GUEST TEXT", "types TEXT and Enter on its console",
	 "\"...\" keeps blanks; \\r \\n \\t \\e \\\\ are known; \\c at the end: without Enter.",
	 true, cmd_type},
	{"log", "[COUNT] [error|warn]", "the last COUNT (20) lines of the log",
	 "error: only errors; warn: also warnings.", false, cmd_log},
	{"keys", "", "what the keys after the escape key do", NULL, false, cmd_keys},
	{"clear", "", "clears the screen", NULL, false, cmd_clear},
	{"reboot", "[now]", "starts the machine anew", "now: even if guests run.", false, cmd_end},
	{"poweroff", "[now]", "switches the machine off", "now: even if guests run.", false,
	 cmd_end},
	{.name = NULL},
};
