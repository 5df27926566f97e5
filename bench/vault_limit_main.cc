// The limit that a backup is compared with: every byte below SOURCE is read, hashed with HMAC-SHA-256, compressed with
// zstd and sealed with AES-256-GCM on all cores, in pieces of a mebibyte or of single small files. Nothing is cut by
// content, looked up, verified or written, and holes are read. usage: bench_vault_limit SOURCE LEVEL   prints seconds

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/check.h"
#include "base/clock.h"
#include "base/digests/seal.h"
#include "vault/chunks/chunk_hash.h"

namespace {

using namespace quaymaster;

struct Piece {
  std::size_t file;
  std::uint64_t offset;
  std::size_t size;
};

class Limit {
 public:
  Limit(const std::filesystem::path& source, int level) : level_(level) {
    if (std::filesystem::is_regular_file(source)) {
      add(source);
    } else {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
        if (entry.is_regular_file() && !entry.is_symlink()) {
          add(entry.path());
        }
      }
    }
  }
  double run() {
    const double start = steady_seconds();
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) {
      threads.emplace_back([this] { work(); });
    }
    work();
    for (auto& thread : threads) {
      thread.join();
    }
    return steady_seconds() - start;
  }

 private:
  void add(const std::filesystem::path& path) {
    const auto size = std::filesystem::file_size(path);
    for (std::uint64_t at = 0; at < size; at += kMiB) {
      pieces_.push_back({files_.size(), at, static_cast<std::size_t>(std::min<std::uint64_t>(kMiB, size - at))});
    }
    files_.push_back(path);
  }

  void work() {
    Buffer plain(2 * kMiB);
    Buffer packed(ZSTD_compressBound(plain.size()));
    Buffer sealed(packed.size() + kSealTag);
    auto* const context = ZSTD_createCCtx();
    std::size_t held = 0;
    const auto flush = [&] {
      const auto size = ZSTD_compressCCtx(context, packed.data(), packed.size(), plain.data(), held, level_);
      check(!ZSTD_isError(size));
      seal(key_, {}, {}, Bytes(packed).first(size), MutableBytes(sealed).first(size + kSealTag));
      held = 0;
    };
    constexpr std::size_t kTaken = 64;  // neighbours stay together
    for (std::size_t from; (from = next_.fetch_add(kTaken)) < pieces_.size();) {
      for (auto at = from; at < std::min(from + kTaken, pieces_.size()); ++at) {
        const auto& piece = pieces_[at];
        const int file = ::open(files_[piece.file].c_str(), O_RDONLY | O_CLOEXEC);
        check(file >= 0);
        const auto into = MutableBytes(plain).subspan(held, piece.size);
        check(::pread(file, into.data(), into.size(), static_cast<off_t>(piece.offset)) ==
              static_cast<ssize_t>(into.size()));
        ::close(file);
        if (!vault::is_zero(into)) {
          static_cast<void>(hash_(into));
          held += into.size();
        }
        if (held >= kMiB) {
          flush();
        }
      }
    }
    if (held != 0) {
      flush();
    }
    ZSTD_freeCCtx(context);
  }

  const int level_;
  const SealKey key_{};
  const vault::ChunkHash hash_{key_};
  std::vector<std::filesystem::path> files_;
  std::vector<Piece> pieces_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace

int main(int argc, char** argv) {
  check(argc == 3);
  fmt::print("{:.3f}\n", Limit(argv[1], std::atoi(argv[2])).run());
  return 0;
}
