#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quaymaster::http {

/// The names and addresses under which a server can be reached. Immutable.
class HostNames {
 public:
  HostNames() = default;
  /// DNS names, "*.name" for one label before a name (RFC 6125, 6.4.3), IPv4 and IPv6 addresses; any case.
  explicit HostNames(std::span<const std::string> names);

  /// Is the host of `authority` one of them? `authority` is a Host field or the part of a URL between "//" and the path
  /// (RFC 9110, 7.2): a name, an IPv4 address or an IPv6 address in brackets, with or without a port. Any port is
  /// accepted, because ports are forwarded. False when it is malformed.
  bool has(std::string_view authority) const;

 private:
  std::vector<std::string> names_;  // lower case; addresses in their canonical text
};

/// The canonical text of a numeric IPv4 or IPv6 address without brackets; empty for anything else.
std::string canonical_address(std::string_view text);

}  // namespace quaymaster::http
