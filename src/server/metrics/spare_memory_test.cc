#include "server/metrics/spare_memory.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <memory>
#include <vector>

#include "base/bytes.h"

namespace quaymaster::server {
namespace {

TEST(SpareMemory, IsGivenBackAfterABurst) {
  if (::mallinfo2().uordblks == 0) {
    GTEST_SKIP() << "another allocator";
  }
  give_back_spare_memory();
  const auto before = spare_memory();
  std::vector<std::unique_ptr<char[]>> burst(128 * kKiB);
  for (auto& one : burst) {
    one = std::make_unique<char[]>(kKiB);
  }
  for (std::size_t i = 0; i + 1 < burst.size(); ++i) {
    burst[i].reset();  // the last one stays, so that the allocator cannot return the rest by itself
  }
  EXPECT_GT(spare_memory(), before + 100 * kMiB);
  EXPECT_TRUE(give_back_spare_memory());
  EXPECT_LT(spare_memory(), before + 32 * kMiB);
}

}  // namespace
}  // namespace quaymaster::server
