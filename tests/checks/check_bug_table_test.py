#!/usr/bin/env python3
"""Proves that check_bug_table.py finds what it must find."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).parent / "check_bug_table.py"
ROWS = [f"| {number} | a class | `OneTest.Holds`, `OneTest.*`, nothing |"
        for number in range(1, 33)]


class CheckBugTableTest(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)
        self.root = pathlib.Path(self.temp.name)
        (self.root / "tests").mkdir()
        (self.root / "tests" / "one_test.cc").write_text(
            "TEST(OneTest, Holds) {}\nTEST_F(TwoTest,\n       Holds) {}\n")

    def run_tool(self, rows):
        (self.root / "tests" / "README.md").write_text("\n".join(rows) + "\n")
        done = subprocess.run([sys.executable, TOOL, self.root],
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def test_a_true_table(self):
        code, output = self.run_tool(ROWS)
        self.assertEqual(code, 0, output)
        rows = ROWS[:-1] + [ROWS[-1].replace("OneTest", "TwoTest")]
        self.assertEqual(self.run_tool(rows)[0], 0)

    def test_a_test_that_is_not_there(self):
        for name in ("`OneTest.Gone`", "`GoneTest.*`", "`TwoTest.Gone`"):
            rows = ROWS[:4] + [f"| 5 | a class | {name} |"] + ROWS[5:]
            code, output = self.run_tool(rows)
            self.assertEqual(code, 1, output)
            self.assertIn(f"class 5: there is no test {name[1:-1]}", output)

    def test_a_missing_or_doubled_row(self):
        for rows in (ROWS[1:], ROWS[:7] + ROWS[8:], ROWS + ROWS[-1:]):
            code, output = self.run_tool(rows)
            self.assertEqual(code, 1, output)
            self.assertIn("not 1 to 32", output)


if __name__ == "__main__":
    unittest.main()
