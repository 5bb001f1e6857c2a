#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "kith_bench/setting.h"
#include "tools/kith/convert.h"
#include "workloads/questions.h"

namespace kith::bench {
namespace {

using tool::ToProto;

// Counts different ids; the same one may come twice.
class IdCount {
 public:
  // Subjects that Questions::Write makes are of no answer.
  void Add(std::string_view id) {
    if (!id.starts_with("stranger")) ids_.emplace(id);
  }
  void Clear() { ids_.clear(); }
  // What is wrong; empty: nothing.
  std::string Mistake(const std::optional<uint64_t>& expected) const {
    if (!expected || *expected == ids_.size()) return "";
    return fmt::format("wrong answer of {} ids, not {}", ids_.size(),
                       *expected);
  }

 private:
  std::unordered_set<std::string> ids_;
};

class LookupResourcesCall final
    : public StreamCall<v1::LookupResourcesRequest,
                        v1::LookupResourcesResponse> {
 public:
  explicit LookupResourcesCall(const Setting& setting)
      : StreamCall(setting.server, setting.number,
                   &v1::PermissionsService::Stub::PrepareAsyncLookupResources),
        questions_(setting.workload, setting.seed, setting.run.keys),
        verify_(setting.verify) {}

 private:
  void Ask(v1::LookupResourcesRequest* request) override {
    question_ = questions_.LookupResources().value();
    ids_.Clear();
    server_->SetConsistency(request->mutable_consistency());
    request->set_resource_object_type(question_.resource_type);
    request->set_permission(question_.permission);
    ToProto(question_.subject, request->mutable_subject());
  }
  void Take(const v1::LookupResourcesResponse& response) override {
    SawResult();
    if (verify_) ids_.Add(response.resource_object_id());
  }
  void TakeEnd() override {
    if (!verify_) return;
    const std::string mistake = ids_.Mistake(question_.expected);
    if (!mistake.empty()) Fail(mistake);
  }
  std::string Question() const override {
    return fmt::format("resources {}#{}@{}", question_.resource_type,
                       question_.permission, question_.subject.ToString());
  }

  Questions questions_;
  const bool verify_;
  LookupResourcesQuestion question_;
  IdCount ids_;
};

class LookupSubjectsCall final
    : public StreamCall<v1::LookupSubjectsRequest, v1::LookupSubjectsResponse> {
 public:
  explicit LookupSubjectsCall(const Setting& setting)
      : StreamCall(setting.server, setting.number,
                   &v1::PermissionsService::Stub::PrepareAsyncLookupSubjects),
        questions_(setting.workload, setting.seed, setting.run.keys),
        verify_(setting.verify) {}

 private:
  void Ask(v1::LookupSubjectsRequest* request) override {
    question_ = questions_.LookupSubjects().value();
    ids_.Clear();
    server_->SetConsistency(request->mutable_consistency());
    ToProto(question_.resource, request->mutable_resource());
    request->set_permission(question_.permission);
    request->set_subject_object_type(question_.subject_type);
  }
  void Take(const v1::LookupSubjectsResponse& response) override {
    SawResult();
    if (verify_) ids_.Add(response.subject().subject_object_id());
  }
  void TakeEnd() override {
    if (!verify_) return;
    const std::string mistake = ids_.Mistake(question_.expected);
    if (!mistake.empty()) Fail(mistake);
  }
  std::string Question() const override {
    return fmt::format("subjects of type {} of {}#{}", question_.subject_type,
                       question_.resource.ToString(), question_.permission);
  }

  Questions questions_;
  const bool verify_;
  LookupSubjectsQuestion question_;
  IdCount ids_;
};

}  // namespace

std::unique_ptr<Call> MakeLookupResourcesCall(const Setting& setting) {
  return std::make_unique<LookupResourcesCall>(setting);
}

std::unique_ptr<Call> MakeLookupSubjectsCall(const Setting& setting) {
  return std::make_unique<LookupSubjectsCall>(setting);
}

}  // namespace kith::bench
