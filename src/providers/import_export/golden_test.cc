// Requests and answers, byte for byte: tests/golden/import_export/<operation>/<case>.http. GOLDEN_UPDATE=1 rewrites
// them.
#include "testing/arm/golden.h"
#include "api/router.h"
#include "arm/document.h"
#include "providers/import_export/world_test.h"

namespace quaymaster::import_export {
namespace {

class Golden : public World {
 protected:
  void exchange(const std::string& name, http::Method method, const std::string& target, const std::string& text = "") {
    EXPECT_EQ(fixture.golden("import_export/" + name, method, target, text), "") << name;
  }
  void get(const std::string& name, const std::string& target) { exchange(name, http::Method::get, target); }
  void put(const std::string& name, const std::string& job, const std::string& text) {
    exchange(name, http::Method::put, job_path(job), text);
  }
  void patch(const std::string& name, const std::string& job, const std::string& text) {
    exchange(name, http::Method::patch, job_path(job), text);
  }
  void make(const std::string& job, const std::string& drive = "WD1") {
    ASSERT_EQ(fixture.put(job_path(job), body(drive_json(drive))).status, 201);
  }

  static std::string in_subscription(const std::string& query = "") {
    return arm::ArmFixture::subscription_path() + "/providers/Microsoft.ImportExport/jobs?api-version=2021-01-01" +
           query;
  }
  static std::string in_group(const std::string& group, const std::string& query = "") {
    return arm::ArmFixture::group_path(group) + "/providers/Microsoft.ImportExport/jobs?api-version=2021-01-01" + query;
  }
  static std::string of_provider(const std::string& path) {
    return "/providers/Microsoft.ImportExport/" + path + "?api-version=2021-01-01";
  }
  static std::string at_version(const std::string& job, const std::string& version) {
    return arm::ArmFixture::group_path("Jobs") + "/providers/Microsoft.ImportExport/jobs/" + job +
           "?api-version=" + version;
  }
  static std::string with_account(const std::string& properties) {
    return R"({"location":"westus","properties":{"storageAccountId":")" + OneAccount::id() + "\"," + properties + "}}";
  }
};

TEST_F(Golden, JobsCreate) {
  put("jobs_create/import", "photos-2024",
      R"({"location":"westus","tags":{"year":"2024","copies":2},"properties":{"storageAccountId":")" +
          OneAccount::id() +
          R"(","jobType":"Import","returnAddress":{"recipientName":"A. Person","streetAddress1":"1 Road","city":"Town",)"
          R"("postalCode":"10000","countryOrRegion":"FR","phone":"0100000000","email":"a@example.org"},)"
          R"("diagnosticsPath":"waimportexport","logLevel":"Verbose","backupDriveManifest":true,"driveList":[)"
          R"({"driveId":"WD123456","bitLockerKey":"111111-222222-333333-444444-555555-666666-111111-483079",)"
          R"("manifestFile":"\\DriveManifest.xml","manifestHash":"109B21108597EF36D5785F08303F3638",)"
          R"("driveHeaderHash":""},{"driveId":"WD123457","manifestFile":"\\\\two.manifest","manifestHash":"AB"}]}})");
  put("jobs_create/replaced", "PHOTOS-2024", body(drive_json("WD123456")));
  put("jobs_create/export", "out",
      with_account(R"("jobType":"Export","export":{"blobList":{"blobPathPrefix":["/"]}})"));
  put("jobs_create/export_old_spelling", "out-old",
      with_account(R"("jobType":"Export","export":{"blobListblobPath":"lists/a.xml"})"));
  exchange("jobs_create/version_2016", http::Method::put, at_version("first", "2016-11-01"), body(drive_json("WD1")));
  exchange("jobs_create/version_2020", http::Method::put, at_version("second", "2020-08-01"), body(drive_json("WD1")));
  put("jobs_create/display_location", "display",
      R"({"location":"West US 2","properties":{"storageAccountId":")" + OneAccount::id() +
          R"(","jobType":"Import","driveList":[)" + drive_json("WD1") + "]}}");
}

TEST_F(Golden, JobsCreateRefused) {
  make("taken");
  ship("shipped", {{"WD5", "AB"}});
  const auto path = arm::ArmFixture::group_path("Jobs") + "/providers/Microsoft.ImportExport/jobs/j";
  const auto good = body(drive_json("WD1"));
  exchange("jobs_create/no_api_version", http::Method::put, path, good);
  exchange("jobs_create/unknown_api_version", http::Method::put, path + "?api-version=2015-01-01", good);
  put("jobs_create/malformed", "j", R"({"location":"westus",)");
  put("jobs_create/wrong_type", "j", R"({"location":"westus","properties":{"jobType":7}})");
  put("jobs_create/unknown_job_type", "j", with_account(R"("jobType":"Copy")"));
  put("jobs_create/no_storage_account", "j", R"({"location":"westus","properties":{"jobType":"Import"}})");
  put("jobs_create/no_drives", "j", with_account(R"("jobType":"Import")"));
  put("jobs_create/address_without_city", "j",
      with_account(R"("jobType":"Import","returnAddress":{"recipientName":"A","streetAddress1":"1"})"));
  put("jobs_create/same_drive_twice", "j", body(drive_json("WD1") + "," + drive_json("wd1")));
  put("jobs_create/export_on_import", "j",
      with_account(R"("jobType":"Import","export":{},"driveList":[)" + drive_json("WD1") + "]"));
  put("jobs_create/unknown_location", "j", R"({"location":"moonbase","properties":{}})");
  put("jobs_create/other_location", "taken",
      R"({"location":"eastus","properties":{"storageAccountId":")" + OneAccount::id() +
          R"(","jobType":"Import","driveList":[)" + drive_json("WD1") + "]}}");
  put("jobs_create/wrong_state", "shipped", good);
  put("jobs_create/bad_name", "-x", good);
  put("jobs_create/unknown_account", "j",
      R"({"location":"westus","properties":{"storageAccountId":")" + arm::ArmFixture::group_path("store") +
          R"(/providers/Microsoft.Storage/storageAccounts/other","jobType":"Import","driveList":[)" +
          drive_json("WD1") + "]}}");
  exchange("jobs_create/unknown_group", http::Method::put,
           arm::ArmFixture::group_path("none") + "/providers/Microsoft.ImportExport/jobs/j?api-version=2021-01-01",
           good);
  exchange("jobs_create/foreign_subscription", http::Method::put,
           "/subscriptions/99999999-0000-4000-8000-000000000001/resourceGroups/Jobs/providers/"
           "Microsoft.ImportExport/jobs/j?api-version=2021-01-01",
           good);
}

TEST_F(Golden, JobsGet) {
  make("created");
  get("jobs_get/created", job_path("created"));
  get("jobs_get/any_case", to_lower(arm::ArmFixture::group_path("JOBS")) +
                               "/providers/microsoft.importexport/JOBS/CREATED?api-version=2016-11-01");
  get("jobs_get/missing", job_path("none"));

  ship("done", {{"WD1", make_drive("WD1")}}, R"("logLevel":"Verbose","backupDriveManifest":true,)");
  put_at_dock("WD1");
  check_dock_twice();
  get("jobs_get/received", job_path("done"));
  run_jobs();
  finish("done");
  get("jobs_get/completed", job_path("done"));
}

TEST_F(Golden, JobsUpdate) {
  make("j");
  patch("jobs_update/empty_state", "j", R"({"properties":{"state":""}})");
  patch("jobs_update/package_alone", "j",
        R"({"properties":{"deliveryPackage":{"carrierName":"FedEx","trackingNumber":"992","driveCount":0,)"
        R"("shipDate":"8/13/2017 7:32:23 PM"}}})");
  patch("jobs_update/ship", "j", R"({"tags":{"sent":"yes"},"properties":{"state":"Shipping"}})");
  patch("jobs_update/wrong_state", "j", R"({"properties":{"driveList":[]}})");
  patch("jobs_update/unknown_state", "j", R"({"properties":{"state":"Lost"}})");
  patch("jobs_update/unknown_log_level", "j", R"({"properties":{"logLevel":"Chatty"}})");
  patch("jobs_update/missing", "none", R"({"properties":{"state":"Shipping"}})");
  make("k", "WD2");
  patch("jobs_update/ship_without_package", "k", R"({"properties":{"state":"Shipping"}})");
  patch("jobs_update/cancel", "k", R"({"properties":{"cancelRequested":true}})");
}

TEST_F(Golden, JobsDelete) {
  make("j");
  ship("shipped", {{"WD5", "AB"}});
  exchange("jobs_delete/created", http::Method::del, job_path("j"));
  exchange("jobs_delete/missing", http::Method::del, job_path("j"));
  exchange("jobs_delete/wrong_state", http::Method::del, job_path("shipped"));
}

TEST_F(Golden, JobsList) {
  for (const auto* name : {"a", "b", "c"}) {
    make(name);
  }
  ship("d", {{"WD5", "AB"}});
  get("jobs_list_by_subscription/all", in_subscription());
  get("jobs_list_by_subscription/first_page", in_subscription("&$top=3"));
  const auto page = fixture.get(in_subscription("&$top=3")).body;
  const auto at = page.find("\"nextLink\":\"") + 12;
  const auto link = page.substr(at, page.find('"', at) - at);
  ASSERT_TRUE(link.starts_with(arm::ArmFixture::kBase)) << link;
  get("jobs_list_by_subscription/last_page", link.substr(arm::ArmFixture::kBase.size()));
  get("jobs_list_by_subscription/filtered",
      in_subscription("&$filter=properties/state%20eq%20'Shipping'%20or%20name%20eq%20'A'"));
  get("jobs_list_by_subscription/bad_filter", in_subscription("&$filter=drives%20gt%203"));
  get("jobs_list_by_subscription/top_too_large", in_subscription("&$top=101"));
  get("jobs_list_by_resource_group/without_drives", in_group("Jobs", "&$top=1"));
  get("jobs_list_by_resource_group/none", in_group("store"));
  get("jobs_list_by_resource_group/unknown_group", in_group("none"));
}

TEST_F(Golden, BitLockerKeysList) {
  ASSERT_EQ(fixture
                .put(job_path("j"),
                     body(drive_json("WD1") + R"(,{"driveId":"WD2","manifestFile":"\\m","manifestHash":"AB"})"))
                .status,
            201);
  exchange("bit_locker_keys_list/both", http::Method::post, job_path("j", "/listBitLockerKeys"));
  exchange("bit_locker_keys_list/missing", http::Method::post, job_path("none", "/listBitLockerKeys"));
}

TEST_F(Golden, LocationsAndOperations) {
  get("locations_list/all", of_provider("locations"));
  get("locations_get/short_name", of_provider("locations/westus2"));
  get("locations_get/display_name", of_provider("locations/West%20Europe"));
  get("locations_get/unknown", of_provider("locations/moonbase"));
  get("operations_list/all", of_provider("operations"));
}

TEST_F(Golden, Dock) {
  ship("j", {{"WD1", make_drive("WD1")}});
  exchange("jobs_dock_drive/not_allowed", http::Method::post, job_path("j", "/dockDrive"),
           R"({"driveId":"WD1","path":"/etc"})");
  exchange("jobs_dock_drive/no_path", http::Method::post, job_path("j", "/dockDrive"), R"({"driveId":"WD1"})");
  get("dock_list/empty", of_provider("dock"));
}

TEST_F(Golden, WhoIsNotSignedInGetsNothing) {
  make("j");
  auto request = fixture.request(http::Method::get, job_path("j"));
  request.headers.set("Authorization", "Bearer forged");
  const auto reply = fixture.send(request);
  EXPECT_EQ(reply.status, 401);
  EXPECT_TRUE(reply.headers.get("WWW-Authenticate"));
}

TEST(Table, IsSoundAndHasItsPage) {
  std::vector<api::Pattern> patterns;
  for (const auto& row : kProvider.operations) {
    patterns.push_back({row.method, row.path});
  }
  EXPECT_EQ(api::overlaps(patterns), std::vector<std::string>{});
  EXPECT_EQ(arm::compare_golden(arm::document_file(kProvider), arm::document(kProvider)), "");
}

}  // namespace
}  // namespace quaymaster::import_export
