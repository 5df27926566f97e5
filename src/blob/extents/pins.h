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

/// Which extents somebody still needs that the records do not tell of: contents not committed yet, snapshots being
/// read. Reclaim leaves pinned extents alone.
///
/// A reader looks up records and pins what they point to; between the two a compaction could move the data and remove
/// the extent. So readers do both within a Lookup, and whoever removes waits, after its change of the records is
/// committed, for the lookups that began before it. Thread-safe.
class Pins {
 public:
  void pin(const std::vector<ExtentId>& extents);
  void unpin(const std::vector<ExtentId>& extents);
  bool pinned(ExtentId extent);

  /// Returns when every lookup that was under way has ended. One caller at a time.
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
  std::array<std::uint64_t, 2> lookups_{};  // under way, by age
  std::size_t age_ = 0;
};

/// A set of pins that ends with its owner. Movable.
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
