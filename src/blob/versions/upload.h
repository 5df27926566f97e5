#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/digests/digest.h"
#include "blob/blob_store.h"
#include "blob/extents/extents.h"
#include "blob/extents/pins.h"

namespace quaymaster::blob {

/// Written pieces, offsets from 0.
class StoredContent final : public Content {
 public:
  StoredContent(Pieces pieces, std::uint64_t size, std::optional<Md5Digest> md5, PinSet pins,
                std::vector<Unsynced> unsynced)
      : pieces_(std::move(pieces)),
        size_(size),
        md5_(md5),
        pins_(std::move(pins)),
        unsynced_(std::move(unsynced)),
        flushed_(unsynced_.empty()) {}

  std::uint64_t size() const override { return size_; }
  const std::optional<Md5Digest>& md5() const override { return md5_; }
  const Pieces& pieces() const { return pieces_; }

  /// Thread-safe.
  Result<> flush() const;
  bool flushed() const { return flushed_; }

  /// Every Content is a StoredContent.
  static const StoredContent& of(const Content& content) { return static_cast<const StoredContent&>(content); }

 private:
  const Pieces pieces_;
  const std::uint64_t size_;
  const std::optional<Md5Digest> md5_;
  const PinSet pins_;
  const std::vector<Unsynced> unsynced_;
  mutable std::atomic<bool> flushed_;
};

/// Writes pieces one after another to the ends of extents. Bytes are written once, to their final place; the CRCs of
/// the windows follow each piece. Long uploads are made to wait for the disk now and then, so that the last sync is
/// short and few extents are open. One thread at a time.
class PieceWriter {
 public:
  PieceWriter(Extents& extents, Pins& pins) : extents_(extents), pins_(pins) {}
  ~PieceWriter();
  PieceWriter(const PieceWriter&) = delete;
  PieceWriter& operator=(const PieceWriter&) = delete;

  Result<> write(Bytes bytes);
  /// Ends the current piece: what follows belongs to a new one.
  Result<> end_piece();
  /// Ends a run that fits into one shared piece, if nothing was written before.
  Result<> write_small(Bytes bytes);

  std::uint64_t size() const { return size_; }
  /// Ends the piece and returns what was written since the start or the last call; the writer can be used further.
  Result<std::unique_ptr<StoredContent>> finish(std::optional<Md5Digest> md5);

 private:
  Result<> begin_piece();
  Result<> write_run(Bytes bytes, std::uint64_t position);
  Result<> leave_extent();
  Result<> sync_oldest();

  Extents& extents_;
  Pins& pins_;
  PinSet held_{pins_};
  Pieces pieces_;
  std::uint64_t size_ = 0;
  std::vector<Unsynced> unsynced_;

  std::shared_ptr<Extent> extent_;  // we hold the right to append to it
  Extent::Mark mark_ = 0;           // after the last write to it
  std::uint64_t start_ = 0;         // of the current piece
  std::uint64_t piece_size_ = 0;    // written so far; 0: no piece is open
  std::uint64_t piece_limit_ = 0;
  std::uint64_t kicked_ = 0;         // end of the write-back started so far
  std::vector<std::uint32_t> crcs_;  // of whole windows
  std::uint32_t window_crc_ = 0;
};

/// Called before this many bytes are written; if it fails, they are not.
using Admission = std::function<Result<>(std::uint64_t bytes)>;

std::unique_ptr<Upload> make_upload(Extents& extents, Pins& pins, Hashing hashing, Admission admit);

}  // namespace quaymaster::blob
