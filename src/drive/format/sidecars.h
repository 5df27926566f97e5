#pragma once

#include <memory>
#include <optional>

#include "blob/blob_store.h"
#include "drive/format/copy_log.h"
#include "drive/format/manifest.h"
#include "drive/format/metadata.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

/// The metadata and properties of one blob as read from the drive, and what to log about them.
struct Sidecars {
  blob::Metadata metadata;
  blob::Properties properties;
  std::optional<SidecarResult> metadata_result;  // absent: the blob has none
  std::optional<SidecarResult> properties_result;

  bool failed() const;
};

/// The content of one file and the outcome of reading it.
template <class Content>
struct LoadedSidecar {
  SidecarStatus status = SidecarStatus::completed;
  Content content;
};

/// Reads metadata and properties files named in the manifest: the blob's own override the list's default. The most
/// recent list's default is cached. A file that fails affects only its part (its status says how). Source:
/// import-export reference, 8. Not thread-safe.
class SidecarReader {
 public:
  explicit SidecarReader(DriveReader& drive) : drive_(drive) {}
  Sidecars read(const BlobEntry& entry);

 private:
  struct Defaults {
    std::shared_ptr<const ListDefaults> list;  // kept alive, so that another list cannot get its address
    std::optional<LoadedSidecar<blob::Metadata>> metadata;
    std::optional<LoadedSidecar<PropertyFile>> properties;
  };

  void read_metadata_of(const BlobEntry& entry, Sidecars& result);
  void read_properties_of(const BlobEntry& entry, Sidecars& result);

  DriveReader& drive_;
  Defaults defaults_;
};

/// Converts an error of opening or reading to the status of a metadata or properties file.
SidecarStatus sidecar_status(const Error& error);

}  // namespace quaymaster::drive
