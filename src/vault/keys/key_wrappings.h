#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "vault/keys/keys.h"

namespace quaymaster::vault {

// The wrapped keys of vaults as stored objects (doc/formats/vault-key.md). A vault has one key object, and two or more
// while its key-encryption key is being changed: then any of them that a key opens is used, the newest first.

struct KeyWrapping {
  std::uint64_t number = 0;  // higher is newer
  KeyEncryptionKey::Kind kind = KeyEncryptionKey::Kind::file;
  std::string id;  // sixteen hexadecimal digits, different for every wrapping; reveals nothing about the key
};

/// Oldest first; empty: there is no vault. Errc::corrupt: an object is not a valid key object.
Result<std::vector<KeyWrapping>> key_wrappings(objects::ObjectStore& objects, const std::string& prefix);
/// Creates the first key object of a new vault; durable on return. Errc::conflict: there is one.
Result<> make_keys(objects::ObjectStore& objects, RandomSource& random, const std::string& prefix,
                   const KeyEncryptionKey& key);
/// Errc::not_found: there is no vault. Otherwise the errors of open_key_object for the newest one.
Result<Keys> open_keys(objects::ObjectStore& objects, const std::string& prefix, const KeyEncryptionKey& key);

/// Rewraps the keys of all these vaults, none of which may be open, from `old_key` to `new_key`. Data is not touched.
/// Prefixes without a vault are skipped. `install`, which may be empty, puts the new key into its place.
///
/// First every vault gets a wrapping with the new key, then `install` runs, then the older wrappings are removed. So
/// after an interruption at any point, the old key opens every vault until `install` has run, and the new one after
/// that; repeating the call completes it. Errc::forbidden: neither key opens a vault; no wrapping was removed.
Result<> rewrap_keys(objects::ObjectStore& objects, RandomSource& random, std::span<const std::string> prefixes,
                     const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key,
                     const std::function<Result<>()>& install);

}  // namespace quaymaster::vault
