#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "kith_bench/setting.h"
#include "tools/kith/convert.h"
#include "workloads/questions.h"

namespace kith::bench {
namespace {

using tool::ToProto;

std::string_view WireName(int permissionship) {
  switch (permissionship) {
    case v1::CheckPermissionResponse::PERMISSIONSHIP_HAS_PERMISSION:
      return "yes";
    case v1::CheckPermissionResponse::PERMISSIONSHIP_NO_PERMISSION:
      return "no";
    case v1::CheckPermissionResponse::PERMISSIONSHIP_CONDITIONAL_PERMISSION:
      return "conditional";
    default:
      return "nothing";
  }
}

std::string_view NameOf(Permissionship permissionship) {
  switch (permissionship) {
    case Permissionship::kHasPermission:
      return "yes";
    case Permissionship::kConditional:
      return "conditional";
    default:
      return "no";
  }
}

std::string TextOf(const CheckQuestion& question) {
  return fmt::format("{}#{}@{}", question.resource.ToString(),
                     question.permission, question.subject.ToString());
}

// What is wrong with an answer; empty: nothing.
std::string Mistake(const CheckQuestion& question, int answer) {
  const std::string_view wanted = NameOf(question.expected);
  if (WireName(answer) == wanted) return "";
  return fmt::format("wrong answer {}, not {}", WireName(answer), wanted);
}

// Items are of the same shape as requests.
template <typename Item>
void Fill(const CheckQuestion& question, Item* item) {
  ToProto(question.resource, item->mutable_resource());
  item->set_permission(question.permission);
  ToProto(question.subject, item->mutable_subject());
  if (question.context.empty()) {
    item->clear_context();
  } else {
    ToProto(question.context, item->mutable_context());
  }
}

class CheckCall final : public UnaryCall<v1::CheckPermissionRequest,
                                         v1::CheckPermissionResponse> {
 public:
  explicit CheckCall(const Setting& setting)
      : UnaryCall(setting.server, setting.number,
                  &v1::PermissionsService::Stub::AsyncCheckPermission),
        questions_(setting.workload, setting.seed, setting.run.keys),
        verify_(setting.verify) {}

 private:
  void Ask(v1::CheckPermissionRequest* request) override {
    question_ = questions_.Check();
    server_->SetConsistency(request->mutable_consistency());
    Fill(question_, request);
  }
  void Take(const v1::CheckPermissionResponse& response) override {
    AddResults(1);
    if (!verify_) return;
    const std::string mistake = Mistake(question_, response.permissionship());
    if (!mistake.empty()) Fail(mistake);
  }
  std::string Question() const override { return TextOf(question_); }

  Questions questions_;
  const bool verify_;
  CheckQuestion question_;
};

class BulkCall final : public UnaryCall<v1::CheckBulkPermissionsRequest,
                                        v1::CheckBulkPermissionsResponse> {
 public:
  explicit BulkCall(const Setting& setting)
      : UnaryCall(setting.server, setting.number,
                  &v1::PermissionsService::Stub::AsyncCheckBulkPermissions),
        questions_(setting.workload, setting.seed, setting.run.keys),
        batch_(setting.run.batch),
        verify_(setting.verify) {}

 private:
  void Ask(v1::CheckBulkPermissionsRequest* request) override {
    page_ = questions_.Bulk(batch_);
    server_->SetConsistency(request->mutable_consistency());
    request->clear_items();
    for (const CheckQuestion& question : page_) {
      Fill(question, request->add_items());
    }
  }
  void Take(const v1::CheckBulkPermissionsResponse& response) override {
    AddResults(response.pairs_size());
    if (response.pairs_size() != static_cast<int>(page_.size())) {
      Fail(fmt::format("{} answers", response.pairs_size()));
      return;
    }
    for (int i = 0; i < response.pairs_size(); ++i) {
      const auto& pair = response.pairs(i);
      if (pair.has_error()) {
        Fail(fmt::format("item {}: status {}: {}", TextOf(page_[i]),
                         pair.error().code(), pair.error().message()));
      } else if (verify_) {
        const std::string mistake =
            Mistake(page_[i], pair.item().permissionship());
        if (!mistake.empty()) {
          Fail(fmt::format("item {}: {}", TextOf(page_[i]), mistake));
        }
      }
    }
  }
  std::string Question() const override {
    return fmt::format("{} items from {} to {}", page_.size(),
                       TextOf(page_.front()), TextOf(page_.back()));
  }

  Questions questions_;
  const size_t batch_;
  const bool verify_;
  std::vector<CheckQuestion> page_;
};

}  // namespace

std::unique_ptr<Call> MakeCheckCall(const Setting& setting) {
  return std::make_unique<CheckCall>(setting);
}

std::unique_ptr<Call> MakeBulkCall(const Setting& setting) {
  return std::make_unique<BulkCall>(setting);
}

}  // namespace kith::bench
