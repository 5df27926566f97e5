#include "providers/storage/blob_headers.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/encode.h"
#include "providers/storage/blob_conditions.h"
#include "providers/storage/blob_errors.h"

namespace quaymaster::storage {
namespace {

constexpr std::string_view kMetadataPrefix = "x-ms-meta-";
constexpr std::size_t kLargestMetadata = 8 * kKiB;  // names and values
constexpr std::string_view kDefaultType = "application/octet-stream";

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return letter(name.front()) && std::ranges::all_of(name, [&](char c) { return letter(c) || digit(c); });
}

bool is_printable(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

Result<std::optional<Md5Digest>> md5_header(const http::Request& request, std::string_view name) {
  const auto text = header(request, name);
  if (!text)
    return std::optional<Md5Digest>();
  const auto bytes = decode_base64(*text);
  Md5Digest digest{};
  if (!bytes || bytes.value().size() != digest.size())
    return refuse(Errc::invalid, kInvalidMd5);
  std::ranges::copy(bytes.value(), digest.begin());
  return std::optional(digest);
}

/// Headers whose meaning would be lost, and the value that means nothing.
struct Unsupported {
  std::string_view name;
  std::string_view harmless;
};
constexpr Unsupported kUnsupported[] = {
    {"x-ms-tags", ""},
    {"x-ms-if-tags", ""},
    {"x-ms-encryption-key", ""},
    {"x-ms-encryption-scope", ""},
    {"x-ms-structured-body", ""},
    {"x-ms-immutability-policy-until-date", ""},
    {"x-ms-immutability-policy-mode", ""},
    {"x-ms-legal-hold", "false"},
    {"x-ms-expiry-option", ""},
    {"x-ms-default-encryption-scope", "$account-encryption-key"},
    {"x-ms-deny-encryption-scope-override", "false"},
};

/// Tiers are a price, and there is none here: every tier that can be read at once is the same. Archive could not.
Result<> check_tier(const http::Request& request) {
  const auto tier = header(request, "x-ms-access-tier");
  if (!tier || *tier == "Hot" || *tier == "Cool" || *tier == "Cold")
    return ok();
  if (*tier == "Archive")
    return refuse_header(kUnsupportedHeader, "x-ms-access-tier", *tier);
  return refuse_header(kInvalidHeaderValue, "x-ms-access-tier", *tier);
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

void add_present(http::Headers& headers, std::string_view name, const std::string& value) {
  if (!value.empty())
    headers.add(std::string(name), value);
}

}  // namespace

std::optional<std::string_view> header(const http::Request& request, std::string_view name) {
  const auto value = request.headers.get(name);
  return value && value->empty() ? std::nullopt : value;
}

Result<blob::Metadata> read_metadata(const http::Request& request) {
  blob::Metadata metadata;
  std::size_t size = 0;
  for (const auto& [field, value] : request.headers.fields()) {
    const std::string_view name = field;
    if (name.size() < kMetadataPrefix.size() ||
        !equal_ignoring_case(name.substr(0, kMetadataPrefix.size()), kMetadataPrefix)) {
      continue;
    }
    const auto key = name.substr(kMetadataPrefix.size());
    if (key.empty())
      return refuse(Errc::invalid, kEmptyMetadataKey);
    if (!is_identifier(key) || !is_printable(value))
      return refuse(Errc::invalid, kInvalidMetadata);
    size += key.size() + value.size();
    const auto same =
        std::ranges::find_if(metadata, [&](const auto& one) { return equal_ignoring_case(one.first, key); });
    if (same == metadata.end()) {
      metadata.emplace_back(key, value);
    } else if (same->first == key) {
      same->second += "," + value;  // one header sent in two lines
    } else {
      return refuse(Errc::invalid, kInvalidMetadata);
    }
  }
  if (size > kLargestMetadata)
    return refuse(Errc::invalid, kMetadataTooLarge);
  return metadata;
}

Result<blob::Properties> read_properties(const http::Request& request, bool plain_type) {
  const auto text = [&](std::string_view name) { return std::string(header(request, name).value_or("")); };
  blob::Properties properties;
  const auto fallback = plain_type ? header(request, "Content-Type") : std::nullopt;
  properties.content_type = header(request, "x-ms-blob-content-type").value_or(fallback.value_or(kDefaultType));
  properties.content_encoding = text("x-ms-blob-content-encoding");
  properties.content_language = text("x-ms-blob-content-language");
  properties.content_disposition = text("x-ms-blob-content-disposition");
  properties.cache_control = text("x-ms-blob-cache-control");
  if (plain_type) {
    // Put Blob takes the standard headers as well; the x-ms-blob-* ones win.
    if (properties.content_encoding.empty())
      properties.content_encoding = text("Content-Encoding");
    if (properties.content_language.empty())
      properties.content_language = text("Content-Language");
    if (properties.cache_control.empty())
      properties.cache_control = text("Cache-Control");
  }
  TRY(properties.md5, md5_header(request, "x-ms-blob-content-md5"));
  return properties;
}

Result<Checksums> read_checksums(const http::Request& request) {
  Checksums checksums;
  TRY(checksums.md5, md5_header(request, "Content-MD5"));
  if (const auto text = header(request, "x-ms-content-crc64")) {
    if (checksums.md5)
      return refuse(Errc::invalid, kBothChecksums);
    const auto bytes = decode_base64(*text);
    if (!bytes || bytes.value().size() != sizeof(std::uint64_t)) {
      return refuse_header(kInvalidHeaderValue, "x-ms-content-crc64", *text);
    }
    checksums.crc64 = load_le64(bytes.value());
  }
  return checksums;
}

Result<> refuse_unsupported(const http::Request& request) {
  for (const auto& [name, harmless] : kUnsupported) {
    const auto value = header(request, name);
    if (value && !equal_ignoring_case(*value, harmless))
      return refuse_header(kUnsupportedHeader, name, *value);
  }
  return check_tier(request);
}

Result<bool> names_old_state(const http::Request& request) {
  bool named = false;
  for (const std::string_view name : {"snapshot", "versionid"}) {
    const auto value = request.parameter(name).value_or("");
    if (value.empty())
      continue;
    if (!parse_time(value))
      return refuse_parameter(kInvalidParameter, name, value, "not a time");
    if (named)
      return refuse_parameter(kInvalidParameter, name, value, "a snapshot or a version, not both");
    named = true;
  }
  return named;
}

Result<> refuse_old_state(const http::Request& request) {
  for (const std::string_view name : {"snapshot", "versionid"}) {
    const auto value = request.parameter(name).value_or("");
    if (!value.empty())
      return refuse_parameter(kInvalidParameter, name, value, "a former state cannot be changed");
  }
  return ok();
}

Result<std::optional<Range>> read_range(const http::Request& request, std::uint64_t blob_size) {
  constexpr std::string_view kUnit = "bytes=";
  const auto given = header(request, "x-ms-range");
  auto text = given ? *given : header(request, "Range").value_or("");
  if (!text.starts_with(kUnit))
    return std::optional<Range>();
  text.remove_prefix(kUnit.size());
  const auto dash = text.find('-');
  if (dash == std::string_view::npos)
    return std::optional<Range>();
  const auto first = number(text.substr(0, dash));
  const auto end = text.substr(dash + 1);
  const auto last = end.empty() ? std::optional(blob_size - 1) : number(end);
  if (!first || !last || (!end.empty() && *last < *first))
    return std::optional<Range>();
  if (*first >= blob_size)
    return refuse(Errc::invalid, kInvalidRange);
  return std::optional(Range{*first, std::min(*last, blob_size - 1)});
}

void add_version(http::Headers& headers, std::uint64_t etag, Time modified) {
  headers.add("ETag", "\"" + etag_text(etag) + "\"");
  headers.add("Last-Modified", format_http_date(modified));
}

void add_metadata(http::Headers& headers, const blob::Metadata& metadata) {
  for (const auto& [name, value] : metadata) headers.add(std::string(kMetadataPrefix) + name, value);
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
  if (blob.type == blob::Type::page)
    headers.add("x-ms-blob-sequence-number", "0");
  headers.add("x-ms-lease-status", "unlocked");
  headers.add("x-ms-lease-state", "available");
  headers.add("x-ms-server-encrypted", "true");
  add_metadata(headers, blob.metadata);
}

void apply_overrides(http::Headers& headers, const auth::SasGrant& grant) {
  const std::pair<std::string_view, const std::optional<std::string>*> all[] = {
      {"Cache-Control", &grant.cache_control},       {"Content-Disposition", &grant.content_disposition},
      {"Content-Encoding", &grant.content_encoding}, {"Content-Language", &grant.content_language},
      {"Content-Type", &grant.content_type},
  };
  for (const auto& [name, value] : all) {
    if (*value)
      headers.set(name, **value);
  }
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
