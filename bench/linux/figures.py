# SPDX-License-Identifier: GPL-2.0-or-later
"""What linux_bench prints, and what becomes of it: figures, a table, a bar chart. Pure.

A way ("native", "guest") is {operation: {"instructions": median, "least": minimum, "wall_ns": ns,
"per": {what: how many}}}; what a way does not have is missing.
"""
import html
import re

# What the design wants a guest to cost at most, against the same kernel without Gatehouse.
GOALS = {"getpid": 1.13, "write_null": 1.03, "page_fault": 1.4, "munmap_16m": 1.2,
         "mmap_touch_munmap": 1.5, "mprotect": 3.0, "signal": 1.05, "ping_pong": 1.3,
         "fork_exit_wait": 1.6, "fork_exec_wait": 1.5, "sleep_1ms_over": 1.05,
         "kernel_start": 1.2}
SLEEP_NS = 1000000
# QEMU's cards move a frame when its main loop turns; until then the counted clock runs on.
UNCOUNTED_NATIVELY = ("frame_round_trip", "frame_burst_32")
# What the hypervisor's counters are called in the table: the sum of the keys that match.
COUNTED = {"exits": r"exit\.[^ ]+\.count", "calls": r"exit\.call\.\w+\.count",
           "fills": r"exit\.shadow\.count", "traps": r"exit\.trap\.\d+\.count",
           "emulated": r"exit\.emulated\.count", "flushes": r"shadow\.flushes"}


def parse(log):
    """({operation: (minimum, median, samples)}, ns per tick), or None if it did not end well."""
    found = {m[0]: (int(m[1]), int(m[2]), int(m[3]))
             for m in re.findall(r"BENCH (\w+) (\d+) (\d+) (\d+)", log)}
    clock = re.search(r"BENCH-CLOCK (\d+) (\d+)", log)
    if not clock or not int(clock.group(1)):
        return None
    return found, int(clock.group(2)) / int(clock.group(1))


def _overshoot(figures, ns):
    """The sleep's operation becomes what it slept too long."""
    if "sleep_1ms" in figures:
        least, median, n = figures.pop("sleep_1ms")
        figures["sleep_1ms_over"] = (round(least - SLEEP_NS / ns), round(median - SLEEP_NS / ns), n)
    return figures


def counted(log, is_native=False):
    """A way of a run in which a tick is an instruction, and a ns."""
    figures, _ = parse(log)
    return {name: {} if is_native and name in UNCOUNTED_NATIVELY else
            {"instructions": median, "least": least}
            for name, (least, median, _) in _overshoot(figures, 1).items()}


def add_wall(way, log):
    """Of several runs the smallest median counts."""
    figures, ns_per_tick = parse(log)
    for name, (_, median, _) in _overshoot(figures, ns_per_tick).items():
        ns = round(median * ns_per_tick)
        entry = way.setdefault(name, {})
        entry["wall_ns"] = min(ns, entry.get("wall_ns", ns))


def parse_counters(text, guest):
    """{key: number} of `counters GUEST raw`."""
    return {m[0]: int(m[1]) for m in re.findall(rf"guest\.{guest}\.([\w.]+) (\d+)", text)}


def per_operation(before, after, times):
    """What COUNTED names, between two readings of the counters, for each of so many times."""
    result = {}
    for what, pattern in COUNTED.items():
        total = sum(after[key] - before.get(key, 0) for key in after
                    if re.fullmatch(pattern, key))
        result[what] = round(total / times, 2)
    return result


def ratio(ways, name):
    """(guest / native, counted in) or (None, ""): in instructions, else in time."""
    native, guest = ways.get("native", {}).get(name, {}), ways.get("guest", {}).get(name, {})
    for key, unit in (("instructions", "instr"), ("wall_ns", "wall")):
        if native.get(key, 0) > 0 and key in guest:
            return guest[key] / native[key], unit
    return None, ""


def _names(ways):
    return list(dict.fromkeys(name for way in ways.values() for name in way))


def _number(value, scale=1, digits=0):
    return "-" if value is None else f"{value / scale:.{digits}f}"


def table(ways):
    """Lines of text. The columns of counters are there if the guest's were read."""
    has_counts = any("per" in entry for entry in ways.get("guest", {}).values())
    head = f"{'operation':<20}" + "".join(f"{way + ' instr':>15}" for way in ways) + \
        f"{'ratio':>8}{'goal':>7}" + "".join(f"{way + ' us':>12}" for way in ways)
    lines = [head + ("".join(f"{what:>9}" for what in COUNTED) if has_counts else "")]
    for name in _names(ways):
        entries = [way.get(name, {}) for way in ways.values()]
        times, unit = ratio(ways, name)
        line = f"{name:<20}" + "".join(f"{_number(e.get('instructions')):>15}" for e in entries)
        line += f"{_number(times, digits=2) + ('w' if unit == 'wall' else ''):>8}"
        line += f"{GOALS.get(name, ''):>7}"
        line += "".join(f"{_number(e.get('wall_ns'), 1000, 1):>12}" for e in entries)
        per = ways.get("guest", {}).get(name, {}).get("per", {})
        lines.append(line + "".join(f"{_number(per.get(what), digits=2):>9}" for what in COUNTED)
                     if has_counts else line)
    return lines


def chart(ways, title):
    """The ratios as bars of an SVG picture; a line across a bar is its goal."""
    rows = [(name, *ratio(ways, name)) for name in _names(ways)]
    rows = [row for row in rows if row[1] is not None]
    top = max([2.0] + [row[1] for row in rows] + [GOALS.get(row[0], 0) for row in rows])
    scale, height = 480 / top, 18
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="760" '
             f'height="{60 + height * len(rows)}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="#fff"/>',
             f'<text x="8" y="20" font-size="14">{html.escape(title)}</text>']
    for i, (name, times, unit) in enumerate(rows):
        y, goal = 36 + i * height, GOALS.get(name)
        colour = "#888" if goal is None else "#4a7" if times <= goal * 1.005 else "#c63"
        parts.append(f'<text x="8" y="{y + 12}">{name}</text>'
                     f'<rect x="190" y="{y + 2}" width="{max(times, 0) * scale:.1f}" '
                     f'height="{height - 5}" fill="{colour}"/>'
                     f'<text x="{194 + max(times, 0) * scale:.1f}" y="{y + 12}">{times:.2f}'
                     f'{" (time)" if unit == "wall" else ""}</text>')
        if goal:
            parts.append(f'<line x1="{190 + goal * scale:.1f}" x2="{190 + goal * scale:.1f}" '
                         f'y1="{y}" y2="{y + height - 1}" stroke="#000"/>')
    parts.append(f'<line x1="{190 + scale:.1f}" x2="{190 + scale:.1f}" y1="34" '
                 f'y2="{36 + height * len(rows)}" stroke="#999" stroke-dasharray="3"/></svg>')
    return "\n".join(parts) + "\n"
