#include "identity/signatures/shared_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>
#include <vector>

#include "base/digests/digest.h"
#include "base/encode.h"

namespace quaymaster::identity {
namespace {

constexpr std::string_view kFull = "SharedKey ";
constexpr std::string_view kLite = "SharedKeyLite ";
constexpr std::string_view kSecondary = "-secondary";
constexpr std::string_view kEmptyLengthFrom = "2015-02-21";  // from here a Content-Length of 0 is signed as ""
constexpr auto kLargestSkew = std::chrono::minutes(15);

/// `cause` is logged; the signed text is not, since it may hold a copy source with its SAS.
Error failed(std::string detail, std::string cause) {
  Error error(Errc::forbidden, std::move(cause));
  return std::move(error).as(kSignatureFailed).with("AuthenticationErrorDetail", std::move(detail));
}
Error failed(const std::string& detail) {
  return failed(detail, detail);
}

/// Lines of a signed text whose value grants access.
constexpr std::string_view kSecretLines[] = {
    "x-ms-encryption-key:", "x-ms-source-encryption-key:", "x-ms-copy-source-authorization:", "sig:"};

/// A signed text as it may be shown to a client.
std::string without_secrets(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    const bool ends = line.size() < text.size();
    text.remove_prefix(line.size() + (ends ? 1 : 0));
    const auto secret = std::ranges::find_if(kSecretLines, [&](auto name) { return line.starts_with(name); });
    if (secret != std::end(kSecretLines)) {
      clean += fmt::format("{}***", *secret);
      line = {};
    }
    const auto lower = to_lower(line);  // a signature in an address: "?sig=" or "&sig="
    for (std::size_t from = 0; from < line.size();) {
      constexpr std::string_view kName = "sig=";
      const auto at = lower.find(kName, from);
      if (at == std::string::npos || at == 0 || (line[at - 1] != '?' && line[at - 1] != '&')) {
        const auto next = at == std::string::npos ? line.size() : at + kName.size();
        clean += line.substr(from, next - from);
        from = next;
        continue;
      }
      clean += line.substr(from, at + kName.size() - from);
      clean += "***";
      from = std::min(line.find('&', at), line.size());
    }
    clean += ends ? "\n" : "";
  }
  return clean;
}

bool has_line_feed(const http::Query& query) {
  return std::ranges::any_of(query, [](const auto& pair) {
    return pair.first.find('\n') != std::string::npos || pair.second.find('\n') != std::string::npos;
  });
}

bool has_scheme(std::string_view authorization, std::string_view scheme) {
  return authorization.size() >= scheme.size() && equal_ignoring_case(authorization.substr(0, scheme.size()), scheme);
}

std::string_view header(const http::Request& request, std::string_view name) {
  return request.headers.get(name).value_or("");
}

bool has_ms_date(const http::Request& request) {
  return request.headers.get("x-ms-date").has_value();
}

/// "_" before digits before letters; the hyphen before all of them. No other characters occur in signed names.
int weight(char c) {
  if (c == '-') {
    return 1;
  }
  if (c == '_') {
    return 2;
  }
  if (c >= '0' && c <= '9') {
    return 3 + (c - '0');
  }
  return 64 + static_cast<unsigned char>(c);
}

bool weight_less(char a, char b) {
  return weight(a) < weight(b);
}

/// Compares names without their hyphens first; when equal, the name whose hyphen comes first is the greater.
bool weighted_less(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  for (;;) {
    while (i < a.size() && a[i] == '-') {
      ++i;
    }
    while (j < b.size() && b[j] == '-') {
      ++j;
    }
    if (i == a.size() || j == b.size()) {
      break;
    }
    if (a[i] != b[j]) {
      return weight_less(a[i], b[j]);
    }
    ++i;
    ++j;
  }
  if (i != a.size() || j != b.size()) {
    return i == a.size();
  }
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return in_b != b.end() && *in_b == '-';
}

/// name:value lines of every x-ms- header; values of one name joined in order of arrival.
std::string canonical_headers(const http::Request& request, HeaderOrder order) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& [name, value] : request.headers.fields()) {
    auto lower = to_lower(name);
    if (!lower.starts_with("x-ms-")) {
      continue;
    }
    const auto same = std::ranges::find(lines, lower, &std::pair<std::string, std::string>::first);
    if (same == lines.end()) {
      lines.emplace_back(std::move(lower), value);
    } else {
      same->second += "," + value;
    }
  }
  std::ranges::sort(lines, [order](const auto& a, const auto& b) { return header_less(order, a.first, b.first); });
  std::string text;
  for (const auto& [name, value] : lines) {
    text += fmt::format("{}:{}\n", name, value);
  }
  return text;
}

std::string canonical_path(const http::Request& request, std::string_view account, const SigningChoices& choices) {
  std::string_view path = request.raw_path;
  if (path.empty()) {
    path = "/";
  }
  const auto first = fmt::format("/{}{}", account, kSecondary);
  const bool cut = choices.without_secondary && path.starts_with(first) &&
                   (path.size() == first.size() || path[first.size()] == '/');
  if (!cut) {
    return fmt::format("/{}{}", account, path);
  }
  return fmt::format("/{}/{}{}", account, account, path.substr(first.size()));
}

/// The query with "+" kept as it is. The session has already decoded the query once, so no escape is malformed.
http::Query literal_plus_query(std::string_view raw) {
  http::Query query;
  while (!raw.empty()) {
    const auto end = std::min(raw.find('&'), raw.size());
    const auto pair = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
    if (pair.empty()) {
      continue;
    }
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals));
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (name && value) {
      query.emplace_back(std::move(name).value(), std::move(value).value());
    }
  }
  return query;
}

std::string canonical_query(const http::Request& request, const SigningChoices& choices) {
  const auto& query = choices.literal_plus ? literal_plus_query(request.raw_query) : request.query;
  std::map<std::string, std::vector<std::string>> sorted;
  for (const auto& [name, value] : query) {
    sorted[to_lower(name)].push_back(value);
  }
  std::string text;
  for (auto& [name, values] : sorted) {
    std::ranges::sort(values);
    text += fmt::format("\n{}:{}", name, fmt::join(values, ","));
  }
  return text;
}

std::string_view signed_length(const http::Request& request, std::string_view version) {
  const auto length = header(request, "Content-Length");
  return length == "0" && version >= kEmptyLengthFrom ? std::string_view() : length;
}

Result<> check_date(const http::Request& request, Time now) {
  const auto text = has_ms_date(request) ? header(request, "x-ms-date") : header(request, "Date");
  if (text.empty()) {
    return failed("The request has neither an x-ms-date nor a Date header.");
  }
  const auto date = parse_http_date(text);
  if (!date) {
    return failed("The date of the request is not an RFC 1123 date.");
  }
  const auto skew = date.value() > now ? date.value() - now : now - date.value();
  if (skew > kLargestSkew) {
    return failed(fmt::format("Request date header too far from the server's time: '{}' against '{}'.", text,
                              format_http_date(now)));
  }
  return ok();
}

/// Every text the client may have signed, the usual one first, each once. There is more than one only when they differ.
std::vector<std::string> candidate_texts(const http::Request& request, std::string_view account,
                                         std::string_view version, bool lite, bool all) {
  std::vector<std::string> texts;
  const bool pluses[] = {false, true};
  const HeaderOrder orders[] = {HeaderOrder::bytes, HeaderOrder::weighted, HeaderOrder::hyphen_lowest};
  const bool has_plus = request.raw_query.find('+') != std::string::npos;
  for (const bool without_secondary : {false, true}) {
    for (const bool plus : pluses) {
      if (plus && !has_plus) {
        continue;
      }
      for (const auto order : orders) {
        SigningChoices choices{order, plus, without_secondary};
        auto text = lite ? shared_key_lite_text(request, account, choices)
                         : shared_key_text(request, account, version, choices);
        if (std::ranges::find(texts, text) == texts.end()) {
          texts.push_back(std::move(text));
        }
        if (!all) {
          return texts;
        }
      }
    }
  }
  return texts;
}

bool matches(const std::string& text, std::span<const Buffer> keys, Bytes signature) {
  bool found = false;
  for (const auto& key : keys) {
    found |= equal_in_constant_time(hmac_sha256(key, as_bytes(text)), signature);
  }
  return found;
}

}  // namespace

bool is_shared_key(std::string_view authorization) {
  return has_scheme(authorization, kFull) || has_scheme(authorization, kLite);
}

Result<SharedKeyHeader> parse_shared_key(std::string_view authorization) {
  SharedKeyHeader parsed;
  parsed.lite = has_scheme(authorization, kLite);
  if (!parsed.lite && !has_scheme(authorization, kFull)) {
    return failed("The authorization scheme is not SharedKey.");
  }
  authorization.remove_prefix(parsed.lite ? kLite.size() : kFull.size());
  const auto colon = authorization.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return failed("The Authorization header names no account.");
  }
  parsed.account = std::string(authorization.substr(0, colon));
  auto signature = decode_base64(authorization.substr(colon + 1));
  if (!signature || signature.value().size() != Sha256Digest{}.size()) {
    return failed("The signature in the Authorization header is not the base64 of 32 bytes.");
  }
  parsed.signature = std::move(signature).value();
  return parsed;
}

bool header_less(HeaderOrder order, std::string_view a, std::string_view b) {
  switch (order) {
    case HeaderOrder::bytes:
      return a < b;
    case HeaderOrder::weighted:
      return weighted_less(a, b);
    case HeaderOrder::hyphen_lowest:
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), weight_less);
  }
  return false;
}

std::string shared_key_text(const http::Request& request, std::string_view account, std::string_view version,
                            const SigningChoices& choices) {
  const std::string_view lines[] = {
      http::name(request.method),
      header(request, "Content-Encoding"),
      header(request, "Content-Language"),
      signed_length(request, version),
      header(request, "Content-MD5"),
      header(request, "Content-Type"),
      has_ms_date(request) ? std::string_view() : header(request, "Date"),
      header(request, "If-Modified-Since"),
      header(request, "If-Match"),
      header(request, "If-None-Match"),
      header(request, "If-Unmodified-Since"),
      header(request, "Range"),
  };
  return fmt::format("{}\n{}{}{}", fmt::join(lines, "\n"), canonical_headers(request, choices.order),
                     canonical_path(request, account, choices), canonical_query(request, choices));
}

std::string shared_key_lite_text(const http::Request& request, std::string_view account,
                                 const SigningChoices& choices) {
  const std::string_view lines[] = {
      http::name(request.method),
      header(request, "Content-MD5"),
      header(request, "Content-Type"),
      has_ms_date(request) ? std::string_view() : header(request, "Date"),
  };
  const auto comp = request.parameter("comp");
  return fmt::format("{}\n{}{}{}", fmt::join(lines, "\n"), canonical_headers(request, choices.order),
                     canonical_path(request, account, choices), comp ? fmt::format("?comp={}", *comp) : std::string());
}

Result<> verify_shared_key(const http::Request& request, const SharedKeyAccount& account, std::string_view version,
                           Time now) {
  TRY(const auto given, parse_shared_key(header(request, "Authorization")));
  if (given.account != account.name) {
    return failed(fmt::format("The Authorization header names another account than the address, '{}'.", account.name));
  }
  if (has_line_feed(request.query)) {
    return failed("The query has a line feed.");
  }
  TRY(check_date(request, now));
  const auto usual = candidate_texts(request, account.name, version, given.lite, false).front();
  if (matches(usual, account.keys, given.signature)) {
    return ok();
  }
  for (const auto& text : candidate_texts(request, account.name, version, given.lite, true)) {
    if (matches(text, account.keys, given.signature)) {
      return ok();
    }
  }
  return failed(fmt::format("The MAC signature found in the HTTP request is not the same as any computed signature. "
                            "Server used following string to sign: '{}'.",
                            without_secrets(usual)),
                "the signature matches no key of the account");
}

}  // namespace quaymaster::identity
