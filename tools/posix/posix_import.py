#!/usr/bin/env python3
"""Turns directory trees into relationships under tools/posix/posix.zed.

Writes one relationship a line: nodes with parent, owner, group and mode;
groups with their members, primary and supplementary, from etc/passwd and
etc/group under the root. Symbolic links are left out and not followed.

    tools/posix/posix_import.py --root / usr etc var >relationships.txt
    kith schema write tools/posix/posix.zed
    kith import relationships.txt

--users FILE adds logins that the system does not have, as JSON:
    [{"name": "visitor", "uid": 70001, "gid": 70001, "groups": [42]}]
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import stat
import sys
import unicodedata
from dataclasses import dataclass

PLAIN_ID = re.compile(r"[a-zA-Z0-9/_|\-=+]{1,1024}")
MAX_ID_BYTES = 1024
BITS = [(f"{who}_{what}", getattr(stat, f"S_I{letter}{end}"))
        for who, end in (("owner", "USR"), ("group", "GRP"), ("other", "OTH"))
        for what, letter in (("read", "R"), ("write", "W"), ("execute", "X"))]


def object_text(kind, name):
    """`type:id`, the id in quotes where the text form wants them."""
    if not PLAIN_ID.fullmatch(name):
        name = json.dumps(name, ensure_ascii=False)
    return f"{kind}:{name}"


def path_id(path):
    """A path's object id: itself, or its hash when it cannot be an id."""
    if len(path) <= MAX_ID_BYTES:
        try:
            text = path.decode()
        except UnicodeDecodeError:
            text = None
        if text and not any(unicodedata.category(c) == "Cc" for c in text):
            return text
    return "sha256=" + hashlib.sha256(path).hexdigest()


@dataclass(frozen=True)
class Login:
    name: str
    uid: int
    gid: int
    groups: frozenset  # of gids, the primary one included

    @property
    def subject(self):
        return object_text("user", self.name)


class Accounts:
    """Logins and groups of a system, and their names as objects."""

    def __init__(self, root, extra=()):
        passwd = [line.split(":") for line in self.lines(root, "etc/passwd")]
        group = [line.split(":") for line in self.lines(root, "etc/group")]
        self.group_names, listed = {}, {}
        for name, _, gid, members in group:
            self.group_names.setdefault(int(gid), name)
            for member in filter(None, members.split(",")):
                listed.setdefault(member, set()).add(int(gid))
        self.logins = [
            Login(name, int(uid), int(gid),
                  frozenset(listed.get(name, set()) | {int(gid)}))
            for name, _, uid, gid, *_ in passwd]
        self.logins += [
            Login(e["name"], e["uid"], e["gid"],
                  frozenset(e["groups"]) | {e["gid"]}) for e in extra]
        self.by_uid = {}
        for login in self.logins:
            self.by_uid.setdefault(login.uid, []).append(login.subject)

    @staticmethod
    def lines(root, name):
        path = pathlib.Path(os.fsdecode(root)) / name
        if not path.exists():
            return []
        return [line for line in path.read_text().splitlines() if line]

    def owners(self, uid):
        """The subjects that own what belongs to `uid`."""
        return self.by_uid.get(uid) or [object_text("user", f"uid={uid}")]

    def group(self, gid):
        return object_text("group", self.group_names.get(gid, f"gid={gid}"))

    def relationships(self):
        for login in self.logins:
            for gid in sorted(login.groups):
                yield f"{self.group(gid)}#member@{login.subject}"


@dataclass(frozen=True)
class Node:
    path: bytes   # in the file system
    name: bytes   # from the root: the object id
    kind: str     # "dir" or "file"
    mode: int
    uid: int
    gid: int

    @property
    def object(self):
        return object_text(self.kind, path_id(self.name))


class Tree:
    """The nodes at and below some folders of a root, and those above them.

    What vanishes during the walk is left out; what cannot be read is told in
    `unread`.
    """

    def __init__(self, root, folders):
        self.root = os.fsencode(root).rstrip(b"/")
        self.nodes = {}  # by name, parents before children
        self.symlinks = 0
        self.unread = []
        self.add(b"/")
        for folder in folders:
            name = b"/" + os.fsencode(folder).strip(b"/")
            parts = name.strip(b"/").split(b"/") if name != b"/" else []
            for depth in range(1, len(parts) + 1):
                self.add(b"/" + b"/".join(parts[:depth]))
            node = self.nodes.get(name)
            if node and node.kind == "dir":
                self.walk(name)

    def add(self, name):
        """The node of `name`; None for symbolic links and what is gone."""
        path = self.root + name
        try:
            info = os.lstat(path)
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(info.st_mode):
            self.symlinks += 1
            return None
        kind = "dir" if stat.S_ISDIR(info.st_mode) else "file"
        node = Node(path, name, kind, stat.S_IMODE(info.st_mode),
                    info.st_uid, info.st_gid)
        self.nodes[name] = node
        return node

    def walk(self, top):
        todo = [top]
        while todo:
            name = todo.pop()
            try:
                entries = sorted(os.listdir(self.root + name))
            except OSError as error:
                self.unread.append(str(error))
                continue
            for entry in entries:
                node = self.add(name.rstrip(b"/") + b"/" + entry)
                if node and node.kind == "dir":
                    todo.append(node.name)

    def relationships(self, accounts):
        top = self.nodes[b"/"].object
        yield f"{top}#entrance@user:*"
        for subject in accounts.owners(0):
            yield f"{top}#superuser@{subject}"
        modes = set()
        for node in self.nodes.values():
            me = node.object
            if node.name != b"/":
                parent = self.nodes[os.path.dirname(node.name)]
                yield f"{me}#parent@{parent.object}"
            for subject in accounts.owners(node.uid):
                yield f"{me}#owner@{subject}"
            yield f"{me}#group@{accounts.group(node.gid)}#member"
            yield f"{me}#mode@mode:{node.mode:04o}"
            modes.add(node.mode)
        for mode in sorted(modes):
            for relation, bit in BITS:
                if mode & bit:
                    yield f"mode:{mode:04o}#{relation}@user:*"
            if mode & 0o111:
                yield f"mode:{mode:04o}#any_execute@user:*"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default="/")
    parser.add_argument("--users", type=pathlib.Path)
    parser.add_argument("folders", nargs="*", default=["/"])
    options = parser.parse_args()
    extra = json.loads(options.users.read_text()) if options.users else []
    accounts = Accounts(options.root, extra)
    tree = Tree(options.root, options.folders)
    count = 0
    for source in (accounts.relationships(), tree.relationships(accounts)):
        for line in source:
            sys.stdout.buffer.write(line.encode() + b"\n")
            count += 1
    print(f"{len(tree.nodes)} nodes ({tree.symlinks} symbolic links left "
          f"out), {count} relationships", file=sys.stderr)
    for error in tree.unread:
        print(f"not read: {error}", file=sys.stderr)
    return 1 if tree.unread else 0


if __name__ == "__main__":
    sys.exit(main())
