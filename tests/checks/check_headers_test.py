#!/usr/bin/env python3
"""Proves that tools/check_headers.py finds headers that do not stand alone."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).parents[2] / "tools" / "check_headers.py"


class CheckHeadersTest(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)
        self.root = pathlib.Path(self.temp.name)
        (self.root / "tools").mkdir()
        self.tool = shutil.copy(TOOL, self.root / "tools")
        self.add("src/base/fine.h", "#pragma once\n#include <string>\n"
                 "inline std::string Fine() { return {}; }\n")

    def add(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_tool(self):
        done = subprocess.run(
            [sys.executable, self.tool, "--build", self.root / "build"],
            capture_output=True, text=True)
        return done.returncode, done.stdout

    def test_accepts_headers_that_stand_alone(self):
        self.add("include/kith/fine.h", "#pragma once\n")
        code, output = self.run_tool()
        self.assertEqual(code, 0, output)
        self.assertIn("2 headers, 0 errors", output)

    def test_names_each_header_that_does_not(self):
        self.add("src/base/leans.h", "#pragma once\nstd::string Leans();\n")
        self.add("src/base/twice.h", "struct Twice {};\n")
        self.add("include/kith/reaches.h",
                 '#pragma once\n#include "base/fine.h"\n')
        code, output = self.run_tool()
        self.assertEqual(code, 1, output)
        for name in ("src/base/leans.h", "src/base/twice.h",
                     "include/kith/reaches.h"):
            self.assertIn(f"{name}: does not compile alone", output)
        self.assertIn("4 headers, 3 errors", output)

    def test_leaves_to_the_build_what_it_compiles_first(self):
        self.add("CMakeLists.txt", "kith_layer(base)\nkith_layer(top PCH)\n")
        for layer in ("base", "top"):
            self.add(f"src/{layer}/leans.h",
                     "#pragma once\nstd::string Leans();\n")
            self.add(f"src/{layer}/leans.cc",
                     f'// About it.\n#include "{layer}/leans.h"\n')
        code, output = self.run_tool()
        self.assertEqual(code, 1, output)
        self.assertIn("src/top/leans.h: does not compile alone", output)
        self.assertIn("3 headers, 1 errors; 1 compiled alone", output)
        self.add("src/base/leans.cc",
                 '#include <string>\n#include "base/leans.h"\n')
        self.assertIn("3 headers, 2 errors; 0 compiled", self.run_tool()[1])

    def test_no_header(self):
        (self.root / "src/base/fine.h").unlink()
        self.assertEqual(self.run_tool()[0], 1)


if __name__ == "__main__":
    unittest.main()
