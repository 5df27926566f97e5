#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "arm/operation.h"
#include "base/bytes.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "store/database.h"
#include "wire/field.h"

namespace quaymaster::recovery_services {

/// Where exports are stored: block blobs of an internal account. Clients cannot create an account with its name
/// (storage account names have no hyphen), and its key is never disclosed. The Blob face serves these blobs to signed
/// requests like any others.
constexpr std::string_view kExportAccount = "quaymaster-exports";
constexpr std::string_view kExportContainer = "backupjobs";
/// How long a download address is valid. Asking for the operation's result again gives a fresh one.
constexpr std::chrono::minutes kExportLinkLife{10};

/// Job lists exported to blobs (backup.md 14.6) by jobs of the engine. Each blob is a JSON array of jobs in the form
/// of JobDetails. Thread-safe.
class JobExports {
 public:
  /// Adds its job kind to the engine, which must not have been started, and provides the results of its operations.
  JobExports(Services& services, AsyncOperationRoutes& operations);

  /// One export, as its engine job stores it.
  struct Order {
    std::string operation;  // ids as text
    std::string vault;
    std::string vault_path;
    std::string api_version;
    std::string filter;  // checked by read_job_filter

    static constexpr auto wire() {
      using wire::field;
      return wire::fields({field<&Order::operation>("operation"), field<&Order::vault>("vault"),
                           field<&Order::vault_path>("vaultPath"), field<&Order::api_version>("apiVersion"),
                           field<&Order::filter>("filter")});
    }
  };
  /// Called in the transaction that creates the operation.
  Result<> start(store::Writer& writer, const Order& order);

  /// The account's key, for verifying signatures.
  const Buffer& key() const { return key_; }
  /// "?sv=…&sig=…": allows reading that blob until `now` + kExportLinkLife. Version and permissions: blob.md 3.4.
  std::string signature(std::string_view blob, Time now) const;

 private:
  jobs::Kind kind();
  Result<> write_blob(jobs::Run& run);
  Result<> remove_old(jobs::Run& run);
  Result<arm::Answer> result(const arm::Context& context, const AsyncOperationRecord& operation) const;

  Services& services_;
  Buffer key_;
};

}  // namespace quaymaster::recovery_services
