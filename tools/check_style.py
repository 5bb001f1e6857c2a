#!/usr/bin/env python3
"""Checks of the tree's style that neither compiler nor clang-format makes.

Lines: 80 columns, ASCII, no tabs, no trailing space, a final newline. Names:
snake_case, none of utils, common, misc. Headers: #pragma once. Functions:
over 70 lines only when listed in tools/check_style_long_functions.txt, a
list that may only shrink. Words: nothing that a reader of the code cannot
use (places on somebody's machine, numbers of a tracker, promises). Tests do
not sleep; locks are base/mutex.h; src/ does not print.

Prints path:line: what, and exits non-zero on any, also when it found no file.

    tools/check_style.py [ROOT]
"""

import argparse
import os
import pathlib
import re
import sys

MAX_COLUMNS = 80
MAX_FUNCTION_LINES = 70
LONG_FUNCTIONS = "tools/check_style_long_functions.txt"

PRUNED = {".git", ".cache", "build", "node_modules", "__pycache__"}
CPP = {".h", ".cc"}
CODE = CPP | {".py", ".proto", ".cmake"}
TEXT = CODE | {".md", ".txt", ".yaml", ".yml", ".toml", ".json", ".zed"}
# Files beside documentation that may hold UTF-8, because it is their subject.
UTF8_FILES = frozenset()
# Tests that must let wall-clock time pass, each with its reason.
SLEEPERS = {
    # That an endless stream has stopped shows only as time goes by.
    "tests/unit/service/rpc_server_test.cc",
    # The end of another process is polled for.
    "tests/support/server_process.cc",
}
# This check and its test are made of the words they look for.
SELF = {"tools/check_style.py", "tests/checks/check_style_test.py"}

NAME_RE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
VAGUE_NAMES = {"util", "utils", "common", "misc", "helpers", "stuff"}
WORDS = [
    (re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"), "do it or leave it out"),
    (re.compile(r"(?<![\w.])/(work|root|home/\w+)/|\w_jobs\b"),
     "a place on somebody's machine"),
    (re.compile(r"\bissues? #?[0-9]+|\(#[0-9]+\)", re.I),
     "the number of a tracker"),
    (re.compile(r"\bshared/design\b"), "a document that is not in the tree"),
]
SLEEP_RE = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|SleepFor)\b"
                      r"|(?<![\w.:])sleep\(")
LITERAL_RE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"'
    r"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)


def blank_literals(text):
    """C++ without comments and literals, every line where it was."""
    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return "\n" * token.count("\n")
        return '""' + "\n" * token.count("\n")
    return LITERAL_RE.sub(blank, text)


def raw_string_lines(text):
    """Numbers of lines in raw strings: their columns are not ours."""
    numbers = set()
    for match in LITERAL_RE.finditer(text):
        if match.group(0).startswith("R"):
            first = text.count("\n", 0, match.start()) + 1
            numbers.update(range(
                first, first + match.group(0).count("\n") + 1))
    return numbers


def functions(code):
    """(name, first line, lines) of the function bodies in blanked C++."""
    # Kind of each open brace: "scope" (namespace, class), "function", or
    # "other"; with the head's first line and name.
    stack, head, head_line, line = [], "", 1, 1
    parens = 0
    for char in code:
        if char == "\n":
            line += 1
        if char in "()":
            parens += 1 if char == "(" else -1
        if char == "{" and parens <= 0:
            stack.append(classify(head, stack) + (head_line,))
            head = ""
        elif char == "}" and parens <= 0 and stack:
            kind, name, first = stack.pop()
            if kind == "function":
                yield name, first, line - first + 1
            head = ""
        elif char == ";" and parens <= 0:
            head = ""
        else:
            if not head.strip():
                head, head_line = "", line
            head += char


def classify(head, stack):
    inside = stack[-1][0] if stack else "scope"
    head = re.sub(r"^(\s*#[^\n]*\n)+", "", head)
    words = re.sub(r"\b(public|private|protected)\s*:(?!:)", "", head)
    words = re.sub(r"^\s*template\s*<[^{]*?>\s*(?=class|struct)", "", words)
    if re.match(r"\s*(inline\s+)?(namespace|class|struct|union|enum|extern"
                r"\s*\"\")\b", words) and inside == "scope":
        return "scope", ""
    if inside == "scope" and "(" in words and not re.search(r"=\s*$", words):
        match = re.search(r"([\w:~]+|operator\W+)\s*\(([^)]*)", words)
        name = match.group(1) if match else words.strip()[:40]
        if re.fullmatch(r"[A-Z_]{2,}", name):  # TEST(Suite, Case)
            name = ".".join(p.strip() for p in match.group(2).split(","))
        return "function", name
    return "other", ""


class Checker:
    def __init__(self, root):
        self.root = root
        self.errors = []
        self.files = 0
        self.long_functions = set()

    def error(self, name, line, what):
        self.errors.append(f"{name}:{line}: {what}")

    def run(self):
        for path in self.find():
            name = path.relative_to(self.root).as_posix()
            self.files += 1
            self.check_name(name, path)
            self.check_text(name, path)
        if not self.files:
            self.errors.append(f"no file to look at under {self.root}")
        self.check_ratchet()
        return self.errors

    def find(self):
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f not in PRUNED)
            for file in sorted(files):
                path = pathlib.Path(folder) / file
                if path.suffix in TEXT or self.is_script(path):
                    yield path

    @staticmethod
    def is_script(path):
        if path.suffix:
            return False
        with path.open("rb") as file:
            return file.read(2) == b"#!"

    def check_name(self, name, path):
        if path.suffix not in CPP | {".py", ".proto"}:
            return
        if not NAME_RE.fullmatch(path.stem):
            self.error(name, 1, "file names are snake_case")
        for part in [path.stem] + path.relative_to(
                self.root).parent.as_posix().split("/"):
            if set(part.split("_")) & VAGUE_NAMES:
                self.error(name, 1, f'"{part}" says nothing: name the '
                           "concept")

    def check_text(self, name, path):
        data = path.read_bytes()
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.error(name, 1, "not UTF-8")
            return
        if data and not data.endswith(b"\n"):
            self.error(name, text.count("\n") + 1, "no newline at the end")
        is_code = path.suffix in CODE or self.is_script(path)
        raw = raw_string_lines(text) if path.suffix in CPP else set()
        for number, line in enumerate(text.split("\n"), 1):
            self.check_line(name, number, line, is_code, number in raw)
        if path.suffix in CPP:
            self.check_cpp(name, path, text)

    def check_line(self, name, number, line, is_code, raw):
        if is_code:
            if "\t" in line and not raw:
                self.error(name, number, "tab")
            if line != line.rstrip() and not raw:
                self.error(name, number, "space at the end of the line")
            if (len(line) > MAX_COLUMNS and not raw and not re.match(
                    r"#include |  rpc \w+\(\w+\)$", line)):
                self.error(name, number, f"{len(line)} columns, "
                           f"{MAX_COLUMNS} at most")
            if not line.isascii() and name not in UTF8_FILES:
                self.error(name, number, "not ASCII")
        if name in SELF:
            return
        for pattern, why in WORDS:
            match = pattern.search(line)
            if match:
                self.error(name, number, f'"{match.group(0)}": {why}')

    def check_cpp(self, name, path, text):
        code = blank_literals(text)
        if path.suffix == ".h" and not re.search(
                r"^#pragma once$", code, re.M):
            self.error(name, 1, "a header without #pragma once")
        for number, line in enumerate(code.split("\n"), 1):
            if "absl::Mutex" in line:
                self.error(name, number, "absl::Mutex: use base/mutex.h")
            if name.startswith("src/") and re.search(
                    r"\bstd::(cout|cerr)\b|\bprintf\(", line):
                self.error(name, number, "src/ does not print")
            if (name.startswith("tests/") and name not in SLEEPERS
                    and SLEEP_RE.search(line)):
                self.error(name, number, "a test that sleeps: wait for the "
                           "event, or put the clock")
        for function, line, length in functions(code):
            if length > MAX_FUNCTION_LINES:
                self.long_functions.add((f"{name} {function}", line, length))

    def check_ratchet(self):
        path = self.root / LONG_FUNCTIONS
        listed = set()
        if path.exists():
            listed = {line for line in path.read_text().splitlines()
                      if line and not line.startswith("#")}
        for entry, line, length in sorted(self.long_functions):
            if entry not in listed:
                name, function = entry.split(" ", 1)
                self.error(name, line, f"{function} has {length} lines, "
                           f"{MAX_FUNCTION_LINES} at most")
        for entry in sorted(listed - {e for e, _, _ in self.long_functions}):
            self.error(LONG_FUNCTIONS, 1, f'"{entry}" is no longer long: '
                       "take it off the list")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[1])
    checker = Checker(parser.parse_args().root.resolve())
    errors = checker.run()
    for error in errors:
        print(error)
    print(f"check_style: {checker.files} files, {len(errors)} errors")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
