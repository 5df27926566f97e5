#include "faces/blob/blob_cors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>
#include <utility>

#include "base/encode.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_headers.h"
#include "wire/xml_reader.h"

namespace quaymaster::storage {
namespace {

constexpr std::size_t kMostRules = 5;
constexpr std::size_t kLargestRules = 2 * kKiB;  // all values together
constexpr std::size_t kMostOrigins = 64;
constexpr std::size_t kMostNames = 64;    // of headers, written in full
constexpr std::size_t kMostPrefixes = 2;  // of headers, "x-ms-meta-*"
constexpr std::size_t kLongestItem = 256;
constexpr std::string_view kMethods[] = {"DELETE", "GET", "HEAD", "MERGE", "OPTIONS", "PATCH", "POST", "PUT"};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The non-empty items of a comma list.
std::vector<std::string> items(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const auto item = trimmed(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.find(','), text.size() - 1) + 1);
    if (!item.empty()) {
      all.emplace_back(item);
    }
  }
  return all;
}

Error wrong(std::string_view node, std::string_view value) {
  auto error = refuse(Errc::invalid, kInvalidXmlValue);
  return std::move(error).with("XmlNodeName", std::string(node)).with("XmlNodeValue", std::string(value));
}

using Lists = std::vector<std::string> CorsRule::*;
struct ListNode {
  std::string_view name;
  Lists list;
};
constexpr ListNode kLists[] = {
    {"AllowedOrigins", &CorsRule::origins},
    {"AllowedMethods", &CorsRule::methods},
    {"AllowedHeaders", &CorsRule::allowed_headers},
    {"ExposedHeaders", &CorsRule::exposed_headers},
};
constexpr std::string_view kMaxAge = "MaxAgeInSeconds";

class CorsHandler final : public wire::XmlHandler {
 public:
  Result<> start(std::string_view name, wire::XmlAttributes) override {
    depth_ += 1;
    text_.clear();
    if (depth_ == 2) {
      rules.emplace_back();
      seen_.clear();
    }
    if (depth_ == 3 && std::ranges::find(seen_, name) != seen_.end()) {
      return refuse(Errc::invalid, kInvalidXml);
    }
    if (depth_ == 3) {
      seen_.emplace_back(name);
    }
    return ok();
  }
  Result<> text(std::string_view text) override {
    text_ += text;
    return ok();
  }
  Result<> end(std::string_view name) override {
    if (depth_ == 3) {
      TRY(take(name));
    } else if (depth_ == 2) {
      TRY(check_rule());
    }
    depth_ -= 1;
    return ok();
  }

  CorsRules rules;
  std::size_t size = 0;

 private:
  Result<> take(std::string_view name) {
    size += text_.size();
    auto& rule = rules.back();
    if (name == kMaxAge) {
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), rule.max_age);
      if (error != std::errc() || end != text_.data() + text_.size()) {
        return wrong(name, text_);
      }
      return ok();
    }
    const auto* node = std::ranges::find(kLists, name, &ListNode::name);
    if (node != std::end(kLists)) {
      rule.*node->list = items(text_);
    }
    return ok();
  }

  Result<> check_rule() const {
    const auto& rule = rules.back();
    const auto missing = [&](std::string_view name) {
      auto error = refuse(Errc::invalid, kMissingXml);
      return std::move(error).with("XmlNodeName", std::string(name));
    };
    for (const auto& [name, list] : kLists) {
      if (std::ranges::find(seen_, name) == seen_.end()) {
        return missing(name);
      }
      for (const auto& item : rule.*list) {
        if (item.size() > kLongestItem) {
          return wrong(name, item);
        }
      }
    }
    if (std::ranges::find(seen_, kMaxAge) == seen_.end()) {
      return missing(kMaxAge);
    }
    if (rule.origins.empty() || rule.origins.size() > kMostOrigins) {
      return wrong("AllowedOrigins", "");
    }
    if (rule.methods.empty()) {
      return wrong("AllowedMethods", "");
    }
    for (const auto& method : rule.methods) {
      if (std::ranges::find(kMethods, method) == std::end(kMethods)) {
        return wrong("AllowedMethods", method);
      }
    }
    TRY(check_headers("AllowedHeaders", rule.allowed_headers));
    return check_headers("ExposedHeaders", rule.exposed_headers);
  }

  static Result<> check_headers(std::string_view node, std::span<const std::string> names) {
    const auto prefixes = static_cast<std::size_t>(
        std::ranges::count_if(names, [](const std::string& name) { return name.ends_with('*') && name != "*"; }));
    if (prefixes > kMostPrefixes || names.size() - prefixes > kMostNames) {
      return wrong(node, fmt::format("{}", fmt::join(names, ",")));
    }
    return ok();
  }

  int depth_ = 0;
  std::string text_;
  std::vector<std::string> seen_;  // elements of the rule that is being parsed
};

bool is_wildcard(const CorsRule& rule) {
  return std::ranges::find(rule.origins, "*") != rule.origins.end();
}

/// "https://*.example.org" stands for every name below, not for the domain itself.
bool matches_origin(std::string_view pattern, std::string_view origin) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == origin;
  }
  if (pattern == "*") {
    return true;
  }
  const auto before = pattern.substr(0, star);
  const auto after = pattern.substr(star + 1);
  if (!before.ends_with("://") || !after.starts_with('.') || origin.size() <= before.size() + after.size()) {
    return false;
  }
  const auto label = origin.substr(before.size(), origin.size() - before.size() - after.size());
  return origin.starts_with(before) && origin.ends_with(after) && label.find('/') == std::string_view::npos;
}

bool matches_header(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) {
    return equal_ignoring_case(pattern, name);
  }
  const auto prefix = pattern.substr(0, pattern.size() - 1);
  return name.size() >= prefix.size() && equal_ignoring_case(name.substr(0, prefix.size()), prefix);
}

bool covers(std::span<const std::string> patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches_header(pattern, name); });
}

bool matches(const CorsRule& rule, std::string_view origin, std::string_view method) {
  return std::ranges::find(rule.methods, method) != rule.methods.end() &&
         std::ranges::any_of(rule.origins, [&](const std::string& one) { return matches_origin(one, origin); });
}

void allow_origin(http::Headers& answer, const CorsRule& rule, std::string_view origin) {
  if (is_wildcard(rule)) {
    answer.set("Access-Control-Allow-Origin", "*");
    return;
  }
  answer.set("Access-Control-Allow-Origin", std::string(origin));
  answer.set("Access-Control-Allow-Credentials", "true");
  answer.set("Vary", "Origin");
}

/// The headers of this answer that the rule exposes, by name: "*" has no effect for a page that sends credentials.
void expose(http::Headers& answer, const CorsRule& rule) {
  std::vector<std::string> names;
  for (const auto& [name, value] : answer.fields()) {
    const bool ours = name == "Vary" || name.starts_with("Access-Control-");
    if (!ours && covers(rule.exposed_headers, name)) {
      names.push_back(name);
    }
  }
  if (covers(rule.exposed_headers, "Content-Length")) {
    names.emplace_back("Content-Length");
  }
  if (!names.empty()) {
    answer.set("Access-Control-Expose-Headers", fmt::format("{}", fmt::join(names, ",")));
  }
}

}  // namespace

Result<CorsRules> parse_cors_rules(std::string_view xml) {
  constexpr wire::XmlLimits kLimits{.depth = 4, .name = 64, .attributes = 8, .value = kKiB, .text = 4 * kKiB};
  CorsHandler handler;
  if (auto read = wire::read_xml(as_bytes(xml), handler, kLimits); !read) {
    return read.error().published() != nullptr ? std::move(read).error() : std::move(read).error().as(kInvalidXml);
  }
  if (handler.rules.size() > kMostRules || handler.size > kLargestRules) {
    return wrong("Cors", "");
  }
  return std::move(handler.rules);
}

Result<http::Reply> answer_preflight(const http::Request& request, const CorsRules& rules) {
  const auto origin = header(request, "Origin");
  const auto method = header(request, "Access-Control-Request-Method");
  if (!origin || !method) {
    return refuse(Errc::invalid, kInvalidHeaderValue).with("MessageDetails", "A required CORS header is not present.");
  }
  const auto asked = header(request, "Access-Control-Request-Headers");
  const auto names = items(asked.value_or(""));
  const auto rule = std::ranges::find_if(rules, [&](const CorsRule& one) {
    return matches(one, *origin, *method) &&
           std::ranges::all_of(names, [&](const std::string& name) { return covers(one.allowed_headers, name); });
  });
  if (rule == rules.end()) {
    return refuse(Errc::forbidden, kCorsPreflight)
        .with("MessageDetails",
              rules.empty() ? "CORS is not enabled for this account." : "No CORS rules matches this request");
  }
  http::Reply reply;
  allow_origin(reply.headers, *rule, *origin);
  reply.headers.set("Access-Control-Allow-Methods", std::string(*method));
  if (asked) {
    reply.headers.set("Access-Control-Allow-Headers", std::string(*asked));
  }
  reply.headers.set("Access-Control-Max-Age", std::to_string(rule->max_age));
  return reply;
}

void add_cors_headers(http::Headers& answer, const http::Request& request, const CorsRules& rules) {
  if (rules.empty()) {
    return;
  }
  const auto method = http::name(request.method);
  const auto origin = header(request, "Origin");
  const auto rule = std::ranges::find_if(rules, [&](const CorsRule& one) {
    return origin ? matches(one, *origin, method) : is_wildcard(one) && matches(one, "", method);
  });
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  if (!reads && !origin) {
    return;
  }
  if (rule == rules.end()) {
    if (reads) {
      answer.set("Vary", "Origin");
    }
    return;
  }
  allow_origin(answer, *rule, origin.value_or(""));
  expose(answer, *rule);
}

}  // namespace quaymaster::storage
