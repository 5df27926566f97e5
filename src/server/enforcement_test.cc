// Every row of every operation table, asked by principals who may not: the tables are the only list of rows there is,
// so a row that is added is walked as well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "arm/face.h"
#include "auth/published_key.h"
#include "auth/roles.h"
#include "http/target.h"
#include "objects/directory_store.h"
#include "server/providers.h"

namespace quaymaster::server {
namespace {

using testing::HasSubstr;

/// Rows that ask for no permission: what anybody who is signed in may know.
const std::set<std::string_view> kForAnybody = {"Tenants_List",
                                                "Subscriptions_List",
                                                "Providers_ListAtTenantScope",
                                                "Providers_GetAtTenantScope",
                                                "Locations_List",
                                                "Locations_Get",
                                                "Operations_List",
                                                "ProviderOperations_List"};

class EnforcementTest : public testing::Test {
 protected:
  EnforcementTest()
      : root_(std::filesystem::temp_directory_path() / fmt::format("enforcement-{}", ::getpid())),
        pool_("test", 2, 64) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    const Values flags{{"data", root_.native()}, {"dock", (root_ / "dock").native()}};
    settings_ = resolve(std::span(&flags, 1)).value();
    std::vector<store::Schema> schemas{auth::schema(), arm::schema(), jobs::schema(), blob::schema()};
    std::ranges::copy(provider_schemas(), std::back_inserter(schemas));
    database_ = store::open_in_memory(schemas).value();
    objects_ = objects::open_directory(disk_, root_ / "objects").value();
    blobs_ = blob::Store::open(*database_, *objects_, clock_).value();
    jobs_ = std::make_unique<jobs::Engine>(*database_, clock_, random_, jobs::Options{});
    identity_ =
        auth::Identity::open(*database_, clock_, random_, {.signing_key = auth::published_signing_key()}).value();
    directory_ = arm::Directory::open(*database_, clock_, random_, identity_->tenant()).value();
    providers_ =
        Providers::open({settings_, clock_, random_, disk_, *database_, *objects_, *blobs_, *jobs_, *identity_,
                         *directory_, pool_, nullptr, root_, "https://localhost:8443", "http://127.0.0.1:10000"})
            .value();
    face_ = std::make_unique<arm::Face>(arm::FaceParts{*database_, clock_, random_, *identity_, *directory_, pool_},
                                        providers_->registrations());
    subscription_ = "/subscriptions/" + directory_->subscriptions().front().id;
    const auto made = identity_->create_principal({"somebody", {}, {}}).value();
    somebody_ = identity_->authenticate(made.client_id, made.secret).value();
    token_ = identity_->issue(somebody_, "https://management.azure.com", "https://localhost:8443/adfs");
  }
  ~EnforcementTest() override {
    face_.reset();
    providers_.reset();
    jobs_.reset();
    pool_.end();
    std::filesystem::remove_all(root_);
  }

  /// The row's path with something in place of every parameter.
  std::string path_of(const arm::Operation& row) const {
    std::string path;
    std::string_view rest = row.path;
    while (!rest.empty()) {
      const auto open = std::min(rest.find('{'), rest.size());
      path += rest.substr(0, open);
      rest.remove_prefix(open);
      if (rest.empty()) {
        break;
      }
      const auto name = rest.substr(1, rest.find('}') - 1);
      rest.remove_prefix(name.size() + 2);
      path += name == "subscriptionId" ? std::string_view(subscription_).substr(15)
              : name == "scope"        ? std::string_view(subscription_).substr(1)
                                       : std::string_view("thing");
    }
    return path;
  }
  http::Reply ask(const arm::Provider& provider, const arm::Operation& row) {
    return ask(row.method, fmt::format("{}?api-version={}", path_of(row), provider.versions.back()), "", token_);
  }
  http::Reply ask(http::Method method, const std::string& target, std::string_view body, const std::string& token) {
    http::Request request;
    request.method = method;
    request.secure = true;
    request.id = random_.guid();
    EXPECT_TRUE(http::parse_target(target, request));
    request.headers.add("Host", "localhost:8443");
    request.headers.add("Authorization", "Bearer " + token);
    return face_->answer(request, body);
  }
  template <class Visit>
  void each_row(const Visit& visit) {
    for (const auto& registration : providers_->registrations()) {
      for (const auto& row : registration.provider().operations) {
        visit(registration.provider(), row);
      }
    }
  }
  bool is_within_subscription(const arm::Operation& row) const {
    return row.path.starts_with("/subscriptions/{") || row.path.starts_with("/{scope}");
  }

  SystemDisk disk_;
  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  SystemRandom random_;
  Path root_;
  Settings settings_;
  ThreadPool pool_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<jobs::Engine> jobs_;
  std::unique_ptr<auth::Identity> identity_;
  std::unique_ptr<arm::Directory> directory_;
  std::unique_ptr<Providers> providers_;
  std::unique_ptr<arm::Face> face_;
  std::string subscription_;
  auth::Principal somebody_;
  std::string token_;
};

TEST_F(EnforcementTest, WithoutARoleEveryRowIsRefusedInAzuresWords) {
  int walked = 0;
  each_row([&](const arm::Provider& provider, const arm::Operation& row) {
    if (row.action.empty()) {
      EXPECT_TRUE(kForAnybody.contains(row.id)) << row.id << " asks for no permission";
      EXPECT_EQ(row.method, http::Method::get) << row.id;
      return;
    }
    ++walked;
    const auto reply = ask(provider, row);
    EXPECT_EQ(reply.status, 403) << row.id << ' ' << reply.body;
    if (row.method == http::Method::head) {
      return;  // nothing to read
    }
    EXPECT_THAT(reply.body, HasSubstr(R"("code":"AuthorizationFailed")")) << row.id;
    EXPECT_THAT(reply.body, HasSubstr(fmt::format("The client '{}' with object id '{}' does not have authorization to "
                                                  "perform action '{}' over scope '/",
                                                  somebody_.client_id, somebody_.object_id, row.action)));
  });
  EXPECT_GT(walked, 150);
}

TEST_F(EnforcementTest, AReaderReadsEverythingInItsSubscriptionAndChangesNothing) {
  ASSERT_TRUE(identity_->assign_role(somebody_.object_id, "Reader", subscription_));
  each_row([&](const arm::Provider& provider, const arm::Operation& row) {
    if (row.action.empty()) {
      return;
    }
    const auto reply = ask(provider, row);
    const bool reads = row.action.ends_with("/read");
    EXPECT_EQ(reply.status == 403, !reads || !is_within_subscription(row)) << row.id << ' ' << reply.body;
    EXPECT_NE(reply.status, 401) << row.id;
  });
}

/// The actions are what keeps a Reader from changing something, so a changing row must not ask for reading alone.
TEST_F(EnforcementTest, RowsThatChangeAskForMoreThanReading) {
  // A question that is put as POST, as published.
  const std::set<std::string_view> kQuestions = {"StorageAccounts_CheckNameAvailability"};
  // What is inside a backup is more than a Reader may see.
  const std::set<std::string_view> kConfidential = {"Quaymaster_Entries", "Quaymaster_Content"};
  each_row([&](const arm::Provider&, const arm::Operation& row) {
    const bool looks = row.method == http::Method::get || row.method == http::Method::head;
    if (!looks && !kQuestions.contains(row.id)) {
      EXPECT_FALSE(row.action.ends_with("/read")) << row.id << ' ' << row.action;
    }
    if (looks && !row.action.empty() && !kConfidential.contains(row.id)) {
      EXPECT_TRUE(row.action.ends_with("/read")) << row.id << ' ' << row.action;
    }
  });
}

TEST_F(EnforcementTest, BackupReaderLooksAtBackupsOnly) {
  ASSERT_TRUE(identity_->assign_role(somebody_.object_id, "Backup Reader", subscription_));
  const auto* const role = auth::find_role("Backup Reader");
  int allowed = 0;
  each_row([&](const arm::Provider& provider, const arm::Operation& row) {
    if (row.action.empty()) {
      return;
    }
    const bool may = role->allows(row.action) && is_within_subscription(row);
    allowed += may ? 1 : 0;
    EXPECT_EQ(ask(provider, row).status == 403, !may) << row.id;
    if (row.method == http::Method::del) {
      EXPECT_FALSE(may) << row.id;
    }
  });
  EXPECT_GT(allowed, 20);
}

/// As in Azure: az signs in and finds its subscription, and lists have what the role lets one read.
TEST_F(EnforcementTest, ARoleInOneGroupShowsThatGroupAndNoOther) {
  const auto made = identity_->create_administrator({"boss", {}, {}}).value();
  const auto boss = identity_->issue(identity_->authenticate(made.client_id, made.secret).value(),
                                     "https://management.azure.com", "https://localhost:8443/adfs");
  const auto providers = [](std::string_view type) {
    return fmt::format("/providers/{}?api-version=2023-01-01", type);
  };
  for (const std::string_view group : {"mine", "theirs"}) {
    const auto base = fmt::format("{}/resourceGroups/{}", subscription_, group);
    const auto put = [&](const std::string& path, std::string_view body) {
      EXPECT_LT(ask(http::Method::put, base + path, body, boss).status, 300) << path;
    };
    put("?api-version=2021-04-01", R"({"location":"westeurope"})");
    put(providers(fmt::format("Microsoft.Storage/storageAccounts/{}account", group)),
        R"({"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"}})");
    put(providers(fmt::format("Microsoft.RecoveryServices/vaults/{}-vault", group)),
        R"({"location":"westeurope","sku":{"name":"Standard"},"properties":{}})");
  }
  const auto get = [&](const std::string& path) { return ask(http::Method::get, path, "", token_); };
  const std::vector<std::string> lists{subscription_ + "/resourceGroups?api-version=2021-04-01",
                                       subscription_ + "/resources?api-version=2021-04-01",
                                       subscription_ + providers("Microsoft.Storage/storageAccounts"),
                                       subscription_ + providers("Microsoft.RecoveryServices/vaults")};
  const std::vector<std::string> known{subscription_ + "?api-version=2021-04-01",
                                       subscription_ + "/locations?api-version=2021-04-01",
                                       subscription_ + "/providers?api-version=2021-04-01"};
  EXPECT_EQ(get("/subscriptions?api-version=2021-04-01").body, R"({"value":[]})");
  for (const auto* const paths : {&lists, &known}) {
    for (const auto& path : *paths) {
      EXPECT_EQ(get(path).status, 403) << path;
    }
  }
  ASSERT_TRUE(identity_->assign_role(somebody_.object_id, "Reader", subscription_ + "/resourceGroups/mine"));
  EXPECT_THAT(get("/subscriptions?api-version=2021-04-01").body, HasSubstr(subscription_));
  for (const auto& path : lists) {
    const auto reply = get(path);
    EXPECT_EQ(reply.status, 200) << path;
    EXPECT_THAT(reply.body, HasSubstr("mine")) << path;
    EXPECT_THAT(reply.body, testing::Not(HasSubstr("theirs"))) << path;
  }
  for (const auto& path : known) {
    EXPECT_EQ(get(path).status, 200) << path;
  }
  EXPECT_EQ(get(subscription_ + "/resourceGroups/theirs/resources?api-version=2021-04-01").status, 403);
}

}  // namespace
}  // namespace quaymaster::server
