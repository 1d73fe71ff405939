/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Editing one line on any terminal: keys in, backspaces and characters out. */
#include "core/monitor_line.h"

#include "core/lib.h"
#include "core/util.h"

#define CTRL(c)   ((c) - '@')
#define KEY_ESC   0x1B
#define KEY_ERASE 0x7F

/* struct line.escape: seen so far */
enum { SEEN_NOTHING, SEEN_ESC, SEEN_CSI, SEEN_SS3 };

/* The bytes of one character of UTF-8 behind its first. */
static bool is_inner(char c)
{
	return ((uint8_t)c & 0xC0) == 0x80;
}

static unsigned next_char(const char *text, unsigned length, unsigned at)
{
	while (at < length && is_inner(text[++at]))
		;
	return at;
}

static unsigned previous_char(const char *text, unsigned at)
{
	while (at && is_inner(text[--at]))
		;
	return at;
}

/* ---- what keys do ---- */

static void cut(struct line *l, unsigned from, unsigned to)
{
	memmove(&l->text[from], &l->text[to], l->length - to + 1);
	l->length -= to - from;
	l->cursor = from;
}

static void insert(struct line *l, const char *text, unsigned bytes)
{
	if (l->length + bytes >= LINE_BYTES)
		return;
	memmove(&l->text[l->cursor + bytes], &l->text[l->cursor], l->length - l->cursor + 1);
	memcpy(&l->text[l->cursor], text, bytes);
	l->length += bytes;
	l->cursor += bytes;
}

static void set(struct line *l, const char *text)
{
	l->length = (unsigned)strnlen(text, LINE_BYTES - 1);
	memcpy(l->text, text, l->length);
	l->text[l->length] = 0;
	l->cursor = l->length;
}

static void move_in_history(struct line *l, bool older)
{
	unsigned kept = MIN(l->entered, LINE_HISTORY);

	if (older ? l->back == kept : l->back == 0)
		return;
	l->back = older ? l->back + 1 : l->back - 1;
	set(l, l->back ? l->history[(l->entered - l->back) % LINE_HISTORY] : "");
}

static unsigned word_start(const struct line *l)
{
	unsigned at = l->cursor;

	while (at && l->text[at - 1] == ' ')
		at--;
	while (at && l->text[at - 1] != ' ')
		at--;
	return at;
}

static void delete_here(struct line *l)
{
	cut(l, l->cursor, next_char(l->text, l->length, l->cursor));
}

/* The last byte of a key's sequence: ESC [ A, ESC O A, ESC [ 3 ~. */
static void special_key(struct line *l, char last)
{
	static const char home[] = "17", end[] = "48"; /* of ESC [ n ~ */

	if (last == '~' && l->parameter == '3')
		delete_here(l);
	else if (last == 'H' || (last == '~' && strchr(home, l->parameter)))
		l->cursor = 0;
	else if (last == 'F' || (last == '~' && strchr(end, l->parameter)))
		l->cursor = l->length;
	else if (last == 'A' || last == 'B')
		move_in_history(l, last == 'A');
	else if (last == 'C')
		l->cursor = next_char(l->text, l->length, l->cursor);
	else if (last == 'D')
		l->cursor = previous_char(l->text, l->cursor);
}

/* True: the byte was part of a sequence. */
static bool in_sequence(struct line *l, char c)
{
	uint8_t before = l->escape;

	l->escape = SEEN_NOTHING;
	if (c == KEY_ESC) {
		l->escape = SEEN_ESC;
	} else if (before == SEEN_ESC) {
		l->escape = c == '[' ? SEEN_CSI : c == 'O' ? SEEN_SS3 : SEEN_NOTHING;
		l->parameter = '?';
	} else if (before == SEEN_CSI && c >= ' ' && c <= '?') {
		l->escape = SEEN_CSI;
		l->parameter = l->parameter == '?' ? c : '*'; /* of those known, one */
	} else if (before != SEEN_NOTHING) {
		special_key(l, c);
	}
	return before != SEEN_NOTHING || c == KEY_ESC;
}

static void control_key(struct line *l, char c)
{
	switch (c) {
	case CTRL('A'):
		l->cursor = 0;
		break;
	case CTRL('B'):
	case CTRL('F'):
		special_key(l, c == CTRL('B') ? 'D' : 'C');
		break;
	case CTRL('C'):
		set(l, "");
		break;
	case CTRL('D'):
		delete_here(l);
		break;
	case CTRL('E'):
		l->cursor = l->length;
		break;
	case CTRL('H'):
	case KEY_ERASE:
		cut(l, previous_char(l->text, l->cursor), l->cursor);
		break;
	case CTRL('K'):
		cut(l, l->cursor, l->length);
		break;
	case CTRL('N'):
	case CTRL('P'):
		move_in_history(l, c == CTRL('P'));
		break;
	case CTRL('U'):
		cut(l, 0, l->cursor);
		break;
	case CTRL('W'):
		cut(l, word_start(l), l->cursor);
		break;
	}
}

enum line_event line_key(struct line *l, char c)
{
	bool cr = l->cr;

	l->cr = false;
	if (in_sequence(l, c) || (c == '\n' && cr))
		return LINE_EDITED;
	if (c == '\r' || c == '\n') {
		l->cr = c == '\r';
		return LINE_ENTERED;
	}
	if (c == '\t')
		return LINE_COMPLETE;
	if (c == CTRL('L'))
		return LINE_CLEAR;
	if (c == CTRL('D') && !l->length)
		return LINE_LEAVE;
	if ((uint8_t)c < ' ' || c == KEY_ERASE)
		control_key(l, c);
	else
		insert(l, &c, 1);
	return LINE_EDITED;
}

void line_end(struct line *l)
{
	const char *last = l->history[(l->entered - 1) % LINE_HISTORY];

	if (l->length && !(l->entered && strcmp(last, l->text) == 0))
		memcpy(l->history[l->entered++ % LINE_HISTORY], l->text, l->length + 1);
	l->back = 0;
	set(l, "");
}

/* ---- words ---- */

unsigned line_word(const struct line *l)
{
	unsigned words = 0;

	for (unsigned i = 1; i < l->cursor; i++)
		words += l->text[i] == ' ' && l->text[i - 1] != ' ';
	return words;
}

static unsigned typed_bytes(const struct line *l)
{
	unsigned n = 0;

	while (n < l->cursor && l->text[l->cursor - n - 1] != ' ')
		n++;
	return n;
}

bool line_fits(const struct line *l, const char *candidate)
{
	unsigned n = typed_bytes(l);

	return strncmp(candidate, &l->text[l->cursor - n], n) == 0;
}

unsigned line_complete(struct line *l, line_candidate_fn *nth)
{
	unsigned typed = typed_bytes(l), found = 0, common = 0, word = line_word(l);
	const char *first = NULL, *c;

	for (unsigned i = 0; (c = nth(l->text, word, i)) != NULL; i++) {
		if (!line_fits(l, c))
			continue;
		if (found++ == 0) {
			first = c;
			common = (unsigned)strlen(c);
		}
		for (unsigned n = 0; n < common; n++)
			if (c[n] != first[n])
				common = n;
	}
	if (found && common > typed)
		insert(l, first + typed, common - typed);
	if (found == 1)
		insert(l, " ", 1);
	return found > 1 && common == typed ? found : 0;
}

/* The end of a word that may be quoted; what it stands for is put at *to. NULL: a quote is open. */
static char *take_word(char *from, char **to)
{
	bool quoted = false;

	for (; *from && (quoted || *from != ' '); from++) {
		if (*from == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*(*to)++ = *from;
	}
	return quoted ? NULL : from;
}

int line_split(char *text, char **words, int max)
{
	int n = 0;
	char *to;
	bool more = true;

	while (more) {
		while (*text == ' ')
			text++;
		if (!*text)
			break;
		if (n == max)
			return -1;
		words[n++] = to = text;
		text = take_word(text, &to);
		if (!text)
			return -1;
		more = *text != 0;
		text++;
		*to = 0;
	}
	return n;
}

/* ---- the terminal ---- */

/* Puts the cursor at a byte of what is shown: back by \b, forward by showing it again. */
static void go_to(struct line_view *v, unsigned at)
{
	if (at == 0 && v->at) {
		v->out("\r", 1);
		v->at = 0;
	}
	while (v->at > at) {
		v->at = previous_char(v->text, v->at);
		v->out("\b", 1);
	}
	if (at > v->at)
		v->out(&v->text[v->at], at - v->at);
	v->at = at;
}

static unsigned columns(const char *text, unsigned bytes)
{
	unsigned n = 0;

	for (unsigned i = 0; i < bytes; i++)
		n += !is_inner(text[i]);
	return n;
}

/* Blanks over what stood behind the text. */
static void wipe(struct line_view *v, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		v->out(" ", 1);
	if (!v->length)
		v->out("\r", 1);
	for (unsigned i = 0; i < count && v->length; i++)
		v->out("\b", 1);
}

/* text: at most LINE_COLUMNS characters. */
static void show(struct line_view *v, const char *text, unsigned bytes, unsigned cursor)
{
	unsigned same = 0, before = columns(v->text, v->length), now = columns(text, bytes);

	while (same < bytes && same < v->length && text[same] == v->text[same])
		same++;
	while (same && same < MAX(bytes, v->length) &&
	       ((same < bytes && is_inner(text[same])) ||
		(same < v->length && is_inner(v->text[same]))))
		same--;
	if (same < bytes || same < v->length) {
		go_to(v, same);
		memcpy(v->text, text, bytes);
		v->length = bytes;
		go_to(v, bytes);
		if (before > now)
			wipe(v, before - now);
	}
	go_to(v, cursor);
}

/* At most room bytes and LINE_COLUMNS - used columns of text, to at. */
static unsigned copy_columns(char *to, const char *text, unsigned bytes, unsigned used)
{
	unsigned at = 0;

	while (at < bytes && at < LINE_COLUMNS * 3 && used < LINE_COLUMNS) {
		at = next_char(text, bytes, at);
		used++;
	}
	at = MIN(at, LINE_COLUMNS * 3);
	memcpy(to, text, at);
	return at;
}

void line_show(struct line_view *v, const char *prompt, const struct line *l)
{
	char text[LINE_COLUMNS * 4 + 1];
	unsigned used = (unsigned)strlen(prompt), from = 0, n = used;

	/* half of the window is new when the cursor leaves it: a step a key would draw too much */
	while (columns(&l->text[from], l->cursor - from) >= LINE_COLUMNS - used)
		for (unsigned i = 0; i < (LINE_COLUMNS - used) / 2; i++)
			from = next_char(l->text, l->length, from);
	memcpy(text, prompt, n);
	n += copy_columns(&text[n], &l->text[from], l->length - from, used);
	show(v, text, n, MIN(used + l->cursor - from, n));
}

void line_show_text(struct line_view *v, const char *text)
{
	char shown[LINE_COLUMNS * 4 + 1];
	unsigned n = copy_columns(shown, text, (unsigned)strlen(text), 0);

	show(v, shown, n, n);
}
