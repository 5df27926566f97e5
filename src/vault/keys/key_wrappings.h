#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "vault/keys/keys.h"

namespace quaymaster::vault {

// The wrapped keys of vaults where they lie (doc/formats/vault-key.md). A vault has one key object, and two or more
// while its key-encryption key is being changed: then any of them that a key opens will do, the newest first.

struct KeyWrapping {
  std::uint64_t number = 0;  // higher is newer
  KeyEncryptionKey::Kind kind = KeyEncryptionKey::Kind::file;
  std::string id;  // sixteen hexadecimal digits, others at every wrapping; tell nothing of the key
};

/// Oldest first; empty: there is no vault. Errc::corrupt: an object is none of a key.
Result<std::vector<KeyWrapping>> key_wrappings(objects::ObjectStore& objects, const std::string& prefix);
/// The first key object of a new vault; durable on return. Errc::conflict: there is one.
Result<> make_keys(objects::ObjectStore& objects, RandomSource& random, const std::string& prefix,
                   const KeyEncryptionKey& key);
/// Errc::not_found: there is no vault. Otherwise as open_key_object says, of the newest.
Result<Keys> open_keys(objects::ObjectStore& objects, const std::string& prefix, const KeyEncryptionKey& key);

/// Wraps the keys of all these vaults, which nobody has open, anew: from `old_key` to `new_key`. Data is not touched.
/// Where there is no vault nothing is done. `install`, which may be empty, puts the new key into its place.
///
/// First every vault gets a wrapping with the new key, then `install` runs, then the older wrappings go. So whenever it
/// is interrupted, the old key opens every vault until `install` has run, and the new one from then on; a repeat ends
/// it. Errc::forbidden: neither key opens a vault; no wrapping was removed.
Result<> rewrap_keys(objects::ObjectStore& objects, RandomSource& random, std::span<const std::string> prefixes,
                     const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key,
                     const std::function<Result<>()>& install);

}  // namespace quaymaster::vault
