# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine's screen shows, as text: read by the font from a picture, or from VGA memory."""
import os
import re
import tempfile

from qemu import expect

GLYPH_WIDTH, GLYPH_HEIGHT = 8, 16


def glyphs():
    """{16 rows of a cell: character}, of ASCII, from the hypervisor's own table."""
    with open("drivers/glyphs.c", encoding="utf-8") as f:
        rows = re.findall(r"\{(0x\w+), (0x\w+), (0x\w+), (0x\w+)\}", f.read())
    expect(len(rows) == 256, f"drivers/glyphs.c has {len(rows)} glyphs")
    table = [b"".join(int(word, 16).to_bytes(4, "little") for word in row) for row in rows]
    return {table[c]: chr(c) for c in range(0x20, 0x7F)}


class Picture:
    """A PPM file."""

    def __init__(self, path):
        with open(path, "rb") as f:
            kind, size, depth, self.data = f.read().split(b"\n", 3)
        expect((kind, depth) == (b"P6", b"255"), f"{path} is no PPM file")
        self.width, self.height = map(int, size.split())

    def cell(self, column, row):
        """(rows of bits, ink, paper) of a cell; paper is the color of its upper left pixel."""
        lines = []
        for y in range(row * GLYPH_HEIGHT, (row + 1) * GLYPH_HEIGHT):
            at = (y * self.width + column * GLYPH_WIDTH) * 3
            line = self.data[at:at + GLYPH_WIDTH * 3]
            lines.append([line[x:x + 3] for x in range(0, len(line), 3)])
        paper = lines[0][0]
        inks = {pixel for line in lines for pixel in line} - {paper}
        expect(len(inks) <= 1, f"cell {column}, {row} has {len(inks) + 1} colors")
        bits = bytes(sum((pixel != paper) << 7 - x for x, pixel in enumerate(line))
                     for line in lines)
        return bits, inks.pop() if inks else paper, paper

    def text(self):
        """Its rows; a character that is not known is a U+FFFD."""
        known = glyphs()
        return ["".join(known.get(self.cell(column, row)[0], "\ufffd")
                        for column in range(self.width // GLYPH_WIDTH))
                for row in range(self.height // GLYPH_HEIGHT)]


def picture(machine):
    """The machine's screen now."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "screen.ppm")
        machine.execute("screendump", filename=path)
        return Picture(path)


def vga_cells(machine):
    """The 80 x 25 (character, attribute) of VGA text memory."""
    answer = machine.monitor("xp /2000xh 0xb8000")
    words = [int(w, 16) for line in answer.splitlines() for w in line.split(":")[1].split()]
    expect(len(words) == 2000, f"{len(words)} words of VGA memory")
    return [[(chr(w & 0xFF), w >> 8) for w in words[at:at + 80]] for at in range(0, 2000, 80)]


def wrapped(log, columns):
    """Lines of a serial log as a screen of so many columns breaks them."""
    rows = []
    for line in log:
        rows += [line[at:at + columns].rstrip() for at in range(0, len(line), columns)] or [""]
    return rows


def expect_end_of_log(rows, columns, log):
    """The screen's rows are the last ones of the serial log."""
    rows = [row.rstrip() for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    should = wrapped(log, columns)
    while should and not should[-1]:
        should.pop()
    expect(len(rows) >= 10, f"hardly anything is on the screen: {rows}")
    for shown, line in zip(rows, should[-len(rows):]):
        expect(shown == line, f'the screen shows "{shown}", the log has "{line}"')
