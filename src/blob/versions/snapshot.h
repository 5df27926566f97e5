#pragma once

#include "blob/blob_store.h"
#include "blob/extents/piece_reader.h"
#include "blob/extents/pins.h"

namespace quaymaster::blob {

/// The blob's record as of opening it, with pins on the extents it points to.
class PinnedSnapshot final : public Snapshot {
 public:
  PinnedSnapshot(objects::ObjectStore& objects, BlobInfo info, Pieces pieces, PinSet pins)
      : info_(std::move(info)), pieces_(std::move(pieces)), pins_(std::move(pins)), reader_(objects) {}

  const BlobInfo& info() const override { return info_; }
  Result<std::size_t> read(std::uint64_t offset, MutableBytes into) override;

 private:
  const BlobInfo info_;
  const Pieces pieces_;
  const PinSet pins_;
  PieceReader reader_;
};

}  // namespace quaymaster::blob
