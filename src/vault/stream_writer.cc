#include <algorithm>
#include <utility>

#include "vault/stream.h"

namespace quaymaster::vault {
namespace {

class Writer final : public StreamWriter {
 public:
  Writer(SessionImpl& session, Cut cut) : session_(session), cut_(cut), slot_(session) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Result<> append(Bytes bytes) override {
    session_.count_read(bytes.size(), 0);
    if (held_.empty()) {  // the usual case: chunks are cut out of the caller's bytes without a copy
      TRY(take_chunks(bytes, false));
      held_.assign(bytes.begin(), bytes.end());
      return ok();
    }
    while (!bytes.empty()) {
      const auto some = bytes.first(std::min(bytes.size(), 2 * kLargestCut - std::min(held_.size(), kLargestCut)));
      quaymaster::append(held_, some);
      bytes = bytes.subspan(some.size());
      TRY(take_from_held(false));
    }
    return ok();
  }

  Result<> append_zeros(std::uint64_t size) override {
    session_.count_read(size, size);
    if (cut_ == Cut::aligned && !held_.empty()) {  // complete the block that is begun
      const auto fill = std::min<std::uint64_t>(size, kAlignedChunk - held_.size());
      held_.resize(held_.size() + fill);
      size -= fill;
      TRY(take_from_held(false));
    } else if (!held_.empty()) {
      TRY(take_from_held(true));
    }
    const auto whole = cut_ == Cut::aligned ? size - size % kAlignedChunk : size;
    add_zeros(whole);
    held_.resize(held_.size() + (size - whole));
    return ok();
  }

  Result<bool> append_known(const ChunkId& chunk, std::uint64_t size) override {
    TRY(take_from_held(true));
    TRY(const auto known, session_.core().index.knows(chunk));
    if (!known)
      return false;
    session_.count_read(size, 0);
    extents_.push_back({chunk, size});
    return true;
  }

  Result<std::vector<Extent>> finish(Bytes last) override {
    if (!last.empty() && held_.empty()) {
      session_.count_read(last.size(), 0);
      TRY(take_chunks(last, true));
    } else {
      TRY(append(last));
      TRY(take_from_held(true));
    }
    TRY(session_.failure());
    return std::exchange(extents_, {});
  }

 private:
  /// How many of `bytes` are a whole chunk; 0 when more must come first.
  std::size_t whole_chunk(Bytes bytes, bool at_end) const {
    if (cut_ == Cut::aligned) {
      return bytes.size() >= kAlignedChunk ? kAlignedChunk : at_end ? bytes.size() : 0;
    }
    const auto size = session_.core().chunker.cut(bytes);
    return size < bytes.size() || size == kLargestCut || at_end ? size : 0;
  }

  Result<> take_chunks(Bytes& bytes, bool at_end) {
    while (!bytes.empty()) {
      // Without a mebibyte in hand a cut may only be missing because its bytes have not come yet; asking again for
      // every append would hash them again and again.
      if (cut_ == Cut::content && !at_end && bytes.size() < kLargestCut)
        return ok();
      const auto size = whole_chunk(bytes, at_end);
      if (size == 0)
        return ok();
      TRY(store(bytes.first(size)));
      bytes = bytes.subspan(size);
    }
    return ok();
  }

  Result<> take_from_held(bool at_end) {
    Bytes rest(held_);
    TRY(take_chunks(rest, at_end));
    held_.erase(held_.begin(), held_.end() - static_cast<std::ptrdiff_t>(rest.size()));
    return ok();
  }

  Result<> store(Bytes chunk) {
    if (is_zero(chunk)) {
      session_.count_read(0, chunk.size());
      add_zeros(chunk.size());
      return ok();
    }
    TRY(const auto id, session_.store(chunk, slot_));
    extents_.push_back({id, chunk.size()});
    return ok();
  }

  void add_zeros(std::uint64_t size) {
    if (size == 0)
      return;
    if (!extents_.empty() && !extents_.back().chunk) {
      extents_.back().size += size;
    } else {
      extents_.push_back({std::nullopt, size});
    }
  }

  SessionImpl& session_;
  const Cut cut_;
  Buffer held_;  // begun and not yet a chunk: at most two of the largest
  std::vector<Extent> extents_;
  SessionImpl::Slot slot_;
};

}  // namespace

std::unique_ptr<StreamWriter> make_stream(SessionImpl& session, Cut cut) {
  return std::make_unique<Writer>(session, cut);
}

}  // namespace quaymaster::vault
