#include <algorithm>

#include "base/digests/checksum.h"
#include "blob/versions/upload.h"

namespace quaymaster::blob {
namespace {

/// Write-back is started in steps of this size: large enough for long transfers, small enough to begin early.
constexpr std::uint64_t kWritebackStep = 8 * kMiB;
/// How many full extents may wait for their sync while the next one is being written.
constexpr std::size_t kMostUnsynced = 2;

Buffer encode_table(const std::vector<std::uint32_t>& crcs) {
  Buffer table;
  table.reserve(crcs.size() * 4);
  for (const auto crc : crcs) {
    append_le(table, crc);
  }
  return table;
}

}  // namespace

Result<> StoredContent::flush() const {
  if (flushed_) {
    return ok();
  }
  for (const auto& unsynced : unsynced_) {
    TRY(unsynced.extent->sync(unsynced.mark));
  }
  flushed_ = true;
  return ok();
}

PieceWriter::~PieceWriter() {
  if (extent_) {
    extents_.give_back(std::move(extent_));
  }
}

Result<> PieceWriter::begin_piece() {
  for (;;) {
    if (!extent_) {
      TRY(extent_, extents_.acquire());
      held_.add(extent_->id());
      kicked_ = extent_->tail();
    }
    if (extents_.has_room(extent_->tail())) {
      start_ = extents_.run_start(extent_->tail());
      piece_limit_ = longest_piece(extents_.extent_size() - start_);
      return ok();
    }
    TRY(leave_extent());
  }
}

Result<> PieceWriter::write(Bytes bytes) {
  while (!bytes.empty()) {
    if (piece_size_ == 0) {
      TRY(begin_piece());
    }
    const auto run = bytes.first(std::min<std::uint64_t>(bytes.size(), piece_limit_ - piece_size_));
    TRY(write_run(run, start_ + piece_size_));
    for (auto rest = run; !rest.empty();) {
      const auto in_window = piece_size_ % kWindow;
      const auto part = rest.first(std::min<std::uint64_t>(rest.size(), kWindow - in_window));
      window_crc_ = crc32c(part, window_crc_);
      piece_size_ += part.size();
      if (piece_size_ % kWindow == 0) {
        crcs_.push_back(std::exchange(window_crc_, 0));
      }
      rest = rest.subspan(part.size());
    }
    if (piece_size_ == piece_limit_) {
      TRY(end_piece());
    }
    bytes = bytes.subspan(run.size());
  }
  return ok();
}

Result<> PieceWriter::write_run(Bytes bytes, std::uint64_t position) {
  // Taken before it is written: after a failure these bytes must not be written again.
  extent_->take(position + bytes.size() - extent_->tail());
  TRY(mark_, extent_->write(bytes, position));
  const auto end = position + bytes.size();
  if (end - kicked_ >= kWritebackStep) {
    extent_->start_writeback(kicked_, end - kicked_);
    kicked_ = end;
  }
  return ok();
}

Result<> PieceWriter::end_piece() {
  if (piece_size_ == 0) {
    return ok();
  }
  if (piece_size_ % kWindow != 0) {
    crcs_.push_back(std::exchange(window_crc_, 0));
  }
  auto crc = crcs_.front();
  if (piece_size_ > kWindow) {
    const auto table = encode_table(crcs_);
    TRY(write_run(table, start_ + piece_size_));
    crc = crc32c(table);
  }
  pieces_.push_back(
      {size_, extent_->id(), static_cast<std::uint32_t>(start_), static_cast<std::uint32_t>(piece_size_), crc});
  size_ += piece_size_;
  piece_size_ = 0;
  crcs_.clear();
  return extents_.has_room(extent_->tail()) ? Result<>(ok()) : leave_extent();
}

Result<> PieceWriter::leave_extent() {
  if (mark_ != 0) {
    if (extent_->tail() > kicked_) {
      extent_->start_writeback(kicked_, extent_->tail() - kicked_);
    }
    unsynced_.push_back({extent_, mark_});
    mark_ = 0;
  }
  extents_.give_back(std::move(extent_));
  extent_ = nullptr;
  return unsynced_.size() > kMostUnsynced ? sync_oldest() : Result<>(ok());
}

Result<> PieceWriter::sync_oldest() {
  const auto oldest = std::move(unsynced_.front());
  unsynced_.erase(unsynced_.begin());
  return oldest.extent->sync(oldest.mark);
}

Result<> PieceWriter::write_small(Bytes bytes) {
  if (bytes.empty()) {
    return ok();
  }
  Extents::Written written;
  auto crc = crc32c(bytes.first(std::min<std::uint64_t>(bytes.size(), kWindow)));
  if (bytes.size() <= kWindow) {
    TRY(written, extents_.append(bytes, held_));
  } else {
    for (auto rest = bytes; !rest.empty();) {
      const auto part = rest.first(std::min<std::uint64_t>(rest.size(), kWindow));
      crcs_.push_back(crc32c(part));
      rest = rest.subspan(part.size());
    }
    const auto table = encode_table(crcs_);
    crcs_.clear();
    crc = crc32c(table);
    Buffer whole;
    whole.reserve(bytes.size() + table.size());
    append(whole, bytes);
    append(whole, table);
    TRY(written, extents_.append(whole, held_));
  }
  pieces_.push_back({size_, written.extent, written.position, static_cast<std::uint32_t>(bytes.size()), crc});
  size_ += bytes.size();
  unsynced_.push_back(std::move(written.unsynced));
  return ok();
}

Result<std::unique_ptr<StoredContent>> PieceWriter::finish(std::optional<Md5Digest> md5) {
  TRY(end_piece());
  if (mark_ != 0) {
    unsynced_.push_back({extent_, std::exchange(mark_, 0)});
  }
  auto content = std::make_unique<StoredContent>(std::exchange(pieces_, {}), std::exchange(size_, 0), md5,
                                                 std::exchange(held_, PinSet(pins_)), std::exchange(unsynced_, {}));
  if (extent_) {
    held_.add(extent_->id());
  }
  return content;
}

}  // namespace quaymaster::blob
