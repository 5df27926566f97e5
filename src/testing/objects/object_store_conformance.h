#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "objects/object_store.h"

/// What every implementation of objects::ObjectStore must satisfy. In a test file of the implementation:
///
///   INSTANTIATE_TEST_SUITE_P(Directory, ObjectStoreConformance, testing::Values(&make_place));
///
/// The parameter makes an empty place; the place opens the store there any number of times, as after a restart.
namespace quaymaster::objects {

class Place {
 public:
  virtual ~Place() = default;
  virtual Result<std::unique_ptr<ObjectStore>> open() = 0;
};
using MakePlace = std::unique_ptr<Place> (*)();

class ObjectStoreConformance : public testing::TestWithParam<MakePlace> {
 protected:
  void SetUp() override {
    place_ = GetParam()();
    restart();
  }
  void restart() {
    store_.reset();
    auto opened = place_->open();
    ASSERT_TRUE(opened) << opened.error().cause();
    store_ = std::move(opened).value();
  }
  ObjectStore& store() { return *store_; }
  Result<> put(const Name& name, std::string_view text) { return store().put(name, as_bytes(text)); }
  std::string text(const Name& name) {
    Buffer into(1000);
    const auto count = store().read(name, 0, into);
    return count ? std::string(as_text(Bytes(into).first(count.value()))) : std::string(name_of(count.error()));
  }
  std::string listed(std::string_view prefix, std::string_view after = "", std::size_t limit = 100) {
    const auto names = store().list(prefix, after, limit);
    EXPECT_TRUE(names);
    std::string all;
    for (const auto& name : names.value()) {
      all += name + " ";
    }
    return all;
  }
  static std::string_view name_of(const Error& error) { return quaymaster::name(error.kind()); }

 private:
  std::unique_ptr<Place> place_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_P(ObjectStoreConformance, HandsOutWhatWasPut) {
  ASSERT_TRUE(put("packs/3f/one", "alpha"));
  ASSERT_TRUE(put("empty", ""));
  EXPECT_EQ(text("packs/3f/one"), "alpha");
  EXPECT_EQ(text("empty"), "");
  EXPECT_EQ(store().size("packs/3f/one").value(), 5U);
  restart();
  EXPECT_EQ(text("packs/3f/one"), "alpha");
  EXPECT_EQ(store().size("empty").value(), 0U);
}

TEST_P(ObjectStoreConformance, ReadsPartsAndFewerBytesOnlyAtTheEnd) {
  ASSERT_TRUE(put("a", "0123456789"));
  Buffer into(4);
  EXPECT_EQ(store().read("a", 3, into).value(), 4U);
  EXPECT_EQ(as_text(into), "3456");
  EXPECT_EQ(store().read("a", 8, into).value(), 2U);
  EXPECT_EQ(store().read("a", 10, into).value(), 0U);
  EXPECT_EQ(store().read("a", 1'000'000, into).value(), 0U);
}

TEST_P(ObjectStoreConformance, NeverOverwrites) {
  ASSERT_TRUE(put("a/b", "first"));
  EXPECT_EQ(put("a/b", "second").error().kind(), Errc::conflict);
  EXPECT_EQ(store().create("a/b").error().kind(), Errc::conflict);
  EXPECT_EQ(text("a/b"), "first");
  EXPECT_EQ(listed(""), "a/b ");
}

TEST_P(ObjectStoreConformance, LetsOneOfManyPutsOfANameWin) {
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, &won, t] {
      for (int i = 0; i < 20; ++i) {
        const auto done = put(fmt::format("race/{}", i), std::string(1, static_cast<char>('a' + t)));
        if (done) {
          ++won;
        } else {
          EXPECT_EQ(done.error().kind(), Errc::conflict);
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(won, 20);
}

TEST_P(ObjectStoreConformance, GrowsByAppendingAndIsReadMeanwhile) {
  auto writer = store().create("extents/1").value();
  ASSERT_TRUE(writer->write_at(as_bytes("abc"), 0));
  EXPECT_EQ(text("extents/1"), "abc");
  ASSERT_TRUE(writer->write_at(as_bytes("xyz"), 6));
  EXPECT_EQ(text("extents/1"), std::string("abc\0\0\0xyz", 9)) << "holes read as zeros";
  ASSERT_TRUE(writer->sync());
  writer.reset();
  restart();
  writer = store().reopen("extents/1").value();
  ASSERT_TRUE(writer->write_at(as_bytes("!"), 9));
  ASSERT_TRUE(writer->sync());
  EXPECT_EQ(store().size("extents/1").value(), 10U);
  EXPECT_EQ(text("extents/1"), std::string("abc\0\0\0xyz!", 10));
}

TEST_P(ObjectStoreConformance, TakesDisjointPartsFromManyThreads) {
  auto writer = store().create("big").value();
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const Buffer part(100'000, static_cast<std::uint8_t>(t + 1));
      for (std::uint64_t i = t; i < 16; i += 4) {
        EXPECT_TRUE(writer->write_at(part, i * part.size()));
      }
      EXPECT_TRUE(writer->sync());
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  for (std::uint64_t i = 0; i < 16; ++i) {
    Buffer part(100'000);
    ASSERT_EQ(store().read("big", i * part.size(), part).value(), part.size());
    EXPECT_TRUE(std::ranges::all_of(part, [&](std::uint8_t byte) { return byte == i % 4 + 1; })) << i;
  }
}

TEST_P(ObjectStoreConformance, KnowsNothingOfWhatIsNotThere) {
  Buffer into(1);
  EXPECT_EQ(store().read("a", 0, into).error().kind(), Errc::not_found);
  EXPECT_EQ(store().size("a/b").error().kind(), Errc::not_found);
  EXPECT_EQ(store().remove("a").error().kind(), Errc::not_found);
  EXPECT_EQ(store().reopen("a").error().kind(), Errc::not_found);
  EXPECT_EQ(listed(""), "");
  EXPECT_EQ(listed("a/b/"), "");
}

TEST_P(ObjectStoreConformance, ForgetsWhatWasRemoved) {
  ASSERT_TRUE(put("a", "old"));
  EXPECT_EQ(text("a"), "old");
  ASSERT_TRUE(store().remove("a"));
  EXPECT_EQ(text("a"), "not_found");
  EXPECT_EQ(listed(""), "");
  ASSERT_TRUE(put("a", "new"));
  EXPECT_EQ(text("a"), "new");
  restart();
  EXPECT_EQ(text("a"), "new");
}

TEST_P(ObjectStoreConformance, ListsInByteOrderOfTheWholeName) {
  // "-" and "." sort before "/", digits and letters after it.
  std::vector<Name> names{"a-b", "a.b", "a/b", "a/b-1", "a/b0", "a0", "aa", "b/1/x", "b/1/y", "b/10", "b/2", "c"};
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (*name != "a/b-1") {
      ASSERT_TRUE(put(*name, ""));
    }
  }
  ASSERT_TRUE(put("a/b-1", ""));
  ASSERT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(store().list("", "", 100).value(), names);
  EXPECT_EQ(listed("a"), "a-b a.b a/b a/b-1 a/b0 a0 aa ");
  EXPECT_EQ(listed("a/"), "a/b a/b-1 a/b0 ");
  EXPECT_EQ(listed("a/b"), "a/b a/b-1 a/b0 ");
  EXPECT_EQ(listed("b/1"), "b/1/x b/1/y b/10 ");
  EXPECT_EQ(listed("b/1/"), "b/1/x b/1/y ");
  EXPECT_EQ(listed("b/", "b/1/x"), "b/1/y b/10 b/2 ");
  EXPECT_EQ(listed("b/", "b/1/"), "b/1/x b/1/y b/10 b/2 ");
  EXPECT_EQ(listed("", "zzz"), "");
  // With any page size, every name appears once, in order, across pages.
  for (std::size_t limit = 1; limit <= names.size() + 1; ++limit) {
    std::vector<Name> all;
    for (Name after;;) {
      const auto page = store().list("", after, limit).value();
      EXPECT_LE(page.size(), limit);
      if (page.empty()) {
        break;
      }
      all.insert(all.end(), page.begin(), page.end());
      after = all.back();
    }
    EXPECT_EQ(all, names) << "pages of " << limit;
  }
}

TEST_P(ObjectStoreConformance, RefusesWhatIsNoName) {
  Buffer into(1);
  for (const std::string& name :
       {std::string(), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."),
        std::string(".."), std::string("a/../b"), std::string("../a"), std::string(".hidden"), std::string("A"),
        std::string("a b"), std::string("\xC3\xA4"), std::string("a\0b", 3), std::string(256, 'a'),
        "a/" + std::string(256, 'a'), std::string(1001, '/')}) {
    EXPECT_EQ(put(name, "x").error().kind(), Errc::invalid) << name;
    EXPECT_EQ(store().create(name).error().kind(), Errc::invalid) << name;
    EXPECT_EQ(store().reopen(name).error().kind(), Errc::invalid) << name;
    EXPECT_EQ(store().read(name, 0, into).error().kind(), Errc::invalid) << name;
    EXPECT_EQ(store().size(name).error().kind(), Errc::invalid) << name;
    EXPECT_EQ(store().remove(name).error().kind(), Errc::invalid) << name;
  }
  EXPECT_EQ(listed(""), "");
}

TEST_P(ObjectStoreConformance, RefusesWhatIsTooLarge) {
  auto writer = store().create("a").value();
  EXPECT_EQ(writer->write_at(as_bytes("xy"), kLargestObject - 1).error().kind(), Errc::too_large);
  EXPECT_EQ(writer->write_at(as_bytes("xy"), ~std::uint64_t{0}).error().kind(), Errc::too_large);
  EXPECT_TRUE(writer->write_at(as_bytes("x"), kLargestObject - 1));
  EXPECT_EQ(store().size("a").value(), kLargestObject);
}

TEST_P(ObjectStoreConformance, SaysHowMuchFits) {
  EXPECT_GT(store().free_bytes().value(), 0U);
}

}  // namespace quaymaster::objects
