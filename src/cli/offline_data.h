#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "cli/command.h"
#include "cli/overlay_disk.h"
#include "objects/object_store.h"
#include "providers/recovery_services/item_record.h"
#include "providers/recovery_services/point_record.h"
#include "providers/recovery_services/vault_record.h"
#include "store/database.h"
#include "vault/vault.h"

namespace quaymaster::cli {

/// `--data`, `--vault`, `--resource-group` and `--vault-key`: what every command on a data directory takes.
void add_offline_options(std::vector<Option>& options);

/// Whether a server has the data directory open. A directory that is not there has none.
bool is_served(const Path& data);

/// The vaults of a data directory that no server has open. Nothing in it is ever written: the records are copied to a
/// temporary directory, as large as they are, and what the engine writes while it works goes there too. Both are gone
/// with the object. A server that starts meanwhile is told that the directory is in use. Not thread-safe.
class OfflineData {
 public:
  struct OpenVault {
    recovery_services::VaultRecord record;
    std::unique_ptr<vault::Vault> vault;
  };
  /// A recovery point and the item it is of.
  struct FoundPoint {
    recovery_services::ItemRecord item;
    recovery_services::PointRecord record;
  };

  /// Errc::busy: a server has it. Errc::not_found: not a data directory. Errc::unsupported: of a newer version.
  static Result<std::unique_ptr<OfflineData>> open(const Arguments& arguments);
  ~OfflineData();

  /// The vault that `--vault` names, in any case; without it the only one there is. Errc::not_found, Errc::invalid
  /// (several fit), Errc::forbidden (another key file).
  Result<OpenVault> open_vault(const Arguments& arguments);
  /// The points of the vault, by item and newest first; `item`, when not empty: only of the item of that name.
  /// Errc::not_found tells which items there are. Errc::conflict: several have that name.
  Result<std::vector<FoundPoint>> points(const OpenVault& opened, std::string_view item);
  /// The point of `ITEM` that `POINT` names: by its name in the API, by its id, or "latest". Errc::not_found and as
  /// points().
  Result<FoundPoint> find_point(const OpenVault& opened, const Arguments& arguments);
  /// Errc::invalid: `path` lies in the data directory, so that nothing may be written there.
  Result<> check_target(const Path& path) const;

 private:
  OfflineData(Path root, Path key, Path scratch);
  Result<> hold(const Path& lock_file);
  Result<> load();

  const Path root_;
  const Path key_;
  const Path scratch_;
  std::vector<int> locks_;  // shared: who only looks does not disturb who only looks
  OverlayDisk objects_disk_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<store::Database> records_;
  std::unique_ptr<objects::ObjectStore> objects_;
};

}  // namespace quaymaster::cli
