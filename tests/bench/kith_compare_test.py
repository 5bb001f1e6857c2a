#!/usr/bin/env python3
"""bench/kith-compare: its arithmetic, its table and its plot; with --bin also
two real servers."""

import argparse
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "bench" / "kith-compare"
BIN = None


def load_script():
    loader = importlib.machinery.SourceFileLoader("kith_compare", str(SCRIPT))
    spec = importlib.util.spec_from_loader("kith_compare", loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules["kith_compare"] = module
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


compare = load_script()
TWO = ["--server", "a=h:1", "--server", "b=h:2"]


def run_json(p50, rate, cpu=None):
    run = {"latency_us": {"p50": p50, "p99": 2 * p50},
           "operations_per_second": rate}
    if cpu:
        run["server_cpu_us_per_operation"] = cpu
    return run


def row(name, a, b):
    return {"workload": name, "relationships": 1, "load": {},
            "rounds": {"a": a, "b": b},
            "medians": {"a": compare.median_run(a),
                        "b": compare.median_run(b)}}


class ArgumentsTest(unittest.TestCase):
    def refusal(self, arguments):
        stderr, sys.stderr = sys.stderr, io.StringIO()
        try:
            compare.parse_arguments(arguments)
            return "accepted"
        except SystemExit:
            return sys.stderr.getvalue()
        finally:
            sys.stderr = stderr

    def test_servers_with_processes_and_token(self):
        server = compare.Server.parse("x=unix:/a,pid=1,pid=2,token=t")
        self.assertEqual(server.flags(), [
            "--endpoint", "unix:/a", "--pid", "1", "--pid", "2", "--token",
            "t"])

    def test_errors_name_what_is_wrong(self):
        for text in ("x", "x=", "=h:1", "x=h:1,pid=z", "x=h:1,speed=2"):
            self.assertIn(f'server "{text}"', self.refusal(
                ["--server", text, *TWO, "drive"]))
        self.assertIn("two --server", self.refusal([*TWO[:2], "drive"]))
        self.assertIn("different names", self.refusal(
            [*TWO, "--server", "a=h:3", "drive"]))
        self.assertIn("--rounds", self.refusal(
            [*TWO, "--rounds", "0", "drive"]))
        self.assertIn("WORKLOAD", self.refusal(TWO))

    def test_flags_of_kith_bench_follow_the_dashes(self):
        options = compare.parse_arguments(
            [*TWO, "--scale", "2", "drive", "--", "--verify"])
        self.assertEqual(options.workloads, ["drive"])
        self.assertEqual(options.flags[-1], "--verify")
        self.assertIn("2", options.flags)


class ReportTest(unittest.TestCase):
    rows = [row("w", [run_json(10, 100, 5), run_json(30, 300, 7),
                      run_json(20, 200, 6)],
                [run_json(40, 50, 60)]),
            row("x<y", [run_json(10, 100)], [None])]
    servers = [compare.Server("a", "h:1"), compare.Server("b", "h:2")]

    def test_medians_over_rounds(self):
        self.assertEqual(self.rows[0]["medians"]["a"],
                         {"p50": 20, "p99": 40, "rate": 200, "cpu": 6})
        self.assertIsNone(self.rows[1]["medians"]["b"])

    def test_ratios_say_how_many_times_better_the_first_is(self):
        lines = compare.table(self.rows, self.servers).splitlines()
        self.assertEqual(
            lines[2], "| w | 20 | 40 | 2x | 40 | 80 | 2x | 200 | 50 | 4x | 6 "
            "| 60 | 10x |")
        self.assertEqual(
            lines[3], "| x<y | 10 | failed | - | 20 | failed | - | 100 | "
            "failed | - | - | failed | - |")

    def test_plot_is_well_formed_and_logarithmic(self):
        svg = compare.Plot(self.rows, self.servers, "a & b").draw()
        root = xml.etree.ElementTree.fromstring(svg)
        space = "{http://www.w3.org/2000/svg}"
        texts = [text.text for text in root.iter(space + "text")]
        for text in ("a & b", "w", "x<y", "2x", "4x", "10x", "failed"):
            self.assertIn(text, texts)
        bars = [float(bar.get("width")) for bar in root.iter(space + "rect")
                if float(bar.get("height")) == compare.Plot.BAR - 2]
        # Of four metrics of two servers, less what is absent or failed.
        self.assertEqual(len(bars), 8 + 3)
        # Of p50: 20, 40 and below 10. Doubling adds the same each time.
        self.assertGreater(bars[1] - bars[0], 10)
        self.assertAlmostEqual(bars[1] - bars[0], bars[0] - bars[2], delta=0.2)


class RealServersTest(unittest.TestCase):
    def test_two_servers(self):
        if BIN is None:
            self.skipTest("no --bin")
        sys.path.insert(0, str(ROOT / "tools"))
        from local_server import LocalServer
        with tempfile.TemporaryDirectory() as temp:
            folder = pathlib.Path(temp)
            with LocalServer(BIN, folder / "a") as a, \
                    LocalServer(BIN, folder / "b") as b:
                servers = [
                    f"{name}={server.endpoint},pid={server.process.pid},"
                    f"token={server.token}"
                    for name, server in (("a", a), ("b", b))]
                done = subprocess.run(
                    [sys.executable, SCRIPT, "--program",
                     f"{BIN}/kith-bench", "--server", servers[0], "--server",
                     servers[1], "--clear", "--load", "--settle", "0",
                     "--scale", "0.004", "--rounds", "2", "--seconds", "0.2",
                     "--warm-up", "0", "--svg", folder / "plot.svg",
                     "--json", folder / "rows.json", "drive", "drive-page",
                     "exclusions", "--", "--verify"],
                    capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("| drive-page/bulk:100@zipf |", done.stdout)
            xml.etree.ElementTree.parse(folder / "plot.svg")
            rows = json.loads((folder / "rows.json").read_text())
            self.assertEqual(len(rows), 3)
            # A page has the data of a drive, the third has its own.
            self.assertEqual([sorted(row["load"]) for row in rows],
                             [["a", "b"], [], ["a", "b"]])
            for one in rows:
                self.assertEqual([len(one["rounds"][n]) for n in "ab"],
                                 [2, 2])
                self.assertGreater(one["medians"]["a"]["cpu"], 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin")
    options, rest = parser.parse_known_args()
    BIN = options.bin
    unittest.main(argv=[sys.argv[0], *rest])
