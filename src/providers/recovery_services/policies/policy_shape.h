#pragma once

#include "providers/recovery_services/policies/policy_models.h"

// What is done to a policy between its request and the store.
namespace quaymaster::recovery_services {

/// Drops the members that do not belong to the policy's type, and those that are only sent.
void keep_own_members(PolicyProperties& policy);
/// Fills in what a valid policy may leave out and the service then tells: retention times, time zone, days of
/// snapshots.
void complete_policy(PolicyProperties& policy);
/// Does `after` keep some kind of point for less long than `before`, or no more? For immutability and guards
/// (backup.md 15).
bool shortens_retention(const PolicyProperties& before, const PolicyProperties& after);
/// Are there fewer backups in a week? For guards.
bool runs_less_often(const PolicyProperties& before, const PolicyProperties& after);

}  // namespace quaymaster::recovery_services
