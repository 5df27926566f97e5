#include "base/encode.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "blob/store/store_fixture_test.h"
#include "store/sqlite/open_sqlite.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::blob {
namespace {

class BlobFormats : public StoreTest {
 protected:
  std::string column(const char* sql) {
    std::string hex;
    EXPECT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
      TRY(reader.first(sql, [&](const store::Row& row) { hex = hex_lower(row.blob(0)); }));
      return ok();
    }));
    return hex;
  }
};

// doc/formats/blob-extent.md and doc/formats/blob-records.md, Example.
TEST_F(BlobFormats, LookAsTheirPagesSay) {
  const Properties properties{"text/plain", "", "", "", "", {}};
  ASSERT_TRUE(blobs().put_blob(key("small"), content("alpha"), properties, {{"k", "v"}}, {}));
  ASSERT_TRUE(put("large", std::string(65'536, 'x') + "y"));
  ASSERT_TRUE(stage("listed", "AA==", "beta"));
  ASSERT_TRUE(list_of("listed", {"AA=="}));

  ASSERT_EQ(extents().size(), 1u);
  EXPECT_EQ(extents()[0], directory_.path() / "extents/0000000001");
  const auto extent = read_file(disk_, extents()[0]).value();
  ASSERT_EQ(extent.size(), 5 + 65'537 + 8 + 4u);
  EXPECT_EQ(hex_lower(Bytes(extent).first(6)), "616c70686178");
  EXPECT_EQ(hex_lower(Bytes(extent).subspan(65'541)),
            "79"
            "03015c16"
            "90dc575b"
            "62657461");

  EXPECT_EQ(column("SELECT pieces FROM blob_blobs WHERE name = CAST('small' AS BLOB)"),
            "0000000000000000"
            "0100000000000000"
            "00000000"
            "05000000"
            "812fd978");
  EXPECT_EQ(column("SELECT pieces FROM blob_blobs WHERE name = CAST('large' AS BLOB)"),
            "0000000000000000"
            "0100000000000000"
            "05000000"
            "01000100"
            "48ba696f");
  EXPECT_EQ(column("SELECT properties FROM blob_blobs WHERE name = CAST('small' AS BLOB)"),
            "0a746578742f706c61696e"
            "00"
            "00"
            "00"
            "00");
  EXPECT_EQ(column("SELECT metadata FROM blob_blobs WHERE name = CAST('small' AS BLOB)"),
            "016b"
            "0176");
  EXPECT_EQ(column("SELECT blocks FROM blob_block_lists"),
            "0441413d3d"
            "04");
}

// How databases of the first version are migrated.
TEST(BlobRecords, AreBroughtToTheSecondVersion) {
  const TestDirectory directory("records");
  std::filesystem::create_directories(directory.path());
  const auto file = directory.path() / "records.db";
  SystemDisk disk;
  ManualClock clock(kStart);
  const auto objects = objects::open_directory(disk, directory.path()).value();
  const auto key = [](const char* name) { return BlobKey{"a", "c", name}; };
  {
    const store::Schema first[] = {{"blob", schema().steps.first(1)}};
    const auto database = store::open_sqlite(file, first).value();
    ASSERT_TRUE(database->write([](store::Writer& writer) -> Result<> {
      TRY(
          writer.change("INSERT INTO blob_containers (id, account, name, etag, modified, metadata)"
                        " VALUES (1, 'a', CAST('c' AS BLOB), 2, 0, x'')"));
      for (const auto* name : {"x\\y", "taken\\z", "taken/z"}) {
        TRY(
            writer.change("INSERT INTO blob_blobs (container, name, type, size, etag, created, modified, has_blocks,"
                          " properties, metadata, pieces) VALUES (1, ?, 0, 0, 3, 0, 0, 0, x'0000000000', x'', x'')",
                          as_bytes(std::string_view(name))));
      }
      TRY(
          writer.change("INSERT INTO blob_drafts (id, container, name, blocks, id_size, modified)"
                        " VALUES (10, 1, CAST('d' AS BLOB), 1, 8, ?)",
                        kStart));
      TRY(
          writer.change("INSERT INTO blob_staged (draft, block_id, size, pieces)"
                        " VALUES (10, CAST('MDAwMQ==' AS BLOB), 0, x'')"));
      return ok();
    }));
  }
  const store::Schema now[] = {schema()};
  const auto database = store::open_sqlite(file, now).value();
  const auto blobs = open_store(*database, *objects, clock).value();
  EXPECT_TRUE(blobs->get_blob(key("x/y")));
  EXPECT_FALSE(blobs->get_blob(key("x/y")).value().properties.tier);
  EXPECT_TRUE(blobs->get_blob(key("taken/z")));
  EXPECT_TRUE(blobs->get_blob(key("taken\\z"))) << "is not lost";
  const auto stage = [&](const char* id) {
    return blobs->put_block(key("d"), id, blobs->upload(Hashing::none)->finish().value());
  };
  EXPECT_FALSE(stage("MDAwMDE="));
  EXPECT_TRUE(stage("MDAwMg=="));
}

// Databases that hold blobs of the second version are read and written further.
TEST(BlobRecords, AreBroughtToTheThirdVersion) {
  const TestDirectory directory("states");
  std::filesystem::create_directories(directory.path());
  const auto file = directory.path() / "records.db";
  SystemDisk disk;
  ManualClock clock(kStart);
  const auto objects = objects::open_directory(disk, directory.path()).value();
  const BlobKey key{"a", "c", "b"};
  {
    const store::Schema second[] = {{"blob", schema().steps.first(2)}};
    const auto database = store::open_sqlite(file, second).value();
    ASSERT_TRUE(database->write([](store::Writer& writer) -> Result<> {
      TRY(
          writer.change("INSERT INTO blob_containers (id, account, name, etag, modified, metadata)"
                        " VALUES (1, 'a', CAST('c' AS BLOB), 2, 0, x'')"));
      TRY(
          writer.change("INSERT INTO blob_blobs (container, name, type, size, etag, created, modified, has_blocks,"
                        " properties, metadata, pieces, tier, tier_changed)"
                        " VALUES (1, CAST('b' AS BLOB), 0, 0, 3, 0, 7, 0, x'0000000000', x'', x'', 2, 5)"));
      return ok();
    }));
  }
  const store::Schema now[] = {schema()};
  const auto database = store::open_sqlite(file, now).value();
  const auto blobs = open_store(*database, *objects, clock).value();
  const auto before = blobs->get_blob(key).value();
  EXPECT_FALSE(before.version);
  EXPECT_EQ(before.properties.tier, Tier::cool);
  ASSERT_TRUE(blobs->change_keeping("a", [](Keeping& keeping) { keeping.versions = true; }));
  ASSERT_TRUE(blobs->create_snapshot(key, {}, {}));
  const auto upload = blobs->upload(Hashing::none);
  ASSERT_TRUE(blobs->put_blob(key, upload->finish().value(), {}, {}, {}));
  const auto listed = blobs->list_blobs("a", "c", {.snapshots = true, .versions = true}).value().items;
  ASSERT_EQ(listed.size(), 4u);
  EXPECT_EQ(listed[0].blob->version, Time{Ticks{7}}) << "the time of its last change";
}

}  // namespace
}  // namespace quaymaster::blob
