#!/usr/bin/env python3
"""Proves that tools/check_style.py finds what it must find."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).parents[2] / "tools" / "check_style.py"
LIST = "tools/check_style_long_functions.txt"


def function(lines, head="int Long(int a) {"):
    return head + "\n" + "  a++;\n" * (lines - 2) + "}\n"


class CheckStyleTest(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)
        self.root = pathlib.Path(self.temp.name)
        self.add("src/base/fine.h", "#pragma once\n")

    def add(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)

    def run_tool(self):
        done = subprocess.run([sys.executable, TOOL, self.root],
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def refuses(self, name, content, fragment, line=1):
        self.accepts()
        self.add(name, content)
        code, output = self.run_tool()
        self.assertEqual(code, 1, output)
        self.assertIn(f"{name}:{line}: ", output)
        self.assertIn(fragment, output)
        self.assertIn(" 1 errors", output)
        (self.root / name).unlink()

    def accepts(self):
        code, output = self.run_tool()
        self.assertEqual(code, 0, output)

    def test_columns(self):
        self.refuses("src/a.cc", "int a;\nint " + "b" * 76 + ";\n",
                     "81 columns", line=2)
        self.add("src/a.cc", "int " + "b" * 75 + ";\n")
        self.add("src/b.cc", '#include "' + "b" * 75 + '"\n')
        self.add("proto/a.proto", "  rpc Get(" + "B" * 80 + ")\n")
        self.add("src/c.cc", 'auto x = R"(\n' + "\tb" * 90 + '\n)";\n')
        self.accepts()

    def test_characters(self):
        self.refuses("src/a.cc", "// caf\u00e9\n", "not ASCII")
        self.refuses("src/a.cc", "\tint a;\n", "tab")
        self.refuses("src/a.cc", "int a; \n", "space at the end")
        self.refuses("src/a.cc", "int a;", "no newline")
        self.refuses("src/a.cc", b"// \xff\n", "not UTF-8")
        self.refuses("tools/run", "#!/bin/sh\n\techo\n", "tab", line=2)
        self.add("README.md", "caf\u00e9 " + "a" * 90 + "\n")
        self.accepts()

    def test_names(self):
        self.refuses("src/BigName.cc", "", "snake_case")
        self.refuses("src/string_utils.cc", "", "string_utils")
        self.refuses("src/common/a.cc", "", "common")

    def test_pragma_once(self):
        self.refuses("src/a.h", "// #pragma once\n", "#pragma once")

    def test_words(self):
        self.refuses("src/a.cc", "// TODO: more\n", "TODO")
        self.refuses("README.md", "see /work/x\n", "/work/")
        self.refuses("src/a.cc", "// see issue #12\n", "issue #12")
        self.refuses("src/a.cc", "// fixed (#12)\n", "(#12)")
        self.refuses("src/a.cc", "// ../shared/design/x.md\n", "document")
        self.add("src/b.cc", "// issues a token; a/work/b; doc:1#view\n")
        self.accepts()

    def test_locks_and_printing(self):
        self.refuses("src/a.cc", "absl::Mutex mutex;\n", "base/mutex.h")
        self.refuses("src/a.cc", "std::cout << 1;\n", "print")
        self.add("src/a.cc", "// not absl::Mutex, not std::cout\n")
        self.add("tools/kith/a.cc", "std::cout << 1;\n")
        self.accepts()

    def test_sleeps(self):
        self.refuses("tests/a_test.cc",
                     "std::this_thread::sleep_for(1s);\n", "sleeps")
        self.refuses("tests/a_test.cc", "usleep(1);\n", "sleeps")
        self.refuses("tests/a_test.cc", "absl::SleepFor(x);\n", "sleeps")
        self.add("tests/a_test.cc", "// sleep_for\nint asleep(int);\n")
        self.add("src/a.cc", "absl::SleepFor(x);\n")
        self.accepts()

    def test_long_functions(self):
        self.add("src/a.cc", function(70))
        self.refuses("src/b.cc", "\nnamespace x {\n" + function(71) + "}\n",
                     "Long has 71 lines", line=3)
        self.refuses("src/c.cc", "class A {\n" + function(80) + "};\n",
                     "Long has 80 lines", line=2)
        self.refuses("src/d.cc", function(71, "TEST(Suite, Case) {"),
                     "Suite.Case has 71 lines")
        self.refuses("src/e.cc", "class A final\n    : public B {};\n" +
                     function(72, "A::A(int a)\n    : B(a), c_(2) {"),
                     "A::A has 73 lines", line=3)
        self.add("src/f.cc", "const T kTable = {\n" + "  {1},\n" * 90 +
                 "};\nvoid F() { int braces = '{'; } // {\n")
        self.accepts()

    def test_ratchet(self):
        self.add("src/a.cc", function(90))
        self.add(LIST, "# explained\nsrc/a.cc Long\n")
        self.accepts()
        self.add("src/a.cc", function(60))
        code, output = self.run_tool()
        self.assertEqual(code, 1)
        self.assertIn("take it off the list", output)

    def test_no_file(self):
        (self.root / "src/base/fine.h").unlink()
        code, output = self.run_tool()
        self.assertEqual(code, 1)
        self.assertIn("no file to look at", output)


if __name__ == "__main__":
    unittest.main()
