#include "service/import_stream.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"

namespace kith::service {
namespace {

using Request = kith::v1::ImportRelationshipsRequest;
using Response = kith::v1::ImportRelationshipsResponse;

class ChunkedImport : public RequestStream<Request, Response> {
 public:
  explicit ChunkedImport(Database* database) : database_(*database) {}

  void Take(Request&& request, Response* response, Taken taken) override {
    auto importer = Gather(request);
    if (!importer.ok()) return taken(importer.status());
    (*importer)->CommitAsync([this, response, taken = std::move(taken)](
                                 absl::StatusOr<ImportResult> result) {
      if (!result.ok()) return taken(result.status());
      loaded_ += result->loaded;
      response->set_num_loaded(loaded_);
      response->mutable_written_at()->set_token(std::move(result->written_at));
      taken(true);
    });
  }

  void End(Response* response, Taken taken) override { taken(false); }

 private:
  absl::StatusOr<std::unique_ptr<Importer>> Gather(const Request& request) {
    KITH_RETURN_IF_ERROR(SetMode(request.mode()));
    auto importer =
        database_.NewImport({.mode = *mode_, .first_index = loaded_});
    KITH_ASSIGN_OR_RETURN(auto relationships,
                          ToRelationships(request.relationships(), loaded_));
    KITH_RETURN_IF_ERROR(importer->Add(std::move(relationships)));
    return importer;
  }

  absl::Status SetMode(Request::Mode mode) {
    if (mode == Request::MODE_UNSPECIFIED) {
      return mode_ ? absl::OkStatus() : MissingValue("mode");
    }
    if (mode != Request::MODE_CREATE && mode != Request::MODE_TOUCH) {
      return InvalidArgument(
          fmt::format("mode: \"{}\" is no mode", static_cast<int>(mode)));
    }
    const ImportMode given =
        mode == Request::MODE_CREATE ? ImportMode::kCreate : ImportMode::kTouch;
    if (mode_.value_or(given) != given) {
      return InvalidArgument("mode: must be that of the first message");
    }
    mode_ = given;
    return absl::OkStatus();
  }

  Database& database_;
  std::optional<ImportMode> mode_;
  uint64_t loaded_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<Relationship>> ToRelationships(
    const RepeatedRelationships& in, uint64_t first_index) {
  std::vector<Relationship> out;
  out.reserve(in.size());
  for (int i = 0; i < in.size(); ++i) {
    KITH_ASSIGN_OR_RETURN(out.emplace_back(), ToRelationship(in[i], [&] {
                            return fmt::format("relationships[{}]",
                                               first_index + i);
                          }));
  }
  return out;
}

std::unique_ptr<RequestStream<Request, Response>> NewChunkedImport(
    Database* database) {
  return std::make_unique<ChunkedImport>(database);
}

}  // namespace kith::service
