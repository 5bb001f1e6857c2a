#pragma once

#include <string>

#include "engine/edges.h"
#include "engine/graph.h"
#include "engine/program.h"
#include "engine/resolve.h"

namespace kith::engine {

// Where a question without an answer gets lost, for its error: a chain of
// objects, each of which the one before hangs on, to the depth limit or to one
// that was there before. Long chains are cut in the middle:
// `folder:a -> folder:b -> ... -> folder:z`.
std::string UndecidedPath(const Graph& graph, const Resolution& resolution,
                          const Objects& objects, const Programs& programs);

}  // namespace kith::engine
