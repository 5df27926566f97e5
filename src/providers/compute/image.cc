#include "providers/compute/image.h"

#include <algorithm>
#include <array>

#include "base/encode.h"

namespace quaymaster::compute {
namespace {

constexpr std::array<std::uint8_t, 4> kQcowMagic = {'Q', 'F', 'I', 0xfb};
constexpr std::size_t kQcowHead = 32;
constexpr std::uint64_t kLargestDisk = 64ULL << 40;

template <class Number>
Number load_be(Bytes bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number = static_cast<Number>(number << 8 | bytes[i]);
  }
  return number;
}

}  // namespace

Result<Path> path_of_uri(std::string_view uri) {
  constexpr std::string_view kFile = "file://";
  if (uri.starts_with(kFile)) {
    TRY(auto path, percent_decode(uri.substr(kFile.size())));
    return path.starts_with('/') && path.find('\0') == std::string::npos
               ? Result<Path>(Path(path))
               : invalid("a file URI names an absolute path of this machine");
  }
  if (!uri.starts_with('/') || uri.find('\0') != std::string_view::npos) {
    return invalid("not an absolute path");
  }
  return Path(uri);
}

Result<Image> look_at_image(Disk& disk, const Path& path) {
  TRY(const auto status, disk.status(path));
  if (status.kind != FileKind::regular || status.size == 0) {
    return invalid("{} is not a file with an image in it", path.string());
  }
  TRY(const auto file, disk.open(path, OpenMode::read));
  std::array<std::uint8_t, kQcowHead> head{};
  TRY(const auto count, file->read_at(head, 0));
  const Bytes bytes(head.data(), count);
  if (count < kQcowMagic.size() || !std::ranges::equal(bytes.first(kQcowMagic.size()), kQcowMagic)) {
    return Image{"raw", status.size};
  }
  if (count < kQcowHead) {
    return invalid("{} ends inside its qcow2 head", path.string());
  }
  const auto version = load_be<std::uint32_t>(bytes.subspan(4));
  const auto size = load_be<std::uint64_t>(bytes.subspan(24));
  if (version < 2 || version > 3 || size == 0 || size > kLargestDisk) {
    return invalid("{} says it is qcow2 version {} of {} bytes", path.string(), version, size);
  }
  return Image{"qcow2", size};
}

}  // namespace quaymaster::compute
