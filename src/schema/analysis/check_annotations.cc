#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "schema/analysis/type_check.h"
#include "schema/diagnostic.h"
#include "schema/suggestion.h"

namespace kith::schema {
namespace {

// Steps of all walks of one schema together; far beyond any real one.
constexpr size_t kMaxSteps = 10'000'000;

// The types of subject that an annotated permission can lead to: a walk over
// the relations and permissions behind it. Every operand counts, but for what
// an exclusion takes away.
class AnnotationChecker {
 public:
  explicit AnnotationChecker(const Symbols& symbols) : symbols_(symbols) {}

  absl::Status Check(const Symbols::Type& type, const Permission& permission) {
    start_ = &permission;
    start_type_ = &type;
    seen_.clear();
    KITH_RETURN_IF_ERROR(ReadAnnotation());
    open_ = {{&type, type.Find(permission.name)}};
    while (!open_.empty()) {
      const Node node = open_.back();
      open_.pop_back();
      KITH_RETURN_IF_ERROR(
          node.member->relation != nullptr
              ? VisitRelation(*node.member->relation)
              : VisitExpression(*node.type,
                                node.member->permission->expression));
    }
    return absl::OkStatus();
  }

 private:
  struct Node {
    const Symbols::Type* type;
    const Symbols::Member* member;
  };

  absl::Status ReadAnnotation() {
    annotated_.clear();
    for (const std::string& name : start_->annotated_types) {
      if (symbols_.FindType(name) == nullptr) {
        return Error("unknown definition " + Quoted(name) +
                         " in the annotation of permission " +
                         Quoted(start_->name),
                     DidYouMean(name, symbols_.TypeNames()));
      }
      annotated_.insert(name);
    }
    return absl::OkStatus();
  }

  void Push(const Symbols::Type& type, std::string_view name) {
    const Symbols::Member* member = type.Find(name);
    if (member != nullptr && seen_.insert(member).second) {
      open_.push_back({&type, member});
    }
  }

  absl::Status VisitRelation(const Relation& relation) {
    for (const AllowedSubject& allowed : relation.allowed) {
      KITH_RETURN_IF_ERROR(Step());
      if (allowed.relation.empty()) {
        KITH_RETURN_IF_ERROR(Reach(allowed.type));
      } else {
        Push(*symbols_.FindType(allowed.type), allowed.relation);
      }
    }
    return absl::OkStatus();
  }

  absl::Status VisitExpression(const Symbols::Type& type, const Expression& e) {
    KITH_RETURN_IF_ERROR(Step());
    switch (e.kind) {
      case Expression::Kind::kNil:
        return absl::OkStatus();
      case Expression::Kind::kSelf:
        return Reach(type.definition->name);
      case Expression::Kind::kName:
        Push(type, e.name);
        return absl::OkStatus();
      case Expression::Kind::kArrow:
      case Expression::Kind::kArrowAll:
        for (const AllowedSubject& allowed :
             type.Find(e.name)->relation->allowed) {
          KITH_RETURN_IF_ERROR(Step());
          Push(*symbols_.FindType(allowed.type), e.target);
        }
        return absl::OkStatus();
      case Expression::Kind::kExclusion:
        return VisitExpression(type, e.operands[0]);
      case Expression::Kind::kUnion:
      case Expression::Kind::kIntersection:
        break;
    }
    for (const Expression& operand : e.operands) {
      KITH_RETURN_IF_ERROR(VisitExpression(type, operand));
    }
    return absl::OkStatus();
  }

  absl::Status Reach(std::string_view type) {
    if (annotated_.contains(type)) return absl::OkStatus();
    return Error(fmt::format("incomplete annotation of permission {}: expected "
                             "{} too, which it can lead to",
                             Quoted(start_->name), Quoted(type)),
                 fmt::format("add \"| {}\"", type));
  }

  absl::Status Step() {
    if (++steps_ <= kMaxSteps) return absl::OkStatus();
    return Error(
        fmt::format("checking annotations takes more than {} steps", kMaxSteps),
        "annotate fewer permissions");
  }

  absl::Status Error(std::string message, std::string hint) const {
    return TypeError(
        {start_->range, start_->name, std::move(message), std::move(hint)},
        {{"definition_name", start_type_->definition->name},
         {"permission_name", start_->name}});
  }

  const Symbols& symbols_;
  const Permission* start_ = nullptr;
  const Symbols::Type* start_type_ = nullptr;
  absl::flat_hash_set<std::string_view> annotated_;
  absl::flat_hash_set<const Symbols::Member*> seen_;
  std::vector<Node> open_;
  size_t steps_ = 0;
};

}  // namespace

absl::Status CheckAnnotations(const Symbols& symbols) {
  if (!symbols.Uses("typechecking")) return absl::OkStatus();
  AnnotationChecker checker(symbols);
  for (const Definition& definition : symbols.schema().definitions()) {
    const Symbols::Type& type = *symbols.FindType(definition.name);
    for (const Permission& permission : definition.permissions) {
      if (permission.annotated_types.empty()) continue;
      KITH_RETURN_IF_ERROR(checker.Check(type, permission));
    }
  }
  return absl::OkStatus();
}

}  // namespace kith::schema
