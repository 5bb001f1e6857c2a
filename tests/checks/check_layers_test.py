#!/usr/bin/env python3
"""Proves that tools/check_layers.py finds what it must find."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).parents[2] / "tools" / "check_layers.py"

CMAKE = """
# kith_layer(comment DEPS nothing)
kith_layer(base LIBS absl::status)
kith_layer(model DEPS base)
kith_layer(schema DEPS base model)
kith_layer(storage DEPS base model storage_proto
           LIBS RocksDB::rocksdb-shared)
kith_layer(engine DEPS base model schema storage)
kith_layer(db DEPS base model schema storage engine storage_proto)
kith_layer(service DEPS base db api_proto PCH LIBS gRPC::grpc++)
kith_layer(server DEPS base service db PCH)
"""
LAYERS = ("base", "model", "schema", "storage", "engine", "db", "service",
          "server")


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)
        self.root = pathlib.Path(self.temp.name)
        self.add("CMakeLists.txt", CMAKE)
        for layer in LAYERS:
            self.add(f"src/{layer}/thing.h", "#pragma once\n")
        self.add("src/storage/types.h", "#pragma once\n")
        self.add("include/kith/values.h", "#include <string>\n")

    def add(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_tool(self):
        done = subprocess.run([sys.executable, TOOL, self.root],
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def assert_refused(self, *fragments):
        code, output = self.run_tool()
        self.assertEqual(code, 1, output)
        for fragment in fragments:
            self.assertIn(fragment, output)

    def assert_accepted(self):
        code, output = self.run_tool()
        self.assertEqual(code, 0, output)

    def refuses(self, name, include, fragment):
        """`name` with that include fails; without it the tree passes."""
        self.assert_accepted()
        self.add(name, f"#include {include}\n")
        self.assert_refused(f"{name}:1", fragment)

    def test_accepts_the_downward_graph(self):
        self.add("src/engine/a.cc", '#include "storage/types.h"\n'
                 '#include "schema/thing.h"\n#include <rocks>\n')
        self.add("src/service/a.cc", '#include "base/thing.h"\n'
                 '#include "kith/values.h"\n#include <grpcpp/grpcpp.h>\n')
        self.add("src/storage/a.cc", "#include <rocksdb/db.h>\n"
                 '#include "kith/storage/v1/log.pb.h"\n')
        self.add("tests/unit/db/a_test.cc", '#include "base/thing.h"\n')
        self.add("tools/kith/a.cc", '#include "authzed/api/v1/x.pb.h"\n')
        self.assert_accepted()

    def test_upward_include(self):
        self.refuses("src/base/a.cc", '"model/thing.h"', "not among")

    def test_upward_include_in_a_header_prints_the_chain(self):
        self.add("src/base/deep.h", '#include "db/thing.h"\n')
        self.add("src/base/top.cc", '#include "base/deep.h"\n')
        self.assert_refused(
            "src/base/top.cc -> src/base/deep.h -> db/thing.h")

    def test_sideways_include(self):
        self.refuses("src/storage/a.cc", '"schema/thing.h"', "not among")

    def test_engine_knows_storage_by_its_interface(self):
        self.refuses("src/engine/a.cc", '"storage/thing.h"',
                     "storage/store.h")

    def test_service_does_not_see_the_database_inside(self):
        for layer in ("db", "engine", "schema", "storage"):
            with self.subTest(layer=layer):
                self.refuses("src/service/a.cc", f'"{layer}/thing.h"',
                             "include/kith")
                (self.root / "src/service/a.cc").unlink()

    def test_public_header_with_a_third_party(self):
        for include in ("<fmt/format.h>", '"base/thing.h"', "<grpcpp/x.h>",
                        '"kith/missing.h"', "<sys/types.h>"):
            with self.subTest(include=include):
                self.refuses("include/kith/a.h", include, "public headers")
                (self.root / "include/kith/a.h").unlink()

    def test_rocksdb_outside_storage(self):
        self.refuses("src/db/a.cc", "<rocksdb/db.h>", "src/storage")

    def test_grpc_in_the_library(self):
        self.refuses("src/db/a.h", "<grpcpp/grpcpp.h>", "src/service")

    def test_protobuf_in_the_engine(self):
        self.refuses("src/engine/a.h", "<google/protobuf/arena.h>",
                     "src/storage")

    def test_api_messages_in_the_library(self):
        self.refuses("src/db/a.cc", '"authzed/api/v1/core.pb.h"',
                     "src/service")

    def test_storage_messages_in_the_service(self):
        self.refuses("src/service/a.cc", '"kith/storage/v1/log.pb.h"',
                     "src/storage")

    def test_command_with_server_code(self):
        for layer in ("service", "server", "db"):
            with self.subTest(layer=layer):
                self.refuses("tools/kith/a.cc", f'"{layer}/thing.h"',
                             "client")
                (self.root / "tools/kith/a.cc").unlink()

    def test_unit_test_above_its_layer(self):
        self.refuses("tests/unit/schema/a_test.cc", '"engine/thing.h"',
                     "test of schema")

    def test_parent_folder_paths(self):
        self.refuses("src/db/a.cc", '"../base/thing.h"', "never ..")

    def test_layer_missing_from_the_graph(self):
        self.add("src/rogue/a.cc", "int x;\n")
        self.assert_refused("src/rogue")

    def test_dependency_that_is_not_above(self):
        self.add("CMakeLists.txt", CMAKE.replace(
            "kith_layer(base LIBS", "kith_layer(base DEPS model LIBS"))
        self.assert_refused("base depends on model")

    def test_no_graph(self):
        self.add("CMakeLists.txt", "project(kith)\n")
        self.assert_refused("no kith_layer")

    def test_no_file(self):
        for path in self.root.rglob("*.h"):
            path.unlink()
        self.assert_refused("no file to look at")


if __name__ == "__main__":
    unittest.main()
