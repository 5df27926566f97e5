#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "blob/piece.h"
#include "objects/object_store.h"

namespace quaymaster::blob {

/// An extent that is being appended to. The owner of the right to append assigns positions with `take`; writing and
/// syncing are thread-safe, and many waiting callers share one sync.
class Extent {
 public:
  Extent(ExtentId id, std::unique_ptr<objects::ObjectWriter> writer, std::uint64_t tail)
      : id_(id), writer_(std::move(writer)), tail_(tail) {}

  ExtentId id() const { return id_; }

  // For the owner of the right to append only.
  std::uint64_t tail() const { return tail_; }
  /// Takes the next `size` bytes for the caller alone, who has checked that they fit.
  std::uint64_t take(std::uint64_t size) {
    const auto position = tail_;
    tail_ += size;
    return position;
  }

  /// How much had been written when a write returned; passed to sync.
  using Mark = std::uint64_t;
  Result<Mark> write(Bytes bytes, std::uint64_t position);
  void start_writeback(std::uint64_t position, std::uint64_t size) { writer_->start_writeback(position, size); }

  /// On return everything up to `mark` is on stable storage. After a failed sync, every later one fails for what was
  /// not synced before: the system may have dropped the bytes when it reported the error, and would not report it
  /// again.
  Result<> sync(Mark mark);
  bool syncing() const;
  bool broken() const;

 private:
  const ExtentId id_;
  const std::unique_ptr<objects::ObjectWriter> writer_;
  std::uint64_t tail_;

  mutable std::mutex mutex_;
  std::condition_variable synced_one_;
  Mark written_ = 0;
  Mark synced_ = 0;
  bool syncing_ = false;
  std::optional<Error> failure_;
};

/// Bytes written to an extent that still need a sync.
struct Unsynced {
  std::shared_ptr<Extent> extent;
  Extent::Mark mark = 0;
};

}  // namespace quaymaster::blob
