#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "base/check.h"
#include "workload/disk/disk_writer.h"
#include "workload/files/file_writer.h"
#include "workload/files/worker_pool.h"

namespace quaymaster::workload {
namespace {

constexpr std::size_t kBlocksAStretch = 64;  // 16 MiB

struct Stretch {
  std::uint64_t first = 0;  // block
  Buffer ids;
  std::vector<std::uint64_t> places;
};
struct Nothing {};

/// Merges adjacent blocks into writes of an efficient size.
class BlockGatherer {
 public:
  explicit BlockGatherer(SharedFile& file) : file_(file) {}

  Result<> append(Bytes block, std::uint64_t place) {
    if (size_ != 0 && (place != place_ + size_ || size_ + block.size() > kGathered)) {
      TRY(flush());
    }
    if (size_ == 0) {
      place_ = place;
    }
    std::ranges::copy(block, buffer() + size_);
    size_ += block.size();
    return ok();
  }
  Result<> flush() { return file_.write({buffer(), std::exchange(size_, 0)}, place_); }

 private:
  static constexpr std::size_t kGathered = 1 * kMiB;
  static_assert(kGathered % kBlock == 0);
  static std::uint8_t* buffer() {
    struct Free {
      void operator()(std::uint8_t* bytes) const { std::free(bytes); }
    };
    thread_local const std::unique_ptr<std::uint8_t, Free> bytes(
        static_cast<std::uint8_t*>(std::aligned_alloc(kDirect, kGathered)));
    check(bytes != nullptr);
    return bytes.get();
  }

  SharedFile& file_;
  std::uint64_t place_ = 0;
  std::size_t size_ = 0;
};

/// One restore of one disk into one open file.
class DiskRestorer {
 public:
  DiskRestorer(const DiskRoot& root, const vault::OpenStream& open, std::size_t threads, const Heartbeat& heartbeat)
      : root_(root), open_(open), meter_(heartbeat), workers_(threads) {}

  Result<Restore> run(int file, DiskWriter& writer) {
    meter_.expect(root_.size, 1);
    TRY(auto extents, all_extents(root_.map, open_));
    const auto map = open_(std::move(extents));
    std::uint64_t next = 0;
    SharedFile shared(file, SharedFile::Cache::past);
    OrderedLine<Stretch, Nothing> line(
        4 * workers_.threads(),
        [&](Stretch& stretch) -> Result<bool> {
          const auto zeros = map->zeros_at(next * kBlockIdSize) / kBlockIdSize;
          TRY(meter_.advance(std::min(zeros * kBlock, root_.size - std::min(root_.size, next * kBlock)), 0));
          next += zeros;
          stretch.first = next;
          stretch.ids.resize(kBlocksAStretch * kBlockIdSize);
          TRY(const auto count, map->read(next * kBlockIdSize, stretch.ids));
          stretch.ids.resize(count);
          next += count / kBlockIdSize;
          TRY(stretch.places, writer.place(stretch.first * kBlock, stretch.ids));
          return count != 0;
        },
        [&](Stretch& stretch) -> Result<Nothing> {
          TRY(write(shared, stretch));
          return Nothing{};
        },
        [](Nothing&) -> Result<> { return ok(); });
    TRY(line.run(workers_));
    TRY(writer.finish());
    TRY(meter_.advance(0, 1));
    TRY(meter_.finish());
    Restore restore;
    restore.restored = 1;
    restore.bytes = root_.size;
    return restore;
  }

 private:
  Result<> write(SharedFile& file, const Stretch& stretch) {
    std::size_t placed = 0;
    BlockGatherer gatherer(file);
    const auto reader = open_(extents_of(stretch.ids, stretch.first, root_.size));
    for (std::uint64_t at = 0; at < reader->size();) {
      if (const auto zeros = reader->zeros_at(at); zeros != 0) {
        TRY(meter_.advance(zeros, 0));
        at += zeros;
        continue;
      }
      TRY(const auto piece, reader->piece(at));  // a whole block, since blocks are chunks
      TRY(gatherer.append(piece.bytes, stretch.places[placed++]));
      TRY(meter_.advance(piece.bytes.size(), 0));
      at += piece.bytes.size();
    }
    TRY(gatherer.flush());
    if (placed != 0) {
      file.start_writeback(stretch.places.front(), stretch.places[placed - 1] + kBlock - stretch.places.front());
    }
    return ok();
  }

  const DiskRoot& root_;
  const vault::OpenStream& open_;
  Meter meter_;
  WorkerPool workers_;
};

class DiskTarget final : public Target {
 public:
  DiskTarget(Path path, DiskRestoreOptions options) : path_(std::move(path)), options_(options) {}

  Result<Restore> restore(Bytes bytes, const vault::OpenStream& open, const Heartbeat& heartbeat) override {
    TRY(const auto root, read_disk_root(bytes));
    const auto parent = path_.has_parent_path() ? path_.parent_path() : Path(".");
    const Handle directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
      return system_error(errno, fmt::format("open {}", parent.native()));
    }
    const auto name = path_.filename().native();
    if (!options_.replace && ::faccessat(directory.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
      return conflict("{} exists", path_.native());
    }

    // Always the same for a given name, so that a repeat after a crash leaves nothing behind.
    const auto beside = ".quaymaster-restore-" + name.substr(0, NAME_MAX - 20);
    ::unlinkat(directory.get(), beside.c_str(), 0);
    auto restored = write(directory.get(), beside, root, open, heartbeat);
    if (restored && !put_in_place(directory.get(), beside, name)) {
      restored = system_error(errno, fmt::format("move {} into place", path_.native()));
    }
    if (!restored) {
      ::unlinkat(directory.get(), beside.c_str(), 0);
      return restored;
    }
    if (auto synced = sync().directory(directory.get()); !synced) {
      if (!options_.replace) {  // a repeat must find the name free
        ::unlinkat(directory.get(), name.c_str(), 0);
      }
      return std::move(synced).error().because(path_.native());
    }
    return restored;
  }

 private:
  Result<Restore> write(int directory, const std::string& name, const DiskRoot& root, const vault::OpenStream& open,
                        const Heartbeat& heartbeat) const {
    const auto file = open_at(directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    if (!file) {
      return system_error(errno, fmt::format("create a file next to {}", path_.native()));
    }
    keep_owner_and_mode(directory, file);
    const auto writer =
        options_.format == ImageFormat::qcow2 ? qcow2_writer(file.get(), root.size) : raw_writer(file.get(), root.size);
    TRY(auto restored, DiskRestorer(root, open, options_.threads, heartbeat).run(file.get(), *writer));
    if (auto synced = sync().file(file.get()); !synced) {
      return std::move(synced).error().because(path_.native());
    }
    return restored;
  }

  Sync& sync() const { return options_.sync != nullptr ? *options_.sync : system_sync(); }

  /// Keeps access for other users of the replaced image, such as an emulator under another account.
  void keep_owner_and_mode(int directory, const Handle& file) const {
    struct stat status{};
    if (::fstatat(directory, path_.filename().c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) {
      return;
    }
    static_cast<void>(
        ::fchown(file.get(), status.st_uid, status.st_gid));  // may be forbidden: then the file stays ours
    static_cast<void>(::fchmod(file.get(), status.st_mode & 0777));
  }

  bool put_in_place(int directory, const std::string& beside, const std::string& name) const {
    const auto flags = options_.replace ? 0U : static_cast<unsigned>(RENAME_NOREPLACE);
    if (::renameat2(directory, beside.c_str(), directory, name.c_str(), flags) == 0) {
      return true;
    }
    // Not every file system has the flag; linkat never replaces anything either.
    return errno == EINVAL && !options_.replace &&
           ::linkat(directory, beside.c_str(), directory, name.c_str(), 0) == 0 &&
           ::unlinkat(directory, beside.c_str(), 0) == 0;
  }

  const Path path_;
  const DiskRestoreOptions options_;
};

}  // namespace

std::unique_ptr<Target> disk_target(Path path, DiskRestoreOptions options) {
  return std::make_unique<DiskTarget>(std::move(path), options);
}

}  // namespace quaymaster::workload
