#include "providers/recovery_services/points/point_record.h"

#include <charconv>
#include <limits>

#include "providers/recovery_services/common/errors.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE rs_points (
  id TEXT PRIMARY KEY,
  item TEXT NOT NULL,
  name INTEGER NOT NULL,
  time INTEGER NOT NULL,
  consistency INTEGER NOT NULL,
  on_demand INTEGER NOT NULL,
  expiry INTEGER,
  policy_type TEXT NOT NULL,
  instant_until INTEGER,
  source TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  bytes_new INTEGER NOT NULL,
  job TEXT UNIQUE,
  UNIQUE (item, name)
) STRICT;
CREATE INDEX rs_points_by_time ON rs_points (item, time, name);
)",
};

#define QM_POINT_COLUMNS                                                                                     \
  "SELECT id, item, name, time, consistency, on_demand, expiry, policy_type, instant_until, source, bytes, " \
  "bytes_new, job FROM rs_points "

constexpr auto kEarliest = std::numeric_limits<std::int64_t>::min();
constexpr auto kLatest = std::numeric_limits<std::int64_t>::max();

std::int64_t number_of(const std::optional<Time>& time, std::int64_t otherwise) {
  return time ? time->time_since_epoch().count() : otherwise;
}

Result<PointRecord> point_of(const store::Row& row) {
  PointRecord point;
  TRY(point.id, row.guid(0));
  TRY(point.item, row.guid(1));
  point.name = row.integer(2);
  point.time = row.time(3);
  point.consistency = static_cast<Consistency>(row.integer(4));
  point.on_demand = row.integer(5) != 0;
  if (!row.is_null(6)) {
    point.expiry = row.time(6);
  }
  point.policy_type = row.text(7);
  if (!row.is_null(8)) {
    point.instant_until = row.time(8);
  }
  point.source = row.text(9);
  point.bytes = static_cast<std::uint64_t>(row.integer(10));
  point.bytes_new = static_cast<std::uint64_t>(row.integer(11));
  if (!row.is_null(12)) {
    TRY(point.job, row.guid(12));
  }
  return point;
}

auto append_to(std::vector<PointRecord>& into) {
  return [&into](const store::Row& row) -> Result<> {
    TRY(auto point, point_of(row));
    into.push_back(std::move(point));
    return ok();
  };
}

std::optional<PointRecord> first_of(std::vector<PointRecord>&& points) {
  return points.empty() ? std::nullopt : std::optional(std::move(points.front()));
}

}  // namespace

store::Schema points_schema() {
  return {"recovery_services_points", kSteps};
}

Result<std::vector<PointRecord>> points_of(store::Reader& reader, const Guid& item, std::optional<Time> from,
                                           std::optional<Time> to) {
  return list_points(reader, item, {from, to, {}, std::numeric_limits<std::size_t>::max()});
}

Result<std::vector<PointRecord>> list_points(store::Reader& reader, const Guid& item, const PointPage& page) {
  std::vector<PointRecord> points;
  const auto limit = static_cast<std::int64_t>(std::min<std::uint64_t>(page.limit, kLatest));
  const auto after_time = page.after ? number_of(page.after->first, 0) : kLatest;
  const auto after_name = page.after ? page.after->second : kLatest;
  TRY(reader.each(QM_POINT_COLUMNS "WHERE item = ? AND time >= ? AND time <= ? AND (time, name) < (?, ?) "
                                   "ORDER BY time DESC, name DESC LIMIT ?",
                  append_to(points), item.text(), number_of(page.from, kEarliest), number_of(page.to, kLatest),
                  after_time, after_name, limit));
  return points;
}

Result<PointRecord> find_point(store::Reader& reader, const Guid& item, std::string_view name) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  std::vector<PointRecord> points;
  if (error == std::errc{} && end == name.data() + name.size()) {
    TRY(reader.each(QM_POINT_COLUMNS "WHERE item = ? AND name = ?", append_to(points), item.text(), number));
  }
  if (points.empty()) {
    return refuse(Errc::not_found, errors::kPointNotFound, name);
  }
  return std::move(points.front());
}

Result<PointCount> count_points(store::Reader& reader, const Guid& item) {
  PointCount count;
  TRY(reader.first(
      "SELECT count(*), min(time) FROM rs_points WHERE item = ?",
      [&](const store::Row& row) {
        count.count = row.integer(0);
        if (!row.is_null(1)) {
          count.oldest = row.time(1);
        }
      },
      item.text()));
  return count;
}

Result<std::optional<PointRecord>> newest_point(store::Reader& reader, const Guid& item) {
  TRY(auto points, list_points(reader, item, {.limit = 1}));
  return first_of(std::move(points));
}

Result<std::optional<PointRecord>> point_by_id(store::Reader& reader, const Guid& id) {
  std::vector<PointRecord> points;
  TRY(reader.each(QM_POINT_COLUMNS "WHERE id = ?", append_to(points), id.text()));
  return first_of(std::move(points));
}

Result<std::optional<PointRecord>> point_of_job(store::Reader& reader, const Guid& job) {
  std::vector<PointRecord> points;
  TRY(reader.each(QM_POINT_COLUMNS "WHERE job = ?", append_to(points), job.text()));
  return first_of(std::move(points));
}

Result<> insert_point(store::Writer& writer, const PointRecord& point) {
  TRY(writer.change(
      "INSERT INTO rs_points (id, item, name, time, consistency, on_demand, expiry, policy_type, instant_until, "
      "source, bytes, bytes_new, job) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      point.id.text(), point.item.text(), point.name, point.time, static_cast<int>(point.consistency),
      point.on_demand ? 1 : 0, point.expiry, point.policy_type, point.instant_until, point.source, point.bytes,
      point.bytes_new, point.job ? std::optional(point.job->text()) : std::nullopt));
  return ok();
}

std::int64_t new_point_name(RandomSource& random) {
  std::uint64_t number = 0;
  random.fill(MutableBytes(reinterpret_cast<std::uint8_t*>(&number), sizeof number));
  // 18 digits without a leading zero, as az and the SDKs have seen.
  constexpr std::uint64_t kSmallest = 100'000'000'000'000'000;
  return static_cast<std::int64_t>(kSmallest + number % (9 * kSmallest));
}

Result<bool> remove_point(store::Writer& writer, vault::Vault& vault, const PointRecord& point) {
  TRY(const auto removed, writer.change("DELETE FROM rs_points WHERE id = ?", point.id.text()));
  auto forgotten = vault.remove_point(writer, point.id);
  if (!forgotten && forgotten.error().kind() != Errc::not_found) {
    return std::move(forgotten).error();
  }
  return removed > 0;
}

Result<> forget_points(store::Writer& writer, const Guid& item) {
  TRY(writer.change("DELETE FROM rs_points WHERE item = ?", item.text()));
  return ok();
}

Result<std::int64_t> remove_points(store::Writer& writer, vault::Vault& vault, const Guid& item, std::size_t limit) {
  TRY(const auto points, list_points(writer, item, {{}, {}, {}, limit}));
  for (const auto& point : points) {
    TRY(remove_point(writer, vault, point));
  }
  return static_cast<std::int64_t>(points.size());
}

#undef QM_POINT_COLUMNS

}  // namespace quaymaster::recovery_services
