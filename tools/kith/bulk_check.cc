#include "tools/kith/bulk_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "base/status_macros.h"
#include "model/value_json.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"
#include "tools/kith/progress.h"
#include "tools/kith/text_line.h"
#include "tools/kith/tool.h"
#include "tools/kith/validation/question.h"
#include "tools/kith/validation/subjects.h"

namespace kith::tool {
namespace {

constexpr size_t kPageSize = 1000;
constexpr size_t kCallsInFlight = 4;

struct Item {
  std::string text;
  absl::StatusOr<Question> question;
  absl::StatusOr<CheckAnswer> answer = CheckAnswer{};
};
using Page = std::vector<Item>;

absl::StatusOr<std::string> TextField(const Json& json, const char* key) {
  const auto it = json.find(key);
  if (it == json.end() || !it->is_string()) {
    return absl::InvalidArgumentError(
        fmt::format("expected a text under the key \"{}\"", key));
  }
  return it->get<std::string>();
}

// {"resource": "document:readme", "permission": "view", "subject":
// "user:anne", "context": {...}}; `context` may be absent.
absl::StatusOr<Question> ParseJsonQuestion(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError("not a JSON object");
  }
  for (const auto& [key, value] : json.items()) {
    if (key != "resource" && key != "permission" && key != "subject" &&
        key != "context") {
      return absl::InvalidArgumentError(
          fmt::format("unknown key \"{}\": expected resource, permission, "
                      "subject and context",
                      key));
    }
  }
  Question question;
  KITH_ASSIGN_OR_RETURN(const std::string resource,
                        TextField(json, "resource"));
  KITH_ASSIGN_OR_RETURN(question.resource, ObjectRef::Parse(resource));
  KITH_ASSIGN_OR_RETURN(question.permission, TextField(json, "permission"));
  KITH_ASSIGN_OR_RETURN(const std::string subject, TextField(json, "subject"));
  KITH_ASSIGN_OR_RETURN(question.subject, SubjectRef::Parse(subject));
  if (const auto it = json.find("context"); it != json.end()) {
    KITH_ASSIGN_OR_RETURN(question.context, StructFromJson(it->dump()));
  }
  return question;
}

absl::StatusOr<Question> ParseLine(const std::string& text) {
  return text.starts_with('{') ? ParseJsonQuestion(text) : ParseQuestion(text);
}

// The server's questions are those items that could be parsed.
absl::StatusOr<Page> Ask(Connection& connection, const Consistency& consistency,
                         Page page) {
  v1::CheckBulkPermissionsRequest request;
  ToProto(consistency, request.mutable_consistency());
  std::vector<Item*> asked;
  for (Item& item : page) {
    if (!item.question.ok()) {
      item.answer = item.question.status();
      continue;
    }
    asked.push_back(&item);
    const Question& question = *item.question;
    auto* proto = request.add_items();
    ToProto(question.resource, proto->mutable_resource());
    proto->set_permission(question.permission);
    ToProto(question.subject, proto->mutable_subject());
    if (!question.context.empty()) {
      ToProto(question.context, proto->mutable_context());
    }
  }
  if (asked.empty()) return page;
  v1::CheckBulkPermissionsResponse response;
  KITH_RETURN_IF_ERROR(connection.Call(
      connection.permissions(),
      &v1::PermissionsService::Stub::CheckBulkPermissions, request, &response));
  if (static_cast<size_t>(response.pairs_size()) != asked.size()) {
    return absl::InternalError(
        fmt::format("the server gave {} answers to {} questions",
                    response.pairs_size(), asked.size()));
  }
  for (size_t i = 0; i < asked.size(); ++i) {
    const auto& pair = response.pairs(static_cast<int>(i));
    if (pair.has_error()) {
      asked[i]->answer = FromGrpcStatus(grpc::Status(
          static_cast<grpc::StatusCode>(pair.error().code()),
          pair.error().message(), pair.error().SerializeAsString()));
    } else {
      asked[i]->answer = AnswerOf(pair.item().permissionship(),
                                  pair.item().partial_caveat_info());
    }
  }
  return page;
}

class BulkRun {
 public:
  BulkRun(Tool& tool, Connection& connection, const BulkCheckOptions& options)
      : output_(tool.output),
        connection_(connection),
        consistency_(options.consistency),
        context_(options.context),
        progress_(tool.output, "checks", std::nullopt) {}

  absl::StatusOr<int> Run(std::istream& in) {
    std::string line;
    Page page;
    while (std::getline(in, line)) {
      const std::string text(ContentOf(line));
      if (text.empty()) continue;
      page.push_back({text, ParseLine(text)});
      AddContext(&page.back());
      if (page.size() < kPageSize) continue;
      KITH_RETURN_IF_ERROR(Send(std::move(page)));
      page.clear();
    }
    KITH_RETURN_IF_ERROR(Send(std::move(page)));
    while (!in_flight_.empty()) KITH_RETURN_IF_ERROR(TakeOne());
    Summarize();
    return counts_.errors > 0 ? kExitRefused : kExitOk;
  }

 private:
  // A question's own values win.
  void AddContext(Item* item) const {
    if (!item->question.ok()) return;
    item->question->context.insert(context_.begin(), context_.end());
  }

  absl::Status Send(Page page) {
    if (in_flight_.size() == kCallsInFlight) KITH_RETURN_IF_ERROR(TakeOne());
    in_flight_.push_back(std::async(
        std::launch::async, [this, page = std::move(page)]() mutable {
          return Ask(connection_, consistency_, std::move(page));
        }));
    return absl::OkStatus();
  }

  absl::Status TakeOne() {
    absl::StatusOr<Page> page = in_flight_.front().get();
    in_flight_.pop_front();
    if (!page.ok()) {
      progress_.Finish();
      return page.status();
    }
    size_t width = 0;
    if (output_.terminal().out_is_terminal && !output_.json) {
      for (const Item& item : *page) width = std::max(width, item.text.size());
    }
    for (const Item& item : *page) Print(item, width);
    // On a terminal the answers themselves show how far it is.
    if (!output_.terminal().out_is_terminal) progress_.Update(counts_.total);
    return absl::OkStatus();
  }

  // For people the answers of a page stand below each other.
  void Print(const Item& item, size_t width) {
    ++counts_.total;
    if (!item.answer.ok()) {
      ++counts_.errors;
      const std::string message(item.answer.status().message());
      output_.Result(
          fmt::format("{:<{}}\terror\t{}", item.text, width, message),
          {{"question", item.text},
           {"permissionship", "error"},
           {"message", message}});
      return;
    }
    const CheckAnswer& answer = *item.answer;
    const std::string_view name = PermissionshipName(answer.permissionship);
    switch (answer.permissionship) {
      case Permissionship::kHasPermission:
        ++counts_.yes;
        break;
      case Permissionship::kConditional:
        ++counts_.conditional;
        break;
      case Permissionship::kNoPermission:
        ++counts_.no;
        break;
    }
    const std::string missing =
        answer.missing_context.empty()
            ? ""
            : fmt::format("\t{}", fmt::join(answer.missing_context, ","));
    output_.Result(fmt::format("{:<{}}\t{}{}", item.text, width, name, missing),
                   {{"question", item.text},
                    {"permissionship", name},
                    {"missing_context", answer.missing_context}});
  }

  void Summarize() {
    progress_.Finish();
    output_.Note(fmt::format(
        "{} checks in {:.2f} s: {} yes, {} no, {} conditional, {} errors",
        Grouped(counts_.total), absl::ToDoubleSeconds(progress_.elapsed()),
        Grouped(counts_.yes), Grouped(counts_.no), Grouped(counts_.conditional),
        Grouped(counts_.errors)));
  }

  struct Counts {
    uint64_t total = 0, yes = 0, no = 0, conditional = 0, errors = 0;
  };

  Output& output_;
  Connection& connection_;
  const Consistency consistency_;
  const Struct context_;
  Progress progress_;
  Counts counts_;
  // Destroyed first: its calls use the members above.
  std::deque<std::future<absl::StatusOr<Page>>> in_flight_;
};

}  // namespace

absl::StatusOr<int> BulkCheck(Tool& tool, const std::string& path,
                              const BulkCheckOptions& options) {
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  if (path == "-") {
    return BulkRun(tool, *connection, options).Run(tool.terminal.in);
  }
  KITH_ASSIGN_OR_RETURN(const std::unique_ptr<std::istream> file,
                        OpenSeekable(path, tool.terminal));
  return BulkRun(tool, *connection, options).Run(*file);
}

}  // namespace kith::tool
