#include "identity/signatures/sas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "base/digests/digest.h"
#include "base/encode.h"

namespace quaymaster::identity {
namespace {

// Versions at which the signed text changed (blob.md, 3.4).
constexpr std::string_view kSignsVersion = "2012-02-12";
constexpr std::string_view kSignsOverrides = "2013-08-15";
constexpr std::string_view kBlobPrefix = "2015-02-21";
constexpr std::string_view kSignsAddress = "2015-04-05";
constexpr std::string_view kSignsResource = "2018-11-09";
constexpr std::string_view kSignsScope = "2020-12-06";

/// The letters of a service SAS (Create a service SAS, "Specify permissions"). Clients place the letters that were
/// added later in different positions.
constexpr std::string_view kOrderedLetters = "racwdxltmeop";
constexpr std::string_view kLaterLetters = "yfi";

/// Parameters that may occur at most once in a signed query.
constexpr std::string_view kOnce[] = {"sv", "ss",  "srt", "sr",   "sp",   "st",   "se",   "sip",  "spr",
                                      "si", "ses", "sig", "rscc", "rscd", "rsce", "rscl", "rsct", "skoid"};

Error failed(std::string_view detail) {
  Error error(Errc::forbidden, std::string(detail));
  return std::move(error).as(kSignatureFailed).with("AuthenticationErrorDetail", std::string(detail));
}

std::optional<std::string_view> find(const http::Query& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (equal_ignoring_case(key, name)) {
      return value;
    }
  }
  return std::nullopt;
}

/// Empty counts as absent.
std::string_view value(const SasRequest& request, std::string_view name) {
  return find(request.query, name).value_or("");
}

Result<> refuse_repeated(const http::Query& query) {
  for (const auto name : kOnce) {
    const auto same = [name](const auto& pair) { return equal_ignoring_case(pair.first, name); };
    if (std::ranges::count_if(query, same) > 1) {
      return failed(fmt::format("The parameter {} is repeated.", name));
    }
  }
  return ok();
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

/// See verify_sas.
Result<> refuse_controls(const SasRequest& request) {
  if (has_control(request.container) || has_control(request.blob)) {
    return failed("A signature cannot be for a name with control characters.");
  }
  for (const auto& [name, value] : request.query) {
    if (has_control(value) && (std::ranges::any_of(kOnce, [&](auto one) { return equal_ignoring_case(one, name); }) ||
                               equal_ignoring_case(name, "snapshot") || equal_ignoring_case(name, "versionid"))) {
      return failed(fmt::format("The value of {} has a control character.", to_lower(name)));
    }
  }
  return ok();
}

Result<> check_letters(std::string_view permissions) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < permissions.size(); ++i) {
    const char letter = permissions[i];
    if (permissions.find(letter) != i) {
      return failed("A letter of sp is repeated.");
    }
    if (kLaterLetters.find(letter) != std::string_view::npos) {
      continue;
    }
    const auto place = kOrderedLetters.find(letter);
    if (place == std::string_view::npos) {
      return failed("A letter of sp is not known.");
    }
    if (place < at) {
      return failed(fmt::format("The letters of sp are not in the order {}.", kOrderedLetters));
    }
    at = place;
  }
  return ok();
}

bool is_version(std::string_view text) {
  return text.size() == 10 && parse_time(text).has_value();
}

/// Also "YYYY-MM-DDThh:mmZ", which the general parser does not accept.
Result<Time> sas_time(std::string_view name, std::string_view text) {
  constexpr std::string_view kMinutes = "2026-03-14T09:26Z";
  auto full = std::string(text);
  if (full.size() == kMinutes.size() && full.ends_with('Z')) {
    full.insert(full.size() - 1, ":00");
  }
  const auto time = parse_time(full);
  if (!time) {
    return failed(fmt::format("The value of {} is not a time.", name));
  }
  return time.value();
}

std::optional<std::uint32_t> ipv4(std::string_view text) {
  if (text.starts_with("::ffff:")) {
    text.remove_prefix(7);  // an IPv4 peer on a dual-stack socket
  }
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number > 255) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part < 3 ? !text.starts_with('.') : !text.empty()) {
      return std::nullopt;
    }
    if (part < 3) {
      text.remove_prefix(1);
    }
    address = address << 8 | number;
  }
  return address;
}

Result<> check_address(const SasRequest& request) {
  const auto range = value(request, "sip");
  if (range.empty()) {
    return ok();
  }
  const auto dash = std::min(range.find('-'), range.size());
  const auto first = ipv4(range.substr(0, dash));
  const auto last = dash == range.size() ? first : ipv4(range.substr(dash + 1));
  if (!first || !last) {
    return failed("The value of sip is neither an IPv4 address nor a range of two.");
  }
  const auto peer = ipv4(request.peer);
  if (!peer || *peer < *first || *peer > *last) {
    return refuse(Errc::forbidden, kSasSourceIp, request.peer);
  }
  return ok();
}

Result<> check_protocol(const SasRequest& request) {
  const auto protocol = value(request, "spr");
  if (protocol.empty() || protocol == "https,http" || protocol == "http,https") {
    return ok();
  }
  if (protocol != "https") {
    return failed("The value of spr is neither 'https' nor 'https,http'.");
  }
  if (!request.secure) {
    return refuse(Errc::forbidden, kSasProtocol);
  }
  return ok();
}

struct Term {
  std::optional<Time> start;
  std::optional<Time> expiry;
  std::string permissions;
};

/// Combines the URL and the stored policy; each value may be given in only one of them.
Result<Term> term(const SasRequest& request, const FindPolicy& find_policy) {
  Term term;
  if (const auto text = value(request, "st"); !text.empty()) {
    TRY(term.start, sas_time("st", text));
  }
  if (const auto text = value(request, "se"); !text.empty()) {
    TRY(term.expiry, sas_time("se", text));
  }
  term.permissions = std::string(value(request, "sp"));
  const auto id = value(request, "si");
  if (id.empty()) {
    return term;
  }
  const auto policy = find_policy ? find_policy(id) : std::nullopt;
  if (!policy) {
    return failed("The container has no stored access policy with the id in si.");
  }
  const bool twice = (term.start && policy->start) || (term.expiry && policy->expiry) ||
                     (!term.permissions.empty() && !policy->permissions.empty());
  if (twice) {
    return failed("A value is both in the signature's query and in its stored access policy.");
  }
  if (policy->start) {
    term.start = policy->start;
  }
  if (policy->expiry) {
    term.expiry = policy->expiry;
  }
  if (term.permissions.empty()) {
    term.permissions = policy->permissions;
  }
  return term;
}

Result<> check_term(const Term& term, Time now) {
  if (!term.expiry) {
    return failed("The signature has no expiry: se is missing.");
  }
  if (term.permissions.empty()) {
    return failed("The signature gives no permission: sp is missing.");
  }
  if (now >= *term.expiry) {
    return failed(fmt::format("Signature not valid in the specified time frame: Expiry [{}] - Current [{}].",
                              format_http_date(*term.expiry), format_http_date(now)));
  }
  if (term.start && now < *term.start) {
    return failed(fmt::format("Signature not valid in the specified time frame: Start [{}] - Current [{}].",
                              format_http_date(*term.start), format_http_date(now)));
  }
  return ok();
}

std::string canonical_resource(const SasRequest& request, std::string_view version) {
  auto text = fmt::format("{}/{}/{}", version >= kBlobPrefix ? "/blob" : "", request.account, request.container);
  if (value(request, "sr") != "c") {
    text += fmt::format("/{}", request.blob);
  }
  return text;
}

Result<> check_resource(const SasRequest& request) {
  const auto resource = value(request, "sr");
  if (resource == "c") {
    if (request.container.empty()) {
      return failed("A container's signature does not grant access to the service.");
    }
    return ok();
  }
  if (resource == "d") {
    return failed("Signatures for a directory (sr=d) are not offered by this server.");
  }
  if (resource != "b" && resource != "bs" && resource != "bv") {
    return failed("The value of sr is not one of b, bs, bv, c.");
  }
  if (request.blob.empty()) {
    return failed("A blob's signature does not grant access to a container or the service.");
  }
  const bool snapshot = !value(request, "snapshot").empty();
  const bool version = !value(request, "versionid").empty();
  const bool fits = resource == "bs" ? snapshot : resource == "bv" ? version : !snapshot && !version;
  if (!fits) {
    return failed("The signature is for another state of the blob (sr, snapshot, versionid).");
  }
  return ok();
}

bool signed_by(const std::string& text, std::span<const Buffer> keys, Bytes signature) {
  bool found = false;
  for (const auto& key : keys) {
    found |= equal_in_constant_time(hmac_sha256(key, as_bytes(text)), signature);
  }
  return found;
}

std::optional<std::string> override_of(const SasRequest& request, std::string_view name) {
  const auto text = value(request, name);
  return text.empty() ? std::nullopt : std::optional(std::string(text));
}

bool any_of(std::string_view granted, std::string_view wanted) {
  return wanted == "*" ? !granted.empty() : granted.find_first_of(wanted) != std::string_view::npos;
}

}  // namespace

bool has_sas(const http::Query& query) {
  return find(query, "sig").has_value();
}

std::string account_sas_text(const SasRequest& request) {
  std::string text = fmt::format("{}\n", request.account);
  for (const auto name : {"sp", "ss", "srt", "st", "se", "sip", "spr", "sv"}) {
    text += fmt::format("{}\n", value(request, name));
  }
  if (value(request, "sv") >= kSignsScope) {
    text += fmt::format("{}\n", value(request, "ses"));
  }
  return text;
}

std::string service_sas_text(const SasRequest& request) {
  const auto version = value(request, "sv");
  const auto resource = canonical_resource(request, version);
  std::vector<std::string_view> lines = {value(request, "sp"), value(request, "st"), value(request, "se"), resource,
                                         value(request, "si")};
  if (version >= kSignsAddress) {
    lines.push_back(value(request, "sip"));
    lines.push_back(value(request, "spr"));
  }
  if (version >= kSignsVersion) {
    lines.push_back(version);
  }
  if (version >= kSignsResource) {
    const auto kind = value(request, "sr");
    lines.push_back(kind);
    lines.push_back(kind == "bs" ? value(request, "snapshot") : kind == "bv" ? value(request, "versionid") : "");
  }
  if (version >= kSignsScope) {
    lines.push_back(value(request, "ses"));
  }
  if (version >= kSignsOverrides) {
    for (const auto name : {"rscc", "rscd", "rsce", "rscl", "rsct"}) {
      lines.push_back(value(request, name));
    }
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

Result<SasGrant> verify_sas(const SasRequest& request, std::span<const Buffer> keys, Time now,
                            const FindPolicy& find_policy) {
  TRY(refuse_repeated(request.query));
  TRY(refuse_controls(request));
  if (find(request.query, "skoid")) {
    return failed("User delegation signatures (skoid) are not offered by this server.");
  }
  const auto version = value(request, "sv");
  if (!version.empty() && !is_version(version)) {
    return failed("The value of sv is not a service version.");
  }
  const auto signature = decode_base64(value(request, "sig"));
  if (!signature || signature.value().size() != Sha256Digest{}.size()) {
    return failed("The value of sig is not the base64 of 32 bytes.");
  }

  SasGrant grant;
  const bool for_account = find(request.query, "ss").has_value() || find(request.query, "srt").has_value();
  grant.kind = for_account ? SasKind::account : SasKind::service;
  if (!for_account) {
    TRY(check_resource(request));
  } else if (version < kSignsAddress) {
    return failed("Account signatures begin with version 2015-04-05.");
  }
  const auto text = for_account ? account_sas_text(request) : service_sas_text(request);
  if (!signed_by(text, keys, signature.value())) {
    return failed("Signature did not match.");
  }
  if (!for_account) {
    TRY(check_letters(value(request, "sp")));
  }

  TRY(const auto valid, term(request, for_account ? FindPolicy() : find_policy));
  TRY(check_term(valid, now));
  TRY(check_protocol(request));
  TRY(check_address(request));
  grant.permissions = valid.permissions;
  if (for_account) {
    if (value(request, "ss").find('b') == std::string_view::npos) {
      return refuse(Errc::forbidden, kSasService);
    }
    grant.resource_types = std::string(value(request, "srt"));
    return grant;
  }
  if (version >= kSignsOverrides) {
    grant.cache_control = override_of(request, "rscc");
    grant.content_disposition = override_of(request, "rscd");
    grant.content_encoding = override_of(request, "rsce");
    grant.content_language = override_of(request, "rscl");
    grant.content_type = override_of(request, "rsct");
  }
  return grant;
}

Result<> permit(const SasGrant& grant, const SasNeed& need) {
  if (grant.kind == SasKind::account) {
    const bool any_type = need.resource_type == '*' && !grant.resource_types.empty();
    if (!any_type && grant.resource_types.find(need.resource_type) == std::string::npos) {
      return refuse(Errc::forbidden, kSasResourceType);
    }
    if (!any_of(grant.permissions, need.account_permissions)) {
      return refuse(Errc::forbidden, kSasPermission);
    }
    return ok();
  }
  if (need.service_permissions.empty()) {
    return refuse(Errc::forbidden, kSasResourceType);
  }
  if (!any_of(grant.permissions, need.service_permissions)) {
    return refuse(Errc::forbidden, kSasPermission);
  }
  return ok();
}

}  // namespace quaymaster::identity
