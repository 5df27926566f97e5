#include "objects/directory/directory_store.h"

#include <fcntl.h>

#include <atomic>

#include "base/files/anchor.h"
#include "base/log.h"
#include "objects/directory/directory_lister.h"
#include "objects/directory/file_cache.h"

namespace quaymaster::objects {
namespace {

// No part of a name begins with a dot, so no object can collide with it.
constexpr const char* kUnfinished = ".unfinished";

Result<> check_size(std::uint64_t offset, std::uint64_t size) {
  if (size > kLargestObject || offset > kLargestObject - size) {
    return too_large("{} bytes at {}, an object has at most {}", size, offset, kLargestObject);
  }
  return ok();
}

class FileObjectWriter final : public ObjectWriter {
 public:
  FileObjectWriter(Disk& disk, std::unique_ptr<File> file, Path path)
      : disk_(disk), file_(std::move(file)), path_(std::move(path)) {}

  Result<> write_at(Bytes bytes, std::uint64_t offset) override {
    TRY(check_size(offset, bytes.size()));
    return file_->write_at(bytes, offset);
  }

  void start_writeback(std::uint64_t offset, std::uint64_t size) override {
    if (file_->descriptor() >= 0) {
      // Only starts the write; sync reports any failure.
      ::sync_file_range(file_->descriptor(), static_cast<off64_t>(offset), static_cast<off64_t>(size),
                        SYNC_FILE_RANGE_WRITE);
    }
  }

  Result<> sync() override {
    if (spoilt_) {
      return io("an earlier sync of this object failed");
    }
    auto synced = file_->sync();
    if (synced && !named_) {
      synced = disk_.sync_directory(path_.parent_path());
      named_ = synced.has_value();
    }
    if (synced && file_->descriptor() >= 0) {
      synced = expect_at(path_, file_->descriptor());
    }
    if (!synced) {
      spoilt_ = true;
    }
    return synced;
  }

 private:
  Disk& disk_;
  const std::unique_ptr<File> file_;
  const Path path_;
  std::atomic<bool> named_{false};  // the directory was synced after the name was created
  std::atomic<bool> spoilt_{false};
};

class DirectoryStore final : public ObjectStore {
 public:
  DirectoryStore(Disk& disk, Path root, const DirectoryOptions& options)
      : disk_(disk), root_(std::move(root)), files_(disk, root_, options.open_files) {}

  /// Creates the directories; removes puts that were unfinished when the last process died.
  Result<> start() {
    const auto unfinished = root_ / kUnfinished;
    TRY(disk_.make_directories(unfinished));
    TRY(const auto names, disk_.list(unfinished));
    for (const auto& name : names) {
      TRY(disk_.remove(unfinished / name));
    }
    return ok();
  }

  Result<> put(const Name& name, Bytes bytes) override {
    TRY(check_size(0, bytes.size()));
    TRY(const auto path, place(name));
    const auto unfinished = root_ / kUnfinished / std::to_string(next_unfinished_.fetch_add(1));
    auto done = write_whole(unfinished, bytes);
    if (done) {
      done = disk_.rename_new(unfinished, path);
      if (done) {
        return keep_name(name, path);
      }
    }
    discard(unfinished);
    if (done.error().kind() == Errc::conflict) {
      // The process that put it may have died before its name was durable, and the caller may rely on it.
      TRY(disk_.sync_directory(path.parent_path()));
    }
    return done;
  }

  Result<std::unique_ptr<ObjectWriter>> create(const Name& name) override {
    return open_writer(name, OpenMode::create_new);
  }
  Result<std::unique_ptr<ObjectWriter>> reopen(const Name& name) override {
    TRY(check_name(name));
    TRY(expect_object(root_ / name));
    return open_writer(name, OpenMode::write);
  }

  Result<std::size_t> read(const Name& name, std::uint64_t offset, MutableBytes into) override {
    TRY(check_name(name));
    TRY(const auto file, files_.open(name));
    return file->read_at(into, offset);
  }

  Result<std::uint64_t> size(const Name& name) override {
    TRY(check_name(name));
    TRY(const auto file, files_.open(name));
    return file->size();
  }

  Result<> remove(const Name& name) override {
    TRY(check_name(name));
    const auto path = root_ / name;
    TRY(expect_object(path));
    TRY(disk_.remove(path));
    files_.forget(name);
    return disk_.sync_directory(path.parent_path());
  }

  Result<std::vector<Name>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
    return list_files(disk_, root_, prefix, after, limit);
  }

  Result<std::uint64_t> free_bytes() override { return disk_.free_bytes(root_); }

  void forget_open() override { files_.forget_all(); }

 private:
  /// The path of the object; its directory exists on return.
  Result<Path> place(const Name& name) {
    TRY(check_name(name));
    auto path = root_ / name;
    const auto made = disk_.make_directories(path.parent_path());
    if (!made && made.error().kind() == Errc::not_found) {
      return conflict("a part of {} is an object", name);  // a file where a directory is needed
    }
    if (!made) {
      return made.error();
    }
    return path;
  }

  Result<> expect_object(const Path& path) {
    TRY(const auto status, disk_.status(path));
    if (status.kind != FileKind::regular) {
      return not_found("there is no object {}", path.native());
    }
    return ok();
  }

  Result<std::unique_ptr<ObjectWriter>> open_writer(const Name& name, OpenMode mode) {
    TRY(const auto path, place(name));
    TRY(auto file, disk_.open(path, mode));
    return std::unique_ptr<ObjectWriter>(std::make_unique<FileObjectWriter>(disk_, std::move(file), path));
  }

  Result<> write_whole(const Path& path, Bytes bytes) {
    TRY(const auto file, disk_.open(path, OpenMode::create_new));
    TRY(file->write_at(bytes, 0));
    return file->sync();
  }

  /// The object has its name; if that cannot be made durable, the object must not stay.
  Result<> keep_name(const Name& name, const Path& path) {
    auto synced = disk_.sync_directory(path.parent_path());
    if (!synced) {
      discard(path);
      files_.forget(name);
    }
    return synced;
  }

  /// Called while a failure is already being reported; whatever remains is removed at the next start.
  void discard(const Path& path) {
    const auto removed = disk_.remove(path);
    if (!removed && removed.error().kind() != Errc::not_found) {
      log::warning("objects", "cannot clean up: {}", removed.error().cause());
    }
  }

  Disk& disk_;
  const Path root_;
  FileCache files_;
  std::atomic<std::uint64_t> next_unfinished_{0};
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_directory(Disk& disk, const Path& root, DirectoryOptions options) {
  auto store = std::make_unique<DirectoryStore>(disk, std::filesystem::absolute(root), options);
  TRY(store->start());
  return std::unique_ptr<ObjectStore>(std::move(store));
}

}  // namespace quaymaster::objects
