#include "drive/format/drive_journal.h"

#include <gmock/gmock.h>

#include "base/encode.h"
#include "drive/read/scratch_test.h"

namespace quaymaster::drive {
namespace {

using testing::ElementsAre;

TEST(DriveJournal, DistinguishesDamageFromAnIncompleteEnd) {
  Scratch scratch;
  SystemDisk disk;
  const auto path = scratch.path() / "journal";
  const auto record = [](int number) {
    JournalRecord made;
    made.kind = JournalKind::session_end;
    made.files = number;
    return made;
  };
  std::vector<std::uint64_t> seen;
  const auto see = [&](const JournalRecord& r) -> Result<> {
    seen.push_back(*r.files);
    return ok();
  };
  {
    auto journal = DriveJournal::open(disk, path, see).value();
    for (int group = 0; group < 4; ++group) {
      ASSERT_TRUE(journal.add(record(2 * group)));
      ASSERT_TRUE(journal.add(record(2 * group + 1)));
      ASSERT_TRUE(journal.commit());
    }
  }
  const auto whole = scratch.read("journal");
  const auto reopen = [&](std::string bytes) {
    scratch.write("journal", bytes);
    seen.clear();
    const auto opened = DriveJournal::open(disk, path, see);
    return opened ? std::string("ok") : std::string(name(opened.error().kind()));
  };
  EXPECT_EQ(reopen(whole), "ok");
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  const auto record_size = (whole.size() - 8) / 8;
  for (std::size_t at = 8; at < whole.size(); ++at) {
    auto spoiled = whole;
    spoiled[at] = static_cast<char>(spoiled[at] ^ 0x20);
    const auto group = (at - 8) / record_size / 2;
    // Only the last group may be unsynced; losing an earlier one must be reported.
    EXPECT_EQ(reopen(spoiled), group < 3 ? "corrupt" : "ok") << "byte " << at << " in group " << group;
  }
  EXPECT_EQ(reopen("something else"), "corrupt");
  EXPECT_EQ(reopen("QMDRVJ99"), "unsupported");
  EXPECT_EQ(reopen("QMDR"), "ok");
  EXPECT_EQ(reopen(""), "ok");
}

/// The example of doc/formats/drive-journal.md.
TEST(DriveJournal, WritesTheExampleOfItsPage) {
  Scratch scratch;
  SystemDisk disk;
  JournalRecord record;
  record.kind = JournalKind::drive;
  record.drive_id = "WD1234";
  auto journal =
      DriveJournal::open(disk, scratch.path() / "journal", [](const JournalRecord&) { return ok(); }).value();
  ASSERT_TRUE(journal.add(record));
  ASSERT_TRUE(journal.commit());
  EXPECT_EQ(hex_lower(as_bytes(scratch.read("journal"))),
            "514d4452564a303151444a310100008023000000cd4d1700"
            "7b226b696e64223a226472697665222c2264726976654964223a22574431323334227d");
}

}  // namespace
}  // namespace quaymaster::drive
