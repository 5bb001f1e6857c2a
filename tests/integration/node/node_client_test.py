#!/usr/bin/env python3
"""Runs client_test.mjs, which uses the public API's Node client, against a
kithd of this build.

Installs the packages of package-lock.json into the build tree with npm. Exits
with 77, "skipped", when there is no node or npm, or no registry to ask.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tools"))
import local_server  # noqa: E402

SKIPPED = 77
NODE_AT_LEAST = 18
# What npm says when nobody answers it.
NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET",
              "ETIMEDOUT", "ENETUNREACH", "ERR_SOCKET_TIMEOUT")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def find_node():
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    version = subprocess.run(["node", "--version"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < NODE_AT_LEAST:
        skip(f"node {version} is older than {NODE_AT_LEAST}")


def install(folder):
    """The packages in `folder`, unless those of this lock file are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*HERE.glob("*.mjs"), *HERE.glob("package*.json")]:
        shutil.copy(path, folder)
    lock = (folder / "package-lock.json").read_text()
    stamp = folder / "installed-lock"
    if stamp.exists() and stamp.read_text() == lock:
        return
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    print(done.stdout, flush=True)
    if done.returncode and any(word in done.stdout for word in NO_NETWORK):
        skip("npm reaches no registry")
    if done.returncode:
        sys.exit("npm ci failed")
    stamp.write_text(lock)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--modules", required=True, type=pathlib.Path,
                        help="folder to install to")
    options = parser.parse_args()
    find_node()
    install(options.modules)
    with tempfile.TemporaryDirectory() as folder:
        with local_server.LocalServer(options.bin, folder) as server:
            environment = dict(os.environ, KITH_TEST_ENDPOINT=server.endpoint,
                               KITH_TEST_TOKEN=server.token)
            done = subprocess.run(
                ["node", "--test", "client_test.mjs"], cwd=options.modules,
                env=environment, check=False)
            if done.returncode:
                print(server.tail())
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
