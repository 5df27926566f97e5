#include "base/files/confined.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
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

/// A directory below an allowed one is not trusted, even if the configuration names it as well.
TEST_F(Confined, AnAllowedDirectoryInAnotherOneIsNotALinkOutOfIt) {
  fs::create_directory_symlink(root / "outside", root / "allowed/usb");
  fs::create_directory_symlink("inside", root / "allowed/within");
  const ConfinedPlaces nested({root / "allowed", root / "allowed/usb", root / "allowed/within"});
  EXPECT_EQ(nested.resolve(root / "outside/inside").error().kind(), Errc::forbidden);
  EXPECT_EQ(nested.resolve(root / "allowed/usb/inside").error().kind(), Errc::forbidden);
  EXPECT_EQ(nested.open_directory(root / "outside/inside").error().kind(), Errc::forbidden);
  EXPECT_FALSE(nested.open_or_make_directory(root / "outside/new"));
  EXPECT_EQ(nested.resolve(root / "allowed/within").value(), root / "allowed/inside");
  for (const auto* name : {"allowed/usb/", "allowed/usb/.", "allowed/usb/inside", "allowed/within/../usb"}) {
    const ConfinedPlaces other({root / "allowed/", root / name});
    EXPECT_EQ(other.resolve(root / "outside/inside").error().kind(), Errc::forbidden) << name;
    EXPECT_EQ(other.open_directory(root / "outside/inside").error().kind(), Errc::forbidden) << name;
  }
  // Alone it is trusted like any other.
  EXPECT_TRUE(ConfinedPlaces({root / "allowed/usb"}).open_directory(root / "outside/inside"));
}

TEST_F(Confined, TheRootOfTheFileSystemMayBeAllowed) {
  const ConfinedPlaces all({"/"}, {root / "data"});
  EXPECT_EQ(all.resolve(root / "outside/").value(), root / "outside");
  EXPECT_TRUE(all.open_directory(root / "outside"));
  for (const auto& path : {Path("/"), root, root / "data", root / "data/objects"}) {
    EXPECT_EQ(all.resolve(path).error().kind(), Errc::forbidden) << path;
    EXPECT_EQ(all.open_directory(path).error().kind(), Errc::forbidden) << path;
  }
  EXPECT_TRUE(ConfinedPlaces({"/"}).open_directory("/"));
  EXPECT_TRUE(all.is_allowed_itself("/"));
}

TEST_F(Confined, WhatWasConfiguredIsKnownByItsRealPath) {
  fs::create_directory_symlink(root / "allowed", root / "also");
  for (const auto& name : {"also", "allowed", "allowed/", "outside/../allowed"}) {
    EXPECT_TRUE(ConfinedPlaces({root / name}).is_allowed_itself(root / "allowed")) << name;
  }
  EXPECT_FALSE(places().is_allowed_itself(root / "allowed/inside"));
  EXPECT_FALSE(places().is_allowed_itself(root));
}

/// Runs `look` where `what` is also mounted at `at`. False: mounting is not permitted here.
template <class Look>
bool with_mount(const Path& what, const Path& at, const Look& look) {
  const pid_t child = ::fork();
  check(child >= 0);
  if (child == 0) {
    const bool is_mounted = (::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWNS | CLONE_NEWUSER) == 0) &&
                            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                            ::mount(what.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) == 0;
    if (!is_mounted) {
      ::_exit(2);
    }
    look();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  check(::waitpid(child, &status, 0) == child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 1);
  return WIFEXITED(status) && WEXITSTATUS(status) != 2;
}

TEST_F(Confined, WhatIsTheServersOwnIsNotReachedThroughAMount) {
  const ConfinedPlaces guarded({root / "allowed"}, {root / "data"});
  fs::create_directories(root / "allowed/mount");
  const bool could = with_mount(root / "data", root / "allowed/mount", [&] {
    EXPECT_EQ(guarded.open_directory(root / "allowed/mount").error().kind(), Errc::forbidden);
    EXPECT_EQ(guarded.open_directory(root / "allowed/mount/objects").error().kind(), Errc::forbidden);
    EXPECT_FALSE(guarded.open_or_make_directory(root / "allowed/mount/new"));
    EXPECT_TRUE(guarded.open_directory(root / "allowed/inside"));
    // A directory inside the server's own ones that is allowed on purpose.
    EXPECT_TRUE(ConfinedPlaces({root / "data/dock"}, {root / "data"}).open_directory(root / "data/dock/drive"));
  });
  if (!could) {
    GTEST_SKIP() << "nothing can be mounted here";
  }
  EXPECT_FALSE(fs::exists(root / "data/new"));
  with_mount(root, root / "allowed/mount", [&] {
    EXPECT_EQ(guarded.open_directory(root / "allowed/mount").error().kind(), Errc::forbidden);
    EXPECT_EQ(guarded.open_directory(root / "allowed/mount/data/dock").error().kind(), Errc::forbidden);
    EXPECT_TRUE(guarded.open_directory(root / "allowed/mount/outside"));
  });
}

TEST_F(Confined, OnlyRegularFilesAreOpenedInADirectory) {
  std::ofstream(root / "outside/secret") << "secret";
  std::ofstream(root / "allowed/file") << "public";
  fs::create_symlink(root / "outside/secret", root / "allowed/link");
  check(::mkfifo((root / "allowed/fifo").c_str(), 0600) == 0);
  const auto directory = places().open_directory(root / "allowed").value();
  const auto file = directory.open_file("file");
  ASSERT_TRUE(file);
  EXPECT_EQ(file.value()->size().value(), 6);
  EXPECT_EQ(directory.open_file("link").error().kind(), Errc::invalid);
  EXPECT_EQ(directory.open_file("fifo").error().kind(), Errc::forbidden);
  EXPECT_EQ(directory.open_file("inside").error().kind(), Errc::forbidden);
  EXPECT_EQ(directory.open_file("missing").error().kind(), Errc::not_found);
  for (const auto* name : {"", ".", "..", "inside/../file", "../outside/secret"}) {
    EXPECT_EQ(directory.open_file(name).error().kind(), Errc::invalid) << name;
  }
}

/// A file and a symlink to another one are swapped continuously.
TEST_F(Confined, AFileThatBecomesALinkIsNeverFollowed) {
  constexpr int kRounds = 3000;
  std::ofstream(root / "outside/secret") << "secret";
  std::ofstream(root / "allowed/file") << "public";
  fs::create_symlink(root / "outside/secret", root / "allowed/link");
  std::atomic<bool> over{false};
  std::thread swapping([&] {
    const auto a = root / "allowed/file";
    const auto b = root / "allowed/link";
    while (!over) {
      check(::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0);
    }
  });
  const auto directory = places().open_directory(root / "allowed").value();
  int opened = 0;
  for (int i = 0; i < kRounds; ++i) {
    if (const auto file = directory.open_file("file")) {
      std::array<std::uint8_t, 6> bytes{};
      EXPECT_EQ(file.value()->read_at(bytes, 0).value(), bytes.size());
      EXPECT_EQ(bytes.front(), 'p');
      ++opened;
    }
  }
  over = true;
  swapping.join();
  EXPECT_GT(opened, 0);
}

}  // namespace
}  // namespace quaymaster
