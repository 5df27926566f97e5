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

/// An extent that is being appended to. Who owns the right to append chooses positions by `take`; writing and syncing
/// are thread-safe, and many who wait for a sync share one.
class Extent {
 public:
  Extent(ExtentId id, std::unique_ptr<objects::ObjectWriter> writer, std::uint64_t tail)
      : id_(id), writer_(std::move(writer)), tail_(tail) {}

  ExtentId id() const { return id_; }

  // For the owner of the right to append.
  std::uint64_t tail() const { return tail_; }
  /// The next `size` bytes, which nobody else will write. The caller has seen that they fit.
  std::uint64_t take(std::uint64_t size) {
    const auto position = tail_;
    tail_ += size;
    return position;
  }

  /// How much had been written when a write returned; sync takes it.
  using Mark = std::uint64_t;
  Result<Mark> write(Bytes bytes, std::uint64_t position);
  void start_writeback(std::uint64_t position, std::uint64_t size) { writer_->start_writeback(position, size); }

  /// On return everything up to `mark` is on stable storage. After one sync failed, every later one fails for what was
  /// not synced before: the system may have dropped the bytes while it reported the error, and would not report again.
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

/// Something written to an extent that a sync must still make durable.
struct Unsynced {
  std::shared_ptr<Extent> extent;
  Extent::Mark mark = 0;
};

}  // namespace quaymaster::blob
