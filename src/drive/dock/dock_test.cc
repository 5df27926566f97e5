#include "drive/dock/dock.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "drive/read/scratch_test.h"

namespace quaymaster::drive {
namespace {

constexpr std::string_view kManifest =
    R"(<?xml version="1.0"?><DriveManifest Version="2014-11-01"><Drive><DriveId>WD9</DriveId></Drive></DriveManifest>)";

struct DockTest : testing::Test {
  Scratch scratch;
  Dock dock{scratch.path()};

  std::map<std::string, std::string> ids() {
    std::map<std::string, std::string> found;
    const auto folders = dock.look().value();
    for (const auto& folder : folders) {
      found[folder.path.filename()] = folder.drive_id;
    }
    return found;
  }
  std::string problem_of(const std::string& name) {
    const auto folders = dock.look().value();
    for (const auto& folder : folders) {
      if (folder.path.filename() == name) {
        return folder.problem;
      }
    }
    return "not seen";
  }
  bool settled(const std::string& name) { return dock.is_settled(scratch.path() / name, {}).value(); }
};

TEST_F(DockTest, IdentifiesADriveByItsIdFileOrItsManifest) {
  scratch.write("a/DriveId", "QM-1\n");
  scratch.write("b/DriveManifest.xml", kManifest);
  EXPECT_EQ(ids(), (std::map<std::string, std::string>{{"a", "QM-1"}, {"b", "WD9"}}));
}

TEST_F(DockTest, IgnoresUnfinishedFoldersAndOtherFiles) {
  scratch.write(".hidden/DriveId", "QM-1");
  scratch.write("half.partial/DriveId", "QM-2");
  scratch.write("file", "QM-3");
  EXPECT_TRUE(dock.look().value().empty());
}

TEST_F(DockTest, RefusesTwoFoldersWithOneId) {
  scratch.write("a/DriveId", "QM-1");
  scratch.write("b/DriveId", "qm-1");
  scratch.write("c/DriveId", "QM-2");
  EXPECT_EQ(ids(), (std::map<std::string, std::string>{{"a", ""}, {"b", ""}, {"c", "QM-2"}}));
  EXPECT_NE(problem_of("a").find("same drive id 'QM-1'"), std::string::npos) << problem_of("a");
  std::filesystem::remove_all(scratch.path() / "b");
  EXPECT_EQ(problem_of("a"), "");
}

/// The spellings of a job, a manifest and a label: one drive.
TEST_F(DockTest, BlanksInAnIdDoNotCount) {
  scratch.write("a/DriveManifest.xml",
                R"(<DriveManifest Version="1"><Drive><DriveId>SAMSUNG MZQL23T8HCLS</DriveId></Drive></DriveManifest>)");
  EXPECT_EQ(ids(), (std::map<std::string, std::string>{{"a", "SAMSUNG MZQL23T8HCLS"}}));
  scratch.write("b/DriveId", "samsungmzql23t8hcls\n");
  EXPECT_NE(problem_of("a").find("same drive id"), std::string::npos) << problem_of("a");
}

TEST_F(DockTest, ReportsWhyAManifestCannotBeRead) {
  scratch.write("doctype/DriveManifest.xml", "<!DOCTYPE x><DriveManifest/>");
  scratch.write("blank/DriveManifest.xml", "\n<?xml version=\"1.0\"?><DriveManifest/>");
  scratch.write("wide/DriveManifest.xml", std::string("\xFF\xFE<\0?\0", 6));
  EXPECT_NE(problem_of("doctype").find("document type"), std::string::npos) << problem_of("doctype");
  EXPECT_NE(problem_of("blank").find("not at start"), std::string::npos) << problem_of("blank");
  EXPECT_NE(problem_of("wide").find("not UTF-8"), std::string::npos) << problem_of("wide");
}

TEST_F(DockTest, ALinkIsFollowedOnlyToWhereDrivesMayBe) {
  Scratch other;
  other.write("drive/DriveId", "QM-1");
  std::filesystem::create_directory_symlink(other.path() / "drive", scratch.path() / "linked");
  EXPECT_EQ(ids(), (std::map<std::string, std::string>{{"linked", ""}}));
  EXPECT_NE(problem_of("linked").find("dock-allow"), std::string::npos) << problem_of("linked");
  Dock wider(scratch.path(), ConfinedPlaces({scratch.path(), other.path()}));
  const auto folders = wider.look().value();
  ASSERT_EQ(folders.size(), 1U);
  EXPECT_EQ(folders[0].drive_id, "QM-1") << folders[0].problem;
  EXPECT_EQ(folders[0].real, std::filesystem::canonical(other.path() / "drive"));
  Dock guarded(scratch.path(), ConfinedPlaces({scratch.path(), other.path()}, {other.path() / "drive"}));
  EXPECT_EQ(guarded.look().value()[0].drive_id, "") << "the server's own data is no drive";
}

TEST_F(DockTest, ReportsWhatIsWrongWithHostileFolders) {
  scratch.write("empty/file", "");
  scratch.write("id/DriveId", "../../etc");
  scratch.write("huge/DriveId", std::string(100'000, 'A'));
  scratch.write("line\nbreak/DriveId", "QM-1");
  scratch.write("xml/DriveManifest.xml", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>");
  std::filesystem::create_directories(scratch.path() / "link");
  std::filesystem::create_symlink("/etc/hostname", scratch.path() / "link/DriveId");
  for (const auto& [name, id] : ids()) {
    EXPECT_EQ(id, "") << name;
    EXPECT_NE(problem_of(name), "") << name;
  }
  EXPECT_EQ(ids().size(), 6U);
}

TEST_F(DockTest, AFolderIsSettledWhenTwoChecksSeeTheSame) {
  scratch.write("a/DriveId", "QM-1");
  scratch.write("a/deep/er/file", "12");
  EXPECT_FALSE(settled("a"));
  EXPECT_TRUE(settled("a"));
  scratch.write("a/deep/er/file", "123");
  EXPECT_FALSE(settled("a")) << "a file grew";
  EXPECT_TRUE(settled("a"));
  scratch.write("a/deep/er/more", "");
  EXPECT_FALSE(settled("a")) << "a file came";
  EXPECT_TRUE(settled("a"));
  std::filesystem::rename(scratch.path() / "a/deep/er/more", scratch.path() / "a/deep/er/done");
  EXPECT_FALSE(settled("a")) << "a file was renamed";
}

TEST_F(DockTest, ForgetsRemovedFolders) {
  scratch.write("a/DriveId", "QM-1");
  EXPECT_FALSE(settled("a"));
  std::filesystem::rename(scratch.path() / "a", scratch.path() / ".a");
  EXPECT_TRUE(dock.look().value().empty());
  std::filesystem::rename(scratch.path() / ".a", scratch.path() / "a");
  EXPECT_FALSE(settled("a")) << "what comes back is looked at afresh";
  std::filesystem::remove_all(scratch.path() / "a");
  EXPECT_EQ(dock.is_settled(scratch.path() / "a", {}).error().kind(), Errc::not_found);
}

TEST_F(DockTest, AMovedFolderIsSettledUntilItIsRemoved) {
  scratch.write("a/DriveId", "QM-1");
  dock.arrived_complete("a");
  EXPECT_TRUE(settled("a"));
  std::filesystem::rename(scratch.path() / "a", scratch.path() / ".a");
  EXPECT_TRUE(dock.look().value().empty());
  std::filesystem::rename(scratch.path() / ".a", scratch.path() / "a");
  EXPECT_FALSE(settled("a"));
}

TEST_F(DockTest, CheckingATreeFollowsNoLinkAndStopsWhenAsked) {
  std::filesystem::create_directories(scratch.path() / "a");
  std::filesystem::create_directory_symlink("..", scratch.path() / "a/loop");
  EXPECT_TRUE(tree_state(scratch.path() / "a", {}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(tree_state(scratch.path() / "a", stop.get_token()).error().kind(), Errc::cancelled);
}

TEST_F(DockTest, AMissingDockIsAnError) {
  EXPECT_EQ(Dock(scratch.path() / "none").look().error().kind(), Errc::not_found);
}

TEST(DirectoryWatch, CallsWhenAFolderAppearsAndReportsWhatWasMoved) {
  Scratch scratch;
  std::mutex mutex;
  std::condition_variable changed;
  int called = 0;
  std::vector<std::string> moved;
  DirectoryWatch watch(scratch.path(), [&](const std::vector<std::string>& moved_in) {
    const std::lock_guard lock(mutex);
    ++called;
    moved.insert(moved.end(), moved_in.begin(), moved_in.end());
    changed.notify_all();
  });
  if (!watch.watches()) {
    GTEST_SKIP() << "this system watches no directories";
  }
  scratch.write("a/DriveId", "QM-1");
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return called > 0; });
  EXPECT_TRUE(moved.empty()) << "it was made there, and may still grow";
  std::filesystem::rename(scratch.path() / "a", scratch.path() / "b");
  changed.wait(lock, [&] { return !moved.empty(); });
  EXPECT_EQ(moved, std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace quaymaster::drive
