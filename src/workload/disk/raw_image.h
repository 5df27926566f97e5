#pragma once

#include <sys/stat.h>

#include "workload/disk/disk.h"
#include "workload/files/handle.h"

namespace quaymaster::workload {

/// An image file opened for reading: a frozen copy where the file system makes one at once, the file itself otherwise.
struct ImageFile {
  Handle file;
  struct stat opened{};  // of the original, before the copy or the first read
  bool frozen = false;
  std::optional<ImageStamp> stamp;

  /// Whether somebody wrote to it since it was opened; never, when it is frozen.
  Result<bool> changed() const;
};
Result<ImageFile> open_image_file(const Path& path, Clock& clock);

std::unique_ptr<DiskImage> raw_image(ImageFile file);

}  // namespace quaymaster::workload
