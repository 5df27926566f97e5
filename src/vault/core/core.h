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

/// The object itself is wrong (changed, gone, of another version), as opposed to a disk that does not answer now.
bool is_damage(const Error& error);

/// What sessions, readers, check and collect of one vault share. Built by Vault::open; outlives all of them.
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

  /// Sessions that have begun and not ended, by owner number; numbers grow.
  std::mutex sessions_mutex;
  std::map<std::uint32_t, std::weak_ptr<BackupSession>> sessions;
  std::uint32_t next_owner = 1;
  /// Objects that are being written and that no row names yet: collect leaves them alone.
  std::set<std::string> pending_objects;

  void mark_pending(const std::string& object);
  void mark_recorded(const std::string& object);

  /// Verified bytes of one chunk, of whichever copy is sound. Errc::corrupt, Errc::not_found: no pack has it.
  Result<std::shared_ptr<const Buffer>> chunk(const ChunkId& id, std::uint64_t size, Bytes& bytes);

  // The chunk index as everybody but Vault::open uses it: when a run turns out to be damaged, the index is rebuilt from
  // the packs and asked again.
  Result<ChunkIndex::Claim> claim(const ChunkId& id, std::uint32_t owner);
  Result<std::optional<Location>> find_chunk(const ChunkId& id);
  Result<std::vector<Location>> places_of_chunk(const ChunkId& id);
  Result<bool> is_known(const ChunkId& id);
  Result<bool> is_indexed(const ChunkId& id, const Location& place);
  /// Whether some copy of the chunk stays for as long as the session `owner` lives, and for what it commits.
  Result<bool> is_safe_for(const ChunkId& id, std::uint32_t owner);
  Result<> maintain_index();

  /// Whether a live pack has the chunk: its bytes are read and verified.
  Result<bool> has_sound_live_copy(const ChunkId& id, std::uint64_t size);

  /// For whoever finds that a pack cannot be read or is damaged, before anything relies on that pack: new backups store
  /// its chunks again. Durable on return; on an error it holds until the next start.
  Result<> quarantine(std::uint32_t pack);
  /// Every byte of the pack was found sound.
  Result<> release(std::uint32_t pack);

  /// Makes the index from the packs' own indexes again, whole or not at all, beside everything else. Packs that cannot
  /// be read are not covered: the next start tries them again. Errc::io, Errc::no_space: the index is as it was, and
  /// the next start rebuilds it.
  Result<> rebuild_index();
  /// Adds the chunks of packs that no run covers.
  Result<> load_unindexed();

  /// How often a pack was put into quarantine since the vault was opened: a session that began before relied on
  /// it, perhaps.
  std::atomic<std::uint64_t> quarantines{0};
  /// Held by collect; there is at most one at a time.
  std::mutex collect_mutex;

  // Destroyed first, in this order: the syncers take what the sealers hand them.
  ThreadPool syncers;
  ThreadPool sealers;

 private:
  template <class Ask>
  std::invoke_result_t<Ask&> with_sound_index(Ask ask);
  Result<> mend_index(std::uint64_t rebuilds_seen, const Error& damage);
  Result<std::vector<Location>> look_into_packs(const ChunkId& id);
  Result<std::shared_ptr<const Buffer>> read_chunk(const Location& place, const ChunkId& id, std::uint64_t size,
                                                   Bytes& bytes);

  std::mutex mend_mutex_;
  std::atomic<std::uint64_t> rebuilds_{0};
};

}  // namespace quaymaster::vault
