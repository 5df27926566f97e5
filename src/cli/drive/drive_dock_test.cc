// The complete life of a drive on a real server: TLS, tokens, the public API.
#include "cli/drive/drive_dock.h"

#include <gtest/gtest.h>

#include <thread>

#include "drive/import/test_drive_test.h"
#include "drive/read/scratch_test.h"
#include "testing/server/fixture.h"

namespace quaymaster::cli {
namespace {

class DriveDock : public testing::Test {
 protected:
  DriveDock() {
    fixture.set("dock-allow", scratch.path().native());
    fixture.start();
    Arguments arguments;
    arguments.add("data", fixture.data().native());
    client.emplace(
        find_connection(arguments, fixture.disk(), [](const char*) -> const char* { return nullptr; }).value());
    call("PUT", group("one") + "?api-version=2021-04-01", R"({"location":"westus"})");
    call("PUT", group("one") + "/providers/Microsoft.Storage/storageAccounts/acct1?api-version=2022-09-01",
         R"({"location":"westus","kind":"StorageV2","sku":{"name":"Standard_LRS"}})");
  }

  std::string group(const std::string& name) const {
    return "/subscriptions/" + client->connection().subscription + "/resourceGroups/" + name;
  }
  void call(std::string_view method, const std::string& path, const std::string& body) {
    const auto answer = client->call(method, path, body);
    ASSERT_TRUE(answer) << answer.error().cause();
  }
  void make_job(const std::string& in_group, const std::string& name, const std::string& hash) {
    const auto path = job_path(client->connection(), in_group, name);
    call("PUT", path,
         R"({"location":"westus","properties":{"storageAccountId":")" + group("one") +
             R"(/providers/Microsoft.Storage/storageAccounts/acct1","jobType":"Import","backupDriveManifest":true,)"
             R"("returnAddress":{"recipientName":"A","streetAddress1":"1","city":"T","postalCode":"1",)"
             R"("countryOrRegion":"FR","phone":"0","email":"a@b"},"driveList":[{"driveId":"WD1",)"
             R"("manifestFile":"\\DriveManifest.xml","manifestHash":")" +
             hash + R"("}]}})");
    call("PATCH", path,
         R"({"properties":{"state":"Shipping","deliveryPackage":{"carrierName":"F","trackingNumber":"1"}}})");
  }

  drive::Scratch scratch;
  server::ServerFixture fixture;
  std::optional<Client> client;
};

TEST_F(DriveDock, ADockedDriveIsImported) {
  drive::TestDrive drive(scratch);
  drive.add("photos/a.txt", "some bytes");
  make_job("one", "j", drive.finish("WD1"));
  const auto missing = dock_drive(*client, "", "other", "WD1", drive.path());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), Errc::not_found);

  const auto docked = dock_drive(*client, "", "J", "WD1", drive.path());
  ASSERT_TRUE(docked) << docked.error().cause();
  auto job = docked.value();
  while (!job.is_final()) {
    std::this_thread::yield();
    job = get_job(*client, "one", "j").value();
  }
  EXPECT_TRUE(job.is_success()) << job.properties.state;
  EXPECT_EQ(job.bytes_succeeded(), 10U);
  EXPECT_TRUE(job.properties.drives.front().manifest_uri->starts_with(fixture.app().endpoints().blob));
}

TEST_F(DriveDock, AJobNameThatTwoGroupsHaveNeedsTheGroup) {
  call("PUT", group("two") + "?api-version=2021-04-01", R"({"location":"westus"})");
  make_job("one", "j", "AB");
  make_job("two", "j", "AB");
  const auto refused = dock_drive(*client, "", "j", "WD1", scratch.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Errc::conflict);
  EXPECT_NE(refused.error().cause().find("one, two"), std::string::npos) << refused.error().cause();
}

TEST_F(DriveDock, TheServersRefusalIsReported) {
  make_job("one", "j", "AB");
  const auto refused = dock_drive(*client, "one", "j", "WD1", "/etc");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Errc::forbidden);
  EXPECT_NE(refused.error().cause().find("DockPathNotAllowed"), std::string::npos) << refused.error().cause();
}

}  // namespace
}  // namespace quaymaster::cli
