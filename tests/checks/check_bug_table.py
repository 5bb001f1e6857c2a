#!/usr/bin/env python3
"""Holds the table of bug classes in tests/README.md against the tests.

Every class has a row, numbered without gaps, and every test that a row names
(`Suite.Name`, or `Suite.*` for all of a suite) is a TEST of a file in tests/.

    tests/checks/check_bug_table.py [ROOT]
"""

import argparse
import pathlib
import re
import sys

CLASSES = 32
TEST_RE = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.M)
ROW_RE = re.compile(r"^\| (\d+) \|[^|]*\|([^|]*)\|$", re.M)
NAME_RE = re.compile(r"`(\w+)\.(\w+|\*)`")


def errors(root):
    tests = set()
    for path in sorted((root / "tests").rglob("*.cc")):
        tests.update(TEST_RE.findall(path.read_text()))
    suites = {suite for suite, _ in tests}
    rows = ROW_RE.findall((root / "tests" / "README.md").read_text())
    numbers = [int(number) for number, _ in rows]
    if numbers != list(range(1, CLASSES + 1)):
        yield f"the rows are {numbers}, not 1 to {CLASSES}"
    for number, text in rows:
        for suite, name in NAME_RE.findall(text):
            known = (suite in suites if name == "*"
                     else (suite, name) in tests)
            if not known:
                yield f"class {number}: there is no test {suite}.{name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[2])
    found = list(errors(parser.parse_args().root))
    for error in found:
        print(f"tests/README.md: {error}")
    print(f"check_bug_table: {len(found)} errors")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
