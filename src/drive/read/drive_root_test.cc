#include "drive/read/drive_root.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "drive/read/drive_path.h"
#include "drive/read/scratch_test.h"

namespace quaymaster::drive {
namespace {

/// Both ways of opening must give the same results.
class DriveRootTest : public testing::TestWithParam<bool> {
 protected:
  void make(const std::string& path, std::string_view text = "text") { scratch_.write("drive/" + path, text); }

  DriveRoot& root() {
    if (!root_) {
      auto opened = DriveRoot::at(scratch_.path() / "drive", {.name_bytes = name_bytes_, .use_openat2 = GetParam()});
      EXPECT_TRUE(opened) << opened.error().cause();
      root_ = std::move(opened).value();
    }
    return *root_;
  }

  /// The text of the file, or the name of the error's kind.
  std::string answer(std::string_view path) {
    auto bytes = read_drive_file(root(), path, 1000);
    return bytes ? std::string(as_text(bytes.value())) : "error: " + std::string(name(bytes.error().kind()));
  }

  Scratch scratch_;
  std::size_t name_bytes_ = kMiB;
  std::unique_ptr<DriveRoot> root_;
};

TEST_P(DriveRootTest, FindsWhatTheManifestNames) {
  make("session/Sub Dir/Ünïcode.txt", "a");
  make("top", "b");
  for (const auto path :
       {"\\session\\Sub Dir\\Ünïcode.txt", "session/Sub Dir/Ünïcode.txt", "/session\\Sub Dir/Ünïcode.txt",
        "\\\\session\\\\Sub Dir\\Ünïcode.txt", ".\\session\\.\\Sub Dir\\Ünïcode.txt"}) {
    EXPECT_EQ(answer(path), "a") << path;
  }
  EXPECT_EQ(answer("\\top"), "b");
}

TEST_P(DriveRootTest, MatchesWithoutCaseUnlessSomethingMatchesExactly) {
  make("Session/ÄRGER.TXT", "one");
  make("Session/a.txt", "small");
  make("Session/A.TXT", "large");
  EXPECT_EQ(answer("\\SESSION\\ärger.txt"), "one");
  EXPECT_EQ(answer("\\session\\a.txt"),
            "large");  // two paths that differ only in their directory match: the first in byte order is used
  EXPECT_EQ(answer("\\Session\\a.txt"), "small");
  EXPECT_EQ(answer("\\Session\\b.txt"), "error: not_found");
  EXPECT_EQ(answer("\\nowhere\\b.txt"), "error: not_found");
  EXPECT_EQ(answer("\\Session\\a.txt\\c"), "error: not_found");
}

TEST_P(DriveRootTest, MatchesExactlyOnlyWhereTheNamesDoNotFit) {
  name_bytes_ = 2000;
  for (int i = 0; i < 100; ++i) {
    make("large/Name" + std::to_string(i), "x");
  }
  make("small/Name", "y");
  EXPECT_EQ(answer("\\large\\Name7"), "x");
  EXPECT_EQ(answer("\\large\\name7"), "error: not_found");
  EXPECT_EQ(answer("\\SMALL\\NAME"), "y");
}

TEST_P(DriveRootTest, ForgetsDirectoriesRatherThanGrow) {
  name_bytes_ = 1500;
  for (int i = 0; i < 20; ++i) {
    make("dir" + std::to_string(i) + "/File", std::to_string(i));
  }
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(answer("dir" + std::to_string(i) + "/FILE"), std::to_string(i));
    }
  }
}

TEST_P(DriveRootTest, RefusesWhatLeavesTheDrive) {
  scratch_.write("outside", "secret");
  make("inside/file");
  for (const auto path : {"..\\outside", "\\inside\\..\\..\\outside", "\\inside\\..\\inside\\file", "C:\\outside",
                          "c:outside", "\\inside\\file:stream", "", "\\", "///", "."}) {
    EXPECT_EQ(answer(path), "error: invalid") << path;
  }
  EXPECT_EQ(answer(std::string_view("inside/file\0x", 13)), "error: invalid");
  EXPECT_EQ(answer("inside/\xff"), "error: invalid");
  EXPECT_EQ(answer((scratch_.path() / "outside").string()), "error: not_found");
}

TEST_P(DriveRootTest, RefusesLinksWhereverTheyAre) {
  scratch_.write("outside/file", "secret");
  make("inside/file");
  const auto drive = scratch_.path() / "drive";
  std::filesystem::create_symlink("../outside/file", drive / "file_link");
  std::filesystem::create_symlink("../outside", drive / "directory_link");
  std::filesystem::create_symlink("inside", drive / "harmless_link");
  for (const auto path :
       {"file_link", "directory_link/file", "harmless_link/file", "FILE_LINK", "Directory_Link\\file"}) {
    EXPECT_EQ(answer(path), "error: invalid") << path;
  }
}

TEST_P(DriveRootTest, OpensRegularFilesOnly) {
  make("inside/file");
  const auto drive = scratch_.path() / "drive";
  ASSERT_EQ(mkfifo((drive / "fifo").c_str(), 0600), 0);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto at = (drive / "socket").string();
  ASSERT_LT(at.size(), sizeof address.sun_path);
  at.copy(address.sun_path, at.size());
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(listener);
  for (const auto path : {"fifo", "socket", "inside"}) {
    EXPECT_EQ(answer(path), "error: forbidden") << path;
  }
  if (mknod((drive / "device").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0) {
    EXPECT_EQ(answer("device"), "error: forbidden");
  }
}

TEST_P(DriveRootTest, ReportsWhatIsTooLong) {
  make("file");
  EXPECT_EQ(answer(std::string(256, 'a')), "error: too_large");
  EXPECT_EQ(answer(std::string(255, 'a')), "error: not_found");
  std::string deep;
  for (int i = 0; i < 3000; ++i) {
    deep += "/abc";
  }
  EXPECT_EQ(answer(deep), "error: not_found");  // longer than the kernel accepts at once
  for (int i = 0; i < 6000; ++i) {
    deep += "/abc";
  }
  EXPECT_EQ(answer(deep), "error: too_large");
}

TEST_P(DriveRootTest, FollowsDeepPathsNameByName) {
  make("file");
  int opened = ::open((scratch_.path() / "drive").c_str(), O_PATH | O_CLOEXEC);
  const std::string name(200, 'd');
  std::string path;
  for (int i = 0; i < 30; ++i) {  // 6000 bytes
    ASSERT_EQ(mkdirat(opened, name.c_str(), 0700), 0);
    const int next = openat(opened, name.c_str(), O_PATH | O_CLOEXEC);
    close(opened);
    opened = next;
    path += name + "/";
  }
  const int file = openat(opened, "end", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_EQ(write(file, "deep", 4), 4);
  close(file);
  close(opened);
  EXPECT_EQ(answer(path + "end"), "deep");
}

TEST_P(DriveRootTest, DetectsThatTheDriveWasRemoved) {
  make("file");
  EXPECT_TRUE(root().check_present());
  std::filesystem::rename(scratch_.path() / "drive", scratch_.path() / "elsewhere");
  EXPECT_EQ(root().check_present().error().kind(), Errc::not_found);
  std::filesystem::create_directories(scratch_.path() / "drive");  // another one in its place
  EXPECT_EQ(root().check_present().error().kind(), Errc::not_found);
}

TEST_P(DriveRootTest, ReadsToTheEndThatTheFileHasNow) {
  make("file", "0123456789");
  const auto file = root().open("file");
  ASSERT_TRUE(file);
  EXPECT_EQ(file.value()->size(), 10u);
  std::filesystem::resize_file(scratch_.path() / "drive/file", 4);
  Buffer into(8);
  EXPECT_EQ(file.value()->read_at(into, 1).value(), 3u);
  EXPECT_EQ(file.value()->read_at(into, 4).value(), 0u);
  EXPECT_EQ(file.value()->read_at(into, 1000).value(), 0u);
}

INSTANTIATE_TEST_SUITE_P(BothWays, DriveRootTest, testing::Bool());

TEST(DriveRoot, NeedsADirectory) {
  Scratch scratch;
  scratch.write("file", "");
  EXPECT_EQ(DriveRoot::at(scratch.path() / "missing").error().kind(), Errc::not_found);
  EXPECT_EQ(DriveRoot::at(scratch.path() / "file").error().kind(), Errc::invalid);
}

TEST(DrivePath, MakesNamesThatNtfsAllows) {
  const std::pair<std::string, std::string> cases[] = {{"plain.txt", "plain.txt"},
                                                       {"a<b>c:d\"e|f?g*h\\i/j", "a_b_c_d_e_f_g_h_i_j"},
                                                       {"tab\there", "tab_here"},
                                                       {"dot.", "dot_"},
                                                       {"blank ", "blank_"},
                                                       {"con", "con_"},
                                                       {"Nul.txt", "Nul_.txt"},
                                                       {"COM1.a.b", "COM1_.a.b"},
                                                       {"COM0", "COM0"},
                                                       {"console", "console"},
                                                       {"", "_"},
                                                       {"grün.txt", "grün.txt"}};
  for (const auto& [given, wanted] : cases) {
    EXPECT_EQ(ntfs_name(given), wanted) << given;
  }
}

TEST(DrivePath, CutsLongNamesBeforeTheExtension) {
  EXPECT_EQ(ntfs_name(std::string(300, 'a') + ".txt"), std::string(251, 'a') + ".txt");
  std::string wide;
  for (int i = 0; i < 100; ++i) {
    wide += "€";
  }
  const auto cut = ntfs_name(wide + ".x");
  EXPECT_EQ(cut.size(), 84 * 3 + 2u);
  EXPECT_TRUE(cut.ends_with("€.x"));
}

TEST(DrivePath, MeasuresAsNtfsDoes) {
  EXPECT_EQ(utf16_length("aä€"), 3u);
  EXPECT_EQ(utf16_length("😀"), 2u);
}

}  // namespace
}  // namespace quaymaster::drive
