#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lru.h"
#include "base/result.h"

namespace quaymaster::drive {

/// Case-insensitive look-up of names in directories. Caches the most recently used directories, using at most `budget`
/// bytes for all names and indexes, however large a hostile drive makes them. Thread-safe.
class DriveNames {
 public:
  explicit DriveNames(std::size_t budget) : budget_(budget), directories_(budget) {}

  /// The name in `directory` that equals `name` except for case; the first in byte order when there are several. Empty:
  /// there is none, or the directory alone exceeds the budget. `directory` is opened beneath `root` only when it is not
  /// cached; a failure to open or read it means no match.
  std::optional<std::string> find(int root, const std::string& directory, std::string_view name);

 private:
  struct Listing {
    std::string arena;                                           // the names, each terminated by a zero byte
    std::vector<std::pair<std::uint64_t, std::uint32_t>> index;  // hash of the folded name, place in the arena; sorted
    std::size_t bytes() const { return arena.capacity() + index.capacity() * sizeof(index[0]) + 256; }
  };

  std::optional<Listing> read(int root, const std::string& directory) const;
  static std::optional<std::string> look_up(const Listing& listing, std::string_view name);

  const std::size_t budget_;
  std::mutex mutex_;
  Lru<std::string, Listing> directories_;  // by path
};

}  // namespace quaymaster::drive
