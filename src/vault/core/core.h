#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/thread_pool.h"
#include "vault/chunks/chunk_hash.h"
#include "vault/chunks/chunker.h"
#include "vault/index/chunk_index.h"
#include "vault/keys/keys.h"
#include "vault/pack/pack_source.h"
#include "vault/vault.h"

namespace quaymaster::vault {

class BackupSession;

/// Whether the object itself is bad (changed, missing, of another version), as opposed to a temporary failure of the
/// disk.
bool is_damage(const Error& error);

/// State shared by the sessions, readers, check and collect of one vault. Created by Vault::open; outlives all of them.
struct Core {
  Core(store::Database& database, objects::ObjectStore& objects, Clock& clock, RandomSource& random,
       const std::string& prefix, const Keys& keys, Options options);

  store::Database& database;
  objects::ObjectStore& objects;
  Clock& clock;
  RandomSource& random;
  const std::string prefix;
  const Keys keys;
  const Options options;
  const ChunkHash hash;
  const Chunker chunker;

  PackTable packs;
  ChunkIndex index;
  PackSource source;

  /// Active sessions by owner number; numbers increase.
  std::mutex sessions_mutex;
  std::map<std::uint32_t, std::weak_ptr<BackupSession>> sessions;
  std::uint32_t next_owner = 1;
  /// Objects being written that no row names yet: collect ignores them.
  std::set<std::string> pending_objects;

  void mark_pending(const std::string& object);
  void mark_recorded(const std::string& object);

  /// Verified bytes of one chunk, from any sound copy. Errc::corrupt, Errc::not_found: no pack has it.
  Result<std::shared_ptr<const Buffer>> chunk(const ChunkId& id, std::uint64_t size, Bytes& bytes);

  // Access to the chunk index for all code except Vault::open: when a run turns out to be damaged, the index is rebuilt
  // from the packs and the call repeated.
  Result<ChunkIndex::Claim> claim(const ChunkId& id, std::uint32_t owner);
  Result<std::optional<Location>> find_chunk(const ChunkId& id);
  Result<std::vector<Location>> places_of_chunk(const ChunkId& id);
  Result<bool> is_known(const ChunkId& id);
  Result<bool> is_indexed(const ChunkId& id, const Location& place);
  /// Whether some copy of the chunk will stay as long as the session `owner` lives, and for the points that it commits.
  Result<bool> is_safe_for(const ChunkId& id, std::uint32_t owner);
  Result<> maintain_index();

  /// Whether a live pack has the chunk: its bytes are read and verified.
  Result<bool> has_sound_live_copy(const ChunkId& id, std::uint64_t size);

  /// Call when a pack cannot be read or is damaged, before anything relies on that pack: new backups store its chunks
  /// again. Durable on return; after an error it holds until the next start.
  Result<> quarantine(std::uint32_t pack);
  /// Ends a quarantine: every byte of the pack was found sound.
  Result<> release(std::uint32_t pack);

  /// Rebuilds the index from the packs' own indexes, completely or not at all, concurrently with everything else.
  /// Unreadable packs are not covered: the next start tries them again. Errc::io, Errc::no_space: the index is
  /// unchanged, and the next start rebuilds it.
  Result<> rebuild_index();
  /// Adds the chunks of packs that no run covers.
  Result<> load_unindexed();

  /// How often a pack was quarantined since the vault was opened: a session that began earlier may have relied on it.
  std::atomic<std::uint64_t> quarantines{0};
  /// Held by collect; at most one runs at a time.
  std::mutex collect_mutex;

  // Destroyed first, in this order: the syncers process what the sealers pass to them.
  ThreadPool syncers;
  ThreadPool sealers;

 private:
  template <class Ask>
  std::invoke_result_t<Ask&> with_sound_index(Ask ask);
  Result<> repair_index(std::uint64_t rebuilds_seen, const Error& damage);
  Result<std::vector<Location>> search_packs(const ChunkId& id);
  Result<std::shared_ptr<const Buffer>> read_chunk(const Location& place, const ChunkId& id, std::uint64_t size,
                                                   Bytes& bytes);

  std::mutex repair_mutex_;
  std::atomic<std::uint64_t> rebuilds_{0};
};

}  // namespace quaymaster::vault
