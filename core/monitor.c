/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor: from what is typed to a command, and from what it prints to the screen. */
#include "core/monitor.h"

#include "core/console.h"
#include "core/errno.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/monitor_line.h"
#include "core/options.h"

#define PROMPT       "gatehouse> "
#define MORE         "-- more: space, enter, q --"
#define OUTPUT_BYTES KIB(64)
#define PAGE_ROWS    23u
#define ROW_COLUMNS  80u
#define SHOWN_MAX    240u /* bytes of a line shown at once; a longer one is broken */
#define WORDS_MAX    64
#define KEYS         256u /* typed and not yet acted upon */

/* Lines shown and keys acted upon at one go. */
#define WORK_STEPS 4u

typedef void out_fn(void *ctx, const char *text, size_t bytes);

static out_fn *out; /* of the command that runs */
static void *out_ctx;

static bool is_on, is_asking; /* has the keyboard; and waits for a key to show more */
static struct line line;
static char keys[KEYS];
static unsigned keys_head, keys_tail;

/* What was printed for the console, and how much of it was shown. */
static char output[OUTPUT_BYTES];
static uint32_t output_bytes, output_shown, output_lost;
static unsigned rows_left; /* of the page */

static int cmd_help(int argc, char **argv);
static int cmd_exit(int argc, char **argv);

static const struct monitor_command own_commands[] = {
	{"help", "[COMMAND]", "lists the commands, or explains one", NULL, false, cmd_help},
	{"exit", "", "leaves the monitor, as the escape key does, and Ctrl-D on an empty line",
	 NULL, false, cmd_exit},
	{NULL, NULL, NULL, NULL, false, NULL},
};

static const struct monitor_command *const tables[] = {
	own_commands,        monitor_guest_commands, monitor_look_commands,
	monitor_do_commands, monitor_trace_commands, monitor_dump_commands,
};

/* The nth of all; NULL behind the last. */
static const struct monitor_command *command_at(unsigned n)
{
	for (unsigned t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct monitor_command *c = tables[t]; c->name; c++)
			if (n-- == 0)
				return c;
	return NULL;
}

static const struct monitor_command *find_command(const char *name)
{
	const struct monitor_command *c;

	for (unsigned i = 0; (c = command_at(i)) != NULL; i++)
		if (strcmp(c->name, name) == 0)
			return c;
	monitor_print("no command \"%s\"; `help` lists them\n", name);
	return NULL;
}

/* ---- for commands ---- */

void monitor_print(const char *fmt, ...)
{
	char text[512];
	int n;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (out && n > 0)
		out(out_ctx, text, MIN((size_t)n, sizeof(text) - 1));
}

bool monitor_number(const char *text, uint32_t *value)
{
	struct slice s = slice_of(text);
	uint64_t wide;

	if ((slice_number(s, &wide) != 0 && slice_size(s, &wide) != 0) || wide > UINT32_MAX) {
		monitor_print("\"%s\" is no number: decimal, 0x..., or with K, M or G behind it, "
			      "below 4G\n",
			      text);
		return false;
	}
	*value = (uint32_t)wide;
	return true;
}

struct guest *monitor_guest(const char *text)
{
	uint64_t n;

	for (unsigned i = 0; i < guest_count; i++)
		if (strcmp(guest_name(guests[i]), text) == 0)
			return guests[i];
	if (slice_number(slice_of(text), &n) == 0) {
		if (n >= 1 && n <= guest_count)
			return guests[n - 1];
		monitor_print("there is no guest %s; there are guests 1 to %u\n", text,
			      guest_count);
	} else {
		monitor_print("no guest is named \"%s\"; `list` shows them\n", text);
	}
	return NULL;
}

static void print_usage(const struct monitor_command *c)
{
	monitor_print("usage: %s%s%s\n", c->name, c->args[0] ? " " : "", c->args);
}

static int cmd_help(int argc, char **argv)
{
	const struct monitor_command *c;

	if (argc > 2)
		return -EINVAL;
	if (argc == 1) {
		for (unsigned i = 0; (c = command_at(i)) != NULL; i++)
			monitor_print("%-9s %-24s %s\n", c->name, c->args, c->help);
		return 0;
	}
	c = find_command(argv[1]);
	if (!c)
		return -ENOENT;
	print_usage(c);
	monitor_print("%s\n", c->help);
	if (c->details)
		monitor_print("%s\n", c->details);
	return 0;
}

static int cmd_exit(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -EINVAL;
	monitor_leave();
	return 0;
}

void monitor_run(const char *text, out_fn *to, void *ctx)
{
	char copy[LINE_BYTES];
	char *words[WORDS_MAX];
	int n;
	const struct monitor_command *c;

	out = to;
	out_ctx = ctx;
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		monitor_print("a line may have %u characters\n", LINE_BYTES - 1);
	else if ((n = line_split(copy, words, WORDS_MAX)) < 0)
		monitor_print("more than %u words, or a quote without its end\n", WORDS_MAX);
	else if (n && (c = find_command(words[0])) != NULL && c->run(n, words) == -EINVAL)
		print_usage(c);
	out = NULL;
}

/* ---- what is shown ---- */

static void to_console(void *ctx, const char *text, size_t bytes)
{
	uint32_t n = (uint32_t)MIN(bytes, OUTPUT_BYTES - output_bytes);

	(void)ctx;
	memcpy(&output[output_bytes], text, n);
	output_bytes += n;
	output_lost += (uint32_t)bytes - n;
}

static bool has_output(void)
{
	return output_shown < output_bytes || output_lost;
}

static void drop_output(void)
{
	output_bytes = output_shown = output_lost = 0;
	is_asking = false;
}

void monitor_show(const char *text)
{
	if (!has_output()) {
		drop_output();
		rows_left = PAGE_ROWS;
	}
	monitor_run(text, to_console, NULL);
}

static void show_lost(void)
{
	char text[80];

	snprintf(text, sizeof(text), "(%u bytes more are lost: %u KiB are kept)", output_lost,
		 OUTPUT_BYTES >> 10);
	output_lost = 0;
	console_line(text);
}

/* The next line of the output. A guest's text may be in it: no control characters pass. */
static void show_next(void)
{
	char text[SHOWN_MAX + 1];
	uint32_t n = 0;
	unsigned rows;

	if (output_shown == output_bytes) {
		show_lost();
		return;
	}
	for (; n < SHOWN_MAX && output_shown < output_bytes; n++) {
		char c = output[output_shown];

		if (c == '\n')
			break;
		text[n] = (uint8_t)c < ' ' || c == 0x7F ? '.' : c;
		output_shown++;
	}
	text[n] = 0;
	if (output_shown < output_bytes && output[output_shown] == '\n')
		output_shown++;
	console_line(text);
	rows = 1 + (n ? n - 1 : 0) / ROW_COLUMNS;
	rows_left -= MIN(rows, rows_left);
	is_asking = is_on && !rows_left && has_output();
}

static struct line_view view = {.out = console_reader_write};

static void draw(void)
{
	if (is_asking)
		line_show_text(&view, MORE);
	else if (has_output())
		line_show_text(&view, "");
	else
		line_show(&view, PROMPT, &line);
}

static void erase(void)
{
	line_show_text(&view, "");
}

/* What was typed stays on the screen, the cursor goes below. */
static void leave_on_screen(void)
{
	draw();
	console_reader_write("\r\n", 2);
	view.length = view.at = 0;
}

/* ---- what is typed ---- */

static const char *candidate(const char *text, unsigned word, unsigned n)
{
	char first[LINE_BYTES];
	const struct monitor_command *c = NULL;
	unsigned bytes = 0;

	while (*text == ' ')
		text++;
	while (text[bytes] && text[bytes] != ' ')
		bytes++;
	memcpy(first, text, bytes);
	first[bytes] = 0;
	if (word == 0 || (word == 1 && strcmp(first, "help") == 0)) {
		c = command_at(n);
		return c ? c->name : NULL;
	}
	c = word == 1 ? find_command(first) : NULL;
	return c && c->names_guest && n < guest_count ? guest_name(guests[n]) : NULL;
}

static void complete(void)
{
	const char *c;

	if (!line_complete(&line, candidate))
		return;
	leave_on_screen();
	rows_left = PAGE_ROWS;
	for (unsigned i = 0; (c = candidate(line.text, line_word(&line), i)) != NULL; i++)
		if (line_fits(&line, c)) {
			to_console(NULL, c, strlen(c));
			to_console(NULL, "  ", 2);
		}
	to_console(NULL, "\n", 1);
}

static void entered(void)
{
	char text[LINE_BYTES];

	leave_on_screen();
	memcpy(text, line.text, line.length + 1);
	line_end(&line);
	monitor_show(text);
}

static void answer(char key)
{
	rows_left = key == ' ' ? PAGE_ROWS : key == '\r' || key == '\n' ? 1 : 0;
	is_asking = !rows_left;
	if (key == 'q' || key == 'C' - '@')
		drop_output();
}

static void act_on(char key)
{
	if (is_asking) {
		answer(key);
		return;
	}
	switch (line_key(&line, key)) {
	case LINE_EDITED:
		break;
	case LINE_ENTERED:
		entered();
		break;
	case LINE_COMPLETE:
		complete();
		break;
	case LINE_CLEAR:
		monitor_show("clear");
		break;
	case LINE_LEAVE:
		leave_on_screen();
		monitor_leave();
		break;
	}
}

static void typed(char c, bool is_escape)
{
	if (is_escape)
		monitor_leave();
	else if (keys_head - keys_tail < KEYS)
		keys[keys_head++ % KEYS] = c;
}

bool monitor_work(void)
{
	unsigned steps = WORK_STEPS;

	if (!has_output() && keys_head == keys_tail)
		return false;
	console_begin_block();
	for (; steps && console_line_fits(); steps--) {
		if (has_output() && !is_asking)
			show_next();
		else if (keys_head != keys_tail)
			act_on(keys[keys_tail++ % KEYS]);
		else
			break;
	}
	console_end_block();
	return !steps;
}

/* ---- the keyboard ---- */

static const struct console_reader reader = {.key = typed, .draw = draw, .erase = erase};

void monitor_enter(void)
{
	static const char hint[] = "the monitor: `help` lists its commands; `exit` or the "
				   "escape key leaves\n";

	is_on = true;
	drop_output();
	rows_left = PAGE_ROWS;
	to_console(NULL, hint, sizeof(hint) - 1);
	console_set_reader(&reader);
}

void monitor_leave(void)
{
	if (!is_on)
		return;
	is_on = false;
	drop_output();
	keys_tail = keys_head;
	line.length = line.cursor = 0;
	line.text[0] = 0;
	console_set_reader(NULL);
}
