// Counters of a vault, and lists that are always empty here.
#include "providers/recovery_services/vaults/vaults.h"

#include "api/odata.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/items/item_record.h"

namespace quaymaster::recovery_services {
namespace {

Usage usage(std::string_view value, std::string_view localized, std::int64_t current) {
  Usage one;
  one.current = current;
  one.name = {std::string(value), std::string(localized)};
  return one;
}

}  // namespace

Result<arm::Reply<UsageList>> Vaults::usages(arm::Context& context, const VaultPath& path) {
  UsageList list;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto items, count_items(reader, vault.id));
    const auto all = items.machines + items.shares;
    list.value = {usage("MABContainersCount", "Registered servers", 0),
                  usage("ProtectedItemCount", "Protected items", all),
                  usage("ProtectedItemCriticalCount", "Protected items in critical state", 0),
                  usage("ProtectedItemWarningCount", "Protected items in warning state", 0),
                  usage("IaaSVMProtectedItemCount", "Protected virtual machines", items.machines),
                  usage("IaaSVMProtectedItemCriticalCount", "Protected virtual machines in critical state", 0),
                  usage("IaaSVMProtectedItemWarningCount", "Protected virtual machines in warning state", 0)};
    return ok();
  }));
  return arm::Reply<UsageList>{200, std::move(list)};
}

/// Source: the example of BackupUsageSummaries_List, 2024-04-01: a counter for each management type.
Result<arm::Reply<UsageList>> Vaults::usage_summaries(arm::Context& context, const VaultPath& path) {
  std::string_view wanted = "BackupProtectedItemCountSummary";
  std::optional<api::Filter> filter;
  if (const auto text = context.parameter("$filter"); text && !text->empty()) {
    auto parsed = api::parse_filter(*text);
    if (!parsed || parsed.value().kind != api::Filter::Kind::condition ||
        !equal_ignoring_case(parsed.value().condition.property, "type") ||
        parsed.value().condition.comparison != api::Comparison::equal) {
      return refuse(Errc::invalid, errors::kInvalidInput,
                    "The $filter must be type eq 'BackupProtectedItemCountSummary' or type eq "
                    "'BackupProtectionContainerCountSummary'.")
          .at("$filter");
    }
    filter = std::move(parsed).value();
    wanted = filter->condition.value;
  }
  const bool of_containers = equal_ignoring_case(wanted, "BackupProtectionContainerCountSummary");
  if (!of_containers && !equal_ignoring_case(wanted, "BackupProtectedItemCountSummary")) {
    return refuse(Errc::invalid, errors::kInvalidInput, fmt::format("There is no summary of type '{}'.", wanted))
        .at("$filter");
  }
  UsageList list;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto items, count_items(reader, vault.id));
    const auto machines = items.machines;  // a machine is its own container
    auto storage = items.shares;
    if (of_containers) {
      TRY(storage, count_containers(reader, vault.id));
    }
    list.value = {usage("AzureIaasVM", "Azure Virtual Machine", machines), usage("MAB", "Azure Backup Agent", 0),
                  usage("AzureBackupServer", "Azure Backup Server", 0),
                  usage("AzureStorage", "Azure Storage (Azure Files)", storage),
                  usage("AzureWorkload", "SQL in Azure VM", 0)};
    return ok();
  }));
  return arm::Reply<UsageList>{200, std::move(list)};
}

/// Lists of resources that this server never has: {"value":[]}.
Result<arm::Reply<wire::Json>> Vaults::nothing(arm::Context& context, const VaultPath& path) {
  TRY(find_vault(context, path));
  return arm::Reply<wire::Json>{200, {R"({"value":[]})"}};
}

}  // namespace quaymaster::recovery_services
