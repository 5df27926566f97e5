#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "store/database.h"
#include "vault/index/index_run.h"
#include "vault/pack/pack_table.h"

namespace quaymaster::vault {

/// Which chunks the vault has, and where. New chunks are kept in memory (bounded) until they are written as a run; runs
/// are merged as their number grows. Its rules: doc/formats/vault-index.md. Thread-safe.
///
/// Only places in packs that the table knows are returned. Nothing else changes the underlying objects: a vault is open
/// in one process at a time.
class ChunkIndex {
 public:
  struct Limits {
    std::size_t recent = 400'000;  // chunks in memory before a run is written: about 32 MiB
    std::uint64_t page_cache = 16 * kMiB;
    std::size_t runs = 6;  // merged when there are more
  };
  ChunkIndex(store::Database& database, objects::ObjectStore& objects, RandomSource& random, PackTable& packs,
             std::string prefix, const SealKey& key, Limits limits);

  /// Opens the runs named in the store. Errc::corrupt, Errc::not_found: a run is damaged; call rebuild.
  Result<> open();

  // Every call below that reads runs may return Errc::corrupt or Errc::not_found: a run is damaged; call rebuild.

  enum class Answer {
    known,      // in a live pack
    in_flight,  // another claim is storing it right now; `owner` identifies it
    yours,      // the caller stores it and then calls release, whether or not that succeeded
  };
  struct Claim {
    Answer answer;
    std::uint32_t owner = 0;
  };
  /// Claims a chunk for storing unless it is known. Known places of a claimed chunk are still returned.
  Result<Claim> claim(const ChunkId& id, std::uint32_t owner);
  /// Ends the claim of `owner`, if any. Call after add_pack when the chunk was stored, so that it is known by then.
  void release(const ChunkId& id, std::uint32_t owner);
  /// Adds every chunk of a pack whose row is in the table. From now on a run may cover it.
  void add_pack(std::uint32_t number, const std::vector<ChunkEntry>& chunks);

  /// The best place of a chunk: in a live pack if possible, else in a condemned one, else in a quarantined one.
  Result<std::optional<Location>> find(const ChunkId& id) const;
  /// All places of a chunk, the best first.
  Result<std::vector<Location>> places(const ChunkId& id) const;
  Result<bool> is_known(const ChunkId& id) const;  // in a live pack
  Result<bool> has(const ChunkId& id, const Location& place) const;

  /// Writes and merges runs as the limits require. Errc::no_space, Errc::io: nothing is lost, and no memory is freed.
  Result<> maintain();
  /// Frees the memory of packs that have been removed from the table, or that runs cover.
  void forget_packs(const std::set<std::uint32_t>& numbers);
  /// Removes run objects that no row names, left by a crash; returns the bytes freed.
  Result<std::uint64_t> sweep();
  struct RunDamage {
    std::string object;  // the first of the run's objects
    std::string what;
  };
  /// Reads every run from the disk, bypassing all caches; returns the damage found. Errc::io.
  Result<std::vector<RunDamage>> verify() const;

  /// The next pack and its chunks; false at the end. An error ends the rebuild. Called while no run is written, so that
  /// a pack that is not among them cannot be covered by a run that the rebuild discards: list packs no earlier.
  using PackRecords = std::function<Result<bool>(std::uint32_t& number, std::vector<ChunkEntry>& chunks)>;
  /// Writes new runs that cover exactly the packs that `next` returns, and replaces all runs in one transaction, in
  /// which `with` runs too. Until then, and on failure, nothing changes. Backups continue concurrently.
  Result<> rebuild(const PackRecords& next, const std::function<Result<>(store::Writer&)>& with);

  std::uint64_t records() const;  // in runs and in memory, including duplicates
  std::size_t in_memory() const { return recent_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kShards = 64;
  struct IdHash {
    std::size_t operator()(const ChunkId& id) const { return load_le64(id.bytes); }
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_multimap<ChunkId, Location, IdHash> places;  // one for each copy
    std::unordered_map<ChunkId, std::uint32_t, IdHash> claims;  // by which session
  };
  using Runs = std::vector<std::shared_ptr<IndexRun>>;

  Shard& shard(const ChunkId& id) { return shards_[id.bytes[0] % kShards]; }
  const Shard& shard(const ChunkId& id) const { return shards_[id.bytes[0] % kShards]; }
  bool is_live_in_memory(const Shard& shard, const ChunkId& id) const;  // under the shard's lock
  /// `visit` gets each place in memory, then each in the runs, until it returns true.
  template <class Visit>
  bool visit_memory(const ChunkId& id, Visit& visit) const;
  template <class Visit>
  Result<> visit_runs(const ChunkId& id, Visit& visit) const;
  /// Both of the above, without places in packs that are not in the table; `visit` gets the pack's flags too. Searches
  /// again when it finds only such places: the chunk was moved during the search.
  template <class Visit>
  Result<> visit_places(const ChunkId& id, Visit visit) const;
  Result<> write_recent();
  Result<> merge_runs();
  Result<std::shared_ptr<IndexRun>> write_run(std::vector<IndexRecord>& records);
  Result<std::shared_ptr<IndexRun>> merge(const Runs& runs);
  void remove_objects(const Runs& runs);

  store::Database& database_;
  objects::ObjectStore& objects_;
  RandomSource& random_;
  PackTable& packs_;
  const std::string prefix_;
  const SealKey key_;
  const Limits limits_;
  mutable PageCache cache_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> recent_{0};  // places in memory

  std::mutex whole_mutex_;
  std::set<std::uint32_t> whole_;  // packs with all chunks in memory that no run covers

  mutable std::shared_mutex runs_mutex_;
  Runs runs_;  // newest last

  // Held while writing, merging or replacing runs. Locked before whole_mutex_, runs_mutex_ and a shard's mutex.
  std::mutex maintain_mutex_;
  std::int64_t next_age_ = 1;
};

}  // namespace quaymaster::vault
