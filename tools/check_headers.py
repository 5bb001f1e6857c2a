#!/usr/bin/env python3
"""Compiles every header alone, twice in one file.

Public headers (include/kith) see only include/ and what a user of the
installed library has; the others see src/ and the generated code too. So a
header that leans on its includer's includes, that lacks #pragma once, or a
public one that reaches into src/, fails here by name.

A header that its own source file includes first is compiled alone by every
build, and not here again, unless a precompiled header comes before it.

Uses ccache when there is one. Prints the compiler's words for each header
that fails, and exits non-zero on any, or when there was no header.

    tools/check_headers.py --build BUILD_DIR [--jobs N] [header...]
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror",
            "-Wno-missing-field-initializers", "-Wno-unused-parameter"]
FOLDERS = ("include/kith", "src", "tools/kith", "tests", "bench")


def find_headers():
    return sorted(path.relative_to(ROOT).as_posix() for folder in FOLDERS
                  for path in (ROOT / folder).rglob("*.h"))


def precompiled_layers():
    """The layers of CMakeLists.txt that are built behind a PCH."""
    path = ROOT / "CMakeLists.txt"
    text = path.read_text() if path.exists() else ""
    return {name for name, arguments in re.findall(
        r"kith_layer\((\w+)([^)]*)\)", text) if "PCH" in arguments.split()}


def built_alone(header, precompiled):
    """Whether the build compiles the header first in a source file."""
    parts = header.split("/")
    source = (ROOT / header).with_suffix(".cc")
    if parts[0] != "src" or parts[1] in precompiled or not source.exists():
        return False
    first = re.search(r'^#include\s*[<"](.*)[>"]', source.read_text(), re.M)
    return bool(first) and "src/" + first.group(1) == header


def include_path(header, build):
    public = ["-I", str(ROOT / "include")]
    if header.startswith("include/"):
        return public
    # The command names its headers from the root, tests and benchmarks theirs
    # from their folder.
    own = [] if header.startswith("src/") else [
        "-I", str(ROOT / "tests"), "-I", str(ROOT / "bench"), "-I", str(ROOT)]
    return public + ["-I", str(ROOT / "src"), "-isystem",
                     str(build / "proto")] + own


def check(header, build, compiler):
    """The compiler's output when `header` does not compile alone."""
    stem = build / "checks" / "headers" / header.replace("/", "__")
    stem.parent.mkdir(parents=True, exist_ok=True)
    source = stem.with_suffix(".cc")
    # Equal text keeps its time: then ccache's direct mode answers.
    text = f'#include "{ROOT / header}"\n' * 2
    if not source.exists() or source.read_text() != text:
        source.write_text(text)
    done = subprocess.run(
        compiler + ["-std=c++20", "-O0", *WARNINGS,
                    *include_path(header, build), "-c", str(source), "-o",
                    str(stem.with_suffix(".o"))],
        capture_output=True, text=True,
        env=dict(os.environ, CCACHE_SLOPPINESS="time_macros",
                 CCACHE_BASEDIR=str(ROOT)))
    return done.stderr if done.returncode else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path,
                        default=ROOT / "build" / "dev")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("headers", nargs="*")
    options = parser.parse_args()
    build = options.build.resolve()
    found = options.headers or find_headers()
    precompiled = precompiled_layers()
    headers = [h for h in found if not built_alone(h, precompiled)]
    compiler = [os.environ.get("CXX", "g++")]
    if shutil.which("ccache"):
        compiler.insert(0, "ccache")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda h: check(h, build, compiler), headers)
        for header, output in zip(headers, results):
            if output is not None:
                failed += 1
                print(f"{header}: does not compile alone\n{output}")
    print(f"check_headers: {len(found)} headers, {failed} errors; "
          f"{len(found) - len(headers)} compiled alone by the build")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
