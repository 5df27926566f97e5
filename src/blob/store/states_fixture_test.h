#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "blob/records/usage.h"
#include "blob/refusals.h"
#include "blob/store/store_fixture_test.h"

namespace quaymaster::blob {

/// For tests of snapshots, versions and deleted blobs.
class StatesTest : public StoreTest {
 protected:
  void keep(const Keeping& keeping) {
    ASSERT_TRUE(blobs().change_keeping("a", [&](Keeping& stored) { stored = keeping; }));
  }

  static StateId snapshot(Time at) { return {StateId::Kind::snapshot, at}; }
  static StateId version(Time at) { return {StateId::Kind::version, at}; }

  Time snap(const std::string& name) {
    const auto made = blobs().create_snapshot(key(name), {}, {});
    EXPECT_TRUE(made) << made.error().cause();
    return made ? *made.value().snapshot : Time{};
  }
  using StoreTest::text_of;
  std::string state_text(const std::string& name, const StateId& state) {
    const auto opened = blobs().open_blob(key(name), state);
    return opened ? StoreTest::text_of(*opened.value()) : std::string(quaymaster::name(opened.error().kind()));
  }
  /// "ok", "kept", or the published code or kind of the error.
  std::string remove(const std::string& name, const DeleteRequest& request = {}) {
    const auto removed = blobs().delete_blob(key(name), {}, request);
    if (removed) {
      return removed.value() ? "kept" : "ok";
    }
    const auto* published = removed.error().published();
    return std::string(published != nullptr ? published->row->code : quaymaster::name(removed.error().kind()));
  }

  static ListRequest everything(std::size_t limit = 5000) {
    return {.limit = limit, .snapshots = true, .versions = true, .deleted = true};
  }

  /// Everything that a listing can show, page after page of `limit`: "name", "name@text" for former states, with "s",
  /// "v" or "d" (a deleted blob) in front, and "-" before that when it is deleted.
  std::vector<std::string> states(ListRequest request = everything()) {
    std::vector<std::string> all;
    do {
      const auto page = blobs().list_blobs("a", "c", request);
      if (!page) {
        return {std::string(quaymaster::name(page.error().kind()))};
      }
      EXPECT_LE(page.value().items.size(), request.limit);
      for (const auto& item : page.value().items) {
        all.push_back(words_of(item));
      }
      request.marker = page.value().next_marker;
    } while (!request.marker.empty());
    return all;
  }
  std::string words_of(const ListItem& item) {
    if (!item.blob) {
      return item.prefix + "*";
    }
    const auto& blob = *item.blob;
    if (blob.is_current) {
      return blob.name + "=" + text_of(blob.name);
    }
    const std::string gone = blob.deletion ? "-" : "";
    const auto kind = blob.snapshot ? "s" : blob.version ? "v" : "d";
    std::string text;
    if (!blob.deletion) {
      text = state_text(blob.name, blob.snapshot ? snapshot(*blob.snapshot) : version(*blob.version));
    }
    return fmt::format("{}{}:{}={}{}", gone, kind, blob.name, text, item.only_versions ? "!" : "");
  }

  /// What the records say of extents and contents is what they consist of: no byte is counted twice or forgotten.
  void expect_exact_counts() {
    std::map<std::int64_t, std::int64_t> live;
    std::map<std::int64_t, std::int64_t> recorded;
    std::map<std::int64_t, std::int64_t> users;
    std::map<std::int64_t, std::int64_t> counted;
    std::set<std::pair<std::int64_t, std::int64_t>> references;
    std::set<std::pair<std::int64_t, std::int64_t>> needed;
    ASSERT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
      const auto add = [&](const store::Row& row) -> Result<> {
        TRY(const auto pieces, decode_pieces(row.blob(1)));
        std::set<std::tuple<ExtentId, std::uint32_t, std::uint32_t>> once;
        for (const auto& piece : pieces) {
          if (once.emplace(piece.extent, piece.position, piece.size).second) {
            live[static_cast<std::int64_t>(piece.extent)] += static_cast<std::int64_t>(stored_size(piece.size));
          }
          needed.emplace(piece.extent, row.integer(0));
        }
        return ok();
      };
      TRY(reader.each("SELECT id, pieces FROM blob_blobs", add));
      TRY(reader.each("SELECT id, pieces FROM blob_former", add));
      TRY(reader.each("SELECT id, pieces FROM blob_contents", add));
      TRY(reader.each("SELECT draft, pieces FROM blob_staged", add));
      TRY(reader.each("SELECT id, live FROM blob_extents WHERE live <> 0", [&](const store::Row& row) -> Result<> {
        recorded[row.integer(0)] = row.integer(1);
        return ok();
      }));
      TRY(reader.each("SELECT id, users FROM blob_contents", [&](const store::Row& row) -> Result<> {
        counted[row.integer(0)] = row.integer(1);
        return ok();
      }));
      TRY(reader.each("SELECT extent, owner FROM blob_references", [&](const store::Row& row) -> Result<> {
        references.emplace(row.integer(0), row.integer(1));
        return ok();
      }));
      return reader.each(
          "SELECT content FROM blob_blobs WHERE content <> 0 UNION ALL SELECT content FROM blob_former WHERE content "
          "<> 0",
          [&](const store::Row& row) -> Result<> {
            ++users[row.integer(0)];
            return ok();
          });
    }));
    EXPECT_EQ(recorded, live);
    EXPECT_EQ(counted, users);
    EXPECT_TRUE(std::ranges::includes(references, needed)) << "compaction would not find an owner";
  }
};

}  // namespace quaymaster::blob
