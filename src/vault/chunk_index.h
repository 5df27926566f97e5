#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "store/database.h"
#include "vault/index_run.h"
#include "vault/pack_table.h"

namespace quaymaster::vault {

/// Which chunks the vault has, and where. New chunks are kept in memory (bounded) until they are written as a run; runs
/// are merged as they grow in number. The truth is in the packs: whatever is lost here is read from them again.
/// Thread-safe.
class ChunkIndex {
 public:
  struct Limits {
    std::size_t recent = 400'000;  // chunks in memory before a run is written: about 32 MiB
    std::uint64_t page_cache = 16 * kMiB;
    std::size_t runs = 6;  // merged when there are more
  };
  ChunkIndex(store::Database& database, objects::ObjectStore& objects, RandomSource& random, PackTable& packs,
             std::string prefix, const SealKey& key, Limits limits);

  /// Opens the runs the store names. Errc::corrupt, Errc::not_found: a run is damaged; call rebuild.
  Result<> open();
  /// Forgets all runs: every pack's chunks must be added again.
  Result<> forget_runs();

  enum class Answer {
    known,      // in a pack that is on disk and live
    in_flight,  // another claim is storing it right now; `owner` says whose
    yours,      // was unknown: the caller stores it and then calls place or abandon
  };
  struct Claim {
    Answer answer;
    std::uint32_t owner = 0;
  };
  Result<Claim> claim(const ChunkId& id, std::uint32_t owner);
  void place(const ChunkId& id, Location location);
  void abandon(const ChunkId& id);

  /// Where it lies, also in packs that are not live; chunks still in flight are not found.
  Result<std::optional<Location>> find(const ChunkId& id) const;
  Result<bool> knows(const ChunkId& id) const;  // find, and the pack is live

  /// Writes runs and merges them as the limits ask. Only chunks of packs that the table knows are written.
  Result<> maintain();
  /// Removes run objects that no row names, left by a crash; bytes freed.
  Result<std::uint64_t> sweep();
  std::uint64_t records() const;  // in runs and in memory, duplicates counted

 private:
  static constexpr std::uint32_t kInFlight = 0;  // pack numbers begin at 1; `chunk` then names the owner
  static constexpr std::size_t kShards = 64;
  struct IdHash {
    std::size_t operator()(const ChunkId& id) const { return load_le64(id.bytes); }
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<ChunkId, Location, IdHash> chunks;
  };
  Shard& shard(const ChunkId& id) { return shards_[id.bytes[0] % kShards]; }
  const Shard& shard(const ChunkId& id) const { return shards_[id.bytes[0] % kShards]; }
  Result<std::optional<Location>> find_in_runs(const ChunkId& id) const;
  Result<> write_recent();
  Result<> merge_runs();
  Result<std::unique_ptr<IndexRun>> merge(const std::vector<std::shared_ptr<IndexRun>>& runs);

  store::Database& database_;
  objects::ObjectStore& objects_;
  RandomSource& random_;
  PackTable& packs_;
  std::string prefix_;
  SealKey key_;
  Limits limits_;
  PageCache cache_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> recent_{0};
  mutable std::shared_mutex runs_mutex_;
  std::vector<std::shared_ptr<IndexRun>> runs_;  // newest last
  std::mutex maintain_mutex_;
  std::int64_t next_age_ = 1;
};

}  // namespace quaymaster::vault
