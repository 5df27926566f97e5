#include <algorithm>

#include "base/check.h"
#include "vault/session/stream.h"

namespace quaymaster::vault {
namespace {

class Reader final : public StreamReader {
 public:
  Reader(Core& core, std::vector<StreamPart> extents) : core_(core), extents_(std::move(extents)) {
    starts_.reserve(extents_.size());
    for (const auto& extent : extents_) {
      starts_.push_back(size_);
      size_ += extent.size;
    }
  }

  std::uint64_t size() const override { return size_; }

  Result<std::size_t> read(std::uint64_t offset, MutableBytes into) override {
    std::size_t done = 0;
    for (auto at = extent_at(offset); done < into.size() && offset < size_; ++at) {
      const auto skip = offset - starts_[at];
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(into.size() - done, extents_[at].size - skip));
      const auto target = into.subspan(done, count);
      if (!extents_[at].chunk) {
        std::ranges::fill(target, std::uint8_t{0});
      } else {
        Bytes bytes;
        TRY(const auto frame, core_.chunk(*extents_[at].chunk, extents_[at].size, bytes));
        std::ranges::copy(bytes.subspan(skip, count), target.begin());
      }
      done += count;
      offset += count;
    }
    return done;
  }

  Result<Piece> piece(std::uint64_t offset) override {
    const auto at = extent_at(offset);
    check(at < extents_.size() && extents_[at].chunk);
    Piece piece;
    TRY(piece.owner, core_.chunk(*extents_[at].chunk, extents_[at].size, piece.bytes));
    piece.bytes = piece.bytes.subspan(offset - starts_[at]);
    return piece;
  }

  std::uint64_t zeros_at(std::uint64_t offset) const override {
    std::uint64_t zeros = 0;
    for (auto at = extent_at(offset); at < extents_.size() && !extents_[at].chunk; ++at) {
      zeros = starts_[at] + extents_[at].size - offset;
    }
    return zeros;
  }

 private:
  std::size_t extent_at(std::uint64_t offset) const {
    if (offset >= size_) {
      return extents_.size();
    }
    return static_cast<std::size_t>(std::ranges::upper_bound(starts_, offset) - starts_.begin()) - 1;
  }

  Core& core_;
  const std::vector<StreamPart> extents_;
  std::vector<std::uint64_t> starts_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::unique_ptr<StreamReader> make_reader(Core& core, std::vector<StreamPart> extents) {
  return std::make_unique<Reader>(core, std::move(extents));
}

}  // namespace quaymaster::vault
