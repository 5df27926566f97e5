#include "base/files/confined.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/check.h"

namespace quaymaster {
namespace {

namespace fs = std::filesystem;

class Confined : public testing::Test {
 protected:
  Confined() {
    std::string pattern = (fs::temp_directory_path() / "qm-confined-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr);
    root = fs::canonical(pattern);
    fs::create_directories(root / "allowed/inside");
    fs::create_directories(root / "outside/inside");
    fs::create_directories(root / "data/dock/drive");
    fs::create_directories(root / "data/objects");
  }
  ~Confined() override { fs::remove_all(root); }

  ConfinedPlaces places(std::vector<Path> own = {}) const { return ConfinedPlaces({root / "allowed"}, std::move(own)); }

  Path root;
};

TEST_F(Confined, AllowedDirectoriesAndWhatIsInThem) {
  EXPECT_EQ(places().resolve(root / "allowed").value(), root / "allowed");
  EXPECT_EQ(places().resolve(root / "allowed/").value(), root / "allowed");
  EXPECT_EQ(places().resolve(root / "allowed/inside").value(), root / "allowed/inside");
  EXPECT_EQ(places().resolve(root / "outside/../allowed/inside").value(), root / "allowed/inside");
  EXPECT_EQ(places().resolve(root / "allowed/inside/new").value(), root / "allowed/inside/new");
  EXPECT_TRUE(places().open_directory(root / "allowed"));
  EXPECT_TRUE(places().open_directory(root / "allowed/inside"));
}

TEST_F(Confined, EverythingElseIsRefused) {
  fs::create_directories(root / "allowed-too");
  for (const auto& path : {root / "outside", root / "allowed/../outside", root / "allowed-too", root, Path("/"),
                           root / "outside/new", root / "allowed/missing/new"}) {
    EXPECT_EQ(places().resolve(path).error().kind(), Errc::forbidden) << path;
    EXPECT_FALSE(places().open_directory(path)) << path;
  }
  for (const auto& path : {Path("allowed"), Path(), root / "allowed/..", root / "allowed/.",
                           Path((root / "allowed/inside").native() + std::string("\0/../../x", 10))}) {
    EXPECT_EQ(places().resolve(path).error().kind(), Errc::invalid) << path;
    EXPECT_FALSE(places().open_directory(path)) << path;
  }
  EXPECT_EQ(places().open_directory(root / "allowed/missing").error().kind(), Errc::not_found);
  EXPECT_FALSE(ConfinedPlaces({}).resolve(root));
  EXPECT_FALSE(ConfinedPlaces({root / "missing"}).resolve(root / "missing"));
}

TEST_F(Confined, LinksAreFollowedWhenAPathIsRememberedAndNeverAfterwards) {
  fs::create_directory_symlink(root / "outside", root / "allowed/out");
  fs::create_directory_symlink("inside", root / "allowed/in");
  fs::create_directory_symlink(root / "nowhere", root / "allowed/dangling");
  fs::create_directory_symlink(root / "allowed", root / "also");
  EXPECT_EQ(places().resolve(root / "allowed/out").error().kind(), Errc::forbidden);
  EXPECT_EQ(places().resolve(root / "allowed/out/new").error().kind(), Errc::forbidden);
  EXPECT_EQ(places().resolve(root / "allowed/dangling").error().kind(), Errc::forbidden);
  EXPECT_EQ(places().resolve(root / "allowed/in").value(), root / "allowed/inside");
  EXPECT_EQ(places().resolve(root / "also/inside").value(), root / "allowed/inside");
  EXPECT_EQ(places().open_directory(root / "allowed/in").error().kind(), Errc::forbidden);
  EXPECT_EQ(places().open_directory(root / "allowed/out/inside").error().kind(), Errc::forbidden);
  // The configured directory may be a symlink.
  EXPECT_TRUE(ConfinedPlaces({root / "also"}).open_directory(root / "allowed/inside"));
}

TEST_F(Confined, WhatIsTheServersOwnIsNeverReached) {
  const ConfinedPlaces all({root}, {root / "data"});
  for (const auto* path : {"", "data", "data/objects", "data/new", "data/dock/drive"}) {
    EXPECT_EQ(all.resolve(root / path).error().kind(), Errc::forbidden) << path;
    EXPECT_EQ(all.open_directory(root / path).error().kind(), Errc::forbidden) << path;
    EXPECT_FALSE(all.open_or_make_directory(root / path)) << path;
  }
  EXPECT_FALSE(fs::exists(root / "data/new"));
  EXPECT_TRUE(all.open_directory(root / "outside"));
  // The dock is in the data directory on purpose.
  const ConfinedPlaces dock({root / "data/dock"}, {root / "data"});
  EXPECT_TRUE(dock.open_directory(root / "data/dock/drive"));
  EXPECT_FALSE(dock.open_directory(root / "data/objects"));
  fs::create_directory_symlink(root / "data/objects", root / "data/dock/link");
  EXPECT_FALSE(dock.resolve(root / "data/dock/link"));
}

TEST_F(Confined, ADirectoryIsMadeOnlyWhereItMayBe) {
  ASSERT_TRUE(places().open_or_make_directory(root / "allowed/inside/new"));
  EXPECT_TRUE(fs::is_directory(root / "allowed/inside/new"));
  EXPECT_TRUE(places().open_or_make_directory(root / "allowed/inside/new"));
  fs::create_directory_symlink(root / "outside", root / "allowed/out");
  EXPECT_FALSE(places().open_or_make_directory(root / "allowed/out/new"));
  EXPECT_FALSE(places().open_or_make_directory(root / "outside/new"));
  EXPECT_FALSE(places().open_or_make_directory(root / "allowed/missing/new"));
  EXPECT_FALSE(fs::exists(root / "outside/new"));
  std::ofstream(root / "allowed/file") << "x";
  EXPECT_FALSE(places().open_or_make_directory(root / "allowed/file"));
}

TEST_F(Confined, AnOpenDirectoryStaysTheSameWhateverIsPutInItsPlace) {
  const auto opened = places().open_directory(root / "allowed/inside").value();
  fs::rename(root / "allowed/inside", root / "allowed/moved");
  fs::create_directory_symlink(root / "outside", root / "allowed/inside");
  std::ofstream(opened.path() / "file") << "here";
  EXPECT_TRUE(fs::exists(root / "allowed/moved/file"));
  EXPECT_TRUE(fs::is_empty(root / "outside/inside"));
}

/// The directory and a symlink to another place are swapped continuously.
TEST_F(Confined, ARaceWithALinkIsNeverLost) {
  constexpr int kRounds = 3000;
  fs::create_directory_symlink(root / "outside", root / "allowed/link");
  std::atomic<bool> over{false};
  std::thread swapping([&] {
    const auto a = root / "allowed/inside";
    const auto b = root / "allowed/link";
    while (!over) {
      check(::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0);
    }
  });
  int opened = 0;
  for (int i = 0; i < kRounds; ++i) {
    if (const auto directory = places().open_directory(root / "allowed/inside")) {
      struct stat here{};
      struct stat outside{};
      check(::fstat(directory.value().get(), &here) == 0 && ::stat((root / "outside").c_str(), &outside) == 0);
      ASSERT_NE(here.st_ino, outside.st_ino);
      ++opened;
    }
    static_cast<void>(places().open_or_make_directory(root / "allowed/inside/made"));
  }
  over = true;
  swapping.join();
  EXPECT_GT(opened, 0);
  EXPECT_FALSE(fs::exists(root / "outside/made"));
}

}  // namespace
}  // namespace quaymaster
