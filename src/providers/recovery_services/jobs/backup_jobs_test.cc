#include "providers/recovery_services/jobs/backup_jobs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "providers/recovery_services/jobs/job_errors.h"
#include "providers/recovery_services/jobs/job_record.h"
#include "providers/recovery_services/provider.h"
#include "testing/base/manual_clock.h"
#include "testing/jobs/engine_fixture.h"
#include "testing/store/memory_database.h"

namespace quaymaster::recovery_services {
namespace {

using std::chrono::seconds;

class BackupJobsTest : public testing::Test {
 protected:
  BackupJobsTest() {
    auto all = schemas();
    all.push_back(jobs::schema());
    database = store::open_in_memory(all, &clock).value();
    engine = std::make_unique<jobs::Engine>(*database, clock, random, jobs::Options{.workers = 1, .alone = true});
    vault = random.guid();
  }

  void change(const std::function<Result<>(store::Writer&)>& act) {
    const auto changed = database->write([&](store::Writer& writer) { return act(writer); });
    ASSERT_TRUE(changed) << changed.error().cause();
  }
  void add_kind(std::function<Result<>(jobs::Run&)> step) {
    engine->add({"work", {{"step", std::move(step)}}, &end_job});
  }
  NewBackupJob backup() {
    NewBackupJob job;
    job.vault = vault;
    job.entity = "vm1";
    job.cancellable = true;
    return job;
  }
  Guid start(const NewBackupJob& job) {
    Guid id;
    change([&](store::Writer& writer) -> Result<> {
      TRY(id, start_job(writer, *engine, job, {"work", "", "{}"}, clock.now()));
      return ok();
    });
    return id;
  }
  BackupJob get(const Guid& id) {
    BackupJob job;
    EXPECT_TRUE(database->read([&](store::Reader& reader) -> Result<> {
      TRY(job, find_job(reader, id));
      return ok();
    }));
    return job;
  }
  BackupJob ended(const Guid& id) {
    EXPECT_TRUE(engine->wait(id, Time::max()));
    return get(id);
  }
  Guid operation(AsyncOperationKind kind = AsyncOperationKind::configure) {
    const auto id = random.guid();
    change([&](store::Writer& writer) { return create_operation(writer, {id, "v", kind}, clock.now()); });
    return id;
  }
  AsyncOperationRecord operation_now(const Guid& id) {
    AsyncOperationRecord found;
    EXPECT_TRUE(database->read([&](store::Reader& reader) -> Result<> {
      TRY(found, find_operation(reader, "v", id));
      return ok();
    }));
    return found;
  }
  /// A row without an engine job, for lists.
  Guid row(JobOperation operation, JobStatus status, seconds at, const std::string& entity = "vm1",
           SourceKind kind = SourceKind::machine) {
    BackupJob job;
    job.id = random.guid();
    job.vault = vault;
    job.operation = operation;
    job.status = status;
    job.kind = kind;
    job.about.entity = entity;
    job.started = clock.now() + at;
    if (!job.is_running()) {
      job.ended = job.started;
    }
    change([&](store::Writer& writer) { return insert_job(writer, job); });
    return job.id;
  }
  std::vector<BackupJob> list(const JobQuery& query, std::optional<JobKey> after = {}, std::size_t limit = 100) {
    std::vector<BackupJob> jobs;
    EXPECT_TRUE(database->read([&](store::Reader& reader) -> Result<> {
      TRY(jobs, list_jobs(reader, vault, query, after, limit));
      return ok();
    }));
    return jobs;
  }

  ManualClock clock{parse_time("2026-11-23T05:29:30Z").value()};
  SystemRandom random;
  std::vector<std::unique_ptr<std::string>> explained;  // statements are cached by address
  std::unique_ptr<store::Database> database;
  std::unique_ptr<jobs::Engine> engine;
  Guid vault;
};

TEST_F(BackupJobsTest, ARowLivesAndEndsWithTheEnginesJob) {
  add_kind([&](jobs::Run& run) {
    const auto began = clock.now();
    clock.advance(seconds{5});
    return run.save("", [&, began, id = run.record().id](store::Writer& writer) -> Result<> {
      TRY(change_job(writer, id, {.task_started = "Take Snapshot"}, began));
      return change_job(writer, id,
                        {.task_completed = "Take Snapshot",
                         .task_started = "Transfer data to vault",
                         .bag = {{"VM Name", "vm2"}, {"Backup Size", "3 MB"}},
                         .bytes_new = 7},
                        clock.now());
    });
  });
  auto job = backup();
  job.tasks = {"Take Snapshot", "Transfer data to vault"};
  job.bag = {{"VM Name", "vm1"}, {"A", "b"}};
  job.operation_id = operation(AsyncOperationKind::backup);
  const auto id = start(job);
  EXPECT_EQ(get(id).status, JobStatus::in_progress);
  EXPECT_EQ(get(id).history.tasks.at(0).status, TaskStatus::not_started);
  // The operation of a backup request is done as soon as the job exists.
  EXPECT_EQ(operation_now(*job.operation_id).state, AsyncOperationRecord::State::succeeded);
  EXPECT_NE(operation_now(*job.operation_id).properties.find(id.text()), std::string::npos);

  engine->start();
  const auto done = ended(id);
  EXPECT_EQ(done.status, JobStatus::completed);
  EXPECT_EQ(done.ended, done.started + seconds{5});
  ASSERT_EQ(done.history.tasks.size(), 2);
  EXPECT_EQ(done.history.tasks[0].status, TaskStatus::completed);
  EXPECT_EQ(done.history.tasks[0].ended, done.started + seconds{5});
  EXPECT_EQ(done.history.tasks[1].status, TaskStatus::completed) << "the task that ran ends with its job";
  const std::vector<std::vector<std::string>> bag{{"VM Name", "vm2"}, {"A", "b"}, {"Backup Size", "3 MB"}};
  EXPECT_EQ(done.history.bag, bag);
  EXPECT_EQ(done.history.bytes_new, 7);
}

TEST_F(BackupJobsTest, AFailureIsReportedByItsRowAndFailsTheWaitingOperation) {
  add_kind(
      [](jobs::Run&) -> Result<> { return refuse(Errc::not_found, job_errors::kShareNotFound.published, "share1"); });
  auto job = backup();
  job.tasks = {"Take Snapshot"};
  job.operation_id = operation();
  job.ends_operation = true;
  const auto id = start(job);
  EXPECT_EQ(operation_now(*job.operation_id).state, AsyncOperationRecord::State::in_progress);
  engine->start();
  const auto done = ended(id);
  EXPECT_EQ(done.status, JobStatus::failed);
  ASSERT_EQ(done.history.errors.size(), 1);
  EXPECT_EQ(done.history.errors[0], job_errors::told(job_errors::kShareNotFound, "share1"));
  EXPECT_EQ(done.history.tasks[0].status, TaskStatus::not_started);
  EXPECT_EQ(operation_now(*job.operation_id).state, AsyncOperationRecord::State::failed);
  EXPECT_EQ(operation_now(*job.operation_id).error_code, "FileShareNotFound");
}

TEST_F(BackupJobsTest, AFailureWithoutARowHidesItsCause) {
  add_kind([](jobs::Run&) -> Result<> { return io("/secret/path"); });
  const auto id = start(backup());
  engine->start();
  const auto error = ended(id).history.errors.at(0);
  EXPECT_EQ(error.number, 1073871825);
  EXPECT_EQ(error.text.find("secret"), std::string::npos);
}

TEST_F(BackupJobsTest, StepsMayWarnOrCondemn) {
  for (const auto verdict : {Verdict::warnings, Verdict::failed}) {
    engine = std::make_unique<jobs::Engine>(*database, clock, random, jobs::Options{.workers = 1, .alone = true});
    add_kind([&](jobs::Run& run) {
      return run.save("", [&, id = run.record().id](store::Writer& writer) {
        return warn_job(writer, id, {job_errors::told(job_errors::kSomeNotBackedUp, 3, "a, b, c")}, verdict);
      });
    });
    const auto id = start(backup());
    engine->start();
    const auto done = ended(id);
    EXPECT_EQ(done.status, verdict == Verdict::warnings ? JobStatus::completed_with_warnings : JobStatus::failed);
    EXPECT_EQ(done.history.errors.at(0).text, "3 entries could not be read: a, b, c");
    engine->drain();
  }
}

TEST_F(BackupJobsTest, KnowsWhatRunsForAnItem) {
  add_kind([](jobs::Run&) -> Result<> { return ok(); });
  auto job = backup();
  job.item = random.guid();
  const auto running = [&](JobOperation operation) {
    std::optional<Guid> found;
    EXPECT_TRUE(database->read([&](store::Reader& reader) -> Result<> {
      TRY(found, running_job(reader, *job.item, operation));
      return ok();
    }));
    return found;
  };
  const auto id = start(job);
  EXPECT_EQ(running(JobOperation::backup), id);
  EXPECT_EQ(running(JobOperation::restore), std::nullopt);
  engine->start();
  ended(id);
  EXPECT_EQ(running(JobOperation::backup), std::nullopt);
}

TEST_F(BackupJobsTest, OldJobsAreForgottenByTheEngineToo) {
  add_kind([](jobs::Run&) -> Result<> { return ok(); });
  const auto old = start(backup());
  engine->start();
  ended(old);
  clock.advance(kJobLife + seconds{1});
  const auto fresh = start(backup());
  ended(fresh);
  std::int64_t purged = 0;
  change([&](store::Writer& writer) -> Result<> {
    TRY(purged, purge_jobs(writer, clock.now() - kJobLife, 10));
    return ok();
  });
  EXPECT_EQ(purged, 1);
  EXPECT_EQ(list({}).size(), 1);
  EXPECT_EQ(engine->wait(old, clock.now()).error().kind(), Errc::not_found);
  EXPECT_TRUE(engine->wait(fresh, clock.now()));
}

TEST_F(BackupJobsTest, ARowLeftBehindIsEndedAtTheStart) {
  engine->add({"silent", {{"step", [](jobs::Run&) -> Result<> { return io("broken"); }}}, {}});
  Guid id;
  change([&](store::Writer& writer) -> Result<> {
    TRY(id, start_job(writer, *engine, backup(), {"silent", "", "{}"}, clock.now()));
    return ok();
  });
  engine->start();
  EXPECT_EQ(ended(id).status, JobStatus::in_progress);
  ASSERT_TRUE(recover_jobs(*database, *engine));
  EXPECT_EQ(get(id).status, JobStatus::failed);
}

/// Compares every query with the same query answered by a scan of all jobs.
TEST_F(BackupJobsTest, ListsWalkEveryCombinationNewestFirst) {
  constexpr JobOperation kOperations[] = {JobOperation::backup, JobOperation::restore};
  constexpr JobStatus kStatuses[] = {JobStatus::completed, JobStatus::failed, JobStatus::in_progress};
  constexpr SourceKind kKinds[] = {SourceKind::machine, SourceKind::file_share};
  const Time origin = clock.now();
  int made = 0;
  for (const auto operation : kOperations) {
    for (const auto status : kStatuses) {
      for (const auto kind : kKinds) {
        for (const auto* entity : {"vm1", "VM2"}) {
          row(operation, status, seconds{made++ * 7 % 12}, entity, kind);  // several at the same instant
        }
      }
    }
  }
  const auto all = list({});
  ASSERT_EQ(all.size(), static_cast<std::size_t>(made));
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &key_of));
  vault = random.guid();
  EXPECT_TRUE(list({}).empty()) << "another vault has no jobs";
  vault = all.front().vault;

  const auto check_query = [&](const JobQuery& query, const auto& fits) {
    std::vector<Guid> wanted;
    for (const auto& job : all) {
      if (fits(job)) {
        wanted.push_back(job.id);
      }
    }
    std::vector<Guid> walked;  // in pages of two
    std::optional<JobKey> after;
    while (true) {
      const auto page = list(query, after, 2);
      for (const auto& job : page) {
        walked.push_back(job.id);
      }
      if (page.size() < 2) {
        break;
      }
      after = key_of(page.back());
    }
    EXPECT_EQ(walked, wanted);
  };
  for (int mask = 0; mask < 64; ++mask) {
    JobQuery query;
    query.status = (mask & 1) != 0 ? std::optional(JobStatus::failed) : std::nullopt;
    query.operation = (mask & 2) != 0 ? std::optional(JobOperation::restore) : std::nullopt;
    query.kind = (mask & 4) != 0 ? std::optional(SourceKind::file_share) : std::nullopt;
    query.entity = (mask & 8) != 0 ? std::optional<std::string>("vm2") : std::nullopt;
    query.from = (mask & 16) != 0 ? std::optional<Time>(origin + seconds{3}) : std::nullopt;
    query.to = (mask & 32) != 0 ? std::optional<Time>(origin + seconds{9}) : std::nullopt;
    check_query(query, [&](const BackupJob& job) {
      return (!query.status || job.status == *query.status) &&
             (!query.operation || job.operation == *query.operation) && (!query.kind || job.kind == *query.kind) &&
             (!query.entity || job.about.entity == "VM2") && (!query.from || job.started >= *query.from) &&
             (!query.to || job.started <= *query.to);
    });
  }
  check_query({.job = all[5].id}, [&](const BackupJob& job) { return job.id == all[5].id; });
  check_query({.status = JobStatus::cancelling, .job = all[5].id}, [](const BackupJob&) { return false; });
  check_query({.from = origin + seconds{5}, .to = origin}, [](const BackupJob&) { return false; });
  check_query({.nothing = true}, [](const BackupJob&) { return false; });
}

/// Why a page costs the same with a million jobs: each list searches one index that is already in order, without
/// sorting.
TEST_F(BackupJobsTest, EveryListIsASearchInOneIndex) {
  const auto plan_of = [&](const char* sql) {
    std::string plan;
    EXPECT_TRUE(database->read([&](store::Reader& reader) {
      const auto note = [&](const store::Row& row) -> Result<> {
        plan += std::string(row.text(3)) + "\n";
        return ok();
      };
      explained.push_back(std::make_unique<std::string>(std::string("EXPLAIN QUERY PLAN ") + sql));
      const auto& text = explained.back();
      switch (std::count(text->begin(), text->end(), '?')) {
        case 1:
          return reader.each(text->c_str(), note, 1);
        case 5:
          return reader.each(text->c_str(), note, 1, 1, 1, 1, 1);
        case 6:
          return reader.each(text->c_str(), note, 1, 1, 1, 1, 1, 1);
        default:
          return reader.each(text->c_str(), note, 1, 1, 1, 1, 1, 1, 1);
      }
    }));
    return plan;
  };
  const std::vector<std::string> wanted = {
      "USING INDEX rs_backup_jobs_newest (vault=? AND (newest_first,id)>(?,?) AND newest_first<?)",
      "USING INDEX rs_backup_jobs_facets (vault=? AND facet=? AND (newest_first,id)>(?,?) AND newest_first<?)",
      "USING INDEX rs_backup_jobs_entities (vault=? AND lower_entity=? AND facet=? AND "
      "(newest_first,id)>(?,?) AND newest_first<?)",
      "USING COVERING INDEX rs_backup_jobs_facets (vault=? AND facet=? AND (newest_first,id)>(?,?) AND newest_first<?)",
      "USING COVERING INDEX rs_backup_jobs_entities (vault=? AND lower_entity=? AND facet=? AND "
      "(newest_first,id)>(?,?) AND newest_first<?)",
      "USING INDEX sqlite_autoindex_rs_backup_jobs_1 (id=?)",
  };
  const auto statements = job_list_statements();
  ASSERT_EQ(statements.size(), wanted.size());
  for (std::size_t i = 0; i < statements.size(); ++i) {
    EXPECT_EQ(plan_of(statements[i]), "SEARCH rs_backup_jobs " + wanted[i] + "\n");
  }
}

TEST(JobKey, IsReadAsItWasWritten) {
  SystemRandom random;
  const JobKey key{-17788181000000000, random.guid()};
  EXPECT_EQ(JobKey::parse(key.text()).value(), key);
  for (const auto* bad : {"", ":", "5", "x:5b5b5b5b-0000-4000-8000-000000000001", "5:5b5b5b5b"}) {
    EXPECT_EQ(JobKey::parse(bad).error().kind(), Errc::invalid) << bad;
  }
}

TEST(JobErrors, NumbersAndNamesAreUniqueAndEveryRowSaysWhatToDo) {
  std::set<std::int64_t> numbers{job_errors::kOther};
  std::set<std::string_view> names;
  for (const auto* row : job_errors::all()) {
    EXPECT_GT(row->number, 0);
    EXPECT_TRUE(numbers.insert(row->number).second) << row->number;
    EXPECT_TRUE(names.insert(row->published.code).second) << row->published.code;
    EXPECT_FALSE(row->advice.empty());
    EXPECT_EQ(job_errors::find(row->published.code), row);
  }
}

}  // namespace
}  // namespace quaymaster::recovery_services
