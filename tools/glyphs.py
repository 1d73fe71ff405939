#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes drivers/glyphs.c: glyphs.py Uni1-VGA16.psf.gz LICENCE | clang-format > drivers/glyphs.c

The font is in Debian's console-setup-linux, in /usr/share/consolefonts; it comes from the file
u_vga16.bdf, whose licence (a text file) is put into the output.
"""
import gzip
import struct
import sys
import unicodedata

# What stands where ASCII and Latin-1 have control characters: from 0x01 and from 0x80 on.
LOW = "─│┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╦╩╬█░▒■●▲▼◀▶"
HIGH = "←↑→↓•–—‘’“”…€™≤≥≠≈∞√╭╮╰╯−π�"
# Where CP437 has no such character: one that looks alike.
ALIKE = {"●": "•", "◀": "◄", "▶": "►", "–": "-", "—": "─", "‘": "'", "’": "'", "“": '"', "”": '"',
         "…": ".", "€": "E", "™": "t", "≠": "=", "╭": "┌", "╮": "┐", "╰": "└", "╯": "┘", "−": "-",
         "�": "?", "¦": "|", "§": "\x15", "¨": '"', "©": "c", "®": "r", "¯": "-", "³": "3",
         "´": "'", "¶": "\x14", "¸": ",", "¹": "1", "¾": "?", "×": "x", "Ø": "O", "ø": "o",
         "Ð": "D", "ð": "d", "Þ": "P", "þ": "p", "¤": "*", "\u00ad": "-"}
# Of the control codes' pictures in CP437, which Python does not know.
PICTURES = {"\x14": 0x14, "\x15": 0x15, "↑": 0x18, "↓": 0x19, "→": 0x1A, "←": 0x1B, "▲": 0x1E,
            "▼": 0x1F, "►": 0x10, "◄": 0x11, "•": 0x07}


def read_font(path):
    """{character: 16 rows} of a PSF 1 file."""
    data = gzip.open(path).read()
    magic, mode, height = struct.unpack_from("<HBB", data)
    if magic != 0x0436 or height != 16:
        raise SystemExit(f"glyphs.py: {path} is no PSF 1 font with 16 rows")
    count = 512 if mode & 1 else 256
    table = struct.unpack(f"<{(len(data) - 4) // 2 - count * 8}H", data[4 + count * 16:])
    found, glyph, in_sequence = {}, 0, False
    for code in table:
        if code == 0xFFFF:
            glyph, in_sequence = glyph + 1, False
        elif code == 0xFFFE:
            in_sequence = True
        elif not in_sequence:
            found.setdefault(chr(code), data[4 + glyph * 16:20 + glyph * 16])
    return found


def in_cp437(c):
    """The number the VGA's own font has for it."""
    c = ALIKE.get(c, c)
    if c in PICTURES:
        return PICTURES[c]
    try:
        return c.encode("cp437")[0]
    except UnicodeEncodeError:
        return unicodedata.normalize("NFD", c).encode("ascii", "replace")[0]


def main():
    font, licence = read_font(sys.argv[1]), open(sys.argv[2], encoding="utf-8").read()
    chars = [" "] * 256
    for first, text in ((0x01, LOW), (0x20, map(chr, range(0x20, 0x7F))), (0x80, HIGH),
                        (0xA0, map(chr, range(0xA0, 0x100)))):
        for n, c in enumerate(text):
            chars[first + n] = c
    out = ["/* SPDX-License-Identifier: GPL-2.0-or-later AND X11 */",
           "/* The glyphs of the screen: a table made by tools/glyphs.py from u_vga16.bdf. */", "/*"]
    out += [f" * {line}".rstrip() for line in licence.strip().split("\n")] + [" */"]
    out += ['#include "drivers/glyphs.h"', "", "const uint32_t glyph_rows[GLYPHS][4] = {"]
    for c in chars:
        words = struct.unpack("<4I", font.get(c, font[" "]))
        out.append("\t{" + ", ".join(f"0x{w:08x}" for w in words) + "},")
    out += ["};", "", "const uint8_t glyph_cp437[GLYPHS] = {"]
    numbers = [in_cp437(c) for c in chars]
    out += ["\t" + ", ".join(f"0x{n:02x}" for n in numbers[at:at + 16]) + "," for at in range(0, 256, 16)]
    for name, text in (("low", LOW), ("high", HIGH)):
        out += ["};", "", f"static const uint16_t {name}[] = {{"]
        out += ["\t" + ", ".join(f"0x{ord(c):04x}" for c in text[at:at + 8]) + ","
                for at in range(0, len(text), 8)]
    out += ["};", CODE]
    print("\n".join(out))
    missing = [c for c in set(chars) if c not in font]
    if missing:
        raise SystemExit(f"glyphs.py: the font lacks {missing}")


CODE = """
static uint8_t find(const uint16_t *table, unsigned count, uint32_t unicode)
{
	for (unsigned i = 0; i < count; i++)
		if (table[i] == unicode)
			return (uint8_t)(i + 1);
	return 0;
}

uint8_t glyph_of(uint32_t unicode)
{
	uint8_t n;

	if ((unicode >= 0x20 && unicode < 0x7F) || (unicode >= 0xA0 && unicode <= 0xFF))
		return (uint8_t)unicode;
	n = find(low, ARRAY_SIZE(low), unicode);
	if (n)
		return n;
	n = find(high, ARRAY_SIZE(high), unicode);
	return n ? (uint8_t)(0x7F + n) : '?';
}"""

if __name__ == "__main__":
    main()
