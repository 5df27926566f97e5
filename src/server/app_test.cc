#include "server/app.h"

#include <gtest/gtest.h>

#include "http/raw_client.h"
#include "server/fixture.h"

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

TEST(App, TellsWhereItListensOnlyWhileItDoes) {
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
