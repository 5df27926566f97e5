#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "testing/vault/test_vault.h"
#include "workload/disk/disk.h"
#include "workload/tree.h"

namespace quaymaster::workload::test {

using vault::test::noise;

inline vault::Options traced() {
  vault::Options options;
  options.trace = trace();
  return options;
}

/// A vault with one directory for sources and one for targets next to it.
struct Place : vault::test::TestVault {
  explicit Place(vault::Options options = traced()) : TestVault(std::move(options)) {
    check(std::filesystem::create_directories(source));
  }

  Result<Capture> capture(Source& from, const std::optional<vault::Point>& previous = {},
                          const Heartbeat& heartbeat = {}) {
    TRY(auto session, vault->begin());
    std::optional<Previous> before;
    if (previous) {
      before = Previous{previous->root, open_with(*vault)};
    }
    TRY(auto captured, from.capture(*session, before, heartbeat));
    TRY(point, vault->commit(std::move(session), "source", captured.root, {}));
    return captured;
  }
  vault::OpenStream open() { return open_with(*vault); }
  bool is_whole() { return vault->check(vault::CheckDepth::every_byte, {}).value().damage.empty(); }

  const Path source = root / "source";
  const Path target = root / "target";
  vault::Point point;  // of the last capture
};

inline void write(const Path& path, Bytes bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
inline void write(const Path& path, std::string_view text) {
  write(path, as_bytes(text));
}
inline Buffer read(const Path& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  Buffer bytes(missing ? 0 : size);
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}
inline struct stat status_of(const Path& path) {
  struct stat status{};
  check(::lstat(path.c_str(), &status) == 0);
  return status;
}

/// A sparse image slightly larger than 40 MiB.
inline void write_image(const Path& path) {
  write(path, noise(3'000'000, 1));
  const int file = ::open(path.c_str(), O_WRONLY);
  const auto more = noise(2'000'000, 2);
  check(::pwrite(file, more.data(), more.size(), 17 << 20) == static_cast<ssize_t>(more.size()));
  check(::pwrite(file, "end", 3, 40 << 20) == 3);
  ::close(file);
}

inline void overwrite(const Path& path, std::uint64_t offset, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY);
  check(::pwrite(file, text.data(), text.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(text.size()));
  ::close(file);
}

inline Buffer bytes_of(DiskImage& image) {
  Buffer bytes(image.size());
  check(static_cast<bool>(image.read(0, bytes)));
  return bytes;
}

}  // namespace quaymaster::workload::test
