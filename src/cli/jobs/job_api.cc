#include "cli/jobs/job_api.h"

#include <algorithm>

#include "base/encode.h"
#include "cli/common/list_all.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kVersion = "?api-version=2021-01-01";
constexpr std::string_view kProvider = "/providers/Microsoft.ImportExport/jobs";

std::string scope(const Connection& connection, const std::string& group) {
  auto path = "/subscriptions/" + connection.subscription;
  if (!group.empty()) {
    path += "/resourceGroups/" + percent_encode(group);
  }
  return path.append(kProvider);
}

}  // namespace

std::string JobView::group() const {
  return segment_after(id, "resourceGroups");
}

bool JobView::is_final() const {
  return properties.state == "Completed" || properties.state == "Closed";
}

bool JobView::is_success() const {
  return properties.state == "Completed" && !properties.cancel_requested &&
         std::ranges::all_of(properties.drives, [](const JobDrive& drive) { return drive.state == "Completed"; });
}

std::uint64_t JobView::bytes_succeeded() const {
  std::uint64_t sum = 0;
  for (const auto& drive : properties.drives) {
    sum += static_cast<std::uint64_t>(std::max<std::int64_t>(0, drive.bytes_succeeded.value_or(0)));
  }
  return sum;
}

std::string job_path(const Connection& connection, const std::string& group, const std::string& job) {
  return fmt::format("{}/{}{}", scope(connection, group), percent_encode(job), kVersion);
}

Result<JobView> get_job(Client& client, const std::string& group, const std::string& job) {
  TRY(const auto text, client.call("GET", job_path(client.connection(), group, job)));
  return wire::parse_stored<JobView>(text);
}

Result<std::vector<JobView>> list_jobs(Client& client, const std::string& group) {
  return list_all<JobView>(client, scope(client.connection(), group).append(kVersion));
}

}  // namespace quaymaster::cli
