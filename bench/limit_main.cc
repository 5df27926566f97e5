// The limit that an import is compared with: every regular file below SOURCE is read once, hashed with MD5 and written
// to one file in TARGET, which is synced at the end. One thread, no records, no names, no checks. usage: bench_limit
// SOURCE TARGET   prints seconds

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/digests/digest.h"

namespace {

using namespace quaymaster;

void copy(const std::filesystem::path& source, int target, Buffer& buffer) {
  const int file = ::open(source.c_str(), O_RDONLY);
  check(file >= 0);
  Hasher hasher(HashAlgorithm::md5);
  for (;;) {
    const auto count = ::read(file, buffer.data(), buffer.size());
    check(count >= 0);
    if (count == 0) {
      break;
    }
    const auto bytes = Bytes(buffer).first(static_cast<std::size_t>(count));
    hasher.update(bytes);
    check(::write(target, bytes.data(), bytes.size()) == count);
  }
  hasher.finish();
  ::close(file);
}

}  // namespace

int main(int argc, char** argv) {
  check(argc == 3);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
    if (entry.is_regular_file() && !entry.is_symlink()) {
      files.push_back(entry.path());
    }
  }
  const auto target_path = std::filesystem::path(argv[2]) / "limit.bin";
  const double start = steady_seconds();
  const int target = ::open(target_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  check(target >= 0);
  Buffer buffer(1 * kMiB);
  for (const auto& file : files) {
    copy(file, target, buffer);
  }
  check(::fdatasync(target) == 0);
  ::close(target);
  fmt::print("{:.3f}\n", steady_seconds() - start);
  ::unlink(target_path.c_str());
  return 0;
}
