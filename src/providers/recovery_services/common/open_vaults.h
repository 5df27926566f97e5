#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/guid.h"
#include "providers/recovery_services/common/services.h"
#include "vault/vault.h"

namespace quaymaster::recovery_services {

/// The open vaults (the engine's, vault/vault.h) of the Recovery Services vaults. Thread-safe. Opening a vault may take
/// seconds (its key is derived, its index made again); only those who want the same one wait for it.
class OpenVaults {
 public:
  explicit OpenVaults(Services& services) : services_(services) {}

  /// Makes keys and first objects of a vault; done before is no error.
  Result<> create(const Guid& vault);
  /// Opened at the first call and kept; shared among all who use it. Waits for the disk, so not inside a read or a
  /// change. Errc::not_found, Errc::forbidden (the key file is another one), Errc::corrupt.
  Result<std::shared_ptr<vault::Vault>> open(const Guid& vault);
  /// Closes it and removes its objects and rows; nothing refers to them any more. May be repeated.
  Result<> remove(const Guid& vault);

 private:
  /// The place of one vault, open or not.
  struct Room {
    std::mutex mutex;  // while it is opened or removed: two opened twins would not know of each other's sessions
    std::shared_ptr<vault::Vault> vault;
  };
  std::shared_ptr<Room> room_of(const Guid& vault);

  Services& services_;
  std::mutex mutex_;  // of the map alone; nobody waits for a disk or a Room while holding it
  std::map<Guid, std::shared_ptr<Room>> rooms_;
};

/// The key-encryption key of every vault of a server: 32 random bytes in a file of mode 0600, made when there is none.
/// Errc::corrupt: not 32 bytes.
Result<vault::KeyEncryptionKey> open_vault_key(Disk& disk, const Path& file, RandomSource& random);
/// The same of a file that must be there. Errc::not_found.
Result<vault::KeyEncryptionKey> read_vault_key(Disk& disk, const Path& file);
/// The other kind: a passphrase, the first line of a file. Errc::not_found. Errc::invalid: it is empty.
/// Errc::too_large: over 4 KiB.
Result<vault::KeyEncryptionKey> read_passphrase(Disk& disk, const Path& file);

}  // namespace quaymaster::recovery_services
