#include "identity/audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "testing/base/failing_disk.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::identity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AuditTest : public testing::Test {
 protected:
  AuditTest() : root_(std::filesystem::temp_directory_path() / fmt::format("audit-{}", ::getpid())) {
    std::filesystem::remove_all(root_);
  }
  ~AuditTest() override { std::filesystem::remove_all(root_); }

  static AuditEntry entry(std::string target) {
    AuditEntry made;
    made.event = "request";
    made.face = "arm";
    made.who = "o";
    made.method = "PUT";
    made.target = std::move(target);
    made.status = 200;
    return made;
  }
  std::unique_ptr<AuditLog> open(AuditOptions options = {}) {
    return AuditLog::open(disk_, root_, clock_, options).value();
  }
  AuditCheck look() {
    seen_.clear();
    return read_audit(disk_, root_,
                      [&](const AuditEntry& one, std::string_view) {
                        seen_ += one.event == "request" ? *one.target + " " : one.event + " ";
                      })
        .value();
  }
  Path file(int number) const { return root_ / fmt::format("audit-{:08}.log", number); }
  std::string text(int number) { return std::string(as_text(read_file(disk_, file(number)).value())); }
  void rewrite(int number, std::string_view text) { ASSERT_TRUE(replace_file(disk_, file(number), as_bytes(text))); }

  SystemDisk disk_;
  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  Path root_;
  std::string seen_;
};

TEST_F(AuditTest, KeepsWhatWasRecordedAcrossRestarts) {
  {
    const auto log = open();
    ASSERT_TRUE(log->record(entry("/a")));
    log->note(entry("/b"));
  }
  ASSERT_TRUE(open()->record(entry("/c")));
  const auto check = look();
  EXPECT_EQ(seen_, "file start /a /b start /c ");
  EXPECT_THAT(check.findings, IsEmpty());
  EXPECT_EQ(check.first, 1);
  EXPECT_EQ(check.last, 6);
  EXPECT_THAT(text(1), HasSubstr(check.hash));
  EXPECT_THAT(text(1), HasSubstr(R"({"n":3,"time":"2026-11-23T05:29:30Z","event":"request","face":"arm",)"
                                 R"("who":"o","method":"PUT","target":"/a","status":200,"hash":")"));
}

TEST_F(AuditTest, AChangedARemovedAndAnAddedLineAreDetected) {
  {
    const auto log = open();
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(log->record(entry(fmt::format("/t{}", i))));
    }
  }
  const auto good = text(1);
  const auto with = [&](const std::function<void(std::string&)>& change) {
    auto bad = good;
    change(bad);
    rewrite(1, bad);
    return look().findings;
  };
  EXPECT_THAT(with([](auto& t) { t.replace(t.find("/t2"), 3, "/x2"); }),
              ElementsAre(HasSubstr("number 5 was changed")));
  EXPECT_THAT(with([](auto& t) {
                const auto at = t.find("{\"n\":5");
                t.erase(at, t.find('\n', at) + 1 - at);
              }),
              ElementsAre(HasSubstr("number 6 follows 4"), HasSubstr("number 6 was changed, or a line before it")));
  EXPECT_THAT(with([](auto& t) {
                const auto at = t.find("{\"n\":5");
                t.insert(at, t.substr(at, t.find('\n', at) + 1 - at));
              }),
              ElementsAre(HasSubstr("number 5 follows 5"), HasSubstr("was changed")));
  EXPECT_THAT(with([](auto& t) { t.insert(0, "hello\n"); }), ElementsAre(HasSubstr("line 1: not a line")));
  rewrite(1, good);
  EXPECT_THAT(look().findings, IsEmpty());
}

TEST_F(AuditTest, ATruncatedEndIsDetectedAndStaysDetected) {
  {
    const auto log = open();
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(log->record(entry(fmt::format("/t{}", i))));
    }
  }
  const auto good = text(1);
  const auto begin_of = [&](int line) { return good.find(fmt::format("{{\"n\":{}", line)); };
  rewrite(1, good.substr(0, begin_of(4)));
  EXPECT_THAT(look().findings, ElementsAre("lines 4 to 5 are missing at the end"));
  rewrite(1, "");
  EXPECT_THAT(look().findings, ElementsAre("lines 1 to 5 are missing at the end"));
  std::filesystem::remove(file(1));
  EXPECT_THAT(look().findings, ElementsAre("lines 1 to 5 are missing at the end"));

  // A restarted server continues after the cut and does not hide it.
  rewrite(1, good.substr(0, begin_of(4)));
  ASSERT_TRUE(open()->record(entry("/later")));
  EXPECT_THAT(look().findings,
              ElementsAre(HasSubstr("line 4: when this server started, 2 lines before it were missing")));
  EXPECT_EQ(seen_, "file start /t0 cut start /later ");
}

TEST_F(AuditTest, AReplacedLastLineIsDetected) {
  ASSERT_TRUE(open()->record(entry("/a")));
  const auto honest = text(1);
  const auto head = read_file(disk_, root_ / "head").value();
  std::filesystem::remove_all(root_);
  ASSERT_TRUE(open()->record(entry("/b")));  // a valid chain as well
  ASSERT_TRUE(replace_file(disk_, root_ / "head", head));
  EXPECT_THAT(look().findings, ElementsAre(HasSubstr("number 3 is not the last one that was written")));
  ASSERT_TRUE(open()->record(entry("/c")));
  EXPECT_THAT(look().findings, ElementsAre(HasSubstr("1 lines before it were missing")));
}

TEST_F(AuditTest, AnOldOrMissingHeadProvesNothing) {
  Buffer old;
  {
    const auto log = open();
    ASSERT_TRUE(log->record(entry("/a")));
    old = read_file(disk_, root_ / "head").value();
    ASSERT_TRUE(log->record(entry("/b")));
  }
  ASSERT_TRUE(replace_file(disk_, root_ / "head", old));  // as a power failure may leave it
  EXPECT_THAT(look().findings, IsEmpty());
  ASSERT_TRUE(open()->record(entry("/c")));
  EXPECT_THAT(look().findings, IsEmpty());
  for (const auto* text : {"", "nonsense\n"}) {
    ASSERT_TRUE(replace_file(disk_, root_ / "head", as_bytes(std::string_view(text))));
    EXPECT_THAT(look().findings, IsEmpty()) << text;
    ASSERT_TRUE(open());
  }
  EXPECT_EQ(seen_, "file start /a /b start /c start ");
}

TEST_F(AuditTest, AnUnfinishedLineIsRemoved) {
  ASSERT_TRUE(open()->record(entry("/a")));
  const auto good = text(1);
  rewrite(1, good + R"({"n":4,"time":"20)");
  EXPECT_THAT(look().findings, IsEmpty()) << "while a server writes it";
  ASSERT_TRUE(open()->record(entry("/b")));
  EXPECT_THAT(look().findings, IsEmpty());
  EXPECT_EQ(seen_, "file start /a start /b ");
}

TEST_F(AuditTest, FilesGoOnWhereTheLastOneEnded) {
  {
    const auto log = open({.largest_file = 600});
    for (int i = 0; i < 9; ++i) {
      ASSERT_TRUE(log->record(entry(fmt::format("/{}", i))));
    }
  }
  EXPECT_GT(std::distance(std::filesystem::directory_iterator(root_), {}), 2);
  EXPECT_THAT(look().findings, IsEmpty());
  // Old files may be moved away, but not one from the middle.
  std::filesystem::remove(file(1));
  const auto later = look();
  EXPECT_THAT(later.findings, IsEmpty());
  EXPECT_GT(later.first, 1);
  std::filesystem::rename(file(3), root_ / "elsewhere");
  EXPECT_THAT(look().findings, testing::Contains(HasSubstr("audit-00000003.log is missing")));
}

TEST_F(AuditTest, AFileThatWasBegunAndNeverWrittenIsBegunAgain) {
  ASSERT_TRUE(open()->record(entry("/a")));
  rewrite(2, "");
  ASSERT_TRUE(open()->record(entry("/b")));
  EXPECT_THAT(look().findings, IsEmpty());
  EXPECT_EQ(seen_, "file start /a start /b ");
}

TEST_F(AuditTest, ManyWritersMakeOneChain) {
  {
    const auto log = open({.largest_file = 20'000});
    std::vector<std::jthread> writers;
    for (int w = 0; w < 4; ++w) {
      writers.emplace_back([&log, w] {
        for (int i = 0; i < 100; ++i) {
          if (i % 10 == 0) {
            EXPECT_TRUE(log->record(entry(fmt::format("/{}/{}", w, i))));
          } else {
            log->note(entry(fmt::format("/{}/{}", w, i)));
          }
        }
      });
    }
    writers.clear();
  }
  const auto check = look();
  EXPECT_THAT(check.findings, IsEmpty());
  EXPECT_GE(check.last, 402);
}

TEST_F(AuditTest, AForeignFileIsNotContinued) {
  std::filesystem::create_directories(root_);
  rewrite(1, "something else\n");
  EXPECT_EQ(AuditLog::open(disk_, root_, clock_).error().kind(), Errc::corrupt);
}

TEST_F(AuditTest, WhateverFailsOnceIsWrittenOnceAfterwards) {
  for (int n = 0;; ++n) {
    std::filesystem::remove_all(root_);
    FailingDisk failing(disk_, n, Errc::no_space);
    {
      auto log = AuditLog::open(failing, root_, clock_);
      if (!log) {
        EXPECT_TRUE(AuditLog::open(disk_, root_, clock_)) << n;
        EXPECT_THAT(look().findings, IsEmpty()) << n;
        continue;
      }
      for (const auto* target : {"/a", "/b"}) {
        const auto recorded = log.value()->record(entry(target));
        if (!recorded) {
          EXPECT_EQ(recorded.error().kind(), Errc::no_space);
          EXPECT_TRUE(log.value()->can_write()) << "tried again";
        }
      }
    }
    EXPECT_THAT(look().findings, IsEmpty()) << n;
    EXPECT_EQ(seen_, "file start /a /b ") << n;
    if (!failing.has_failed()) {
      EXPECT_GT(n, 5);
      break;
    }
  }
}

TEST_F(AuditTest, ReportsWhenItCannotWrite) {
  FailingDisk failing(disk_, 12, Errc::no_space, true);
  const auto log = AuditLog::open(failing, root_, clock_).value();
  EXPECT_TRUE(log->can_write());
  for (int i = 0; i < 20; ++i) {
    (void)log->record(entry("/a")).has_value();
  }
  EXPECT_FALSE(log->can_write());
  EXPECT_FALSE(log->record(entry("/a")));
}

}  // namespace
}  // namespace quaymaster::identity
