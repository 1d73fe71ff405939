# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/gatehouse-trace on captures made here: what it finds, refuses and draws."""
import base64
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(TOP, "tools/gatehouse-trace")
sys.path.insert(0, os.path.join(TOP, "tools"))
import trace_dump  # pylint: disable=wrong-import-position
import trace_svg   # pylint: disable=wrong-import-position

KHZ = 1000  # a tick is a microsecond
A_LINE = 9
RUNNING, HALTED = 2, 3
NOBODY = trace_dump.NOBODY

# One guest runs, calls, is interrupted, halts; another runs meanwhile; the CPU sleeps.
STORY = [
    (0, "SWITCH", 0, NOBODY, 0), (10, "ENTER", 0, 0xC0100000, 1),
    (30, "LEAVE", 0, 31 | 1 << 16, 0xC0100010), (31, "CALL", 0, 14, 0xABC),
    (34, "CALL_END", 0, 14, 0), (40, "ENTER", 0, 0xC0100012, 3),
    (90, "LEAVE", 0, 0xFC | 3 << 16, 0x8000000), (91, "IRQ", NOBODY, 0xFC, 0),
    (92, "FIRED", NOBODY, 2000, 0x1000), (93, "SWITCH", 1, 0, 0), (95, "INJECT", 1, 0, 0),
    (100, "ENTER", 1, 0x100000, 1), (120, "LEAVE", 1, 31 | 1 << 16, 0x100100),
    (121, "CALL", 1, 10, 0), (122, "STATE", 1, HALTED, RUNNING), (123, "CALL_END", 1, 10, 0),
    (125, "SWITCH", 0, 1, 0), (130, "ENTER", 0, 0x8000000, 3),
    (150, "LEAVE", 0, 14 | 3 << 16, 0x8000004), (151, "REFLECT", 0, 14, 6),
    (160, "STATE", 0, HALTED, RUNNING), (161, "SWITCH", NOBODY, 0, 0), (165, "IDLE", NOBODY, 0, 0),
    (190, "IDLE_END", NOBODY, 0, 0), (200, "STATE", 1, RUNNING, HALTED),
]


def sealed(line):
    return f"{line} crc={zlib.crc32(line.encode()):08x}"


def packed(events, base=0):
    return b"".join(struct.pack("<IHBBII", (base + t) & 0xFFFFFFFF, (base + t) >> 32 & 0xFFFF,
                                trace_dump.KINDS.index(kind), guest, a, b)
                    for t, kind, guest, a, b in events)


def dump_lines(events, base=0, total=None):
    data = packed(events, base)
    lines = [sealed(f"trace: begin 1 cpu=0 events={len(events)} total={total or len(events)} "
                    f"tsc_khz={KHZ} slice=00001000"),
             sealed("trace: guest 0 web clock=00002000 hold=00002014"),
             sealed("trace: guest 1 db clock=00003000 hold=00003014")]
    numbers = range(0, len(events), A_LINE)
    for n in numbers:
        part = data[n * 16:(n + A_LINE) * 16].ljust(A_LINE * 16, b"\xff")
        lines.append(sealed(f"trace: data {n} {base64.b64encode(part).decode()}"))
    return lines + [sealed(f"trace: end guests=2 lines={len(numbers)}")]


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, lines, name="capture"):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="latin-1", newline="") as f:
            f.write("\r\n".join(lines) + "\r\n")
        return path

    def run_tool(self, *words):
        done = subprocess.run([TOOL, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, text=True)
        return done.returncode, done.stdout, done.stderr

    def events(self, lines):
        return trace_dump.read([self.file(lines)])[1]

    def fails(self, lines, pattern):
        status, out, err = self.run_tool(self.file(lines))
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, pattern)
        self.assertNotIn("Traceback", err)


class Reading(ToolTest):
    def test_every_event_comes_back(self):
        found = self.events(dump_lines(STORY))
        self.assertEqual([(round(e.us), e.kind, e.guest, e.a, e.b) for e in found], STORY)

    def test_other_lines_between_and_before(self):
        lines = dump_lines(STORY)
        for n in range(len(lines), -1, -1):
            lines.insert(n, "web| trace this, and trace: data that")
        lines[1] = "gatehouse> \r           \r" + lines[1]
        self.assertEqual(len(self.events(lines)), len(STORY))

    def test_time_goes_on_where_48_bits_end(self):
        found = self.events(dump_lines(STORY, base=(1 << 48) - 95))
        self.assertEqual([round(e.us) for e in found], [e[0] for e in STORY])

    def test_the_last_complete_dump_counts(self):
        first, second = dump_lines(STORY), dump_lines(STORY[:7])
        self.assertEqual(len(self.events(first + second)), 7)
        self.assertEqual(len(self.events(first + second[:-1])), len(STORY))
        paths = [self.file(first, "one"), self.file(second, "two")]
        self.assertEqual(len(trace_dump.read(paths)[1]), 7)

    def test_nothing_there(self):
        self.fails(["hello| Hello"], "no trace dump in it.*`trace: begin`")
        self.fails([], "no trace dump in it")

    def test_no_such_file(self):
        status, _, err = self.run_tool(os.path.join(self.folder.name, "nothing"))
        self.assertEqual(status, 1)
        self.assertIn("No such file", err)

    def test_a_lost_line(self):
        lines = dump_lines(STORY)
        del lines[4]
        self.fails(lines, "2 of 2 lines of guests and 2 of 3 of data are there")

    def test_a_cut_capture(self):
        self.fails(dump_lines(STORY)[:-1], "begins at .*capture:1, and it has no end line")

    def test_every_changed_character_is_noticed(self):
        lines = dump_lines(STORY)
        for n, line in enumerate(lines):
            for at in range(len("trace: "), len(line), 5):
                changed = line[:at] + ("#" if line[at] != "#" else "+") + line[at + 1:]
                with self.assertRaises(trace_dump.BadDump, msg=changed):
                    self.events(lines[:n] + [changed] + lines[n + 1:])

    def test_a_later_form(self):
        lines = dump_lines(STORY)
        lines[0] = sealed(lines[0].split(" crc=")[0].replace("begin 1", "begin 2"))
        self.fails(lines, "form 2 of the dump; this tool reads form 1")

    def test_no_events(self):
        self.fails(dump_lines([]), "no events: was anything traced")


class Meaning(ToolTest):
    def spans(self, name):
        dump, events = trace_dump.read([self.file(dump_lines(STORY))])
        rows = {r.name: r for r in trace_dump.Timeline(dump, events).rows()}
        return [(round(s.start), round(s.end), s.what) for s in rows[name].spans]

    def test_a_guest(self):
        self.assertEqual(self.spans("web"), [
            (0, 10, "host"), (10, 30, "kernel"), (30, 40, "call"), (40, 90, "user"),
            (90, 93, "irq"), (93, 125, "wait"), (125, 130, "host"), (130, 150, "user"),
            (150, 161, "trap"), (161, 200, "sleep")])

    def test_a_guest_that_halts(self):
        self.assertEqual(self.spans("db"), [
            (93, 100, "host"), (100, 120, "kernel"), (120, 125, "call"), (125, 200, "sleep")])

    def test_the_cpu(self):
        self.assertEqual(self.spans("CPU 0"), [
            (0, 10, "host"), (10, 30, "guest"), (30, 40, "host"), (40, 90, "guest"),
            (90, 100, "host"), (100, 120, "guest"), (120, 130, "host"), (130, 150, "guest"),
            (150, 165, "host"), (165, 190, "idle"), (190, 200, "host")])

    def test_numbers_are_those_of_the_source(self):
        def source(name):
            with open(os.path.join(TOP, name), encoding="utf-8") as f:
                return f.read()
        kinds = re.findall(r"^\tTRACE_(\w+),", source("core/trace.h"), re.MULTILINE)
        self.assertEqual(kinds[:-1], trace_dump.KINDS)
        states = re.search(r"enum guest_state \{(.*?)\n\}", source("core/guest.h"), re.DOTALL)
        self.assertEqual([s.lower() for s in re.findall(r"GUEST_(\w+),", states.group(1))],
                         list(trace_dump.STATES))
        calls = dict((int(number, 0), name) for name, number in re.findall(
            r"#define LHCALL_(\w+) +(0x\w+|\d+)", source("include/gatehouse/lguest.h")))
        calls = {n: c for n, c in calls.items() if c != "RING_SIZE"}
        self.assertEqual(calls, trace_dump.CALLS)

    def test_every_kind_has_a_text(self):
        events = [(n, kind, 0, 1, 2) for n, kind in enumerate(trace_dump.KINDS)]
        status, out, _ = self.run_tool(self.file(dump_lines(events)), "--text", "-")
        self.assertEqual((status, len(out.splitlines())), (0, len(events)))
        self.assertNotRegex(out, "|".join(rf"\b{k} 0x" for k in trace_dump.KINDS))

    def test_summary(self):
        status, out, _ = self.run_tool(self.file(dump_lines(STORY, total=1000)))
        self.assertEqual(status, 0)
        self.assertIn(f"{1000 - len(STORY)} older ones were overwritten", out)
        self.assertRegex(out, r"idle +12\.50 % +25\.000 us")
        self.assertRegex(out, r"SET_PTE +1 times, +10\.000 us average, +10\.000 us worst")
        self.assertIn("interrupt 0 injected into db: 1 times", out)


class Pictures(ToolTest):
    def test_chrome(self):
        path = os.path.join(self.folder.name, "out.json")
        self.assertEqual(self.run_tool(self.file(dump_lines(STORY)), "--json", path)[0], 0)
        with open(path, encoding="utf-8") as f:
            events = json.load(f)["traceEvents"]
        names = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
        self.assertEqual(list(names.values()), ["CPU 0", "device work", "web", "db"])
        calls = [e for e in events if e["name"] == "SET_PTE"]
        self.assertEqual([(e["ph"], e["ts"], e["dur"], names[e["tid"]]) for e in calls],
                         [("X", 30, 10, "web")])
        marks = [(e["name"], names[e["tid"]]) for e in events if e["ph"] == "i"]
        self.assertIn(("interrupt 0 injected", "db"), marks)

    def test_svg(self):
        path = os.path.join(self.folder.name, "out.svg")
        self.assertEqual(self.run_tool(self.file(dump_lines(STORY)), "--svg", path)[0], 0)
        root = xml.etree.ElementTree.parse(path).getroot()
        texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
        for text in ("CPU 0", "web", "db", "100 us", "sleeps", "hypercall"):
            self.assertIn(text, texts)
        self.assertNotIn("device work", texts)  # there was none
        with open(path, encoding="utf-8") as f:
            self.assertNotRegex(f.read(), r"<script|href|url\(")

    def test_zoomed(self):
        capture = self.file(dump_lines(STORY))
        status, out, _ = self.run_tool(capture, "--svg", "-", "--from", "165us", "--to", "0.18ms")
        self.assertEqual(status, 0)
        self.assertIn(">idle<", out)
        self.assertNotIn(">hypercall<", out)
        status, _, err = self.run_tool(capture, "--from", "1s")
        self.assertEqual(status, 1)
        self.assertIn("the dump covers 200 us", err)
        status, _, err = self.run_tool(capture, "--to", "soon")
        self.assertEqual(status, 2)
        self.assertIn("a time is like 1.5s, 20ms, 300us", err)

    def test_columns_add_up(self):
        dump, events = trace_dump.read([self.file(dump_lines(STORY))])
        row = trace_dump.Timeline(dump, events).cpu
        for start, end in ((0.0, 200.0), (13.7, 188.1), (30.0, 30.5)):
            for parts in trace_svg.columns(row, start, end):
                self.assertAlmostEqual(sum(parts.values()), 1.0, places=6)
                heights = [h for _, h in trace_svg.stack(parts)]
                self.assertLessEqual(abs(sum(heights) - trace_svg.ROW), 1)

    def test_axis_steps_are_round(self):
        for span, step in ((200, 20), (1e6, 1e5), (40000, 5000), (12.5, 2), (0.5, 0.05)):
            self.assertAlmostEqual(trace_svg.axis_step(span), step)


if __name__ == "__main__":
    unittest.main()
