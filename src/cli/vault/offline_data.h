#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "cli/common/command.h"
#include "cli/vault/overlay_disk.h"
#include "objects/object_store.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "store/database.h"
#include "vault/engine/open_vault.h"
#include "vault/vault.h"

namespace quaymaster::cli {

/// `--data`, `--vault`, `--resource-group` and those of add_key_options: the options of commands on a data directory.
void add_offline_options(std::vector<Option>& options);
/// `--vault-key` and `--vault-passphrase-file`.
void add_key_options(std::vector<Option>& options);

/// Whether a server has the data directory open. False for a directory that does not exist.
bool is_served(const Path& data);

/// The vaults of a data directory that no server has open. Reading writes nothing to it: the records are copied to a
/// temporary directory of the same size, and whatever the engine writes while it works goes there too. Both are deleted
/// with the object. A server that starts meanwhile fails because the directory is in use. Not thread-safe.
class OfflineData {
 public:
  struct OpenVault {
    recovery_services::VaultRecord record;
    std::unique_ptr<vault::Vault> vault;
  };
  /// A recovery point and its item.
  struct FoundPoint {
    recovery_services::ItemRecord item;
    recovery_services::PointRecord record;
  };

  /// `look`: concurrent readers are allowed. `change_objects`: objects() writes to the data directory; access is
  /// exclusive.
  enum class Access { look, change_objects };
  /// Errc::busy: a server has it open. Errc::not_found: not a data directory. Errc::unsupported: of a newer version.
  static Result<std::unique_ptr<OfflineData>> open(const Arguments& arguments, Access access = Access::look);
  ~OfflineData();

  const Path& root() const { return root_; }
  RandomSource& random() { return random_; }
  objects::ObjectStore& objects() { return *objects_; }
  /// Every vault, in the order of their ids, including those whose creation or removal was interrupted.
  Result<std::vector<recovery_services::VaultRecord>> vaults();
  /// The path of the key file, whether or not it exists; empty when a passphrase was given instead.
  Path key_file() const;
  /// The key-encryption key. Errc::invalid: both kinds were given. Otherwise as recovery_services::read_vault_key and
  /// read_passphrase.
  Result<vault::KeyEncryptionKey> key();

  /// The vault that `--vault` names, in any case; without it the only one there is. Errc::not_found, Errc::invalid
  /// (several match), Errc::forbidden (another key file).
  Result<OpenVault> open_vault(const Arguments& arguments);
  /// The points of the vault, by item and newest first; `item`, when not empty: only of the item of that name.
  /// Errc::not_found lists the existing items. Errc::conflict: several have that name.
  Result<std::vector<FoundPoint>> points(const OpenVault& opened, std::string_view item);
  /// The point of `ITEM` that `POINT` names: by its name in the API, by its id, or "latest". Errc::not_found and as
  /// points().
  Result<FoundPoint> find_point(const OpenVault& opened, const Arguments& arguments);
  /// Errc::invalid: `path` is in the data directory, where nothing may be written.
  Result<> check_target(const Path& path) const;

 private:
  OfflineData(Path root, Path scratch, const Arguments& arguments, Access access);
  Result<> hold(const Path& lock_file);
  Result<> load();

  const Path root_;
  const Path scratch_;
  const Arguments arguments_;
  const Access access_;
  std::vector<int> locks_;  // shared: readers do not block each other
  SystemDisk disk_;
  OverlayDisk overlay_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<store::Database> records_;
  std::unique_ptr<objects::ObjectStore> objects_;
};

}  // namespace quaymaster::cli
