#include "base/files/system_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace quaymaster {
namespace {

Error failed(const char* what, const Path& path) {
  return system_error(errno, fmt::format("{} {}", what, path.native()));
}

class SystemFile final : public File {
 public:
  SystemFile(int descriptor, Path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~SystemFile() override { ::close(descriptor_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto count =
          ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return failed("read", path_);
      }
      if (count == 0) {
        break;
      }
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Result<> write_at(Bytes bytes, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto count =
          ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return failed("write", path_);
      }
      done += static_cast<std::size_t>(count);
    }
    return ok();
  }

  Result<> sync() override {
    if (::fdatasync(descriptor_) != 0) {
      return failed("sync", path_);
    }
    return ok();
  }

  Result<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) {
      return failed("stat", path_);
    }
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      return failed("truncate", path_);
    }
    return ok();
  }

  Result<> reserve(std::uint64_t offset, std::uint64_t size) override {
    if (::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(size)) != 0 &&
        errno != EOPNOTSUPP && errno != ENOSYS) {
      return failed("reserve", path_);
    }
    return ok();
  }

  int descriptor() const override { return descriptor_; }

 private:
  int descriptor_;
  Path path_;
};

}  // namespace

std::unique_ptr<File> system_file(int descriptor, Path path) {
  return std::make_unique<SystemFile>(descriptor, std::move(path));
}

}  // namespace quaymaster
