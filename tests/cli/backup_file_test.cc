#include "tools/kith/backup_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "base/coding.h"
#include "base/hash.h"

namespace kith::tool {
namespace {

using kith::v1::BackupHeader;
using kith::v1::BackupRelationships;
using ::testing::HasSubstr;

BackupHeader Header() {
  BackupHeader header;
  header.set_format(kBackupFormat);
  header.set_schema("definition user {}");
  return header;
}

BackupRelationships Block(int number, int size) {
  BackupRelationships block;
  for (int i = 0; i < size; ++i) {
    auto* relationship = block.add_relationships();
    relationship->mutable_resource()->set_object_type("document");
    relationship->mutable_resource()->set_object_id(
        fmt::format("d{}-{}", number, i));
  }
  block.set_cursor(fmt::format("cursor {}", number));
  return block;
}

// A file of three blocks of relationships, and where each of its blocks ends.
struct File {
  std::string bytes;
  std::vector<size_t> ends;
};

File Sample() {
  File file;
  std::ostringstream out;
  BackupWriter writer(out);
  EXPECT_TRUE(writer.Write(Header()).ok());
  file.ends.push_back(out.str().size());
  for (int number = 0; number < 3; ++number) {
    EXPECT_TRUE(writer.Write(Block(number, 2 + number)).ok());
    file.ends.push_back(out.str().size());
  }
  EXPECT_TRUE(writer.WriteTrailer().ok());
  file.bytes = out.str();
  file.ends.push_back(file.bytes.size());
  EXPECT_EQ(writer.end().bytes, file.bytes.size());
  return file;
}

// OK when all of `bytes` is a backup; `end` is what was read of it.
absl::Status Read(const std::string& bytes, BackupEnd* end = nullptr) {
  std::istringstream in(bytes);
  BackupReader reader(in);
  absl::Status status = reader.ReadHeader().status();
  while (status.ok()) {
    const auto block = reader.Next();
    status = block.status();
    if (block.ok() && !block->has_value()) break;
  }
  if (end != nullptr) *end = reader.end();
  return status;
}

// The number of the block, from 1, that holds the byte at `at`.
size_t BlockOf(const File& file, size_t at) {
  size_t block = 0;
  while (file.ends[block] <= at) ++block;
  return block + 1;
}

TEST(BackupFileTest, ReadsWhatWasWritten) {
  const File file = Sample();
  std::istringstream in(file.bytes);
  BackupReader reader(in);
  const auto header = reader.ReadHeader();
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->schema(), "definition user {}");
  for (int number = 0; number < 3; ++number) {
    const auto block = reader.Next();
    ASSERT_TRUE(block.ok() && block->has_value()) << block.status();
    EXPECT_EQ((*block)->SerializeAsString(),
              Block(number, 2 + number).SerializeAsString());
    EXPECT_EQ(reader.end().bytes, file.ends[number + 1]);
  }
  const auto last = reader.Next();
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_FALSE(last->has_value());
  EXPECT_EQ(reader.end().relationships, 9u);
  EXPECT_EQ(reader.end().blocks, 3u);
}

TEST(BackupFileTest, EveryChangedByteIsFoundAndItsBlockNamed) {
  const File file = Sample();
  for (size_t at = 0; at < file.bytes.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      std::string bytes = file.bytes;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      const absl::Status status = Read(bytes);
      ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss)
          << "byte " << at << " with " << mask;
      ASSERT_THAT(
          std::string(status.message()),
          HasSubstr(fmt::format("block {} at byte", BlockOf(file, at))));
    }
  }
}

TEST(BackupFileTest, EveryTruncationIsFoundAndKeepsTheWholeBlocks) {
  const File file = Sample();
  for (size_t size = 0; size < file.bytes.size(); ++size) {
    BackupEnd end;
    const absl::Status status = Read(file.bytes.substr(0, size), &end);
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << size;
    const size_t block = BlockOf(file, size);
    ASSERT_THAT(std::string(status.message()),
                HasSubstr(fmt::format("block {} at byte", block)))
        << size;
    ASSERT_EQ(end.bytes, block == 1 ? 0 : file.ends[block - 2]) << size;
  }
}

TEST(BackupFileTest, BlocksLostRepeatedMovedOrAddedAreFound) {
  const File file = Sample();
  const auto part = [&file](size_t block) {
    return file.bytes.substr(file.ends[block - 1],
                             file.ends[block] - file.ends[block - 1]);
  };
  const std::string header = file.bytes.substr(0, file.ends[0]);
  ASSERT_TRUE(Read(header + part(1) + part(2) + part(3) + part(4)).ok());
  for (const std::string& bytes :
       {header + part(1) + part(3) + part(4), header + part(4),
        header + part(1) + part(1) + part(2) + part(3) + part(4),
        header + part(2) + part(1) + part(3) + part(4), part(1) + part(4),
        file.bytes + part(1), file.bytes + "x", file.bytes + file.bytes}) {
    EXPECT_EQ(Read(bytes).code(), absl::StatusCode::kDataLoss);
  }
}

// With checksums that are right, too.
TEST(BackupFileTest, AForgedBlockIsNoReasonToTrustIt) {
  const auto file_of = [](uint8_t kind, const std::string& payload,
                          uint32_t size) {
    std::string block(1, static_cast<char>(kind));
    PutU32(&block, size);
    block += payload;
    PutU64(&block, Hash64(block));
    return "kithbak\n" + block;
  };
  const std::string header = Header().SerializeAsString();
  const auto size = static_cast<uint32_t>(header.size());
  EXPECT_THAT(std::string(Read(file_of(1, header, size)).message()),
              HasSubstr("block 2 at byte"));
  EXPECT_THAT(std::string(Read(file_of(3, header, size)).message()),
              HasSubstr("block 1 at byte 8: it is no header"));
  EXPECT_THAT(std::string(Read(file_of(9, header, size)).message()),
              HasSubstr("is no kind"));
  EXPECT_THAT(std::string(Read(file_of(1, header, 0xffffffff)).message()),
              HasSubstr("is over the limit"));
  EXPECT_THAT(std::string(Read(file_of(1, "\xff", 1)).message()),
              HasSubstr("it is no header"));
  BackupHeader newer = Header();
  newer.set_format(kBackupFormat + 1);
  const std::string bytes = newer.SerializeAsString();
  EXPECT_THAT(
      std::string(Read(file_of(1, bytes, static_cast<uint32_t>(bytes.size())))
                      .message()),
      HasSubstr("the file has format 2, known is 1"));
}

TEST(BackupFileTest, AWriterGoesOnBehindAnyWholeBlock) {
  const File file = Sample();
  for (size_t blocks = 1; blocks < 4; ++blocks) {
    BackupEnd end;
    const std::string cut = file.bytes.substr(0, file.ends[blocks - 1] + 3);
    ASSERT_FALSE(Read(cut, &end).ok());
    ASSERT_EQ(end.bytes, file.ends[blocks - 1]);
    std::ostringstream out;
    BackupWriter writer(out, end);
    for (int number = static_cast<int>(blocks) - 1; number < 3; ++number) {
      ASSERT_TRUE(writer.Write(Block(number, 2 + number)).ok());
    }
    ASSERT_TRUE(writer.WriteTrailer().ok());
    EXPECT_EQ(cut.substr(0, end.bytes) + out.str(), file.bytes);
  }
}

}  // namespace
}  // namespace kith::tool
