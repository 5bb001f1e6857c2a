#include "kith/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/json_text.h"
#include "base/status_macros.h"
#include "model/json_string.h"
#include "model/rfc3339.h"
#include "model/utf8.h"
#include "model/validate.h"
#include "model/value_json.h"

namespace kith {
namespace {

constexpr std::string_view kExpirationPrefix = "[expiration:";

// Reads the syntax of references and relationships; whether names and ids are
// allowed is left to validation. Each Read function moves past what it read.
class TextParser {
 public:
  // `kind` names the text in errors.
  TextParser(std::string_view kind, std::string_view text)
      : kind_(kind), text_(text) {}

  absl::Status ReadObject(ObjectRef* out) {
    const size_t colon = text_.find_first_of(":#@[", at_);
    if (colon == std::string_view::npos || text_[colon] != ':') {
      return Fail("is missing \":id\"", colon);
    }
    out->type = text_.substr(at_, colon - at_);
    at_ = colon + 1;
    return Peek() == '"' ? ReadQuotedId(&out->id) : ReadPlainId(&out->id);
  }

  absl::Status ReadSubject(SubjectRef* out) {
    KITH_RETURN_IF_ERROR(ReadObject(&out->object));
    if (Peek() != '#') return absl::OkStatus();
    KITH_RETURN_IF_ERROR(ReadRelation(&out->relation));
    if (out->relation == kEllipsis) out->relation.clear();
    return absl::OkStatus();
  }

  absl::Status ReadRelationship(Relationship* out) {
    KITH_RETURN_IF_ERROR(ReadObject(&out->resource));
    if (Peek() != '#') return Fail("is missing \"#relation\"", at_);
    KITH_RETURN_IF_ERROR(ReadRelation(&out->relation));
    if (Peek() != '@') return Fail("is missing \"@subject\"", at_);
    ++at_;
    KITH_RETURN_IF_ERROR(ReadSubject(&out->subject));
    if (Peek() == '[' && !AtExpiration()) {
      KITH_RETURN_IF_ERROR(ReadCaveat(&out->caveat.emplace()));
    }
    if (Peek() == '[' && AtExpiration()) {
      KITH_RETURN_IF_ERROR(ReadExpiration(&out->expires_at.emplace()));
    }
    return absl::OkStatus();
  }

  absl::Status ReadEnd() const {
    if (at_ == text_.size()) return absl::OkStatus();
    return Fail(
        fmt::format("has unexpected text {}", Quoted(text_.substr(at_))), at_);
  }

 private:
  // '\0' at the end; a NUL in the text matches nothing either.
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // A caveat may itself be called "expiration"; its context is an object.
  bool AtExpiration() const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with(kExpirationPrefix) &&
           !rest.substr(kExpirationPrefix.size()).starts_with('{');
  }

  absl::Status Fail(std::string_view what, size_t at) const {
    if (at >= text_.size()) {
      return InvalidArgument(
          fmt::format("{} {} {}", kind_, Quoted(text_), what));
    }
    return InvalidArgument(
        fmt::format("{} {} {} at byte {}", kind_, Quoted(text_), what, at));
  }

  absl::Status ReadPlainId(std::string* out) {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (text_[at_] == '*' || IsPlainObjectId(text_.substr(at_, 1)))) {
      ++at_;
    }
    *out = text_.substr(begin, at_ - begin);
    if (out->empty()) {
      return Fail(
          "has no id after \":\" (other characters than "
          "[a-zA-Z0-9/_|-=+] need double quotes)",
          at_);
    }
    return absl::OkStatus();
  }

  absl::Status ReadQuotedId(std::string* out) {
    const std::string_view rest = text_.substr(at_);
    const std::optional<size_t> length = JsonStringLength(rest);
    if (!length) return Fail("has a quote that is not closed", at_);
    std::optional<std::string> id = UnquoteJsonString(rest.substr(0, *length));
    if (!id) return Fail("has a quoted id that is not a JSON string", at_);
    // Quoting untrusted text must never make it mean everyone.
    if (*id == kWildcardId) return Fail("has a quoted wildcard", at_);
    *out = *std::move(id);
    at_ += *length;
    return absl::OkStatus();
  }

  absl::Status ReadRelation(std::string* out) {
    const size_t begin = ++at_;
    at_ = std::min(text_.find_first_of("@[#:\"", at_), text_.size());
    *out = text_.substr(begin, at_ - begin);
    if (out->empty()) return Fail("has no relation after \"#\"", begin);
    return absl::OkStatus();
  }

  absl::Status ReadCaveat(CaveatRef* out) {
    const size_t begin = ++at_;
    at_ = std::min(text_.find_first_of(":]", at_), text_.size());
    out->name = text_.substr(begin, at_ - begin);
    if (Peek() == ':') {
      ++at_;
      KITH_RETURN_IF_ERROR(ReadContext(&out->context));
    }
    return ReadBracket();
  }

  absl::Status ReadContext(Struct* out) {
    const std::string_view json = text_.substr(at_, JsonObjectLength());
    if (json.empty()) {
      return Fail("has a caveat context that is not a JSON object", at_);
    }
    absl::StatusOr<Struct> context = StructFromJson(json);
    if (!context.ok()) {
      return Fail(fmt::format("has a caveat context that is refused ({})",
                              std::string(context.status().message())),
                  at_);
    }
    *out = *std::move(context);
    at_ += json.size();
    return absl::OkStatus();
  }

  // Bytes up to the brace that closes the one here; 0 when there is none.
  size_t JsonObjectLength() const {
    const std::string_view rest = text_.substr(at_);
    size_t depth = 0;
    for (size_t i = 0; i < rest.size(); ++i) {
      if (rest[i] == '"') {
        const auto length = JsonStringLength(rest.substr(i));
        if (!length) return 0;
        i += *length - 1;
      } else if (rest[i] == '{') {
        ++depth;
      } else if (rest[i] == '}' && depth > 0 && --depth == 0) {
        return i + 1;
      }
      if (depth == 0) return 0;
    }
    return 0;
  }

  absl::Status ReadExpiration(absl::Time* out) {
    const size_t begin = at_ + kExpirationPrefix.size();
    at_ = std::min(text_.find(']', begin), text_.size());
    const std::string_view text = text_.substr(begin, at_ - begin);
    const std::optional<absl::Time> time = ParseRfc3339(text);
    if (!time) {
      return Fail(fmt::format("has expiration {} which is not an RFC 3339 time",
                              Quoted(text)),
                  begin);
    }
    *out = *time;
    return ReadBracket();
  }

  absl::Status ReadBracket() {
    if (Peek() != ']') return Fail("is missing \"]\"", at_);
    ++at_;
    return absl::OkStatus();
  }

  const std::string_view kind_;
  const std::string_view text_;
  size_t at_ = 0;
};

absl::StatusOr<ObjectRef> ReadObjectText(std::string_view text) {
  TextParser parser("object", text);
  ObjectRef object;
  KITH_RETURN_IF_ERROR(parser.ReadObject(&object));
  KITH_RETURN_IF_ERROR(parser.ReadEnd());
  return object;
}

absl::StatusOr<SubjectRef> ReadSubjectText(std::string_view text) {
  TextParser parser("subject", text);
  SubjectRef subject;
  KITH_RETURN_IF_ERROR(parser.ReadSubject(&subject));
  KITH_RETURN_IF_ERROR(parser.ReadEnd());
  return subject;
}

absl::StatusOr<Relationship> ReadRelationshipText(std::string_view text) {
  TextParser parser("relationship", text);
  Relationship relationship;
  KITH_RETURN_IF_ERROR(parser.ReadRelationship(&relationship));
  KITH_RETURN_IF_ERROR(parser.ReadEnd());
  return relationship;
}

// What a text that is no reference becomes: the text as a type, which no
// schema can have for lack of an id, so that the refusal quotes it.
ObjectRef Invalid(std::string_view text) { return ObjectRef(text, ""); }

void AppendObject(std::string* out, const ObjectRef& object) {
  *out += object.type;
  out->push_back(':');
  if (object.id == kWildcardId || IsPlainObjectId(object.id)) {
    *out += object.id;
  } else {
    AppendJsonString(out, object.id);
  }
}

void AppendSubject(std::string* out, const SubjectRef& subject) {
  AppendObject(out, subject.object);
  if (subject.relation.empty()) return;
  out->push_back('#');
  *out += subject.relation;
}

}  // namespace

ObjectRef::ObjectRef(std::string_view text) {
  absl::StatusOr<ObjectRef> read = ReadObjectText(text);
  *this = read.ok() ? *std::move(read) : Invalid(text);
}

absl::StatusOr<ObjectRef> ObjectRef::Parse(std::string_view text) {
  KITH_ASSIGN_OR_RETURN(ObjectRef object, ReadObjectText(text));
  KITH_RETURN_IF_ERROR(ValidateResource(object, "object"));
  return object;
}

std::string ObjectRef::ToString() const {
  std::string out;
  AppendObject(&out, *this);
  return out;
}

SubjectRef::SubjectRef(std::string_view text) {
  absl::StatusOr<SubjectRef> read = ReadSubjectText(text);
  *this = read.ok() ? *std::move(read) : SubjectRef(Invalid(text));
}

absl::StatusOr<SubjectRef> SubjectRef::Parse(std::string_view text) {
  KITH_ASSIGN_OR_RETURN(SubjectRef subject, ReadSubjectText(text));
  KITH_RETURN_IF_ERROR(ValidateSubject(subject, "subject"));
  return subject;
}

std::string SubjectRef::ToString() const {
  std::string out;
  AppendSubject(&out, *this);
  return out;
}

Relationship::Relationship(std::string_view text) {
  absl::StatusOr<Relationship> read = ReadRelationshipText(text);
  if (read.ok()) {
    *this = *std::move(read);
  } else {
    resource = Invalid(text);
  }
}

absl::StatusOr<Relationship> Relationship::Parse(std::string_view text) {
  KITH_ASSIGN_OR_RETURN(Relationship relationship, ReadRelationshipText(text));
  KITH_RETURN_IF_ERROR(ValidateRelationship(relationship, "relationship"));
  return relationship;
}

std::string Relationship::ToString() const {
  std::string out;
  AppendObject(&out, resource);
  out.push_back('#');
  out += relation;
  out.push_back('@');
  AppendSubject(&out, subject);
  if (caveat) {
    out += "[" + caveat->name;
    if (!caveat->context.empty()) out += ":" + ToJson(caveat->context);
    out.push_back(']');
  }
  if (expires_at) {
    out += kExpirationPrefix;
    out += ToRfc3339(*expires_at);
    out.push_back(']');
  }
  return out;
}

}  // namespace kith
