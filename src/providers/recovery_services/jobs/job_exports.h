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

/// Where exports lie: block blobs of an account of the server's own, whose name no client can take (a storage account's
/// has no hyphen) and whose key nobody is told. The Blob face serves them for a signature like any other blob.
constexpr std::string_view kExportAccount = "quaymaster-exports";
constexpr std::string_view kExportContainer = "backupjobs";
/// How long an address that was handed out works. Asking for the operation's result again gives a fresh one.
constexpr std::chrono::minutes kExportLinkLife{10};

/// Lists of jobs written to blobs (backup.md 14.6) as work of the engine: a blob is a JSON array of jobs as JobDetails
/// tells them. Thread-safe.
class JobExports {
 public:
  /// Adds its job kind to the engine, which must not have been started, and answers the results of its operations.
  JobExports(Services& services, AsyncOperationRoutes& operations);

  /// One export, as its engine's job keeps it.
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
  /// In the transaction that creates the operation.
  Result<> start(store::Writer& writer, const Order& order);

  /// The account's key, for who verifies signatures.
  const Buffer& key() const { return key_; }
  /// "?sv=…&sig=…": lets its bearer read that blob until `now` + kExportLinkLife. Version and letters: blob.md 3.4.
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
