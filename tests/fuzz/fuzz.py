#!/usr/bin/env python3
"""Builds and runs the fuzz targets.

    tests/fuzz/fuzz.py build
    tests/fuzz/fuzz.py run [TARGET...] [--seconds N]   default: all, 60 each

A run starts from corpus/TARGET and what earlier runs found new, which it keeps
in build/fuzz/corpus/TARGET, with TARGET.dict as its dictionary. It ends at the
first broken rule, which it prints; the input is then in build/fuzz/findings and
    build/fuzz/bin/TARGET FILE
runs it again. Put the input into corpus/TARGET together with the fix.

Exits with 77, which is "skipped", where there is no clang.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "fuzz"
COMPILER = "clang++-14"
SKIPPED = 77
# An input may be this long, and take this many seconds and megabytes. By
# itself libFuzzer would exit with SKIPPED after a finding.
LIMITS = ["-max_len=4096", "-timeout=60", "-rss_limit_mb=3072",
          "-error_exitcode=1", "-timeout_exitcode=1"]
# It keeps state from input to input, which after each would look like a leak
# until long work finds that it is none (at the end of the process leaks are
# looked for all the same); and it covers so much that counting what is rare
# would take most of the time.
MORE_OPTIONS = {"handlers_fuzz": ["-detect_leaks=0", "-entropic=0"]}


def build():
    configure = ["cmake", "--preset", "fuzz", "--log-level=WARNING"]
    make = ["cmake", "--build", "--preset", "fuzz", "--parallel", "2"]
    for command in (configure, make):
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


def all_targets():
    return sorted(path.stem for path in HERE.glob("*_fuzz.cc"))


def run(target, seconds):
    binary = BUILD / "bin" / target
    if not binary.exists():
        print(f"{target}: {binary.relative_to(ROOT)} is not built")
        return 1
    found = BUILD / "corpus" / target
    findings = BUILD / "findings"
    for folder in (found, findings):
        folder.mkdir(parents=True, exist_ok=True)
    command = [str(binary), f"-max_total_time={seconds}", *LIMITS,
               *MORE_OPTIONS.get(target, []),
               "-print_final_stats=1", f"-artifact_prefix={findings}/{target}-",
               str(found), str(HERE / "corpus" / target)]
    dictionary = HERE / f"{target}.dict"
    if dictionary.exists():
        command.insert(1, f"-dict={dictionary}")
    print(" ".join(command), flush=True)
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    log = result.stdout.decode(errors="replace")
    if result.returncode:
        print(log[-8000:])
    executions = re.search(r"number_of_executed_units: (\d+)", log)
    if executions is None or int(executions.group(1)) == 0:
        print(f"{target}: nothing was executed")
        return result.returncode or 1
    print(f"{target}: {executions.group(1)} executions, "
          f"{'a finding' if result.returncode else 'no finding'}", flush=True)
    return result.returncode


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["build", "run"])
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    unknown = set(options.targets) - set(all_targets())
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there "
                     f"are {', '.join(all_targets())}")
    if shutil.which(COMPILER) is None:
        print(f"skipped: fuzzing needs {COMPILER} (tools/install)")
        return SKIPPED
    if options.what == "build":
        return build()
    codes = [run(target, options.seconds)
             for target in options.targets or all_targets()]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
