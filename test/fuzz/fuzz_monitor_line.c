/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the monitor's line: any bytes typed, shown on a terminal that knows
 * only \r, \b and characters, completed and split.
 */
/* unit-sources: core/monitor_line.c */
#include "core/monitor_line.h"

#include <stdlib.h>
#include <string.h>

#define PROMPT "gatehouse> "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct line line;
static struct line_view view;
static size_t drawn;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void terminal(const char *text, size_t bytes)
{
	drawn += bytes;
	for (size_t i = 0; i < bytes; i++)
		check((uint8_t)text[i] >= ' ' || text[i] == '\r' || text[i] == '\b');
}

static const char *nth(const char *text, unsigned word, unsigned n)
{
	static const char *const words[] = {"list", "log", "poweroff", "pause"};

	check(strlen(text) < LINE_BYTES);
	return word < 2 && n < sizeof(words) / sizeof(words[0]) ? words[n] : NULL;
}

static void split(const char *from)
{
	char text[LINE_BYTES], *words[8];
	int n;

	memcpy(text, from, LINE_BYTES);
	n = line_split(text, words, 8);
	check(n >= -1 && n <= 8);
	for (int i = 0; i < n; i++)
		check(words[i] >= text && words[i] + strlen(words[i]) < text + LINE_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&line, 0, sizeof(line));
	memset(&view, 0, sizeof(view));
	view.out = terminal;
	for (size_t i = 0; i < size; i++) {
		enum line_event event = line_key(&line, (char)data[i]);

		if (event == LINE_COMPLETE)
			line_complete(&line, nth);
		if (event == LINE_ENTERED) {
			split(line.text);
			line_end(&line);
		}
		check(line.length < LINE_BYTES && line.cursor <= line.length);
		check(strlen(line.text) <= line.length && !line.text[line.length]);
		drawn = 0;
		line_show(&view, PROMPT, &line);
		check(drawn <= 8 * sizeof(view.text) && view.length < sizeof(view.text));
		check(strncmp(view.text, PROMPT, strlen(PROMPT)) == 0);
	}
	return 0;
}
