#include "providers/storage/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "api/router.h"
#include "arm/document.h"
#include "base/encode.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "faces/blob/blob_service.h"
#include "objects/directory/directory_store.h"
#include "providers/storage/account_errors.h"
#include "providers/storage/account_operations.h"
#include "providers/storage/shares.h"
#include "testing/arm/arm_fixture.h"
#include "testing/arm/golden.h"

namespace quaymaster::storage {
namespace {

using enum http::Method;
using arm::ArmFixture;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kBody = R"({"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"}})";

class AccountsTest : public testing::Test {
 protected:
  AccountsTest()
      : directory_(Path(testing::TempDir()) / fmt::format("qm-accounts-{}", ::getpid())),
        lab_({blob::schema(), account_schema(), share_schema(), blob_schema()}) {
    std::filesystem::remove_all(directory_);
    objects_ = objects::open_directory(disk_, directory_).value();
    blobs_ = blob::open_store(*lab_.database, *objects_, lab_.clock).value();
    accounts_ = std::make_unique<Accounts>(
        *lab_.database, lab_.clock, lab_.random, *lab_.groups, *blobs_,
        [](std::string_view name) { return fmt::format("https://localhost:10000/{}/", name); });
    operations_ = std::make_unique<AccountOperations>(*accounts_);
    std::filesystem::create_directories(directory_ / "shares/docs");
    shares_ = std::make_unique<Shares>(*accounts_, std::vector<Path>{directory_ / "shares"},
                                       std::vector<Path>{directory_ / "shares/own"});
    std::filesystem::create_directories(directory_ / "shares/own/keys");
    lab_.make_group("g");
    lab_.make_group("h");
    lab_.serve({arm::Registration(kStorageProvider, *operations_, *shares_)});
  }
  ~AccountsTest() override {
    blobs_ = nullptr;
    std::filesystem::remove_all(directory_);
  }

  static std::string account(std::string_view name, std::string_view action = "", std::string_view group = "g") {
    return fmt::format("{}/providers/Microsoft.Storage/storageAccounts/{}{}?api-version=2022-09-01",
                       ArmFixture::group_path(group), name, action);
  }
  static std::string shown(const http::Reply& reply) { return fmt::format("{} {}", reply.status, reply.body); }
  http::Reply put(std::string_view name, std::string_view body = kBody, std::string_view group = "g") {
    return lab_.put(account(name, "", group), body);
  }

  Path directory_;
  SystemDisk disk_;
  ArmFixture lab_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<AccountOperations> operations_;
  std::unique_ptr<Shares> shares_;
};

TEST_F(AccountsTest, TheTableIsSoundAndItsPageIsCurrent) {
  std::vector<api::Pattern> patterns;
  for (const auto& row : kStorageProvider.operations) {
    patterns.push_back({row.method, row.path});
  }
  EXPECT_THAT(api::overlaps(patterns), testing::IsEmpty());
  EXPECT_EQ(arm::compare_golden(arm::document_file(kStorageProvider), arm::document(kStorageProvider)), "");
  for (const auto* row : kAccountRows) {
    EXPECT_TRUE(row->status >= 400 && row->status < 500);
  }
}

TEST_F(AccountsTest, Golden) {
  EXPECT_EQ(
      lab_.golden("storage/account_put/new", http::Method::put, account("alpha"),
                  R"({"location":"West Europe","kind":"StorageV2","sku":{"name":"Standard_GRS"},"tags":{"a":"b"},)"
                  R"("properties":{"accessTier":"Cool","minimumTlsVersion":"TLS1_0"}})"),
      "");
  EXPECT_EQ(lab_.golden("storage/account_put/again", http::Method::put, account("alpha"), kBody), "");
  EXPECT_EQ(lab_.golden("storage/account_put/other_group", http::Method::put, account("alpha", "", "h"), kBody), "");
  EXPECT_EQ(lab_.golden("storage/account_put/bad_name", http::Method::put, account("Al-pha"), kBody), "");
  EXPECT_EQ(lab_.golden("storage/account_put/no_sku", http::Method::put, account("beta"),
                        R"({"location":"westeurope","kind":"StorageV2"})"),
            "");
  EXPECT_EQ(lab_.golden("storage/account_get/one", get, account("ALPHA")), "");
  EXPECT_EQ(lab_.golden("storage/account_get/missing", get, account("nobody")), "");
  EXPECT_EQ(lab_.golden("storage/account_patch/tags", patch, account("alpha"), R"({"tags":{}})"), "");
  EXPECT_EQ(lab_.golden("storage/account_keys/both", post, account("alpha", "/listKeys")), "");
  EXPECT_EQ(
      lab_.golden("storage/account_regenerate/key2", post, account("alpha", "/regenerateKey"), R"({"keyName":"key2"})"),
      "");
  EXPECT_EQ(lab_.golden("storage/account_regenerate/unknown", post, account("alpha", "/regenerateKey"),
                        R"({"keyName":"kerb1"})"),
            "");
  EXPECT_EQ(lab_.golden("storage/account_delete/there", del, account("alpha")), "");
  EXPECT_EQ(lab_.golden("storage/account_delete/gone", del, account("alpha")), "");
}

TEST_F(AccountsTest, NamesAreUniqueWhateverTheGroup) {
  ASSERT_EQ(put("alpha").status, 200);
  EXPECT_THAT(shown(put("alpha", kBody, "h")),
              StartsWith(R"(409 {"error":{"code":"StorageAccountInAnotherResourceGroup")"));
  EXPECT_THAT(shown(put("alpha", R"({"location":"eastus","kind":"StorageV2","sku":{"name":"Standard_LRS"}})")),
              StartsWith(R"(409 {"error":{"code":"InvalidResourceLocation")"));
  EXPECT_THAT(shown(put("beta", kBody, "none")), StartsWith(R"(404 {"error":{"code":"ResourceGroupNotFound")"));
  EXPECT_EQ(lab_.get(account("alpha", "", "h")).status, 404);
  const auto check = [&](std::string_view name) {
    return lab_
        .post(fmt::format("{}/providers/Microsoft.Storage/checkNameAvailability?api-version=2022-09-01",
                          ArmFixture::subscription_path()),
              fmt::format(R"({{"name":"{}","type":"Microsoft.Storage/storageAccounts"}})", name))
        .body;
  };
  EXPECT_EQ(check("gamma"), R"({"nameAvailable":true})");
  EXPECT_THAT(check("alpha"), StartsWith(R"({"nameAvailable":false,"reason":"AlreadyExists")"));
  EXPECT_THAT(check("No"), StartsWith(R"({"nameAvailable":false,"reason":"AccountNameInvalid")"));
}

TEST_F(AccountsTest, UnsupportedSettingsAreRefused) {
  for (const std::string_view property :
       {R"("allowBlobPublicAccess":true)", R"("allowSharedKeyAccess":false)", R"("isHnsEnabled":true)",
        R"("publicNetworkAccess":"Disabled")", R"("networkAcls":{"defaultAction":"Deny"})",
        R"("encryption":{"keySource":"Microsoft.Keyvault"})"}) {
    const auto settings = fmt::format(R"("properties":{{{}}})", property);
    const auto body = fmt::format("{},{}}}", kBody.substr(0, kBody.size() - 1), settings);
    EXPECT_THAT(shown(put("alpha", body)), StartsWith(R"(400 {"error":{"code":"FeatureNotSupported")")) << property;
    EXPECT_EQ(lab_.get(account("alpha")).status, 404);
  }
  ASSERT_EQ(put("alpha").status, 200);
  EXPECT_EQ(lab_.patch(account("alpha"), R"({"properties":{"allowBlobPublicAccess":true}})").status, 400);
  EXPECT_EQ(put("alpha", R"({"location":"westeurope","kind":"Tape","sku":{"name":"Standard_LRS"}})").status, 400);
  EXPECT_EQ(put("alpha", R"({"location":"westeurope","kind":"StorageV2","sku":{}})").status, 400);
  EXPECT_EQ(put("alpha", R"({"location":"atlantis","kind":"StorageV2","sku":{"name":"Standard_LRS"}})").status, 400);
}

TEST_F(AccountsTest, APatchKeepsTheOtherProperties) {
  ASSERT_EQ(
      put("alpha", R"({"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_ZRS"},"tags":{"a":"b"},)"
                   R"("properties":{"accessTier":"Cool"}})")
          .status,
      200);
  const auto reply = lab_.patch(account("alpha"), R"({"properties":{"minimumTlsVersion":"TLS1_1"}})");
  EXPECT_THAT(reply.body, HasSubstr(R"("accessTier":"Cool")"));
  EXPECT_THAT(reply.body, HasSubstr(R"("minimumTlsVersion":"TLS1_1")"));
  EXPECT_THAT(reply.body, HasSubstr(R"("tags":{"a":"b"})"));
  EXPECT_THAT(reply.body, HasSubstr("Standard_ZRS"));
  EXPECT_EQ(lab_.get(account("alpha")).body, reply.body);
}

TEST_F(AccountsTest, KeysAreRandomAndOneCanBeReplaced) {
  ASSERT_EQ(put("alpha").status, 200);
  const auto before = accounts_->find("alpha").value();
  EXPECT_EQ(before.keys[0].size(), 64u);
  EXPECT_NE(before.keys[0], before.keys[1]);
  ASSERT_EQ(lab_.post(account("alpha", "/regenerateKey"), R"({"keyName":"key1"})").status, 200);
  const auto after = accounts_->find("alpha").value();
  EXPECT_NE(before.keys[0], after.keys[0]);
  EXPECT_EQ(before.keys[1], after.keys[1]);
  EXPECT_THAT(lab_.post(account("alpha", "/listKeys")).body, HasSubstr(base64(after.keys[0])));
}

TEST_F(AccountsTest, DeletingTakesTheBlobsAndFreesTheName) {
  ASSERT_EQ(put("alpha").status, 200);
  ASSERT_TRUE(blobs_->create_container("alpha", "c", {}));
  EXPECT_EQ(lab_.del(account("alpha", "", "h")).status, 204) << "another group's";
  EXPECT_EQ(lab_.del(account("alpha")).status, 200);
  EXPECT_EQ(accounts_->find("alpha").error().kind(), Errc::not_found);
  ASSERT_EQ(put("alpha").status, 200);
  EXPECT_FALSE(blobs_->get_container("alpha", "c")) << "the new owner of a name sees nothing of the old one";
}

TEST_F(AccountsTest, AnInterruptedDeletionIsFinishedAtTheStart) {
  ASSERT_EQ(put("alpha").status, 200);
  ASSERT_TRUE(blobs_->create_container("alpha", "c", {}));
  ASSERT_TRUE(lab_.database->write([](store::Writer& writer) -> Result<> {
    TRY(writer.change("UPDATE storage_accounts SET deleting = 1"));
    return ok();
  }));
  EXPECT_EQ(lab_.get(account("alpha")).status, 404);
  EXPECT_THAT(shown(put("alpha")), StartsWith(R"(409 {"error":{"code":"StorageAccountIsBeingDeleted")"));
  ASSERT_TRUE(accounts_->recover());
  EXPECT_EQ(put("alpha").status, 200);
  EXPECT_FALSE(blobs_->get_container("alpha", "c"));
}

TEST_F(AccountsTest, GroupsTakeTheirAccountsWithThem) {
  for (const auto* name : {"aaa", "bbb"}) {
    ASSERT_EQ(put(name).status, 200);
  }
  ASSERT_EQ(put("ccc", kBody, "h").status, 200);
  ASSERT_TRUE(accounts_->remove_group(ArmFixture::kSubscription, "G", {}));
  EXPECT_FALSE(accounts_->find("aaa"));
  EXPECT_TRUE(accounts_->find("ccc"));
}

TEST_F(AccountsTest, ListsByPages) {
  for (const auto* name : {"bbb", "aaa", "ccc"}) {
    ASSERT_EQ(put(name).status, 200);
  }
  ASSERT_EQ(put("ddd", kBody, "h").status, 200);
  const auto names = [&](std::string target) {
    std::string seen;
    while (!target.empty()) {
      const auto page = wire::parse_stored<arm::Page<AccountAnswer>>(lab_.get(target).body).value();
      for (const auto& one : page.value) {
        seen += one.name + ' ';
      }
      target = page.next_link ? page.next_link->substr(ArmFixture::kBase.size()) : "";
    }
    return seen;
  };
  const auto type = "/providers/Microsoft.Storage/storageAccounts?api-version=2022-09-01&$top=2";
  EXPECT_EQ(names(ArmFixture::subscription_path() + type), "aaa bbb ccc ddd ");
  EXPECT_EQ(names(ArmFixture::group_path("G") + type), "aaa bbb ccc ");
  std::vector<arm::GenericResource> resources;
  ASSERT_TRUE(lab_.database->read([&](store::Reader& reader) {
    return accounts_->list(reader, ArmFixture::kSubscription, "h", "", 10, resources);
  }));
  ASSERT_EQ(resources.size(), 1u);
  EXPECT_EQ(resources[0].type, "Microsoft.Storage/storageAccounts");
}

TEST_F(AccountsTest, OtherProvidersFindAccountsByIdAndName) {
  ASSERT_EQ(put("alpha").status, 200);
  ASSERT_TRUE(lab_.database->read([&](store::Reader& reader) -> Result<> {
    const auto id = arm::resource_id(ArmFixture::kSubscription, "G", "microsoft.storage/storageaccounts", "ALPHA");
    TRY(const auto found, accounts_->by_id(reader, id));
    EXPECT_EQ(found.name, "alpha");
    EXPECT_EQ(found.blob_endpoint, "https://localhost:10000/alpha/");
    for (const auto& bad :
         {std::string("alpha"),
          arm::resource_id(ArmFixture::kSubscription, "h", "Microsoft.Storage/storageAccounts", "alpha"),
          arm::resource_id(ArmFixture::kSubscription, "g", "Microsoft.Compute/disks", "alpha")}) {
      EXPECT_FALSE(accounts_->by_id(reader, bad)) << bad;
    }
    EXPECT_TRUE(accounts_->by_name(reader, "alpha"));
    return ok();
  }));
}

TEST_F(AccountsTest, TheWellKnownAccountKeepsItsKey) {
  Account account;
  account.name = "devstoreaccount1";
  account.subscription = ArmFixture::kSubscription;
  account.group = "g";
  account.location = "westeurope";
  account.keys[0] = Buffer(64, 7);
  ASSERT_TRUE(lab_.database->write([&](store::Writer& writer) -> Result<> {
    TRY(const bool is_new, accounts_->create(writer, account));
    EXPECT_TRUE(is_new);
    TRY(const bool again, accounts_->create(writer, account));
    EXPECT_FALSE(again);
    return ok();
  }));
  EXPECT_EQ(accounts_->find("devstoreaccount1").value().keys[0], Buffer(64, 7));
  EXPECT_EQ(accounts_->find("devstoreaccount1").value().keys[1].size(), 64u);
}

TEST_F(AccountsTest, AShareIsADirectoryOfTheServer) {
  const auto at = [](const std::string& share) {
    return ArmFixture::group_path("g") +
           "/providers/Microsoft.Storage/storageAccounts/acct/fileServices/default/shares" + share +
           "?api-version=2022-09-01";
  };
  const auto put = [&](const std::string& share, const Path& directory) {
    return lab_.put(at(share), R"({"properties":{"metadata":{"quaymaster_path":")" + directory.string() + R"("}}})");
  };
  EXPECT_EQ(put("/docs", directory_ / "shares/docs").status, 404);  // no account yet
  ASSERT_EQ(
      lab_.put(ArmFixture::group_path("g") + "/providers/Microsoft.Storage/storageAccounts/acct?api-version=2022-09-01",
               kBody)
          .status,
      200);
  EXPECT_EQ(put("/docs", directory_ / "shares/docs").status, 201);
  EXPECT_EQ(put("/docs", directory_ / "shares/docs").status, 200);
  EXPECT_THAT(lab_.get(at("/docs")).body, HasSubstr("quaymaster_path"));
  std::filesystem::create_symlink("/etc", directory_ / "shares/out");
  for (const auto& wrong : {Path("/etc"), directory_ / "shares/out", directory_ / "shares/none", Path("docs"),
                            Path(directory_ / "shares/docs\\u0000/../../x"), directory_ / "shares",
                            directory_ / "shares/own", directory_ / "shares/own/keys"}) {
    EXPECT_EQ(put("/other", wrong).status, 400) << wrong;
  }
  EXPECT_EQ(lab_.put(at("/other"), R"({"properties":{}})").status, 400);
  EXPECT_EQ(put("/No", directory_ / "shares/docs").status, 400);
  ASSERT_TRUE(lab_.database->read([&](store::Reader& reader) -> Result<> {
    TRY(const auto share, shares_->share(reader, "acct", "DOCS"));
    EXPECT_TRUE(shares_->open_directory(share));
    std::filesystem::remove(share.directory);
    std::filesystem::create_symlink("/etc", share.directory);
    EXPECT_EQ(shares_->open_directory(share).error().kind(), Errc::forbidden);
    return ok();
  }));
  EXPECT_THAT(lab_.get(at("")).body, HasSubstr("\"docs\""));
  EXPECT_EQ(lab_.del(at("/docs")).status, 200);
  EXPECT_EQ(lab_.del(at("/docs")).status, 204);
}

}  // namespace
}  // namespace quaymaster::storage
