#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tests of the tools, test/tools/test_*.py (unittest).

usage: run_tools.py --out FOLDER [NAME ...]      (NAME: test_trace, or test_trace.Class.test)

The counts go to FOLDER/result.json.
"""
import argparse
import json
import os
import sys
import unittest

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    sys.dont_write_bytecode = True
    sys.path.insert(0, HERE)
    build = os.path.dirname(os.path.abspath(args.out))
    if os.path.isfile(os.path.join(build, "gatehouse-check")):
        os.environ["GATEHOUSE_BUILD"] = build
    loader = unittest.TestLoader()
    tests = loader.loadTestsFromNames(args.names) if args.names else loader.discover(HERE)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(tests)
    failed = [str(test) for test, _ in result.failures + result.errors]
    passed = result.testsRun - len(failed) - len(result.skipped)
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "result.json"), "w", encoding="utf-8") as f:
        json.dump({"suite": "tools", "passed": passed, "failed": len(failed),
                   "skipped": len(result.skipped), "failures": failed}, f)
    print(f"tools: {passed} passed, {len(failed)} failed, {len(result.skipped)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
