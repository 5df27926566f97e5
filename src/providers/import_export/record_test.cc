#include "providers/import_export/record.h"

#include <gtest/gtest.h>

#include <array>

#include "base/encode.h"
#include "testing/store/memory_database.h"

namespace quaymaster::import_export {
namespace {

using std::chrono::days;

struct RecordTest : testing::Test {
  CountingRandom random;
  const std::array<store::Schema, 1> schemas = {schema()};
  std::unique_ptr<store::Database> database = store::open_in_memory(schemas).value();
  const Time start = Time{} + days{20000};
  const LifeTimes times;

  JobRecord job(const std::string& group, const std::string& name) {
    JobRecord made;
    made.id = random.guid();
    made.subscription = "SUB";
    made.resource_group = group;
    made.name = name;
    made.resource_id = "/subscriptions/SUB/resourceGroups/" + group + "/providers/Microsoft.ImportExport/jobs/" + name;
    made.created = made.updated = start;
    return made;
  }
  void save(const JobRecord& record) {
    ASSERT_TRUE(database->write([&](store::Writer& writer) { return records::save(writer, record); }));
  }
  template <class Look>
  auto read(const Look& look) {
    decltype(look(std::declval<store::Reader&>())) result = not_found("nothing was read");
    EXPECT_TRUE(database->read([&](store::Reader& reader) -> Result<> {
      result = look(reader);
      return ok();
    }));
    return std::move(result).value();
  }
  std::vector<std::string> names(std::string_view group, std::string_view after, std::size_t limit) {
    const auto page = read([&](store::Reader& reader) { return records::page(reader, "sub", group, after, limit); });
    std::vector<std::string> result;
    for (const auto& one : page) {
      result.push_back(one.name);
    }
    return result;
  }
  std::vector<Guid> due(Time now) {
    return read([&](store::Reader& reader) { return records::due(reader, now, times, 10); });
  }
};

TEST_F(RecordTest, KeepsEverything) {
  auto made = job("G", "One");
  made.type = JobType::export_job;
  made.state = JobState::closed;
  made.cancel_requested = made.warned_late = true;
  made.document.tags = wire::Json{"{}"};
  made.document.export_selection.emplace().old_blob_list_blob_path = "c/x";
  made.document.identity.principal_id = "p";
  made.created_by = {"me", "Application"};
  made.updated_by = {"you", "User"};
  made.shipped = start + days{1};
  made.ended = start + days{2};
  Drive drive;
  drive.drive_id = "W D";
  drive.manifest_file = "\\m";
  drive.manifest_hash = "h";
  drive.header_hash = "";
  drive.sealed_key = {1, 2, 3};
  drive.state = DriveState::completed_more_info;
  drive.had_errors = drive.verbose_log = drive.backup_manifest = true;
  drive.path = "/dock/a";
  drive.work = random.guid();
  drive.outcome.emplace().status = "DiskNotFound";
  made.drives = {drive, Drive{}};
  save(made);
  save(made);  // a second save replaces the first

  const auto kept = read([&](store::Reader& reader) { return records::get(reader, to_lower(made.resource_id)); });
  EXPECT_EQ(kept.id, made.id);
  EXPECT_EQ(kept.resource_id, made.resource_id);
  EXPECT_EQ(kept.type, JobType::export_job);
  EXPECT_EQ(kept.state, JobState::closed);
  EXPECT_TRUE(kept.cancel_requested && kept.warned_late);
  EXPECT_EQ(kept.document.export_selection->old_blob_list_blob_path, "c/x");
  EXPECT_EQ(kept.document.identity.principal_id, "p");
  EXPECT_EQ(kept.created_by.id + kept.updated_by.type, "meUser");
  EXPECT_EQ(kept.shipped, made.shipped);
  EXPECT_EQ(kept.ended, made.ended);
  ASSERT_EQ(kept.drives.size(), 2U);
  EXPECT_EQ(kept.drives[0].drive_id, "W D");
  EXPECT_EQ(kept.drives[0].header_hash, "");
  EXPECT_EQ(kept.drives[0].sealed_key, drive.sealed_key);
  EXPECT_TRUE(kept.drives[0].had_errors && kept.drives[0].verbose_log && kept.drives[0].backup_manifest);
  EXPECT_EQ(kept.drives[0].work, drive.work);
  EXPECT_EQ(kept.drives[0].outcome->status, "DiskNotFound");
  EXPECT_FALSE(kept.drives[1].header_hash || kept.drives[1].work || kept.drives[1].outcome);
}

TEST_F(RecordTest, PagesWalkByIdWithoutRegardToCase) {
  for (const auto& [group, name] : {std::pair{"b", "x"}, {"A", "Z"}, {"A", "y"}, {"B", "w"}}) {
    save(job(group, name));
  }
  EXPECT_EQ(names("", "", 10), (std::vector<std::string>{"y", "Z", "w", "x"}));
  EXPECT_EQ(names("", job("A", "Z").resource_id, 1), (std::vector<std::string>{"w"}));
  EXPECT_EQ(names("a", "", 10), (std::vector<std::string>{"y", "Z"}));
  EXPECT_TRUE(names("c", "", 10).empty());
}

TEST_F(RecordTest, KnowsWhatIsDueByEventsAndByTime) {
  auto quiet = job("g", "quiet");
  auto arrived = job("g", "arrived");
  arrived.state = JobState::shipping;
  arrived.shipped = start;
  arrived.drives = {Drive{}};
  arrived.drives[0].state = DriveState::received;
  auto done = job("g", "done");
  done.state = JobState::completed;
  done.ended = start;
  for (const auto& one : {quiet, arrived, done}) {
    save(one);
  }
  EXPECT_EQ(due(start), std::vector<Guid>{arrived.id});
  EXPECT_EQ(due(start + days{14}), (std::vector<Guid>{arrived.id, quiet.id}));
  EXPECT_EQ(due(start + days{90}), (std::vector<Guid>{arrived.id, quiet.id, done.id}));
  const auto next = read([&](store::Reader& reader) { return records::next_deadline(reader, times); });
  EXPECT_EQ(next, start + days{14});
}

TEST_F(RecordTest, FindsTheOpenJobsOfADriveInTheOrderTheyWereShipped) {
  const auto with_drive = [&](const std::string& name, JobState state, int shipped) {
    auto made = job("g", name);
    made.state = state;
    made.shipped = start + days{shipped};
    made.drives = {Drive{}};
    made.drives[0].drive_id = "WD 1";
    save(made);
  };
  with_drive("late", JobState::shipping, 2);
  with_drive("early", JobState::transferring, 1);
  with_drive("over", JobState::closed, 0);
  const auto jobs = read([&](store::Reader& reader) { return records::naming_drive(reader, drive_key(" wd1")); });
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].name + jobs[1].name, "earlylate");
}

TEST_F(RecordTest, ARemovedJobIsGoneWithItsDrives) {
  auto made = job("g", "a");
  made.drives = {Drive{}};
  made.drives[0].drive_id = "WD1";
  save(made);
  ASSERT_TRUE(database->write([&](store::Writer& writer) { return records::remove(writer, made.id); }));
  EXPECT_FALSE(read([&](store::Reader& reader) { return records::find(reader, to_lower(made.resource_id)); }));
  EXPECT_TRUE(read([&](store::Reader& reader) { return records::naming_drive(reader, "wd1"); }).empty());
}

}  // namespace
}  // namespace quaymaster::import_export
