#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/files/confined.h"
#include "base/result.h"

namespace quaymaster::compute {

/// The properties of an image file.
struct Image {
  std::string format;      // "raw" or "qcow2"
  std::uint64_t size = 0;  // of the disk it holds, in bytes
};

/// Accepts "file:///images/a.raw" and "/images/a.raw". Errc::invalid: anything else.
Result<Path> path_of_uri(std::string_view uri);

/// Reads the head of the file. A file that does not begin as qcow2 is raw, as in every tool that reads images.
/// Errc::invalid: not a regular file, empty, larger than 64 TiB, or a qcow2 image that cannot be backed up
/// (workload/image/qcow2_header.h). Errc::forbidden: not readable. Errc::not_found.
Result<Image> look_at_image(const OpenDirectory& directory, const std::string& name);

}  // namespace quaymaster::compute
