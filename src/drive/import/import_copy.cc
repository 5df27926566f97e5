#include "drive/import/import_copy.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/caught.h"
#include "drive/import/channel.h"
#include "drive/import/import_commit.h"
#include "drive/import/import_logs.h"
#include "drive/import/import_reader.h"
#include "drive/import/import_slot.h"
#include "drive/import/read_ahead.h"

namespace quaymaster::drive {
namespace {

constexpr std::size_t kBatchesAhead = 1;  // in addition to the one being committed and the one being filled

class Copy {
 public:
  Copy(const ImportServices& services, const ImportTask& task, const ImportLimits& limits, DriveReader& drive,
       ImportHost& host, ImportProgress& progress, ImportLogs logs)
      : services_(services),
        task_(task),
        limits_(limits),
        host_(host),
        progress_(progress),
        live_(progress),
        logs_(std::move(logs)),
        source_(drive, plan(), limits.slots),
        batches_(kBatchesAhead) {}

  Result<> run() {
    std::thread committer([this] {
      const auto committed = caught([this] { return commit(); });
      if (!committed) {
        stop(committed.error());
      }
    });
    const auto written = caught([this] { return write(); });
    if (!written) {
      stop(written.error());
    }
    // Release unfinished work before waiting for the reader, which may be waiting for it.
    upload_.reset();
    batch_.clear();
    batches_.end();
    auto end = source_.finish();
    committer.join();
    if (failure_) {
      return *failure_;
    }
    if (!end) {
      return own_trouble(end.error());
    }
    if (end.value().failure) {
      progress_.status = name(*end.value().failure);
      progress_.reason = end.value().reason;
    }
    return ok();
  }

 private:
  ImportReader::Plan plan() {
    return {task_.manifest_file, progress_.next_entry, progress_.entries,
            limits_.slot_bytes,  limits_.slot_pieces,  [this](const BlobAddress& address) { return exists(address); },
            task_.logs};
  }

  Result<bool> exists(const BlobAddress& address) {
    bool found = false;
    TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(const auto info, services_.blobs.find(reader, {task_.account, address.container, address.name}));
      found = info.has_value();
      return ok();
    }));
    return found;
  }

  Result<> commit() {
    ImportCommitter committer(services_, task_, host_, logs_, progress_);
    while (const auto batch = batches_.pop()) {
      TRY(committer.commit(*batch));
    }
    return ok();
  }

  Result<> write() {
    while (auto slot = source_.next()) {
      TRY(host_.continue_or_cancel());
      for (auto& piece : slot->pieces) {
        TRY(piece.range == Piece::kEnd ? end_blob(std::move(piece.work)) : take(*slot, piece));
      }
      host_.progress(live_);
      source_.give_back(std::move(*slot));
    }
    return hand_over();
  }

  Result<> take(const Slot& slot, const Piece& piece) {
    auto& work = *piece.work;
    if (piece.status != RangeStatus::completed) {
      work.fail_range(piece.range, piece.status);
      if (!piece.first) {
        upload_.reset();  // discards the part of this range uploaded so far
      }
      return ok();
    }
    const auto range = work.entry.ranges[piece.range];
    const bool whole = piece.first && piece.last;
    const auto end = part_offset_ + part_size_;
    // A block with an id is a separate part; so is a range whose hash is unknown when its bytes are uploaded.
    if (piece.first && upload_ && (!whole || work.has_block_ids() || range.offset != end)) {
      TRY(end_part(work));
    }
    if (!upload_) {
      upload_ = services_.blobs.upload(blob::Hashing::none);
      part_offset_ = range.offset;
      part_range_ = piece.range;
      part_size_ = 0;
    }
    const auto appended = upload_->append(slot.of(piece));
    if (!appended) {
      return own_trouble(appended.error());
    }
    part_size_ += piece.size;
    live_.bytes_done = bytes_through_ + std::min(part_offset_ + part_size_, work.entry.length);
    live_.bytes_succeeded += piece.size;
    if (piece.last && !whole) {
      TRY(end_part(work));
    }
    return ok();
  }

  Result<> end_part(BlobWork& work) {
    auto upload = std::exchange(upload_, nullptr);
    auto content = upload->finish();
    if (!content) {
      return own_trouble(content.error());
    }
    if (part_size_ > 0) {
      work.parts.push_back({part_offset_, part_range_, std::move(content).value()});
    }
    return ok();
  }

  Result<> end_blob(std::shared_ptr<BlobWork> work) {
    if (upload_) {
      TRY(end_part(*work));
    }
    bytes_through_ += work->entry.length;
    live_.bytes_done = bytes_through_;
    batch_bytes_ += work->entry.length;
    batch_ranges_ += work->entry.ranges.size();
    batch_.push_back(std::move(work));
    if (batch_.size() >= limits_.batch_blobs || batch_bytes_ >= limits_.batch_bytes || batch_ranges_ >= kManyRanges) {
      return hand_over();
    }
    return ok();
  }

  Result<> hand_over() {
    if (batch_.empty()) {
      return ok();
    }
    batches_.push(std::exchange(batch_, {}));  // refused only after the copy was stopped, which the next wait detects
    batch_bytes_ = 0;
    batch_ranges_ = 0;
    return ok();
  }

  /// Only the first failure is reported; later ones are its consequences.
  void stop(const Error& error) {
    {
      const std::scoped_lock lock(mutex_);
      if (!failure_) {
        failure_ = error;
      }
    }
    source_.stop();
    batches_.abandon();
  }

  const ImportServices& services_;
  const ImportTask& task_;
  const ImportLimits& limits_;
  ImportHost& host_;
  ImportProgress& progress_;  // used by the committer while it runs
  ImportProgress live_;       // used by the writer
  ImportLogs logs_;

  ReadAhead source_;
  Channel<Batch> batches_;

  // Used by the writer.
  std::unique_ptr<blob::Upload> upload_;
  std::uint64_t part_offset_ = 0;
  std::uint64_t part_size_ = 0;
  std::size_t part_range_ = 0;
  std::uint64_t bytes_through_ = progress_.bytes_done;
  Batch batch_;
  std::uint64_t batch_bytes_ = 0;
  std::size_t batch_ranges_ = 0;

  std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace

Result<> copy_blobs(const ImportServices& services, const ImportTask& task, const ImportLimits& limits,
                    DriveReader& drive, ImportHost& host, ImportProgress& progress) {
  auto logs = ImportLogs::open(services.disk, task, progress);
  if (!logs) {
    return own_trouble(logs.error());
  }
  return Copy(services, task, limits, drive, host, progress, std::move(logs).value()).run();
}

}  // namespace quaymaster::drive
