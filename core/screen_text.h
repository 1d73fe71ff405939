/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a screen, in memory: a terminal that understands little, and
 * which of its cells look otherwise on the real screen. Nothing is ever read
 * back from there, and scrolling moves no cell.
 */
#ifndef GATEHOUSE_CORE_SCREEN_TEXT_H
#define GATEHOUSE_CORE_SCREEN_TEXT_H

#include "core/types.h"

/* At most; what a larger framebuffer has room for beyond it stays black. */
#define SCREEN_COLUMNS 240u
#define SCREEN_ROWS    75u

#define SCREEN_ATTRIBUTE 0x07 /* light grey on black: the VGA's attributes */
#define SCREEN_BLANK     ((uint16_t)(SCREEN_ATTRIBUTE << 8 | ' '))
#define SCREEN_ARGS      4u

enum screen_parser { SCREEN_PLAIN, SCREEN_ESCAPE, SCREEN_CSI, SCREEN_STRING, SCREEN_ONE_MORE };

struct screen_text {
	unsigned columns, rows;
	unsigned top;         /* the row of cells[] that is shown first; the others follow round */
	unsigned row, column; /* of the cursor; column may be columns: the next character wraps */
	uint8_t attribute;
	bool is_inverse;
	enum screen_parser state;
	bool is_private;                /* the sequence begins with ? or the like: not for us */
	unsigned arg;                   /* the one being read */
	unsigned args[SCREEN_ARGS];     /* later ones all end up in the last */
	uint32_t unicode;               /* of a UTF-8 sequence */
	unsigned more;                  /* bytes that it still needs */
	unsigned next_row, next_column; /* where screen_text_next() goes on */
	bool is_dirty[SCREEN_ROWS];     /* has cells that may have to be drawn */
	uint16_t cells[SCREEN_ROWS][SCREEN_COLUMNS]; /* low byte: glyph, high byte: attribute */
	uint16_t drawn[SCREEN_ROWS][SCREEN_COLUMNS]; /* as the real screen shows them */
};

struct screen_cell {
	unsigned row, column;
	uint16_t look;
};

/* Empty, as the real screen is. Sizes above the limits are cut. */
void screen_text_init(struct screen_text *t, unsigned columns, unsigned rows);

/*
 * UTF-8. Understood are newline (also returns), CR, tab (to a multiple of 8),
 * backspace, and of ECMA-48: SGR with 16 colors, cursor left, right and to a
 * place, erase in line and in page. Other sequences show nothing.
 */
void screen_text_write(struct screen_text *t, const char *text, size_t bytes);

/* A cell to be drawn now, with the cursor as an inverse one. False: all are as they should be. */
bool screen_text_next(struct screen_text *t, struct screen_cell *cell);

#endif
