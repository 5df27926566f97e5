#include <algorithm>
#include <array>
#include <span>

#include "providers/recovery_services/backups/backups_operations.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/containers/containers_operations.h"
#include "providers/recovery_services/jobs/jobs_operations.h"
#include "providers/recovery_services/maintenance/maintenance_operations.h"
#include "providers/recovery_services/operations/status_operations.h"
#include "providers/recovery_services/points/point_contents_operations.h"
#include "providers/recovery_services/points/points_operations.h"
#include "providers/recovery_services/policies/policies_operations.h"
#include "providers/recovery_services/protection/items_operations.h"
#include "providers/recovery_services/provider.h"
#include "providers/recovery_services/restores/restores_operations.h"
#include "providers/recovery_services/vaults/configs_operations.h"
#include "providers/recovery_services/vaults/vaults_operations.h"

namespace quaymaster::recovery_services {
namespace {

template <std::size_t... Sizes>
constexpr auto joined(const arm::Operation (&... tables)[Sizes]) {
  std::array<arm::Operation, (Sizes + ...)> all{};
  auto* next = all.begin();
  ((next = std::copy(std::begin(tables), std::end(tables), next)), ...);
  return all;
}

constexpr auto kRows = joined(kVaultRows, kConfigRows, kStatusRows, kJobRows, kContainerRows, kItemRows, kPolicyRows,
                              kPointRows, kBackupRows, kMaintenanceRows, kRestoreRows, kContentRows);

// Any well-formed version from the first one on is accepted; these are reported (backup.md 2.1). Oldest first.
constexpr std::string_view kOldestFirst[] = {"2016-06-01", "2016-12-01", "2017-07-01", "2018-12-20", "2019-05-13",
                                             "2019-06-15", "2020-02-02", "2020-10-01", "2021-01-01", "2021-06-01",
                                             "2021-12-01", "2022-04-01", "2022-10-01", "2023-01-01", "2023-04-01",
                                             "2023-06-01", "2024-01-01", "2024-04-01", "2024-10-01", "2025-02-01",
                                             "2025-08-01", "2026-01-01", "2026-05-01", "2026-07-01", "2026-08-01"};
constexpr auto reversed() {
  std::array<std::string_view, std::size(kOldestFirst)> turned;
  std::reverse_copy(std::begin(kOldestFirst), std::end(kOldestFirst), turned.begin());
  return turned;
}
constexpr auto kNewestFirst = reversed();
constexpr arm::ResourceType kTypes[] = {{"vaults", kNewestFirst}, {"operations", kNewestFirst}};

}  // namespace

const arm::Provider kProvider{"Microsoft.RecoveryServices", kRows,           kTypes, kOldestFirst,
                              "application/json",           &errors::kBodies};

}  // namespace quaymaster::recovery_services
