#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/encode.h"
#include "blob/rules.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_headers.h"
#include "faces/blob/blob_render.h"
#include "wire/xml_writer.h"

namespace quaymaster::storage {
namespace {

constexpr std::size_t kPage = 5000;  // the default and the maximum

constexpr std::string_view kBlobIncludes[] = {
    "snapshots",           "metadata",           "uncommittedblobs", "copy",       "deleted", "tags", "versions",
    "deletedwithversions", "immutabilitypolicy", "legalhold",        "permissions"};
/// Parameters that a client would expect to shorten a listing.
constexpr std::pair<std::string_view, std::string_view> kListingNotOffered[] = {
    {"endBefore", "a listing ends with its prefix"},
    {"showonly", "accounts have no hierarchical namespace"},
};
constexpr std::string_view kContainerIncludes[] = {"metadata", "deleted", "system"};

/// A parameter that is ignored when empty.
std::string_view given(const BlobCall& call, std::string_view name) {
  return call.request.parameter(name).value_or("");
}

Result<std::size_t> read_limit(const BlobCall& call) {
  const auto text = given(call, "maxresults");
  if (text.empty()) {
    return kPage;
  }
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) {
    return refuse_parameter(kInvalidParameter, "maxresults", text, "not a number");
  }
  if (error == std::errc::result_out_of_range && !text.starts_with('-')) {
    return kPage;
  }
  if (number <= 0) {
    return refuse_parameter(kParameterOutOfRange, "maxresults", text, "less than 1");
  }
  return std::min(kPage, static_cast<std::size_t>(number));
}

/// Comma lists, possibly several; every word must be known to the service.
class Includes {
 public:
  static Result<Includes> read(const BlobCall& call, std::span<const std::string_view> known) {
    Includes includes;
    for (const auto& [name, value] : call.request.query) {
      if (!equal_ignoring_case(name, "include")) {
        continue;
      }
      std::string_view rest = value;
      while (!rest.empty()) {
        const auto word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        if (word.empty()) {
          continue;
        }
        const auto same = [&](std::string_view one) { return equal_ignoring_case(one, word); };
        if (std::ranges::none_of(known, same)) {
          return refuse_parameter(kInvalidParameter, "include", word, "not something a listing can include");
        }
        includes.words_.push_back(to_lower(word));
      }
    }
    return includes;
  }
  bool has(std::string_view word) const { return std::ranges::find(words_, word) != words_.end(); }

 private:
  std::vector<std::string> words_;
};

/// A name, prefix or delimiter; text that XML cannot represent is percent-encoded and marked (blob.md, 6.1).
void write_name(wire::XmlWriter& xml, std::string_view element, std::string_view name) {
  if (wire::xml_can_carry(name)) {
    xml.element(element, name);
  } else {
    xml.start(element).attribute("Encoded", "true").text(percent_encode(name)).end();
  }
}

void write_when_given(wire::XmlWriter& xml, const BlobCall& call, std::string_view element,
                      std::string_view parameter) {
  if (const auto value = given(call, parameter); !value.empty()) {
    write_name(xml, element, value);
  }
}

std::string endpoint(const BlobCall& call) {
  return fmt::format("{}://{}/{}", call.request.secure ? "https" : "http",
                     xml_text(call.request.headers.get("Host").value_or("")),
                     call.address.host_style ? std::string() : call.address.account + "/");
}

void write_metadata(wire::XmlWriter& xml, const blob::Metadata& metadata) {
  xml.start("Metadata");
  for (const auto& [name, value] : metadata) {
    if (wire::is_xml_name(name)) {
      xml.element(name, xml_text(value));
    }
  }
  xml.end();
}

/// Begun days count.
void write_deletion(wire::XmlWriter& xml, const blob::Deletion& deletion, Time now) {
  xml.element("DeletedTime", format_http_date(deletion.at));
  xml.element("RemainingRetentionDays", std::chrono::ceil<std::chrono::days>(deletion.expires - now).count());
}

/// What tells the states of a name apart.
void write_state(wire::XmlWriter& xml, const blob::ListItem& item, bool versions) {
  const auto& blob = *item.blob;
  if (blob.deletion) {
    xml.element("Deleted", "true");
  }
  if (blob.snapshot) {
    xml.element("Snapshot", format_time(*blob.snapshot));
  }
  if (blob.version && versions) {
    xml.element("VersionId", format_time(*blob.version));
    if (blob.is_current) {
      xml.element("IsCurrentVersion", "true");
    }
  }
  if (item.only_versions) {
    xml.element("HasVersionsOnly", "true");
  }
}

void write_blob(wire::XmlWriter& xml, const blob::ListItem& item, const Includes& includes, Time now) {
  const auto& blob = *item.blob;
  const auto& properties = blob.properties;
  xml.start("Blob");
  write_name(xml, "Name", blob.name);
  write_state(xml, item, includes.has("versions") || item.only_versions);
  xml.start("Properties");
  if (blob.etag == 0) {  // staged blocks only: nothing is committed
    xml.element("Content-Length", 0).element("BlobType", type_name(blob.type)).end().end();
    return;
  }
  xml.element("Creation-Time", format_http_date(blob.created));
  xml.element("Last-Modified", format_http_date(blob.modified));
  xml.element("Etag", etag_text(blob.etag));
  xml.element("Content-Length", blob.size);
  xml.element("Content-Type", xml_text(properties.content_type));
  xml.element("Content-Encoding", xml_text(properties.content_encoding));
  xml.element("Content-Language", xml_text(properties.content_language));
  xml.element("Content-CRC64", "");
  xml.element("Content-MD5", properties.md5 ? base64(*properties.md5) : std::string());
  xml.element("Cache-Control", xml_text(properties.cache_control));
  xml.element("Content-Disposition", xml_text(properties.content_disposition));
  if (blob.type == blob::Type::page) {
    xml.element("x-ms-blob-sequence-number", 0);
  }
  xml.element("BlobType", type_name(blob.type));
  if (blob.type == blob::Type::block) {
    xml.element("AccessTier", tier_name(blob));
    if (blob.properties.tier) {
      xml.element("AccessTierChangeTime", format_http_date(blob.tier_changed));
    } else {
      xml.element("AccessTierInferred", "true");
    }
  }
  if (blob.is_current) {
    xml.element("LeaseStatus", "unlocked").element("LeaseState", "available");
  }
  xml.element("ServerEncrypted", "true");
  if (blob.deletion) {
    write_deletion(xml, *blob.deletion, now);
  }
  xml.end();
  if (includes.has("metadata")) {
    write_metadata(xml, blob.metadata);
  }
  xml.element("OrMetadata", "").end();
}

void write_container(wire::XmlWriter& xml, const blob::ContainerInfo& container, bool metadata, Time now) {
  xml.start("Container").element("Name", container.name);
  if (container.deletion) {
    xml.element("Deleted", "true").element("Version", deleted_container_version(container));
  }
  xml.start("Properties");
  xml.element("Last-Modified", format_http_date(container.modified));
  xml.element("Etag", fmt::format("\"{}\"", etag_text(container.etag)));
  xml.element("LeaseStatus", "unlocked").element("LeaseState", "available");
  xml.element("DefaultEncryptionScope", "$account-encryption-key").element("DenyEncryptionScopeOverride", "false");
  xml.element("HasImmutabilityPolicy", "false").element("HasLegalHold", "false");
  xml.element("ImmutableStorageWithVersioningEnabled", "false");
  if (container.deletion) {
    write_deletion(xml, *container.deletion, now);
  }
  xml.end();
  if (metadata) {
    write_metadata(xml, container.metadata);
  }
  xml.end();
}

Result<http::Reply> finish(wire::XmlWriter& xml, std::string& body) {
  TRY(xml.finish());
  http::Reply reply;
  reply.headers.add("Content-Type", "application/xml");
  reply.body = std::move(body);
  return reply;
}

}  // namespace

Result<http::Reply> list_containers(BlobCall& call) {
  TRY(refuse_conditions(call.request));
  TRY(const auto limit, read_limit(call));
  TRY(const auto includes, Includes::read(call, kContainerIncludes));
  auto listed = call.blobs.list_containers(call.address.account, std::string(given(call, "prefix")),
                                           std::string(given(call, "marker")), limit, includes.has("deleted"));
  if (!listed) {
    auto error = std::move(listed).error();
    return error.kind() == Errc::invalid ? std::move(error).as(kOutOfRangeInput) : std::move(error);
  }
  const auto& page = listed.value();

  std::string body;
  wire::XmlWriter xml(body);
  xml.start("EnumerationResults").attribute("ServiceEndpoint", endpoint(call));
  write_when_given(xml, call, "Prefix", "prefix");
  write_when_given(xml, call, "Marker", "marker");
  if (!given(call, "maxresults").empty()) {
    xml.element("MaxResults", limit);
  }
  xml.start("Containers");
  for (const auto& container : page.containers) {
    write_container(xml, container, includes.has("metadata"), call.now);
  }
  xml.end().element("NextMarker", page.next_marker).end();
  return finish(xml, body);
}

Result<http::Reply> list_blobs(BlobCall& call) {
  TRY(refuse_conditions(call.request));
  for (const auto& [name, why] : kListingNotOffered) {
    if (!given(call, name).empty()) {
      return refuse(Errc::invalid, kParameterNotOffered, name, why);
    }
  }
  blob::ListRequest request;
  TRY(request.limit, read_limit(call));
  TRY(const auto includes, Includes::read(call, kBlobIncludes));
  request.prefix = blob::stored_name(given(call, "prefix"));
  request.start = blob::stored_name(given(call, "startFrom"));
  request.delimiter = given(call, "delimiter");
  request.marker = given(call, "marker");
  request.uncommitted = includes.has("uncommittedblobs");
  request.snapshots = includes.has("snapshots");
  request.versions = includes.has("versions");
  request.deleted = includes.has("deleted");
  request.only_versions = includes.has("deletedwithversions");
  auto listed = call.blobs.list_blobs(call.address.account, call.address.container, request);
  if (!listed) {
    auto error = std::move(listed).error();
    if (error.kind() == Errc::invalid) {
      return std::move(error).as(kOutOfRangeInput);
    }
    return container_error(std::move(error));
  }
  const auto& page = listed.value();

  std::string body;
  body.reserve(page.items.size() * 900 + 500);
  wire::XmlWriter xml(body);
  xml.start("EnumerationResults").attribute("ServiceEndpoint", endpoint(call));
  xml.attribute("ContainerName", call.address.container);
  write_when_given(xml, call, "Prefix", "prefix");
  write_when_given(xml, call, "Marker", "marker");
  if (!given(call, "maxresults").empty()) {
    xml.element("MaxResults", request.limit);
  }
  write_when_given(xml, call, "Delimiter", "delimiter");
  xml.start("Blobs");
  for (const auto& item : page.items) {
    if (item.blob) {
      write_blob(xml, item, includes, call.now);
    } else {
      xml.start("BlobPrefix");
      write_name(xml, "Name", item.prefix);
      xml.end();
    }
  }
  xml.end().element("NextMarker", page.next_marker).end();
  return finish(xml, body);
}

}  // namespace quaymaster::storage
