#include "standin/places/throwaway.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "standin/places/fleeting_disk.h"
#include "testing/server/fixture.h"

namespace quaymaster::server {
namespace {

namespace fs = std::filesystem;

class ThrowawayTest : public testing::Test {
 protected:
  ThrowawayTest() {
    const char* const given = std::getenv("TMPDIR");
    before_ = given == nullptr ? "" : given;
    fs::create_directories(temporary_);
    ::setenv("TMPDIR", temporary_.c_str(), 1);
  }
  ~ThrowawayTest() override {
    before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1);
    fs::remove_all(temporary_);
  }
  Path place() const { return temporary_ / fmt::format("quaymaster-{}", ::getuid()); }

  std::string before_;
  const Path temporary_ = fs::temp_directory_path() / fmt::format("throwaway-{}", ::getpid());
};

TEST_F(ThrowawayTest, IsOursWhileItLivesAndThenGone) {
  Path path;
  {
    const auto made = Throwaway::make();
    ASSERT_TRUE(made) << made.error().cause();
    path = made.value().path();
    EXPECT_TRUE(fs::is_directory(path));
    struct stat status{};
    ASSERT_EQ(::stat(place().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
    std::ofstream(path / "left") << "behind";
    EXPECT_TRUE(running_throwaways().empty()) << "no server has started in it";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(ThrowawayTest, RemovesWhatKilledServersLeft) {
  ASSERT_TRUE(Throwaway::make());
  fs::create_directories(place() / "999999999/objects");  // no process has this number
  std::ofstream(place() / "999999999/endpoints.json") << "{}";
  const auto made = Throwaway::make();
  EXPECT_FALSE(fs::exists(place() / "999999999"));
}

TEST_F(ThrowawayTest, APlaceThatOthersCanUseIsRefused) {
  fs::create_directories(place());
  ::chmod(place().c_str(), 0777);
  EXPECT_EQ(Throwaway::make().error().kind(), Errc::forbidden);
  fs::remove(place());
  fs::create_symlink("/", place());
  EXPECT_EQ(Throwaway::make().error().kind(), Errc::forbidden);
}

TEST_F(ThrowawayTest, AServerInItIsFoundWhileItRuns) {
  SystemClock clock;
  SystemRandom random;
  FleetingDisk disk;
  const auto made = Throwaway::make();
  ASSERT_TRUE(made);
  const Values flags{
      {"profile", "test"}, {"arm-port", "0"}, {"blob-port", "0"}, {"access-log", "off"}, {"threads", "1"}};
  auto settings = resolve(std::span(&flags, 1)).value();
  EXPECT_TRUE(settings.is_throwaway());
  settings.move_data(made.value().path());
  EXPECT_EQ(settings.dock, made.value().path() / "dock");
  {
    const auto app = App::start({clock, random, disk, clock}, settings);
    ASSERT_TRUE(app) << app.error().cause();
    EXPECT_EQ(running_throwaways(), std::vector<Path>{made.value().path()});
    EXPECT_TRUE(Throwaway::make()) << "another one does not disturb it";
    EXPECT_EQ(running_throwaways().size(), 1u);
  }
  EXPECT_TRUE(running_throwaways().empty());
}

}  // namespace
}  // namespace quaymaster::server
