// Opens an image and reads all of it, both data and holes.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"
#include "workload/disk/qcow2_image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quaymaster;
  using namespace quaymaster::workload;
  ImageFile file;
  file.file = Handle(::memfd_create("image", MFD_CLOEXEC));
  check(static_cast<bool>(file.file) && ::write(file.file.get(), data, size) == static_cast<ssize_t>(size));
  check(::fstat(file.file.get(), &file.opened) == 0);
  const auto opened = qcow2_image(std::move(file));
  if (!opened) {
    return 0;
  }
  auto& image = *opened.value();
  const auto end = std::min<std::uint64_t>(image.size(), 4 * kMiB);
  Buffer bytes(64 * kKiB);
  for (std::uint64_t at = 0; at < end; at += bytes.size()) {
    const auto some = MutableBytes(bytes).first(std::min<std::uint64_t>(bytes.size(), end - at));
    const auto read = image.read(at, some);
    const auto data_at = image.next_data(at);
    check(!data_at || (data_at.value() >= at && data_at.value() <= image.size()));
    if (read && data_at && data_at.value() >= at + some.size()) {
      check(std::ranges::all_of(some, [](auto byte) { return byte == 0; }));
    }
    const auto hole_at = image.next_hole(at);
    check(!hole_at || (hole_at.value() >= at && hole_at.value() <= image.size()));
  }
  return 0;
}
