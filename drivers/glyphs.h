/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The glyphs of the screen: ASCII and Latin-1 at their own numbers, line drawing between them. */
#ifndef GATEHOUSE_DRIVERS_GLYPHS_H
#define GATEHOUSE_DRIVERS_GLYPHS_H

#include "core/types.h"
#include "core/util.h"

#define GLYPHS       256u
#define GLYPH_WIDTH  8u
#define GLYPH_HEIGHT 16u

/* Row y is byte y % 4, from the low one, of word y / 4; its bit 7 is on the left. */
extern const uint32_t glyph_rows[GLYPHS][4];

/* The same, or one that looks alike, in the VGA's own font (code page 437). */
extern const uint8_t glyph_cp437[GLYPHS];

/* '?' for a character that has none. */
uint8_t glyph_of(uint32_t unicode);

#endif
