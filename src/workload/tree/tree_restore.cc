#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "workload/files/entry_writer.h"
#include "workload/tree/catalog.h"

namespace quaymaster::workload {
namespace {

constexpr std::size_t kBatchEntries = 64;
constexpr std::uint64_t kAlone = 4 * kMiB;     // one thread writes this much of a batch before others help
constexpr std::size_t kBatchDirectories = 12;  // each holds a descriptor

/// One entry to be written.
struct Pending {
  TargetDirectory::Shared directory;
  std::string name;
  std::string path;  // within the catalog
  std::size_t at = 0;
  std::size_t size = 0;
};
struct Batch {
  std::vector<Pending> entries;
  Buffer raw;
};
struct Nothing {};

/// Whether the error ends the whole restore rather than one item.
bool is_fatal(const Error& error, CopyOption copy) {
  return error.kind() == Errc::no_space || error.kind() == Errc::cancelled ||
         (error.kind() == Errc::conflict && copy == CopyOption::fail_on_conflict);
}

/// One restore of one point to one directory.
class TreeRestorer {
 public:
  TreeRestorer(const TreeRoot& root, const vault::OpenStream& open, vault::StreamReader& catalog, CatalogIndex index,
               const TreeRestoreOptions& options, const Heartbeat& heartbeat)
      : tree_(root),
        open_(open),
        catalog_(catalog),
        index_(std::move(index)),
        options_(options),
        meter_(heartbeat),
        workers_(options.threads),
        batch_(options.sync != nullptr ? *options.sync : system_sync(), warnings_,
               [this](std::string path, const Error& error) {
                 --restored_;
                 fail(std::move(path), error);
               }) {}

  Result<Restore> run(const Path& target) {
    TRY(root_, TargetDirectory::open_root(target, root_made_, warnings_));
    batch_.touch(*root_);
    EntryWriter writer(*root_, options_.copy, open_, workers_, meter_, warnings_, batch_);
    writer_ = &writer;
    auto done = restore_items();
    // Also on failure or cancellation: complete files need not be written again.
    auto flushed = batch_.flush();
    root_.reset();
    TRY(std::move(done));
    TRY(std::move(flushed));
    TRY(batch_.sync_all());  // names, modes, times
    TRY(meter_.finish());
    return Restore{restored_, skipped_, failed_, bytes_, failures_.listed(), warnings_.listed(), warnings_.count()};
  }

 private:
  Result<> restore_items() {
    std::vector<RestoreItem> items = options_.items;
    if (items.empty()) {
      items.push_back({"", {}, {}});
    }
    for (const auto& item : items) {
      TRY(measure(item));
    }
    for (const auto& item : items) {
      TRY(restore(item));
    }
    return ok();
  }

  Result<> measure(const RestoreItem& item) {
    if (item.path.empty()) {
      meter_.expect(tree_.bytes, tree_.items);
      return ok();
    }
    auto reader = seek(item.path);
    if (!reader) {
      return reader.error().kind() == Errc::not_found ? ok() : Result<>(reader.error());
    }
    for (bool more = true; more && is_within(reader.value().path(), item.path);) {
      TRY(const auto entry, reader.value().entry());
      meter_.expect(entry.entry.size, 1);
      TRY(more, reader.value().next());
    }
    return ok();
  }

  /// A reader positioned at the entry `path`. Errc::not_found.
  Result<CatalogReader> seek(const std::string& path) const {
    const auto& place = index_.place(path);
    CatalogReader reader(catalog_, place.offset, place.path);
    for (;;) {
      TRY(const auto more, reader.next());
      if (more && reader.path() == path) {
        return reader;
      }
      if (!more || compare_paths(reader.path(), path) > 0) {
        return not_found("the point has no such entry");
      }
    }
  }

  void fail(std::string path, const Error& error) {
    ++failed_;
    failures_.add(std::move(path), error);
  }

  Result<> restore(const RestoreItem& item) {
    auto found = seek(item.path);
    if (found && item.kind && found.value().head().kind != *item.kind) {
      found = not_found("the point has something else under this path");
    }
    if (!found) {
      if (found.error().kind() != Errc::not_found) {
        return std::move(found).error();
      }
      fail(item.path, found.error());
      return ok();
    }
    reader_ = std::move(found).value();
    more_ = true;
    item_ = item.path;
    levels_.clear();
    auto base = directory_for(item);
    if (!base) {
      if (is_fatal(base.error(), options_.copy) || base.error().kind() == Errc::invalid) {
        return std::move(base).error();
      }
      fail(item.path, base.error());
      return ok();
    }
    base_ = std::move(base).value();
    OrderedLine<Batch, Nothing> line(
        std::min<std::size_t>(4 * workers_.threads(), 32), [this](Batch& batch) { return next(batch); },
        [this](Batch& batch) -> Result<Nothing> {
          TRY(write(batch));
          return Nothing{};
        },
        [](Nothing&) -> Result<> { return ok(); });
    auto done = line.run(workers_);
    levels_.clear();
    base_.reset();
    return done;
  }

  /// The directory for the item: `folder`, or its own parents, created as in the point.
  Result<TargetDirectory::Shared> directory_for(const RestoreItem& item) {
    TRY(const auto names, plain_names(item.folder ? *item.folder : std::string(parent_of(item.path))));
    auto directory = root_;
    base_made_ = root_made_;
    for (const auto& name : names) {
      auto& made = base_made_;
      TRY(directory, TargetDirectory::enter(directory, name, made));
      batch_.touch(*directory);
      if (!made || item.folder) {
        if (made) {
          ::fchmod(directory->get(), 0755);
        }
        continue;
      }
      TRY(const auto parent, seek(directory->path()));
      TRY(auto entry, parent.entry());
      directory->finish_with(std::move(entry.entry));
    }
    return directory;
  }

  /// The next entries of the item; directories are created at once, so that their contents find them.
  Result<bool> next(Batch& batch) {
    std::size_t directories = 0;
    while (more_ && is_within(reader_->path(), item_) && batch.entries.size() < kBatchEntries &&
           directories < kBatchDirectories) {
      if (reader_->head().kind == EntryKind::directory) {
        TRY(const auto entered, enter_directory());
        directories += entered ? 1 : 0;
      } else {
        const auto raw = reader_->raw();
        batch.entries.push_back(
            {parent(), std::string(last_name(reader_->path())), reader_->path(), batch.raw.size(), raw.size()});
        append(batch.raw, raw);
        TRY(more_, reader_->next());
      }
    }
    // Directories without files give empty batches, which do not mean the end.
    return !batch.entries.empty() || directories != 0 || (more_ && is_within(reader_->path(), item_));
  }

  /// The parent directory of the reader's entry.
  TargetDirectory::Shared parent() {
    const auto above = reader_->path() == item_ ? std::string_view() : parent_of(reader_->path());
    while (!levels_.empty() && (reader_->path() == item_ || levels_.back().path != above)) {
      levels_.pop_back();
    }
    return levels_.empty() ? base_ : levels_.back().directory;
  }

  /// False: it cannot be opened, and everything below it is skipped as failed.
  Result<bool> enter_directory() {
    TRY(auto entry, reader_->entry());
    const auto path = reader_->path();
    bool made = base_made_;
    auto directory = path.empty() ? Result<TargetDirectory::Shared>(parent())
                                  : TargetDirectory::enter(parent(), std::string(last_name(path)), made);
    TRY(more_, reader_->next());
    TRY(meter_.advance(0, 1));
    if (!directory) {
      if (is_fatal(directory.error(), options_.copy)) {
        return std::move(directory.error()).because(path);
      }
      fail(path, directory.error());
      while (more_ && is_within(reader_->path(), path)) {
        ++failed_;
        TRY(meter_.advance(0, 1));
        TRY(more_, reader_->next());
      }
      return false;
    }
    batch_.touch(*directory.value());
    if (made || options_.copy == CopyOption::overwrite) {
      directory.value()->finish_with(std::move(entry.entry));
    }
    if (made) {
      ++restored_;
    } else {
      ++skipped_;
    }
    levels_.push_back({path, std::move(directory).value()});
    return true;
  }

  Result<> write(const Batch& batch) {
    std::size_t next = 0;
    for (std::uint64_t bytes = 0; next < batch.entries.size() && bytes < kAlone; ++next) {
      TRY(const auto size, write(batch, batch.entries[next]));
      bytes += size;
    }
    if (next == batch.entries.size()) {
      return ok();
    }
    // Several threads, since a batch of large files would keep one busy and leave the others idle.
    OrderedLine<std::size_t, Nothing> line(
        2 * workers_.threads(),
        [&](std::size_t& number) -> Result<bool> {
          number = next++;
          return number < batch.entries.size();
        },
        [&](std::size_t& number) -> Result<Nothing> {
          TRY(write(batch, batch.entries[number]));
          return Nothing{};
        },
        [](Nothing&) -> Result<> { return ok(); });
    return line.run(workers_);
  }

  /// Writes the bytes of the entry; returns how many.
  Result<std::uint64_t> write(const Batch& batch, const Pending& pending) {
    TRY(const auto entry, read_entry(Bytes(batch.raw).subspan(pending.at, pending.size), pending.path));
    const auto outcome = writer_->restore(pending.directory, pending.name, entry);
    TRY(meter_.stopped());
    TRY(batch_.lost());
    if (!outcome) {
      auto error = outcome.error();
      if (is_fatal(error, options_.copy)) {
        return std::move(error).because(pending.path);
      }
      fail(pending.path, error);
    } else {
      ++(outcome.value() == Outcome::restored ? restored_ : skipped_);
      bytes_ += entry.content.size;
    }
    TRY(meter_.advance(0, 1));
    return entry.content.size;
  }

  struct Level {
    std::string path;
    TargetDirectory::Shared directory;
  };

  const TreeRoot& tree_;
  const vault::OpenStream& open_;
  vault::StreamReader& catalog_;
  const CatalogIndex index_;
  const TreeRestoreOptions& options_;
  Meter meter_;
  Warnings warnings_;
  Warnings failures_;
  WorkerPool workers_;
  SyncBatch batch_;
  EntryWriter* writer_ = nullptr;
  TargetDirectory::Shared root_;
  bool root_made_ = false;

  // The item being restored.
  std::optional<CatalogReader> reader_;
  bool more_ = false;
  std::string item_;
  TargetDirectory::Shared base_;
  bool base_made_ = false;
  std::vector<Level> levels_;

  std::atomic<std::uint64_t> restored_{0};
  std::atomic<std::uint64_t> skipped_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

class TreeTarget final : public Target {
 public:
  TreeTarget(Path target, TreeRestoreOptions options) : target_(std::move(target)), options_(std::move(options)) {}

  Result<Restore> restore(Bytes bytes, const vault::OpenStream& open, const Heartbeat& heartbeat) override {
    TRY(const auto root, read_tree_root(bytes));
    TRY(auto catalog, all_extents(root.catalog, open));
    TRY(auto index_extents, all_extents(root.index, open));
    TRY(auto index, CatalogIndex::read(*open(std::move(index_extents))));
    const auto stream = open(std::move(catalog));
    return TreeRestorer(root, open, *stream, std::move(index), options_, heartbeat).run(target_);
  }

 private:
  const Path target_;
  const TreeRestoreOptions options_;
};

}  // namespace

std::unique_ptr<Target> tree_target(Path target, TreeRestoreOptions options) {
  return std::make_unique<TreeTarget>(std::move(target), std::move(options));
}

}  // namespace quaymaster::workload
