# SPDX-License-Identifier: GPL-2.0-or-later
"""bench/linux: the program builds and runs here; figures, tables and charts of made-up runs."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
import xml.etree.ElementTree

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "bench/linux"))
import figures   # pylint: disable=wrong-import-position
import machines  # pylint: disable=wrong-import-position

# A guest's console: the prefix is Gatehouse's, other lines come in between.
LOG = """[    0.1] guest "bench": started
bench| BENCH getpid 80 90 1000
BENCH page_fault 1500 2000 1000
a kernel's message
BENCH sleep_1ms 1050000 1060000 50
BENCH-CLOCK 4000 2000
BENCH-END
"""


class Figures(unittest.TestCase):
    def test_log(self):
        found, ns_per_tick = figures.parse(LOG)
        self.assertEqual(found["getpid"], (80, 90, 1000))
        self.assertEqual(len(found), 3)
        self.assertEqual(ns_per_tick, 0.5)

    def test_log_without_an_end(self):
        self.assertIsNone(figures.parse(LOG.split("BENCH-CLOCK", maxsplit=1)[0]))
        self.assertIsNone(figures.parse("Kernel panic"))

    def test_sleep_counts_what_is_too_long(self):
        way = figures.counted(LOG)
        self.assertEqual(way["sleep_1ms_over"], {"instructions": 60000, "least": 50000})
        self.assertNotIn("sleep_1ms", way)

    def test_frames_are_not_counted_natively(self):
        log = LOG.replace("page_fault", "frame_burst_32")
        self.assertEqual(figures.counted(log, is_native=True)["frame_burst_32"], {})
        self.assertEqual(figures.counted(log)["frame_burst_32"]["instructions"], 2000)

    def test_smallest_wall_time_counts(self):
        way = figures.counted(LOG)
        figures.add_wall(way, LOG)
        figures.add_wall(way, LOG.replace("getpid 80 90", "getpid 50 60"))
        self.assertEqual(way["getpid"], {"instructions": 90, "least": 80, "wall_ns": 30})

    def test_counters_per_operation(self):
        def reading(calls, fills):
            return figures.parse_counters(
                f"guest.bench.exit.call.SET_PTE.count {calls}\n"
                f"guest.bench.exit.call.SET_PTE.total_ns 5000\nguest.bench.call.SET_PTE 70\n"
                f"guest.other.exit.shadow.count 99\nguest.bench.exit.shadow.count {fills}\n"
                "guest.bench.shadow.flushes 3\n", "bench")
        per = figures.per_operation(reading(10, 0), reading(30, 10), 10)
        self.assertEqual(per, {"exits": 3.0, "calls": 2.0, "fills": 1.0, "traps": 0.0,
                               "emulated": 0.0, "flushes": 0.0})

    def test_table_and_ratio(self):
        ways = {"native": {"getpid": {"instructions": 100, "wall_ns": 500},
                           "tcp_peer": {"wall_ns": 2000}},
                "guest": {"getpid": {"instructions": 113, "wall_ns": 600, "per": {"exits": 1.5}},
                          "tcp_peer": {"instructions": 5, "wall_ns": 5000}, "disk": {}}}
        self.assertEqual(figures.ratio(ways, "getpid"), (1.13, "instr"))
        self.assertEqual(figures.ratio(ways, "tcp_peer"), (2.5, "wall"))
        self.assertEqual(figures.ratio(ways, "disk"), (None, ""))
        lines = figures.table(ways)
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[1], r"getpid +100 +113 +1\.13 +1\.13 +0\.5 +0\.6 +1\.50")
        self.assertIn("2.50w", lines[2])
        self.assertEqual(len({len(line) for line in lines}), 1)

    def test_chart(self):
        ways = {"native": {"getpid": {"instructions": 100}, "x": {"instructions": 0}},
                "guest": {"getpid": {"instructions": 300}, "x": {"instructions": 7}}}
        root = xml.etree.ElementTree.fromstring(figures.chart(ways, "a <b>"))
        text = "".join(root.itertext())
        self.assertIn("a <b>", text)
        self.assertIn("3.00", text)
        self.assertNotIn("x", re.sub("a <b>", "", text))


class Machines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.files = machines.build(cls.folder)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_program_runs_here(self):
        """Not as /init: it keeps its hands off disks and cards."""
        log = subprocess.run([os.path.join(self.folder, "linux_bench"), "getpid", "ping_pong",
                              "ring_8", "mprotect", "disk_write_4k", "frame_round_trip"],
                             check=True, capture_output=True, text=True, timeout=60).stdout
        found, _ = figures.parse(log)
        self.assertEqual(list(found), ["getpid", "mprotect", "ping_pong", "ring_8"])
        self.assertTrue(all(0 < least <= median for least, median, _ in found.values()))

    def test_initramfs(self):
        with open(self.files[0], "rb") as f:
            names = subprocess.run(["cpio", "-t"], input=f.read(), check=True,
                                   capture_output=True).stdout.decode().split()
        self.assertEqual(names, ["dev", "dev/console", "dev/null", "init"])

    def test_module_lines_keep_commas(self):
        args = types.SimpleNamespace(qemu="q", mem=64, kernel="bz", cmdline="a=1,2", words="",
                                     hypervisor="gh")
        command = machines.guest_pair(args, self.files, "BENCH=x,y")
        lines = command[command.index("-initrd") + 1]
        self.assertIn("a=1,,2 BENCH=x,,y", lines)
        self.assertEqual(len(re.split(r"(?<!,),(?!,)", lines)), 4)

    def test_address_of_a_symbol(self):
        path = os.path.join(self.folder, "map")
        with open(path, "w", encoding="utf-8") as f:
            f.write("c0100000 T start\nc0200000 t rest_init\nc0300000 T rest_init_x\n")
        self.assertEqual(machines.address_of(path, "rest_init"), 0xC0200000)
        with self.assertRaises(SystemExit):
            machines.address_of(path, "start_kernel")


if __name__ == "__main__":
    unittest.main()
