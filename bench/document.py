#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts what was measured into docs/performance.md: document.py FOLDER

FOLDER is build/bench, where the others wrote their JSON. A table goes between the lines
<!-- NAME --> and <!-- end NAME -->; what was not measured stays as it is. The charts go beside it.
"""
import json
import os
import shutil
import sys

import run_bench
import run_guests
import run_scale
import run_where
from operations import TOP, write

DOCS = os.path.join(TOP, "docs")
TABLES = {"ops": run_bench.table, "guests": run_guests.table, "scale": run_scale.table,
          "where": run_where.table}


def main():
    folder = sys.argv[1]
    with open(os.path.join(DOCS, "performance.md"), encoding="utf-8") as f:
        text = f.read()
    for name, table in TABLES.items():
        path = os.path.join(folder, name + ".json")
        if not os.path.exists(path):
            print(f"{path} is missing: {name} stays as it is")
            continue
        with open(path, encoding="utf-8") as f:
            found = table(json.load(f))
        begin, end = f"<!-- {name} -->\n", f"<!-- end {name} -->"
        before, _, rest = text.partition(begin)
        old, _, after = rest.partition(end)
        if not after or begin in old:
            raise SystemExit(f"docs/performance.md: no place for {name}")
        text = before + begin + found + "\n" + end + after
    write(DOCS, "performance.md", text)
    for name in ("ops", "scale"):
        if os.path.exists(os.path.join(folder, name + ".svg")):
            shutil.copy(os.path.join(folder, name + ".svg"),
                        os.path.join(DOCS, f"performance-{name}.svg"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
