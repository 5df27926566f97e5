#include "http/server/head_check.h"

#include <algorithm>

#include "base/encode.h"

namespace quaymaster::http {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_of_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

bool is_of_ipv6(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

bool is_host(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) {
    return false;
  }
  const auto host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const auto port = text.substr(bracketed ? end + 1 : end);
  return std::ranges::all_of(host, bracketed ? is_of_ipv6 : is_of_name) &&
         (port.empty() || (port.front() == ':' && std::ranges::all_of(port.substr(1), is_digit)));
}

}  // namespace

bool has_folded_field(std::string_view head) {
  return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

Result<> check_host(const Headers& headers, bool required) {
  const auto& fields = headers.fields();
  const auto is_one = [](const auto& field) { return equal_ignoring_case(field.first, "Host"); };
  const auto count = std::ranges::count_if(fields, is_one);
  if (count > 1 || (count == 0 && required)) {
    return invalid("a request needs exactly one Host field");
  }
  if (count == 1 && !is_host(std::ranges::find_if(fields, is_one)->second)) {
    return invalid("the Host field is not the name or address of a host, with or without a port");
  }
  return ok();
}

}  // namespace quaymaster::http
