#include "providers/import_export/projection.h"

#include <gtest/gtest.h>

#include "wire/json.h"

namespace quaymaster::import_export {
namespace {

Drive drive_in(DriveState state) {
  Drive drive;
  drive.drive_id = "WD1";
  drive.manifest_file = "\\m.xml";
  drive.manifest_hash = "AB";
  drive.state = state;
  return drive;
}

Drive begun() {
  auto drive = drive_in(DriveState::transferring);
  drive.work = Guid{};
  return drive;
}

Drive ended(std::string status, std::uint64_t bytes) {
  auto drive = begun();
  drive.state = status == "Completed" ? DriveState::completed : DriveState::completed_more_info;
  auto& outcome = drive.outcome.emplace();
  outcome.phase = drive::ImportPhase::done;
  outcome.status = std::move(status);
  outcome.bytes_total = outcome.bytes_done = outcome.bytes_succeeded = bytes;
  return drive;
}

Live at(std::uint64_t done, std::uint64_t total) {
  Live live;
  live.progress.bytes_done = done;
  live.progress.bytes_total = total;
  return live;
}

JobRecord job_of(JobState state, std::vector<Drive> drives) {
  JobRecord job;
  job.resource_id = "/subscriptions/S/resourceGroups/G/providers/Microsoft.ImportExport/jobs/J";
  job.name = "J";
  job.state = state;
  job.document.location = "westus";
  job.document.storage_account_id = "acct";
  job.drives = std::move(drives);
  return job;
}

std::string shown(const Drive& drive, std::optional<Live> live = {}) {
  View view;
  view.blob_endpoint = "https://localhost:10000/acct/";
  view.live = {std::move(live)};
  return wire::to_json(project(job_of(JobState::transferring, {drive}), view).properties.drive_list->front());
}

TEST(Projection, MembersAreInTheRecordedOrder) {
  auto job = job_of(JobState::creating, {drive_in(DriveState::specified)});
  job.drives[0].header_hash = "";
  job.document.tags = wire::Json{R"({"a":"b"})"};
  View view;
  view.location = "West US";
  EXPECT_EQ(wire::to_json(project(job, view)),
            R"({"systemData":{"createdBy":"","createdByType":"","createdAt":"1970-01-01T00:00:00.0000000Z",)"
            R"("lastModifiedBy":"","lastModifiedByType":"","lastModifiedAt":"1970-01-01T00:00:00.0000000Z"},)"
            R"("properties":{"storageAccountId":"acct","jobType":"Import","shippingInformation":{},)"
            R"("diagnosticsPath":"waimportexport","logLevel":"Error","backupDriveManifest":false,)"
            R"("cancelRequested":false,"state":"Creating","driveList":[{"driveId":"WD1","manifestFile":"\\m.xml",)"
            R"("manifestHash":"AB","driveHeaderHash":"","state":"Specified"}],"provisioningState":"Succeeded",)"
            R"("encryptionKey":{"kekType":"MicrosoftManaged"}},"identity":{"type":"None"},)"
            R"("id":"/subscriptions/S/resourceGroups/G/providers/Microsoft.ImportExport/jobs/J","name":"J",)"
            R"("type":"Microsoft.ImportExport/jobs","location":"West US","tags":{"a":"b"}})");
}

TEST(Projection, ADriveShowsMoreAsItsImportProgresses) {
  EXPECT_EQ(shown(drive_in(DriveState::received)),
            R"({"driveId":"WD1","manifestFile":"\\m.xml","manifestHash":"AB","state":"Received"})");

  auto live = at(50, 200);
  live.progress.bytes_succeeded = 40;
  live.progress.manifest = drive::LogBlob{"logs", "waies/j_WD1 x_manifest.xml"};
  EXPECT_EQ(shown(begun(), live),
            R"({"driveId":"WD1","manifestFile":"\\m.xml","manifestHash":"AB","state":"Transferring",)"
            R"("copyStatus":"InProgress","percentComplete":25,)"
            R"("manifestUri":"https://localhost:10000/acct/logs/waies/j_WD1%20x_manifest.xml","bytesSucceeded":40})");

  live.paused = "The disk is full.";
  EXPECT_NE(shown(begun(), live).find(R"("copyStatus":"Paused: The disk is full.")"), std::string::npos);

  auto done = ended("CompletedWithErrors", 200);
  done.outcome->error_log = drive::LogBlob{"logs", "waies/e.xml"};
  EXPECT_EQ(shown(done), R"({"driveId":"WD1","manifestFile":"\\m.xml","manifestHash":"AB","state":"CompletedMoreInfo",)"
                         R"("copyStatus":"CompletedWithErrors","percentComplete":100,)"
                         R"("errorLogUri":"https://localhost:10000/acct/logs/waies/e.xml","bytesSucceeded":200})");
}

TEST(Projection, ThePercentOfAJobIsWeightedByBytes) {
  const auto percent = [](JobState state, std::vector<Drive> drives, std::vector<std::optional<Live>> live = {}) {
    return percent_complete(job_of(state, std::move(drives)), live);
  };
  using enum JobState;
  EXPECT_EQ(percent(shipping, {drive_in(DriveState::received)}), std::nullopt);
  EXPECT_EQ(percent(completed, {drive_in(DriveState::specified)}), std::nullopt) << "cancelled before anything began";
  EXPECT_EQ(percent(transferring, {begun()}, {at(0, 0)}), 0) << "the manifest is still being examined";
  EXPECT_EQ(percent(transferring, {begun(), begun()}, {at(300, 300), at(0, 100)}), 75);
  EXPECT_EQ(percent(transferring, {begun(), begun()}, {at(100, 100), at(0, 0)}), 50) << "unknown counts like the mean";
  EXPECT_EQ(percent(transferring, {begun()}, {at(100, 100)}), 99) << "100 is kept for the end";
  EXPECT_EQ(percent(packaging, {ended("Completed", 0), drive_in(DriveState::never_received)}), 100);
  auto lost = ended("DiskNotFound", 100);
  lost.outcome->bytes_done = 10;
  EXPECT_EQ(percent(closed, {lost}), 100);
  EXPECT_EQ(percent(transferring, {lost, begun()}, {std::nullopt, at(0, 100)}), 50) << "what is over is over";
}

TEST(Projection, WithoutItsAccountAJobHasNoAddresses) {
  auto done = ended("Completed", 1);
  done.outcome->manifest = drive::LogBlob{"logs", "m.xml"};
  EXPECT_FALSE(project(job_of(JobState::completed, {done}), View{}).properties.drive_list->front().manifest_uri);
}

TEST(Projection, TheListByResourceGroupHasNoDrives) {
  View view;
  view.drives = false;
  EXPECT_FALSE(project(job_of(JobState::creating, {drive_in(DriveState::specified)}), view).properties.drive_list);
}

}  // namespace
}  // namespace quaymaster::import_export
