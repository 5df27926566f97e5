#include "providers/import_export/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "arm/resource_groups.h"
#include "base/encode.h"
#include "drive/manifest/drive_id.h"
#include "drive/manifest/manifest_backup.h"
#include "identity/principals/shown.h"
#include "providers/import_export/errors.h"
#include "wire/json.h"

namespace quaymaster::import_export {
namespace {

constexpr std::size_t kLongestShown = 200;

Error bad_value(std::string_view property, std::string_view value, std::string_view rule) {
  // Show enough to recognise it; a body may hold megabytes, and an id may be a connection string in the wrong field.
  const auto shown = identity::holds_secret(value)   ? std::string("(not shown)")
                     : value.size() <= kLongestShown ? std::string(value)
                                                     : std::string(value.substr(0, kLongestShown)) + "…";
  return refuse(Errc::invalid, errors::kInvalidParameter, shown, property, rule).at(std::string(property));
}
Error missing(std::string_view property, std::string_view why) {
  return refuse(Errc::invalid, errors::kMissingRequiredProperty, property, why).at(std::string(property));
}
Error not_allowed(std::string_view property, std::string_view why) {
  return refuse(Errc::invalid, errors::kPropertyNotAllowed, property, why).at(std::string(property));
}

bool is_empty(const std::optional<std::string>& text) {
  return !text || text->empty();
}

struct Required {
  std::string_view name;
  const std::optional<std::string>* value;
};
Result<> require_all(std::string_view owner, std::initializer_list<Required> members) {
  for (const auto& member : members) {
    if (is_empty(*member.value)) {
      return missing(fmt::format("{}.{}", owner, member.name), fmt::format("Every '{}' has it.", owner));
    }
  }
  return ok();
}

/// The canonical spelling of a value, or an error that lists the legal ones.
Result<std::string> word_of(std::string_view property, const std::string& value,
                            std::initializer_list<std::string_view> legal) {
  for (const auto word : legal) {
    if (equal_ignoring_case(word, value)) {
      return std::string(word);
    }
  }
  return bad_value(property, value, fmt::format("Legal values: {}.", fmt::join(legal, ", ")));
}

Result<ReturnAddress> address_of(ReturnAddress address) {
  TRY(require_all("properties.returnAddress", {{"recipientName", &address.recipient_name},
                                               {"streetAddress1", &address.street_address1},
                                               {"city", &address.city},
                                               {"postalCode", &address.postal_code},
                                               {"countryOrRegion", &address.country_or_region},
                                               {"phone", &address.phone},
                                               {"email", &address.email}}));
  if (!address.street_address2) {
    address.street_address2 = "";  // recorded: an omitted one comes back empty
  }
  return address;
}

Result<> check_return_shipping(const ReturnShipping& shipping) {
  return require_all("properties.returnShipping", {{"carrierName", &shipping.carrier_name},
                                                   {"carrierAccountNumber", &shipping.carrier_account_number}});
}

Result<> check_delivery(const DeliveryPackage& package) {
  TRY(require_all("properties.deliveryPackage",
                  {{"carrierName", &package.carrier_name}, {"trackingNumber", &package.tracking_number}}));
  if (package.drive_count && *package.drive_count < 0) {
    return bad_value("properties.deliveryPackage.driveCount", fmt::to_string(*package.drive_count),
                     "It counts drives and cannot be negative.");
  }
  return ok();
}

Result<> check_diagnostics_path(const std::string& path) {
  if (!drive::parse_diagnostics_path(path)) {
    return bad_value(
        "properties.diagnosticsPath", path,
        "Its first segment is a container: 3 to 63 lower-case letters, digits and single hyphens, not '$root'.");
  }
  return ok();
}

Result<> check_tags(const wire::Json& tags) {
  if (!tags.text.starts_with('{')) {
    return bad_value("tags", tags.text, "It is an object of names and values.");
  }
  return ok();
}

Result<> check_storage_account(const std::optional<std::string>& id) {
  constexpr std::string_view kProperty = "properties.storageAccountId";
  if (is_empty(id)) {
    return missing(kProperty, "It is the resource id of the account whose blobs are imported or exported.");
  }
  const auto parsed = arm::parse_resource_id(*id);
  if (!parsed || !(equal_ignoring_case(parsed.value().type, "Microsoft.Storage/storageAccounts") ||
                   equal_ignoring_case(parsed.value().type, "Microsoft.ClassicStorage/storageAccounts"))) {
    return bad_value(
        kProperty, *id,
        "It has the form /subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/….");
  }
  return ok();
}

Result<EncryptionKey> encryption_key_of(const EncryptionKey& present, EncryptionKey wanted) {
  constexpr std::string_view kProperty = "properties.encryptionKey.kekType";
  const auto now = present.kek_type.value_or("MicrosoftManaged");
  TRY(wanted.kek_type,
      word_of(kProperty, wanted.kek_type.value_or("MicrosoftManaged"), {"MicrosoftManaged", "CustomerManaged"}));
  if (now == "CustomerManaged" && *wanted.kek_type != now) {
    return bad_value(kProperty, *wanted.kek_type, "A change to CustomerManaged cannot be undone.");
  }
  return wanted;
}

Result<Identity> identity_of(const Identity& wanted) {
  Identity identity;
  TRY(identity.type,
      word_of("identity.type", wanted.type.value_or("None"), {"None", "SystemAssigned", "UserAssigned"}));
  return identity;
}

Result<Drive> drive_of(const DriveInput& input, std::string_view at, const JobRecord& job, const DriveKeys& keys) {
  for (const auto& [name, value] : {Required{"driveId", &input.drive_id},
                                    {"manifestFile", &input.manifest_file},
                                    {"manifestHash", &input.manifest_hash}}) {
    if (is_empty(*value)) {
      return missing(fmt::format("{}.{}", at, name), "The drive's preparation prints it.");
    }
  }
  // An id becomes part of file and blob names, and a drive with any other id could never arrive at the dock.
  if (!drive::is_drive_id(*input.drive_id)) {
    return bad_value(fmt::format("{}.driveId", at), *input.drive_id,
                     fmt::format("A drive id is the drive's serial number: {}.", drive::kDriveIdRule));
  }
  Drive drive;
  drive.drive_id = *input.drive_id;
  drive.manifest_file = *input.manifest_file;
  drive.manifest_hash = *input.manifest_hash;
  drive.header_hash = input.drive_header_hash;
  const auto key = drive_key(drive.drive_id);
  if (input.bit_locker_key) {
    drive.sealed_key = keys.seal(job.id, key, *input.bit_locker_key);
  } else {
    const auto known = std::ranges::find_if(job.drives, [&](const Drive& d) { return drive_key(d.drive_id) == key; });
    if (known != job.drives.end()) {
      drive.sealed_key = known->sealed_key;
    }
  }
  return drive;
}

Result<std::vector<Drive>> drives_of(const std::vector<DriveInput>& inputs, const JobRecord& job,
                                     const DriveKeys& keys) {
  constexpr std::string_view kProperty = "properties.driveList";
  if (inputs.empty()) {
    return missing(kProperty, "An import job names 1 to 10 drives.");
  }
  if (inputs.size() > kMostDrives) {
    return refuse(Errc::invalid, errors::kTooManyDrives, inputs.size(), kMostDrives).at(std::string(kProperty));
  }
  std::vector<Drive> drives;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    TRY(auto drive, drive_of(inputs[i], fmt::format("{}[{}]", kProperty, i), job, keys));
    if (!seen.insert(drive_key(drive.drive_id)).second) {
      return refuse(Errc::invalid, errors::kDuplicateDriveId, drive.drive_id)
          .at(fmt::format("{}[{}].driveId", kProperty, i));
    }
    drives.push_back(std::move(drive));
  }
  return drives;
}

Result<> check_blob_list(const BlobList& list) {
  std::size_t bytes = 0;
  for (const auto* names : {&list.blob_path, &list.blob_path_prefix}) {
    for (const auto& name : names->value_or(std::vector<std::string>{})) {
      bytes += name.size();
    }
  }
  if (bytes == 0) {
    return missing("properties.export.blobList", "It names at least one blobPath or blobPathPrefix.");
  }
  if (bytes > kLongestBlobList) {
    return bad_value("properties.export.blobList", fmt::format("{} bytes", bytes),
                     "An inline list has at most 32 KB; put a larger one into a blob and name that by "
                     "'blobListBlobPath'.");
  }
  for (const auto& prefix : list.blob_path_prefix.value_or(std::vector<std::string>{})) {
    if (!prefix.starts_with('/')) {
      return bad_value("properties.export.blobList.blobPathPrefix", prefix,
                       "A prefix begins with '/', then the container's name or the beginning of one.");
    }
  }
  return ok();
}

Result<Export> export_of(Export wanted) {
  for (auto* path : {&wanted.blob_list_blob_path, &wanted.old_blob_list_blob_path}) {
    if (is_empty(*path)) {
      path->reset();
    }
  }
  const int kinds =
      (wanted.blob_list ? 1 : 0) + (wanted.blob_list_blob_path ? 1 : 0) + (wanted.old_blob_list_blob_path ? 1 : 0);
  if (kinds > 1) {
    return not_allowed("properties.export.blobListBlobPath", "Give either 'blobList' or 'blobListBlobPath'.");
  }
  if (kinds == 0) {
    return missing("properties.export.blobList", "An export names its blobs by 'blobList' or 'blobListBlobPath'.");
  }
  if (wanted.blob_list) {
    TRY(check_blob_list(*wanted.blob_list));
  }
  return wanted;
}

Result<> check_put_words(const JobInput& input) {
  if (!is_empty(input.state) && !equal_ignoring_case(*input.state, "Creating")) {
    return bad_value("properties.state", *input.state, "A job begins in Creating; PATCH it to Shipping later.");
  }
  if (input.cancel_requested.value_or(false)) {
    return bad_value("properties.cancelRequested", "true", "A job is cancelled by PATCH after it was created.");
  }
  return ok();
}

Result<> apply_selection(JobRecord& job, const JobInput& input, const DriveKeys& keys) {
  if (job.type == JobType::import_job) {
    if (input.export_selection) {
      return not_allowed("properties.export", "Only export jobs have it.");
    }
    TRY(job.drives, drives_of(input.drive_list.value_or(std::vector<DriveInput>{}), job, keys));
    return ok();
  }
  if (input.drive_list && !input.drive_list->empty()) {
    return not_allowed("properties.driveList", "The service fills it in when the drives of an export job arrive.");
  }
  if (!input.export_selection) {
    return missing("properties.export", "An export job says which blobs it exports.");
  }
  TRY(job.document.export_selection, export_of(*input.export_selection));
  job.drives.clear();
  return ok();
}

template <class T>
bool same(const T& a, const T& b) {
  return wire::to_json(a) == wire::to_json(b);
}

/// A PATCH being applied: what it may change, and whether it has changed anything.
class Patch {
 public:
  Patch(const JobRecord& before, JobRecord& job) : before_(before), job_(job) {}

  /// Sets `member` to `value` if that is a change and the state allows it.
  template <class T>
  Result<> set(T& member, T value, JobAction action, std::string_view target) {
    bool equal = false;
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, bool>) {
      equal = member == value;
    } else {
      equal = member && same(*member, *value);
    }
    if (equal) {
      return ok();
    }
    TRY(require(before_, action, fmt::format("changing '{}'", target), target));
    member = std::move(value);
    effect.changed = true;
    return ok();
  }

  Result<> logging(const JobInput& input) {
    auto& document = job_.document;
    if (!is_empty(input.log_level)) {
      TRY(auto level, word_of("properties.logLevel", *input.log_level, {"Error", "Verbose"}));
      TRY(set(document.log_level, std::move(level), JobAction::log_settings, "properties.logLevel"));
    }
    if (input.backup_drive_manifest) {
      TRY(set(document.backup_drive_manifest, bool(*input.backup_drive_manifest), JobAction::log_settings,
              "properties.backupDriveManifest"));
    }
    if (!is_empty(input.diagnostics_path) && *input.diagnostics_path != document.diagnostics_path) {
      constexpr std::string_view kTarget = "properties.diagnosticsPath";
      TRY(check_diagnostics_path(*input.diagnostics_path));
      if (std::ranges::any_of(before_.drives, [](const Drive& drive) { return drive.work.has_value(); })) {
        return refuse(Errc::conflict, errors::kInvalidJobState, job_.name, wire_name(job_.state),
                      "changing 'properties.diagnosticsPath'", "the time before the first drive's import begins")
            .at(std::string(kTarget));
      }
      TRY(set(document.diagnostics_path, *input.diagnostics_path, JobAction::log_settings, kTarget));
    }
    return ok();
  }

  Result<> addresses(const JobInput& input) {
    auto& document = job_.document;
    if (input.return_address) {
      TRY(auto address, address_of(*input.return_address));
      TRY(set(document.return_address, std::optional(std::move(address)), JobAction::return_details,
              "properties.returnAddress"));
    }
    if (input.return_shipping) {
      TRY(check_return_shipping(*input.return_shipping));
      TRY(set(document.return_shipping, input.return_shipping, JobAction::return_details, "properties.returnShipping"));
    }
    if (input.delivery_package) {
      TRY(check_delivery(*input.delivery_package));
      TRY(set(document.delivery_package, input.delivery_package, JobAction::delivery_package,
              "properties.deliveryPackage"));
    }
    return ok();
  }

  Result<> drives(const JobInput& input, const DriveKeys& keys) {
    if (!input.drive_list) {
      return ok();
    }
    if (job_.type == JobType::export_job) {
      return input.drive_list->empty() ? Result<>(ok())
                                       : not_allowed("properties.driveList", "The service fills it in.");
    }
    TRY(require(before_, JobAction::drive_list, "changing 'properties.driveList'", "properties.driveList"));
    TRY(job_.drives, drives_of(*input.drive_list, before_, keys));
    effect.changed = true;
    return ok();
  }

  Result<> cancel(const JobInput& input) {
    if (input.cancel_requested.value_or(false) && !job_.cancel_requested) {
      TRY(require(before_, JobAction::cancel, "cancelling", "properties.cancelRequested"));
      job_.cancel_requested = effect.changed = true;
    }
    return ok();
  }

  /// Called last, since it depends on what the same request sets.
  Result<> state(const JobInput& input) {
    constexpr std::string_view kTarget = "properties.state";
    // Recorded: an empty state counts as absent. The present state is no change.
    if (is_empty(input.state) || equal_ignoring_case(*input.state, wire_name(before_.state))) {
      return ok();
    }
    TRY(word_of(kTarget, *input.state, {"Shipping"}));
    TRY(require(before_, JobAction::ship, "changing the state to Shipping", kTarget));
    for (const auto& [name, given] :
         {std::pair{"properties.returnAddress", job_.document.return_address.has_value()},
          std::pair{"properties.deliveryPackage", job_.document.delivery_package.has_value()}}) {
      if (!given) {
        return refuse(Errc::invalid, errors::kShippingInformationIncomplete, name).at(name);
      }
    }
    effect.changed = effect.ship = true;
    return ok();
  }

  PatchEffect effect;

 private:
  const JobRecord& before_;
  JobRecord& job_;
};

Result<PatchEffect> patched(const JobRecord& before, JobRecord& job, const JobRequest& request, const DriveKeys& keys) {
  Patch patch(before, job);
  if (request.tags) {
    TRY(check_tags(*request.tags));
    patch.effect.changed |= !job.document.tags || job.document.tags->text != request.tags->text;
    job.document.tags = request.tags;
  }
  if (request.identity) {
    TRY(auto identity, identity_of(*request.identity));
    patch.effect.changed |= !same(identity, job.document.identity);
    job.document.identity = std::move(identity);
  }
  if (!request.properties) {
    return patch.effect;
  }
  const auto& input = *request.properties;
  if (input.encryption_key) {
    TRY(auto key, encryption_key_of(job.document.encryption_key, *input.encryption_key));
    patch.effect.changed |= !same(key, job.document.encryption_key);
    job.document.encryption_key = std::move(key);
  }
  TRY(patch.addresses(input));
  TRY(patch.logging(input));
  TRY(patch.drives(input, keys));
  TRY(patch.cancel(input));
  TRY(patch.state(input));
  return patch.effect;
}

}  // namespace

Result<> check_job_name(std::string_view name) {
  const auto is_alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool legal = !name.empty() && name.size() <= kLongestName && is_alnum(name[0]) &&
                     std::ranges::all_of(name, [&](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
  if (!legal) {
    return bad_value("jobName", name,
                     "A job's name has 1 to 80 letters, digits, '-', '_' and '.', and begins with a letter or digit.");
  }
  return ok();
}

Result<> require(const JobRecord& job, JobAction action, std::string_view doing, std::string_view target) {
  if (allows(job.state, action)) {
    return ok();
  }
  return refuse(Errc::conflict, errors::kInvalidJobState, job.name, wire_name(job.state), doing,
                states_that_allow(action))
      .at(std::string(target));
}

Result<> apply_put(JobRecord& job, const JobRequest& request, const DriveKeys& keys) {
  if (is_empty(request.location)) {
    return missing("location", "It is one of the names that GET /providers/Microsoft.ImportExport/locations lists.");
  }
  if (!request.properties) {
    return missing("properties", "It describes the job.");
  }
  const auto& input = *request.properties;
  TRY(check_storage_account(input.storage_account_id));
  if (is_empty(input.job_type)) {
    return missing("properties.jobType", "It is Import or Export.");
  }
  TRY(const auto type, word_of("properties.jobType", *input.job_type, {"Import", "Export"}));
  TRY(check_put_words(input));

  JobRecord wanted = job;
  wanted.type = type == "Import" ? JobType::import_job : JobType::export_job;
  wanted.document = {};
  auto& document = wanted.document;
  document.location = *request.location;
  document.storage_account_id = *input.storage_account_id;
  if (request.tags) {
    TRY(check_tags(*request.tags));
    document.tags = request.tags;
  }
  if (request.identity) {
    TRY(document.identity, identity_of(*request.identity));
  }
  if (input.encryption_key) {
    TRY(document.encryption_key, encryption_key_of(job.document.encryption_key, *input.encryption_key));
  } else {
    document.encryption_key = job.document.encryption_key;
  }
  Patch fill(wanted, wanted);  // in Creating every part of a job may be set, by the same rules
  TRY(fill.addresses(input));
  TRY(fill.logging(input));
  TRY(apply_selection(wanted, input, keys));
  job = std::move(wanted);
  return ok();
}

Result<PatchEffect> apply_patch(JobRecord& job, const JobRequest& request, const DriveKeys& keys) {
  JobRecord wanted = job;
  TRY(auto effect, patched(job, wanted, request, keys));
  job = std::move(wanted);
  return effect;
}

}  // namespace quaymaster::import_export
