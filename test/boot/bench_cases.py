# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of what must not become slower: bench/ has the figures."""
import os
import sys

from qemu import expect

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench"))
import operations  # pylint: disable=wrong-import-position


def bench_bounds(c):
    """No single operation takes more instructions than bench/bounds.json says, by gcc's code."""
    if not operations.is_by_gcc(c.build):
        return
    wrong = operations.beyond_bounds(operations.run_bounds(c.build), operations.bounds())
    expect(not wrong, "; ".join(wrong))


CASES = {"bench_bounds": bench_bounds}
