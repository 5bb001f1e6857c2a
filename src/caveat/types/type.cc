#include "caveat/types/type.h"

#include <array>
#include <utility>

#include "caveat/limits.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

struct Names {
  std::string_view type;
  std::string_view declared;
};

// Indexed by Kind.
constexpr std::array<Names, 18> kNames = {{
    {"null_type", "null"},
    {"bool", "bool"},
    {"int", "int"},
    {"uint", "uint"},
    {"double", "double"},
    {"string", "string"},
    {"bytes", "bytes"},
    {"list", "list"},
    {"map", "map"},
    {"google.protobuf.Duration", "duration"},
    {"google.protobuf.Timestamp", "timestamp"},
    {"type", "type"},
    {"net.IP", "ipaddress"},
    {"net.CIDR", "cidr"},
    {"unknown", "unknown"},
    {"error", "error"},
    {"dyn", "any"},
    {"variable", "variable"},
}};

constexpr std::pair<std::string_view, Kind> kAliases[] = {
    {"dyn", Kind::kDyn},     {"int64", Kind::kInt},
    {"uint64", Kind::kUint}, {"null_type", Kind::kNull},
    {"net.IP", Kind::kIp},   {"net.CIDR", Kind::kCidr},
};

std::optional<Kind> FindDeclaredName(std::string_view name) {
  for (const auto& [alias, kind] : kAliases) {
    if (alias == name) return kind;
  }
  for (size_t i = 0; i < kNames.size(); ++i) {
    const auto kind = static_cast<Kind>(i);
    if (kind == Kind::kUnknown || kind == Kind::kError) continue;
    if (kind != Kind::kVariable && kNames[i].declared == name) return kind;
  }
  return std::nullopt;
}

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : rest_(text) {}

  std::optional<Type> ParseAll() {
    std::optional<Type> type = Parse(0);
    SkipSpaces();
    return rest_.empty() ? type : std::nullopt;
  }

 private:
  void SkipSpaces() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  bool Take(char a, char b) {
    SkipSpaces();
    if (rest_.empty() || (rest_.front() != a && rest_.front() != b)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<Type> Parse(int depth) {
    if (depth > kContextDepthMax) return std::nullopt;
    SkipSpaces();
    const std::string_view name =
        rest_.substr(0, rest_.find_first_of("<>(), "));
    rest_.remove_prefix(name.size());
    if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') {
      return Type::Variable(name[0] - 'A');
    }
    const std::optional<Kind> kind = FindDeclaredName(name);
    if (!kind) return std::nullopt;
    Type type{.kind = *kind, .parameters = {}};
    if (*kind != Kind::kList && *kind != Kind::kMap) return type;
    if (!Take('<', '(')) return std::nullopt;
    do {
      std::optional<Type> parameter = Parse(depth + 1);
      if (!parameter) return std::nullopt;
      type.parameters.push_back(*std::move(parameter));
    } while (Take(',', ','));
    if (!Take('>', ')')) return std::nullopt;
    if (*kind == Kind::kMap && type.parameters.size() == 1) {
      type.parameters.insert(type.parameters.begin(), Type{Kind::kString});
    }
    const size_t wanted = *kind == Kind::kList ? 1 : 2;
    if (type.parameters.size() != wanted) return std::nullopt;
    return type;
  }

  std::string_view rest_;
};

}  // namespace

std::string_view TypeName(Kind kind) {
  return kNames[static_cast<size_t>(kind)].type;
}

std::string_view DeclaredName(Kind kind) {
  return kNames[static_cast<size_t>(kind)].declared;
}

Type Type::List(Type element) {
  Type type{.kind = Kind::kList, .parameters = {}};
  type.parameters.push_back(std::move(element));
  return type;
}

Type Type::Map(Type key, Type value) {
  Type type{.kind = Kind::kMap, .parameters = {}};
  type.parameters.push_back(std::move(key));
  type.parameters.push_back(std::move(value));
  return type;
}

Type Type::Variable(int variable) {
  return {.kind = Kind::kVariable, .variable = variable, .parameters = {}};
}

std::string Type::ToString() const {
  if (kind == Kind::kList) {
    return fmt::format("list<{}>", parameters[0].ToString());
  }
  if (kind == Kind::kMap) {
    return fmt::format("map<{}, {}>", parameters[0].ToString(),
                       parameters[1].ToString());
  }
  return std::string(kind == Kind::kVariable ? "any" : DeclaredName(kind));
}

std::optional<Type> ParseType(std::string_view text) {
  return TypeParser(text).ParseAll();
}

std::optional<Kind> FindTypeName(std::string_view name) {
  for (size_t i = 0; i < static_cast<size_t>(Kind::kUnknown); ++i) {
    if (kNames[i].type == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

}  // namespace kith::caveat
