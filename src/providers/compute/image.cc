#include "providers/compute/image.h"

#include <array>

#include "base/encode.h"
#include "workload/image/qcow2_header.h"

namespace quaymaster::compute {
namespace {

constexpr std::uint64_t kLargestDisk = 64ULL << 40;

}  // namespace

Result<Path> path_of_uri(std::string_view uri) {
  constexpr std::string_view kFile = "file://";
  if (uri.starts_with(kFile)) {
    TRY(auto path, percent_decode(uri.substr(kFile.size())));
    return path.starts_with('/') && path.find('\0') == std::string::npos
               ? Result<Path>(Path(path))
               : invalid("a file URI must name an absolute path of this machine");
  }
  if (!uri.starts_with('/') || uri.find('\0') != std::string_view::npos) {
    return invalid("not an absolute path");
  }
  return Path(uri);
}

Result<Image> look_at_image(const OpenDirectory& directory, const std::string& name) {
  TRY(const auto file, directory.open_file(name));
  TRY(const auto size, file->size());
  if (size == 0) {
    return invalid("{} is empty", name);
  }
  std::array<std::uint8_t, workload::kQcow2LongestHeader> head{};
  TRY(const auto count, file->read_at(head, 0));
  const Bytes bytes(head.data(), count);
  if (!workload::is_qcow2(bytes)) {
    return Image{"raw", size};
  }
  const auto header = workload::parse_qcow2_header(bytes);
  if (!header) {
    return invalid("{}: {}", name, header.error().cause());
  }
  if (header.value().size == 0 || header.value().size > kLargestDisk) {
    return invalid("{} has a header for {} bytes", name, header.value().size);
  }
  return Image{"qcow2", header.value().size};
}

}  // namespace quaymaster::compute
