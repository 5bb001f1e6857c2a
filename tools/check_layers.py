#!/usr/bin/env python3
"""Holds every #include of the tree against the layer graph.

The graph is read from the kith_layer(NAME ... DEPS ...) lines of
CMakeLists.txt, so what links and what may be included cannot drift apart.
What CMake cannot say is in the tables below: public headers stay free of
third parties, and some headers are known to a few folders only.

Prints each violation with a chain of includes that leads to it, and exits
non-zero on any; also when it found no file to look at, or a folder of src/
that the graph does not name.

    tools/check_layers.py [ROOT]
"""

import argparse
import collections
import pathlib
import re
import sys

SOURCE_SUFFIXES = {".h", ".cc"}
# Folders that hold code; each file belongs to the longest one it is under.
AREAS = ("include/kith", "src", "tools/kith", "tests", "bench")

# service and server link the database and know it by include/kith alone.
HIDDEN_FROM = {
    "service": {"model", "schema", "storage", "engine", "db"},
    "server": {"model", "schema", "storage", "engine"},
}
# Of these layers only the listed headers are for a layer above.
ONLY_HEADERS = {
    # The caches keep rows as the store codes them, by the keys it stamps.
    ("engine", "storage"): {"storage/types.h", "storage/store.h",
                            "storage/change_stripes.h",
                            "storage/row_codec.h"},
}
# The command is a client: it may use values and their text, no server code.
TOOL_LAYERS = {"base", "model", "schema"}

# Include prefix -> the folders that may use it, longest prefix first.
ABOVE_THE_LIBRARY = (
    "src/service", "src/server", "tools/kith", "tests", "bench")
RESTRICTED = [
    ("kith/storage/v1/", ("src/storage", "src/db", "tests/unit/storage",
                          "tests/unit/db", "tests/fault")),
    ("google/protobuf/", ("src/storage", "src/db") + ABOVE_THE_LIBRARY),
    ("google/rpc/", ABOVE_THE_LIBRARY),
    ("authzed/", ABOVE_THE_LIBRARY),
    ("kith/v1/", ABOVE_THE_LIBRARY),
    ("grpcpp/", ABOVE_THE_LIBRARY),
    ("grpc/", ABOVE_THE_LIBRARY),
    ("rocksdb/", ("src/storage", "tests/unit/storage", "tests/fault",
                  "bench")),
    ("re2/", ("src/caveat",)),
    ("spdlog/", ("src/server",)),
    ("CLI/", ("src/server", "tools/kith", "tests", "bench")),
    ("toml++/", ("src/server", "tests/unit/server")),
]

LAYER_RE = re.compile(r"^\s*kith_layer\(\s*([a-z_]+)([^)]*)\)", re.M)
INCLUDE_RE = re.compile(r'^\s*#\s*include\s*(<([^>]+)>|"([^"]+)")')


def read_graph(cmake_text):
    """Layer -> the layers it may include, from CMakeLists.txt."""
    text = re.sub(r"#.*", "", cmake_text)
    graph = {}
    for name, arguments in LAYER_RE.findall(text):
        deps, section = [], None
        for word in arguments.split():
            if word in ("DEPS", "LIBS", "PCH"):
                section = word
            elif section == "DEPS":
                deps.append(word)
        graph[name] = {dep for dep in deps if not dep.endswith("_proto")}
    return graph


def graph_errors(graph):
    errors, seen = [], set()
    for name, deps in graph.items():
        for dep in sorted(deps - seen):
            errors.append(
                f"CMakeLists.txt: layer {name} depends on {dep}, which is "
                "not a layer declared above it")
        seen.add(name)
    return errors


def closure(graph, layer):
    result, todo = set(), [layer]
    while todo:
        name = todo.pop()
        if name not in result:
            result.add(name)
            todo += graph.get(name, ())
    return result


def includes_of(path):
    """(line number, included name, is in angle brackets) of a file."""
    for number, line in enumerate(
            path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE_RE.match(line)
        if match:
            yield number, match.group(2) or match.group(3), bool(
                match.group(2))


def find_files(root):
    return sorted(
        path for area in AREAS for path in (root / area).rglob("*")
        if path.suffix in SOURCE_SUFFIXES)


class Checker:
    def __init__(self, root):
        self.root = root
        self.graph = read_graph((root / "CMakeLists.txt").read_text())
        self.files = find_files(root)
        self.violations = []
        self.edges = 0
        # File -> one file that includes it, for printing chains.
        self.includers = collections.defaultdict(list)

    def run(self):
        errors = graph_errors(self.graph)
        if not self.graph:
            errors.append("CMakeLists.txt: no kith_layer(...) line found")
        if not self.files:
            errors.append(f"no file to look at under {self.root}")
        for folder in sorted((self.root / "src").glob("*/")):
            if folder.is_dir() and folder.name not in self.graph:
                errors.append(
                    f"src/{folder.name}: not a layer of CMakeLists.txt")
        for path in self.files:
            self.check_file(path)
        for name, number, included, why in self.violations:
            errors.append(f"{name}:{number}: includes {included}: {why}\n"
                          f"    {self.chain(name)} -> {included}")
        return errors

    def check_file(self, path):
        name = path.relative_to(self.root).as_posix()
        for number, included, angled in includes_of(path):
            self.edges += 1
            target = self.resolve(path, included)
            if target:
                self.includers[target].append(name)
            why = self.refusal(name, included, angled)
            if why:
                self.violations.append((name, number, included, why))

    def resolve(self, path, included):
        """The file of the tree that an include means, or None."""
        for base in (self.root / "src", self.root / "include", self.root,
                     self.root / "tests", path.parent):
            if (base / included).is_file():
                return (base / included).resolve().relative_to(
                    self.root).as_posix()
        return None

    def refusal(self, name, included, angled):
        """Why `name` may not include `included`; None when it may."""
        if "../" in included:
            return "paths are from src/, include/ or the root, never .."
        parts = name.split("/")
        if name.startswith("include/kith/"):
            return self.refusal_public(included, angled)
        for prefix, folders in RESTRICTED:
            if included.startswith(prefix):
                allowed = any(name.startswith(f + "/") for f in folders)
                return None if allowed else (
                    f"{prefix} is for {', '.join(folders)}")
        layer = included.split("/")[0]
        if layer not in self.graph or "/" not in included:
            return None
        if parts[0] == "src":
            return self.refusal_layer(parts[1], layer, included)
        if name.startswith("tools/kith/"):
            if layer not in TOOL_LAYERS:
                return f"the kith command is a client: no {layer} code"
        if name.startswith("tests/unit/") and parts[2] in self.graph:
            if layer not in closure(self.graph, parts[2]):
                return f"a test of {parts[2]} is below {layer}"
        return None

    def refusal_public(self, included, angled):
        standard = angled and re.fullmatch(r"[a-z_0-9]+", included)
        ours = included.startswith("kith/") and (
            self.root / "include" / included).is_file()
        if standard or ours or included.startswith("absl/"):
            return None
        return "public headers know only std, Abseil and each other"

    def refusal_layer(self, own, layer, included):
        if layer == own:
            return None
        if layer in HIDDEN_FROM.get(own, ()):
            return (f"{own} knows the database by include/kith, not by "
                    f"{layer}/")
        if layer not in self.graph.get(own, ()):
            return (f"{layer} is not among the layers {own} may include "
                    "(DEPS in CMakeLists.txt)")
        only = ONLY_HEADERS.get((own, layer))
        if only and included not in only:
            return f"{own} may include only {', '.join(sorted(only))}"
        return None

    def chain(self, name):
        """How a source file comes to include `name`, when it is a header."""
        chain, seen = [name], {name}
        while chain[0].endswith(".h"):
            above = [f for f in self.includers[chain[0]] if f not in seen]
            if not above:
                break
            above.sort(key=lambda f: (f.endswith(".h"), f))
            chain.insert(0, above[0])
            seen.add(above[0])
        return " -> ".join(chain)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[1])
    checker = Checker(parser.parse_args().root.resolve())
    errors = checker.run()
    for error in errors:
        print(error)
    print(f"check_layers: {len(checker.files)} files, {checker.edges} "
          f"includes, {len(checker.graph)} layers, {len(errors)} errors")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
