#pragma once

#include "testing/base/failing_disk.h"
#include "testing/workload/test_place.h"

/// What every Source and every Target must satisfy. In conformance_test.cc:
///
///   INSTANTIATE_TEST_SUITE_P(Tree, SourceConformance, testing::Values(&make<TreeSubject>));
///
/// The parameter makes something to protect below `place.source`, and says how it is captured, changed, restored below
/// `place.target` and compared.
namespace quaymaster::workload::test {

class Subject {
 public:
  explicit Subject(Place& place) : place_(place) {}
  virtual ~Subject() = default;
  virtual std::unique_ptr<Source> source() = 0;
  virtual void change() = 0;  // changes few bytes: less than half of everything is read or stored again
  virtual std::unique_ptr<Target> target() = 0;  // below place.target, whatever exists there
  virtual bool restored() = 0;                   // what target() wrote equals what source() would capture now
  virtual bool left_nothing_wrong() = 0;         // existing parts of the target contain no wrong bytes

 protected:
  Place& place_;
};
using MakeSubject = std::unique_ptr<Subject> (*)(Place&);

class Conformance : public testing::TestWithParam<MakeSubject> {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(place_.target);
    subject_ = GetParam()(place_);
  }
  void capture(const std::optional<vault::Point>& previous = {}) {
    const auto captured = place_.capture(*subject_->source(), previous);
    ASSERT_TRUE(captured) << captured.error().cause();
    EXPECT_EQ(captured.value().warning_count, 0);
  }
  Result<Restore> restore(const Heartbeat& heartbeat = {}) {
    return subject_->target()->restore(place_.point.root, place_.open(), heartbeat);
  }
  /// Checks progress as people would see it: it never decreases and ends at its totals.
  struct Honest {
    Progress last;
    std::uint64_t calls = 0;
    Heartbeat heartbeat() {
      return [this](const Progress& now) -> Result<> {
        EXPECT_GE(now.bytes_done, last.bytes_done);
        EXPECT_GE(now.items_done, last.items_done);
        EXPECT_TRUE(now.bytes_total == 0 || now.bytes_total >= now.bytes_done);
        last = now;
        ++calls;
        return ok();
      };
    }
    void expect_end() const {
      EXPECT_GT(calls, 0);
      EXPECT_GT(last.bytes_done, 0);
      EXPECT_EQ(last.bytes_done, last.bytes_total);
      EXPECT_EQ(last.items_done, last.items_total);
    }
  };

  Place place_;
  std::unique_ptr<Subject> subject_;
};

class SourceConformance : public Conformance {};
class TargetConformance : public Conformance {};

TEST_P(SourceConformance, WhatWasCapturedCanBeRestored) {
  capture();
  ASSERT_TRUE(restore());
  EXPECT_TRUE(subject_->restored());
  EXPECT_TRUE(place_.is_whole());
}

TEST_P(SourceConformance, ASecondCaptureStoresNextToNothing) {
  capture();
  const auto first = place_.point.totals;
  capture(place_.point);
  EXPECT_LT(place_.point.totals.bytes_new, first.bytes_new / 10);
  ASSERT_TRUE(restore());
  EXPECT_TRUE(subject_->restored());
}

TEST_P(SourceConformance, AChangeIsCapturedAndStoredAlone) {
  capture();
  const auto first = place_.point;
  subject_->change();
  capture(first);
  EXPECT_LT(place_.point.totals.bytes_new, first.totals.bytes_new / 2);
  ASSERT_TRUE(restore());
  EXPECT_TRUE(subject_->restored());
}

TEST_P(SourceConformance, TheTraceNamesEverythingThatIsNeeded) {
  capture();
  const auto first = place_.point;
  subject_->change();
  capture(first);
  ASSERT_TRUE(place_.remove(first.id));
  ASSERT_TRUE(place_.vault->collect({}));
  place_.reopen();
  EXPECT_TRUE(place_.is_whole());
  ASSERT_TRUE(restore());
  EXPECT_TRUE(subject_->restored());
}

TEST_P(SourceConformance, ProgressIsHonest) {
  Honest honest;
  ASSERT_TRUE(place_.capture(*subject_->source(), {}, honest.heartbeat()));
  honest.expect_end();
}

TEST_P(SourceConformance, CancelIsTheResult) {
  const auto cancel = [](const Progress&) -> Result<> { return cancelled("enough"); };
  EXPECT_EQ(place_.capture(*subject_->source(), {}, cancel).error().kind(), Errc::cancelled);
  EXPECT_EQ(place_.vault->stats().value().points, 0);
}

TEST_P(SourceConformance, SurvivesAFailureOfTheVaultAtEveryOperation) {
  bool done = false;
  for (int n = 0; !done; ++n) {
    ASSERT_LT(n, 500);
    FailingDisk failing(place_.real_disk, n, Errc::io);
    if (place_.try_reopen(failing)) {
      const auto captured = place_.capture(*subject_->source());
      done = static_cast<bool>(captured) && !failing.has_failed();
      if (!captured) {
        EXPECT_TRUE(captured.error().kind() == Errc::io || captured.error().kind() == Errc::busy)
            << captured.error().cause();
      }
    }
    place_.reopen();
    ASSERT_TRUE(place_.is_whole()) << "after operation " << n;
    ASSERT_TRUE(place_.database->write([&](store::Writer& writer) -> Result<> {
      TRY(writer.change("DELETE FROM vault_points"));
      return ok();
    }));
    if (!done) {
      ASSERT_TRUE(place_.vault->collect({}));
    }
  }
}

TEST_P(TargetConformance, ARepeatIsNoHarm) {
  capture();
  ASSERT_TRUE(restore());
  ASSERT_TRUE(restore());
  EXPECT_TRUE(subject_->restored());
}

TEST_P(TargetConformance, ProgressIsHonest) {
  capture();
  Honest honest;
  ASSERT_TRUE(restore(honest.heartbeat()));
  honest.expect_end();
}

TEST_P(TargetConformance, CancelIsTheResultAndARepeatMendsIt) {
  capture();
  int calls = 0;
  const auto cancel = [&](const Progress&) -> Result<> { return ++calls == 2 ? Result<>(cancelled("enough")) : ok(); };
  EXPECT_EQ(restore(cancel).error().kind(), Errc::cancelled);
  EXPECT_TRUE(subject_->left_nothing_wrong());
  ASSERT_TRUE(restore());
  EXPECT_TRUE(subject_->restored());
}

TEST_P(TargetConformance, ARootThatIsNotWholeIsRefused) {
  capture();
  const auto root = place_.point.root;
  for (std::size_t size = 0; size < root.size(); size += 1 + size / 8) {
    const auto cut = subject_->target()->restore(Bytes(root).first(size), place_.open(), {});
    ASSERT_FALSE(cut) << size;
    EXPECT_TRUE(cut.error().kind() == Errc::invalid || cut.error().kind() == Errc::corrupt);
  }
  auto newer = root;
  newer[8] = 9;
  EXPECT_EQ(subject_->target()->restore(newer, place_.open(), {}).error().kind(), Errc::unsupported);
}

TEST_P(TargetConformance, WrongBytesAreNeverWritten) {
  capture();
  for (const auto& file : place_.files("packs")) {
    const auto pack = place_.real_disk.open(file, OpenMode::write).value();
    const auto size = pack->size().value();
    ASSERT_TRUE(pack->write_at(Buffer(16, 0xEE), size / 3));
    place_.reopen();
    const auto result = restore();
    if (result) {
      EXPECT_GT(result.value().failed, 0);
    } else {
      EXPECT_EQ(result.error().kind(), Errc::corrupt);
    }
    EXPECT_TRUE(subject_->left_nothing_wrong());
  }
}

}  // namespace quaymaster::workload::test
