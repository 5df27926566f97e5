#include "standin/places/state_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>

namespace quaymaster::server {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::array<std::string_view, 2> kSteps{"one", "two"};

class StateFilesTest : public testing::Test {
 protected:
  StateFilesTest() {
    fs::remove_all(root_);
    fs::create_directories(root_ / "data");
    put("records.db", "records one");
    put("objects/ab/extent", "bytes one");
    put("vault.key", "key one");
    put("administrator.json", "stays");
  }
  ~StateFilesTest() override {
    files_.reset();  // finishes its background removals
    fs::remove_all(root_);
  }

  void put(const std::string& name, std::string_view text) {
    fs::create_directories((root_ / "data" / name).parent_path());
    std::ofstream(root_ / "data" / name) << text;
  }
  std::string get(const std::string& name) const {
    std::ifstream stream(root_ / "data" / name);
    return stream ? std::string(std::istreambuf_iterator<char>(stream), {}) : "none";
  }
  void change() {
    put("records.db", "records two");
    put("records.db-wal", "log two");
    put("objects/ab/extent", "bytes two, appended");
    put("objects/cd/extent", "more");
    fs::remove(root_ / "data/vault.key");
  }
  void expect_first() const {
    EXPECT_EQ(get("records.db"), "records one");
    EXPECT_EQ(get("records.db-wal"), "none");
    EXPECT_EQ(get("objects/ab/extent"), "bytes one");
    EXPECT_EQ(get("objects/cd/extent"), "none");
    EXPECT_EQ(get("vault.key"), "key one");
    EXPECT_EQ(get("administrator.json"), "stays");
  }
  void rewrite(const std::string& from, const std::string& to) {
    const auto path = root_ / "states/first/state.json";
    std::ifstream stream(path);
    std::string text(std::istreambuf_iterator<char>(stream), {});
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    std::ofstream(path) << text.replace(at, from.size(), to);
  }
  static std::vector<store::Schema> schemas(std::span<const std::string_view> steps) {
    return {store::Schema{"owner", steps}};
  }
  StateFiles files(std::span<const std::string_view> steps = kSteps) {
    return {disk_, root_ / "data", root_ / "states", schemas(steps)};
  }

  SystemDisk disk_;
  const Path root_ = fs::temp_directory_path() / fmt::format("state-files-{}", ::getpid());
  std::optional<StateFiles> files_{std::in_place, disk_, root_ / "data", root_ / "states", schemas(kSteps)};
};

TEST_F(StateFilesTest, AStateIsRestoredAsSavedAnyNumberOfTimes) {
  const auto saved = files_->save("first", "me", Time{});
  ASSERT_TRUE(saved) << saved.error().cause();
  EXPECT_EQ(saved.value().bytes, std::string_view("records onebytes onekey one").size());
  for (int i = 0; i < 2; ++i) {
    change();
    ASSERT_TRUE(files_->fetch("first", "me"));
    ASSERT_TRUE(files_->swap_in());
    files_->settle();
    expect_first();
  }
}

TEST_F(StateFilesTest, AStateOfWhichPartsAreMissingIsRefused) {
  ASSERT_TRUE(files_->save("first", "me", Time{}));
  ASSERT_TRUE(fs::remove(root_ / "states/first/records.db"));
  change();
  const auto fetched = files_->fetch("first", "me");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind(), Errc::corrupt);
  EXPECT_EQ(get("records.db"), "records two");
}

TEST_F(StateFilesTest, SavingAgainReplaces) {
  ASSERT_TRUE(files_->save("first", "me", Time{}));
  change();
  ASSERT_TRUE(files_->save("first", "me", Time{}));
  put("records.db", "three");
  ASSERT_TRUE(files_->fetch("first", "me"));
  ASSERT_TRUE(files_->swap_in());
  EXPECT_EQ(get("records.db"), "records two");
  EXPECT_EQ(get("records.db-wal"), "log two");
  EXPECT_EQ(files_->list().value().size(), 1u);
}

TEST_F(StateFilesTest, WhatCannotBeOpenedIsRolledBack) {
  ASSERT_TRUE(files_->save("other", "me", Time{}));
  change();
  ASSERT_TRUE(files_->save("first", "me", Time{}));
  ASSERT_TRUE(files_->fetch("other", "me"));
  ASSERT_TRUE(files_->swap_in());
  ASSERT_TRUE(files_->undo());
  EXPECT_EQ(get("records.db"), "records two");
  EXPECT_EQ(get("records.db-wal"), "log two");
  EXPECT_EQ(get("objects/cd/extent"), "more");
  EXPECT_EQ(get("vault.key"), "none");
  files_->settle();
  ASSERT_TRUE(files_->undo()) << "nothing is set aside: nothing is done";
  EXPECT_EQ(get("records.db"), "records two");
}

TEST_F(StateFilesTest, ClearLeavesWhatBelongsToThePlace) {
  ASSERT_TRUE(files_->clear());
  files_->settle();
  EXPECT_EQ(get("records.db"), "none");
  EXPECT_FALSE(fs::exists(root_ / "data/objects"));
  EXPECT_EQ(get("administrator.json"), "stays");
}

/// Killed after each rename of an exchange: the next start completes it. Killed before the first: nothing has happened.
TEST_F(StateFilesTest, AnExchangeThatWasCutShortIsFinished) {
  ASSERT_TRUE(files_->save("first", "me", Time{}));
  const std::array<std::string, 3> all{"records.db", "objects", "vault.key"};
  const std::array<std::string, 3> changed{"records.db", "records.db-wal", "objects"};
  for (std::size_t killed_after = 0; killed_after <= changed.size() + all.size(); ++killed_after) {
    change();
    ASSERT_TRUE(files_->fetch("first", "me"));
    const auto data = root_ / "data";
    fs::create_directories(data / "state.outgoing");
    for (std::size_t i = 0; i < std::min(killed_after, changed.size()); ++i) {
      fs::rename(data / changed.at(i), data / "state.outgoing" / changed.at(i));
    }
    for (std::size_t i = changed.size(); i < killed_after; ++i) {
      fs::rename(data / "state.incoming" / all.at(i - changed.size()), data / all.at(i - changed.size()));
    }
    ASSERT_TRUE(files().recover()) << killed_after;
    expect_first();
    EXPECT_FALSE(fs::exists(data / "state.incoming"));
    EXPECT_FALSE(fs::exists(data / "state.outgoing"));
  }
  change();
  ASSERT_TRUE(files_->fetch("first", "me"));
  ASSERT_TRUE(files().recover());
  EXPECT_EQ(get("records.db"), "records two") << "fetched and not begun";
}

TEST_F(StateFilesTest, AClearThatWasCutShortHasNotHappened) {
  const auto data = root_ / "data";
  fs::create_directories(data / "state.outgoing");
  fs::rename(data / "records.db", data / "state.outgoing/records.db");
  ASSERT_TRUE(files().recover());
  expect_first();
  fs::create_directories(data / "state.outgoing");
  fs::rename(data / "vault.key", data / "state.outgoing/vault.key");
  ASSERT_TRUE(files().recover());
  EXPECT_EQ(get("vault.key"), "none") << "the server had begun anew";
}

TEST_F(StateFilesTest, RefusesWhatItCannotRead) {
  ASSERT_TRUE(files_->save("first", "me", Time{}));
  EXPECT_EQ(files_->fetch("first", "somebody").error().kind(), Errc::conflict);
  EXPECT_EQ(files_->fetch("second", "me").error().kind(), Errc::not_found);
  EXPECT_EQ(files_->remove("second").error().kind(), Errc::not_found);
  auto older = files(std::span(kSteps).first(1));
  const auto newer = older.fetch("first", "me");
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().kind(), Errc::unsupported);
  EXPECT_THAT(newer.error().cause(), HasSubstr("newer version"));
  rewrite("\"format\":1", "\"format\":2");
  const auto other = files_->fetch("first", "me");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind(), Errc::unsupported);
  EXPECT_THAT(other.error().cause(), HasSubstr("format 2"));
  rewrite("{", "");
  EXPECT_EQ(files_->fetch("first", "me").error().kind(), Errc::corrupt);
  EXPECT_TRUE(files_->list().value().empty());
}

TEST_F(StateFilesTest, NamesAreOnePathSegment) {
  for (const char* name : {"a", "with.point-and_more", "0"}) {
    EXPECT_TRUE(is_state_name(name)) << name;
  }
  for (const std::string& name :
       {std::string(), std::string(".."), std::string(".hidden"), std::string("a/b"), std::string("../data"),
        std::string("a\\b"), std::string("a b"), std::string("\0", 1), std::string(65, 'a'), std::string("\u00e4")}) {
    EXPECT_FALSE(is_state_name(name)) << name;
    EXPECT_EQ(files_->save(name, "me", Time{}).error().kind(), Errc::invalid) << name;
    EXPECT_EQ(files_->fetch(name, "me").error().kind(), Errc::invalid) << name;
    EXPECT_EQ(files_->remove(name).error().kind(), Errc::invalid) << name;
  }
}

}  // namespace
}  // namespace quaymaster::server
