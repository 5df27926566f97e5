#include "vault/index/index_run.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/vault/test_vault.h"

namespace quaymaster::vault {
namespace {

/// Sorted records with ids as uniformly distributed as real ones.
std::vector<IndexRecord> records_of(std::size_t count, std::uint32_t seed) {
  const auto bytes = test::noise(count * 16, seed);
  std::vector<IndexRecord> records(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::ranges::copy(Bytes(bytes).subspan(i * 16, 16), records[i].id.bytes.begin());
    records[i].location = {static_cast<std::uint32_t>(1 + i / 100), static_cast<std::uint32_t>(i % 100)};
  }
  std::ranges::sort(records, {}, &IndexRecord::id);
  return records;
}

RecordSource source_of(const std::vector<IndexRecord>& records) {
  return [&records, next = std::size_t{0}](IndexRecord& record) mutable -> Result<bool> {
    if (next == records.size()) {
      return false;
    }
    record = records[next++];
    return true;
  };
}

/// The only place of the chunk in the run; nullopt when it has none.
Result<std::optional<Location>> find(const IndexRun& run, const ChunkId& id) {
  std::vector<Location> places;
  TRY(run.find(id, places));
  EXPECT_LE(places.size(), 1);
  return places.empty() ? std::nullopt : std::optional(places.front());
}

class IndexRunTest : public testing::Test {
 protected:
  Result<std::unique_ptr<IndexRun>> write(const std::vector<IndexRecord>& records) {
    return IndexRun::write(*place_.objects, "v", key_, place_.random.guid(), records.size(), source_of(records),
                           cache_);
  }
  Result<std::unique_ptr<IndexRun>> open(const IndexRun& run) {
    return IndexRun::open(*place_.objects, "v", key_, run.id(), run.parts(), fresh_cache_);
  }

  test::TestVault place_;
  SealKey key_{1, 2, 3};
  PageCache cache_{64 * kKiB};
  PageCache fresh_cache_{1 * kMiB};
};

TEST_F(IndexRunTest, FindsEveryRecordAndNothingElse) {
  for (const std::size_t count : {1UL, 2UL, 120UL, 169UL, 1000UL, 50'000UL}) {
    const auto records = records_of(count, static_cast<std::uint32_t>(count));
    const auto written = write(records).value();
    const auto opened = open(*written).value();
    EXPECT_EQ(opened->records(), count);
    for (const auto& record : records) {
      ASSERT_EQ(find(*written, record.id).value(), record.location);
      ASSERT_EQ(find(*opened, record.id).value(), record.location);
    }
    for (const auto& other : records_of(2000, 99)) {
      EXPECT_FALSE(find(*opened, other.id).value());
    }
  }
}

TEST_F(IndexRunTest, KeepsEveryPlaceOfAChunkAlsoWhereTheyFillMoreThanAPage) {
  auto records = records_of(1000, 12);
  const auto shared = records[500].id;
  for (std::uint32_t copy = 0; copy < 400; ++copy) {
    records.push_back({shared, {5000 + copy, copy}});
  }
  std::ranges::sort(records);
  const auto run = open(*write(records).value()).value();
  std::vector<Location> places;
  ASSERT_TRUE(run->find(shared, places));
  EXPECT_EQ(places.size(), 401);
  const auto scan = run->scan();
  IndexRecord record;
  std::vector<IndexRecord> scanned;
  while (scan(record).value()) {
    scanned.push_back(record);
  }
  EXPECT_EQ(scanned, records);
}

TEST_F(IndexRunTest, ScansInOrder) {
  const auto records = records_of(10'000, 7);
  const auto run = open(*write(records).value()).value();
  const auto scan = run->scan();
  std::size_t next = 0;
  IndexRecord record;
  while (scan(record).value()) {
    ASSERT_LT(next, records.size());
    ASSERT_EQ(record.id, records[next].id);
    ASSERT_EQ(record.location, records[next].location);
    ++next;
  }
  EXPECT_EQ(next, records.size());
}

TEST_F(IndexRunTest, IdsThatCrowdOnePageSpillIntoTheNext) {
  auto records = records_of(3000, 8);
  for (std::size_t i = 0; i < records.size(); ++i) {  // eleven out of twelve share a prefix
    if (i % 12 != 0) {
      std::fill_n(records[i].id.bytes.begin(), 4, std::uint8_t{0x42});
    }
  }
  std::ranges::sort(records, {}, &IndexRecord::id);
  const auto written = write(records).value();
  for (const auto& record : records) {
    ASSERT_EQ(find(*written, record.id).value(), record.location);
  }
  const auto opened = open(*written).value();
  const auto scan = opened->scan();
  IndexRecord record;
  for (const auto& expected : records) {
    ASSERT_TRUE(scan(record).value());
    ASSERT_EQ(record.id, expected.id);
  }
}

TEST_F(IndexRunTest, EveryFlippedBitIsFound) {
  const auto records = records_of(300, 9);
  const auto written = write(records).value();
  const auto file = place_.files("index").at(0);
  const auto size = std::filesystem::file_size(file);
  const auto flip = [&](std::uint64_t at) {
    const auto object = place_.real_disk.open(file, OpenMode::write).value();
    std::uint8_t byte = 0;
    ASSERT_EQ(object->read_at(MutableBytes(&byte, 1), at).value(), 1);
    byte ^= 0x10;
    ASSERT_TRUE(object->write_at(Bytes(&byte, 1), at));
  };
  ASSERT_TRUE(written->verify());
  for (std::uint64_t at = 0; at < size; ++at) {
    flip(at);
    EXPECT_FALSE(written->verify()) << "byte " << at;
    PageCache cache(1 * kMiB);
    const auto opened = IndexRun::open(*place_.objects, "v", key_, written->id(), written->parts(), cache);
    bool found = !opened;
    for (std::size_t i = 0; i < records.size() && !found; ++i) {
      const auto location = find(*opened.value(), records[i].id);
      found = !location;
      if (location) {
        ASSERT_EQ(location.value(), records[i].location) << at;
      }
    }
    EXPECT_TRUE(found) << "byte " << at;
    flip(at);
  }
}

TEST_F(IndexRunTest, AMissingRunOrOneOfAnotherKeyDoesNotOpen) {
  const auto written = write(records_of(100, 10)).value();
  SealKey other{9};
  EXPECT_EQ(IndexRun::open(*place_.objects, "v", other, written->id(), written->parts(), cache_).error().kind(),
            Errc::corrupt);
  ASSERT_TRUE(written->remove());
  EXPECT_EQ(open(*written).error().kind(), Errc::not_found);
}

}  // namespace
}  // namespace quaymaster::vault
