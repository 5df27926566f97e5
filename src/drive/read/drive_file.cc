#include "drive/read/drive_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace quaymaster::drive {
namespace {

constexpr std::uint64_t kReadAhead = 4 * kMiB;  // files from here on are worth a hint to the kernel

class RegularFile final : public DriveFile {
 public:
  RegularFile(Descriptor file, std::uint64_t size) : file_(std::move(file)), size_(size) {
    if (size_ >= kReadAhead) {
      posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    }
  }

  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto count = pread(file_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (count == 0) {
        break;
      }
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return io("read from the drive at {}: {}", offset + done, std::strerror(errno));
      }
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  std::uint64_t size() const override { return size_; }

 private:
  const Descriptor file_;
  const std::uint64_t size_;
};

}  // namespace

std::unique_ptr<DriveFile> make_drive_file(Descriptor file, std::uint64_t size) {
  return std::make_unique<RegularFile>(std::move(file), size);
}

}  // namespace quaymaster::drive
