#include "providers/recovery_services/jobs/jobs_filter.h"

#include "api/odata.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/jobs/job_text.h"

namespace quaymaster::recovery_services {
namespace {

/// Two values for one member contradict each other unless they are equal.
template <class T>
void narrow(std::optional<T>& member, const std::optional<T>& value, bool& nothing) {
  if (!value || (member && *member != *value)) {
    nothing = true;
  }
  member = value;
}

Result<> take(const api::Condition& condition, JobQuery& query) {
  if (condition.comparison != api::Comparison::equal) {
    return invalid("'{}' compares with eq only", condition.property);
  }
  const auto field = to_lower(condition.property);
  const auto& value = condition.value;
  if (field == "status") {
    narrow(query.status, wire::value_of<JobStatus>(value), query.nothing);
  } else if (field == "operation") {
    narrow(query.operation, wire::value_of<JobOperation>(value), query.nothing);
  } else if (field == "backupmanagementtype") {
    narrow(query.kind, wire::value_of<SourceKind>(value), query.nothing);
  } else if (field == "entityfriendlyname") {
    narrow(query.entity, std::optional(to_lower(value)), query.nothing);
  } else if (field == "jobid") {
    const auto id = parse_guid(value);
    narrow(query.job, id ? std::optional(id.value()) : std::nullopt, query.nothing);
  } else if (field == "starttime" || field == "endtime") {
    TRY(const auto time, parse_filter_time(value));
    narrow(field == "starttime" ? query.from : query.to, std::optional(time), query.nothing);
  } else {
    return invalid(
        "'{}' is not one of status, operation, backupManagementType, jobId, startTime, endTime and entityFriendlyName",
        condition.property);
  }
  return ok();
}

Result<JobQuery> query_of(const api::Filter& filter) {
  JobQuery query;
  if (filter.kind == api::Filter::Kind::condition) {
    TRY(take(filter.condition, query));
    return query;
  }
  if (filter.kind == api::Filter::Kind::any) {
    return invalid("conditions are joined by 'and' only");
  }
  for (const auto& part : filter.parts) {
    if (part.kind != api::Filter::Kind::condition) {
      return invalid("conditions are joined by 'and' only, without parentheses");
    }
    TRY(take(part.condition, query));
  }
  if (query.from && query.to && *query.from > *query.to) {
    return invalid("startTime is after endTime");
  }
  return query;
}

}  // namespace

Result<JobQuery> read_job_filter(std::string_view text) {
  if (text.find_first_not_of(' ') == std::string_view::npos) {
    return JobQuery{};
  }
  auto filter = api::parse_filter(text);
  auto query = filter ? query_of(filter.value()) : Result<JobQuery>(std::move(filter).error());
  if (!query) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  fmt::format("The $filter '{}' is not valid: {}.", text, query.error().cause()))
        .at("$filter");
  }
  return query;
}

}  // namespace quaymaster::recovery_services
