#include "drive/prepare/prepare_copy.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/caught.h"
#include "base/digests/digest.h"
#include "base/digests/md5_lanes.h"
#include "base/encode.h"
#include "drive/import/channel.h"
#include "drive/prepare/prepare_paths.h"

namespace quaymaster::drive {
namespace {

constexpr std::size_t kSlotsHashedAtOnce = 8;
constexpr std::size_t kPiecesOfASlot = 1024;
constexpr std::size_t kLongestSystemPath = 4000;  // bytes; Linux allows 4095

/// A file in progress. The reader fills it, then passes it to the writer.
struct FileWork {
  SourceFile file;
  std::uint64_t block_size = 0;
  std::string failure;  // why it is skipped after all; set by the piece that ends it

  // Used by the writer.
  std::unique_ptr<File> out;
  std::uint64_t written = 0;
  std::optional<Hasher> hasher;  // for a block in several pieces
  Buffer md5s;
};

struct FilePiece {
  std::shared_ptr<FileWork> work;
  std::size_t at = 0;
  std::size_t size = 0;
  bool first = false;  // of its block
  bool last = false;
  bool ends_file = false;  // and contains no bytes
  std::string failure;     // of a piece that ends its file
  Md5Digest digest{};      // of a whole block
};

struct FileSlot {
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t used = 0;
  std::vector<FilePiece> pieces;
  Bytes of(const FilePiece& piece) const { return {bytes.get() + piece.at, piece.size}; }
};

/// The usual block size as long as 50,000 blocks are enough.
std::uint64_t block_size_of(std::uint64_t length, std::uint64_t usual) {
  const auto needed = (length + kMostBlocks - 1) / kMostBlocks;
  return std::max(usual, (needed + kMiB - 1) / kMiB * kMiB * (needed > usual ? 1 : 0));
}

/// Walks the source and fills slots.
class FileReader {
 public:
  FileReader(SourceTree& source, const PrepareLimits& limits, Channel<FileSlot>& free, Channel<FileSlot>& filled)
      : source_(source), limits_(limits), free_(free), filled_(filled) {}

  Result<> run(const std::string& after) {
    SourceWalk walk(
        source_, [this](const SourceFile& file) { return read(file); },
        [](const std::string&, std::string_view) { return ok(); });  // reported by the scan
    TRY(walk.run(after));
    return hand_over();
  }

 private:
  Result<> read(const SourceFile& file) {
    auto work = std::make_shared<FileWork>();
    work->file = file;
    const auto opened = source_.open(file.path);
    if (!opened) {
      return end(std::move(work), "cannot be opened: " + opened.error().cause());
    }
    const auto size = opened.value()->size();
    work->block_size = block_size_of(size, limits_.block_bytes);
    for (std::uint64_t done = 0; done < size;) {
      const auto in_block = done % work->block_size;
      TRY(const auto room, room_for(std::min(work->block_size - in_block, size - done)));
      const auto got = opened.value()->read_at(room, done);
      if (!got) {
        return end(std::move(work), "cannot be read: " + got.error().cause());
      }
      const bool is_end = got.value() < room.size();  // the file has become shorter
      done += got.value();
      FilePiece piece{work, slot_->used, got.value()};
      piece.first = in_block == 0;
      piece.last = is_end || done == size || done % work->block_size == 0;
      slot_->used += piece.size;
      if (piece.size > 0 || !piece.first) {
        TRY(add(std::move(piece)));
      }
      if (is_end) {
        break;
      }
    }
    return end(std::move(work), "");
  }

  Result<> end(std::shared_ptr<FileWork> work, std::string failure) {
    FilePiece piece{std::move(work)};
    piece.ends_file = true;
    piece.failure = std::move(failure);
    return add(std::move(piece));
  }

  Result<MutableBytes> room_for(std::uint64_t wanted) {
    const auto whole = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, limits_.slot_bytes));
    if (slot_ && limits_.slot_bytes - slot_->used < whole) {
      TRY(hand_over());
    }
    TRY(take_slot());
    return MutableBytes{slot_->bytes.get() + slot_->used, whole};
  }

  Result<> take_slot() {
    if (slot_) {
      return ok();
    }
    slot_ = free_.pop();
    if (!slot_) {
      return cancelled("the preparation was stopped");
    }
    if (!slot_->bytes) {
      slot_->bytes = std::make_unique_for_overwrite<std::uint8_t[]>(limits_.slot_bytes);
    }
    return ok();
  }

  Result<> add(FilePiece piece) {
    TRY(take_slot());
    slot_->pieces.push_back(std::move(piece));
    if (slot_->pieces.size() >= kPiecesOfASlot) {
      TRY(hand_over());
    }
    return ok();
  }

  Result<> hand_over() {
    if (!slot_) {
      return ok();
    }
    const bool taken = filled_.push(std::move(*slot_));
    slot_.reset();
    if (!taken) {
      return cancelled("the preparation was stopped");
    }
    return ok();
  }

  SourceTree& source_;
  const PrepareLimits& limits_;
  Channel<FileSlot>& free_;
  Channel<FileSlot>& filled_;
  std::optional<FileSlot> slot_;
};

void hash(std::vector<FileSlot>& slots) {
  std::vector<Bytes> inputs;
  std::vector<FilePiece*> pieces;
  for (auto& slot : slots) {
    for (auto& piece : slot.pieces) {
      if (piece.ends_file || !piece.first || !piece.last) {
        continue;
      }
      inputs.push_back(slot.of(piece));
      pieces.push_back(&piece);
    }
  }
  std::vector<Md5Digest> digests(inputs.size());
  md5_many(inputs, digests);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i]->digest = digests[i];
  }
}

/// Writes pieces onto the drive and records complete files.
class DriveFileWriter {
 public:
  DriveFileWriter(Disk& disk, DriveJournal& journal, const PrepareLimits& limits, const PrepareCopy::Place& place,
                  const PrepareCopy::Events& events)
      : disk_(disk), journal_(journal), limits_(limits), place_(place), events_(events) {}

  Result<> take(const FileSlot& slot, FilePiece& piece) {
    auto& work = *piece.work;
    if (piece.ends_file) {
      if (work.failure.empty()) {
        work.failure = std::move(piece.failure);
      }
      return end(work);
    }
    if (!work.failure.empty()) {
      return ok();
    }
    TRY(open(work));
    if (!work.failure.empty()) {
      return ok();
    }
    TRY(work.out->write_at(slot.of(piece), work.written));
    work.written += piece.size;
    take_digest(work, slot, piece);
    return events_.copied_bytes(piece.size);
  }

  /// Commits everything written since the last call to the journal.
  Result<> commit() {
    if (group_files_ == 0) {
      return ok();
    }
    TRY(disk_.sync_all(place_.directory));
    TRY(journal_.commit());
    for (const auto bytes : recorded_) {
      events_.recorded_file(bytes);
    }
    recorded_.clear();
    group_files_ = 0;
    group_bytes_ = 0;
    return ok();
  }

 private:
  Result<> open(FileWork& work) {
    if (work.out) {
      return ok();
    }
    const auto path = path_of(work);
    if (path.native().size() > kLongestSystemPath) {
      work.failure = "its path on the drive would be too long";
      return ok();
    }
    if (const auto address = parse_blob_path(place_.blob_prefix + work.file.blob_name); !address) {
      work.failure = "its blob would have an invalid name: " + address.error().cause();
      return ok();
    }
    TRY(make_parents(path.parent_path()));
    TRY(work.out, disk_.open(path, OpenMode::create));
    return work.out->truncate(0);
  }

  Result<> make_parents(const Path& directory) {
    if (directory == last_directory_) {
      return ok();
    }
    auto at = place_.directory;
    TRY(disk_.make_directory(at));
    for (const auto& name : directory.lexically_relative(place_.directory)) {
      if (name == ".") {
        continue;
      }
      at /= name;
      TRY(disk_.make_directory(at));
    }
    last_directory_ = directory;
    return ok();
  }

  void take_digest(FileWork& work, const FileSlot& slot, const FilePiece& piece) {
    if (piece.first && piece.last) {
      append(work.md5s, piece.digest);
      return;
    }
    if (piece.first) {
      work.hasher.emplace(HashAlgorithm::md5);
    }
    work.hasher->update(slot.of(piece));
    if (piece.last) {
      append(work.md5s, work.hasher->finish());
    }
  }

  Result<> end(FileWork& work) {
    if (work.failure.empty()) {
      TRY(open(work));  // an empty file had no earlier piece
    }
    if (!work.failure.empty()) {
      if (work.out) {
        work.out.reset();
        TRY(disk_.remove(path_of(work)));
      }
      events_.skipped(work.file.path, work.failure);
      return ok();
    }
    work.out.reset();
    JournalRecord record;
    record.kind = JournalKind::file;
    record.path = encode_source_path(work.file.path);
    record.file_path = place_.file_prefix + with_backslashes(work.file.drive_path);
    record.blob_path = place_.blob_prefix + work.file.blob_name;
    record.length = work.written;
    record.block_size = work.block_size;
    record.md5s = base64(work.md5s);
    TRY(journal_.add(record));
    recorded_.push_back(work.written);
    ++group_files_;
    group_bytes_ += work.written;
    if (group_files_ >= limits_.group_files || group_bytes_ >= limits_.group_bytes) {
      return commit();
    }
    return ok();
  }

  Path path_of(const FileWork& work) const { return place_.directory / work.file.drive_path; }

  Disk& disk_;
  DriveJournal& journal_;
  const PrepareLimits& limits_;
  const PrepareCopy::Place& place_;
  const PrepareCopy::Events& events_;
  Path last_directory_;
  std::vector<std::uint64_t> recorded_;
  std::size_t group_files_ = 0;
  std::uint64_t group_bytes_ = 0;
};

}  // namespace

Result<> PrepareCopy::run(const std::string& after) {
  Channel<FileSlot> free(limits_.slots);
  Channel<FileSlot> filled(limits_.slots);
  for (std::size_t i = 0; i < limits_.slots; ++i) {
    free.push(FileSlot{});
  }
  Result<> read = ok();
  std::thread reader([&] {
    read = caught([&] { return FileReader(source_, limits_, free, filled).run(after); });
    filled.end();
  });
  DriveFileWriter writer(disk_, journal_, limits_, place_, events_);
  const auto write = [&]() -> Result<> {
    for (auto slots = filled.pop(kSlotsHashedAtOnce); !slots.empty(); slots = filled.pop(kSlotsHashedAtOnce)) {
      hash(slots);
      for (auto& slot : slots) {
        for (auto& piece : slot.pieces) {
          TRY(writer.take(slot, piece));
        }
        slot.pieces.clear();
        slot.used = 0;
        free.push(std::move(slot));
      }
    }
    return ok();
  };
  const auto written = caught(write);
  free.abandon();
  filled.abandon();
  reader.join();
  if (!written) {
    return written.error();
  }
  if (!read) {
    return read.error();
  }
  return writer.commit();
}

}  // namespace quaymaster::drive
