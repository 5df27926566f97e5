#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace quaymaster::storage {

/// How the account is found in an address.
struct AddressRules {
  /// Hosts "ACCOUNT.DOMAIN" are host style; without port, lower case. Every other host is path style.
  std::vector<std::string> domains = {"blob.localhost"};
  bool path_style_only = false;
};

enum class Level { service, container, blob };

/// What a request is about. Names are decoded once and otherwise as sent: "a//b" and "a/../b" are names (blob.md, 1.1).
/// In a blob's name, only a backslash is treated as a slash.
struct BlobAddress {
  Level level = Level::service;
  std::string account;     // without "-secondary"
  bool secondary = false;  // reads only
  bool host_style = false;
  std::string container;  // empty for the service; "$root" for a blob without one
  std::string blob;       // empty for the service and a container
};

/// Errc::invalid with kInvalidUri, kInvalidResourceName or kNameLength: no account, a malformed escape, not UTF-8, a
/// name that violates the rules of blob.md, 4.
Result<BlobAddress> parse_address(const http::Request& request, const AddressRules& rules);

}  // namespace quaymaster::storage
