#include <functional>
#include <map>
#include <set>

#include "base/log.h"
#include "blob/store/open_store.h"
#include "blob/store/states_fixture_test.h"
#include "testing/base/failing_disk.h"
#include "testing/store/forwarding_database.h"

namespace quaymaster::blob {
namespace {

/// Makes the n-th call fail and, if requested, every later one. `late`: a change takes effect but is reported as
/// failed, as after a device error that left the commit on the disk.
class FailingDatabase final : public store::ForwardingDatabase {
 public:
  FailingDatabase(store::Database& real, int fail_at, bool from_then_on, bool late)
      : ForwardingDatabase(real), fail_at_(fail_at), from_then_on_(from_then_on), late_(late) {}

  Result<> read(const std::function<Result<>(store::Reader&)>& look) override {
    if (fails()) {
      return io("a read fails as ordered");
    }
    return real().read(look);
  }
  bool has_failed() const { return failed_; }

 private:
  void enqueue(store::Keys keys, Change change, Done done) override {
    if (!fails()) {
      real().submit(std::move(keys), std::move(change), std::move(done));
      return;
    }
    if (late_) {
      static_cast<void>(real().write(std::move(keys), std::move(change)));
    }
    done(io("a change fails as ordered"));
  }

  bool fails() {
    const int at = next_.fetch_add(1);
    const bool now = at == fail_at_ || (from_then_on_ && at > fail_at_);
    failed_ = failed_ || now;
    return now;
  }
  const int fail_at_;
  const bool from_then_on_;
  const bool late_;
  std::atomic<int> next_{0};
  std::atomic<bool> failed_{false};
};

class BlobFaults : public StatesTest {
 protected:
  void SetUp() override {
    log::set_sink([](std::string_view) {});
    use_small_extents(64 * kKiB);
  }
  void TearDown() override { log::set_sink(nullptr); }

  static constexpr auto kAbsent = "not_found";

  /// The possible contents of a name: one text after an acknowledged change, two while the outcome of one is unknown.
  void did(const std::string& name, const std::string& text, bool acknowledged) {
    auto& texts = possible_[name];
    if (texts.empty()) {
      texts = {kAbsent};
    }
    if (acknowledged) {
      texts.clear();
    }
    texts.insert(text);
  }

  /// Puts of every kind, overwrites, blocks, deletes and reclaim. False: something failed.
  bool run_script(Store& store) {
    bool all = true;
    const auto note = [&](const auto& result) {
      all = all && result.has_value();
      return result.has_value();
    };
    const auto make = [&](const std::string& text) -> std::unique_ptr<Content> {
      auto upload = store.upload(Hashing::md5);
      if (!note(upload->append(as_bytes(text)))) {
        return nullptr;
      }
      auto finished = upload->finish();
      return note(finished) ? std::move(finished).value() : nullptr;
    };
    const auto put_text = [&](const std::string& name, const std::string& text) {
      if (auto made = make(text)) {
        did(name, text, note(store.put_blob(key(name), std::move(made), {}, {}, {})));
      }
    };
    put_text("small", pattern(1'000, 1));
    put_text("large", pattern(200'000, 2));
    note(store.create_snapshot(key("small"), {}, {}));
    note(store.change_keeping("a", [](Keeping& keeping) { keeping.versions = true; }));
    put_text("small", pattern(2'000, 3));
    note(store.set_metadata(key("small"), {{"k", "v"}}, {}));
    note(store.change_keeping("a", [](Keeping& keeping) { keeping.versions = false; }));
    put_text("empty", "");
    const auto first = pattern(30'000, 4);
    const auto second = pattern(90'000, 5);
    bool staged = true;
    for (const auto& [id, text] : {std::pair{"AA", first}, std::pair{"BB", second}}) {
      auto made = make(text);
      staged = made && note(store.put_block(key("blocks"), id, std::move(made))) && staged;
    }
    if (staged) {
      const std::vector<BlockReference> list = {{BlockSource::latest, "BB"}, {BlockSource::latest, "AA"}};
      did("blocks", second + first, note(store.put_block_list(key("blocks"), list, {}, {}, {})));
    }
    put_text("large", pattern(5'000, 6));
    put_text("gone", pattern(70'000, 7));
    if (const auto removed = store.delete_blob(key("gone"), {});
        note(removed) || removed.error().kind() != Errc::not_found) {
      did("gone", kAbsent, removed.has_value());
    }
    note(store.reclaim());
    put_text("after", pattern(3'000, 8));
    note(store.reclaim());
    return all;
  }

  void expect_what_was_acknowledged() {
    for (const auto& [name, texts] : possible_) {
      EXPECT_TRUE(texts.contains(text_of(name))) << name << " holds what nobody wrote, or lost what was acknowledged";
    }
  }

  /// After any failure all data is intact, the store keeps working, and no space is lost permanently.
  void expect_sound() {
    expect_what_was_acknowledged();
    expect_exact_counts();
    ASSERT_TRUE(blobs().reclaim());
    expect_what_was_acknowledged();
    expect_exact_counts();
    ASSERT_TRUE(put("fresh", "works"));
    EXPECT_EQ(text_of("fresh"), "works");
    ASSERT_TRUE(blobs().delete_container("a", "c", {}));
    ASSERT_TRUE(blobs().reclaim());
    EXPECT_EQ(bytes_on_disk(), 0u);
    ASSERT_TRUE(blobs().create_container("a", "c", {}));
    possible_.clear();
  }

  std::map<std::string, std::set<std::string>> possible_;
};

TEST_F(BlobFaults, KeepWhatWasAcknowledgedWhenTheDiskFails) {
  for (const bool from_then_on : {false, true}) {
    for (int n = 0;; ++n) {
      SCOPED_TRACE(fmt::format("operation {} fails{}", n, from_then_on ? ", and all that follow" : ""));
      FailingDisk failing(disk_, n, n % 2 == 0 ? Errc::io : Errc::no_space, from_then_on);
      bool whole = false;
      {
        auto opened = objects::open_directory(failing, directory_.path());
        if (opened) {
          auto store = open_store(*database_, *opened.value(), clock_, options_);
          whole = store && run_script(*store.value());
          if (store && !from_then_on && failing.has_failed()) {
            // The same process must continue as well as a new one.
            std::swap(store_, store.value());
            expect_what_was_acknowledged();
            EXPECT_TRUE(run_script(*store_)) << "everything again, in the same process";
            expect_what_was_acknowledged();
            std::swap(store_, store.value());
          }
        }
      }
      const bool failed = failing.has_failed();
      EXPECT_TRUE(whole || failed) << "failed without a cause";
      reopen();
      expect_sound();
      if (!failed || HasFailure()) {
        ASSERT_GT(n, 30) << "the script touches the disk more often";
        break;
      }
    }
  }
}

struct DatabaseFault {
  bool from_then_on;
  bool late;
};
class BlobDatabaseFaults : public BlobFaults, public testing::WithParamInterface<DatabaseFault> {};

TEST_P(BlobDatabaseFaults, KeepWhatWasAcknowledged) {
  for (int n = 0;; ++n) {
    SCOPED_TRACE(fmt::format("call {} fails", n));
    FailingDatabase failing(*database_, n, GetParam().from_then_on, GetParam().late);
    bool whole = false;
    {
      auto store = open_store(failing, *objects_, clock_, options_);
      whole = store && run_script(*store.value());
      if (store && !GetParam().from_then_on && failing.has_failed()) {
        EXPECT_TRUE(run_script(*store.value())) << "everything again, in the same process";
      }
    }
    EXPECT_TRUE(whole || failing.has_failed()) << "failed without a cause";
    reopen();
    expect_sound();
    if (!failing.has_failed() || HasFailure()) {
      ASSERT_GT(n, 30) << "the script asks the database more often";
      break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, BlobDatabaseFaults,
                         testing::Values(DatabaseFault{false, false}, DatabaseFault{true, false},
                                         DatabaseFault{false, true}, DatabaseFault{true, true}),
                         [](const auto& kind) {
                           return fmt::format("{}{}", kind.param.from_then_on ? "all" : "one",
                                              kind.param.late ? "late" : "");
                         });

}  // namespace
}  // namespace quaymaster::blob
