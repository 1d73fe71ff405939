/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen that the machine shows: a VGA's text or a linear framebuffer.
 * What is written goes to memory (screen_text.h) and is drawn later, a piece
 * at a time, so that writing is fast however slow the screen is.
 */
#ifndef GATEHOUSE_CORE_SCREEN_H
#define GATEHOUSE_CORE_SCREEN_H

#include "core/types.h"

struct boot_info;

/*
 * Finds the screen as the loader left it and clears it. Before paging; *bi must
 * stay. What is written from then on is drawn at once.
 */
void screen_init(const struct boot_info *bi);

/*
 * Right after paging_init(), which left a framebuffer unmapped. Says in the log
 * what the screen is, or why there is none.
 */
void screen_map(void);

/* When timers work: from now on one draws. */
void screen_start(void);

bool screen_is_there(void);

/* The screen in words, or why there is none; text is SCREEN_TEXT_BYTES long. */
#define SCREEN_TEXT_BYTES 200u
void screen_describe(char *text);

/* Text as screen_text_write() takes it. */
void screen_write(const char *text, size_t bytes);

/* Draws all that is not drawn yet: some milliseconds. */
void screen_flush(void);

#endif
