#include "service/relationship_stream.h"

#include <string>
#include <utility>

#include "base/status_macros.h"
#include "service/convert.h"
#include "service/wire_writer.h"

namespace kith::service {
namespace {

using Response = wire::ReadRelationshipsResponse;

class RelationshipStream : public ResponseStream {
 public:
  RelationshipStream(Database* database, ReadRequest request)
      : database_(database), request_(std::move(request)) {}

  bool IsReady() const override { return next_ < page_.items.size(); }

  absl::StatusOr<bool> Next(std::string* message) override {
    if (!IsReady()) {
      KITH_RETURN_IF_ERROR(ReadPage());
      if (!IsReady()) return false;
    }
    const ReadItem& item = page_.items[next_++];
    WireWriter writer(message);
    writer.TokenMessage(Response::kReadAtFieldNumber, page_.read_at);
    writer.RelationshipMessage(Response::kRelationshipFieldNumber,
                               item.relationship);
    writer.TokenMessage(Response::kAfterResultCursorFieldNumber, item.cursor);
    return true;
  }

 private:
  absl::Status ReadPage() {
    if (done_) {
      page_.items.clear();
      return absl::OkStatus();
    }
    if (!page_.items.empty()) request_.cursor = page_.items.back().cursor;
    next_ = 0;
    KITH_ASSIGN_OR_RETURN(page_, database_->Read(request_));
    // A caller's limit is one page; without one, all pages are streamed.
    done_ = request_.limit != 0 || !page_.more;
    return absl::OkStatus();
  }

  Database* const database_;
  ReadRequest request_;
  kith::ReadPage page_;
  size_t next_ = 0;
  bool done_ = false;  // there is no page after `page_`
};

}  // namespace

absl::StatusOr<std::unique_ptr<ResponseStream>> StreamRelationships(
    Database* database, const wire::ReadRelationshipsRequest& in) {
  ReadRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  KITH_ASSIGN_OR_RETURN(request.filter, ToFilter(in.has_relationship_filter(),
                                                 in.relationship_filter(),
                                                 "relationship_filter"));
  request.limit = in.optional_limit();
  if (in.has_optional_cursor() && in.optional_cursor().token().empty()) {
    return MissingValue("optional_cursor.token");
  }
  request.cursor = in.optional_cursor().token();
  return std::make_unique<RelationshipStream>(database, std::move(request));
}

}  // namespace kith::service
