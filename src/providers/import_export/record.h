#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/linked_access.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "drive/import/import_progress.h"
#include "drive/manifest/drive_id.h"
#include "providers/import_export/lifecycle.h"
#include "providers/import_export/models.h"
#include "store/database.h"

/// Jobs and drives as stored: facts, never sentences. projection.h computes what clients see.
namespace quaymaster::import_export {

/// What clients sent about a job, unchanged. Stored as one JSON text.
struct Document {
  std::string location;            // as sent
  std::string storage_account_id;  // as sent; compared case-insensitively
  std::optional<wire::Json> tags;
  std::optional<ReturnAddress> return_address;
  std::optional<ReturnShipping> return_shipping;
  std::optional<DeliveryPackage> delivery_package;
  std::string diagnostics_path = "waimportexport";
  std::string log_level = "Error";
  bool backup_drive_manifest = false;
  std::optional<Export> export_selection;
  EncryptionKey encryption_key{.kek_type = "MicrosoftManaged", .kek_url = {}, .kek_vault_resource_id = {}};
  Identity identity{.type = "None", .principal_id = {}, .tenant_id = {}};
  arm::LinkedAccess access;  // to the account, of the user who named it

  static constexpr auto wire() {
    using wire::field;
    using T = Document;
    return wire::fields({field<&T::location>("location"), field<&T::storage_account_id>("storageAccountId"),
                         field<&T::tags>("tags"), field<&T::return_address>("returnAddress"),
                         field<&T::return_shipping>("returnShipping"), field<&T::delivery_package>("deliveryPackage"),
                         field<&T::diagnostics_path>("diagnosticsPath"), field<&T::log_level>("logLevel"),
                         field<&T::backup_drive_manifest>("backupDriveManifest"), field<&T::export_selection>("export"),
                         field<&T::encryption_key>("encryptionKey"), field<&T::identity>("identity"),
                         field<&T::access>("access")});
  }
};

struct Drive {
  std::string drive_id;  // as sent
  std::string manifest_file, manifest_hash;
  std::optional<std::string> header_hash;
  Buffer sealed_key;  // BitLocker key, sealed by DriveKeys; empty: none was sent
  DriveState state = DriveState::specified;
  bool had_errors = false;
  bool verbose_log = false;      // the job's switches when the copy of this drive began; a later PATCH applies
  bool backup_manifest = false;  // only to later drives
  std::string path;              // where it is docked; empty until it arrives
  std::optional<Guid> work;      // its import in the jobs engine, from the moment it is ordered
  /// How its import ended, copied from the engine's record so that it outlives that record. While the import runs,
  /// the engine's own data is read instead.
  std::optional<drive::ImportProgress> outcome;

  bool is_copied_now() const { return work && !outcome && state == DriveState::transferring; }
};

/// Who did something, as systemData reports it.
struct Author {
  std::string id;
  std::string type;  // User, Application, ManagedIdentity, Key
};

struct JobRecord {
  Guid id;
  std::string resource_id;                         // as created; the key is its lower-case form
  std::string subscription, resource_group, name;  // as created
  JobType type = JobType::import_job;
  JobState state = JobState::creating;
  bool cancel_requested = false;
  bool warned_late = false;
  Document document;
  Author created_by, updated_by;
  Time created{}, updated{};
  std::optional<Time> shipped, ended;
  std::vector<Drive> drives;

  JobFacts facts() const;
};

using drive::drive_key;  // the key by which drives are found

/// Tables of this provider, for open_sqlite.
store::Schema schema();

/// Access to the records; every call runs inside the caller's transaction. `resource` is a resource id in lower case.
namespace records {

/// Errc::not_found.
Result<JobRecord> get(store::Reader& reader, std::string_view resource);
Result<JobRecord> get(store::Reader& reader, const Guid& id);
Result<std::optional<JobRecord>> find(store::Reader& reader, std::string_view resource);

/// Writes the record and all its drives, replacing earlier ones.
Result<> save(store::Writer& writer, const JobRecord& job);
Result<> remove(store::Writer& writer, const Guid& id);

/// Up to `limit` jobs in order of their resource ids, after `after` (empty: from the start). An empty
/// `resource_group` means the whole subscription.
Result<std::vector<JobRecord>> page(store::Reader& reader, std::string_view subscription,
                                    std::string_view resource_group, std::string_view after, std::size_t limit);

/// Up to `limit` jobs that have a step due at `now`.
Result<std::vector<Guid>> due(store::Reader& reader, Time now, const LifeTimes& times, std::size_t limit);
/// When the passing of time will next make a step due.
Result<std::optional<Time>> next_deadline(store::Reader& reader, const LifeTimes& times);

/// Unfinished jobs that name this drive, the one shipped first at the front.
Result<std::vector<JobRecord>> naming_drive(store::Reader& reader, std::string_view drive_key);

/// The engine's ids of imports that have been ordered and have not ended.
Result<std::vector<Guid>> imports(store::Reader& reader);

/// Jobs in Shipping with a docked drive.
Result<std::vector<JobRecord>> with_docked_drives(store::Reader& reader);

}  // namespace records
}  // namespace quaymaster::import_export
