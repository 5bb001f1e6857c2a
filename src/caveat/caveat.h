#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caveat/eval/value.h"
#include "caveat/limits.h"
#include "kith/value.h"

// Caveats: named conditions in CEL that are compiled once and evaluated with
// what is known of their parameters. Usage:
//
//   KITH_ASSIGN_OR_RETURN(auto caveat, CompileCaveat(
//       "at_work", {{"ip", "ipaddress"}}, "ip.in_cidr('10.0.0.0/8')"));
//   KITH_ASSIGN_OR_RETURN(Context stored, caveat->ConvertContext(written));
//   KITH_ASSIGN_OR_RETURN(Context given, caveat->ConvertContext(request));
//   KITH_ASSIGN_OR_RETURN(Result result, caveat->Evaluate(stored, given));

namespace kith::caveat {

class Expression;
class ParameterType;

struct Parameter {
  std::string name;
  // any bool string int uint double bytes duration timestamp ipaddress
  // list<T> map<T>; a map's keys are strings.
  std::string type;
};

// Values for some of the parameters of one caveat, converted to their types.
// Immutable and thread-safe; converting once and evaluating often is what it
// is for. Means nothing to another caveat.
class Context {
 public:
  // Without any value.
  Context() = default;

 private:
  friend class CompiledCaveat;
  std::vector<std::optional<CelValue>> values_;  // by parameter, or empty
};

enum class Truth {
  kFalse,
  kTrue,
  kUnknown,  // depends on parameters without a value
};

struct Result {
  Truth truth = Truth::kFalse;
  // For kUnknown: parameters without a value that the answer was found to
  // depend on; sorted, each once.
  std::vector<std::string> missing;
};

// Immutable and thread-safe.
class CompiledCaveat {
 public:
  ~CompiledCaveat();
  CompiledCaveat(const CompiledCaveat&) = delete;
  CompiledCaveat& operator=(const CompiledCaveat&) = delete;

  const std::string& name() const { return name_; }

  // What `context` gives for the parameters; its other keys are ignored, as a
  // request has one context for all caveats. INVALID_ARGUMENT with
  // CAVEAT_PARAMETER_TYPE_ERROR (caveat_name, parameter_name): a value does
  // not convert to its parameter's type.
  absl::StatusOr<Context> ConvertContext(const Struct& context) const;

  // For what is written with a relationship: as ConvertContext, and a key
  // that is no parameter is the same error.
  absl::Status ValidateContext(const Struct& context) const;

  // Where both contexts have a value, the stored one counts. An error never
  // means false: INVALID_ARGUMENT with CAVEAT_EVALUATION_ERROR (caveat_name)
  // when the expression fails or is over its limits.
  absl::StatusOr<Result> Evaluate(const Context& stored,
                                  const Context& request) const;

 private:
  friend absl::StatusOr<std::shared_ptr<const CompiledCaveat>> CompileCaveat(
      std::string_view name, std::span<const Parameter> parameters,
      std::string_view expression, const Limits& limits);

  struct BoundParameter;
  CompiledCaveat();

  std::string name_;
  std::vector<BoundParameter> parameters_;
  std::shared_ptr<const Expression> expression_;
};

// Fails with the metadata caveat_name, and for what is wrong with the
// expression its place there (start_line_number, start_column_position, from
// 1): INVALID_ARGUMENT with SCHEMA_PARSE_ERROR when it does not parse or is
// over a limit; FAILED_PRECONDITION with SCHEMA_TYPE_ERROR when it is not a
// bool or otherwise ill-typed, and (with parameter_name) when a parameter has
// no such type or occurs twice.
absl::StatusOr<std::shared_ptr<const CompiledCaveat>> CompileCaveat(
    std::string_view name, std::span<const Parameter> parameters,
    std::string_view expression, const Limits& limits = {});

}  // namespace kith::caveat
