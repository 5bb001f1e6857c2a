#pragma once

#include <filesystem>
#include <random>
#include <string>

#include "fmt/format.h"
#include "gtest/gtest.h"

namespace kith::storage {

// A path of its own for one test, removed with all that is below it. The
// directory `db` in it does not exist at first.
class TempDirectory {
 public:
  TempDirectory()
      : path_(testing::TempDir() +
              fmt::format("/kith_storage_{:x}",
                          uint64_t{std::random_device()()} << 32 |
                              std::random_device()())) {
    std::filesystem::create_directories(path_);
  }
  ~TempDirectory() { std::filesystem::remove_all(path_); }

  std::string db() const { return path_ + "/db"; }
  std::string other() const { return path_ + "/other"; }

 private:
  const std::string path_;
};

}  // namespace kith::storage
