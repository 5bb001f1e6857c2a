#include "tools/kith/validation/validator.h"

#include <fmt/format.h>

#include <memory>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "kith/database.h"
#include "kith/errors.h"
#include "tools/kith/validation/subjects.h"

namespace kith::tool {
namespace {

constexpr size_t kUpdatesPerWrite = 1000;

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

// Where in the schema an error is, and its message without the place.
struct SchemaError {
  int line = 0;  // 0: nowhere in particular
  std::string message;
};

SchemaError Locate(const absl::Status& status) {
  SchemaError error{0, MessageOf(status)};
  const ErrorInfo info = GetErrorInfo(status).value_or(ErrorInfo{});
  const auto line = info.metadata.find("start_line_number");
  const auto column = info.metadata.find("start_column_position");
  if (line == info.metadata.end() || column == info.metadata.end() ||
      !absl::SimpleAtoi(line->second, &error.line)) {
    return error;
  }
  const std::string place =
      fmt::format("line {}, column {}: ", line->second, column->second);
  if (error.message.starts_with(place)) error.message.erase(0, place.size());
  return error;
}

class Run {
 public:
  Run(const ValidationFile& file, Database& db) : file_(file), db_(db) {
    report_.path = file.path;
    report_.relationships = file.relationships.size();
    report_.assertions = file.assertions.size();
    for (const auto& relation : file.expected_relations) {
      report_.expected_subjects += relation.subjects.size();
    }
  }

  ValidationReport All() {
    for (const ValidationFile::Problem& problem : file_.problems) {
      Fail(problem.line, "", "", problem.message);
    }
    if (!LoadSchema()) return std::move(report_);
    LoadRelationships();
    CheckOneByOne();
    CheckInBulk();
    for (const auto& relation : file_.expected_relations) {
      CheckExpectedRelation(relation);
    }
    return std::move(report_);
  }

 private:
  void Fail(int line, std::string subject, std::string expected,
            std::string actual) {
    report_.failures.push_back({file_.path, line, std::move(subject),
                                std::move(expected), std::move(actual)});
  }

  // False when nothing can be asked.
  bool LoadSchema() {
    if (file_.schema_path.empty()) return false;
    const absl::Status status = db_.WriteSchema(file_.schema).status();
    if (status.ok()) return true;
    SchemaError error = Locate(status);
    if (error.line > 0) error.line = file_.LineOfSchema(error.line);
    Fail(error.line, "schema", "", std::move(error.message));
    report_.failures.back().path = file_.schema_path;
    return false;
  }

  void LoadRelationships() {
    for (size_t begin = 0; begin < file_.relationships.size();
         begin += kUpdatesPerWrite) {
      const size_t end =
          std::min(begin + kUpdatesPerWrite, file_.relationships.size());
      std::vector<Update> updates;
      for (size_t i = begin; i < end; ++i) {
        updates.push_back(Touch(file_.relationships[i].relationship));
      }
      if (db_.Write(std::move(updates)).ok()) continue;
      // Something in there was refused: one by one, to say which.
      for (size_t i = begin; i < end; ++i) LoadOne(file_.relationships[i]);
    }
  }

  void LoadOne(const ValidationFile::LocatedRelationship& located) {
    const auto result = db_.Write({Touch(located.relationship)});
    if (result.ok()) return;
    Fail(located.line, located.relationship.ToString(), "",
         MessageOf(result.status()));
  }

  void Judge(const ValidationFile::Assertion& assertion,
             const absl::StatusOr<CheckAnswer>& answer, const char* how) {
    if (answer.ok() && answer->permissionship == assertion.expected) return;
    std::string actual =
        answer.ok() ? DescribeAnswer(*answer) : MessageOf(answer.status());
    Fail(assertion.line, assertion.text,
         std::string(PermissionshipName(assertion.expected)), actual + how);
  }

  void CheckOneByOne() {
    for (const ValidationFile::Assertion& assertion : file_.assertions) {
      const Question& question = assertion.question;
      absl::StatusOr<CheckResult> result =
          db_.Check({.resource = question.resource,
                     .permission = question.permission,
                     .subject = question.subject,
                     .context = question.context});
      if (result.ok()) {
        Judge(assertion, CheckAnswer(*result), "");
      } else {
        Judge(assertion, result.status(), "");
      }
    }
  }

  void CheckInBulk() {
    if (file_.assertions.empty()) return;
    BulkCheckRequest request;
    for (const ValidationFile::Assertion& assertion : file_.assertions) {
      const Question& question = assertion.question;
      request.items.push_back({question.resource, question.permission,
                               question.subject, question.context});
    }
    const absl::StatusOr<BulkCheckResult> result = db_.CheckBulk(request);
    if (!result.ok()) {
      return Fail(0, "all assertions in bulk", "", MessageOf(result.status()));
    }
    for (size_t i = 0; i < file_.assertions.size(); ++i) {
      Judge(file_.assertions[i], result->answers[i], " (in bulk)");
    }
  }

  void CheckExpectedRelation(const ValidationFile::ExpectedRelation& relation) {
    for (SubjectMismatch& mismatch :
         CompareSubjects(db_, file_.relationships, relation)) {
      Fail(mismatch.line, std::move(mismatch.subject),
           std::move(mismatch.expected), std::move(mismatch.actual));
    }
  }

  const ValidationFile& file_;
  Database& db_;
  ValidationReport report_;
};

}  // namespace

std::string ValidationFailure::ToString() const {
  std::string text = path;
  if (line > 0) text += fmt::format(":{}", line);
  if (!subject.empty()) text += ": " + subject;
  if (!expected.empty()) {
    return text + fmt::format(": expected {}, got {}", expected, actual);
  }
  return text + ": " + actual;
}

absl::StatusOr<ValidationReport> Validate(const ValidationFile& file) {
  Options options;
  options.in_memory = true;
  KITH_ASSIGN_OR_RETURN(const std::unique_ptr<Database> db,
                        Database::Open(options));
  return ValidateWith(file, *db);
}

ValidationReport ValidateWith(const ValidationFile& file, Database& db) {
  return Run(file, db).All();
}

}  // namespace kith::tool
