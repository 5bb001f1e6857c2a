#include <string>

#include "authzed/api/v1/watch_service.pb.h"
#include "integration/error_cases.h"

namespace kith::integration {

void AddWatchErrors(ErrorCases* cases) {
  wire::WatchRequest both;
  both.add_optional_object_types("document");
  *both.add_optional_relationship_filters() = Filter("document");
  (*cases)["a watch of types and filters at once"] = {{"both", Sending(both)}};

  wire::WatchRequest unknown;
  unknown.add_optional_object_types("nothing");
  (*cases)["a type that is not in the schema"].push_back(
      {"watched", Sending(unknown)});
  wire::WatchRequest empty;
  empty.add_optional_relationship_filters();
  (*cases)
      ["a filter that is empty, has both id and prefix, or asks for the "
       "wildcard with a relation"]
          .push_back({"an empty one, watched", Sending(empty)});
  wire::WatchRequest no_token;
  no_token.mutable_optional_start_cursor()->set_token("nonsense");
  (*cases)["a token that is none, or of another database"].push_back(
      {"to watch from", Sending(no_token)});
}

}  // namespace kith::integration
