#include "providers/recovery_services/jobs/job_exports.h"

#include "identity/signatures/sas.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/jobs/jobs_world_test.h"
#include "testing/store/dying_database.h"

namespace quaymaster::recovery_services {
namespace {

TEST_F(JobsTest, AnExportIsWrittenAndReadByASignedAddress) {
  for (int i = 0; i < 5; ++i) {
    put(make(i == 0 ? JobOperation::restore : JobOperation::backup));
  }
  const auto ordered = fixture.post(at("v1", "/backupJobsExport?$filter=operation%20eq%20'Backup'"));
  EXPECT_EQ(ordered.status, 202);
  EXPECT_EQ(ordered.body, "");
  const auto location = followed(ordered, "Location");
  EXPECT_THAT(location, HasSubstr("/backupJobs/operationResults/"));
  const auto meanwhile = fixture.get(location);
  EXPECT_EQ(meanwhile.status, 202);
  EXPECT_THAT(
      meanwhile.body,
      HasSubstr(R"({"operation":{"objectType":"ExportJobsOperationResultInfo"},"headers":{"Location":["https)"));
  EXPECT_TRUE(wire::parse_json<wire::Json>(meanwhile.body)) << meanwhile.body;
  engine->start();
  http::Reply done;
  do {
    done = fixture.get(location);
    std::this_thread::yield();
  } while (done.status == 202);
  EXPECT_EQ(done.status, 200);
  EXPECT_THAT(fixture.get(followed(ordered, "Azure-AsyncOperation")).body, HasSubstr(R"("status":"Succeeded")"));

  // The address is that of a blob, and the Blob face accepts its signature for ten minutes.
  const auto text = [&](const std::string& name) {
    const auto begin = done.body.find("\"" + name + "\":\"") + name.size() + 4;
    return done.body.substr(begin, done.body.find('"', begin) - begin);
  };
  const std::string prefix = "https://localhost:10000/quaymaster-exports/backupjobs/";
  ASSERT_TRUE(text("blobUrl").starts_with(prefix)) << done.body;
  const auto name = text("blobUrl").substr(prefix.size());
  const auto request = fixture.request(http::Method::get, "/x" + text("blobSasKey"));
  const identity::SasRequest sas{request.query, kExportAccount, kExportContainer, name};
  const Buffer key = provider->exports().key();
  const auto grant = identity::verify_sas(sas, std::span(&key, 1), fixture.clock.now());
  ASSERT_TRUE(grant) << grant.error().cause();
  EXPECT_EQ(grant.value().permissions, "r");
  EXPECT_TRUE(identity::verify_sas(sas, std::span(&key, 1), fixture.clock.now() + seconds{599}));
  EXPECT_FALSE(identity::verify_sas(sas, std::span(&key, 1), fixture.clock.now() + seconds{601}));
  const identity::SasRequest other{request.query, kExportAccount, kExportContainer, "exportjobs.json"};
  EXPECT_FALSE(identity::verify_sas(other, std::span(&key, 1), fixture.clock.now()));

  const auto blob = blobs->open_blob({std::string(kExportAccount), std::string(kExportContainer), name}).value();
  Buffer bytes(blob->info().size);
  ASSERT_EQ(blob->read(0, bytes).value(), bytes.size());
  const auto jobs = wire::parse_stored<std::vector<WireJob>>(as_text(bytes));
  ASSERT_TRUE(jobs) << as_text(bytes);
  EXPECT_EQ(jobs.value().size(), 4);
  EXPECT_EQ(jobs.value().front().properties.operation, "Backup");
  EXPECT_TRUE(jobs.value().front().properties.extended.has_value());
}

TEST_F(JobsTest, AnExportMatchesTheRecording) {
  EXPECT_EQ(exchange("jobs_export/ordered", http::Method::post, at("v1", "/backupJobsExport")), "");
  EXPECT_EQ(exchange("jobs_export/filter_does_not_parse", http::Method::post,
                     at("v1", "/backupJobsExport?$filter=operation%20is%20'Backup'")),
            "");
  const auto location = followed(fixture.post(at("v1", "/backupJobsExport")), "Location");
  EXPECT_EQ(exchange("export_jobs_operation_results_get/in_progress", http::Method::get, location), "");
  std::vector<jobs::Record> exports;
  change([&](store::Writer& writer) -> Result<> {
    TRY(exports, engine->list(writer, vault.text(), 10));
    return ok();
  });
  engine->start();
  for (const auto& job : exports) {
    ASSERT_TRUE(engine->wait(job.id, Time::max()));
  }
  EXPECT_EQ(exchange("export_jobs_operation_results_get/done", http::Method::get, location), "");
}

/// The server dies at every write of an export, with or without that write being kept; the next server completes the
/// export with the whole list.
TEST_F(JobsTest, AnExportEndsWhateverTheMomentOfAStop) {
  for (int i = 0; i < 3; ++i) {
    put(make(JobOperation::backup));
  }
  for (const bool kept : {false, true}) {
    bool survived = false;
    int deaths = 0;
    for (int n = 0; !survived; ++n) {
      ASSERT_LT(n, 60);
      const auto location = followed(fixture.post(at("v1", "/backupJobsExport")), "Location");
      close();
      const auto before = fixture.database->statistics().changes;
      open(*fixture.database);
      const auto opening = static_cast<int>(fixture.database->statistics().changes - before);
      close();
      {
        store::DyingDatabase dying(*fixture.database, opening + n, kept);
        open(dying);
        engine->start();
        survived = !dying.await_death([&] { return fixture.get(location).status != 202; });
        close();
      }
      deaths += survived ? 0 : 1;
      open(*fixture.database);
      engine->start();
      http::Reply done;
      do {
        done = fixture.get(location);
        std::this_thread::yield();
      } while (done.status == 202);
      ASSERT_EQ(done.status, 200) << "died at write " << n << ": " << done.body;
      const auto name = done.body.substr(done.body.find("exportjobs"), 51);
      auto blob = blobs->open_blob({std::string(kExportAccount), std::string(kExportContainer), name});
      ASSERT_TRUE(blob) << name;
      Buffer bytes(blob.value()->info().size);
      ASSERT_EQ(blob.value()->read(0, bytes).value(), bytes.size());
      const auto jobs = wire::parse_stored<std::vector<WireJob>>(as_text(bytes));
      ASSERT_TRUE(jobs) << as_text(bytes);
      EXPECT_EQ(jobs.value().size(), 3U);
      blob.value().reset();  // before the objects it reads from
      close();
      open(*fixture.database);
    }
    EXPECT_GE(deaths, 3);
  }
}

TEST_F(JobsTest, OldExportsAreRemovedByTheNext) {
  const std::string account(kExportAccount);
  const std::string container(kExportContainer);
  const Time now = fixture.clock.now();
  ASSERT_TRUE(blobs->create_container(account, container, {}));
  for (const auto& [name, age] : {std::pair("old", kOperationLife + std::chrono::hours{1}),
                                  std::pair("young", kOperationLife - std::chrono::hours{1})}) {
    fixture.clock.set(now - age);
    auto content = blobs->upload(blob::Hashing::none)->finish().value();
    ASSERT_TRUE(blobs->put_blob({account, container, name}, std::move(content), {}, {}, {}));
  }
  fixture.clock.set(now);
  const auto ordered = fixture.post(at("v1", "/backupJobsExport"));
  engine->start();
  while (fixture.get(followed(ordered, "Location")).status == 202) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(blobs->get_blob({account, container, "old"}));
  EXPECT_TRUE(blobs->get_blob({account, container, "young"}));
  EXPECT_EQ(blobs->list_blobs(account, container, {}).value().items.size(), 2);
}

}  // namespace
}  // namespace quaymaster::recovery_services
