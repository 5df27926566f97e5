#include "http/host_names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/encode.h"

namespace quaymaster::http {
namespace {

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The host in the form used in names_, without the port; empty: malformed.
std::string host_of(std::string_view authority) {
  const bool bracketed = authority.starts_with('[');
  const auto end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) {
    return {};
  }
  const auto host = authority.substr(0, std::min(end, authority.size()));
  const auto rest = authority.substr(std::min(bracketed ? end + 1 : end, authority.size()));
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) {
    return {};
  }
  if (bracketed) {
    const auto address = canonical_address(host.substr(1));
    return address.find(':') == std::string::npos ? std::string() : address;
  }
  return to_lower(host);
}

}  // namespace

std::string canonical_address(std::string_view text) {
  const std::string address(text);
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, address.c_str(), bytes.data()) == 1 && address.size() == text.size()) {
      return inet_ntop(family, bytes.data(), canonical.data(), canonical.size());
    }
  }
  return {};
}

HostNames::HostNames(std::span<const std::string> names) {
  for (const auto& name : names) {
    auto address = canonical_address(name);
    names_.push_back(address.empty() ? to_lower(name) : std::move(address));
  }
}

bool HostNames::has(std::string_view authority) const {
  const auto host = host_of(authority);
  if (host.empty() || host.front() == '*') {
    return false;
  }
  const auto dot = host.find('.');
  const auto wildcard = dot == std::string::npos || dot == 0 ? std::string() : "*" + host.substr(dot);
  return std::ranges::any_of(names_, [&](const auto& name) { return name == host || name == wildcard; });
}

}  // namespace quaymaster::http
