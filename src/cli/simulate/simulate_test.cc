#include "cli/simulate/simulate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace quaymaster::cli {
namespace {

namespace fs = std::filesystem;

class SimulateTest : public testing::Test {
 protected:
  SimulateTest() { fs::create_directories(root_); }
  ~SimulateTest() override { fs::remove_all(root_); }
  static std::string text_of(const Path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  Simulation with(std::uint64_t generation) const {
    Simulation simulation;
    simulation.size = 16 << 20;
    simulation.seed = 7;
    simulation.generation = generation;
    simulation.change_rate = 0.1;
    simulation.files = 150;
    return simulation;
  }

  SystemDisk disk_;
  const Path root_ = fs::temp_directory_path() / fmt::format("simulate-{}", ::getpid());
};

TEST_F(SimulateTest, ADiskIsTheSameWhateverWayItCameToItsGeneration) {
  const auto first = simulate_disk(disk_, root_ / "a", with(0));
  ASSERT_TRUE(first) << first.error().cause();
  EXPECT_EQ(first.value().bytes, 16u << 20);
  EXPECT_LT(first.value().bytes_written, 16u << 20) << "a part is holes";
  EXPECT_GT(first.value().bytes_written, 4u << 20);
  EXPECT_EQ(simulate_disk(disk_, root_ / "a", with(0)).value().bytes_written, 0u);
  ASSERT_TRUE(simulate_disk(disk_, root_ / "a", with(1)));
  const auto third = simulate_disk(disk_, root_ / "a", with(2));
  EXPECT_GT(third.value().bytes_written, 0u);
  EXPECT_LT(third.value().bytes_written, 8u << 20) << "a tenth, not everything";
  ASSERT_TRUE(simulate_disk(disk_, root_ / "b", with(2)));
  EXPECT_TRUE(text_of(root_ / "a") == text_of(root_ / "b"));
}

TEST_F(SimulateTest, AShareHasItsFilesAndLeavesOthersAlone) {
  fs::create_directories(root_ / "s");
  std::ofstream(root_ / "s/mine") << "stays";
  const auto made = simulate_share(disk_, root_ / "s", with(0));
  ASSERT_TRUE(made) << made.error().cause();
  EXPECT_NEAR(static_cast<double>(made.value().bytes), 16 << 20, 4 << 20);
  EXPECT_EQ(made.value().bytes, made.value().bytes_written);
  EXPECT_TRUE(fs::exists(root_ / "s/d0001/f000149.bin"));
  EXPECT_FALSE(fs::exists(root_ / "s/d0001/f000150.bin"));
  EXPECT_NE(text_of(root_ / "s/d0000/f000001.bin"), text_of(root_ / "s/d0000/f000002.bin"));
  const auto changed = simulate_share(disk_, root_ / "s", with(1));
  EXPECT_GT(changed.value().bytes_written, 0u);
  EXPECT_LT(changed.value().bytes_written, 8u << 20);
  EXPECT_EQ(text_of(root_ / "s/mine"), "stays");
}

TEST_F(SimulateTest, SizesHaveBinaryUnits) {
  EXPECT_EQ(parse_size("512").value(), 512u);
  EXPECT_EQ(parse_size("64MiB").value(), 64u << 20);
  EXPECT_EQ(parse_size("64TiB").value(), 64ULL << 40);
  for (const char* text : {"", "0", "MiB", "-1", "1MB", "1 MiB", "65TiB", "99999999999999999999"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace quaymaster::cli
