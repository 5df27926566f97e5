#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "blob/piece.h"

namespace quaymaster::blob {

/// Extents that are needed although the records do not show it: for uncommitted contents, and for snapshots being read.
/// Reclaim skips pinned extents.
///
/// A reader looks up records and pins the extents they point to; in between, a compaction could move the data and
/// remove the extent. So readers do both within a Lookup, and an extent is removed only after the change of the records
/// is committed and all lookups that began before it have ended. Thread-safe.
class Pins {
 public:
  void pin(const std::vector<ExtentId>& extents);
  void unpin(const std::vector<ExtentId>& extents);
  bool pinned(ExtentId extent);

  /// Returns when every lookup in progress has ended. One caller at a time.
  void wait_for_lookups();

  class Lookup {
   public:
    explicit Lookup(Pins& pins);
    ~Lookup();
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

   private:
    Pins& pins_;
    const std::size_t age_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::unordered_map<ExtentId, std::uint64_t> counts_;
  std::array<std::uint64_t, 2> lookups_{};  // in progress, by age
  std::size_t age_ = 0;
};

/// A set of pins, released by its destructor. Movable.
class PinSet {
 public:
  explicit PinSet(Pins& pins) : pins_(&pins) {}
  PinSet(Pins& pins, const Pieces& pieces);
  ~PinSet() { release(); }
  PinSet(PinSet&& other) noexcept : pins_(other.pins_), extents_(std::exchange(other.extents_, {})) {}
  PinSet& operator=(PinSet&& other) noexcept;
  PinSet(const PinSet&) = delete;
  PinSet& operator=(const PinSet&) = delete;

  void add(ExtentId extent);

 private:
  void release();
  Pins* pins_;
  std::vector<ExtentId> extents_;
};

/// The extents of `pieces`, each once, in order.
std::vector<ExtentId> extents_of(const Pieces& pieces);

}  // namespace quaymaster::blob
