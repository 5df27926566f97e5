#include <algorithm>
#include <utility>

#include "base/check.h"
#include "vault/session/stream.h"

namespace quaymaster::vault {
namespace {

class ChunkingWriter final : public StreamWriter {
 public:
  ChunkingWriter(BackupSession& session, Cut cut) : session_(session), cut_(cut), slot_(session) {}
  ChunkingWriter(const ChunkingWriter&) = delete;
  ChunkingWriter& operator=(const ChunkingWriter&) = delete;

  Result<> append(Bytes bytes) override {
    session_.count_read(bytes.size(), 0);
    while (!held_.empty() && !bytes.empty()) {
      TRY(complete_held(bytes));
    }
    if (bytes.empty()) {
      return ok();
    }
    TRY(take_chunks(bytes, false));  // cut from the caller's bytes without a copy
    held_.assign(bytes.begin(), bytes.end());
    return ok();
  }

  Result<> append_zeros(std::uint64_t size) override {
    session_.count_read(size, size);
    if (cut_ == Cut::aligned && !held_.empty()) {  // complete the block in progress
      const auto fill = std::min<std::uint64_t>(size, kAlignedChunk - held_.size());
      held_.resize(held_.size() + fill);
      size -= fill;
      if (held_.size() == kAlignedChunk) {
        TRY(end_held());
      }
    } else {
      TRY(end_held());
    }
    const auto whole = cut_ == Cut::aligned ? size - size % kAlignedChunk : size;
    add_zeros(whole);
    held_.resize(held_.size() + (size - whole));
    return ok();
  }

  Result<bool> append_known(const ChunkId& chunk, std::uint64_t size) override {
    TRY(end_held());
    TRY(const auto known, session_.core().is_known(chunk));
    if (!known) {
      return false;
    }
    session_.count_read(size, 0);
    extents_.push_back({chunk, size});
    return true;
  }

  Result<std::vector<StreamPart>> finish(Bytes last) override {
    if (!last.empty() && held_.empty()) {
      session_.count_read(last.size(), 0);
      TRY(take_chunks(last, true));
    } else {
      TRY(append(last));
      TRY(end_held());
    }
    TRY(session_.failure());
    return std::exchange(extents_, {});
  }

 private:
  /// How many of `bytes` form a whole chunk; 0 when more are needed.
  std::size_t whole_chunk(Bytes bytes, bool at_end) {
    if (cut_ == Cut::aligned) {
      return bytes.size() >= kAlignedChunk ? kAlignedChunk : at_end ? bytes.size() : 0;
    }
    const auto size = session_.core().chunker.cut(bytes, scanned_);
    const bool whole = size < bytes.size() || size == kLargestCut || at_end;
    // Only the next byte decides whether the last one was a cut or merely the end so far.
    scanned_ = whole ? 0 : size - 1;
    return whole ? size : 0;
  }

  Result<> take_chunks(Bytes& bytes, bool at_end) {
    while (!bytes.empty()) {
      const auto size = whole_chunk(bytes, at_end);
      if (size == 0) {
        return ok();
      }
      TRY(store(bytes.first(size)));
      bytes = bytes.subspan(size);
    }
    return ok();
  }

  /// Appends bytes to those held until they form a chunk; the rest stays in `bytes`.
  Result<> complete_held(Bytes& bytes) {
    constexpr std::size_t kStep = 128 * kKiB;
    const auto before = held_.size();
    const auto some = bytes.first(std::min(bytes.size(), kStep));
    quaymaster::append(held_, some);
    const auto size = whole_chunk(held_, false);
    if (size == 0) {
      bytes = bytes.subspan(some.size());
      return ok();
    }
    check(size >= before);  // they contained no cut before
    TRY(store(Bytes(held_).first(size)));
    bytes = bytes.subspan(size - before);
    held_.clear();
    return ok();
  }

  /// The held bytes contain no cut: they are one chunk.
  Result<> end_held() {
    scanned_ = 0;
    if (held_.empty()) {
      return ok();
    }
    TRY(store(held_));
    held_.clear();
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
    if (size == 0) {
      return;
    }
    if (!extents_.empty() && !extents_.back().chunk) {
      extents_.back().size += size;
    } else {
      extents_.push_back({std::nullopt, size});
    }
  }

  BackupSession& session_;
  const Cut cut_;
  Buffer held_;              // the beginning of the next chunk
  std::size_t scanned_ = 0;  // how many of the held bytes were examined without finding a cut
  std::vector<StreamPart> extents_;
  BackupSession::Slot slot_;
};

}  // namespace

std::unique_ptr<StreamWriter> make_stream(BackupSession& session, Cut cut) {
  return std::make_unique<ChunkingWriter>(session, cut);
}

}  // namespace quaymaster::vault
