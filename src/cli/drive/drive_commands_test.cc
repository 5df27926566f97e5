#include "cli/drive/drive_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/common/byte_progress.h"

namespace quaymaster::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class DriveCommands : public testing::Test {
 protected:
  DriveCommands() {
    std::string pattern = std::filesystem::temp_directory_path() / "quaymaster_XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    std::filesystem::create_directories(root_ / "source/sub");
    std::filesystem::create_directories(root_ / "drive");
    std::ofstream(root_ / "source/sub/a.txt") << "text";
    std::filesystem::create_symlink("a.txt", root_ / "source/link");
    terminal_.out = [this](std::string_view text) { out_ += text; };
    terminal_.err = [this](std::string_view text) { err_ += text; };
  }
  ~DriveCommands() override { std::filesystem::remove_all(root_); }

  Result<int> prepare_with(std::vector<std::pair<std::string, std::string>> more) {
    Arguments arguments;
    arguments.add("SOURCE", (root_ / "source").string());
    arguments.add("DRIVE", (root_ / "drive").string());
    arguments.add("account", "account");
    arguments.add("container", "photos");
    for (auto& [name, value] : more) {
      arguments.add(name, value);
    }
    out_.clear();
    err_.clear();
    return prepare(arguments, terminal_);
  }
  Result<int> verify_with(std::vector<std::pair<std::string, std::string>> more) {
    Arguments arguments;
    arguments.add("DRIVE", (root_ / "drive").string());
    for (auto& [name, value] : more) {
      arguments.add(name, value);
    }
    out_.clear();
    return verify(arguments, terminal_);
  }

  std::filesystem::path root_;
  Terminal terminal_;
  std::string out_;
  std::string err_;
};

TEST_F(DriveCommands, PrintsTheEntryOfTheDriveList) {
  EXPECT_EQ(prepare_with({{"drive-id", "D-1"}, {"prefix", "in"}}).value(), 0);
  EXPECT_THAT(out_, HasSubstr("{\"driveId\":\"D-1\",\"manifestFile\":\"\\\\DriveManifest.xml\",\"manifestHash\":\""));
  EXPECT_THAT(out_, HasSubstr("storage account account"));
  EXPECT_THAT(err_, HasSubstr("left out: link: symbolic link"));
  EXPECT_EQ(verify_with({}).value(), 0);
  EXPECT_THAT(out_, HasSubstr("everything matches the manifest"));
  EXPECT_EQ(prepare_with({{"prefix", "in/"}}).value(), 0);  // unchanged, so nothing is done
  EXPECT_THAT(out_, HasSubstr("is already prepared"));
}

TEST_F(DriveCommands, PrintsJsonLinesForScripts) {
  EXPECT_EQ(prepare_with({{"drive-id", "D-1"}, {"json", "true"}}).value(), 0);
  EXPECT_THAT(out_, HasSubstr("{\"event\":\"progress\",\"phase\":\"scan\""));
  EXPECT_THAT(out_, HasSubstr("{\"event\":\"skipped\",\"path\":\"link\",\"reason\":\"symbolic link\"}\n"));
  EXPECT_THAT(
      out_, HasSubstr("{\"event\":\"done\",\"account\":\"account\",\"container\":\"photos\",\"session\":\"session1\""));
  EXPECT_THAT(out_, HasSubstr("\"files\":1,\"bytes\":4,\"skipped\":1"));
  EXPECT_THAT(out_, HasSubstr("\"drive\":{\"driveId\":\"D-1\""));
  EXPECT_EQ(err_, "");
}

TEST_F(DriveCommands, ExitsWithThreeWhenADriveIsBad) {
  ASSERT_EQ(prepare_with({}).value(), 0);
  std::ofstream(root_ / "drive/session1/sub/a.txt") << "TEXT";
  EXPECT_EQ(verify_with({}).value(), 3);
  EXPECT_THAT(out_, HasSubstr("photos/sub/a.txt: Corrupted at 0 (\\session1\\sub\\a.txt)"));
  EXPECT_EQ(verify_with({{"json", "true"}}).value(), 3);
  EXPECT_THAT(out_, HasSubstr("\"status\":\"CompletedWithErrors\""));
  std::ofstream(root_ / "drive/DriveManifest.xml", std::ios::app) << " ";  // the journal has its hash
  EXPECT_EQ(verify_with({}).value(), 3);
  EXPECT_THAT(out_, HasSubstr("ManifestCorrupted"));
}

TEST_F(DriveCommands, SaysWhatIsWrongWithItsArguments) {
  EXPECT_EQ(prepare_with({{"disposition", "replace"}}).error().kind(), Errc::invalid);
  EXPECT_EQ(prepare_with({{"container", "No Container"}}).error().kind(), Errc::invalid);
  EXPECT_EQ(prepare_with({{"SOURCE", "/missing"}}).error().kind(), Errc::not_found);
  EXPECT_EQ(verify_with({{"DRIVE", "/missing"}}).error().kind(), Errc::not_found);
}

TEST_F(DriveCommands, RewritesOneLineOnATerminal) {
  terminal_.is_terminal = true;
  double now = 0;
  ByteProgress bar(terminal_, false, [&] { return now; });
  bar.show({"copy", 1, 2, 0, 4096});
  now = 0.1;
  bar.show({"copy", 1, 2, 1024, 4096});  // too soon
  EXPECT_THAT(err_, Not(HasSubstr("1.0 KiB of")));
  now = 1;
  bar.show({"copy", 1, 2, 2048, 4096});
  EXPECT_THAT(err_, HasSubstr("\rcopy     [############............]  50 %  2.0 KiB of 4.0 KiB  2.0 KiB/s  0:01 left"));
  err_.clear();
  bar.clear();
  bar.clear();
  EXPECT_EQ(err_, "\r\x1b[K");
  EXPECT_EQ(out_, "");
}

}  // namespace
}  // namespace quaymaster::cli
