#include <map>
#include <random>

#include "blob/store/store_fixture_test.h"
#include "testing/base/budget_disk.h"

namespace quaymaster::blob {
namespace {

/// Random calls, compared with a map in memory.
class BlobModel : public StoreTest, public testing::WithParamInterface<unsigned> {
 protected:
  ~BlobModel() override {
    store_ = nullptr;  // must be destroyed before the disk they may use
    objects_ = nullptr;
  }
  using Blocks = std::map<std::string, std::string>;
  struct Model {
    std::string text;
    std::vector<std::pair<std::string, std::string>> blocks;
  };
  struct Held {
    std::shared_ptr<Snapshot> snapshot;
    std::string text;
  };

  std::size_t any(std::size_t below) { return random_() % below; }
  std::string any_name() { return fmt::format("{}/{}", any(3), any(6)); }
  std::string any_text() {
    const std::size_t sizes[] = {0, 1, 100, 5'000, 40'000, 70'000, 150'000};
    return pattern(sizes[any(std::size(sizes))], random_());
  }

  /// Null: the disk has no room, allowed only on a small one, and nothing has changed.
  std::unique_ptr<Content> content_if_it_fits(std::string_view text) {
    auto upload = blobs().upload(Hashing::none);
    auto appended = upload->append(as_bytes(text));
    if (appended) {
      if (auto finished = upload->finish()) {
        return std::move(finished).value();
      } else {
        appended = finished.error();
      }
    }
    EXPECT_TRUE(small_) << appended.error().cause();
    EXPECT_EQ(appended.error().kind(), Errc::no_space);
    ++refused_;
    return nullptr;
  }

  void put_any() {
    const auto name = any_name();
    const auto text = any_text();
    const bool must_not_exist = any(4) == 0;
    auto made = content_if_it_fits(text);
    if (!made) {
      return;
    }
    const auto result = blobs().put_blob(key(name), std::move(made), {}, {}, {.must_not_exist = must_not_exist});
    ASSERT_EQ(result.has_value(), !must_not_exist || !blobs_.contains(name));
    if (result) {
      blobs_[name] = {text, {}};
      staged_.erase(name);
    }
  }

  void stage_any() {
    const auto name = any_name();
    const auto id = fmt::format("{:02}", any(5));
    const auto text = any_text();
    auto made = content_if_it_fits(text);
    if (!made) {
      return;
    }
    ASSERT_TRUE(blobs().put_block(key(name), id, std::move(made)));
    staged_[name][id] = text;
  }

  void commit_any() {
    const auto name = any_name();
    std::vector<std::string> list;
    Model expected;
    bool good = true;
    for (std::size_t count = any(4); count > 0; --count) {
      const auto id = fmt::format("{:02}", any(5));
      const auto* text = latest(name, id);
      good = good && text != nullptr;
      list.push_back(id);
      if (text != nullptr) {
        expected.text += *text;
        expected.blocks.emplace_back(id, *text);
      }
    }
    const auto result = list_of(name, list);
    ASSERT_EQ(result.has_value(), good);
    if (good) {
      blobs_[name] = expected;
      staged_.erase(name);
    }
  }

  const std::string* latest(const std::string& name, const std::string& id) {
    if (const auto draft = staged_.find(name); draft != staged_.end()) {
      if (const auto block = draft->second.find(id); block != draft->second.end()) {
        return &block->second;
      }
    }
    if (const auto blob = blobs_.find(name); blob != blobs_.end()) {
      for (const auto& [block_id, text] : blob->second.blocks) {
        if (block_id == id) {
          return &text;
        }
      }
    }
    return nullptr;
  }

  void delete_any() {
    const auto name = any_name();
    const bool there = blobs_.erase(name) + staged_.erase(name) > 0;
    ASSERT_EQ(blobs().delete_blob(key(name), {}).has_value(), there);
  }

  void hold_any() {
    const auto name = any_name();
    const auto snapshot = blobs().open_blob(key(name));
    ASSERT_EQ(snapshot.has_value(), blobs_.contains(name));
    if (snapshot) {
      held_.push_back({snapshot.value(), blobs_[name].text});
    }
  }

  void let_go() {
    for (const auto& held : held_) {
      ASSERT_TRUE(text_of(*held.snapshot) == held.text);
    }
    held_.clear();
  }

  void start_again() {
    let_go();
    reopen();
  }

  void empty_container() {
    ASSERT_TRUE(blobs().delete_container("a", "c", {}));
    ASSERT_TRUE(blobs().create_container("a", "c", {}));
    blobs_.clear();
    staged_.clear();
  }

  void reclaim() { ASSERT_TRUE(blobs().reclaim()); }

  /// From here on uses a disk that fills up, part of which is reserved.
  void use_small_disk(std::uint64_t bytes, std::uint64_t floor) {
    small_ = std::make_unique<BudgetDisk>(disk_, bytes);
    space_.emplace(*small_, directory_.path(), floor);
    options_.space = &*space_;
    store_ = nullptr;
    objects_ = objects::open_directory(*small_, directory_.path()).value();
  }
  void take_steps();

  void compare() {
    std::vector<std::string> expected;
    auto all = blobs_;
    for (const auto& [name, blocks] : staged_) {
      all.try_emplace(name);
    }
    for (const auto& [name, model] : all) {
      expected.push_back(blobs_.contains(name) ? name : name + "?");
    }
    ASSERT_EQ(names({.limit = 4, .uncommitted = true}), expected);
    for (const auto& [name, model] : blobs_) {
      ASSERT_TRUE(text_of(name) == model.text) << name;
      const auto lists = blobs().get_block_lists(key(name)).value();
      ASSERT_EQ(lists.committed.size(), model.blocks.size());
      ASSERT_EQ(lists.uncommitted.size(), staged_.contains(name) ? staged_[name].size() : 0);
    }
  }

  std::mt19937 random_{GetParam()};
  std::unique_ptr<BudgetDisk> small_;
  std::optional<Space> space_;
  int refused_ = 0;
  std::map<std::string, Model> blobs_;
  std::map<std::string, Blocks> staged_;
  std::vector<Held> held_;
};

void BlobModel::take_steps() {
  for (int step = 0; step < 400 && !HasFatalFailure(); ++step) {
    SCOPED_TRACE(fmt::format("step {}", step));
    switch (const auto dice = any(100); dice) {
      case 0:
        empty_container();
        break;
      case 1:
      case 2:
        start_again();
        break;
      default:
        dice < 30   ? put_any()
        : dice < 55 ? stage_any()
        : dice < 70 ? commit_any()
        : dice < 82 ? delete_any()
        : dice < 88 ? hold_any()
        : dice < 91 ? let_go()
        : dice < 96 ? compare()
                    : reclaim();
    }
  }
  compare();
  let_go();
  for (int round = 0; round < 2; ++round) {
    reclaim();
    compare();
  }
  empty_container();
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_EQ(bytes_on_disk(), 0u);
}

TEST_P(BlobModel, AgreesWithAMap) {
  use_small_extents(64 * kKiB);
  take_steps();
}

TEST_P(BlobModel, AgreesWithAMapOnADiskThatRunsFull) {
  use_small_disk(640 * kKiB, 160 * kKiB);
  use_small_extents(64 * kKiB);
  take_steps();
  EXPECT_GT(refused_, 0) << "the disk was never full";
  EXPECT_EQ(small_->used(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, BlobModel, testing::Range(1u, 13u));

}  // namespace
}  // namespace quaymaster::blob
