#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/thread_pool.h"
#include "vault/chunk_hash.h"
#include "vault/chunk_index.h"
#include "vault/chunker.h"
#include "vault/keys.h"
#include "vault/pack_source.h"
#include "vault/vault.h"

namespace quaymaster::vault {

class SessionImpl;

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
  std::map<std::uint32_t, std::weak_ptr<SessionImpl>> sessions;
  std::uint32_t next_owner = 1;
  /// Objects that are being written and that no row names yet: collect leaves them alone.
  std::set<std::string> unnamed;

  void name_later(const std::string& object);
  void named(const std::string& object);

  /// Verified bytes of one chunk. Errc::corrupt, Errc::not_found: no pack has it.
  Result<std::shared_ptr<const Buffer>> chunk(const ChunkId& id, std::uint64_t size, Bytes& bytes);
  /// Reads every pack's index again into the chunk index.
  Result<> rebuild_index();
  /// Adds the chunks of packs that no run covers.
  Result<> load_unindexed();

  // Destroyed first, in this order: the syncers take what the sealers hand them.
  ThreadPool syncers;
  ThreadPool sealers;
};

}  // namespace quaymaster::vault
