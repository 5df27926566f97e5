#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/field.h"
#include "wire/json.h"

// Requests to restore something, or to validate such a request (backup.md 13). Members of the service that mean
// nothing here (encryption, zones, networks of disks) are not read.
namespace quaymaster::recovery_services {

enum class Recovery { restore_disks, original_location, alternate_location };
constexpr auto names(Recovery) {
  using enum Recovery;
  using wire::name;
  return std::array{name(restore_disks, "RestoreDisks"), name(original_location, "OriginalLocation"),
                    name(alternate_location, "AlternateLocation")};
}

enum class CopyOptions { overwrite, skip, create_copy, fail_on_conflict };
constexpr auto names(CopyOptions) {
  using enum CopyOptions;
  using wire::name;
  return std::array{name(overwrite, "Overwrite"), name(skip, "Skip"), name(create_copy, "CreateCopy"),
                    name(fail_on_conflict, "FailOnConflict")};
}

enum class ShareRestoreKind { full_share, item_level };
constexpr auto names(ShareRestoreKind) {
  using wire::name;
  return std::array{name(ShareRestoreKind::full_share, "FullShareRestore"),
                    name(ShareRestoreKind::item_level, "ItemLevelRestore")};
}

enum class FileSpecType { file, directory };
constexpr auto names(FileSpecType) {
  return std::array{wire::name(FileSpecType::file, "File"), wire::name(FileSpecType::directory, "Directory")};
}

/// One file or directory of a share, and the target folder it is restored into.
struct FileSpec {
  std::optional<std::string> path;
  std::optional<FileSpecType> type;
  std::optional<std::string> folder;
  static constexpr auto wire() {
    using wire::field;
    using T = FileSpec;
    return wire::fields(
        {field<&T::path>("path"), field<&T::type>("fileSpecType"), field<&T::folder>("targetFolderPath")});
  }
};

struct TargetDetails {
  std::optional<std::string> name;         // the share
  std::optional<std::string> resource_id;  // its storage account
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&TargetDetails::name>("name"), field<&TargetDetails::resource_id>("targetResourceId")});
  }
};

/// How a request names its staging account if the vault's identity is to write there.
struct IdentityBasedRestore {
  std::optional<std::string> target_account;
  static constexpr auto wire() {
    return wire::fields({wire::field<&IdentityBasedRestore::target_account>("targetStorageAccountId")});
  }
};

/// IaasVMRestoreRequest and AzureFileShareRestoreRequest in one: `object_type` determines which members apply.
struct RestoreRequest {
  std::optional<std::string> object_type;
  std::optional<Recovery> recovery;
  std::optional<std::string> point;      // recoveryPointId: must name the one of the path, if present
  std::optional<std::string> source_id;  // must equal the item's source, if present
  // Machines.
  std::optional<std::string> storage_account;
  std::optional<IdentityBasedRestore> identity_based;
  std::optional<std::string> region;
  std::optional<std::string> target_group;
  std::optional<std::string> target_machine;
  std::optional<std::string> network;
  std::optional<std::vector<std::int64_t>> luns;
  /// An extension: the directory on the server for the images, which are named after their disks.
  std::optional<std::string> target_directory;
  // Shares.
  std::optional<CopyOptions> copy;
  std::optional<ShareRestoreKind> kind;
  std::optional<std::vector<FileSpec>> files;
  std::optional<TargetDetails> target;
  std::optional<std::vector<std::string>> guard_requests;

  /// The storage account of a machine's restore, whichever of its two names the request used.
  const std::optional<std::string>& staging_account() const {
    return storage_account || !identity_based ? storage_account : identity_based->target_account;
  }

  static constexpr auto wire() {
    using wire::field;
    using T = RestoreRequest;
    return wire::fields(
        {field<&T::object_type>("objectType").required(), field<&T::recovery>("recoveryType").required(),
         field<&T::point>("recoveryPointId"), field<&T::source_id>("sourceResourceId"),
         field<&T::storage_account>("storageAccountId"), field<&T::identity_based>("identityBasedRestoreDetails"),
         field<&T::region>("region"), field<&T::target_group>("targetResourceGroupId"),
         field<&T::target_machine>("targetVirtualMachineId"), field<&T::network>("virtualNetworkId"),
         field<&T::luns>("restoreDiskLunList").or_text(), field<&T::target_directory>("quaymasterTargetDirectory"),
         field<&T::copy>("copyOptions"), field<&T::kind>("restoreRequestType"), field<&T::files>("restoreFileSpecs"),
         field<&T::target>("targetDetails"), field<&T::guard_requests>("resourceGuardOperationRequests")});
  }
};

struct RestoreBody {
  RestoreRequest properties;
  static constexpr auto wire() {
    return wire::fields({wire::field<&RestoreBody::properties>("properties").required()});
  }
};

/// Source: specification 2024-04-01, ValidateOperationRequestResource. At 2019-05-13 the body itself was
/// `properties`, and the request in it named the recovery point.
struct ValidateBody {
  struct Properties {
    std::string object_type;
    RestoreRequest request;
    static constexpr auto wire() {
      using wire::field;
      return wire::fields({field<&Properties::object_type>("objectType").required(),
                           field<&Properties::request>("restoreRequest").required()});
    }
  };
  std::optional<std::string> id;  // of the recovery point
  std::optional<Properties> properties;
  std::optional<std::string> object_type;  // of the flat form, like the next one
  std::optional<RestoreRequest> request;
  static constexpr auto wire() {
    using wire::field;
    using T = ValidateBody;
    return wire::fields({field<&T::id>("id"), field<&T::properties>("properties"), field<&T::object_type>("objectType"),
                         field<&T::request>("restoreRequest")});
  }
};

struct ValidationResult {
  std::string code;
  std::string message;
  std::vector<std::string> recommendations;
  static constexpr auto wire() {
    using wire::field;
    using T = ValidationResult;
    return wire::fields(
        {field<&T::code>("code"), field<&T::message>("message"), field<&T::recommendations>("recommendations")});
  }
};
struct ValidationAnswer {
  struct Response {
    std::vector<ValidationResult> results;
    static constexpr auto wire() { return wire::fields({wire::field<&Response::results>("validationResults")}); }
  };
  Response response;
  static constexpr auto wire() {
    return wire::fields({wire::field<&ValidationAnswer::response>("validateOperationResponse")});
  }
};

}  // namespace quaymaster::recovery_services
