#pragma once

#include <sys/stat.h>

#include "workload/disk/disk.h"
#include "workload/files/handle.h"

namespace quaymaster::workload {

/// An image file opened for reading: a snapshot where the file system can make one at once, otherwise the file itself.
struct ImageFile {
  Handle file;
  struct stat opened{};  // of the original, before the copy or the first read
  bool frozen = false;
  std::optional<ImageStamp> stamp;

  /// Whether it was written to since it was opened; a snapshot never is.
  Result<bool> changed() const;
};
Result<ImageFile> open_image_file(const Path& path, Clock& clock);

std::unique_ptr<DiskImage> raw_image(ImageFile file);

}  // namespace quaymaster::workload
