#include "cli/jobs/backup_job_api.h"

#include <charconv>

#include "base/encode.h"
#include "cli/common/list_all.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kVersion = "api-version=2024-04-01";
constexpr std::string_view kVaults = "/providers/Microsoft.RecoveryServices/vaults";

struct VaultView {
  std::string id, name;
  static constexpr auto wire() {
    return wire::fields({wire::field<&VaultView::id>("id"), wire::field<&VaultView::name>("name")});
  }
};

}  // namespace

bool BackupJobView::is_final() const {
  return properties.status != "InProgress" && properties.status != "Cancelling";
}

std::uint64_t BackupJobView::number(std::string_view key) const {
  const auto found = properties.info.internal_bag.find(std::string(key));
  std::uint64_t value = 0;
  if (found != properties.info.internal_bag.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  }
  return value;
}

std::optional<BackupJobName> backup_job_in_id(std::string_view id) {
  BackupJobName name{segment_after(id, "resourceGroups"), segment_after(id, "vaults"), segment_after(id, "backupJobs")};
  if (name.group.empty() || name.vault.empty() || name.job.empty()) {
    return std::nullopt;
  }
  return name;
}

std::string backup_jobs_path(const Connection& connection, const BackupJobName& name, std::string_view tail) {
  auto path = fmt::format("/subscriptions/{}/resourceGroups/{}{}/{}/backupJobs", connection.subscription,
                          percent_encode(name.group), kVaults, percent_encode(name.vault));
  if (!name.job.empty()) {
    path += "/" + percent_encode(name.job);
  }
  return fmt::format("{}{}?{}", path, tail, kVersion);
}

Result<BackupJobView> get_backup_job(Client& client, const BackupJobName& name) {
  TRY(const auto text, client.call("GET", backup_jobs_path(client.connection(), name)));
  return wire::parse_stored<BackupJobView>(text);
}

Result<std::vector<BackupJobView>> list_backup_jobs(Client& client, const BackupJobName& vault,
                                                    const std::string& filter) {
  auto path = backup_jobs_path(client.connection(), {vault.group, vault.vault, {}});
  if (!filter.empty()) {
    path += "&$filter=" + percent_encode(filter);
  }
  return list_all<BackupJobView>(client, std::move(path));
}

Result<BackupJobName> find_backup_job(Client& client, const std::string& job) {
  TRY(const auto vaults, list_all<VaultView>(client, fmt::format("/subscriptions/{}{}?{}",
                                                                 client.connection().subscription, kVaults, kVersion)));
  for (const auto& vault : vaults) {
    BackupJobName name{segment_after(vault.id, "resourceGroups"), vault.name, job};
    const auto found = client.call("GET", backup_jobs_path(client.connection(), name));
    if (found) {
      return name;
    }
    if (found.error().kind() != Errc::not_found) {
      return found.error();
    }
  }
  return not_found("no vault has a job '{}'; for an import or export job give its --resource-group", job);
}

}  // namespace quaymaster::cli
