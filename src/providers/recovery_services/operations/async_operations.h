#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arm/operation.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/common/paths.h"
#include "store/database.h"
#include "wire/field.h"

namespace quaymaster::recovery_services {

/// The table of asynchronous operations, for open_sqlite.
store::Schema operations_schema();

/// What an asynchronous operation does; this determines the final answer of its result route (backup.md 5.1).
enum class AsyncOperationKind {
  create_vault,
  update_vault,
  delete_vault,
  refresh,
  register_container,
  unregister_container,
  inquire,
  configure,    // PUT of a protected item
  delete_item,  // DELETE of a protected item
  backup,
  restore,
  provision_recovery,
  revoke_recovery,
  put_policy,
  delete_policy,
  cancel_job,
  export_jobs,
  validate,
  check_vault,    // ours
  collect_vault,  // ours
  rebuild_index,  // ours
};
constexpr auto names(AsyncOperationKind) {
  using enum AsyncOperationKind;
  using wire::name;
  return std::array{name(create_vault, "create_vault"),
                    name(update_vault, "update_vault"),
                    name(delete_vault, "delete_vault"),
                    name(refresh, "refresh"),
                    name(register_container, "register_container"),
                    name(unregister_container, "unregister_container"),
                    name(inquire, "inquire"),
                    name(configure, "configure"),
                    name(delete_item, "delete_item"),
                    name(backup, "backup"),
                    name(restore, "restore"),
                    name(provision_recovery, "provision_recovery"),
                    name(revoke_recovery, "revoke_recovery"),
                    name(put_policy, "put_policy"),
                    name(delete_policy, "delete_policy"),
                    name(cancel_job, "cancel_job"),
                    name(export_jobs, "export_jobs"),
                    name(validate, "validate"),
                    name(check_vault, "check_vault"),
                    name(collect_vault, "collect_vault"),
                    name(rebuild_index, "rebuild_index")};
}

/// The stored record of an operation that a 202 announced. Kept for kOperationLife after its end, even if its vault
/// is deleted.
struct AsyncOperationRecord {
  enum class State { in_progress, succeeded, failed, cancelled };
  Guid id;
  std::string vault;  // the vault's resource id in lower case
  AsyncOperationKind kind = AsyncOperationKind::refresh;
  std::string subject;  // what the result route needs to find its body; its meaning depends on the kind
  State state = State::in_progress;
  std::string properties;     // JSON of `properties`, reported after success; empty: none
  std::string error_code;     // of a failed one, fit for clients
  std::string error_message;  //
  Time started;
  std::optional<Time> ended;
};
constexpr std::chrono::hours kOperationLife{24 * 7};

struct NewAsyncOperation {
  Guid id;            // RandomSource::guid(); the caller needs it for its headers and its job
  std::string vault;  // VaultRecord::lower_id()
  AsyncOperationKind kind;
  std::string subject = {};
};

/// How an operation ended.
struct Outcome {
  AsyncOperationRecord::State state = AsyncOperationRecord::State::succeeded;
  std::string properties = {};
  std::string error_code = {};
  std::string error_message = {};
};
Outcome succeeded();
/// With OperationStatusJobExtendedInfo, in which clients find the job.
Outcome succeeded_with_job(const Guid& job);
/// With OperationStatusJobsExtendedInfo.
Outcome succeeded_with_jobs(std::span<const Guid> jobs);
Outcome failed(std::string code, std::string message);
/// The published part of the error; an error without one is reported as the generic row of its kind.
Outcome failed(const Error& error);
Outcome cancelled();

// Records. All of these take part in the caller's transaction.
Result<> create_operation(store::Writer& writer, const NewAsyncOperation& operation, Time now);
/// Ends an operation. One that has already ended is left unchanged, so that a step may be repeated. Errc::not_found.
Result<> finish_operation(store::Writer& writer, const Guid& id, const Outcome& outcome, Time now);
/// Errc::not_found.
Result<AsyncOperationRecord> find_operation(store::Reader& reader, std::string_view vault, const Guid& id);
/// Removes up to `limit` operations that ended before `before`; returns how many.
Result<std::int64_t> purge_operations(store::Writer& writer, Time before, std::size_t limit);

/// Adds the headers of a 202: Azure-AsyncOperation, Location and Retry-After. `status` and `result` are paths
/// relative to the vault ("backupFabrics/Azure/operationsStatus/<guid>"); an empty one adds no header. `vault_path`
/// comes from `vault_path(context, vault)`.
void add_operation_headers(http::Headers& headers, const arm::Context& context, std::string_view vault_path,
                           std::string_view status, std::string_view result);

/// Bodies of the status routes (backup.md 5.2).
std::string operation_status_body(const AsyncOperationRecord& operation);

/// The status and result routes. All read one table, so any path accepts any id. Thread-safe once built.
class AsyncOperationRoutes {
 public:
  /// What the result route of a kind answers once the operation has succeeded. Kinds without one answer 204.
  using Render = std::function<Result<arm::Answer>(arm::Context& context, const AsyncOperationRecord& operation)>;
  void answer_result(AsyncOperationKind kind, Render render) { renders_[kind] = std::move(render); }

  // Handlers. Every path has the vault's parameters and {name}, the operation.
  Result<arm::Reply<std::string>> status(arm::Context& context, const VaultChildPath& path);
  Result<arm::Reply<std::string>> result(arm::Context& context, const VaultChildPath& path);
  /// The vault's own operations: ids are base64 of "<number>;<guid>" (backup.md 5.2).
  Result<arm::Reply<std::string>> vault_status(arm::Context& context, const VaultChildPath& path);
  Result<arm::Reply<std::string>> vault_result(arm::Context& context, const VaultChildPath& path);

 private:
  Result<AsyncOperationRecord> look_up(arm::Context& context, const VaultChildPath& path, const Result<Guid>& id);
  Result<arm::Reply<std::string>> render(arm::Context& context, const AsyncOperationRecord& operation);

  std::map<AsyncOperationKind, Render> renders_;
};

/// "MTAyMzs…=": the name on the wire of the vault's own operations.
std::string vault_operation_name(AsyncOperationKind kind, const Guid& id);

}  // namespace quaymaster::recovery_services
