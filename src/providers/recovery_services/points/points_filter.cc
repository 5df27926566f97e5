#include "providers/recovery_services/points/points_filter.h"

#include <algorithm>
#include <array>
#include <string>

#include "api/odata.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/jobs/job_text.h"

namespace quaymaster::recovery_services {
namespace {

Error refused(std::string_view sentence) {
  return refuse(Errc::invalid, errors::kInvalidInput, sentence).at("$filter");
}

/// The values of restorePointQueryType, and whether a full backup of a machine or share matches each.
struct QueryType {
  std::string_view name;
  bool is_ours;
};
constexpr std::array kQueryTypes = {QueryType{"Full", true},
                                    QueryType{"All", true},
                                    QueryType{"FullAndDifferential", true},
                                    QueryType{"Log", false},
                                    QueryType{"Differential", false},
                                    QueryType{"Incremental", false},
                                    QueryType{"SnapshotFull", false},
                                    QueryType{"SnapshotCopyOnlyFull", false}};

Result<bool> parse_switch(const api::Condition& condition) {
  if (equal_ignoring_case(condition.value, "true")) {
    return true;
  }
  if (equal_ignoring_case(condition.value, "false")) {
    return false;
  }
  return refused(fmt::format("'{}' must be 'True' or 'False', not '{}'.", condition.property, condition.value));
}

Result<Time> parse_end(const api::Condition& condition) {
  auto time = parse_filter_time(condition.value);
  if (!time) {
    return refused(fmt::format("'{}' is '{}', which is not a time; write '2024-05-01 12:00:00 AM'.", condition.property,
                               condition.value));
  }
  return time;
}

Result<> read_condition(const api::Condition& condition, PointFilter& into) {
  if (condition.comparison != api::Comparison::equal) {
    return refused("Recovery points are filtered by 'eq' only.");
  }
  const auto is = [&](std::string_view name) { return equal_ignoring_case(condition.property, name); };
  if (is("startDate")) {
    TRY(into.from, parse_end(condition));
  } else if (is("endDate")) {
    TRY(into.to, parse_end(condition));
  } else if (is("restorePointQueryType")) {
    const auto* const type = std::ranges::find_if(
        kQueryTypes, [&](const QueryType& one) { return equal_ignoring_case(one.name, condition.value); });
    if (type == kQueryTypes.end()) {
      return refused(fmt::format("There is no restorePointQueryType '{}'.", condition.value));
    }
    into.none = into.none || !type->is_ours;
  } else if (is("moveReadyRPOnly")) {
    TRY(const bool only_ready, parse_switch(condition));
    into.none = into.none || only_ready;
  } else if (is("extendedInfo") || is("includeSoftDeletedRP")) {
    TRY(parse_switch(condition));  // both are always reported
  } else {
    return refused(fmt::format("Recovery points are not filtered by '{}'.", condition.property));
  }
  return ok();
}

}  // namespace

Result<PointFilter> parse_point_filter(std::string_view text) {
  PointFilter filter;
  auto parsed = api::parse_filter(text);
  if (!parsed) {
    return refused(parsed.error().cause());
  }
  const auto& root = parsed.value();
  if (root.kind == api::Filter::Kind::condition) {
    TRY(read_condition(root.condition, filter));
  } else {
    for (const auto& part : root.parts) {
      if (root.kind != api::Filter::Kind::all || part.kind != api::Filter::Kind::condition) {
        return refused("Conditions are joined by 'and', without parentheses.");
      }
      TRY(read_condition(part.condition, filter));
    }
  }
  if (filter.from.has_value() != filter.to.has_value()) {
    return refused("'startDate' and 'endDate' must be given together.");
  }
  return filter;
}

}  // namespace quaymaster::recovery_services
