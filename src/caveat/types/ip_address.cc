#include "caveat/types/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "caveat/types/numbers.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0,    0,
                                                   0, 0, 0, 0, 0xff, 0xff};

bool SamePrefix(const IpAddress& a, const IpAddress& b, int bits) {
  const int whole = bits / 8;
  if (std::memcmp(a.bytes.data(), b.bytes.data(), whole) != 0) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const int mask = 0xff << (8 - rest) & 0xff;
  return ((a.bytes[whole] ^ b.bytes[whole]) & mask) == 0;
}

}  // namespace

bool IpAddress::IsMapped() const {
  return is_v6 &&
         std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

IpAddress IpAddress::Unmapped() const {
  if (!IsMapped()) return *this;
  IpAddress v4;
  std::copy(bytes.begin() + 12, bytes.end(), v4.bytes.begin());
  return v4;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof(text));
  return text;
}

bool IpAddress::IsUnspecified() const {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](uint8_t b) { return b == 0; });
}

bool IpAddress::IsLoopback() const {
  if (!is_v6) return bytes[0] == 127;
  return bytes[15] == 1 && std::all_of(bytes.begin(), bytes.end() - 1,
                                       [](uint8_t b) { return b == 0; });
}

bool IpAddress::IsMulticast() const {
  return is_v6 ? bytes[0] == 0xff : (bytes[0] & 0xf0) == 0xe0;
}

bool IpAddress::IsLinkLocalMulticast() const {
  if (is_v6) return bytes[0] == 0xff && (bytes[1] & 0x0f) == 0x02;
  return bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0;
}

bool IpAddress::IsLinkLocalUnicast() const {
  if (is_v6) return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  return bytes[0] == 169 && bytes[1] == 254;
}

bool IpAddress::IsGlobalUnicast() const {
  const bool broadcast =
      !is_v6 && std::all_of(bytes.begin(), bytes.begin() + 4,
                            [](uint8_t b) { return b == 0xff; });
  return !broadcast && !IsUnspecified() && !IsLoopback() && !IsMulticast() &&
         !IsLinkLocalUnicast();
}

bool Cidr::Contains(const IpAddress& ip) const {
  return ip.is_v6 == address.is_v6 && SamePrefix(ip, address, prefix_length);
}

bool Cidr::Contains(const Cidr& other) const {
  return other.prefix_length >= prefix_length && Contains(other.address);
}

Cidr Cidr::Masked() const {
  Cidr masked = *this;
  for (int bit = prefix_length; bit < 128; ++bit) {
    masked.address.bytes[bit / 8] &= ~(0x80 >> bit % 8);
  }
  return masked;
}

Cidr Cidr::Unmapped() const {
  if (prefix_length < 96 || !address.IsMapped()) return *this;
  return {address.Unmapped(), static_cast<uint8_t>(prefix_length - 96)};
}

std::string Cidr::ToString() const {
  return fmt::format("{}/{}", address.ToString(), prefix_length);
}

std::optional<IpAddress> ParseIp(std::string_view text) {
  char copy[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof(copy)) return std::nullopt;
  // A zero byte would end the text early for inet_pton.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  IpAddress ip;
  ip.is_v6 = text.find(':') != std::string_view::npos;
  if (inet_pton(ip.is_v6 ? AF_INET6 : AF_INET, copy, ip.bytes.data()) != 1) {
    return std::nullopt;
  }
  return ip;
}

std::optional<Cidr> ParseCidr(std::string_view text) {
  // "/128" is the longest prefix length.
  if (text.size() > INET6_ADDRSTRLEN + 4) return std::nullopt;
  const size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<IpAddress> ip = ParseIp(text.substr(0, slash));
  const std::string_view length = text.substr(slash + 1);
  if (!ip || length.starts_with('+') ||
      (length.size() > 1 && length[0] == '0')) {
    return std::nullopt;
  }
  const auto bits = ParseInteger<uint8_t>(length);
  if (!bits || *bits > ip->bits()) return std::nullopt;
  return Cidr{*ip, *bits};
}

}  // namespace kith::caveat
