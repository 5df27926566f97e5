#include "providers/import_export/validate.h"

#include <gtest/gtest.h>

#include "providers/import_export/errors.h"
#include "wire/json.h"

namespace quaymaster::import_export {
namespace {

constexpr std::string_view kAccount =
    "/subscriptions/S/resourcegroups/G/providers/Microsoft.Storage/storageAccounts/acct1";
constexpr std::string_view kAddress = R"({"recipientName":"A","streetAddress1":"1 Road","city":"T","postalCode":"1",
    "countryOrRegion":"FR","phone":"01","email":"a@example.org"})";
constexpr std::string_view kDrive = R"({"driveId":"WD1","manifestFile":"\\DriveManifest.xml","manifestHash":"AB"})";

/// A JSON text in which the words $account, $address and $drive stand for the constants above.
std::string filled(std::string text) {
  for (const auto& [word, value] : {std::pair{"$account", kAccount}, {"$address", kAddress}, {"$drive", kDrive}}) {
    for (auto at = text.find(word); at != text.npos; at = text.find(word)) {
      text.replace(at, std::string_view(word).size(), value);
    }
  }
  return text;
}

JobRequest request(const std::string& text) {
  return wire::parse_json<JobRequest>(filled(text)).value();
}

struct ValidateTest : testing::Test {
  CountingRandom random;
  DriveKeys keys{SealKey{}, random};

  JobRecord put(const std::string& text, JobRecord job = {}) {
    const auto applied = apply_put(job, request(text), keys);
    EXPECT_TRUE(applied) << (applied ? "" : applied.error().cause());
    return job;
  }
  JobRecord import_job() {
    auto job = put(R"({"location":"westus","properties":{"storageAccountId":"$account","jobType":"Import",
        "driveList":[$drive]}})");
    job.name = "photos";
    return job;
  }
  JobRecord job_in(JobState state) {
    auto job = import_job();
    job.state = state;
    return job;
  }
  PatchEffect patch(JobRecord& job, const std::string& properties) {
    const auto effect = apply_patch(job, request(R"({"properties":)" + properties + "}"), keys);
    EXPECT_TRUE(effect) << (effect ? "" : effect.error().cause());
    return effect ? effect.value() : PatchEffect{};
  }
  std::string key_of(const JobRecord& job, std::size_t drive) {
    return keys.open(job.id, drive_key(job.drives[drive].drive_id), job.drives[drive].sealed_key).value();
  }
};

std::string refusal(const Error& error) {
  return error.published() == nullptr ? "unpublished: " + error.cause()
                                      : std::string(error.published()->row->code) + " " + error.published()->target;
}

TEST_F(ValidateTest, APutFillsDefaultsAndKeepsWhatWasSent) {
  const auto job = put(R"({"location":"West US","tags":{"a":1},"properties":{"storageAccountId":"$account",
      "jobType":"import","returnAddress":$address,"driveList":[$drive,
      {"driveId":"WD2","bitLockerKey":"1-2","manifestFile":"\\\\m.xml","manifestHash":"odd","driveHeaderHash":""}]}})");
  EXPECT_EQ(job.type, JobType::import_job);
  EXPECT_EQ(job.document.location, "West US");
  EXPECT_EQ(job.document.storage_account_id, kAccount);
  EXPECT_EQ(job.document.tags->text, R"({"a":1})");
  EXPECT_EQ(job.document.diagnostics_path, "waimportexport");
  EXPECT_EQ(job.document.log_level, "Error");
  EXPECT_FALSE(job.document.backup_drive_manifest);
  EXPECT_EQ(job.document.encryption_key.kek_type, "MicrosoftManaged");
  EXPECT_EQ(job.document.identity.type, "None");
  EXPECT_EQ(job.document.return_address->street_address2, "") << "an omitted one comes back empty";
  ASSERT_EQ(job.drives.size(), 2U);
  EXPECT_FALSE(job.drives[0].header_hash);
  EXPECT_TRUE(job.drives[0].sealed_key.empty());
  EXPECT_EQ(job.drives[1].header_hash, "");
  EXPECT_EQ(job.drives[1].manifest_file, "\\\\m.xml");
  EXPECT_EQ(job.drives[1].manifest_hash, "odd") << "a hash is not judged at creation";
  EXPECT_EQ(key_of(job, 1), "1-2");
}

TEST_F(ValidateTest, AnExportRemembersTheOldSpellingOfItsListBlob) {
  const std::string head = R"({"location":"westus","properties":{"storageAccountId":"$account","jobType":"Export",)";
  const auto old = put(head + R"("export":{"blobListblobPath":"c/list.xml"}}})").document.export_selection;
  EXPECT_EQ(wire::to_json(*old), R"({"blobListblobPath":"c/list.xml"})");
  const auto now = put(head + R"("export":{"BLOBLISTBLOBPATH":"c/list.xml"}}})").document.export_selection;
  EXPECT_EQ(wire::to_json(*now), R"({"blobListBlobPath":"c/list.xml"})");
  const auto list = put(head + R"("export":{"blobList":{"blobPathPrefix":["/"]}},"driveList":[]}})");
  EXPECT_EQ(wire::to_json(*list.document.export_selection), R"({"blobList":{"blobPathPrefix":["/"]}})");
}

TEST_F(ValidateTest, NoRefusalRepeatsAKeyInTheWrongField) {
  for (const auto* properties :
       {R"("storageAccountId":"AccountName=a;AccountKey=VerySecret","jobType":"Import","driveList":[$drive])",
        R"("storageAccountId":"$account","jobType":"accountkey=VerySecret","driveList":[$drive])",
        R"("storageAccountId":"https://a/?sv=2020&sig=VerySecret","jobType":"Import","driveList":[$drive])",
        R"("storageAccountId":"$account","jobType":"Import","diagnosticsPath":"X?sig=VerySecret","driveList":[$drive])",
        R"("storageAccountId":"$account","jobType":"Import","driveList":[{"driveId":"W","bitLockerKey":"VerySecret"}])",
        R"("storageAccountId":"$account","jobType":"Import","driveList":[{"driveId":"/","bitLockerKey":"VerySecret",
           "manifestFile":"m","manifestHash":"h"}])"}) {
    JobRecord job;
    const auto applied =
        apply_put(job, request(R"({"location":"westus","properties":{)" + std::string(properties) + "}}"), keys);
    ASSERT_FALSE(applied) << properties;
    EXPECT_EQ(applied.error().published()->message.find("VerySecret"), std::string::npos) << properties;
    EXPECT_EQ(applied.error().cause().find("VerySecret"), std::string::npos) << properties;
  }
}

TEST_F(ValidateTest, RefusesABadPutByCodeAndTarget) {
  const std::string import_head = R"("storageAccountId":"$account","jobType":"Import",)";
  const std::string export_head = R"("storageAccountId":"$account","jobType":"Export",)";
  const std::string eleven = [] {
    std::string drives;
    for (int i = 0; i < 11; ++i) {
      drives += std::string(i == 0 ? "" : ",") + R"({"driveId":"W)" + std::to_string(i) +
                R"(","manifestFile":"m","manifestHash":"h"})";
    }
    return drives;
  }();
  const std::pair<std::string, const char*> cases[] = {
      {R"("jobType":"Import")", "MissingRequiredProperty properties.storageAccountId"},
      {R"("storageAccountId":"acct1","jobType":"Import")", "InvalidParameter properties.storageAccountId"},
      {R"("storageAccountId":"/subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/disks/d")",
       "InvalidParameter properties.storageAccountId"},
      {R"("storageAccountId":"$account")", "MissingRequiredProperty properties.jobType"},
      {R"("storageAccountId":"$account","jobType":"Copy")", "InvalidParameter properties.jobType"},
      {import_head + R"("state":"Shipping","driveList":[$drive])", "InvalidParameter properties.state"},
      {import_head + R"("cancelRequested":true,"driveList":[$drive])", "InvalidParameter properties.cancelRequested"},
      {import_head + R"("returnAddress":{"recipientName":"A"},"driveList":[$drive])",
       "MissingRequiredProperty properties.returnAddress.streetAddress1"},
      {import_head + R"("returnShipping":{"carrierName":"X"},"driveList":[$drive])",
       "MissingRequiredProperty properties.returnShipping.carrierAccountNumber"},
      {import_head + R"("deliveryPackage":{"carrierName":"X"},"driveList":[$drive])",
       "MissingRequiredProperty properties.deliveryPackage.trackingNumber"},
      {import_head +
           R"("deliveryPackage":{"carrierName":"X","trackingNumber":"1","driveCount":-1},"driveList":[$drive])",
       "InvalidParameter properties.deliveryPackage.driveCount"},
      {import_head + R"("logLevel":"Chatty","driveList":[$drive])", "InvalidParameter properties.logLevel"},
      {import_head + R"("diagnosticsPath":"UPPER/x","driveList":[$drive])",
       "InvalidParameter properties.diagnosticsPath"},
      {import_head + R"("diagnosticsPath":"$root","driveList":[$drive])",
       "InvalidParameter properties.diagnosticsPath"},
      {import_head + R"("encryptionKey":{"kekType":"Mine"},"driveList":[$drive])",
       "InvalidParameter properties.encryptionKey.kekType"},
      {R"("storageAccountId":"$account","jobType":"Import")", "MissingRequiredProperty properties.driveList"},
      {import_head + R"("driveList":[])", "MissingRequiredProperty properties.driveList"},
      {import_head + R"("driveList":[)" + eleven + "]", "TooManyDrives properties.driveList"},
      {import_head + R"("driveList":[$drive,{"driveId":" wd1 ","manifestFile":"m","manifestHash":"h"}])",
       "DuplicateDriveId properties.driveList[1].driveId"},
      {import_head + R"("driveList":[{"manifestFile":"m","manifestHash":"h"}])",
       "MissingRequiredProperty properties.driveList[0].driveId"},
      {import_head + R"("driveList":[{"driveId":"a/../b","manifestFile":"m","manifestHash":"h"}])",
       "InvalidParameter properties.driveList[0].driveId"},
      {import_head + R"("driveList":[{"driveId":"W","manifestHash":"h"}])",
       "MissingRequiredProperty properties.driveList[0].manifestFile"},
      {import_head + R"("driveList":[{"driveId":"W","manifestFile":"m"}])",
       "MissingRequiredProperty properties.driveList[0].manifestHash"},
      {import_head + R"("driveList":[$drive],"export":{"blobListBlobPath":"x"})",
       "PropertyNotAllowed properties.export"},
      {export_head + R"("driveList":[$drive],"export":{"blobListBlobPath":"x"})",
       "PropertyNotAllowed properties.driveList"},
      {R"("storageAccountId":"$account","jobType":"Export")", "MissingRequiredProperty properties.export"},
      {export_head + R"("export":{})", "MissingRequiredProperty properties.export.blobList"},
      {export_head + R"("export":{"blobList":{"blobPath":[]}})", "MissingRequiredProperty properties.export.blobList"},
      {export_head + R"("export":{"blobList":{"blobPath":["a/b"]},"blobListBlobPath":"c/l"})",
       "PropertyNotAllowed properties.export.blobListBlobPath"},
      {export_head + R"("export":{"blobList":{"blobPathPrefix":["music"]}})",
       "InvalidParameter properties.export.blobList.blobPathPrefix"},
      {export_head + R"("export":{"blobList":{"blobPath":[")" + std::string(kLongestBlobList + 1, 'x') + R"("]}})",
       "InvalidParameter properties.export.blobList"},
  };
  for (const auto& [properties, expected] : cases) {
    JobRecord job;
    const auto applied = apply_put(job, request(R"({"location":"westus","properties":{)" + properties + "}}"), keys);
    ASSERT_FALSE(applied) << properties;
    EXPECT_EQ(refusal(applied.error()), expected) << properties;
    EXPECT_TRUE(job.document.storage_account_id.empty()) << "untouched";
  }
  for (const auto& [body, expected] : {std::pair{"{}", "MissingRequiredProperty location"},
                                       std::pair{R"({"location":"westus"})", "MissingRequiredProperty properties"}}) {
    JobRecord job;
    EXPECT_EQ(refusal(apply_put(job, request(body), keys).error()), expected);
  }
  JobRecord job;
  EXPECT_EQ(refusal(apply_put(job,
                              request(R"({"location":"westus","tags":[],"properties":{)" + import_head +
                                      R"("driveList":[$drive]}})"),
                              keys)
                        .error()),
            "InvalidParameter tags");
}

TEST_F(ValidateTest, APatchOfNothingChangesNothingInAnyState) {
  for (const auto state : {JobState::creating, JobState::shipping, JobState::packaging, JobState::closed}) {
    auto job = job_in(state);
    for (const char* properties : {R"({"state":""})", R"({"cancelRequested":false})", R"({"logLevel":"error"})",
                                   R"({"backupDriveManifest":false})", R"({"diagnosticsPath":"waimportexport"})",
                                   R"({"encryptionKey":{"kekType":"MicrosoftManaged"}})", "{}"}) {
      EXPECT_FALSE(patch(job, properties).changed) << properties << " in " << wire_name(state);
    }
    EXPECT_FALSE(patch(job, R"({"state":")" + std::string(wire_name(state)) + R"("})").changed);
  }
}

TEST_F(ValidateTest, ShippingNeedsAddressAndPackage) {
  auto job = import_job();
  const auto ship = [&] { return apply_patch(job, request(R"({"properties":{"state":"Shipping"}})"), keys); };
  EXPECT_EQ(refusal(ship().error()), "ShippingInformationIncomplete properties.returnAddress");
  EXPECT_TRUE(patch(job, R"({"returnAddress":$address})").changed);
  EXPECT_EQ(refusal(ship().error()), "ShippingInformationIncomplete properties.deliveryPackage");
  const auto effect =
      patch(job, R"({"state":"Shipping","deliveryPackage":{"carrierName":"F","trackingNumber":"1","driveCount":0}})");
  EXPECT_TRUE(effect.ship && effect.changed);
  EXPECT_EQ(job.document.delivery_package->drive_count, 0) << "a count of 0 is kept";
}

TEST_F(ValidateTest, APackageAloneDoesNotShip) {
  auto job = import_job();
  const auto effect = patch(job, R"({"deliveryPackage":{"carrierName":"F","trackingNumber":"1"}})");
  EXPECT_TRUE(effect.changed);
  EXPECT_FALSE(effect.ship);
}

TEST_F(ValidateTest, RefusesAPatchThatTheStateForbidsAndLeavesTheJobAlone) {
  const struct {
    JobState state;
    const char* properties;
    const char* refusal;
  } cases[] = {
      {JobState::received, R"({"state":"Shipping"})", "InvalidJobState properties.state"},
      {JobState::completed, R"({"cancelRequested":true})", "InvalidJobState properties.cancelRequested"},
      {JobState::packaging, R"({"cancelRequested":true})", "InvalidJobState properties.cancelRequested"},
      {JobState::packaging, R"({"returnAddress":$address})", "InvalidJobState properties.returnAddress"},
      {JobState::received, R"({"deliveryPackage":{"carrierName":"F","trackingNumber":"1"}})",
       "InvalidJobState properties.deliveryPackage"},
      {JobState::packaging, R"({"logLevel":"Verbose"})", "InvalidJobState properties.logLevel"},
      {JobState::closed, R"({"backupDriveManifest":true})", "InvalidJobState properties.backupDriveManifest"},
      {JobState::shipping, R"({"driveList":[$drive]})", "InvalidJobState properties.driveList"},
      {JobState::creating, R"({"state":"Completed"})", "InvalidParameter properties.state"},
      {JobState::creating, R"({"logLevel":"Chatty"})", "InvalidParameter properties.logLevel"},
      {JobState::creating, R"({"logLevel":"Verbose","driveList":[]})", "MissingRequiredProperty properties.driveList"},
  };
  for (const auto& c : cases) {
    auto job = job_in(c.state);
    const auto before = wire::to_json(job.document);
    const auto effect = apply_patch(job, request(R"({"properties":)" + std::string(c.properties) + "}"), keys);
    ASSERT_FALSE(effect) << c.properties;
    EXPECT_EQ(refusal(effect.error()), c.refusal) << c.properties << " in " << wire_name(c.state);
    EXPECT_EQ(wire::to_json(job.document), before);
    EXPECT_FALSE(job.cancel_requested);
  }
}

TEST_F(ValidateTest, ThePlaceOfLogsIsFixedOnceADriveHasBegun) {
  auto job = job_in(JobState::shipping);
  EXPECT_TRUE(patch(job, R"({"diagnosticsPath":"mylogs/a"})").changed);
  job.state = JobState::transferring;
  job.drives[0].work = Guid{};
  const auto refused = apply_patch(job, request(R"({"properties":{"diagnosticsPath":"other"}})"), keys);
  EXPECT_EQ(refusal(refused.error()), "InvalidJobState properties.diagnosticsPath");
  EXPECT_FALSE(patch(job, R"({"diagnosticsPath":"mylogs/a"})").changed);
}

TEST_F(ValidateTest, ADriveThatStaysInTheListKeepsItsKey) {
  auto job = put(R"({"location":"westus","properties":{"storageAccountId":"$account","jobType":"Import",
      "driveList":[{"driveId":"WD 1","bitLockerKey":"secret","manifestFile":"m","manifestHash":"h"}]}})");
  patch(job, R"({"driveList":[{"driveId":"wd1","manifestFile":"n","manifestHash":"h"},
      {"driveId":"WD2","manifestFile":"n","manifestHash":"h"}]})");
  ASSERT_EQ(job.drives.size(), 2U);
  EXPECT_EQ(key_of(job, 0), "secret");
  EXPECT_TRUE(job.drives[1].sealed_key.empty());
  patch(job, R"({"driveList":[{"driveId":"wd1","bitLockerKey":"new","manifestFile":"n","manifestHash":"h"}]})");
  EXPECT_EQ(key_of(job, 0), "new");
}

TEST_F(ValidateTest, TheKeyOfTheCustomerIsAOneWayStreet) {
  auto job = job_in(JobState::completed);
  EXPECT_TRUE(patch(job, R"({"encryptionKey":{"kekType":"customermanaged","kekUrl":"u"}})").changed);
  EXPECT_EQ(job.document.encryption_key.kek_type, "CustomerManaged");
  const auto back =
      apply_patch(job, request(R"({"properties":{"encryptionKey":{"kekType":"MicrosoftManaged"}}})"), keys);
  EXPECT_EQ(refusal(back.error()), "InvalidParameter properties.encryptionKey.kekType");
}

TEST_F(ValidateTest, TagsAndIdentityMayChangeInAnyState) {
  auto job = job_in(JobState::closed);
  const auto effect = apply_patch(job, request(R"({"tags":{"x":"y"},"identity":{"type":"systemassigned"}})"), keys);
  ASSERT_TRUE(effect);
  EXPECT_TRUE(effect.value().changed);
  EXPECT_EQ(job.document.tags->text, R"({"x":"y"})");
  EXPECT_EQ(job.document.identity.type, "SystemAssigned");
}

TEST(JobName, FollowsTheRule) {
  for (const std::string& name :
       {std::string("a"), std::string("myJob"), std::string("0-x_y.z"), std::string(80, 'a')}) {
    EXPECT_TRUE(check_job_name(name)) << name;
  }
  for (const std::string& name : {std::string(), std::string("-a"), std::string(".."), std::string("a b"),
                                  std::string("ä"), std::string(81, 'a'), std::string("a/b")}) {
    EXPECT_EQ(refusal(check_job_name(name).error()), "InvalidParameter jobName") << name;
  }
}

TEST(Errors, EveryRowHasAStatusACodeAndASentence) {
  for (const auto* row : errors::kAll) {
    EXPECT_TRUE(row->status >= 400 && row->status < 500) << row->code;
    EXPECT_FALSE(row->code.empty());
    EXPECT_TRUE(row->sentence.ends_with('.') || row->sentence.ends_with("{}")) << row->code;
  }
}

}  // namespace
}  // namespace quaymaster::import_export
