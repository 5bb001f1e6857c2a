#pragma once

#include <string>

#include "kith/trace.h"
#include "tools/kith/output.h"

namespace kith::tool {

// Why a check has its answer, drawn for people: a tree of the questions asked,
// each with its answer, the expression of its permission and the relationship
// that leads to it; caveats with what they were evaluated on and what they
// miss; and below a "no" what came closest to a "yes". Long lists of
// relationships and long drawings are cut, and say so. Lines end with '\n'.
// `unicode`: box-drawing characters instead of ASCII.
std::string DrawTrace(const CheckTrace& trace, bool unicode);

// All of it, without the schema.
Json JsonOf(const TraceStep& step);

}  // namespace kith::tool
