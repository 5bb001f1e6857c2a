#include "tools/kith/bulk_check.h"

#include <fmt/format.h>

#include <deque>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "base/status_macros.h"
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
  BulkRun(Tool& tool, Connection& connection, const Consistency& consistency)
      : output_(tool.output),
        connection_(connection),
        consistency_(consistency),
        progress_(tool.output, "checks", std::nullopt) {}

  absl::StatusOr<int> Run(std::istream& in) {
    std::string line;
    Page page;
    while (std::getline(in, line)) {
      const std::string text(ContentOf(line));
      if (text.empty()) continue;
      page.push_back({text, ParseQuestion(text)});
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
    for (const Item& item : *page) Print(item);
    // On a terminal the answers themselves show how far it is.
    if (!output_.terminal().out_is_terminal) progress_.Update(counts_.total);
    return absl::OkStatus();
  }

  void Print(const Item& item) {
    ++counts_.total;
    if (!item.answer.ok()) {
      ++counts_.errors;
      const std::string message(item.answer.status().message());
      output_.Result(fmt::format("{}\terror\t{}", item.text, message),
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
    output_.Result(fmt::format("{}\t{}{}", item.text, name, missing),
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
  Progress progress_;
  Counts counts_;
  // Destroyed first: its calls use the members above.
  std::deque<std::future<absl::StatusOr<Page>>> in_flight_;
};

}  // namespace

absl::StatusOr<int> BulkCheck(Tool& tool, const std::string& path,
                              const Consistency& consistency) {
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  if (path == "-") {
    return BulkRun(tool, *connection, consistency).Run(tool.terminal.in);
  }
  KITH_ASSIGN_OR_RETURN(const std::unique_ptr<std::istream> file,
                        OpenSeekable(path, tool.terminal));
  return BulkRun(tool, *connection, consistency).Run(*file);
}

}  // namespace kith::tool
