#include "fuzz/request_generator.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <limits>

namespace kith::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using Field = google::protobuf::FieldDescriptor;
using Texts = std::vector<std::string>;

constexpr int kDepthMax = 7;
constexpr size_t kSeenMax = 8;

// The first of each is what zeros choose.
const Texts kTypes = {"document", "user", "team", "folder", "nothing", "", "*"};
const Texts kIds = {"a", "b", "c", "*", "anne@x", "", "d e", "z"};
const Texts kPrefixes = {"", "a", "b", "anne"};
const Texts kRelations = {"view",   "viewer", "member", "parent",
                          "banned", "editor", "edit",   "both",
                          "every",  "owner",  "",       "..."};
const Texts kSubjectRelations = {"",       "member", "view",
                                 "viewer", "...",    "no_such"};
const Texts kCaveats = {"on_day", "small", "nothing", ""};
const Texts kCounters = {"one", "two", "", "Not a name"};
const Texts kKeys = {"day", "today", "size", "other"};
const Texts kValues = {"monday", "tuesday", "3", ""};

const char kBase[] = R"(use expiration
caveat on_day(day string, today string) { day == today }
caveat small(size int) { size < 10 }
definition user {}
definition team { relation member: user | team#member }
definition folder {
  relation parent: folder
  relation viewer: user | team#member | user with small
  permission view = viewer + parent->view
}
definition document {
  relation parent: folder | document
  relation viewer: user | user:* | team#member | user with on_day |
      user with small and expiration | team#member with on_day
  relation editor: user | document#view
  relation banned: user | user:* with on_day | user with expiration
  permission edit = editor - banned
  permission view = (viewer + edit + parent->view) - banned
  permission both = viewer & edit
  permission every = parent.all(view)
})";

const char kWider[] = R"(use expiration
caveat on_day(day string, today string) { day == today }
caveat small(size int) { size < 100 }
definition user { relation self: user permission view = nil }
definition team {
  relation owner: user
  relation member: user | team#member | team#owner
}
definition folder {
  relation parent: folder | folder with small
  relation viewer: user | team#member | user with small
  permission view = parent->view - viewer
}
definition document {
  relation parent: folder | document
  relation viewer: user | user:* | team#member | user with on_day |
      user with small and expiration | team#member with on_day
  relation editor: user | document#view
  relation banned: user | user:* with on_day | user with expiration
  permission edit = editor & view
  permission view = viewer - (banned - edit)
})";

bool EndsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() &&
         std::string_view(text).substr(text.size() - end.size()) == end;
}

void Keep(std::string text, Texts* seen) {
  if (text.empty()) return;
  if (seen->size() == kSeenMax) seen->erase(seen->begin());
  seen->push_back(std::move(text));
}

}  // namespace

const Texts& RequestGenerator::Schemas() {
  static const Texts schemas = {
      kBase,
      kWider,
      "definition user {}",
      "definition user {} definition document { relation viewer: nobody }",
      "",
      "definition {",
      std::string(kBase) + "\ndefinition other {}"};
  return schemas;
}

const Texts& RequestGenerator::Relationships() {
  static const Texts relationships = {
      "team:a#member@user:a",
      "team:a#member@team:b#member",
      "team:b#member@user:b",
      "folder:a#viewer@user:c[small]",
      "folder:b#parent@folder:a",
      "document:a#parent@folder:b",
      "document:a#viewer@team:a#member",
      R"(document:a#viewer@user:c[on_day:{"day":"monday"}])",
      "document:a#banned@user:b",
      "document:b#viewer@user:*",
      "document:b#editor@document:a#view",
      "document:b#banned@user:*[on_day]",
  };
  return relationships;
}

const Texts& RequestGenerator::Counters() { return kCounters; }

void SeenTexts::Collect(const Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const Field*> fields;
  reflection->ListFields(message, &fields);
  for (const Field* field : fields) {
    if (field->cpp_type() == Field::CPPTYPE_STRING && !field->is_repeated() &&
        field->name() == "token") {
      const bool is_cursor = message.GetDescriptor()->name() == "Cursor";
      Keep(reflection->GetString(message, field),
           is_cursor ? &cursors_ : &tokens_);
    }
    if (field->cpp_type() != Field::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      Collect(reflection->GetMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      Collect(reflection->GetRepeatedMessage(message, field, i));
    }
  }
}

void RequestGenerator::FillMessage(Message* message, int depth) {
  const Descriptor& type = *message->GetDescriptor();
  if (type.full_name() == "google.protobuf.Struct") {
    return FillStruct(message, depth);
  }
  if (type.full_name() == "google.protobuf.Timestamp") {
    return FillTimestamp(message);
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (field.real_containing_oneof() == nullptr) {
      FillField(message, field, depth);
    }
  }
  for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
    const auto& oneof = *type.oneof_decl(i);
    const uint32_t which = in_.Below(oneof.field_count() + 1);
    if (which == static_cast<uint32_t>(oneof.field_count())) continue;
    SetOrAdd(message, *oneof.field(static_cast<int>(which)), depth);
  }
}

void RequestGenerator::FillField(Message* message, const Field& field,
                                 int depth) {
  if (field.is_repeated()) {
    constexpr int kCounts[] = {1, 0, 2, 4};
    const int count = depth < kDepthMax ? kCounts[in_.Below(4)] : 0;
    for (int i = 0; i < count; ++i) SetOrAdd(message, field, depth);
    return;
  }
  if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
    // Context, caveats, expiry and the like are the exception.
    const bool is_optional =
        field.name().rfind("optional_", 0) == 0 || field.name() == "context";
    const uint32_t draw = in_.Below(8);
    if (depth >= kDepthMax || (is_optional ? draw < 5 : draw == 7)) return;
  }
  SetOrAdd(message, field, depth);
}

void RequestGenerator::SetOrAdd(Message* message, const Field& field,
                                int depth) {
  const auto* reflection = message->GetReflection();
  const bool add = field.is_repeated();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_MESSAGE:
      return FillMessage(add ? reflection->AddMessage(message, &field)
                             : reflection->MutableMessage(message, &field),
                         depth + 1);
    case Field::CPPTYPE_STRING:
      return add ? reflection->AddString(message, &field, TextFor(field))
                 : reflection->SetString(message, &field, TextFor(field));
    case Field::CPPTYPE_ENUM: {
      // Zero is "unspecified"; one beyond the last is a number of nobody's.
      const int count = field.enum_type()->value_count() + 1;
      const int number =
          static_cast<int>((in_.Below(static_cast<uint32_t>(count)) + 1) %
                           static_cast<uint32_t>(count));
      return add ? reflection->AddEnumValue(message, &field, number)
                 : reflection->SetEnumValue(message, &field, number);
    }
    case Field::CPPTYPE_BOOL: {
      const bool value = in_.Below(4) != 3;
      return add ? reflection->AddBool(message, &field, value)
                 : reflection->SetBool(message, &field, value);
    }
    case Field::CPPTYPE_UINT32:
      if (!add) {
        reflection->SetUInt32(message, &field,
                              static_cast<uint32_t>(PickNumber()));
      }
      return;
    case Field::CPPTYPE_UINT64:
      if (!add) reflection->SetUInt64(message, &field, PickNumber());
      return;
    default:  // no request has others
      return;
  }
}

void RequestGenerator::FillStruct(Message* message, int depth) {
  google::protobuf::Struct filled;
  for (uint32_t count = in_.Below(4); count > 0; --count) {
    auto& value = (*filled.mutable_fields())[Pick(kKeys)];
    switch (in_.Below(8)) {
      case 0:
        value.set_string_value(Pick(kValues));
        break;
      case 1:
        value.set_number_value(in_.Byte());
        break;
      case 2:
        value.set_bool_value(in_.Flag());
        break;
      case 3:
        value.set_null_value({});
        break;
      case 4:
        value.mutable_list_value()->add_values()->set_string_value("x");
        break;
      case 5:
        if (depth < kDepthMax) {
          FillStruct(value.mutable_struct_value(), depth + 1);
        }
        break;
      case 6:
        value.set_number_value(std::numeric_limits<double>::infinity());
        break;
      default:
        break;  // a value without a kind
    }
  }
  message->CopyFrom(filled);
}

void RequestGenerator::FillTimestamp(Message* message) {
  // The last two are just beyond what a timestamp can say.
  const int64_t seconds[] = {now_ + 1000,     now_,           now_ - 1, 0, -1,
                             253'402'300'800, -62'135'596'801};
  google::protobuf::Timestamp filled;
  filled.set_seconds(seconds[in_.Below(7)]);
  filled.set_nanos(in_.Below(4) == 3 ? -1 : in_.Byte());
  message->CopyFrom(filled);
}

std::string RequestGenerator::TextFor(const Field& field) {
  const std::string& name = field.name();
  const std::string& owner = field.containing_type()->name();
  const bool is_optional = name.rfind("optional_", 0) == 0;
  if (name == "token") {
    const auto& seen = owner == "Cursor" ? seen_.cursors() : seen_.tokens();
    return seen.empty() ? AnyText() : Pick(seen);
  }
  if (EndsWith(name, "schema")) return Pick(Schemas());
  if (EndsWith(name, "caveat_name")) return Pick(kCaveats);
  if (EndsWith(name, "prefix")) return Pick(kPrefixes);
  if (EndsWith(name, "relation") || EndsWith(name, "permission") ||
      EndsWith(name, "relation_name") || EndsWith(name, "permission_name")) {
    return Pick(is_optional || owner == "RelationFilter" ? kSubjectRelations
                                                         : kRelations);
  }
  if (is_optional && in_.Below(4) < 3) return "";
  if (EndsWith(name, "type") || EndsWith(name, "definition_name") ||
      EndsWith(name, "types")) {
    // A subject is a user sooner than a document.
    return owner == "ObjectReference" && in_.Below(3) == 1 ? "user"
                                                           : Pick(kTypes);
  }
  if (EndsWith(name, "id")) return Pick(kIds);
  return Pick(kCounters);
}

std::string RequestGenerator::Pick(const Texts& texts) {
  const uint8_t byte = in_.Byte();
  return byte < 248 ? texts[byte % texts.size()] : AnyText();
}

// In ASCII: other bytes come in requests that are not made here.
std::string RequestGenerator::AnyText() {
  std::string text = in_.Text(32);
  for (char& c : text) c = static_cast<char>(c & 0x7f);
  return text;
}

uint64_t RequestGenerator::PickNumber() {
  constexpr uint64_t kNumbers[] = {0,
                                   1,
                                   2,
                                   3,
                                   7,
                                   1001,
                                   std::numeric_limits<uint32_t>::max(),
                                   std::numeric_limits<uint64_t>::max()};
  return kNumbers[in_.Below(8)];
}

}  // namespace kith::fuzz
