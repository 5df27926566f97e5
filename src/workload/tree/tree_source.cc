#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <thread>

#include "base/caught.h"
#include "base/log.h"
#include "workload/files/file_reader.h"
#include "workload/tree/tree_walker.h"

namespace quaymaster::workload {
namespace {

constexpr std::size_t kReadBuffer = 1 * kMiB;
constexpr std::uint64_t kAlone = 4 * kMiB;  // one thread reads this much of a batch before others help
constexpr std::size_t kMostLinked = 100'000;

/// Files with several names: the bytes are read under the first name found, the other names reuse what it stored.
class LinkTable {
 public:
  struct Linked {
    std::mutex mutex;
    std::optional<CatalogEntry> stored;
    bool counted = false;
    std::uint64_t met = 0;
  };
  std::shared_ptr<Linked> meet(const TreeEntry& entry) {
    const std::lock_guard lock(mutex_);
    if (files_.size() > kMostLinked) {
      files_.clear();  // some are then read twice, but still stored once
    }
    auto& linked = files_[{entry.device, entry.inode}];
    if (!linked) {
      linked = std::make_shared<Linked>();
    }
    auto shared = linked;
    if (++shared->met >= entry.links) {
      files_.erase({entry.device, entry.inode});
    }
    return shared;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<Linked>> files_;
};

struct EncodedBatch {
  Buffer entries;
  std::string first;
};

/// One capture of one tree.
class TreeCapture {
 public:
  TreeCapture(vault::Session& session, const TreeOptions& options, const Heartbeat& heartbeat)
      : session_(session),
        options_(options),
        meter_(heartbeat),
        workers_(options.threads),
        pool_(session, vault::Cut::content, kReadBuffer),
        files_(session, workers_, pool_, meter_),
        catalog_(session) {
    SystemClock system;
    racy_since_ = racy_since(options.clock != nullptr ? *options.clock : system);
  }

  Result<Capture> run(Handle root, const std::optional<Previous>& previous) {
    const auto before = open_previous(previous);
    std::optional<CatalogReader> before_reader;
    if (before) {
      before_reader.emplace(*before);
    }
    std::optional<std::jthread> measuring;
    if (options_.measure && !before) {
      // Opened again: a duplicate would share the position in the listing.
      measuring.emplace([this, top = open_at(root.get(), ".", O_RDONLY | O_DIRECTORY)](std::stop_token stop) mutable {
        contained([&] { measure(std::move(top), stop); });
      });
    }
    TreeWalker walker(std::move(root), before_reader ? &*before_reader : nullptr, warnings_);
    OrderedLine<WalkedBatch, EncodedBatch> line(
        std::min<std::size_t>(4 * workers_.threads(), 32),
        [&](WalkedBatch& batch) -> Result<bool> { return walker.next(batch); },
        [this](WalkedBatch& batch) { return read(batch); },
        [this](EncodedBatch& batch) {
          return batch.entries.empty() ? ok() : catalog_.append(batch.entries, batch.first);
        });
    auto done = line.run(workers_);
    measuring.reset();
    TRY(std::move(done));

    TreeRoot tree{items_, bytes_, {}, {}};
    TRY(catalog_.finish(tree));
    TRY(meter_.finish());
    Capture capture;
    capture.root = write_tree_root(tree);
    capture.items = items_;
    capture.bytes = bytes_;
    capture.items_unchanged = items_unchanged_;
    capture.bytes_unchanged = bytes_unchanged_;
    capture.warnings = warnings_.listed();
    capture.warning_count = warnings_.count();
    capture.changed_meanwhile = changed_meanwhile_;
    return capture;
  }

 private:
  /// The previous catalog as a stream; null when there is no usable one.
  std::unique_ptr<vault::StreamReader> open_previous(const std::optional<Previous>& previous) {
    if (!previous) {
      return nullptr;
    }
    const auto root = read_tree_root(previous->root);
    if (!root) {
      log::warning("workload", "the previous point is not used: {}", root.error().cause());
      return nullptr;
    }
    auto extents = all_extents(root.value().catalog, previous->open);
    if (!extents) {
      log::warning("workload", "the previous point is not used: {}", extents.error().cause());
      return nullptr;
    }
    meter_.expect(root.value().bytes, root.value().items);
    open_ = previous->open;
    return open_(std::move(extents).value());
  }

  void measure(Handle root, const std::stop_token& stop) {
    Warnings unheard;  // the capture itself warns
    TreeWalker walker(std::move(root), nullptr, unheard);
    for (WalkedBatch batch; !stop.stop_requested() && walker.next(batch); batch = {}) {
      std::uint64_t bytes = 0;
      for (const auto& entry : batch.entries) {
        struct stat status{};
        if (entry.type == DT_REG &&
            ::fstatat(entry.parent->handle.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
          bytes += static_cast<std::uint64_t>(status.st_size);
        }
      }
      meter_.expect(bytes, batch.entries.size());
    }
  }

  Result<EncodedBatch> read(const WalkedBatch& batch) {
    EncodedBatch encoded;
    std::size_t next = 0;
    {
      const BorrowedReader reader(pool_);
      const auto before = reader->bytes;
      for (; next < batch.entries.size() && reader->bytes - before < kAlone; ++next) {
        TRY(read(*reader.operator->(), batch, next, encoded));
      }
    }
    if (next < batch.entries.size()) {
      TRY(read_together(batch, next, encoded));
    }
    return encoded;
  }

  /// Stores the entries from `next` on, on all threads: a batch of large files would keep one busy and leave the others
  /// idle.
  Result<> read_together(const WalkedBatch& batch, std::size_t next, EncodedBatch& encoded) {
    OrderedLine<std::size_t, EncodedBatch> line(
        2 * workers_.threads(),
        [&](std::size_t& number) -> Result<bool> {
          number = next++;
          return number < batch.entries.size();
        },
        [&](std::size_t& number) -> Result<EncodedBatch> {
          const BorrowedReader reader(pool_);
          EncodedBatch one;
          TRY(read(*reader.operator->(), batch, number, one));
          return one;
        },
        [&](EncodedBatch& one) -> Result<> {
          if (encoded.entries.empty()) {
            encoded.first = std::move(one.first);
          }
          append(encoded.entries, one.entries);
          return ok();
        });
    return line.run(workers_);
  }

  Result<> read(ReaderPool::Reader& reader, const WalkedBatch& batch, std::size_t number, EncodedBatch& encoded) {
    const auto& walked = batch.entries[number];
    const bool is_first = encoded.entries.empty();
    TRY(read(reader, batch, walked, encoded.entries));
    if (is_first && !encoded.entries.empty()) {
      encoded.first = walked.path;
    }
    return meter_.advance(0, 1);
  }

  Result<> read(ReaderPool::Reader& reader, const WalkedBatch& batch, const WalkedEntry& walked, Buffer& entries) {
    if (walked.directory) {
      return read_directory(walked, entries);
    }
    if (walked.type == DT_REG && walked.previous_size == 0) {
      return read_file(reader, walked, entries);
    }
    struct stat status{};
    if (::fstatat(walked.parent->handle.get(), walked.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return leave_out(walked, system_error(errno, "stat"));
    }
    if (!S_ISREG(status.st_mode)) {
      return read_special(walked, status, entries);
    }
    TRY(const auto unchanged, take_over(batch.previous_of(walked), walked, status, entries));
    return unchanged ? ok() : read_file(reader, walked, entries);
  }

  Result<> leave_out(const WalkedEntry& walked, const Error& error) {
    warnings_.add(walked.path, error);
    return ok();
  }

  bool is_racy(const TreeEntry& entry) const { return entry.changed >= racy_since_; }

  void add(const WalkedEntry& walked, const CatalogEntry& entry, Buffer& entries) {
    append_entry(entries, entry, walked.name, walked.parent ? walked.parent->depth + 1 : 0);
    ++items_;
  }

  void read_attributes(const WalkedEntry& walked, const AttributePath& path, TreeEntry& entry) {
    bool incomplete = false;
    auto attributes = path.read(incomplete);
    if (!attributes) {
      warnings_.add(walked.path, attributes.error());
    } else {
      entry.attributes = std::move(attributes).value();
    }
    if (incomplete) {
      warnings_.add(walked.path, Errc::io, "not all extended attributes could be read");
    }
  }

  Result<> read_directory(const WalkedEntry& walked, Buffer& entries) {
    struct stat status{};
    if (::fstat(walked.directory->handle.get(), &status) != 0) {
      return leave_out(walked, system_error(errno, "stat"));
    }
    CatalogEntry entry{entry_of(status), false, {}};
    read_attributes(walked, AttributePath(walked.directory->handle.get()), entry.entry);
    add(walked, entry, entries);
    return ok();
  }

  /// Symlinks, pipes, sockets, devices, and directories that could not be opened.
  Result<> read_special(const WalkedEntry& walked, const struct stat& status, Buffer& entries) {
    CatalogEntry entry{entry_of(status), false, {}};
    const int parent = walked.parent->handle.get();
    if (entry.entry.kind == EntryKind::symlink) {
      char target[4096];  // no file system takes a longer one
      const auto size = ::readlinkat(parent, walked.name.c_str(), target, sizeof target);
      if (size < 0) {
        return leave_out(walked, system_error(errno, "read the link"));
      }
      entry.entry.target.assign(target, static_cast<std::size_t>(size));
    }
    read_attributes(walked, AttributePath(parent, walked.name), entry.entry);
    add(walked, entry, entries);
    return ok();
  }

  /// True: the file is unchanged since the previous point and was reused from there.
  Result<bool> take_over(Bytes previous, const WalkedEntry& walked, const struct stat& status, Buffer& entries) {
    if (previous.empty()) {
      return false;
    }
    auto known = read_entry(previous, walked.path);
    if (!known) {
      return false;  // damaged: read the file itself
    }
    const auto& before = known.value().entry;
    const auto now = entry_of(status);
    if (before.kind != EntryKind::file || known.value().racy || before.changed_meanwhile || before.size != now.size ||
        before.inode != now.inode || before.modified != now.modified || before.changed != now.changed ||
        before.links != now.links || (now.links > 1 && before.device != now.device)) {
      return false;
    }
    bool all_known = true;
    const auto visited =
        each_extent(known.value().content, open_, true,
                    [&](std::span<const vault::StreamPart> extents) { return reuse(extents, all_known); });
    if (!visited && visited.error().kind() != Errc::corrupt && visited.error().kind() != Errc::not_found) {
      return visited.error();
    }
    if (!visited || !all_known) {
      return false;
    }
    append(entries, previous);
    ++items_;
    ++items_unchanged_;
    if (first_of_its_links(now)) {
      bytes_ += now.size;
      bytes_unchanged_ += now.size;
      TRY(meter_.advance(now.size, 0));
    }
    return true;
  }

  Result<> reuse(std::span<const vault::StreamPart> extents, bool& all_known) {
    if (all_known) {
      TRY(all_known, session_.reuse(extents));
    }
    return ok();
  }

  bool first_of_its_links(const TreeEntry& entry) {
    if (entry.links == 1) {
      return true;
    }
    const auto linked = links_.meet(entry);
    const std::lock_guard lock(linked->mutex);
    return !std::exchange(linked->counted, true);
  }

  Result<> read_file(ReaderPool::Reader& reader, const WalkedEntry& walked, Buffer& entries) {
    if (options_.hook) {
      options_.hook(walked.path, false);
    }
    const int parent = walked.parent->handle.get();
    const auto file = open_at(parent, walked.name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
      return not_a_file(walked, file ? 0 : errno, entries);
    }
    CatalogEntry entry{entry_of(status), false, {}};
    entry.racy = is_racy(entry.entry);
    if (entry.entry.links == 1) {
      TRY(const auto whole, read_content(reader, walked, file, status, entry));
      if (whole) {
        add(walked, entry, entries);
      }
      return ok();
    }
    const auto linked = links_.meet(entry.entry);
    const std::lock_guard lock(linked->mutex);
    if (!linked->stored) {
      TRY(const auto whole, read_content(reader, walked, file, status, entry));
      if (!whole) {
        return ok();
      }
      linked->stored = entry;
      linked->counted = true;
    }
    add(walked, *linked->stored, entries);
    return ok();
  }

  /// It was listed as a regular file but cannot be opened as one.
  Result<> not_a_file(const WalkedEntry& walked, int error, Buffer& entries) {
    struct stat status{};
    if (::fstatat(walked.parent->handle.get(), walked.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(status.st_mode)) {
      return read_special(walked, status, entries);
    }
    return leave_out(walked, system_error(error != 0 ? error : ENOENT, "open"));
  }

  /// False: it cannot be read, which has been reported as a warning.
  Result<bool> read_content(ReaderPool::Reader& reader, const WalkedEntry& walked, const Handle& file,
                            const struct stat& status, CatalogEntry& entry) {
    const auto size = entry.entry.size;
    const bool sparse = static_cast<std::uint64_t>(status.st_blocks) * 512 < size;
    std::optional<Error> unreadable;
    TRY(entry.content, files_.store(reader, file.get(), size, sparse, unreadable));
    if (unreadable) {
      warnings_.add(walked.path, *unreadable);
      return false;
    }
    if (options_.hook) {
      options_.hook(walked.path, true);
    }
    read_attributes(walked, AttributePath(file.get()), entry.entry);
    struct stat after{};
    if (::fstat(file.get(), &after) != 0 || !same_state(status, after) || entry.content.size != size) {
      entry.entry.changed_meanwhile = true;
      changed_meanwhile_ = true;
      warnings_.add(walked.path, Errc::busy, "changed while it was read");
    }
    entry.entry.size = entry.content.size;
    bytes_ += entry.content.size;
    return true;
  }

  vault::Session& session_;
  const TreeOptions& options_;
  Meter meter_;
  Warnings warnings_;
  WorkerPool workers_;
  ReaderPool pool_;
  FileReader files_;
  CatalogWriter catalog_;
  LinkTable links_;
  vault::OpenStream open_;
  FileTime racy_since_;
  std::atomic<std::uint64_t> items_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> items_unchanged_{0};
  std::atomic<std::uint64_t> bytes_unchanged_{0};
  std::atomic<bool> changed_meanwhile_{false};
};

class TreeSource final : public Source {
 public:
  TreeSource(Path root, TreeOptions options) : root_(std::move(root)), options_(std::move(options)) {}

  Result<Capture> capture(vault::Session& session, const std::optional<Previous>& previous,
                          const Heartbeat& heartbeat) override {
    Handle root(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) {
      return system_error(errno, fmt::format("open {}", root_.native()));
    }
    return TreeCapture(session, options_, heartbeat).run(std::move(root), previous);
  }

 private:
  const Path root_;
  const TreeOptions options_;
};

}  // namespace

std::unique_ptr<Source> tree_source(Path root, TreeOptions options) {
  return std::make_unique<TreeSource>(std::move(root), std::move(options));
}

}  // namespace quaymaster::workload
