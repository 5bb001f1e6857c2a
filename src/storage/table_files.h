#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "rocksdb/sst_file_writer.h"
#include "storage/families.h"

namespace kith::storage {

// Table files for one family, written beside the database, which may then take
// them in. Those that it did not take are removed with the object.
class TableFiles {
 public:
  // Files are named `prefix`, the family's number and one of their own.
  TableFiles(const Families* families, Family family, std::string prefix);
  ~TableFiles();
  TableFiles(const TableFiles&) = delete;
  TableFiles& operator=(const TableFiles&) = delete;

  Family family() const { return family_; }
  // Before the first Put: for files among others, which a compaction packs
  // anew before long anyway, so they may be larger and are written faster.
  void PackLoosely() { loosely_ = true; }
  // Keys have to ascend.
  absl::Status Put(std::string_view key, std::string_view value);
  // After the last Put.
  absl::Status Finish();
  // Complete files, in the order of their keys; none when there was no Put.
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  absl::Status Begin();

  const Families& families_;
  const Family family_;
  const std::string prefix_;
  bool loosely_ = false;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::vector<std::string> paths_;
};

}  // namespace kith::storage
