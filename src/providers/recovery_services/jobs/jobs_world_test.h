#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "providers/recovery_services/jobs/job_errors.h"
#include "providers/recovery_services/jobs/job_record.h"
#include "providers/recovery_services/jobs/jobs.h"
#include "providers/recovery_services/world_test.h"
#include "testing/jobs/engine_fixture.h"
#include "wire/json.h"

// A vault with backup jobs of every kind in it, for the tests of what clients see of jobs and of their exports.
namespace quaymaster::recovery_services {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class JobsTest : public World {
 protected:
  JobsTest() {
    make_vault("v1");
    change([&](store::Writer& writer) -> Result<> {
      TRY(const auto found, find_vault(writer, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"}));
      vault = found.id;
      return ok();
    });
  }
  void change(const std::function<Result<>(store::Writer&)>& act) {
    const auto changed = fixture.database->write([&](store::Writer& writer) { return act(writer); });
    ASSERT_TRUE(changed) << changed.error().cause();
  }
  /// Must come before engine->start().
  void add_kind(std::function<Result<>(jobs::Run&)> step) {
    engine->add({"test.work", {{"step", std::move(step)}}, &end_job});
  }
  Guid start(JobOperation operation = JobOperation::backup, SourceKind kind = SourceKind::machine) {
    NewBackupJob job;
    job.vault = vault;
    job.operation = operation;
    job.kind = kind;
    job.entity = "vm1";
    job.container = "iaasvmcontainerv2;rg1;vm1";
    job.activity = "149386d3-0000-4000-8000-000000000001";
    job.cancellable = operation == JobOperation::backup || operation == JobOperation::restore;
    job.tasks = {"Take Snapshot", "Transfer data to vault"};
    job.bag = {{"VM Name", "vm1"}};
    Guid id;
    change([&](store::Writer& writer) -> Result<> {
      TRY(id, start_job(writer, *engine, job, {"test.work", "", "{}"}, fixture.clock.now()));
      return ok();
    });
    return id;
  }
  /// An ended job without an engine's job, `back` before now.
  BackupJob make(JobOperation operation, SourceKind kind = SourceKind::machine, JobStatus status = JobStatus::completed,
                 seconds back = seconds{3600}) {
    BackupJob job;
    job.id = job_ids.guid();
    job.vault = vault;
    job.operation = operation;
    job.kind = kind;
    job.status = status;
    job.started = fixture.clock.now() - back + Ticks{7330600};
    job.ended = job.started + std::chrono::minutes{41} + seconds{16} + Ticks{2122671};
    job.about.entity = kind == SourceKind::machine ? "vm1" : "share1";
    (kind == SourceKind::machine ? job.about.container : job.about.storage_account) =
        kind == SourceKind::machine ? "iaasvmcontainerv2;rg1;vm1" : "sa1";
    job.about.activity = "149386d3-0000-4000-8000-000000000001";
    job.about.cancellable = operation == JobOperation::backup || operation == JobOperation::restore;
    return job;
  }
  Guid put(const BackupJob& job) {
    change([&](store::Writer& writer) { return insert_job(writer, job); });
    return job.id;
  }
  std::string job_at(const Guid& id, const std::string& tail = "", const std::string& version = "2024-04-01") {
    return at("v1", "/backupJobs/" + id.text() + tail, version);
  }
  std::string status_of(const Guid& id) {
    const auto body = fixture.get(job_at(id)).body;
    const auto begin = body.find(R"("entityFriendlyName")");
    const auto at_status = body.find(R"("status":")", begin) + 10;
    return body.substr(at_status, body.find('"', at_status) - at_status);
  }
  std::string list(const std::string& filter) {
    const auto reply =
        fixture.get(at("v1", "/backupJobs" + (filter.empty() ? "" : "?$filter=" + percent_encode(filter))));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.body;
  }
  static std::size_t count(const std::string& body, const std::string& what) {
    std::size_t found = 0;
    for (auto at = body.find(what); at != std::string::npos; at = body.find(what, at + 1)) {
      ++found;
    }
    return found;
  }

  Guid vault;
};

}  // namespace quaymaster::recovery_services
