#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/field.h"

/// The wire structs of Microsoft.ImportExport. One set serves all three api-versions: their differences do not show
/// in JSON. Members with few legal values stay text here, since this provider's errors have their own codes;
/// validate.cc checks them.
namespace quaymaster::import_export {

// --- Parts that clients write and read -------------------------------------------------------------------------------
// Source: Microsoft.ImportExport 2021-01-01, the definitions of the same names.

struct ReturnAddress {
  std::optional<std::string> recipient_name, street_address1, street_address2, city, state_or_province, postal_code,
      country_or_region, phone, email;

  static constexpr auto wire() {
    using wire::field;
    using T = ReturnAddress;
    return wire::fields({field<&T::recipient_name>("recipientName"), field<&T::street_address1>("streetAddress1"),
                         field<&T::street_address2>("streetAddress2"), field<&T::city>("city"),
                         field<&T::state_or_province>("stateOrProvince"), field<&T::postal_code>("postalCode"),
                         field<&T::country_or_region>("countryOrRegion"), field<&T::phone>("phone"),
                         field<&T::email>("email")});
  }
};

struct ReturnShipping {
  std::optional<std::string> carrier_name, carrier_account_number;

  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&ReturnShipping::carrier_name>("carrierName"),
                         field<&ReturnShipping::carrier_account_number>("carrierAccountNumber")});
  }
};

/// `ship_date` is plain text on the wire and is echoed unchanged.
struct DeliveryPackage {
  std::optional<std::string> carrier_name, tracking_number;
  std::optional<std::int64_t> drive_count;
  std::optional<std::string> ship_date;

  static constexpr auto wire() {
    using wire::field;
    using T = DeliveryPackage;
    return wire::fields({field<&T::carrier_name>("carrierName"), field<&T::tracking_number>("trackingNumber"),
                         field<&T::drive_count>("driveCount"), field<&T::ship_date>("shipDate")});
  }
};

struct EncryptionKey {
  std::optional<std::string> kek_type, kek_url, kek_vault_resource_id;

  static constexpr auto wire() {
    using wire::field;
    using T = EncryptionKey;
    return wire::fields({field<&T::kek_type>("kekType"), field<&T::kek_url>("kekUrl"),
                         field<&T::kek_vault_resource_id>("kekVaultResourceID")});
  }
};

struct Identity {
  std::optional<std::string> type, principal_id, tenant_id;

  static constexpr auto wire() {
    using wire::field;
    using T = Identity;
    return wire::fields({field<&T::type>("type"), field<&T::principal_id>("principalId").read_only(),
                         field<&T::tenant_id>("tenantId").read_only()});
  }
};

struct BlobList {
  std::optional<std::vector<std::string>> blob_path, blob_path_prefix;

  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&BlobList::blob_path>("blobPath"), field<&BlobList::blob_path_prefix>("blobPathPrefix")});
  }
};

/// The oldest clients call the list blob `blobListblobPath`. A job answers in the spelling it was created with, so
/// both are members, of which at most one is set.
struct Export {
  std::optional<BlobList> blob_list;
  std::optional<std::string> blob_list_blob_path;
  std::optional<std::string> old_blob_list_blob_path;

  static constexpr auto wire() {
    using wire::field;
    using T = Export;
    return wire::fields({field<&T::blob_list>("blobList"), field<&T::blob_list_blob_path>("blobListBlobPath"),
                         field<&T::old_blob_list_blob_path>("blobListblobPath")});
  }
};

// --- Requests --------------------------------------------------------------------------------------------------------

struct DriveInput {
  std::optional<std::string> drive_id, bit_locker_key, manifest_file, manifest_hash, drive_header_hash;

  static constexpr auto wire() {
    using wire::field;
    using T = DriveInput;
    return wire::fields({field<&T::drive_id>("driveId"), field<&T::bit_locker_key>("bitLockerKey"),
                         field<&T::manifest_file>("manifestFile"), field<&T::manifest_hash>("manifestHash"),
                         field<&T::drive_header_hash>("driveHeaderHash")});
  }
};

/// `properties` of PUT and PATCH: what a client may send. Everything else in JobDetails is set by the service and
/// ignored when sent, including shippingInformation.
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
    return wire::fields({field<&T::storage_account_id>("storageAccountId"), field<&T::job_type>("jobType"),
                         field<&T::return_address>("returnAddress"), field<&T::return_shipping>("returnShipping"),
                         field<&T::delivery_package>("deliveryPackage"), field<&T::diagnostics_path>("diagnosticsPath"),
                         field<&T::log_level>("logLevel"), field<&T::backup_drive_manifest>("backupDriveManifest"),
                         field<&T::cancel_requested>("cancelRequested"), field<&T::state>("state"),
                         field<&T::drive_list>("driveList"), field<&T::export_selection>("export"),
                         field<&T::encryption_key>("encryptionKey")});
  }
};

/// Body of Jobs_Create and of Jobs_Update. Source: PutJobParameters, UpdateJobParameters. `identity` is in neither,
/// but the documentation asks customers to send it (import-export.md 3.1).
struct JobRequest {
  std::optional<std::string> location;
  std::optional<wire::Json> tags;
  std::optional<JobInput> properties;
  std::optional<Identity> identity;

  static constexpr auto wire() {
    using wire::field;
    using T = JobRequest;
    return wire::fields({field<&T::location>("location"), field<&T::tags>("tags"), field<&T::properties>("properties"),
                         field<&T::identity>("identity")});
  }
};

// --- Answers ---------------------------------------------------------------------------------------------------------

struct ShippingInformation {
  std::optional<std::string> recipient_name, street_address1, street_address2, city, state_or_province, postal_code,
      country_or_region, phone, additional_information;

  static constexpr auto wire() {
    using wire::field;
    using T = ShippingInformation;
    return wire::fields({field<&T::recipient_name>("recipientName"), field<&T::street_address1>("streetAddress1"),
                         field<&T::street_address2>("streetAddress2"), field<&T::city>("city"),
                         field<&T::state_or_province>("stateOrProvince"), field<&T::postal_code>("postalCode"),
                         field<&T::country_or_region>("countryOrRegion"), field<&T::phone>("phone"),
                         field<&T::additional_information>("additionalInformation")});
  }
};

/// One drive as shown to clients. The BitLocker key is not a member: only listBitLockerKeys returns it. Source:
/// Microsoft.ImportExport 2021-01-01, DriveStatus.
struct DriveStatus {
  std::string drive_id;
  std::string manifest_file, manifest_hash;
  std::optional<std::string> drive_header_hash;  // an empty one is stored, an absent one stays absent
  std::string state;
  std::optional<std::string> copy_status;
  std::optional<std::int64_t> percent_complete;
  std::optional<std::string> verbose_log_uri, error_log_uri, manifest_uri;
  std::optional<std::int64_t> bytes_succeeded;

  static constexpr auto wire() {
    using wire::field;
    using T = DriveStatus;
    return wire::fields({field<&T::drive_id>("driveId"), field<&T::manifest_file>("manifestFile"),
                         field<&T::manifest_hash>("manifestHash"), field<&T::drive_header_hash>("driveHeaderHash"),
                         field<&T::state>("state"), field<&T::copy_status>("copyStatus"),
                         field<&T::percent_complete>("percentComplete"), field<&T::verbose_log_uri>("verboseLogUri"),
                         field<&T::error_log_uri>("errorLogUri"), field<&T::manifest_uri>("manifestUri"),
                         field<&T::bytes_succeeded>("bytesSucceeded")});
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
    return wire::fields({field<&T::storage_account_id>("storageAccountId"), field<&T::job_type>("jobType"),
                         field<&T::return_address>("returnAddress"), field<&T::return_shipping>("returnShipping"),
                         field<&T::shipping_information>("shippingInformation"),
                         field<&T::delivery_package>("deliveryPackage"), field<&T::diagnostics_path>("diagnosticsPath"),
                         field<&T::log_level>("logLevel"), field<&T::backup_drive_manifest>("backupDriveManifest"),
                         field<&T::cancel_requested>("cancelRequested"), field<&T::state>("state"),
                         field<&T::percent_complete>("percentComplete"), field<&T::drive_list>("driveList"),
                         field<&T::export_selection>("export"), field<&T::provisioning_state>("provisioningState"),
                         field<&T::encryption_key>("encryptionKey")});
  }
};

/// All published examples have times with seven fraction digits; format_time writes them.
struct SystemData {
  std::string created_by, created_by_type, created_at, last_modified_by, last_modified_by_type, last_modified_at;

  static constexpr auto wire() {
    using wire::field;
    using T = SystemData;
    return wire::fields({field<&T::created_by>("createdBy"), field<&T::created_by_type>("createdByType"),
                         field<&T::created_at>("createdAt"), field<&T::last_modified_by>("lastModifiedBy"),
                         field<&T::last_modified_by_type>("lastModifiedByType"),
                         field<&T::last_modified_at>("lastModifiedAt")});
  }
};

/// Source: JobResponse; order from recorded traffic, `tags` only if set (import-export.md 3.1).
struct Job {
  SystemData system_data;
  JobDetails properties;
  Identity identity;
  std::string id, name, type;
  std::string location;
  std::optional<wire::Json> tags;

  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Job::system_data>("systemData"), field<&Job::properties>("properties"),
                         field<&Job::identity>("identity"), field<&Job::id>("id"), field<&Job::name>("name"),
                         field<&Job::type>("type"), field<&Job::location>("location"), field<&Job::tags>("tags")});
  }
};

struct JobList {
  std::vector<Job> value;
  std::optional<std::string> next_link;

  static constexpr auto wire() {
    return wire::fields({wire::field<&JobList::value>("value"), wire::field<&JobList::next_link>("nextLink")});
  }
};

struct DriveKey {
  std::string drive_id;
  std::optional<std::string> bit_locker_key;

  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&DriveKey::drive_id>("driveId"), wire::field<&DriveKey::bit_locker_key>("bitLockerKey")});
  }
};

struct DriveKeyList {
  std::vector<DriveKey> value;

  static constexpr auto wire() { return wire::fields({wire::field<&DriveKeyList::value>("value")}); }
};

// --- Locations and operations ----------------------------------------------------------------------------------------

struct LocationDetails {
  std::string recipient_name, street_address1, street_address2, city, state_or_province, postal_code, country_or_region,
      phone, additional_shipping_information;
  std::vector<std::string> supported_carriers, alternate_locations;

  static constexpr auto wire() {
    using wire::field;
    using T = LocationDetails;
    return wire::fields({field<&T::recipient_name>("recipientName"), field<&T::street_address1>("streetAddress1"),
                         field<&T::street_address2>("streetAddress2"), field<&T::city>("city"),
                         field<&T::state_or_province>("stateOrProvince"), field<&T::postal_code>("postalCode"),
                         field<&T::country_or_region>("countryOrRegion"), field<&T::phone>("phone"),
                         field<&T::additional_shipping_information>("additionalShippingInformation"),
                         field<&T::supported_carriers>("supportedCarriers"),
                         field<&T::alternate_locations>("alternateLocations")});
  }
};

/// The envelope has the order of the published example: properties first.
struct Location {
  LocationDetails properties;
  std::string id, name, type;

  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Location::properties>("properties"), field<&Location::id>("id"),
                         field<&Location::name>("name"), field<&Location::type>("type")});
  }
};

struct LocationList {
  std::vector<Location> value;

  static constexpr auto wire() { return wire::fields({wire::field<&LocationList::value>("value")}); }
};

struct OperationDisplay {
  std::string provider, resource, operation, description;

  static constexpr auto wire() {
    using wire::field;
    using T = OperationDisplay;
    return wire::fields({field<&T::provider>("provider"), field<&T::resource>("resource"),
                         field<&T::operation>("operation"), field<&T::description>("description")});
  }
};

struct OperationEntry {
  std::string name;
  OperationDisplay display;

  static constexpr auto wire() {
    return wire::fields({wire::field<&OperationEntry::name>("name"), wire::field<&OperationEntry::display>("display")});
  }
};

struct OperationList {
  std::vector<OperationEntry> value;

  static constexpr auto wire() { return wire::fields({wire::field<&OperationList::value>("value")}); }
};

// --- Our own extension: the dock -------------------------------------------------------------------------------------

/// Body of Jobs_DockDrive: a folder on the server that is to be used as the drive.
struct DockRequest {
  std::optional<std::string> drive_id, path;

  static constexpr auto wire() {
    return wire::fields({wire::field<&DockRequest::drive_id>("driveId"), wire::field<&DockRequest::path>("path")});
  }
};

/// A folder seen at the dock.
struct DockedDrive {
  std::string path;
  std::optional<std::string> drive_id;
  std::string state;                       // Bound, Waiting, Settling, Unnamed, Refused
  std::optional<std::string> job_id;       // the job it belongs to, if bound
  std::optional<std::string> explanation;  // why it is refused or waits

  static constexpr auto wire() {
    using wire::field;
    using T = DockedDrive;
    return wire::fields({field<&T::path>("path"), field<&T::drive_id>("driveId"), field<&T::state>("state"),
                         field<&T::job_id>("jobId"), field<&T::explanation>("explanation")});
  }
};

struct DockList {
  std::vector<DockedDrive> value;

  static constexpr auto wire() { return wire::fields({wire::field<&DockList::value>("value")}); }
};

}  // namespace quaymaster::import_export
