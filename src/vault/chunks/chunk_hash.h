#pragma once

#include "base/bytes.h"
#include "base/digests/seal.h"
#include "vault/vault.h"

namespace quaymaster::vault {

/// HMAC-SHA-256 with the key's two blocks hashed once. Thread-safe.
class ChunkHash {
 public:
  explicit ChunkHash(const SealKey& key);
  ~ChunkHash();
  ChunkHash(const ChunkHash&) = delete;
  ChunkHash& operator=(const ChunkHash&) = delete;
  ChunkId operator()(Bytes bytes) const;

 private:
  void* inner_;  // EVP_MD_CTX after the key's block; copied for every chunk
  void* outer_;
};

/// Whether all bytes are zero. Stops at the first that is not.
bool is_zero(Bytes bytes);

}  // namespace quaymaster::vault
