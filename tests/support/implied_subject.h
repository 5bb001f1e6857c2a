#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kith/lookup_subjects.h"

namespace kith::support {

// What an answer of LookupSubjects says of one subject.
struct ImpliedSubject {
  Permissionship permissionship = Permissionship::kNoPermission;
  // Of a subject that the wildcard stands for: what those miss that no
  // relationship mentions.
  std::vector<std::string> missing_context;
  bool by_wildcard = false;
};

// By the rule of FoundSubject; `found` is all of the answer.
inline ImpliedSubject Implied(const std::vector<FoundSubject>& found,
                              std::string_view id) {
  const FoundSubject* wildcard = nullptr;
  for (const FoundSubject& subject : found) {
    if (subject.id == id) {
      return {subject.permissionship, subject.missing_context};
    }
    if (subject.id == kWildcardId) wildcard = &subject;
  }
  if (wildcard == nullptr) return {};
  for (const ExcludedSubject& out : wildcard->excluded) {
    if (out.id != id) continue;
    if (out.permissionship == Permissionship::kHasPermission) return {};
    return {Permissionship::kConditional, out.missing_context};
  }
  return {wildcard->permissionship, wildcard->missing_context, true};
}

}  // namespace kith::support
