#!/usr/bin/env python3
"""tools/quickstart --once answers as expected, on the first and a later start,
and fails when an answer is not the expected one."""

import argparse
import pathlib
import stat
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "schema" / "examples" / "drive.yaml"


def quickstart(bin_folder, folder, example):
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "quickstart", "--once", "--bin",
         bin_folder, "--folder", folder, "--example", example],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, flush=True)
    return done


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp) / "quickstart"
        first = quickstart(options.bin, folder, EXAMPLE)
        assert first.returncode == 0, "the first start fails"
        assert "all as expected" in first.stdout
        mode = stat.S_IMODE((folder / "preshared.key").stat().st_mode)
        assert mode == 0o600, f"the key has mode {mode:o}"
        second = quickstart(options.bin, folder, EXAMPLE)
        assert second.returncode == 0, "the second start fails"
        assert "still here" in second.stdout
        swapped = pathlib.Path(temp) / "swapped.yaml"
        swapped.write_text(
            EXAMPLE.read_text().replace("assertTrue:", "swap:")
            .replace("assertFalse:", "assertTrue:")
            .replace("swap:", "assertFalse:"))
        third = quickstart(options.bin, folder, swapped)
        assert third.returncode == 1, "wrong answers pass"
        assert "expected" in third.stdout
    return 0


if __name__ == "__main__":
    sys.exit(main())
