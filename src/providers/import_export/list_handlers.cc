// Lists of jobs, with filter and pages; of locations; of operations.
#include <array>
#include <optional>

#include "api/odata.h"
#include "arm/errors.h"
#include "arm/paging.h"
#include "base/encode.h"
#include "providers/import_export/errors.h"
#include "providers/import_export/provider.h"

namespace quaymaster::import_export {
namespace {

constexpr std::size_t kLargestPage = 100;  // import-export.md 2.2
constexpr std::size_t kScan = 200;         // jobs read at a time while a filter skips some

using api::Comparison;

template <class T>
bool compare(const T& a, Comparison comparison, const T& b) {
  switch (comparison) {
    case Comparison::equal:
      return a == b;
    case Comparison::not_equal:
      return a != b;
    case Comparison::greater:
      return a > b;
    case Comparison::greater_or_equal:
      return a >= b;
    case Comparison::less:
      return a < b;
    case Comparison::less_or_equal:
      return a <= b;
  }
  return false;
}

Result<bool> matches_word(const api::Condition& condition, std::string_view actual) {
  if (condition.comparison != Comparison::equal && condition.comparison != Comparison::not_equal) {
    return invalid("'{}' compares with eq and ne only", condition.property);
  }
  if (!condition.quoted) {
    return invalid("the value of '{}' must be in single quotes", condition.property);
  }
  return equal_ignoring_case(actual, condition.value) == (condition.comparison == Comparison::equal);
}

/// One condition about one job. The grammar is not published; this subset is ours (import-export.md 2.2).
Result<bool> holds(const api::Condition& condition, const JobRecord& job) {
  auto property = to_lower(condition.property);
  for (const std::string_view prefix : {"properties/", "systemdata/"}) {
    if (property.starts_with(prefix)) {
      property.erase(0, prefix.size());
    }
  }
  if (property == "state") {
    return matches_word(condition, wire_name(job.state));
  }
  if (property == "jobtype") {
    return matches_word(condition, job.type == JobType::import_job ? "Import" : "Export");
  }
  if (property == "name") {
    return matches_word(condition, job.name);
  }
  if (property == "createdat") {
    const auto time = parse_time(condition.value);
    if (!time) {
      return invalid("'{}' is not a time", condition.value);
    }
    return compare(job.created, condition.comparison, time.value());
  }
  return invalid("'{}' is not one of state, jobType, name and createdAt", condition.property);
}

Error bad_filter(std::string_view text, const Error& why) {
  return refuse(Errc::invalid, arm::kInvalidFilter, text, why.cause()).at("$filter");
}

/// The request's filter, applied to an empty job so that an invalid one is rejected even if there are no jobs.
Result<std::optional<api::Filter>> filter_of(const arm::Context& context) {
  const auto text = context.parameter("$filter");
  if (!text || text->empty()) {
    return std::optional<api::Filter>();
  }
  auto filter = api::parse_filter(*text);
  if (!filter) {
    return bad_filter(*text, filter.error());
  }
  const auto tried = api::matches(filter.value(), [](const auto& condition) { return holds(condition, JobRecord{}); });
  if (!tried) {
    return bad_filter(*text, tried.error());
  }
  return std::optional(std::move(filter.value()));
}

struct OperationRow {
  std::string_view name, resource, operation, description;
};
// Source: Microsoft.ImportExport 2021-01-01, published example of Operations_List; descriptions are ours.
constexpr OperationRow kOperations[] = {
    {"locations/read", "Locations", "Get or List Locations", "Reads one location, or all that take drives."},
    {"jobs/write", "Jobs", "Create or Update Job", "Creates a job, or changes its properties or tags."},
    {"jobs/read", "Jobs", "Get or List Jobs", "Reads one job, or lists jobs."},
    {"jobs/listBitLockerKeys/action", "Jobs", "List BitLocker Keys", "Reads the BitLocker keys of a job's drives."},
    {"jobs/delete", "Jobs", "Delete Job", "Deletes a job that has not begun or has ended."},
    {"register/action", "Import/Export Resource Provider", "Registers the Import/Export Resource Provider",
     "Registers a subscription for import and export jobs."},
};

}  // namespace

Result<JobList> ImportExport::list_page(arm::Context& context, std::string_view subscription, std::string_view group) {
  TRY(const auto known, context.groups.subscription(subscription));
  TRY(const auto request, arm::page_request(context, kLargestPage));
  TRY(const auto filter, filter_of(context));
  JobList list;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    if (!group.empty()) {
      TRY(const auto found, context.groups.group(reader, subscription, group));
    }
    auto after = request.after;
    std::string last_shown;
    while (true) {
      const auto batch = filter ? kScan : request.top + 1;
      TRY(const auto jobs, records::page(reader, subscription, group, after, batch));
      for (const auto& job : jobs) {
        after = to_lower(job.resource_id);
        if (filter) {
          TRY(const bool wanted, api::matches(*filter, [&](const auto& condition) { return holds(condition, job); }));
          if (!wanted) {
            continue;
          }
        }
        if (list.value.size() == request.top) {
          list.next_link = arm::next_link(context, last_shown);
          return ok();
        }
        TRY(auto view, view_of(reader, job));
        view.drives = group.empty();  // recorded: the list by resource group leaves driveList out
        list.value.push_back(project(job, view));
        last_shown = after;
      }
      if (jobs.size() < batch) {
        return ok();
      }
    }
  }));
  return list;
}

Result<arm::Reply<JobList>> ImportExport::list_by_subscription(arm::Context& context,
                                                               const arm::SubscriptionPath& path) {
  TRY(auto list, list_page(context, path.subscription, ""));
  return arm::Reply<JobList>{.body = std::move(list)};
}

Result<arm::Reply<JobList>> ImportExport::list_by_group(arm::Context& context, const arm::GroupPath& path) {
  TRY(auto list, list_page(context, path.subscription, path.group));
  return arm::Reply<JobList>{.body = std::move(list)};
}

Result<arm::Reply<LocationList>> ImportExport::list_locations(arm::Context&) {
  return arm::Reply<LocationList>{.body = {locations_.all()}};
}

Result<arm::Reply<Location>> ImportExport::get_location(arm::Context&, const LocationPath& path) {
  const auto* location = locations_.find(path.location);
  if (location == nullptr) {
    return refuse(Errc::not_found, errors::kLocationNotFound, path.location).at("locationName");
  }
  return arm::Reply<Location>{.body = *location};
}

Result<arm::Reply<OperationList>> ImportExport::list_operations(arm::Context&) {
  OperationList list;
  for (const auto& row : kOperations) {
    list.value.push_back({"Microsoft.ImportExport/" + std::string(row.name),
                          {"Microsoft Import/Export", std::string(row.resource), std::string(row.operation),
                           std::string(row.description)}});
  }
  return arm::Reply<OperationList>{.body = std::move(list)};
}

}  // namespace quaymaster::import_export
