#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "vault/pack_format.h"

namespace quaymaster::vault {

/// What a pack is to new backups. Numbers are stored; never reuse one.
enum class PackState : std::uint8_t {
  live = 0,         // its chunks count as known
  condemned = 1,    // collect will remove it: its chunks count as unknown
  quarantined = 2,  // check found damage: its chunks count as unknown, readers still try
};

struct PackInfo {
  PackId id;
  PackState state = PackState::live;
  std::uint64_t size = 0;        // bytes of the object
  std::uint64_t plain_size = 0;  // plain bytes of its chunks
  std::uint32_t chunks = 0;
  bool indexed = false;  // a run of the chunk index covers it
};

/// The packs of one vault by number, as the store has them. Numbers are small and never used again, so that the chunk
/// index needs four bytes a place. Thread-safe.
class PackTable {
 public:
  /// The number of a pack about to be written. Not known to anyone until add.
  std::uint32_t reserve();
  void add(std::uint32_t number, const PackInfo& info);
  void set_state(std::uint32_t number, PackState state);
  void set_indexed(const std::vector<std::uint32_t>& numbers);
  void clear_indexed();
  void remove(std::uint32_t number);

  std::optional<PackInfo> find(std::uint32_t number) const;
  std::optional<std::uint32_t> find(const PackId& id) const;
  bool is_live(std::uint32_t number) const;
  std::vector<std::pair<std::uint32_t, PackInfo>> all() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::uint32_t, PackInfo> packs_;
  std::uint32_t next_ = 1;
};

}  // namespace quaymaster::vault
