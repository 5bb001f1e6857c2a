#include "conformance/conformance.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "schema/schema.h"

namespace kith::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNeverSeen = "never_seen_by_anyone";
// Within what a server takes at once.
constexpr size_t kBulk = 1000;
// Of so many items one is asked alone as well.
constexpr size_t kAlone = 20;

std::vector<std::string> YamlFiles(const fs::path& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yaml") {
      paths.push_back(entry.path().lexically_normal().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void AddNames(const schema::Schema& schema, Loaded* loaded) {
  for (const auto& definition : schema.definitions()) {
    auto& names = loaded->names[definition.name];
    for (const auto& r : definition.relations) names.push_back(r.name);
    for (const auto& p : definition.permissions) names.push_back(p.name);
    loaded->subjects.insert(ObjectRef(definition.name, kNeverSeen));
  }
}

void AddObjects(const Relationship& relationship, Loaded* loaded) {
  const SubjectRef& subject = relationship.subject;
  loaded->ids[relationship.resource.type].insert(relationship.resource.id);
  loaded->subjects.insert(relationship.resource);
  if (subject.is_wildcard()) return;
  // Also resources: `self`, and sets that are members of themselves.
  loaded->ids[subject.object.type].insert(subject.object.id);
  loaded->subjects.insert(subject);
  loaded->subjects.insert(subject.object);
}

}  // namespace

std::vector<std::string> ReferenceFiles() {
  return YamlFiles(fs::path(KITH_SOURCE_DIR) / ".." / "shared" / "conformance" /
                   "spicedb");
}

std::vector<std::string> ExampleFiles() {
  return YamlFiles(fs::path(KITH_SOURCE_DIR) / "schema" / "examples");
}

void ConformanceTest::ForEachFile(
    const std::function<void(const Loaded&)>& ask) {
  std::vector<std::string> paths = ExampleFiles();
  const std::vector<std::string> reference = ReferenceFiles();
  if (reference.empty()) {
    std::printf("no reference files beside the checkout: examples only\n");
  }
  paths.insert(paths.end(), reference.begin(), reference.end());
  size_t files = 0;
  for (const std::string& path : paths) {
    SCOPED_TRACE(path);
    Loaded loaded;
    if (!Load(path, &loaded)) continue;
    ask(loaded);
    ++files;
  }
  EXPECT_GT(files, 0u);
  std::printf("%zu files\n", files);
}

void ConformanceTest::LookUpInEachFile(
    const std::function<void(const Loaded&, Tally*)>& ask) {
  Tally tally;
  ForEachFile([&](const Loaded& loaded) { ask(loaded, &tally); });
  EXPECT_GT(tally.asked, 0u);
  EXPECT_GT(tally.found, 0u);
  std::printf("%zu lookups, %zu found\n", tally.asked, tally.found);
}

bool ConformanceTest::Load(const std::string& path, Loaded* loaded) {
  const auto file = tool::ValidationFile::Load(path);
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok() || file->schema.empty()) return false;
  db_ = &target_->Empty();
  const auto schema = schema::Compile(file->schema);
  if (!schema.ok() || !db_->WriteSchema(file->schema).ok()) return false;
  AddNames(**schema, loaded);
  std::vector<Relationship> taken;
  std::vector<Update> updates;
  for (const auto& located : file->relationships) {
    taken.push_back(located.relationship);
    updates.push_back(Touch(located.relationship));
  }
  if (!db_->Write(std::move(updates)).ok()) {
    // One of them is refused, or stands there twice.
    std::erase_if(taken, [&](const Relationship& relationship) {
      return !db_->Write({Touch(relationship)}).ok();
    });
  }
  std::map<std::string, Relationship> last;  // of each identity
  for (const Relationship& relationship : taken) {
    AddObjects(relationship, loaded);
    last[Relationship(relationship.resource, relationship.relation,
                      relationship.subject)
             .ToString()] = relationship;
  }
  for (auto& [identity, relationship] : last) {
    loaded->relationships.push_back(std::move(relationship));
  }
  return !loaded->ids.empty();
}

std::vector<absl::StatusOr<CheckAnswer>> ConformanceTest::CheckAll(
    std::vector<CheckItem> items) {
  std::vector<absl::StatusOr<CheckAnswer>> answers;
  for (size_t begin = 0; begin < items.size(); begin += kBulk) {
    BulkCheckRequest request;
    const size_t end = std::min(items.size(), begin + kBulk);
    request.items.assign(items.begin() + static_cast<long>(begin),
                         items.begin() + static_cast<long>(end));
    auto result = db_->CheckBulk(request);
    if (!result.ok()) {
      ADD_FAILURE() << result.status();
      answers.resize(end, result.status());
      continue;
    }
    for (auto& answer : result->answers) answers.push_back(std::move(answer));
  }
  for (size_t i = 0; i < items.size(); i += kAlone) {
    const CheckItem& item = items[i];
    const auto alone = db_->Check({.resource = item.resource,
                                   .permission = item.permission,
                                   .subject = item.subject,
                                   .context = item.context});
    EXPECT_EQ(alone.status().code(), answers[i].status().code());
    if (!alone.ok() || !answers[i].ok()) continue;
    EXPECT_EQ(alone->permissionship, answers[i]->permissionship);
    EXPECT_EQ(alone->missing_context, answers[i]->missing_context);
  }
  return answers;
}

}  // namespace kith::conformance
