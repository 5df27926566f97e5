#include "identity/principals/shown.h"

#include <algorithm>

#include "base/encode.h"
#include "base/guid.h"

namespace quaymaster::identity {
namespace {

constexpr std::size_t kLongest = 200;

/// Neither a query nor user information before an "@".
bool is_plain_address(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':' || c == '/' || c == '[' || c == ']';
  };
  return (text.starts_with("https://") || text.starts_with("api://")) && text.size() <= kLongest &&
         std::ranges::all_of(text, is_plain);
}

}  // namespace

std::string shown(std::string_view text) {
  return parse_guid(text) || is_plain_address(text) ? std::string(text) : std::string("(not shown)");
}

bool holds_secret(std::string_view text) {
  constexpr std::string_view kNames[] = {"accountkey=", "sharedaccesssignature=", "sig="};
  const auto lower = to_lower(text);
  return std::ranges::any_of(kNames, [&](auto name) { return lower.find(name) != std::string::npos; });
}

}  // namespace quaymaster::identity
