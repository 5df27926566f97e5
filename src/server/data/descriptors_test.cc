#include "server/data/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/log.h"

namespace quaymaster::server {
namespace {

TEST(Descriptors, AreLeftForFiles) {
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  if (before.rlim_max < 2000) {
    GTEST_SKIP() << "too few to begin with";
  }
  ::rlimit low = before;
  low.rlim_cur = 100;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(connections_with_descriptors(500), 500) << "the limit is raised as far as it may be";
  log::set_sink([](std::string_view) {});
  EXPECT_LE(connections_with_descriptors(before.rlim_max), (before.rlim_max - 512) / 2);
  log::set_sink(nullptr);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace quaymaster::server
