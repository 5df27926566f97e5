#pragma once

#include "providers/recovery_services/policies/policy_models.h"

// What happens to a policy between its request and the store.
namespace quaymaster::recovery_services {

/// Drops members that do not belong to the policy's type, and those that are never stored.
void keep_own_members(PolicyProperties& policy);
/// Fills in what a valid policy may omit but the service reports: retention times, time zone, days of snapshots.
void complete_policy(PolicyProperties& policy);
/// Does `after` keep some kind of point for a shorter time than `before`, or no longer keep it? For immutability and
/// guards (backup.md 15).
bool shortens_retention(const PolicyProperties& before, const PolicyProperties& after);
/// Does `after` run fewer backups a week? For guards.
bool runs_less_often(const PolicyProperties& before, const PolicyProperties& after);

}  // namespace quaymaster::recovery_services
