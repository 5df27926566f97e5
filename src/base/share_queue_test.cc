#include "base/share_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace quaymaster {
namespace {

TEST(ShareQueue, SharesTakeTurnsAndOneThatComesBackWaitsForTheOthers) {
  ShareQueue<char> queue;
  const auto push = [&](char work, ShareQueue<char>::Share share) { queue.push(work, share); };
  push('a', 1);
  push('b', 1);
  push('c', 1);
  push('x', 2);
  std::string order;
  order += queue.pop();
  order += queue.pop();
  push('y', 2);
  while (!queue.empty()) {
    order += queue.pop();
  }
  EXPECT_EQ(order, "axbyc");
  EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace quaymaster
