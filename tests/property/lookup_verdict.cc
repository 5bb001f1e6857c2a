#include "property/lookup_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "kith/lookup_resources.h"
#include "kith/lookup_subjects.h"

namespace kith::property {
namespace {

// What was found before the end, or before the error.
template <typename Found>
struct Findings {
  std::vector<Found> found;
  absl::Status status;
  std::string complaint;
};

template <typename Stream, typename Found>
void Drain(Stream* stream, Findings<Found>* findings) {
  while (true) {
    auto some = stream->Next();
    if (!some.ok()) {
      findings->status = some.status();
      return;
    }
    if (some->empty()) return;
    for (Found& one : *some) findings->found.push_back(std::move(one));
  }
}

// Asks page by page; `open` makes the stream of a cursor, `counts` says what
// the limit counts.
template <typename Found, typename Open, typename Counts>
Findings<Found> AskPages(uint32_t limit, Open open, Counts counts) {
  Findings<Found> findings;
  std::string cursor;
  while (true) {
    const size_t before = findings.found.size();
    auto stream = open(cursor);
    if (!stream.ok()) {
      findings.status = stream.status();
      return findings;
    }
    Drain(stream->get(), &findings);
    const auto page_begin = findings.found.begin() + static_cast<long>(before);
    const auto count = static_cast<uint32_t>(
        std::count_if(page_begin, findings.found.end(), counts));
    if (!findings.status.ok() || limit == 0 || count < limit) return findings;
    if (count > limit) {
      findings.complaint = fmt::format("{} in a page of {}", count, limit);
      return findings;
    }
    cursor = findings.found.back().cursor;
  }
}

template <typename Found>
std::string OrderComplaint(const std::vector<Found>& found) {
  for (size_t i = 1; i < found.size(); ++i) {
    if (found[i - 1].id < found[i].id || found[i - 1].id == kWildcardId) {
      continue;
    }
    return fmt::format("'{}' comes before '{}'", found[i - 1].id, found[i].id);
  }
  return "";
}

std::string Prefix(std::string_view what, const Question& question,
                   const LookupPages& pages) {
  return fmt::format("{} {} by pages of {}: ", what, question.ToString(),
                     pages.limit);
}

// Must the check be an error whatever the limits?
bool MustFail(const Solution& solution, const AtomName& atom,
              uint32_t max_depth) {
  const Bounds value = solution.Get(atom);
  const bool open = !value.decided() || value.lower == Truth::kUnknown;
  if (!open || solution.Beyond(atom, max_depth, HopCount::kMost)) return false;
  if (!value.decided()) return true;
  const Support support = solution.SupportOf(atom);
  return support.error && support.exact;
}

Answer ToAnswer(Permissionship permissionship,
                const std::vector<std::string>& missing) {
  CheckAnswer answer;
  answer.permissionship = permissionship;
  answer.missing_context = missing;
  return answer;
}

// ---- Resources --------------------------------------------------------------

Findings<FoundResource> AskResources(Database* db, const Question& question,
                                     const LookupPages& pages) {
  return AskPages<FoundResource>(
      pages.limit,
      [&](const std::string& cursor) {
        LookupResourcesRequest request;
        request.resource_type = question.atom.type;
        request.permission = question.atom.name;
        request.subject = question.subject;
        request.context = question.context;
        request.consistency = pages.consistency;
        request.limit = pages.limit;
        request.cursor = cursor;
        return db->LookupResources(request);
      },
      [](const FoundResource&) { return true; });
}

std::vector<AtomName> Candidates(const Oracle& oracle, const AtomName& like) {
  std::vector<AtomName> candidates;
  for (const AtomName& atom : oracle.atoms()) {
    if (atom.type == like.type && atom.name == like.name) {
      candidates.push_back(atom);
    }
  }
  return candidates;
}

std::string ResourceErrorComplaint(const absl::Status& status,
                                   const std::vector<AtomName>& candidates,
                                   const Solution& solution,
                                   uint32_t max_depth) {
  const bool right =
      std::any_of(candidates.begin(), candidates.end(), [&](const auto& one) {
        return IsRightError(status, one, solution, max_depth);
      });
  return right ? "" : status.ToString() + ", which no check gives";
}

std::string FoundResourcesComplaint(const Findings<FoundResource>& findings,
                                    const Question& question,
                                    const std::vector<AtomName>& candidates,
                                    const Solution& solution,
                                    uint32_t max_depth) {
  std::map<std::string, const FoundResource*> by_id;
  for (const FoundResource& one : findings.found) by_id[one.id] = &one;
  for (const AtomName& atom : candidates) {
    const auto it = by_id.find(atom.id);
    const FoundResource* found = it == by_id.end() ? nullptr : it->second;
    if (it != by_id.end()) by_id.erase(it);
    if (found == nullptr && !findings.status.ok()) continue;
    if (found == nullptr && MustFail(solution, atom, max_depth)) {
      return fmt::format("'{}' must be an error", atom.id);
    }
    const Answer answer =
        found == nullptr
            ? ToAnswer(Permissionship::kNoPermission, {})
            : ToAnswer(found->permissionship, found->missing_context);
    if (auto complaint = Complaint(answer, {atom, question.subject, {}},
                                   solution, max_depth)) {
      return *complaint;
    }
  }
  return by_id.empty()
             ? ""
             : fmt::format("'{}' is in no relationship", by_id.begin()->first);
}

// ---- Subjects ---------------------------------------------------------------

Findings<FoundSubject> AskSubjects(Database* db, const Question& question,
                                   const LookupPages& pages,
                                   bool include_wildcards) {
  return AskPages<FoundSubject>(
      pages.limit,
      [&](const std::string& cursor) {
        LookupSubjectsRequest request;
        request.resource = ObjectRef(question.atom.type, question.atom.id);
        request.permission = question.atom.name;
        request.subject_type = question.subject.object.type;
        request.subject_relation = question.subject.relation;
        request.context = question.context;
        request.consistency = pages.consistency;
        request.include_wildcards = include_wildcards;
        request.concrete_limit = pages.limit;
        request.cursor = cursor;
        return db->LookupSubjects(request);
      },
      [](const FoundSubject& one) { return one.id != kWildcardId; });
}

// The answer pointwise: what it says of one subject.
class SubjectAnswer {
 public:
  explicit SubjectAnswer(const std::vector<FoundSubject>& found) {
    for (const FoundSubject& one : found) {
      (one.id == kWildcardId ? wildcard_ : by_id_[one.id]) = &one;
    }
    if (wildcard_ == nullptr) return;
    for (const ExcludedSubject& one : wildcard_->excluded) {
      excluded_[one.id] = &one;
    }
  }

  Answer Of(const std::string& id) const {
    const auto it = by_id_.find(id);
    if (it != by_id_.end()) {
      return ToAnswer(it->second->permissionship, it->second->missing_context);
    }
    if (wildcard_ == nullptr) {
      return ToAnswer(Permissionship::kNoPermission, {});
    }
    const auto excluded = excluded_.find(id);
    if (excluded == excluded_.end()) {
      return ToAnswer(wildcard_->permissionship, wildcard_->missing_context);
    }
    if (excluded->second->permissionship == Permissionship::kHasPermission) {
      return ToAnswer(Permissionship::kNoPermission, {});
    }
    return ToAnswer(Permissionship::kConditional,
                    excluded->second->missing_context);
  }

  // Whether it is what the answer says of the wildcard.
  bool IsOfWildcard(const std::string& id) const {
    return by_id_.count(id) == 0 && excluded_.count(id) == 0;
  }
  std::set<std::string> Ids() const {
    std::set<std::string> ids;
    for (const auto& [id, found] : by_id_) ids.insert(id);
    for (const auto& [id, found] : excluded_) ids.insert(id);
    return ids;
  }
  std::set<std::string> FoundIds() const {
    std::set<std::string> ids;
    for (const auto& [id, found] : by_id_) ids.insert(id);
    return ids;
  }

 private:
  const FoundSubject* wildcard_ = nullptr;
  std::map<std::string, const FoundSubject*> by_id_;
  std::map<std::string, const ExcludedSubject*> excluded_;
};

constexpr char kUnheard[] = "unheard-of";

class SubjectsVerdict {
 public:
  SubjectsVerdict(const Question& question, const Oracle& oracle,
                  const std::vector<ObjectRef>& subjects, uint32_t max_depth)
      : question_(question), oracle_(oracle), max_depth_(max_depth) {
    ids_.insert(kUnheard);
    const SubjectRef& like = question.subject;
    for (const ObjectRef& object : subjects) {
      if (object.type == like.object.type) ids_.insert(object.id);
    }
    for (const AtomName& atom : oracle.atoms()) {
      if (atom.type == like.object.type) ids_.insert(atom.id);
    }
    for (const SubjectRef& subject : oracle.subjects()) {
      if (subject.object.type == like.object.type &&
          subject.relation == like.relation && !subject.is_wildcard()) {
        ids_.insert(subject.object.id);
      }
    }
  }

  std::string Complain(const Findings<FoundSubject>& findings) const {
    if (!findings.status.ok()) return ErrorComplaint(findings.status);
    const SubjectAnswer answer(findings.found);
    std::set<std::string> ids = ids_;
    for (const std::string& id : answer.Ids()) {
      if (ids.insert(id).second) {
        return fmt::format("'{}' is in no relationship", id);
      }
    }
    for (const std::string& id : ids) {
      const SubjectRef subject = Subject(id);
      const Solution solution = oracle_.Solve(subject, question_.context);
      // A subject that the answer does not mention may need other names than
      // the wildcard, which speaks for those that nobody has heard of.
      const Names names =
          answer.IsOfWildcard(id) && id != kUnheard ? Names::kAny : Names::kAll;
      if (names == Names::kAll &&
          MustFail(solution, question_.atom, max_depth_)) {
        return fmt::format("{} must be an error, is {}", subject.ToString(),
                           AnswerText(answer.Of(id)));
      }
      if (auto complaint =
              Complaint(answer.Of(id), {question_.atom, subject, {}}, solution,
                        max_depth_, names)) {
        return *complaint;
      }
    }
    return "";
  }

 private:
  SubjectRef Subject(const std::string& id) const {
    return SubjectRef(ObjectRef(question_.subject.object.type, id),
                      question_.subject.relation);
  }

  // A lookup goes everywhere: any depth that the check of someone might meet
  // counts, also where that check needs not go.
  std::string ErrorComplaint(const absl::Status& status) const {
    for (const std::string& id : ids_) {
      const Solution solution = oracle_.Solve(Subject(id), question_.context);
      if (IsDepthError(status)
              ? solution.Beyond(question_.atom, max_depth_, HopCount::kMost)
              : IsRightError(status, question_.atom, solution, max_depth_)) {
        return "";
      }
    }
    return status.ToString() + ", which no check gives";
  }

  const Question& question_;
  const Oracle& oracle_;
  const uint32_t max_depth_;
  std::set<std::string> ids_;
};

}  // namespace

std::optional<std::string> ResourcesComplaint(
    Database* db, const Question& question, const Oracle& oracle,
    const Solution& solution, uint32_t max_depth, const LookupPages& pages) {
  const auto findings = AskResources(db, question, pages);
  const std::vector<AtomName> candidates = Candidates(oracle, question.atom);
  std::string complaint = findings.complaint;
  if (complaint.empty()) complaint = OrderComplaint(findings.found);
  if (complaint.empty() && !findings.status.ok()) {
    complaint = ResourceErrorComplaint(findings.status, candidates, solution,
                                       max_depth);
  }
  if (complaint.empty()) {
    complaint = FoundResourcesComplaint(findings, question, candidates,
                                        solution, max_depth);
  }
  if (complaint.empty()) return std::nullopt;
  return Prefix("resources", question, pages) + complaint;
}

std::optional<std::string> SubjectsComplaint(
    Database* db, const Question& question, const Oracle& oracle,
    const std::vector<ObjectRef>& subjects, uint32_t max_depth,
    const LookupPages& pages) {
  const auto findings = AskSubjects(db, question, pages, true);
  std::string complaint = findings.complaint;
  if (complaint.empty()) complaint = OrderComplaint(findings.found);
  if (complaint.empty()) {
    complaint = SubjectsVerdict(question, oracle, subjects, max_depth)
                    .Complain(findings);
  }
  if (complaint.empty() && findings.status.ok()) {
    // Leaving the wildcard out changes nothing else.
    const auto concrete = AskSubjects(db, question, pages, false);
    if (!concrete.status.ok() || SubjectAnswer(concrete.found).FoundIds() !=
                                     SubjectAnswer(findings.found).FoundIds()) {
      complaint = "without wildcards, others are found";
    }
  }
  if (complaint.empty()) return std::nullopt;
  return Prefix("subjects", question, pages) + complaint;
}

}  // namespace kith::property
