#pragma once

#include <array>
#include <cstdint>

#include "base/digests/seal.h"
#include "base/guid.h"
#include "vault/vault.h"

namespace quaymaster::vault {

/// Keys derived from a vault's master key, one independent key per purpose. Never stored.
struct Keys {
  SealKey chunk_id;
  SealKey pack;  // each pack has its own, derived from this and its id
  SealKey point;
  SealKey index;
  SealKey cut;  // determines where content is cut
};

/// The key object (doc/formats/vault-key.md): a fresh random master key, wrapped by the key-encryption key.
Buffer new_key_object(const KeyEncryptionKey& key, RandomSource& random);
/// Errc::forbidden: the wrong key. Errc::corrupt: not a key object. Errc::unsupported: a newer version.
Result<Keys> open_key_object(Bytes object, const KeyEncryptionKey& key);
/// The part of a key object that can be read without a key. Errors as open_key_object.
struct KeyObjectView {
  KeyEncryptionKey::Kind kind = KeyEncryptionKey::Kind::file;
  std::array<std::uint8_t, 8> id{};  // of this wrapping: the first bytes of its salt
};
Result<KeyObjectView> look_at_key_object(Bytes object);
/// Wraps the same master key under another key-encryption key. Errors as open_key_object.
Result<Buffer> rewrap_key_object(Bytes object, const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key,
                                 RandomSource& random);

}  // namespace quaymaster::vault
