/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Editing one line on any terminal: keys in, backspaces and characters out.
 * Pure; nothing here knows who types or where the output goes.
 */
#ifndef GATEHOUSE_CORE_MONITOR_LINE_H
#define GATEHOUSE_CORE_MONITOR_LINE_H

#include "core/types.h"

#define LINE_BYTES   256u /* bytes of a line, with the final NUL */
#define LINE_HISTORY 16u
#define LINE_COLUMNS 79u /* the last column is left alone: terminals disagree about it */

enum line_event {
	LINE_EDITED,   /* or nothing happened */
	LINE_ENTERED,  /* the line is complete; line_end() begins the next */
	LINE_COMPLETE, /* Tab */
	LINE_CLEAR,    /* Ctrl-L */
	LINE_LEAVE,    /* Ctrl-D on an empty line */
};

struct line {
	char text[LINE_BYTES];
	unsigned length, cursor;
	char history[LINE_HISTORY][LINE_BYTES];
	unsigned entered; /* lines ever put into history */
	unsigned back;    /* how far back in it text is taken from; 0: not from it */
	uint8_t escape;   /* inside of a key's sequence: its state */
	char parameter;   /* its digit; ? before there is one, * when there are more */
	bool cr;          /* the last key was \r: a \n behind it belongs to it */
};

/* What stands on the terminal's current line, column 0 first. */
struct line_view {
	void (*out)(const char *text, size_t bytes);
	char text[LINE_COLUMNS * 4 + 1]; /* UTF-8 */
	unsigned length;                 /* bytes */
	unsigned at;                     /* where the cursor is: a byte of text */
};

/* One typed byte. The sequences of the usual terminals' arrow and editing keys are known. */
enum line_event line_key(struct line *l, char c);

/* The line goes to the history (if it is not empty or the same again), the next one begins. */
void line_end(struct line *l);

/* The nth word that could stand as word `word` (0: the first) of that line; NULL behind the last.
 */
typedef const char *line_candidate_fn(const char *line, unsigned word, unsigned n);

/*
 * Completes the word before the cursor, as far as all candidates agree, with a
 * blank behind it if there is just one. Returns how many there are if nothing
 * could be added, else 0; nth gives those that fit, by line_fits().
 */
unsigned line_complete(struct line *l, line_candidate_fn *nth);

/* That candidate begins with what is before the cursor. */
bool line_fits(const struct line *l, const char *candidate);

/* The index of the word the cursor is in. */
unsigned line_word(const struct line *l);

/* Shows prompt and line, as little of it anew as possible; a long line as a window around the
 * cursor. */
void line_show(struct line_view *v, const char *prompt, const struct line *l);

/* Shows just that text, at most LINE_COLUMNS columns. */
void line_show_text(struct line_view *v, const char *text);

/*
 * Splits in place at blanks; "a word" may hold some, \" and \\ within. Returns
 * the number of words, at most max; -1 if there are more or a quote is open.
 */
int line_split(char *text, char **words, int max);

#endif
