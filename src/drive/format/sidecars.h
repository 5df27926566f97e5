#pragma once

#include <memory>
#include <optional>

#include "blob/blob_store.h"
#include "drive/format/copy_log.h"
#include "drive/format/manifest.h"
#include "drive/format/metadata.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

/// Metadata and properties of one blob, read from the drive, and what to log of them.
struct Sidecars {
  blob::Metadata metadata;
  blob::Properties properties;
  std::optional<SidecarResult> metadata_result;  // absent: the blob has none
  std::optional<SidecarResult> properties_result;

  bool failed() const;
};

/// What one file said, and what became of reading it.
template <class Content>
struct LoadedSidecar {
  SidecarStatus status = SidecarStatus::completed;
  Content content;
};

/// Reads metadata and properties files as the manifest names them: the list's default under the blob's own. The
/// default of the list read last is remembered. A file that fails costs its part (its status says how) and nothing
/// else. Source: import-export reference, 8. Not thread-safe.
class SidecarReader {
 public:
  explicit SidecarReader(DriveReader& drive) : drive_(drive) {}
  Sidecars read(const BlobEntry& entry);

 private:
  struct Defaults {
    std::shared_ptr<const ListDefaults> list;  // held, so that its address is not another list's
    std::optional<LoadedSidecar<blob::Metadata>> metadata;
    std::optional<LoadedSidecar<PropertyFile>> properties;
  };

  void read_metadata_of(const BlobEntry& entry, Sidecars& result);
  void read_properties_of(const BlobEntry& entry, Sidecars& result);

  DriveReader& drive_;
  Defaults defaults_;
};

/// What opening or reading failed with, as the status of a metadata or properties file.
SidecarStatus sidecar_status(const Error& error);

}  // namespace quaymaster::drive
