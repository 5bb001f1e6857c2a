#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "caveat/functions/results.h"
#include "caveat/types/code_points.h"
#include "caveat/types/ip_address.h"
#include "fmt/format.h"

// IP addresses and networks: the network extension and in_cidr.

namespace kith::caveat {
namespace {

using Call = const Invocation&;

CelValue NotAn(std::string_view what, std::string_view text) {
  return CelValue::Error(
      fmt::format("\"{}\" is not an {}", Excerpt(text), what));
}

CelValue NotAnIp(Call call) { return NotAn("IP address", call[0].AsString()); }

// Mapped addresses have two spellings each; ip() and cidr() take neither side.
std::optional<IpAddress> StrictIp(std::string_view text) {
  std::optional<IpAddress> ip = ParseIp(text);
  return ip && !ip->IsMapped() ? ip : std::nullopt;
}
std::optional<Cidr> StrictCidr(std::string_view text) {
  std::optional<Cidr> cidr = ParseCidr(text);
  return cidr && !cidr->address.IsMapped() ? cidr : std::nullopt;
}

CelValue StringToIp(Call call) {
  const auto ip = StrictIp(call[0].AsString());
  return ip ? CelValue::Ip(*ip) : NotAnIp(call);
}
CelValue StringToCidr(Call call) {
  const auto cidr = StrictCidr(call[0].AsString());
  return cidr ? CelValue::Network(*cidr)
              : NotAn("IP network", call[0].AsString());
}
CelValue IsIp(Call call) {
  return CelValue::Bool(StrictIp(call[0].AsString()).has_value());
}
CelValue IsCidr(Call call) {
  return CelValue::Bool(StrictCidr(call[0].AsString()).has_value());
}
CelValue IsCanonical(Call call) {
  const auto ip = StrictIp(call[0].AsString());
  if (!ip) return NotAnIp(call);
  return CelValue::Bool(ip->ToString() == call[0].AsString());
}

CelValue Family(Call call) {
  return CelValue::Int(call[0].AsIp().is_v6 ? 6 : 4);
}
template <bool (IpAddress::*test)() const>
CelValue OfIp(Call call) {
  return CelValue::Bool((call[0].AsIp().*test)());
}

CelValue ContainsIp(Call call) {
  if (call[1].is(Kind::kIp)) {
    return CelValue::Bool(call[0].AsCidr().Contains(call[1].AsIp()));
  }
  const auto ip = StrictIp(call[1].AsString());
  if (!ip) return NotAn("IP address", call[1].AsString());
  return CelValue::Bool(call[0].AsCidr().Contains(*ip));
}

CelValue ContainsCidr(Call call) {
  if (call[1].is(Kind::kCidr)) {
    return CelValue::Bool(call[0].AsCidr().Contains(call[1].AsCidr()));
  }
  const auto cidr = StrictCidr(call[1].AsString());
  if (!cidr) return NotAn("IP network", call[1].AsString());
  return CelValue::Bool(call[0].AsCidr().Contains(*cidr));
}

CelValue AddressOf(Call call) { return CelValue::Ip(call[0].AsCidr().address); }
CelValue Masked(Call call) {
  return CelValue::Network(call[0].AsCidr().Masked());
}
CelValue PrefixLength(Call call) {
  return CelValue::Int(call[0].AsCidr().prefix_length);
}

absl::StatusOr<std::shared_ptr<const void>> PrepareCidr(const CelValue& text) {
  const std::optional<Cidr> cidr = ParseCidr(text.AsString());
  if (!cidr) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is not an IP network", Excerpt(text.AsString())));
  }
  return std::make_shared<const Cidr>(cidr->Unmapped());
}

// Unlike containsIP it takes IPv4-mapped addresses for what they stand for.
CelValue InCidr(Call call) {
  const IpAddress ip = call[0].AsIp().Unmapped();
  if (call.prepared != nullptr) {
    return CelValue::Bool(
        static_cast<const Cidr*>(call.prepared)->Contains(ip));
  }
  const std::optional<Cidr> cidr = ParseCidr(call[1].AsString());
  if (!cidr) return NotAn("IP network", call[1].AsString());
  return CelValue::Bool(cidr->Unmapped().Contains(ip));
}

constexpr OverloadRow kRows[] = {
    {"ip", "string", "ipaddress", StringToIp},
    {"isIP", "string", "bool", IsIp},
    {"ip.isCanonical", "string", "bool", IsCanonical},
    {".family", "ipaddress", "int", Family},
    {".isUnspecified", "ipaddress", "bool", OfIp<&IpAddress::IsUnspecified>},
    {".isLoopback", "ipaddress", "bool", OfIp<&IpAddress::IsLoopback>},
    {".isGlobalUnicast", "ipaddress", "bool",
     OfIp<&IpAddress::IsGlobalUnicast>},
    {".isLinkLocalMulticast", "ipaddress", "bool",
     OfIp<&IpAddress::IsLinkLocalMulticast>},
    {".isLinkLocalUnicast", "ipaddress", "bool",
     OfIp<&IpAddress::IsLinkLocalUnicast>},
    {"cidr", "string", "cidr", StringToCidr},
    {"isCIDR", "string", "bool", IsCidr},
    {".containsIP", "cidr; ipaddress", "bool", ContainsIp},
    {".containsIP", "cidr; string", "bool", ContainsIp},
    {".containsCIDR", "cidr; cidr", "bool", ContainsCidr},
    {".containsCIDR", "cidr; string", "bool", ContainsCidr},
    {".ip", "cidr", "ipaddress", AddressOf},
    {".masked", "cidr", "cidr", Masked},
    {".prefixLength", "cidr", "int", PrefixLength},
    {".in_cidr", "ipaddress; string", "bool", InCidr, PrepareCidr},
};

}  // namespace

std::span<const OverloadRow> NetworkFunctions() { return kRows; }

}  // namespace kith::caveat
