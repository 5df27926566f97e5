#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/guid.h"
#include "providers/recovery_services/common/services.h"
#include "vault/vault.h"

namespace quaymaster::recovery_services {

/// The open vaults (the engine's, vault/vault.h) of the Recovery Services vaults. Thread-safe. Opening a vault may
/// take seconds, because its key is derived and its index rebuilt; only callers that want the same vault wait for it.
class OpenVaults {
 public:
  explicit OpenVaults(Services& services) : services_(services) {}

  /// Creates the keys and first objects of a vault. May be repeated.
  Result<> create(const Guid& vault);
  /// Opened by the first call, then kept and shared by all callers. Blocks on the disk, so do not call it inside a
  /// read or write transaction. Errc::not_found, Errc::forbidden (the key file is a different one), Errc::corrupt.
  Result<std::shared_ptr<vault::Vault>> open(const Guid& vault);
  /// Closes the vault and removes its objects and rows; nothing may refer to them any more. May be repeated.
  Result<> remove(const Guid& vault, const store::Fence& fence);

 private:
  /// The slot of one vault, open or not.
  struct Room {
    std::mutex mutex;  // held while opening or removing: two open copies would not see each other's sessions
    std::shared_ptr<vault::Vault> vault;
  };
  std::shared_ptr<Room> room_of(const Guid& vault);

  Services& services_;
  std::mutex mutex_;  // protects only the map; never held while waiting for a disk or a Room
  std::map<Guid, std::shared_ptr<Room>> rooms_;
};

/// The key-encryption key of all vaults of a server: 32 random bytes in a file with mode 0600, created if missing.
/// Errc::corrupt: not 32 bytes.
Result<vault::KeyEncryptionKey> open_vault_key(Disk& disk, const Path& file, RandomSource& random);
/// The same for a file that must exist. Errc::not_found.
Result<vault::KeyEncryptionKey> read_vault_key(Disk& disk, const Path& file);
/// The alternative: a passphrase, taken from the first line of a file. Errc::not_found. Errc::invalid: it is empty.
/// Errc::too_large: over 4 KiB.
Result<vault::KeyEncryptionKey> read_passphrase(Disk& disk, const Path& file);

}  // namespace quaymaster::recovery_services
