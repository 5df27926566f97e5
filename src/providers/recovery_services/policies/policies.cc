#include "providers/recovery_services/policies/policies.h"

#include <algorithm>

#include "api/odata.h"
#include "arm/errors.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/vault_guard.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/policies/policy_plan.h"
#include "providers/recovery_services/policies/policy_rules.h"
#include "providers/recovery_services/policies/policy_shape.h"
#include "providers/recovery_services/policies/policy_store.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kType = "Microsoft.RecoveryServices/vaults/backupPolicies";
constexpr std::string_view kConfiguration = "rs_policy_configuration";
constexpr std::string_view kSpreading = "rs_policy_spreading";
/// How many items one transaction starts jobs for; other writers wait for it.
constexpr std::size_t kItemsAtOnce = 100;
/// Stored in place of the last item's name when there are no more. No item has this name.
constexpr std::string_view kAllReached = ".";

std::string reached(const std::vector<ItemRecord>& items) {
  return items.size() == kItemsAtOnce ? lower_name(items.back()) : std::string(kAllReached);
}
constexpr std::size_t kLargestPage = 200;

/// The parameters of a job of kConfiguration.
struct Configuration {
  std::string operation;
  std::string item;
  std::string policy;
  static constexpr auto wire() {
    using wire::field;
    using C = Configuration;
    return wire::fields({field<&C::operation>("operation"), field<&C::item>("item"), field<&C::policy>("policy")});
  }
};

Result<PolicyResource> answer(store::Reader& reader, std::string_view vault_path, const PolicyRecord& policy) {
  TRY(auto properties, properties_of(policy));
  properties.items = 0;
  if (properties.management != Management::workload) {
    TRY(const auto governed, governed_by(reader, policy.vault, policy.name));
    properties.items = governed.count;
  }
  return PolicyResource{fmt::format("{}/backupPolicies/{}", vault_path, policy.name), policy.name, std::string(kType),
                        std::move(properties)};
}

/// The workload of a policy as lists report it.
std::string workload_of(const PolicyProperties& policy) {
  return policy.management == Management::machine ? "VM" : policy.workload.value_or("");
}

/// backup.md 10: backupManagementType, workloadType, fabricName, and the other names that clients may filter by.
Result<bool> holds(const api::Condition& condition, const PolicyRecord& record, const PolicyProperties& policy) {
  const std::pair<std::string_view, std::string> known[] = {{"backupManagementType", record.management},
                                                            {"workloadType", workload_of(policy)},
                                                            {"fabricName", "Azure"},
                                                            {"policyName", record.name}};
  for (const auto& [property, value] : known) {
    if (!equal_ignoring_case(property, condition.property)) {
      continue;
    }
    if (condition.comparison != api::Comparison::equal) {
      return refuse(Errc::invalid, errors::kInvalidInput,
                    fmt::format("In $filter '{}' compares with eq only.", property))
          .at("$filter");
    }
    return equal_ignoring_case(value, condition.value);
  }
  return refuse(Errc::invalid, errors::kInvalidInput,
                fmt::format("$filter does not support '{}'. It supports backupManagementType, workloadType, fabricName "
                            "and policyName.",
                            condition.property))
      .at("$filter");
}

Result<std::optional<api::Filter>> filter_of(const arm::Context& context) {
  const auto text = context.parameter("$filter");
  if (!text || text->empty()) {
    return std::optional<api::Filter>();
  }
  auto filter = api::parse_filter(*text);
  if (!filter) {
    const auto cause = filter.error().cause();
    return std::move(filter)
        .error()
        .as(errors::kInvalidInput, fmt::format("The $filter is not valid: {}", cause))
        .at("$filter");
  }
  // Check the filter even if there are no policies.
  TRY(api::matches(filter.value(), [](const api::Condition& condition) { return holds(condition, {}, {}); }));
  return std::optional(std::move(filter).value());
}

Result<> enter_job(store::Writer& writer, const std::string& operation, const Guid& job) {
  TRY(writer.change("INSERT INTO rs_policy_jobs (operation, job, ended) VALUES (?, ?, 0)", operation, job.text()));
  return ok();
}

/// The operation ends with the last of its jobs, and names them all.
Result<> finish_change(store::Writer& writer, const std::string& operation, Time now) {
  TRY(const bool waits, writer.first(
                            "SELECT 1 FROM rs_policy_jobs WHERE operation = ? AND ended = 0 LIMIT 1",
                            [](const store::Row&) {}, operation));
  if (waits) {
    return ok();
  }
  std::vector<Guid> all;
  TRY(writer.each(
      "SELECT job FROM rs_policy_jobs WHERE operation = ? ORDER BY job",
      [&](const store::Row& row) -> Result<> {
        TRY(all.emplace_back(), row.guid(0));
        return ok();
      },
      operation));
  if (all.empty()) {
    return ok();  // already ended
  }
  TRY(const auto id, parse_guid(operation));
  TRY(finish_operation(writer, id, succeeded_with_jobs(all), now));
  TRY(writer.change("DELETE FROM rs_policy_jobs WHERE operation = ?", operation));
  return ok();
}

}  // namespace

/// The rest of a policy change; the parameters of a job of kSpreading.
struct Policies::Change {
  std::string operation, vault, policy, activity;
  std::string after;  // the last item whose job has been started
  static constexpr auto wire() {
    using wire::field;
    using C = Change;
    return wire::fields({field<&C::operation>("operation"), field<&C::vault>("vault"), field<&C::policy>("policy"),
                         field<&C::activity>("activity"), field<&C::after>("after")});
  }
};

Policies::Policies(Services& services, AsyncOperationRoutes& operations) : services_(services) {
  services_.engine.add(configuration());
  services_.engine.add(spreading());
  operations.answer_result(AsyncOperationKind::put_policy,
                           [](arm::Context& context, const AsyncOperationRecord& operation) -> Result<arm::Answer> {
                             TRY(const auto id, arm::parse_resource_id(operation.vault));
                             arm::Answer reply{200, {}, {}};
                             TRY(context.database.read([&](store::Reader& reader) -> Result<> {
                               TRY(const auto vault, find_vault(reader, VaultPath{id.subscription, id.group, id.name}));
                               TRY(const auto policy, find_policy(reader, vault.id, operation.subject));
                               TRY(const auto resource, answer(reader, vault_path(context, vault), policy));
                               reply.body = wire::to_json(resource);
                               return ok();
                             }));
                             return reply;
                           });
}

Result<arm::Reply<PolicyResource>> Policies::get(arm::Context& context, const PolicyPath& path) {
  arm::Reply<PolicyResource> reply;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto policy, find_policy(reader, vault.id, path.policy));
    TRY(reply.body, answer(reader, vault_path(context, vault), policy));
    return ok();
  }));
  return reply;
}

/// The change is in force once this has answered. Jobs configure the items that use the policy, so that clients see
/// the same as in Azure; no other request can observe a half-done change.
Result<arm::Reply<std::string>> Policies::put(arm::Context& context, const PolicyPath& path,
                                              const PolicyResource& request) {
  TRY(check_policy_name(path.policy));
  auto wanted = *request.properties;
  const auto guard_requests = wanted.guard_requests.value_or(std::vector<std::string>{});
  keep_own_members(wanted);
  TRY(check_policy(wanted));
  complete_policy(wanted);
  arm::Reply<std::string> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    PolicyRecord policy{vault.id, path.policy, {}, {}, context.now, context.now};
    auto present = find_policy(writer, vault.id, path.policy);
    if (present) {
      policy = std::move(present).value();
      TRY(const auto before, properties_of(policy));
      TRY(check_policy_change(before, wanted));
      if (shortens_retention(before, wanted)) {
        if (vault.settings.is_immutable()) {
          return refuse(Errc::conflict, errors::kImmutable,
                        fmt::format("The vault '{}' is immutable, and the policy '{}' would keep points for a shorter "
                                    "time. Keep them at least as long as before.",
                                    vault.name, policy.name));
        }
      }
      if (shortens_retention(before, wanted) || runs_less_often(before, wanted)) {
        TRY(require_guard_request(context, vault, guarded::kUpdatePolicy, guard_requests));
      }
    } else if (present.error().kind() != Errc::not_found) {
      return std::move(present).error();
    }
    policy.management = wire::text_of(wanted.management);
    TRY(policy.properties, wire::to_stored(wanted));
    policy.changed = context.now;
    TRY(put_policy(writer, policy));
    const auto base = vault_path(context, vault);
    TRY(const auto governed, governed_by(writer, vault.id, policy.name));
    if (governed.count == 0) {
      TRY(const auto resource, answer(writer, base, policy));
      reply.body = wire::to_json(resource);
      return ok();
    }
    const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), AsyncOperationKind::put_policy,
                                      policy.name};
    TRY(create_operation(writer, operation, context.now));
    const Change change{operation.id.text(), vault.id.text(), policy.name, activity_of(context)};
    TRY(const auto last, start_some(writer, change, {}, context.now));
    if (last != kAllReached) {
      auto rest = change;
      rest.after = last;
      TRY(const auto id,
          services_.engine.create(writer, {std::string(kSpreading), vault.id.text(), wire::to_json(rest)}));
      TRY(enter_job(writer, change.operation, id));
    }
    reply.status = 202;
    reply.headers = {};
    add_operation_headers(reply.headers, context, base,
                          fmt::format("backupPolicies/{}/operations/{}", policy.name, operation.id.text()),
                          fmt::format("backupPolicies/{}/operationResults/{}", policy.name, operation.id.text()));
    return ok();
  }));
  return reply;
}

/// Starts one job for each item. The scheduler uses the policy's own time of change, so the items are not written.
Result<std::string> Policies::start_some(store::Writer& writer, const Change& change, std::string_view after,
                                         Time now) {
  TRY(const auto vault, parse_guid(change.vault));
  TRY(const auto items, items_of_policy(writer, vault, change.policy, after, kItemsAtOnce));
  for (const auto& item : items) {
    NewBackupJob job;
    job.vault = vault;
    job.operation = JobOperation::configure_backup;
    job.kind = item.kind;
    job.item = item.id;
    job.entity = item.friendly_name;
    if (item.kind == SourceKind::machine) {
      job.container = item.short_container();
      job.bag = {{"VM Name", item.friendly_name}, {"Policy Name", change.policy}};
    } else {
      job.storage_account = item.account();
      job.bag = {{"File Share Name", item.friendly_name},
                 {"Storage Account Name", item.account()},
                 {"Policy Name", change.policy}};
    }
    job.activity = change.activity;
    const Configuration work{change.operation, item.id.text(), change.policy};
    TRY(const auto id,
        start_job(writer, services_.engine, job, {std::string(kConfiguration), {}, wire::to_json(work)}, now));
    TRY(enter_job(writer, change.operation, id));
  }
  return reached(items);
}

/// Starts the jobs for the remaining items of a policy. The step's data is the position reached.
jobs::Kind Policies::spreading() {
  const auto spread = [this](jobs::Run& run) -> Result<> {
    TRY(const auto change, wire::parse_stored<Change>(run.record().parameters));
    auto after = run.data().empty() ? change.after : std::string(run.data());
    while (after != kAllReached) {
      TRY(run.continue_or_cancel());
      std::string next;
      TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
        TRY(const auto vault, parse_guid(change.vault));
        TRY(const auto items, items_of_policy(reader, vault, change.policy, after, kItemsAtOnce));
        next = reached(items);
        return ok();
      }));
      TRY(run.save(next, [&](store::Writer& writer) -> Result<> {
        TRY(const auto last, start_some(writer, change, after, run.clock().now()));
        return last == next ? Result<>(ok()) : busy("items of '{}' changed meanwhile", change.policy);
      }));
      after = next;
    }
    return ok();
  };
  const auto ended = [](store::Writer& writer, const jobs::Record& record) -> Result<> {
    TRY(const auto change, wire::parse_stored<Change>(record.parameters));
    TRY(writer.change("DELETE FROM rs_policy_jobs WHERE job = ?", record.id.text()));
    return finish_change(writer, change.operation, record.ended.value_or(record.updated));
  };
  return {std::string(kSpreading), {{"spread", spread}}, ended};
}

jobs::Kind Policies::configuration() {
  const auto check_item = [this](jobs::Run& run) -> Result<> {
    TRY(const auto work, wire::parse_stored<Configuration>(run.record().parameters));
    TRY(const auto id, parse_guid(work.item));
    return services_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(const auto item, find_item(reader, id));
      if (item.policy.empty()) {
        return ok();  // its protection has been stopped
      }
      TRY(const auto policy, find_policy(reader, item.vault, item.policy));
      TRY(plan_of(policy));  // checks that the stored policy can be used
      return ok();
    });
  };
  const auto ended = [](store::Writer& writer, const jobs::Record& record) -> Result<> {
    TRY(end_job(writer, record));
    TRY(const auto work, wire::parse_stored<Configuration>(record.parameters));
    TRY(writer.change("UPDATE rs_policy_jobs SET ended = 1 WHERE job = ?", record.id.text()));
    return finish_change(writer, work.operation, record.ended.value_or(record.updated));
  };
  return {std::string(kConfiguration), {{"check_item", check_item}}, ended};
}

Result<arm::Reply<>> Policies::remove(arm::Context& context, const PolicyPath& path) {
  arm::Reply<> reply{200};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    auto found = find_policy(writer, vault.id, path.policy);
    if (!found && found.error().kind() == Errc::not_found) {
      reply.status = 204;
      return ok();
    }
    TRY(const auto policy, std::move(found));
    TRY(const auto governed, governed_by(writer, vault.id, policy.name));
    if (governed.count > 0) {
      return refuse(Errc::conflict, errors::kPolicyInUse, policy.name, governed.count, governed.example);
    }
    TRY(delete_policy(writer, vault.id, policy.name));
    TRY(context.groups.resource_removed(writer, vault.resource_id() + "/backupPolicies/" + policy.name));
    return ok();
  }));
  return reply;
}

Result<arm::Reply<arm::Page<PolicyResource>>> Policies::list(arm::Context& context, const VaultPath& path) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  TRY(const auto filter, filter_of(context));
  arm::Reply<arm::Page<PolicyResource>> reply;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    const auto base = vault_path(context, vault);
    auto& page = reply.body;
    for (std::string after = wanted.after;;) {
      TRY(const auto policies, list_policies(reader, vault.id, after, kLargestPage));
      if (policies.empty()) {
        return ok();
      }
      for (const auto& policy : policies) {
        TRY(const auto properties, properties_of(policy));
        bool is_wanted = true;
        if (filter) {
          TRY(is_wanted,
              api::matches(*filter, [&](const api::Condition& one) { return holds(one, policy, properties); }));
        }
        if (is_wanted) {
          if (page.value.size() == wanted.top) {
            page.next_link = arm::next_link(context, to_lower(page.value.back().name));
            return ok();
          }
          TRY(page.value.emplace_back(), answer(reader, base, policy));
        }
      }
      after = to_lower(policies.back().name);
    }
  }));
  return reply;
}

}  // namespace quaymaster::recovery_services
