#include "faces/blob/blob_conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "faces/blob/blob_errors.h"

namespace quaymaster::storage {
namespace {

/// Replaces an ETag that is not one of ours: no blob has it.
constexpr std::uint64_t kForeign = std::numeric_limits<std::uint64_t>::max();

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Quotes and W/ are ignored.
std::uint64_t parse_etag(std::string_view text) {
  if (text.starts_with("W/")) {
    text.remove_prefix(2);
  }
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  if (!text.starts_with("0x") || text.size() < 3) {
    return kForeign;
  }
  std::uint64_t etag = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), etag, 16);
  return error == std::errc() && end == text.data() + text.size() ? etag : kForeign;
}

struct EtagList {
  bool any = false;  // "*"
  std::vector<std::uint64_t> etags;
  bool given() const { return any || !etags.empty(); }
};

EtagList etag_list(const http::Request& request, std::string_view name) {
  EtagList list;
  auto text = request.headers.get(name).value_or("");
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto one = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (one == "*") {
      list.any = true;
    } else if (!one.empty()) {
      list.etags.push_back(parse_etag(one));
    }
  }
  return list;
}

Result<std::optional<Time>> date(const http::Request& request, std::string_view name) {
  const auto text = request.headers.get(name).value_or("");
  if (text.empty()) {
    return std::optional<Time>();
  }
  const auto time = parse_http_date(text);
  if (!time) {
    return refuse_header(kInvalidHeaderValue, name, text);
  }
  return std::optional(time.value());
}

struct Given {
  EtagList match;
  EtagList none_match;
  std::optional<Time> modified_since;
  std::optional<Time> unmodified_since;
};

Result<Given> given(const http::Request& request) {
  Given all{etag_list(request, "If-Match"), etag_list(request, "If-None-Match"), {}, {}};
  TRY(all.modified_since, date(request, "If-Modified-Since"));
  TRY(all.unmodified_since, date(request, "If-Unmodified-Since"));
  return all;
}

blob::Conditions conditions_of(Given all) {
  blob::Conditions conditions;
  conditions.if_match = std::move(all.match.etags);
  conditions.if_match_any = all.match.any;
  conditions.if_none_match = std::move(all.none_match.etags);
  conditions.must_not_exist = all.none_match.any;
  conditions.modified_since = all.modified_since;
  conditions.unmodified_since = all.unmodified_since;
  return conditions;
}

bool has(const std::vector<std::uint64_t>& etags, std::uint64_t etag) {
  return std::ranges::find(etags, etag) != etags.end();
}

}  // namespace

Result<blob::Conditions> read_conditions(const http::Request& request) {
  TRY(auto all, given(request));
  if (all.none_match.any) {
    return refuse(Errc::invalid, kUnsatisfiableCondition);
  }
  return conditions_of(std::move(all));
}

Result<blob::Conditions> write_conditions(const http::Request& request) {
  TRY(auto all, given(request));
  const auto one = [](const EtagList& list) { return list.any ? list.etags.empty() : list.etags.size() <= 1; };
  const bool crossed = (all.match.given() && (all.none_match.given() || all.modified_since)) ||
                       (all.unmodified_since && (all.none_match.given() || all.modified_since));
  if (crossed || !one(all.match) || !one(all.none_match)) {
    return refuse(Errc::invalid, kMultipleConditions);
  }
  if (all.match.given()) {
    all.unmodified_since.reset();  // the ETag decides
  }
  if (all.none_match.given()) {
    all.modified_since.reset();
  }
  return conditions_of(std::move(all));
}

Result<blob::Conditions> container_conditions(const http::Request& request) {
  TRY(auto all, given(request));
  if (all.match.given() || all.none_match.given()) {
    return refuse(Errc::invalid, kConditionHeaders);
  }
  if (all.modified_since && all.unmodified_since) {
    return refuse(Errc::invalid, kMultipleConditions);
  }
  return conditions_of(std::move(all));
}

bool has_conditions(const blob::Conditions& conditions) {
  return conditions.if_match_any || conditions.must_not_exist || !conditions.if_match.empty() ||
         !conditions.if_none_match.empty() || conditions.modified_since || conditions.unmodified_since;
}

Result<> check_read(const blob::Conditions& conditions, const blob::BlobInfo& blob) {
  const auto modified = std::chrono::floor<std::chrono::seconds>(blob.modified);  // the resolution of a header
  const bool match = conditions.if_match.empty() || conditions.if_match_any || has(conditions.if_match, blob.etag);
  const bool unmodified = !conditions.unmodified_since || modified <= *conditions.unmodified_since;
  if (!match || !unmodified) {
    return refuse(Errc::precondition, kConditionNotMet);
  }

  const bool new_etag = !conditions.if_none_match.empty() && !has(conditions.if_none_match, blob.etag);
  const bool newer = conditions.modified_since && modified > *conditions.modified_since;
  const bool asked = !conditions.if_none_match.empty() || conditions.modified_since;
  if (asked && !new_etag && !newer) {
    return refuse(Errc::precondition, kNotModified);
  }
  return ok();
}

std::string etag_text(std::uint64_t etag) {
  return fmt::format("0x{:015X}", etag);
}

}  // namespace quaymaster::storage
