#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "vault/pack/pack_format.h"

namespace quaymaster::vault {

/// Reasons why new backups must not rely on a pack. Stored as bits that are set and cleared independently: pardoning a
/// condemned pack does not declare a damaged one sound.
enum PackFlags : std::uint8_t {
  kCondemned = 1,    // collect is about to remove it
  kQuarantined = 2,  // check found damage in it; reads are still attempted
};

struct PackInfo {
  PackId id;
  std::uint8_t flags = 0;        // PackFlags; 0: the pack is live and its chunks count as known
  std::uint64_t size = 0;        // bytes of the object
  std::uint64_t plain_size = 0;  // plain bytes of its chunks
  std::uint32_t chunks = 0;
  bool indexed = false;  // runs of the chunk index have all its chunks
  /// For a condemned pack: sessions with a smaller owner number began before it was condemned and may rely on it. Not
  /// stored: after a restart there are no such sessions.
  std::uint32_t condemned_before = 0;

  bool is_live() const { return flags == 0; }
};

/// The packs of one vault by number, as in the store. Numbers are small, so that the chunk index needs four bytes for
/// one, and are never reused: an index that still refers to a removed pack must not find another one. Thread-safe.
class PackTable {
 public:
  /// The number for a pack about to be written. Not visible to others until add.
  std::uint32_t reserve();
  /// What reserve would return.
  std::uint32_t next() const;
  /// No smaller number is reserved from now on.
  void raise_next(std::uint32_t next);
  void add(std::uint32_t number, const PackInfo& info);
  /// `first_safe_owner`: the owner number of the next session. A pack that is already condemned keeps its own.
  void condemn(std::span<const std::uint32_t> numbers, std::uint32_t first_safe_owner);
  void pardon(std::span<const std::uint32_t> numbers);
  void set_quarantined(std::uint32_t number, bool quarantined);
  void set_indexed(std::span<const std::uint32_t> numbers);
  /// Marks exactly these as indexed.
  void set_only_indexed(std::span<const std::uint32_t> sorted_numbers);
  void remove(std::uint32_t number);

  std::optional<PackInfo> find(std::uint32_t number) const;
  std::optional<std::uint32_t> find(const PackId& id) const;
  /// PackFlags; nullopt when there is no such pack.
  std::optional<std::uint8_t> flags(std::uint32_t number) const;
  bool is_live(std::uint32_t number) const { return flags(number) == 0; }
  /// Whether the session `owner`, which relied on a chunk that another session was storing, may use this place for it:
  /// the pack is live, or was condemned after the session began and stays until the session has ended.
  bool is_safe_for(std::uint32_t number, std::uint32_t owner) const;
  std::vector<std::pair<std::uint32_t, PackInfo>> all() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::uint32_t, PackInfo> packs_;
  std::map<PackId, std::uint32_t> numbers_;
  std::uint32_t next_ = 1;
};

}  // namespace quaymaster::vault
