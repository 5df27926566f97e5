#include "faces/blob/blob_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/encode.h"
#include "blob/rules.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_errors.h"

namespace quaymaster::storage {
namespace {

constexpr std::string_view kMetadataPrefix = "x-ms-meta-";
constexpr std::string_view kDefaultType = "application/octet-stream";

Result<std::optional<Md5Digest>> md5_header(const http::Request& request, std::string_view name) {
  const auto text = header(request, name);
  if (!text) {
    return std::optional<Md5Digest>();
  }
  const auto bytes = decode_base64(*text);
  Md5Digest digest{};
  if (!bytes || bytes.value().size() != digest.size()) {
    return refuse(Errc::invalid, kInvalidMd5);
  }
  std::ranges::copy(bytes.value(), digest.begin());
  return std::optional(digest);
}

/// Put Blob checks its body against it, so there it must be an MD5; elsewhere the service stores the value as sent.
Result<std::optional<Buffer>> md5_property(const http::Request& request, Writing what) {
  constexpr std::string_view kName = "x-ms-blob-content-md5";
  const auto text = header(request, kName);
  if (!text) {
    return std::optional<Buffer>();
  }
  auto bytes = decode_base64(*text);
  if (!bytes || (what == Writing::blob && bytes.value().size() != sizeof(Md5Digest))) {
    return refuse_header(kInvalidHeaderValue, kName, *text);
  }
  return std::optional(std::move(bytes).value());
}

constexpr std::string_view kTags = "blob index tags are not offered yet";
constexpr std::string_view kKeys = "data is not encrypted with keys of clients";
constexpr std::string_view kScopes = "there are no encryption scopes";
constexpr std::string_view kImmutability = "immutability and legal holds are not offered yet";
constexpr std::string_view kExpiry = "accounts have no hierarchical namespace, which blob expiry needs";
constexpr std::string_view kStructuredBody = "bodies are sent as they are; use Content-MD5 or x-ms-content-crc64";

/// Headers whose meaning would be lost, their harmless value, and why they are not offered.
struct Unsupported {
  std::string_view name;
  std::string_view harmless;
  std::string_view why;
};
constexpr Unsupported kUnsupported[] = {
    {"x-ms-tags", "", kTags},
    {"x-ms-if-tags", "", kTags},
    {"x-ms-encryption-key", "", kKeys},
    {"x-ms-encryption-key-sha256", "", kKeys},
    {"x-ms-encryption-algorithm", "", kKeys},
    {"x-ms-encryption-scope", "", kScopes},
    {"x-ms-structured-body", "", kStructuredBody},
    {"x-ms-immutability-policy-until-date", "", kImmutability},
    {"x-ms-immutability-policy-mode", "", kImmutability},
    {"x-ms-legal-hold", "false", kImmutability},
    {"x-ms-expiry-option", "", kExpiry},
    {"x-ms-expiry-time", "", kExpiry},
    {"x-ms-default-encryption-scope", "$account-encryption-key", kScopes},
    {"x-ms-deny-encryption-scope-override", "false", kScopes},
};

struct TierName {
  std::string_view name;
  blob::Tier tier;
};
constexpr TierName kTierNames[] = {{"Hot", blob::Tier::hot}, {"Cool", blob::Tier::cool}, {"Cold", blob::Tier::cold}};

/// A number without sign; one that does not fit the type becomes the type's maximum.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

void add_present(http::Headers& headers, std::string_view name, const std::string& value) {
  if (!value.empty()) {
    headers.add(std::string(name), value);
  }
}

}  // namespace

std::optional<std::string_view> header(const http::Request& request, std::string_view name) {
  const auto value = request.headers.get(name);
  return value && value->empty() ? std::nullopt : value;
}

Result<blob::Metadata> read_metadata(const http::Request& request) {
  blob::Metadata metadata;
  for (const auto& [field, value] : request.headers.fields()) {
    const std::string_view name = field;
    if (name.size() < kMetadataPrefix.size() ||
        !equal_ignoring_case(name.substr(0, kMetadataPrefix.size()), kMetadataPrefix)) {
      continue;
    }
    const auto key = name.substr(kMetadataPrefix.size());
    if (key.empty()) {
      return refuse(Errc::invalid, kEmptyMetadataKey);
    }
    const auto same =
        std::ranges::find_if(metadata, [&](const auto& one) { return equal_ignoring_case(one.first, key); });
    if (same == metadata.end()) {
      metadata.emplace_back(key, value);
    } else if (same->first == key) {
      same->second += "," + value;  // one header sent as two lines
    } else {
      return refuse(Errc::invalid, kInvalidMetadata);
    }
  }
  if (auto legal = blob::check_metadata(metadata); !legal) {
    const bool large = legal.error().kind() == Errc::too_large;
    return std::move(legal).error().as(large ? kMetadataTooLarge : kInvalidMetadata);
  }
  return metadata;
}

Result<blob::Properties> read_properties(const http::Request& request, Writing what) {
  const auto text = [&](std::string_view name) { return std::string(header(request, name).value_or("")); };
  blob::Properties properties;
  properties.content_type = text("x-ms-blob-content-type");
  properties.content_encoding = text("x-ms-blob-content-encoding");
  properties.content_language = text("x-ms-blob-content-language");
  properties.content_disposition = text("x-ms-blob-content-disposition");
  properties.cache_control = text("x-ms-blob-cache-control");
  if (what == Writing::blob) {
    // Put Blob also accepts the standard headers; the x-ms-blob-* ones take precedence.
    if (properties.content_type.empty()) {
      properties.content_type = text("Content-Type");
    }
    if (properties.content_encoding.empty()) {
      properties.content_encoding = text("Content-Encoding");
    }
    if (properties.content_language.empty()) {
      properties.content_language = text("Content-Language");
    }
    if (properties.cache_control.empty()) {
      properties.cache_control = text("Cache-Control");
    }
  }
  if (what != Writing::properties) {
    if (properties.content_type.empty()) {
      properties.content_type = kDefaultType;
    }
    TRY(properties.tier, read_tier(request));
  }
  TRY(properties.md5, md5_property(request, what));
  if (auto legal = blob::check_properties(properties); !legal) {
    if (legal.error().kind() == Errc::too_large) {
      return std::move(legal).error().as(kPropertiesTooLarge, blob::kLargestProperties);
    }
    return std::move(legal).error().as(kInvalidHeaderValue);
  }
  return properties;
}

Result<std::optional<blob::Tier>> read_tier(const http::Request& request) {
  constexpr std::string_view kName = "x-ms-access-tier";
  const auto text = header(request, kName);
  if (!text) {
    return std::optional<blob::Tier>();
  }
  const auto* row = std::ranges::find(kTierNames, *text, &TierName::name);
  if (row != std::end(kTierNames)) {
    return std::optional(row->tier);
  }
  if (*text == "Archive") {
    return refuse(Errc::invalid, kHeaderNotOffered, "x-ms-access-tier: Archive", kNoArchive)
        .with("HeaderName", std::string(kName));
  }
  return refuse_header(kInvalidHeaderValue, kName, *text);
}

std::string_view tier_name(const blob::BlobInfo& blob) {
  const auto tier = blob.properties.tier.value_or(blob::Tier::hot);
  return std::ranges::find(kTierNames, tier, &TierName::tier)->name;
}

Result<Checksums> read_checksums(const http::Request& request) {
  Checksums checksums;
  TRY(checksums.md5, md5_header(request, "Content-MD5"));
  if (const auto text = header(request, "x-ms-content-crc64")) {
    if (checksums.md5) {
      return refuse(Errc::invalid, kBothChecksums);
    }
    const auto bytes = decode_base64(*text);
    if (!bytes || bytes.value().size() != sizeof(std::uint64_t)) {
      return refuse_header(kInvalidHeaderValue, "x-ms-content-crc64", *text);
    }
    checksums.crc64 = load_le64(bytes.value());
  }
  return checksums;
}

Result<> refuse_unsupported(const http::Request& request) {
  for (const auto& [name, harmless, why] : kUnsupported) {
    const auto value = header(request, name);
    // The value may be a key, so it is not repeated.
    if (value && !equal_ignoring_case(*value, harmless)) {
      return refuse(Errc::invalid, kHeaderNotOffered, name, why).with("HeaderName", std::string(name));
    }
  }
  return ok();
}

Result<> refuse_conditions(const http::Request& request) {
  for (const std::string_view name : {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}) {
    if (header(request, name)) {
      return refuse(Errc::invalid, kConditionHeaders).with("HeaderName", std::string(name));
    }
  }
  return ok();
}

Result<blob::StateId> read_state(const http::Request& request) {
  using Kind = blob::StateId::Kind;
  blob::StateId state;
  for (const auto& [name, kind] : {std::pair{"snapshot", Kind::snapshot}, std::pair{"versionid", Kind::version}}) {
    const auto value = request.parameter(name).value_or("");
    if (value.empty()) {
      continue;
    }
    const auto time = parse_time(value);
    if (!time) {
      return refuse_parameter(kInvalidParameter, name, value, "not a time");
    }
    if (state.kind != Kind::current) {
      return refuse_parameter(kInvalidParameter, name, value, "a snapshot or a version, not both");
    }
    state = {kind, time.value()};
  }
  return state;
}

Result<> refuse_old_state(const http::Request& request) {
  for (const std::string_view name : {"snapshot", "versionid"}) {
    const auto value = request.parameter(name).value_or("");
    if (!value.empty()) {
      return refuse_parameter(kInvalidParameter, name, value, "a former state cannot be changed");
    }
  }
  return ok();
}

Result<std::optional<Range>> read_range(const http::Request& request, std::uint64_t blob_size) {
  constexpr std::string_view kUnit = "bytes=";
  const auto given = header(request, "x-ms-range");
  auto text = given ? *given : header(request, "Range").value_or("");
  if (!text.starts_with(kUnit)) {
    return std::optional<Range>();
  }
  text.remove_prefix(kUnit.size());
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) {
    return std::optional<Range>();
  }
  const auto first = number(text.substr(0, dash));
  const auto end = text.substr(dash + 1);
  const auto last = end.empty() ? std::optional(blob_size - 1) : number(end);
  if (!first || !last || (!end.empty() && *last < *first)) {
    return std::optional<Range>();
  }
  if (*first >= blob_size) {
    return refuse(Errc::invalid, kInvalidRange);
  }
  return std::optional(Range{*first, std::min(*last, blob_size - 1)});
}

void add_version(http::Headers& headers, std::uint64_t etag, Time modified) {
  headers.add("ETag", "\"" + etag_text(etag) + "\"");
  headers.add("Last-Modified", format_http_date(modified));
}

void add_version_id(http::Headers& headers, const blob::BlobInfo& blob) {
  if (blob.version) {
    headers.add("x-ms-version-id", format_time(*blob.version));
  }
}

void add_metadata(http::Headers& headers, const blob::Metadata& metadata) {
  for (const auto& [name, value] : metadata) {
    headers.add(std::string(kMetadataPrefix) + name, value);
  }
}

void add_blob(http::Headers& headers, const blob::BlobInfo& blob) {
  add_version(headers, blob.etag, blob.modified);
  const auto& properties = blob.properties;
  add_present(headers, "Content-Type", properties.content_type);
  add_present(headers, "Content-Encoding", properties.content_encoding);
  add_present(headers, "Content-Language", properties.content_language);
  add_present(headers, "Content-Disposition", properties.content_disposition);
  add_present(headers, "Cache-Control", properties.cache_control);
  headers.add("Accept-Ranges", "bytes");
  headers.add("x-ms-creation-time", format_http_date(blob.created));
  headers.add("x-ms-blob-type", std::string(type_name(blob.type)));
  if (blob.type == blob::Type::page) {
    headers.add("x-ms-blob-sequence-number", "0");
  }
  if (blob.is_current) {
    headers.add("x-ms-lease-status", "unlocked");
    headers.add("x-ms-lease-state", "available");
  }
  headers.add("x-ms-server-encrypted", "true");
  add_version_id(headers, blob);
  if (blob.version && blob.is_current) {
    headers.add("x-ms-is-current-version", "true");
  }
  add_metadata(headers, blob.metadata);
}

void apply_overrides(http::Headers& headers, const identity::SasGrant& grant) {
  const std::pair<std::string_view, const std::optional<std::string>*> all[] = {
      {"Cache-Control", &grant.cache_control},       {"Content-Disposition", &grant.content_disposition},
      {"Content-Encoding", &grant.content_encoding}, {"Content-Language", &grant.content_language},
      {"Content-Type", &grant.content_type},
  };
  for (const auto& [name, value] : all) {
    if (*value) {
      headers.set(name, **value);
    }
  }
}

std::string deleted_container_version(const blob::ContainerInfo& container) {
  return fmt::format("{:016X}", container.id);
}

std::optional<std::uint64_t> deleted_container_id(std::string_view version) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), id, 16);
  return !version.empty() && error == std::errc() && end == version.data() + version.size() ? std::optional(id)
                                                                                            : std::nullopt;
}

std::string_view type_name(blob::Type type) {
  switch (type) {
    case blob::Type::block:
      return "BlockBlob";
    case blob::Type::page:
      return "PageBlob";
    case blob::Type::append:
      return "AppendBlob";
  }
  return {};
}

std::string crc64_text(std::uint64_t crc) {
  std::uint8_t bytes[sizeof crc];
  store_le(crc, bytes);
  return base64(bytes);
}

}  // namespace quaymaster::storage
