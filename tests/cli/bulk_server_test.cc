#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command_run.h"
#include "support/server_process.h"
#include "tools/kith/errors.h"

// import, export and backup against a real kithd.

namespace kith::tool {
namespace {

using ::testing::HasSubstr;
using Parsed = nlohmann::json;

constexpr char kSchema[] =
    "definition document {\n"
    "\trelation viewer: user\n"
    "}\n"
    "\n"
    "definition group {\n"
    "\trelation member: user\n"
    "}\n"
    "\n"
    "definition user {}\n";

// A server of its own for each test: a restore needs an empty one.
class BulkServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    Use(server_);
    Out({"schema", "write", "-"}, kSchema);
  }

  void Use(const support::ServerProcess& server) {
    shell.environment["KITH_ENDPOINT"] = server.address();
    shell.environment["KITH_TOKEN"] = support::ServerProcess::kKey;
  }

  // Standard output of a run that has to succeed.
  std::string Out(std::vector<std::string> args, const std::string& in = "") {
    const auto ended = shell.Run(std::move(args), in);
    EXPECT_EQ(ended.code, kExitOk) << ended.err;
    return ended.out;
  }

  std::string File(const std::string& name, const std::string& content) {
    const std::string path = shell.folder / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  // In the order of an export.
  static std::string Lines(int count) {
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) {
      lines.push_back(fmt::format("document:d{:06}#viewer@user:anne\n", i));
    }
    return fmt::format("{}", fmt::join(lines, ""));
  }

  Shell shell;
  support::ServerProcess server_;
};

TEST_F(BulkServerTest, WhatWasImportedIsExported) {
  const std::string text = Lines(25'000) + "group:g1#member@user:tom\n";
  const auto ended = shell.Run({"import", "-"}, text);
  ASSERT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("25,001 relationships loaded"));
  EXPECT_EQ(Out({"export"}), text);
  EXPECT_EQ(Out({"export", "--page-size", "777"}), text);
  EXPECT_EQ(Out({"export", "group"}), "group:g1#member@user:tom\n");
  const std::string file = shell.folder / "out.txt";
  Out({"export", "--out", file});
  EXPECT_EQ(ReadFile(file), text);
}

TEST_F(BulkServerTest, AnImportNamesTheLineAndGoesOnThere) {
  const std::string good = Lines(2500);
  const std::string path =
      File("in.txt", "# head\n" + good + "group:g1#viewer@user:anne\n");
  const std::string state = shell.folder / "state";
  const auto ended = shell.Run({"import", "--resume", state, path});
  EXPECT_EQ(ended.code, kExitRefused);
  EXPECT_THAT(ended.err, HasSubstr("line 2502: relationships[2500]: "));
  EXPECT_THAT(ended.err, HasSubstr("--skip 2000"));
  EXPECT_EQ(Parsed::parse(ReadFile(state))["loaded"], 2000);
  // Another mode is another load.
  EXPECT_EQ(shell.Run({"import", "--create", "--resume", state, path}).code,
            kExitUsage);
  File("in.txt", "# head\n" + good + "group:g1#member@user:anne\n");
  EXPECT_EQ(shell.Run({"import", "--resume", state, path}).code, kExitOk)
      << "same size";
  EXPECT_FALSE(std::filesystem::exists(state));
  EXPECT_EQ(Out({"export"}), good + "group:g1#member@user:anne\n");
  EXPECT_EQ(shell.Run({"import", "--create", "--skip", "2501", path}).code,
            kExitOk);
  EXPECT_EQ(shell.Run({"import", "--create", "--skip", "2500", path}).code,
            kExitRefused);
}

TEST_F(BulkServerTest, AnAtomicImportIsAllOrNothing) {
  const std::string text = Lines(5000);
  const std::string path = File("in.txt", text + "group:g1#viewer@user:anne\n");
  const auto refused = shell.Run({"import", "--atomic", path});
  EXPECT_EQ(refused.code, kExitRefused);
  EXPECT_THAT(refused.err, HasSubstr("line 5001: "));
  EXPECT_THAT(refused.err, HasSubstr("nothing was loaded"));
  EXPECT_EQ(Out({"export"}), "");
  const std::string good = File("good.txt", text);
  Out({"import", "--atomic", good});
  EXPECT_EQ(Out({"export"}), text);
  EXPECT_EQ(shell.Run({"import", "--atomic", good}).code, kExitRefused);
}

TEST_F(BulkServerTest, ABackupMovesToAnotherServer) {
  const std::string text = Lines(25'000);
  Out({"import", "-"}, text);
  const std::string file = shell.folder / "kith.backup";
  Out({"backup", "create", file});
  EXPECT_FALSE(std::filesystem::exists(file + ".partial"));
  EXPECT_EQ(shell.Run({"backup", "create", file}).code, kExitCannotWrite);
  EXPECT_EQ(Out({"backup", "inspect", "--schema", file}), kSchema);
  const auto inspected =
      Parsed::parse(Out({"backup", "inspect", "--json", file}));
  EXPECT_EQ(inspected["relationships"], 25'000);
  EXPECT_EQ(inspected["by_relation"]["document#viewer"], 25'000);

  support::ServerProcess other;
  other.Start();
  Use(other);
  Out({"backup", "restore", "--create", file});
  EXPECT_EQ(Out({"export"}), text);
  EXPECT_EQ(Out({"schema", "read"}), kSchema);
  EXPECT_EQ(shell.Run({"backup", "restore", "--create", file}).code,
            kExitRefused);
  Out({"backup", "restore", file});
  Out({"schema", "write", "-"}, std::string(kSchema) + "definition more {}\n");
  EXPECT_EQ(shell.Run({"backup", "restore", file}).code, kExitRefused);
  Out({"backup", "restore", "--replace-schema", file});
  EXPECT_EQ(Out({"schema", "read"}), kSchema);
}

TEST_F(BulkServerTest, ABackupThatWasCutOffGoesOnAtItsRevision) {
  const std::string text = Lines(25'000);
  Out({"import", "-"}, text);
  const std::string file = shell.folder / "kith.backup";
  Out({"backup", "create", file});
  const std::string whole = ReadFile(file);
  Out({"relationship", "touch", "document:later#viewer@user:anne"});
  // After the header, within a block and before the trailer.
  for (const size_t size : {whole.size() / 100, whole.size() / 2,
                            whole.size() - 10, whole.size()}) {
    std::filesystem::remove(file);
    File("kith.backup.partial", whole.substr(0, size));
    const auto refused = shell.Run({"backup", "create", file});
    EXPECT_EQ(refused.code, kExitCannotWrite);
    EXPECT_THAT(refused.err, HasSubstr("--resume"));
    Out({"backup", "create", "--resume", file});
    EXPECT_EQ(ReadFile(file), whole) << size;
  }
  // Too short to go on with: made anew, of the newest revision.
  File("kith.backup.partial", whole.substr(0, 5));
  Out({"backup", "create", "--resume", "--force", file});
  EXPECT_EQ(Parsed::parse(
                Out({"backup", "inspect", "--json", file}))["relationships"],
            25'001);
}

TEST_F(BulkServerTest, ADamagedBackupIsRefusedBeforeAnythingIsWritten) {
  Out({"import", "-"}, Lines(100));
  const std::string file = shell.folder / "kith.backup";
  Out({"backup", "create", file});
  std::string bytes = ReadFile(file);
  bytes[bytes.size() / 2] ^= 1;
  File("kith.backup", bytes);
  Out({"relationship", "delete", "--yes", "--filter", "document"});
  for (const char* verb : {"restore", "inspect"}) {
    const auto ended = shell.Run({"backup", verb, file});
    EXPECT_EQ(ended.code, kExitRefused) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("block 2 at byte"));
  }
  EXPECT_EQ(Out({"export"}), "");
}

TEST_F(BulkServerTest, ABackupOfNothingIsOne) {
  support::ServerProcess empty;
  empty.Start();
  Use(empty);
  const std::string file = shell.folder / "kith.backup";
  Out({"backup", "create", file});
  Out({"backup", "inspect", file});
  Out({"backup", "restore", file});
  EXPECT_EQ(shell.Run({"schema", "read"}).code, kExitRefused);
}

}  // namespace
}  // namespace kith::tool
