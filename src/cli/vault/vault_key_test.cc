#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "cli/vault/commands.h"
#include "cli/vault/offline_world_test.h"
#include "cli/vault/vault_offline.h"
#include "store/sqlite/file_lock.h"
#include "testing/base/test_death.h"

namespace quaymaster::cli {
namespace {

using testing::HasSubstr;

class VaultKey : public Offline {
 protected:
  // Removes with the test whatever a killed process leaves among the temporary files.
  void SetUp() override {
    Offline::SetUp();
    std::filesystem::create_directory(root_ / "temporary");
    ::setenv("TMPDIR", (root_ / "temporary").c_str(), 1);
  }
  void TearDown() override { ::unsetenv("TMPDIR"); }

  /// The exit code, or the error.
  std::string key(std::string_view words, const Given& given = {}) {
    const auto commands = vault_key_commands();
    const auto command = std::ranges::find(commands, words, &Command::words);
    check(command != commands.end());
    const auto code = run(command->run, given);
    return code ? std::to_string(code.value()) : code.error().cause();
  }
  std::string at(const std::string& name) const { return (root_ / name).native(); }
};

TEST_F(VaultKey, IsShown) {
  EXPECT_EQ(key("vault key show"), "0");
  EXPECT_THAT(out_, testing::ContainsRegex("Safe +rg +file +[0-9a-f]+ +yes"));
  write(root_ / "other.key", std::string(32, 'x'));
  EXPECT_EQ(key("vault key show", {{"vault-key", at("other.key")}, {"json", "true"}}), "3");
  EXPECT_THAT(out_, HasSubstr(R"("opens":false,"olderWrappings":0)"));
  EXPECT_THAT(key("vault key show", {{"vault-key", at("missing")}}), HasSubstr("missing"));
  const auto server = store::FileLock::take(data() / "lock").value();
  EXPECT_THAT(key("vault key show"), HasSubstr("a server is running"));
  EXPECT_THAT(key("vault key rotate"), HasSubstr("stop the server there first"));
}

TEST_F(VaultKey, IsRotatedInItsFile) {
  std::filesystem::copy_file(data() / "vault.key", root_ / "old.key");
  EXPECT_EQ(key("vault key rotate"), "0");
  EXPECT_NE(read(data() / "vault.key"), read(root_ / "old.key"));
  EXPECT_EQ(read(data() / "vault.key").size(), 32);
  EXPECT_FALSE(std::filesystem::exists(data() / "vault.key.new"));
  EXPECT_EQ(key("vault key show"), "0");
  EXPECT_EQ(run(&vault_check_offline, {}).value(), 0);
  EXPECT_EQ(key("vault key show", {{"vault-key", at("old.key")}}), "3");
}

TEST_F(VaultKey, GoesToAPassphraseAndBack) {
  write(root_ / "words", "correct horse\nand what follows does not count\n");
  write(root_ / "empty", "\n");
  const std::pair<std::string, std::string> words{"vault-passphrase-file", at("words")};
  EXPECT_THAT(key("vault key rewrap"), HasSubstr("one of --new-key FILE and --new-passphrase-file FILE"));
  EXPECT_THAT(key("vault key rewrap", {{"new-passphrase-file", at("empty")}}), HasSubstr("is empty"));
  EXPECT_EQ(key("vault key rewrap", {{"new-passphrase-file", at("words")}}), "0");
  EXPECT_THAT(out_, HasSubstr("--vault-passphrase-file " + at("words")));
  EXPECT_EQ(key("vault key show"), "3");
  EXPECT_THAT(out_, HasSubstr("passphrase"));
  EXPECT_EQ(key("vault key show", {words}), "0");
  EXPECT_EQ(run(&vault_check_offline, {}).error().kind(), Errc::forbidden);
  EXPECT_EQ(run(&vault_check_offline, {words}).value(), 0);
  EXPECT_EQ(run(&vault_check_offline, {words, {"vault-key", at("words")}}).error().kind(), Errc::invalid);
  EXPECT_THAT(key("vault key rotate", {words}), HasSubstr("chosen by a person"));

  EXPECT_EQ(key("vault key rewrap", {words, {"new-key", at("new.key")}}), "0");
  EXPECT_EQ(key("vault key rewrap", {words, {"new-key", at("new.key")}}), "0");  // a repeated call finds it done
  EXPECT_EQ(read(root_ / "new.key").size(), 32);
  EXPECT_EQ(run(&vault_check_offline, {{"vault-key", at("new.key")}}).value(), 0);
  EXPECT_EQ(key("vault key show", {words}), "3");
  EXPECT_THAT(key("vault key rewrap", {words, {"new-key", at("another.key")}}), HasSubstr("locked with a key file"));
}

TEST_F(VaultKey, FileOpensTheVaultsAtAnyInstantOfARotation) {
  constexpr int kDeaths = 25;
  std::mt19937 random(5);
  int deaths = 0;
  int rotations = 0;
  auto longest = std::chrono::nanoseconds(std::chrono::milliseconds(8)).count();
  for (int n = 0; deaths < kDeaths || rotations == 0; ++n) {
    ASSERT_LT(n, 500);
    const pid_t child = ::fork();
    if (child == 0) {
      die_after(std::chrono::nanoseconds(1 + random() % longest));
      ::_exit(key("vault key rotate") == "0" ? 0 : 1);
    }
    static_cast<void>(random());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
      EXPECT_EQ(WTERMSIG(status), SIGKILL);
      ++deaths;
      longest += longest / 10;
    } else {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      ++rotations;
      longest -= longest / 10;
    }
    ASSERT_EQ(key("vault key show"), "0") << out_ << " after " << n;
  }
  EXPECT_EQ(key("vault key rotate"), "0");
  EXPECT_EQ(key("vault key show", {{"json", "true"}}), "0");
  EXPECT_THAT(out_, HasSubstr(R"("olderWrappings":0)"));
  EXPECT_EQ(run(&vault_check_offline, {}).value(), 0);
}

}  // namespace
}  // namespace quaymaster::cli
