#pragma once

#include "arm/operation.h"
#include "arm/paging.h"
#include "jobs/engine.h"
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/policies/policy_models.h"
#include "providers/recovery_services/policies/policy_record.h"

namespace quaymaster::recovery_services {

/// Backup policies: handlers of kPolicyRows. Thread-safe once built.
class Policies {
 public:
  /// Adds the job kind that reconfigures items to the engine, which must not have been started.
  Policies(Services& services, AsyncOperationRoutes& operations);

  Result<arm::Reply<PolicyResource>> get(arm::Context& context, const PolicyPath& path);
  Result<arm::Reply<std::string>> put(arm::Context& context, const PolicyPath& path, const PolicyResource& request);
  Result<arm::Reply<>> remove(arm::Context& context, const PolicyPath& path);
  Result<arm::Reply<arm::Page<PolicyResource>>> list(arm::Context& context, const VaultPath& path);

 private:
  struct Change;
  jobs::Kind configuration();
  jobs::Kind spreading();
  /// Starts the jobs of the next items after `after`; returns the last of these items, or nothing if there are no
  /// more.
  Result<std::string> start_some(store::Writer& writer, const Change& change, std::string_view after, Time now);

  Services& services_;
};

}  // namespace quaymaster::recovery_services
