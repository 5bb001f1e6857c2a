#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "kith_bench/setting.h"
#include "tools/kith/convert.h"
#include "workloads/questions.h"

namespace kith::bench {
namespace {

using tool::ToProto;

// Relationships in a message of an import.
constexpr size_t kMessage = 1000;

class WriteCall final : public UnaryCall<v1::WriteRelationshipsRequest,
                                         v1::WriteRelationshipsResponse> {
 public:
  explicit WriteCall(const Setting& setting)
      : UnaryCall(setting.server, setting.number,
                  &v1::PermissionsService::Stub::AsyncWriteRelationships),
        questions_(setting.workload, setting.seed, setting.run.keys),
        batch_(setting.run.batch) {}

 private:
  void Ask(v1::WriteRelationshipsRequest* request) override {
    updates_ = questions_.Write(batch_);
    request->clear_updates();
    for (const Update& update : updates_) {
      auto* const wire = request->add_updates();
      wire->set_operation(update.operation == Update::Operation::kDelete
                              ? v1::RelationshipUpdate::OPERATION_DELETE
                              : v1::RelationshipUpdate::OPERATION_TOUCH);
      ToProto(update.relationship, wire->mutable_relationship());
    }
  }
  void Take(const v1::WriteRelationshipsResponse& response) override {
    AddResults(updates_.size());
    server_->SawWrite(response.written_at().token());
  }
  std::string Question() const override {
    return fmt::format("to write {} updates from {} on", updates_.size(),
                       updates_.front().relationship.ToString());
  }

  Questions questions_;
  const size_t batch_;
  std::vector<Update> updates_;
};

// Relationships of subjects that no question names, new ones in every call.
class ImportCall final : public Call {
 public:
  explicit ImportCall(const Setting& setting)
      : Call(setting.server),
        stub_(setting.server->permissions(setting.number)),
        workload_(setting.workload),
        draw_(setting.seed, setting.run.keys),
        batch_(setting.run.batch),
        // Of this process alone, so that nothing is there already.
        prefix_(fmt::format(
            "stranger-{}-{}-",
            std::chrono::system_clock::now().time_since_epoch().count(),
            setting.number)) {}

 private:
  enum class State { kSending, kHalfClosing, kFinishing };

  void Send(grpc::CompletionQueue* queue) override {
    state_ = State::kSending;
    left_ = batch_;
    writer_ = stub_->PrepareAsyncImportBulkRelationships(&*context_, &response_,
                                                         queue);
    writer_->StartCall(this);
  }

  bool Proceed(bool ok) override {
    if (state_ == State::kFinishing) {
      writer_.reset();  // as of UnaryCall
      TakeEnd();
      return true;
    }
    // An event that failed means that the server has ended the call.
    if (!ok || state_ == State::kHalfClosing) {
      state_ = State::kFinishing;
      writer_->Finish(&status_, this);
    } else if (left_ == 0) {
      state_ = State::kHalfClosing;
      writer_->WritesDone(this);
    } else {
      MakeMessage();
      writer_->Write(request_, this);
    }
    return false;
  }

  void MakeMessage() {
    request_.clear_relationships();
    for (size_t i = std::min(left_, kMessage); i > 0; --i, --left_) {
      const std::string stranger = fmt::format("{}{}", prefix_, ++strangers_);
      ToProto(workload_->Stray(&draw_, stranger), request_.add_relationships());
    }
  }

  void TakeEnd() {
    if (!status_.ok()) return Fail(Describe(status_));
    AddResults(response_.num_loaded());
    if (response_.num_loaded() != batch_) {
      Fail(fmt::format("{} relationships loaded", response_.num_loaded()));
    }
  }

  std::string Question() const override {
    return fmt::format("to import {} relationships", batch_);
  }

  v1::PermissionsService::Stub* const stub_;
  const Workload* const workload_;
  Draw draw_;
  const size_t batch_;
  const std::string prefix_;
  uint64_t strangers_ = 0;
  State state_ = State::kSending;
  size_t left_ = 0;
  v1::ImportBulkRelationshipsRequest request_;
  v1::ImportBulkRelationshipsResponse response_;
  std::unique_ptr<grpc::ClientAsyncWriter<v1::ImportBulkRelationshipsRequest>>
      writer_;
};

}  // namespace

std::unique_ptr<Call> MakeWriteCall(const Setting& setting) {
  return std::make_unique<WriteCall>(setting);
}

std::unique_ptr<Call> MakeImportCall(const Setting& setting) {
  return std::make_unique<ImportCall>(setting);
}

}  // namespace kith::bench
