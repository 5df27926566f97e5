#include "server/app.h"

#include <gtest/gtest.h>

#include "testing/http/raw_client.h"
#include "testing/server/fixture.h"

namespace quaymaster::server {
namespace {

TEST(App, TheFirstStartMakesAnIdentityThatTheSecondKeeps) {
  ServerFixture fixture;
  const auto first = fixture.start().endpoints();
  const auto secret = fixture.app().administrator().secret;
  EXPECT_FALSE(first.tenant.empty());
  EXPECT_FALSE(first.subscription.empty());
  fixture.stop();
  const auto& second = fixture.start().endpoints();
  EXPECT_EQ(second.tenant, first.tenant);
  EXPECT_EQ(second.subscription, first.subscription);
  EXPECT_EQ(fixture.app().administrator().secret, secret);
}

TEST(App, PublishesItsEndpointsOnlyWhileItListens) {
  ServerFixture fixture;
  fixture.start();
  const auto told = read_endpoints(fixture.disk(), fixture.data()).value();
  EXPECT_EQ(told.arm, fixture.app().endpoints().arm);
  EXPECT_EQ(told.process, ::getpid());
  EXPECT_NE(fixture.app().welcome().find(told.arm), std::string::npos);
  EXPECT_EQ(fixture.app().welcome().find(fixture.app().administrator().secret), std::string::npos);
  http::RawClient blob(static_cast<std::uint16_t>(told.blob_port));
  blob.send("GET /account?comp=list HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  EXPECT_NE(blob.until_closed().find("x-ms-error-code"), std::string::npos) << "the Blob face answers on its port";
  fixture.app().drain();
  EXPECT_EQ(read_endpoints(fixture.disk(), fixture.data()).error().kind(), Errc::not_found);
  http::RawClient late;
  EXPECT_FALSE(late.connect(static_cast<std::uint16_t>(told.blob_port)));
}

TEST(App, ASecondServerOnTheDirectoryIsRefusedAndHarmless) {
  ServerFixture fixture;
  fixture.start();
  const auto second = fixture.try_start();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), Errc::busy);
  EXPECT_TRUE(read_endpoints(fixture.disk(), fixture.data())) << "the first one's addresses are still told";
}

TEST(App, APortInUseIsRefused) {
  ServerFixture one;
  ServerFixture other;
  const auto port = std::to_string(one.start().endpoints().blob_port);
  other.set("blob-port", port);
  const auto refused = other.try_start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Errc::busy);
  EXPECT_NE(refused.error().cause().find(port), std::string::npos);
}

/// Anyone who may register a share, an image or a drive there would read the server's keys.
TEST(App, PlacesOfOthersAndTheServersOwnDataMustNotContainEachOther) {
  struct Case {
    std::string setting, place;
  };
  for (const auto& [setting, place] :
       {Case{"share-directories", ""}, Case{"share-directories", "data"},
        Case{"share-directories", "shares,data/objects"}, Case{"image-directories", "data/new"},
        Case{"image-directories", "link"}, Case{"dock-allow", ""}, Case{"dock", "data/objects"}, Case{"dock", "."}}) {
    ServerFixture fixture;
    std::filesystem::create_directories(fixture.root() / "shares");
    std::filesystem::create_directories(fixture.data());
    std::filesystem::create_directory_symlink("data", fixture.root() / "link");
    const auto first = place.substr(0, place.find(','));
    auto value = (fixture.root() / first).native();
    if (first.size() < place.size()) {
      value += "," + (fixture.root() / place.substr(first.size() + 1)).native();
    }
    fixture.set(setting, value);
    const auto refused = fixture.try_start();
    ASSERT_FALSE(refused) << setting << " " << place;
    EXPECT_EQ(refused.error().kind(), Errc::invalid);
    EXPECT_NE(refused.error().cause().find(setting + ": "), std::string::npos) << refused.error().cause();
    EXPECT_NE(refused.error().cause().find("Choose another directory"), std::string::npos) << refused.error().cause();
  }
  ServerFixture beside;
  beside.set("share-directories", (beside.root() / "shares").native());
  beside.set("image-directories", (beside.root() / "data-of-others").native());
  beside.set("dock", (beside.data() / "dock").native());
  EXPECT_TRUE(beside.try_start());
}

TEST(App, AConfiguredTenantIsUsedAndCannotChange) {
  ServerFixture fixture;
  fixture.set("tenant", "aaaaaaaa-0000-4000-8000-000000000001");
  fixture.set("subscription", "5b5b5b5b-0000-4000-8000-000000000001");
  EXPECT_EQ(fixture.start().endpoints().tenant, "aaaaaaaa-0000-4000-8000-000000000001");
  EXPECT_EQ(fixture.app().endpoints().subscription, "5b5b5b5b-0000-4000-8000-000000000001");
  fixture.stop();
  fixture.set("tenant", "aaaaaaaa-0000-4000-8000-000000000002");
  const auto other = fixture.try_start();
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind(), Errc::invalid);
}

TEST(App, ATestServerSaysSo) {
  ServerFixture fixture;
  fixture.set("profile", "test");
  EXPECT_NE(fixture.start().welcome().find("TEST PROFILE"), std::string::npos);
  fixture.stop();
  fixture.set("profile", "standard");
  EXPECT_EQ(fixture.try_start().error().kind(), Errc::conflict);
}

}  // namespace
}  // namespace quaymaster::server
