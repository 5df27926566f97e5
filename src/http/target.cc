#include "http/target.h"

#include "base/encode.h"

namespace quaymaster::http {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool has_broken_escape(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) {
      return true;
    }
  }
  return false;
}

Result<> parse_query(std::string_view raw, Query& query) {
  while (!raw.empty()) {
    const auto end = std::min(raw.find('&'), raw.size());
    const auto pair = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
    if (pair.empty()) {
      continue;
    }
    const auto equals = std::min(pair.find('='), pair.size());
    TRY(auto name, form_decode(pair.substr(0, equals)));
    TRY(auto value, form_decode(pair.substr(std::min(equals + 1, pair.size()))));
    query.emplace_back(std::move(name), std::move(value));
  }
  return ok();
}

}  // namespace

Result<> parse_target(std::string_view target, Request& request) {
  if (!target.starts_with('/') && target != "*") {
    const auto scheme = target.find("://");
    if (scheme == std::string_view::npos || !(equal_ignoring_case(target.substr(0, scheme), "http") ||
                                              equal_ignoring_case(target.substr(0, scheme), "https"))) {
      return invalid("the request target is neither a path nor an http address");
    }
    target.remove_prefix(scheme + 3);
    const auto path = target.find_first_of("/?");
    target.remove_prefix(std::min(path, target.size()));
  }
  if (target.find('#') != std::string_view::npos) {
    return invalid("the request target has a fragment");
  }
  const auto question = std::min(target.find('?'), target.size());
  const auto path = target.substr(0, question);
  if (has_broken_escape(path)) {
    return invalid("the path has a malformed percent escape");
  }
  request.raw_path.assign(path.empty() ? std::string_view("/") : path);
  request.raw_query.assign(target.substr(std::min(question + 1, target.size())));
  request.query.clear();
  return parse_query(request.raw_query, request.query);
}

}  // namespace quaymaster::http
