#include "providers/recovery_services/points/point_record.h"

#include <set>

#include "testing/store/memory_database.h"
#include "testing/vault/test_vault.h"
#include "vault/engine/open_vault.h"

namespace quaymaster::recovery_services {
namespace {

struct PointRecords : testing::Test {
  PointRecords() {
    const store::Schema schemas[] = {points_schema(), vault::schema()};
    database = store::open_in_memory(schemas).value();
  }
  Result<> insert(const PointRecord& point) {
    return database->write([point](store::Writer& writer) { return insert_point(writer, point); });
  }
  PointRecord make(int number) {
    PointRecord point;
    point.id = random.guid();
    point.item = item;
    point.name = 1000 - number;  // names imply no order
    point.time = start + std::chrono::hours{number};
    point.source = "{}";
    return point;
  }
  template <class Look>
  auto read(const Look& look) {
    decltype(look(std::declval<store::Reader&>())) answer = not_found("not read");
    check(static_cast<bool>(database->read([&](store::Reader& reader) -> Result<> {
      answer = look(reader);
      return ok();
    })));
    return answer;
  }

  SystemRandom random;
  const Guid item = random.guid();
  const Time start = parse_time("2026-01-01").value();
  std::unique_ptr<store::Database> database;
};

TEST_F(PointRecords, AreReadBackUnchanged) {
  auto point = make(1);
  point.consistency = Consistency::file_system;
  point.on_demand = true;
  point.expiry = start + std::chrono::hours{24 * 30};
  point.policy_type = "V2";
  point.instant_until = start + std::chrono::hours{48};
  point.source = R"({"name":"vm1"})";
  point.bytes = 1ULL << 62;
  point.bytes_new = 7;
  point.job = random.guid();
  ASSERT_TRUE(insert(point));
  const auto found = read([&](store::Reader& reader) { return find_point(reader, item, "999"); }).value();
  EXPECT_EQ(found.id, point.id);
  EXPECT_EQ(found.time, point.time);
  EXPECT_EQ(found.consistency, point.consistency);
  EXPECT_TRUE(found.on_demand);
  EXPECT_EQ(found.expiry, point.expiry);
  EXPECT_EQ(found.policy_type, "V2");
  EXPECT_EQ(found.instant_until, point.instant_until);
  EXPECT_EQ(found.source, point.source);
  EXPECT_EQ(found.bytes, point.bytes);
  EXPECT_EQ(found.bytes_new, 7U);
  EXPECT_EQ(read([&](store::Reader& reader) { return point_of_job(reader, *point.job); }).value()->id, point.id);
  EXPECT_FALSE(read([&](store::Reader& reader) { return point_of_job(reader, item); }).value());
}

TEST_F(PointRecords, AreFoundByDigitsOnly) {
  ASSERT_TRUE(insert(make(1)));
  for (const auto* name : {"", "998", "999 ", "0x3e7", "-999", "99999999999999999999", "999;"}) {
    const auto found = read([&](store::Reader& reader) { return find_point(reader, item, name); });
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().published()->row->code, "BMSUserErrorRecoveryPointNotFound");
  }
  EXPECT_FALSE(read([&](store::Reader& reader) { return find_point(reader, random.guid(), "999"); }));
}

TEST_F(PointRecords, AJobMakesOnePointAtMost) {
  auto point = make(1);
  point.job = random.guid();
  ASSERT_TRUE(insert(point));
  auto second = make(2);
  second.job = point.job;
  EXPECT_EQ(insert(second).error().kind(), Errc::conflict);
  second.job.reset();
  second.name = point.name;
  EXPECT_EQ(insert(second).error().kind(), Errc::conflict);
}

TEST_F(PointRecords, AreListedNewestFirstPageByPage) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(insert(make(i)));
  }
  auto twin = make(4);
  twin.name = 5;  // at the same time as the newest
  ASSERT_TRUE(insert(twin));
  std::vector<std::int64_t> names;
  PointPage page{.limit = 2};
  for (;;) {
    const auto points = read([&](store::Reader& reader) { return list_points(reader, item, page); }).value();
    if (points.empty()) {
      break;
    }
    for (const auto& point : points) {
      names.push_back(point.name);
    }
    page.after = std::pair(points.back().time, points.back().name);
  }
  EXPECT_EQ(names, (std::vector<std::int64_t>{996, 5, 997, 998, 999, 1000}));
  const auto between = read([&](store::Reader& reader) {
                         return points_of(reader, item, start + std::chrono::hours{1}, start + std::chrono::hours{2});
                       }).value();
  EXPECT_EQ(between.size(), 2U) << "both ends belong to it";
  const auto count = read([&](store::Reader& reader) { return count_points(reader, item); }).value();
  EXPECT_EQ(count.count, 6);
  EXPECT_EQ(count.oldest, start);
  EXPECT_EQ(read([&](store::Reader& reader) { return newest_point(reader, item); }).value()->name, 996);
  EXPECT_FALSE(read([&](store::Reader& reader) { return count_points(reader, random.guid()); }).value().oldest);
}

TEST_F(PointRecords, NamesAreEighteenDigits) {
  std::set<std::int64_t> names;
  for (int i = 0; i < 1000; ++i) {
    const auto name = new_point_name(random);
    EXPECT_EQ(std::to_string(name).size(), 18U);
    names.insert(name);
  }
  EXPECT_EQ(names.size(), 1000U);
}

TEST_F(PointRecords, AreRemovedWithTheEnginesPoints) {
  vault::test::TestVault place;
  const store::Schema schemas[] = {points_schema(), vault::schema()};
  const auto owners = store::open_in_memory(schemas).value();
  ASSERT_TRUE(vault::create_vault(*owners, *place.objects, random, "w", place.key));
  vault::Options options;
  options.trace = vault::test::trace_root;
  const auto vault =
      vault::open_vault(*owners, *place.objects, place.clock, random, "w", place.key, std::move(options)).value();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(vault->commit(vault->begin().value(), "s", {}, [&](store::Writer& writer, const vault::Point& made) {
      auto point = make(i);
      point.id = made.id;
      return insert_point(writer, point);
    }));
  }
  std::int64_t removed = 0;
  ASSERT_TRUE(owners->write([&](store::Writer& writer) -> Result<> {
    TRY(const auto points, points_of(writer, item));
    TRY(const bool was_there, remove_point(writer, *vault, points.front()));
    EXPECT_TRUE(was_there);
    TRY(const bool again, remove_point(writer, *vault, points.front()));
    EXPECT_FALSE(again);
    TRY(const auto first, remove_points(writer, *vault, item, 1));
    EXPECT_EQ(first, 1);
    TRY(removed, remove_points(writer, *vault, item, 10));
    return ok();
  }));
  EXPECT_EQ(removed, 1);
  EXPECT_EQ(vault->stats().value().points, 0);
}

}  // namespace
}  // namespace quaymaster::recovery_services
