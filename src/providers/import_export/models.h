#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "wire/field.h"

/// The wire structs of Microsoft.ImportExport. One set serves all three api-versions: what differs between them does
/// not show in JSON except `systemData` (import-export.md 2.4). Words with few legal values stay text here, since a
/// refusal of this provider names its own code; validate.cc judges them.
namespace quaymaster::import_export {

// --- Parts that clients write and read -------------------------------------------------------------------------------
// Source: Microsoft.ImportExport 2021-01-01, the definitions of the same names.

struct ReturnAddress {
  std::optional<std::string> recipient_name, street_address1, street_address2, city, state_or_province, postal_code,
      country_or_region, phone, email;

  static constexpr auto wire() {
    using wire::field;
    using T = ReturnAddress;
    return std::tuple{field("recipientName", &T::recipient_name),
                      field("streetAddress1", &T::street_address1),
                      field("streetAddress2", &T::street_address2),
                      field("city", &T::city),
                      field("stateOrProvince", &T::state_or_province),
                      field("postalCode", &T::postal_code),
                      field("countryOrRegion", &T::country_or_region),
                      field("phone", &T::phone),
                      field("email", &T::email)};
  }
};

struct ReturnShipping {
  std::optional<std::string> carrier_name, carrier_account_number;

  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("carrierName", &ReturnShipping::carrier_name),
                      field("carrierAccountNumber", &ReturnShipping::carrier_account_number)};
  }
};

/// `ship_date` is plain text on the wire and is echoed as it came.
struct DeliveryPackage {
  std::optional<std::string> carrier_name, tracking_number;
  std::optional<std::int64_t> drive_count;
  std::optional<std::string> ship_date;

  static constexpr auto wire() {
    using wire::field;
    using T = DeliveryPackage;
    return std::tuple{field("carrierName", &T::carrier_name), field("trackingNumber", &T::tracking_number),
                      field("driveCount", &T::drive_count), field("shipDate", &T::ship_date)};
  }
};

struct EncryptionKey {
  std::optional<std::string> kek_type, kek_url, kek_vault_resource_id;

  static constexpr auto wire() {
    using wire::field;
    using T = EncryptionKey;
    return std::tuple{field("kekType", &T::kek_type), field("kekUrl", &T::kek_url),
                      field("kekVaultResourceID", &T::kek_vault_resource_id)};
  }
};

struct Identity {
  std::optional<std::string> type, principal_id, tenant_id;

  static constexpr auto wire() {
    using wire::field;
    using T = Identity;
    return std::tuple{field("type", &T::type), field("principalId", &T::principal_id).read_only(),
                      field("tenantId", &T::tenant_id).read_only()};
  }
};

struct BlobList {
  std::optional<std::vector<std::string>> blob_path, blob_path_prefix;

  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("blobPath", &BlobList::blob_path), field("blobPathPrefix", &BlobList::blob_path_prefix)};
  }
};

/// The oldest clients call the list blob `blobListblobPath`; a job answers in the spelling it was created with, so both
/// are members and at most one of a job's is set.
struct Export {
  std::optional<BlobList> blob_list;
  std::optional<std::string> blob_list_blob_path;
  std::optional<std::string> old_blob_list_blob_path;

  static constexpr auto wire() {
    using wire::field;
    using T = Export;
    return std::tuple{field("blobList", &T::blob_list), field("blobListBlobPath", &T::blob_list_blob_path),
                      field("blobListblobPath", &T::old_blob_list_blob_path)};
  }
};

// --- Requests --------------------------------------------------------------------------------------------------------

struct DriveInput {
  std::optional<std::string> drive_id, bit_locker_key, manifest_file, manifest_hash, drive_header_hash;

  static constexpr auto wire() {
    using wire::field;
    using T = DriveInput;
    return std::tuple{field("driveId", &T::drive_id), field("bitLockerKey", &T::bit_locker_key),
                      field("manifestFile", &T::manifest_file), field("manifestHash", &T::manifest_hash),
                      field("driveHeaderHash", &T::drive_header_hash)};
  }
};

/// `properties` of PUT and PATCH: what a client may send. Everything else of JobDetails is the service's and is ignored
/// when sent, shippingInformation among it.
struct JobInput {
  std::optional<std::string> storage_account_id, job_type;
  std::optional<ReturnAddress> return_address;
  std::optional<ReturnShipping> return_shipping;
  std::optional<DeliveryPackage> delivery_package;
  std::optional<std::string> diagnostics_path, log_level;
  std::optional<bool> backup_drive_manifest, cancel_requested;
  std::optional<std::string> state;
  std::optional<std::vector<DriveInput>> drive_list;
  std::optional<Export> export_selection;
  std::optional<EncryptionKey> encryption_key;

  static constexpr auto wire() {
    using wire::field;
    using T = JobInput;
    return std::tuple{field("storageAccountId", &T::storage_account_id),
                      field("jobType", &T::job_type),
                      field("returnAddress", &T::return_address),
                      field("returnShipping", &T::return_shipping),
                      field("deliveryPackage", &T::delivery_package),
                      field("diagnosticsPath", &T::diagnostics_path),
                      field("logLevel", &T::log_level),
                      field("backupDriveManifest", &T::backup_drive_manifest),
                      field("cancelRequested", &T::cancel_requested),
                      field("state", &T::state),
                      field("driveList", &T::drive_list),
                      field("export", &T::export_selection),
                      field("encryptionKey", &T::encryption_key)};
  }
};

/// Body of Jobs_Create and of Jobs_Update. Source: PutJobParameters, UpdateJobParameters; `identity` is in neither, yet
/// customers are told to send it (import-export.md 3.1).
struct JobRequest {
  std::optional<std::string> location;
  std::optional<wire::Json> tags;
  std::optional<JobInput> properties;
  std::optional<Identity> identity;

  static constexpr auto wire() {
    using wire::field;
    using T = JobRequest;
    return std::tuple{field("location", &T::location), field("tags", &T::tags), field("properties", &T::properties),
                      field("identity", &T::identity)};
  }
};

// --- Answers ---------------------------------------------------------------------------------------------------------

struct ShippingInformation {
  std::optional<std::string> recipient_name, street_address1, street_address2, city, state_or_province, postal_code,
      country_or_region, phone, additional_information;

  static constexpr auto wire() {
    using wire::field;
    using T = ShippingInformation;
    return std::tuple{field("recipientName", &T::recipient_name),
                      field("streetAddress1", &T::street_address1),
                      field("streetAddress2", &T::street_address2),
                      field("city", &T::city),
                      field("stateOrProvince", &T::state_or_province),
                      field("postalCode", &T::postal_code),
                      field("countryOrRegion", &T::country_or_region),
                      field("phone", &T::phone),
                      field("additionalInformation", &T::additional_information)};
  }
};

/// One drive as it is shown. The BitLocker key is no member: only listBitLockerKeys hands it out.
/// Source: Microsoft.ImportExport 2021-01-01, DriveStatus.
struct DriveStatus {
  std::string drive_id;
  std::string manifest_file, manifest_hash;
  std::optional<std::string> drive_header_hash;  // an empty one is kept, an absent one stays absent
  std::string state;
  std::optional<std::string> copy_status;
  std::optional<std::int64_t> percent_complete;
  std::optional<std::string> verbose_log_uri, error_log_uri, manifest_uri;
  std::optional<std::int64_t> bytes_succeeded;

  static constexpr auto wire() {
    using wire::field;
    using T = DriveStatus;
    return std::tuple{field("driveId", &T::drive_id),
                      field("manifestFile", &T::manifest_file),
                      field("manifestHash", &T::manifest_hash),
                      field("driveHeaderHash", &T::drive_header_hash),
                      field("state", &T::state),
                      field("copyStatus", &T::copy_status),
                      field("percentComplete", &T::percent_complete),
                      field("verboseLogUri", &T::verbose_log_uri),
                      field("errorLogUri", &T::error_log_uri),
                      field("manifestUri", &T::manifest_uri),
                      field("bytesSucceeded", &T::bytes_succeeded)};
  }
};

/// Source: Microsoft.ImportExport 2021-01-01, JobDetails; order of members from recorded traffic
/// (import-export.md 3.2).
struct JobDetails {
  std::string storage_account_id, job_type;
  std::optional<ReturnAddress> return_address;
  std::optional<ReturnShipping> return_shipping;
  std::optional<ShippingInformation> shipping_information;
  std::optional<DeliveryPackage> delivery_package;
  std::string diagnostics_path, log_level;
  bool backup_drive_manifest = false;
  bool cancel_requested = false;
  std::string state;
  std::optional<std::int64_t> percent_complete;
  std::optional<std::vector<DriveStatus>> drive_list;
  std::optional<Export> export_selection;
  std::string provisioning_state;
  EncryptionKey encryption_key;

  static constexpr auto wire() {
    using wire::field;
    using T = JobDetails;
    return std::tuple{field("storageAccountId", &T::storage_account_id),
                      field("jobType", &T::job_type),
                      field("returnAddress", &T::return_address),
                      field("returnShipping", &T::return_shipping),
                      field("shippingInformation", &T::shipping_information),
                      field("deliveryPackage", &T::delivery_package),
                      field("diagnosticsPath", &T::diagnostics_path),
                      field("logLevel", &T::log_level),
                      field("backupDriveManifest", &T::backup_drive_manifest),
                      field("cancelRequested", &T::cancel_requested),
                      field("state", &T::state),
                      field("percentComplete", &T::percent_complete),
                      field("driveList", &T::drive_list),
                      field("export", &T::export_selection),
                      field("provisioningState", &T::provisioning_state),
                      field("encryptionKey", &T::encryption_key)};
  }
};

/// Times have seven fraction digits in every published example; format_time writes them.
struct SystemData {
  std::string created_by, created_by_type, created_at, last_modified_by, last_modified_by_type, last_modified_at;

  static constexpr auto wire() {
    using wire::field;
    using T = SystemData;
    return std::tuple{field("createdBy", &T::created_by),
                      field("createdByType", &T::created_by_type),
                      field("createdAt", &T::created_at),
                      field("lastModifiedBy", &T::last_modified_by),
                      field("lastModifiedByType", &T::last_modified_by_type),
                      field("lastModifiedAt", &T::last_modified_at)};
  }
};

/// Source: JobResponse; order from recorded traffic, `tags` only when set (import-export.md 3.1).
struct Job {
  std::optional<SystemData> system_data;  // from 2020-08-01 on
  JobDetails properties;
  Identity identity;
  std::string id, name, type;
  std::string location;
  std::optional<wire::Json> tags;

  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("systemData", &Job::system_data),
                      field("properties", &Job::properties),
                      field("identity", &Job::identity),
                      field("id", &Job::id),
                      field("name", &Job::name),
                      field("type", &Job::type),
                      field("location", &Job::location),
                      field("tags", &Job::tags)};
  }
};

struct JobList {
  std::vector<Job> value;
  std::optional<std::string> next_link;

  static constexpr auto wire() {
    return std::tuple{wire::field("value", &JobList::value), wire::field("nextLink", &JobList::next_link)};
  }
};

struct DriveKey {
  std::string drive_id;
  std::optional<std::string> bit_locker_key;

  static constexpr auto wire() {
    return std::tuple{wire::field("driveId", &DriveKey::drive_id),
                      wire::field("bitLockerKey", &DriveKey::bit_locker_key)};
  }
};

struct DriveKeyList {
  std::vector<DriveKey> value;

  static constexpr auto wire() { return std::tuple{wire::field("value", &DriveKeyList::value)}; }
};

// --- Locations and operations ----------------------------------------------------------------------------------------

struct LocationDetails {
  std::string recipient_name, street_address1, street_address2, city, state_or_province, postal_code, country_or_region,
      phone, additional_shipping_information;
  std::vector<std::string> supported_carriers, alternate_locations;

  static constexpr auto wire() {
    using wire::field;
    using T = LocationDetails;
    return std::tuple{field("recipientName", &T::recipient_name),
                      field("streetAddress1", &T::street_address1),
                      field("streetAddress2", &T::street_address2),
                      field("city", &T::city),
                      field("stateOrProvince", &T::state_or_province),
                      field("postalCode", &T::postal_code),
                      field("countryOrRegion", &T::country_or_region),
                      field("phone", &T::phone),
                      field("additionalShippingInformation", &T::additional_shipping_information),
                      field("supportedCarriers", &T::supported_carriers),
                      field("alternateLocations", &T::alternate_locations)};
  }
};

/// The envelope's order is that of the published example: properties first.
struct Location {
  LocationDetails properties;
  std::string id, name, type;

  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("properties", &Location::properties), field("id", &Location::id),
                      field("name", &Location::name), field("type", &Location::type)};
  }
};

struct LocationList {
  std::vector<Location> value;

  static constexpr auto wire() { return std::tuple{wire::field("value", &LocationList::value)}; }
};

struct OperationDisplay {
  std::string provider, resource, operation, description;

  static constexpr auto wire() {
    using wire::field;
    using T = OperationDisplay;
    return std::tuple{field("provider", &T::provider), field("resource", &T::resource),
                      field("operation", &T::operation), field("description", &T::description)};
  }
};

struct OperationEntry {
  std::string name;
  OperationDisplay display;

  static constexpr auto wire() {
    return std::tuple{wire::field("name", &OperationEntry::name), wire::field("display", &OperationEntry::display)};
  }
};

struct OperationList {
  std::vector<OperationEntry> value;

  static constexpr auto wire() { return std::tuple{wire::field("value", &OperationList::value)}; }
};

// --- Our own extension: the dock -------------------------------------------------------------------------------------

/// Body of Jobs_DockDrive: a folder of the server's machine is the drive.
struct DockRequest {
  std::optional<std::string> drive_id, path;

  static constexpr auto wire() {
    return std::tuple{wire::field("driveId", &DockRequest::drive_id), wire::field("path", &DockRequest::path)};
  }
};

/// One thing seen at the dock.
struct DockedDrive {
  std::string path;
  std::optional<std::string> drive_id;
  std::string state;                       // Bound, Waiting, Settling, Unnamed, Refused
  std::optional<std::string> job_id;       // whose it is, when bound
  std::optional<std::string> explanation;  // why it is refused or waits

  static constexpr auto wire() {
    using wire::field;
    using T = DockedDrive;
    return std::tuple{field("path", &T::path), field("driveId", &T::drive_id), field("state", &T::state),
                      field("jobId", &T::job_id), field("explanation", &T::explanation)};
  }
};

struct DockList {
  std::vector<DockedDrive> value;

  static constexpr auto wire() { return std::tuple{wire::field("value", &DockList::value)}; }
};

}  // namespace quaymaster::import_export
