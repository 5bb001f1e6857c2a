#!/usr/bin/env python3
"""tools/posix_compare on a generated tree: 0 differences from the kernel.

The tree has what real systems rarely show: owners and groups that are denied
what others may, folders without search, setuid, setgid and sticky bits, deep
nesting, names that need quotes and names that cannot be object ids.
"""

import argparse
import itertools
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIP = 77
PASSWD = """root:x:0:0::/root:/bin/sh
toor:x:0:71000::/root:/bin/sh
anne:x:71001:71001::/:/bin/sh
anne_too:x:71001:71002::/:/bin/sh
bert:x:71002:71002::/:/bin/sh
carl:x:71003:71003::/:/bin/sh
"""
GROUP = """root:x:0:
anne:x:71001:
bert:x:71002:carl
staff:x:71010:anne,carl
staff_alias:x:71010:bert
unused:x:71011:anne_too
"""
OWNERS = [(0, 0), (71001, 71010), (71002, 71010), (71001, 71002),
          (79999, 79998)]
FILE_MODES = [0o0000, 0o0007, 0o0070, 0o0077, 0o0600, 0o0640, 0o0644, 0o0666,
              0o0700, 0o0707, 0o0755, 0o0111, 0o0010, 0o2755, 0o4755, 0o6751]
DIR_MODES = [0o0755, 0o0077, 0o0707, 0o0711, 0o0710, 0o0700, 0o0644, 0o1777,
             0o2775, 0o0000, 0o0001]
NAMES = [b"a b", b'"quoted"', b"back\\slash", b"hash#at@colon:", b"*",
         "gr\u00fc\u00dfe \u4f60\u597d \U0001f511".encode(), b"not\xffutf8",
         b"line\nbreak", b"del\x7f", b"[", b"=+|-_", b"'", b"%s{}", b"..."]
DEPTH = 40
LONG_DEPTH = 6  # of names of 250 bytes: beyond the 1,024 of an object id


def make_file(path, owner, mode):
    with open(path, "wb"):
        pass
    os.chown(path, *owner)
    os.chmod(path, mode)


def make_dir(path, owner, mode):
    os.mkdir(path)
    os.chown(path, *owner)
    os.chmod(path, mode)


def make_tree(root):
    os.makedirs(root + b"/etc")
    for name, text in ((b"passwd", PASSWD), (b"group", GROUP)):
        with open(root + b"/etc/" + name, "w") as file:
            file.write(text)
    top = root + b"/top"
    make_dir(top, (0, 0), 0o755)
    for number, (owner, mode) in enumerate(
            itertools.product(OWNERS, DIR_MODES)):
        folder = top + b"/%d" % number
        make_dir(folder, owner, mode)
        make_dir(folder + b"/sub", (71003, 71002), 0o755)
        make_file(folder + b"/sub/file", (71003, 71010), 0o664)
    for number, (owner, mode) in enumerate(
            itertools.product(OWNERS, FILE_MODES)):
        make_file(top + b"/file%d" % number, owner, mode)
    for name in NAMES:
        make_dir(top + b"/" + name, (71001, 71010), 0o750)
        make_file(top + b"/" + name + b"/" + name, (71002, 71010), 0o640)
    os.symlink(b"/etc/passwd", top + b"/link")
    os.mkfifo(top + b"/fifo", 0o622)
    nest(top, [b"deep"] * DEPTH)
    nest(top, [b"n" * 250] * LONG_DEPTH)


def nest(top, names):
    for name in names:
        top += b"/" + name
        make_dir(top, (71002, 71010), 0o750)
    make_file(top + b"/end", (71003, 71010), 0o060)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("skipped: taking on other users' ids needs root")
        return SKIP
    with tempfile.TemporaryDirectory(prefix="kith-posix-tree-") as folder:
        # Everybody may come as far as the tree.
        os.chmod(folder, 0o755)
        for above in pathlib.Path(folder).parents:
            if not above.stat().st_mode & 0o001:
                print(f"skipped: {above} is not searchable by others")
                return SKIP
        make_tree(os.fsencode(folder))
        done = subprocess.run(
            [sys.executable, ROOT / "tools" / "posix_compare", "--root",
             folder, "--pairs", "1000000", "--bin", options.bin, "etc",
             "top"], stdout=subprocess.PIPE, text=True)
    print(done.stdout)
    counts = re.search(r"compared ([\d,]+) .* says ([\d,]+) yes, ([\d,]+) no",
                       done.stdout)
    if done.returncode or not counts:
        return 1
    total, yes, no = (int(n.replace(",", "")) for n in counts.groups())
    if min(yes, no) * 10 < total:
        print(f"{yes} yes and {no} no prove little: both must be frequent")
        return 1
    return 0 if "\n0 differences" in done.stdout else 1


if __name__ == "__main__":
    sys.exit(main())
