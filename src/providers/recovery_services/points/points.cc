#include "providers/recovery_services/points/points.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/points/point_expiry.h"
#include "providers/recovery_services/points/points_filter.h"
#include "providers/recovery_services/policies/policy_plan.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::size_t kLargestPage = 200;

/// "<ticks>;<name>" of the last point of a page.
std::string key_of(const PointRecord& point) {
  return fmt::format("{};{}", point.time.time_since_epoch().count(), point.name);
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

Result<std::optional<std::pair<Time, std::int64_t>>> parse_key(std::string_view key) {
  if (key.empty()) {
    return std::optional<std::pair<Time, std::int64_t>>{};
  }
  const auto at = key.find(';');
  const auto ticks = number_of(key.substr(0, at));
  const auto name = at == std::string_view::npos ? std::nullopt : number_of(key.substr(at + 1));
  if (!ticks || !name) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  "The value of $skipToken was not issued by this server. Use nextLink unchanged.")
        .at("$skipToken");
  }
  return std::optional(std::pair(Time{Ticks{*ticks}}, *name));
}

/// How long each of `points`, newest first, lives, by its id. The first point of a day is determined among the points
/// of that day, so points from a few days before the oldest one are read too, but no more.
Result<std::map<Guid, PointRule>> rules_of(store::Reader& reader, const ItemRecord& item,
                                           const std::vector<PointRecord>& points) {
  std::map<Guid, PointRule> rules;
  auto policy = item.policy.empty() ? not_found("no policy") : find_policy(reader, item.vault, item.policy);
  if (!policy) {
    if (policy.error().kind() != Errc::not_found) {
      return std::move(policy).error();
    }
    for (const auto& point : points) {  // stopped: nothing expires, even if an expiry was set earlier
      rules[point.id] = {point.on_demand ? "On-Demand" : "Daily", std::nullopt};
    }
    return rules;
  }
  if (points.empty()) {
    return rules;
  }
  TRY(const auto plan, plan_of(policy.value()));
  TRY(const auto near, points_of(reader, item.id, points.back().time - kLongestRetentionDay, points.front().time));
  const auto lifetimes = lifetimes_of(plan, item, near);
  for (std::size_t i = 0; i < near.size(); ++i) {
    rules[near[i].id] = {std::string(lifetimes[i].rule), lifetimes[i].expiry};
  }
  return rules;
}

}  // namespace

Result<arm::Reply<arm::Page<PointResource>>> Points::list(arm::Context& context, const ItemPath& path) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  TRY(const auto after, parse_key(wanted.after));
  PointFilter filter;
  if (const auto text = context.parameter("$filter"); text && !text->empty()) {
    TRY(filter, parse_point_filter(*text));
  }
  arm::Reply<arm::Page<PointResource>> reply;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto item, find_item(reader, vault, path.container, path.item));
    if (filter.none) {
      return ok();
    }
    TRY(auto points, list_points(reader, item.id, {filter.from, filter.to, after, wanted.top + 1}));
    if (points.size() > wanted.top) {
      points.resize(wanted.top);
      reply.body.next_link = arm::next_link(context, key_of(points.back()));
    }
    const auto at = item_path(vault_path(context, vault), item);
    TRY(const auto rules, rules_of(reader, item, points));
    for (const auto& point : points) {
      TRY(auto answer, point_answer(context, item, point, rules.at(point.id), at, PointView::list));
      reply.body.value.push_back(std::move(answer));
    }
    return ok();
  }));
  return reply;
}

Result<arm::Reply<PointResource>> Points::get(arm::Context& context, const PointPath& path) {
  arm::Reply<PointResource> reply;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto item, find_item(reader, vault, path.container, path.item));
    TRY(const auto point, find_point(reader, item.id, path.point));
    TRY(const auto rules, rules_of(reader, item, {point}));
    TRY(reply.body, point_answer(context, item, point, rules.at(point.id), item_path(vault_path(context, vault), item),
                                 PointView::single));
    return ok();
  }));
  return reply;
}

/// There is no archive tier here (backup.md 16: reject `move` with 400).
Result<arm::Reply<>> Points::move(arm::Context& context, const PointPath& path, const MovePoint& request) {
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto item, find_item(reader, vault, path.container, path.item));
    TRY(find_point(reader, item.id, path.point));
    return ok();
  }));
  return refuse(Errc::invalid, errors::kPointNotMovable, path.point, request.target.value_or("ArchivedRP"))
      .at("targetTierType");
}

Result<arm::Reply<wire::Json>> Points::recommended_for_move(arm::Context& context, const ItemPath& path) {
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(find_item(reader, vault, path.container, path.item));
    return ok();
  }));
  return arm::Reply<wire::Json>{200, {R"({"value":[]})"}};
}

Result<> Points::expire(const ItemRecord& item, const std::vector<PointRecord>& points) {
  if (points.empty()) {
    return ok();
  }
  TRY(const auto vault, open_vaults_.open(item.vault));
  for (std::span rest(points); !rest.empty(); rest = rest.subspan(std::min(rest.size(), kPointsAtOnce))) {
    TRY(services_.database.write([&](store::Writer& writer) -> Result<> {
      TRY(const auto restore, running_job(writer, item.id, JobOperation::restore));
      if (restore) {
        return ok();
      }
      for (const auto& point : rest.first(std::min(rest.size(), kPointsAtOnce))) {
        TRY(remove_point(writer, *vault, point));
      }
      return ok();
    }));
  }
  return ok();
}

}  // namespace quaymaster::recovery_services
