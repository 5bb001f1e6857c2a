#!/usr/bin/env python3
"""Shows that the tests find each bug of src/base/seeded_bug.h.

Runs test programs of a build with -DKITH_SEEDED_BUGS=ON: first without a bug,
when all must pass, then once for each bug, when one of them must fail. Prints
which test found it, and after how long. Exits non-zero when a bug was found by
none.

    tests/seeded/seeded_bugs.py BUILD_DIR [bug...]
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ROOT / "src" / "base" / "seeded_bug.h"
# Those that take the shortest time to fail come first.
PROGRAMS = ("interleaving_test", "property_test", "db_test", "engine_test")
TIMEOUT = 600


def bug_names(text):
    """The names beside the enumerators."""
    return re.findall(r"^  k\w+,\s*// ([a-z-]+)$", text, re.M)


def first_failure(build, bug):
    """The program and the test that failed first; None: all passed."""
    environment = dict(os.environ, KITH_SEEDED_BUG=bug)
    environment.pop("KITH_SEED", None)
    for program in PROGRAMS:
        try:
            done = subprocess.run(
                [build / "bin" / program, "--gtest_fail_fast",
                 "--gtest_brief=1"],
                env=environment, capture_output=True, text=True,
                errors="replace", timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            return program, "did not end"
        if done.returncode != 0:
            failed = re.search(r"\[  FAILED  \] (\S+)", done.stdout)
            return program, failed.group(1) if failed else "crashed"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("bugs", nargs="*")
    options = parser.parse_args()
    known = bug_names(HEADER.read_text())
    unknown = set(options.bugs) - set(known)
    if unknown or not known:
        sys.exit(f"no such bugs: {' '.join(sorted(unknown))}")

    if failure := first_failure(options.build, ""):
        sys.exit("without a bug: %s %s failed" % failure)
    missed = []
    for bug in options.bugs or known:
        begin = time.monotonic()
        failure = first_failure(options.build, bug)
        seconds = time.monotonic() - begin
        if failure is None:
            missed.append(bug)
        found = "NOT FOUND" if failure is None else "%s: %s" % failure
        print(f"{bug:28} {seconds:6.1f} s  {found}", flush=True)
    total = len(options.bugs or known)
    print(f"{total - len(missed)} of {total} bugs found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
