#include "workload/disk/raw_image.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "workload/disk/qcow2_image.h"
#include "workload/files/file_reader.h"

namespace quaymaster::workload {
namespace {

class RawImage final : public DiskImage {
 public:
  explicit RawImage(ImageFile file) : file_(std::move(file)), size_(static_cast<std::uint64_t>(file_.opened.st_size)) {}

  std::uint64_t size() const override { return size_; }

  Result<> read(std::uint64_t offset, MutableBytes into) override {
    TRY(const auto count, read_fully(file_.file.get(), into, offset));
    // Truncated meanwhile: the missing part reads as zeros, and `changed` reports it.
    std::ranges::fill(into.subspan(count), std::uint8_t{0});
    return ok();
  }

  Result<std::uint64_t> next_data(std::uint64_t offset) override {
    const auto at = ::lseek(file_.file.get(), static_cast<off_t>(offset), SEEK_DATA);
    if (at >= 0) {
      return std::min(size_, static_cast<std::uint64_t>(at));
    }
    return errno == ENXIO ? size_ : offset;  // a file system without support: everything is data
  }

  Result<std::uint64_t> next_hole(std::uint64_t offset) override {
    const auto at = ::lseek(file_.file.get(), static_cast<off_t>(offset), SEEK_HOLE);
    return at >= 0 ? std::clamp(static_cast<std::uint64_t>(at), offset, size_) : size_;
  }

  Result<bool> changed() override { return file_.changed(); }
  std::optional<ImageStamp> stamp() const override { return file_.stamp; }

 private:
  const ImageFile file_;
  const std::uint64_t size_;
};

}  // namespace

Result<bool> ImageFile::changed() const {
  if (frozen) {
    return false;
  }
  struct stat now{};
  if (::fstat(file.get(), &now) != 0) {
    return system_error(errno, "stat an image");
  }
  return !same_state(opened, now);
}

Result<ImageFile> open_image_file(const Path& path, Clock& clock) {
  ImageFile image;
  image.file = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!image.file) {
    return system_error(errno, fmt::format("open {}", path.native()));
  }
  if (::fstat(image.file.get(), &image.opened) != 0) {
    return system_error(errno, fmt::format("stat {}", path.native()));
  }
  if (!S_ISREG(image.opened.st_mode)) {
    return invalid("{} is not a regular file", path.native());
  }
  const auto entry = entry_of(image.opened);
  if (entry.changed < racy_since(clock)) {
    image.stamp = ImageStamp{entry.inode, entry.modified, entry.changed};
  }
  // An unnamed file in the same directory: it disappears whatever happens, and shares every block.
  const auto directory = path.has_parent_path() ? path.parent_path() : Path(".");
  Handle copy(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (copy && ::ioctl(copy.get(), FICLONE, image.file.get()) == 0) {
    image.file = std::move(copy);
    image.frozen = true;
    if (::fstat(image.file.get(), &image.opened) != 0) {
      return system_error(errno, fmt::format("stat {}", path.native()));
    }
  }
  return image;
}

std::unique_ptr<DiskImage> raw_image(ImageFile file) {
  return std::make_unique<RawImage>(std::move(file));
}

Result<std::unique_ptr<DiskImage>> open_image(const Path& path, std::optional<ImageFormat> format, Clock* clock) {
  SystemClock system;
  TRY(auto file, open_image_file(path, clock != nullptr ? *clock : system));
  if (!format) {
    std::array<std::uint8_t, 4> magic{};
    TRY(const auto count, read_fully(file.file.get(), magic, 0));
    format = count == magic.size() && is_qcow2(magic) ? ImageFormat::qcow2 : ImageFormat::raw;
  }
  if (*format == ImageFormat::qcow2) {
    return qcow2_image(std::move(file));
  }
  return raw_image(std::move(file));
}

}  // namespace quaymaster::workload
