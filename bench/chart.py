# SPDX-License-Identifier: GPL-2.0-or-later
"""Charts as SVG: bars with marks on a logarithmic axis, and lines of something that grows."""
import math
from xml.sax.saxutils import escape

COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#4a5568")
GREY, DARK = "#dddddd", "#333333"


class Svg:
    """An image being drawn; text() and the like add to it, str() is the file."""

    def __init__(self, width, height, title):
        self.width, self.height, self.title, self.parts = width, height, title, []
        self.text(12, 22, title, size=15)

    def text(self, x, y, text, anchor="start", size=12, fill=DARK):  # pylint: disable=too-many-arguments
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
                          f'fill="{fill}">{escape(str(text))}</text>')

    def rect(self, x, y, width, height, fill):  # pylint: disable=too-many-arguments
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" '
                          f'height="{height:.1f}" fill="{fill}"/>')

    def line(self, points, stroke=GREY, width=1):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{stroke}" '
                          f'stroke-width="{width}"/>')

    def dot(self, x, y, fill):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{fill}"/>')

    def __str__(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
                f'viewBox="0 0 {self.width} {self.height}" font-family="sans-serif">\n'
                f'<title>{escape(self.title)}</title>\n'
                '<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(self.parts) +
                "\n</svg>\n")


def bars(title, rows, series, marks=(), unit=""):
    """rows: (label, {series or mark: value}); a bar for each of series, a tick for each of marks."""
    left, right, top, bar = 350, 90, 66, 11
    step = bar * len(series) + 9
    width, height = 1010, top + step * len(rows) + 34
    svg = Svg(width, height, title)
    values = [v for _, found in rows for v in found.values() if v]
    last = math.ceil(math.log10(max(values)))
    scale = (width - left - right) / last

    def at(value):
        return left + scale * math.log10(max(value, 1))

    x = left
    for number, name in enumerate([*series, *marks]):
        svg.rect(x, 36, 10, 10, COLOURS[number])
        svg.text(x + 14, 45, name)
        x += 30 + 7 * len(name)
    for power in range(last + 1):
        svg.line([(at(10 ** power), top - 6), (at(10 ** power), height - 28)])
        svg.text(at(10 ** power), height - 12, f"{10 ** power:,} {unit}", "middle", fill="#666666")
    for number, (label, found) in enumerate(rows):
        y = top + step * number
        svg.text(left - 8, y + bar * len(series) / 2 + 4, label, "end")
        for place, name in enumerate(series):
            if found.get(name) is not None:
                svg.rect(left, y + bar * place, at(found[name]) - left, bar - 1, COLOURS[place])
                svg.text(at(found[name]) + 8, y + bar * place + 9, f"{found[name]:g}", size=10)
        for place, name in enumerate(marks, len(series)):
            if found.get(name) is not None:
                svg.rect(at(found[name]) - 1.5, y - 3, 3, bar * len(series) + 5, COLOURS[place])
    return str(svg)


def nice(value):
    """The next of 1, 2, 5, 10, ... that is not less."""
    power = 10 ** math.floor(math.log10(value))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= value * 0.999)


def lines(title, across, plots):
    """plots: (label of the axis, {line: {x: y}}), one below the other, with the same x axis."""
    left, right, top, tall, gap = 90, 190, 50, 170, 46
    width, height = 860, top + (tall + gap) * len(plots) + 10
    svg = Svg(width, height, title)
    xs = sorted({x for _, found in plots for points in found.values() for x in points})
    for number, (label, found) in enumerate(plots):
        y0 = top + (tall + gap) * number + tall
        most = nice(max(y for points in found.values() for y in points.values()) or 1)

        def at(x, y, y0=y0, most=most):
            return left + (width - left - right) * x / xs[-1], y0 - tall * y / most

        svg.text(12, y0 - tall - 8, label)
        for part in range(5):
            value = most * part / 4
            svg.line([at(0, value), at(xs[-1], value)])
            svg.text(left - 6, at(0, value)[1] + 4, f"{value:g}", "end", fill="#666666")
        for x in xs:
            svg.text(at(x, 0)[0], y0 + 16, x, "middle", size=10, fill="#666666")
        svg.text(width - right + 8, y0 + 16, across, fill="#666666")
        for place, (name, points) in enumerate(found.items()):
            svg.line([at(x, y) for x, y in sorted(points.items())], COLOURS[place], 2)
            for x, y in points.items():
                svg.dot(*at(x, y), COLOURS[place])
            last = max(points)
            svg.text(at(last, 0)[0] + 10, at(last, points[last])[1] + 4, name, fill=COLOURS[place])
    return str(svg)
