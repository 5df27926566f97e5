#include "drive/format/sidecars.h"

#include <algorithm>

#include "base/digests/digest.h"
#include "blob/rules.h"

namespace quaymaster::drive {
namespace {

template <class Content>
LoadedSidecar<Content> load(DriveReader& drive, const FileReference& file, Result<Content> (*parse)(Bytes)) {
  LoadedSidecar<Content> loaded;
  const auto bytes = read_drive_file(drive, file.path, kLargestSidecar);
  if (!bytes) {
    loaded.status = sidecar_status(bytes.error());
    return loaded;
  }
  if (file.hash && !std::ranges::equal(digest(file.hash->algorithm(), bytes.value()), file.hash->digest())) {
    loaded.status = SidecarStatus::corrupted;
    return loaded;
  }
  auto content = parse(bytes.value());
  if (content) {
    loaded.content = std::move(content).value();
  } else {
    loaded.status = SidecarStatus::xml_read_failed;
  }
  return loaded;
}

}  // namespace

bool Sidecars::failed() const {
  const auto bad = [](const std::optional<SidecarResult>& result) {
    return result && result->status != SidecarStatus::completed;
  };
  return bad(metadata_result) || bad(properties_result);
}

SidecarStatus sidecar_status(const Error& error) {
  switch (error.kind()) {
    case Errc::invalid:
      return SidecarStatus::file_name_invalid;
    case Errc::too_large:
      return SidecarStatus::file_name_too_long;
    case Errc::not_found:
      return SidecarStatus::file_not_found;
    case Errc::forbidden:
      return SidecarStatus::file_access_denied;
    case Errc::corrupt:  // larger than such a file may be
      return SidecarStatus::xml_read_failed;
    default:
      return SidecarStatus::io_failed;
  }
}

Sidecars SidecarReader::read(const BlobEntry& entry) {
  if (defaults_.list != entry.defaults) {
    defaults_ = {entry.defaults, std::nullopt, std::nullopt};
  }
  Sidecars result;
  read_metadata_of(entry, result);
  read_properties_of(entry, result);
  return result;
}

void SidecarReader::read_metadata_of(const BlobEntry& entry, Sidecars& result) {
  const auto* global = entry.defaults && entry.defaults->metadata ? &*entry.defaults->metadata : nullptr;
  if (global == nullptr && !entry.metadata) {
    return;
  }
  auto& told = result.metadata_result.emplace();
  if (global != nullptr) {
    told.global = *global;
    if (!defaults_.metadata) {
      defaults_.metadata = load<blob::Metadata>(drive_, *global, &read_metadata);
    }
    told.status = defaults_.metadata->status;
    result.metadata = defaults_.metadata->content;
  }
  if (entry.metadata) {
    told.own = *entry.metadata;
    const auto own = load<blob::Metadata>(drive_, *entry.metadata, &read_metadata);
    if (told.status == SidecarStatus::completed) {
      told.status = own.status;
    }
    result.metadata = merge(std::move(result.metadata), own.content);
  }
  if (!blob::check_metadata(result.metadata)) {
    if (told.status == SidecarStatus::completed) {
      told.status = SidecarStatus::blob_request_failed;
    }
    result.metadata.clear();
  }
}

void SidecarReader::read_properties_of(const BlobEntry& entry, Sidecars& result) {
  const auto* global = entry.defaults && entry.defaults->properties ? &*entry.defaults->properties : nullptr;
  if (global == nullptr && !entry.properties) {
    return;
  }
  auto& told = result.properties_result.emplace();
  PropertyFile merged;
  if (global != nullptr) {
    told.global = *global;
    if (!defaults_.properties) {
      defaults_.properties = load<PropertyFile>(drive_, *global, &read_properties);
    }
    told.status = defaults_.properties->status;
    merged = defaults_.properties->content;
  }
  if (entry.properties) {
    told.own = *entry.properties;
    const auto own = load<PropertyFile>(drive_, *entry.properties, &read_properties);
    if (told.status == SidecarStatus::completed) {
      told.status = own.status;
    }
    merged = merge(std::move(merged), own.content);
  }
  auto properties = to_blob_properties(merged);
  if (!properties) {
    if (told.status == SidecarStatus::completed) {
      told.status = SidecarStatus::blob_request_failed;
    }
    merged.content_md5.reset();  // drop only the value that cannot be parsed
    properties = to_blob_properties(merged);
  }
  if (!properties) {
    return;
  }
  if (!blob::check_properties(properties.value())) {
    if (told.status == SidecarStatus::completed) {
      told.status = SidecarStatus::blob_request_failed;
    }
    properties = blob::Properties{.md5 = properties.value().md5};
  }
  result.properties = std::move(properties).value();
}

}  // namespace quaymaster::drive
