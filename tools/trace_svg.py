# SPDX-License-Identifier: GPL-2.0-or-later
"""A timeline as a picture: one SVG file that needs nothing else."""
import collections
from xml.sax.saxutils import escape

from trace_dump import COLOURS, EXITS, MARKS, clipped, shares

LEFT, WIDTH, ROW, GAP, TOP = 130, 1000, 36, 16, 50


def columns(row, start, end):
    """For each column of the picture {what: part of it}, 1 being the whole column."""
    scale = WIDTH / (end - start)
    found = [collections.Counter() for _ in range(WIDTH)]
    for s in clipped(row, start, end):
        x, stop = (s.start - start) * scale, (s.end - start) * scale
        while x < stop:
            n = min(int(x), WIDTH - 1)
            step = min(stop, n + 1 if n < WIDTH - 1 else stop) - x
            if step <= 0:
                break
            found[n][s.what] += step
            x += step
    return found


def stack(parts):
    """[(what, height)] of one column in whole pixels, from the bottom up."""
    left, out = ROW, []
    for what in COLOURS:
        height = min(round(parts[what] * ROW), left)
        if not height and parts[what] > 0 and what in EXITS and left:
            height = 1  # seldom, but it was there
        if height:
            out.append((what, height))
            left -= height
    return tuple(out)


def svg_row(row, y, start, end):
    yield f'<text x="{LEFT - 8}" y="{y + ROW / 2 + 4}" text-anchor="end">{escape(row.name)}</text>'
    yield (f'<rect x="{LEFT}" y="{y}" width="{WIDTH}" height="{ROW}" fill="none" '
           'stroke="#cccccc"/>')
    stacks = [stack(c) for c in columns(row, start, end)]
    paths = collections.defaultdict(list)
    x = 0
    while x < WIDTH:
        stop = x + 1
        while stop < WIDTH and stacks[stop] == stacks[x]:
            stop += 1
        bottom = y + ROW
        for what, height in stacks[x]:
            bottom -= height
            paths[what].append(f"M{LEFT + x} {bottom}h{stop - x}v{height}h{x - stop}z")
        x = stop
    for what, parts in paths.items():
        yield f'<path fill="{COLOURS[what][0]}" d="{"".join(parts)}"/>'
    for kind, (colour, _) in MARKS.items():
        at = sorted({int((us - start) * WIDTH / (end - start)) for us, k, _ in row.marks
                     if k == kind and start <= us <= end})
        if at:
            path = "".join(f"M{LEFT + n} {y - 1}l-3 -6h6z" for n in at)
            yield f'<path fill="{colour}" d="{path}"/>'


def axis_step(span):
    """A round number of microseconds, about a tenth of the span."""
    step = 10.0 ** -3
    while span / step > 12:
        for factor in (2, 2.5, 2):  # 1, 2, 5, 10
            step *= factor
            if span / step <= 12:
                break
    return step


def time_text(us):
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if us >= size:
            return f"{us / size:g} {unit}"
    return f"{round(us, 3):g} us"


def svg_axis(start, end, bottom):
    step = axis_step(end - start)
    n = int(start / step)
    while n * step <= end:
        if n * step >= start:
            x = round(LEFT + (n * step - start) * WIDTH / (end - start), 1)
            yield f'<path stroke="#dddddd" d="M{x} {TOP - 12}V{bottom}"/>'
            yield (f'<text x="{x}" y="{TOP - 18}" text-anchor="middle" fill="#666666">'
                   f'{time_text(n * step)}</text>')
        n += 1


def svg_legend(rows, y, start, end):
    used = set().union(*(shares(row, start, end) for row in rows))
    kinds = {k for row in rows for us, k, _ in row.marks if start <= us <= end}
    items = [(f'<rect x="%d" y="%d" width="12" height="12" fill="{c}"/>', text)
             for what, (c, text) in COLOURS.items() if what in used]
    items += [(f'<path transform="translate(%d %d)" fill="{c}" d="M6 11l-4 -8h8z"/>', text)
              for kind, (c, text) in MARKS.items() if kind in kinds]
    for n, (shape, text) in enumerate(items):
        x, line = LEFT + n % 5 * 200, y + n // 5 * 20
        yield shape % (x, line)
        yield f'<text x="{x + 18}" y="{line + 10}">{escape(text)}</text>'


def svg(timeline, start, end, title):
    rows = [r for r in timeline.rows() if r is not timeline.work or shares(r, start, end)]
    bottom = TOP + len(rows) * (ROW + GAP)
    height = bottom + 80
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 30}" '
           f'height="{height}" font-family="sans-serif" font-size="12">')
    yield f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
    yield f'<text x="8" y="16" font-size="13">{escape(title)}</text>'
    yield from svg_axis(start, end, bottom - GAP)
    for n, row in enumerate(rows):
        yield from svg_row(row, TOP + n * (ROW + GAP), start, end)
    yield from svg_legend(rows, bottom + 8, start, end)
    yield "</svg>"
