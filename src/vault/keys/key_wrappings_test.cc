#include "vault/keys/key_wrappings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/check.h"
#include "objects/directory/directory_store.h"
#include "testing/base/failing_disk.h"

namespace quaymaster::vault {
namespace {

/// Keys of three vaults in a temporary directory, and a place where a fourth was begun and has no keys yet.
class KeyWrappings : public testing::Test {
 protected:
  KeyWrappings() {
    std::string pattern = (std::filesystem::temp_directory_path() / "qm-keys-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }
  ~KeyWrappings() override { std::filesystem::remove_all(root_); }

  void restart() {
    std::filesystem::remove_all(root_ / "objects");
    const auto objects = open(disk_);
    for (std::size_t i = 0; i + 1 < prefixes_.size(); ++i) {
      check(static_cast<bool>(make_keys(*objects, random_, prefixes_[i], old_)));
    }
  }
  std::unique_ptr<objects::ObjectStore> open(Disk& disk) {
    return objects::open_directory(disk, root_ / "objects").value();
  }
  bool opens_all(const KeyEncryptionKey& key) {
    const auto objects = open(disk_);
    for (std::size_t i = 0; i + 1 < prefixes_.size(); ++i) {
      if (!open_keys(*objects, prefixes_[i], key)) {
        return false;
      }
    }
    return true;
  }
  static KeyEncryptionKey file(std::uint8_t byte) { return {KeyEncryptionKey::Kind::file, Buffer(32, byte)}; }

  SystemDisk disk_;
  SystemRandom random_;
  Path root_;
  const std::vector<std::string> prefixes_{"vaults/a", "vaults/b", "vaults/c", "vaults/none"};
  const KeyEncryptionKey old_ = file(1);
  const KeyEncryptionKey new_ = file(2);
};

TEST_F(KeyWrappings, AreCreatedOpenedAndInspected) {
  restart();
  const auto objects = open(disk_);
  EXPECT_EQ(make_keys(*objects, random_, "vaults/a", old_).error().kind(), Errc::conflict);
  EXPECT_TRUE(open_keys(*objects, "vaults/a", old_));
  EXPECT_EQ(open_keys(*objects, "vaults/a", new_).error().kind(), Errc::forbidden);
  EXPECT_EQ(open_keys(*objects, "vaults/none", old_).error().kind(), Errc::not_found);
  const auto seen = key_wrappings(*objects, "vaults/a").value();
  ASSERT_EQ(seen.size(), 1);
  EXPECT_EQ(seen[0].number, 1);
  EXPECT_EQ(seen[0].kind, KeyEncryptionKey::Kind::file);
  EXPECT_THAT(seen[0].id, testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(seen[0].id.size(), 16);
  EXPECT_NE(seen[0].id, key_wrappings(*objects, "vaults/b").value()[0].id);
  EXPECT_TRUE(key_wrappings(*objects, "vaults/none").value().empty());
}

TEST_F(KeyWrappings, ChangeBetweenFileAndPassphrase) {
  restart();
  const auto objects = open(disk_);
  const KeyEncryptionKey words{KeyEncryptionKey::Kind::passphrase, Buffer(12, 'w')};
  const auto before = open_keys(*objects, "vaults/a", old_).value();
  const std::vector<std::string> one{"vaults/a"};
  ASSERT_TRUE(rewrap_keys(*objects, random_, one, old_, words, {}));
  EXPECT_EQ(key_wrappings(*objects, "vaults/a").value()[0].kind, KeyEncryptionKey::Kind::passphrase);
  EXPECT_FALSE(open_keys(*objects, "vaults/a", old_));
  const auto after = open_keys(*objects, "vaults/a", words).value();
  EXPECT_EQ(after.pack, before.pack);
  EXPECT_EQ(after.chunk_id, before.chunk_id);
  ASSERT_TRUE(rewrap_keys(*objects, random_, one, words, old_, {}));
  EXPECT_TRUE(open_keys(*objects, "vaults/a", old_));
  EXPECT_FALSE(open_keys(*objects, "vaults/a", words));
}

TEST_F(KeyWrappings, OfAnotherKeyChangeNothing) {
  restart();
  const auto objects = open(disk_);
  bool is_installed = false;
  const auto refused = rewrap_keys(*objects, random_, prefixes_, file(3), new_, [&]() -> Result<> {
    is_installed = true;
    return ok();
  });
  EXPECT_EQ(refused.error().kind(), Errc::forbidden);
  EXPECT_FALSE(is_installed);
  EXPECT_TRUE(opens_all(old_));
}

TEST_F(KeyWrappings, OneKeyOpensEveryVaultWhereverAChangeIsKilled) {
  int deaths = 0;
  for (bool survived = false; !survived; ++deaths) {
    ASSERT_LT(deaths, 500);
    restart();
    bool is_installed = false;
    {
      FailingDisk dying(disk_, deaths, Errc::io, true);
      if (auto objects = objects::open_directory(dying, root_ / "objects")) {
        survived = rewrap_keys(*objects.value(), random_, prefixes_, old_, new_, [&]() -> Result<> {
                     is_installed = true;
                     return ok();
                   }).has_value();
      }
    }
    EXPECT_TRUE(opens_all(is_installed ? new_ : old_)) << "died at operation " << deaths;
    // Repeating completes it, whichever of the two keys is the old one by then.
    const auto objects = open(disk_);
    ASSERT_TRUE(rewrap_keys(*objects, random_, prefixes_, is_installed ? new_ : old_, new_, {}));
    EXPECT_TRUE(opens_all(new_));
    for (std::size_t i = 0; i + 1 < prefixes_.size(); ++i) {
      EXPECT_EQ(key_wrappings(*objects, prefixes_[i]).value().size(), 1);
      EXPECT_FALSE(open_keys(*objects, prefixes_[i], old_));
    }
    ASSERT_FALSE(HasFailure()) << "died at operation " << deaths;
  }
  EXPECT_GT(deaths, 20);
}

TEST_F(KeyWrappings, AnAbandonedChangeIsNoObstacle) {
  restart();
  const auto objects = open(disk_);
  // Dies before the key is installed, and the key is lost.
  const auto gone = rewrap_keys(*objects, random_, prefixes_, old_, file(9), [] { return Result<>(io("died")); });
  EXPECT_EQ(gone.error().kind(), Errc::io);
  EXPECT_EQ(key_wrappings(*objects, "vaults/a").value().size(), 2);
  EXPECT_TRUE(opens_all(old_));
  ASSERT_TRUE(rewrap_keys(*objects, random_, prefixes_, old_, new_, {}));
  EXPECT_TRUE(opens_all(new_));
  EXPECT_FALSE(opens_all(old_));
}

}  // namespace
}  // namespace quaymaster::vault
