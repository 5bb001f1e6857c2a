#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kith::caveat {

// An IPv4 or IPv6 address. Plain data; IPv4 uses the first four bytes and
// leaves the others zero, so that equality is that of all members.
struct IpAddress {
  bool is_v6 = false;
  std::array<uint8_t, 16> bytes{};

  int bits() const { return is_v6 ? 128 : 32; }
  // ::ffff:a.b.c.d, an IPv4 address in IPv6 clothes.
  bool IsMapped() const;
  // The IPv4 address of a mapped one; every other address itself.
  IpAddress Unmapped() const;
  // Canonical (RFC 5952).
  std::string ToString() const;

  bool IsUnspecified() const;
  bool IsLoopback() const;
  bool IsMulticast() const;
  bool IsLinkLocalMulticast() const;
  bool IsLinkLocalUnicast() const;
  bool IsGlobalUnicast() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// An address with the length of its network prefix. The bits after the prefix
// may be set and are ignored by Contains.
struct Cidr {
  IpAddress address;
  uint8_t prefix_length = 0;

  // False when `ip` is of the other family.
  bool Contains(const IpAddress& ip) const;
  bool Contains(const Cidr& other) const;
  Cidr Masked() const;
  // An IPv4-mapped network of at least 96 bits as the IPv4 network.
  Cidr Unmapped() const;
  std::string ToString() const;

  friend bool operator==(const Cidr&, const Cidr&) = default;
};

// nullopt: not an address. Zones ("%eth0") are not addresses.
std::optional<IpAddress> ParseIp(std::string_view text);
// `address/length`, the length in decimal without leading zeros.
std::optional<Cidr> ParseCidr(std::string_view text);

}  // namespace kith::caveat
