#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "in_process/figures.h"

// Prints what the library costs without a server, as a Markdown table. Times
// are CPU time of the calling thread where nothing else is said.

namespace {

// A directory of its own, removed at the end.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(const std::string& parent)
      : path_(parent + "/kith_in_process_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }  // empty: there is none

 private:
  std::string path_;
};

int Run(const std::vector<std::string>& names, const std::string& parent,
        const kith::bench::Sizes& sizes) {
  ScratchDirectory directory(parent);
  if (directory.path().empty()) {
    fmt::print(stderr, "in_process: cannot write in \"{}\"\n", parent);
    return 2;
  }
  kith::bench::Scene scene(directory.path());
  kith::bench::Table table;
  kith::bench::MeasureYardstick(&table);
  for (const kith::bench::NamedFigure& figure : kith::bench::kFigures) {
    if (!names.empty() &&
        std::find(names.begin(), names.end(), figure.name) == names.end()) {
      continue;
    }
    if (absl::Status status = figure.measure(sizes, &scene, &table);
        !status.ok()) {
      fmt::print(stderr, "in_process: {}: {}\n", figure.name,
                 status.ToString());
      return 2;
    }
  }
  fmt::print("\n{} targets missed\n", table.missed());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What the library costs in process.");
  std::vector<std::string> names;
  std::string parent = std::filesystem::temp_directory_path();
  kith::bench::Sizes sizes;
  std::vector<std::string> known;
  for (const auto& figure : kith::bench::kFigures) {
    known.emplace_back(figure.name);
  }
  app.add_option("figures", names, "which; all when none is named")
      ->check(CLI::IsMember(known));
  app.add_option("--dir", parent, "where databases are made, on a real disk");
  app.add_option("--drive", sizes.drive,
                 "size of the drive, in millions of relationships");
  app.add_option("--growth", sizes.growth,
                 "sizes that are compared, the smallest first")
      ->delimiter(',');
  app.add_option("--import", sizes.import, "size of what is imported");
  CLI11_PARSE(app, argc, argv);
  return Run(names, parent, sizes);
}
