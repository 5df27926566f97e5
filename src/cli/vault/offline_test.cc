#include <gmock/gmock.h>

#include "cli/commands.h"
#include "cli/vault/offline_world_test.h"
#include "cli/vault/point_offline.h"
#include "cli/vault/vault_offline.h"
#include "store/sqlite/file_lock.h"

namespace quaymaster::cli {
namespace {

using testing::HasSubstr;

TEST_F(Offline, ChecksCountsAndLists) {
  EXPECT_EQ(run(&vault_check_offline, {}).value(), 0);
  EXPECT_THAT(out_, HasSubstr("vault Safe: "));
  EXPECT_THAT(out_, HasSubstr("everything is there"));
  EXPECT_EQ(run(&vault_check_offline, {{"structure", "true"}, {"json", "true"}}).value(), 0);
  EXPECT_THAT(out_, HasSubstr(R"("damaged":0)"));
  EXPECT_EQ(run(&vault_stats_offline, {{"json", "true"}}).value(), 0);
  EXPECT_THAT(out_, HasSubstr(R"({"vault":"Safe","points":2,)"));
  EXPECT_EQ(run(&point_list_offline, {{"vault", "SAFE"}, {"resource-group", "RG"}}).value(), 0);
  EXPECT_THAT(out_, HasSubstr("4711"));
  EXPECT_THAT(out_, HasSubstr("vm1"));
  EXPECT_EQ(run(&point_list_offline, {{"ITEM", "files"}}).value(), 0);
  EXPECT_THAT(out_, testing::Not(HasSubstr("4712")));
  EXPECT_EQ(run(&point_show_offline, {{"ITEM", "vm1"}, {"POINT", "4712"}}).value(), 0);
  EXPECT_THAT(out_, HasSubstr("vm1 (AzureIaasVM)"));
}

TEST_F(Offline, ReadsATreeAndAMachine) {
  EXPECT_EQ(run(&point_ls_offline, {{"ITEM", "files"}, {"POINT", "4711"}, {"PATH", "a"}}).value(), 0);
  EXPECT_THAT(out_, HasSubstr("a/one.txt"));
  EXPECT_THAT(out_, HasSubstr("a/link -> one.txt"));
  EXPECT_EQ(run(&point_ls_offline, {{"ITEM", "vm1"}, {"POINT", "4712"}, {"json", "true"}}).value(), 0);
  EXPECT_THAT(out_, HasSubstr(R"({"path":"vm1-os","kind":"file","size":600000,)"));
  EXPECT_EQ(run(&point_cat_offline, {{"ITEM", "files"}, {"POINT", "4711"}, {"PATH", "/a/two.txt"}}).value(), 0);
  EXPECT_EQ(out_, std::string(100'000, '2'));
  EXPECT_EQ(run(&point_cat_offline, {{"ITEM", "vm1"}, {"POINT", "4712"}, {"PATH", "lun0"}}).value(), 0);
  EXPECT_EQ(out_, std::string(300'000, 'd'));
  EXPECT_EQ(run(&point_cat_offline, {{"ITEM", "vm1"}, {"POINT", "latest"}, {"PATH", "vm1-data"}}).value(), 0);
  EXPECT_EQ(out_, std::string(300'000, 'd'));
}

TEST_F(Offline, Restores) {
  const auto to = (root_ / "restored").native();
  EXPECT_EQ(run(&point_restore_offline, {{"ITEM", "files"}, {"POINT", "4711"}, {"to", to}}).value(), 0);
  EXPECT_EQ(read(root_ / "restored/a/one.txt"), "one");
  EXPECT_EQ(run(&point_restore_offline, {{"ITEM", "files"}, {"POINT", "4711"}, {"to", to + "2"}, {"path", "a/one.txt"}})
                .value(),
            0);
  EXPECT_EQ(read(to + "2/a/one.txt"), "one");
  EXPECT_FALSE(std::filesystem::exists(to + "2/a/two.txt"));
  EXPECT_EQ(run(&point_restore_offline, {{"ITEM", "vm1"}, {"POINT", "4712"}, {"to", to + "3"}}).value(), 0);
  EXPECT_EQ(read(to + "3/vm1-os.raw"), read(root_ / "os.img"));
  EXPECT_EQ(read(to + "3/vm1-data.raw"), read(root_ / "data.img"));
  const Given one{{"ITEM", "vm1"}, {"POINT", "4712"}, {"to", to + ".img"}, {"path", "lun0"}};
  EXPECT_EQ(run(&point_restore_offline, one).value(), 0);
  EXPECT_EQ(read(to + ".img"), read(root_ / "data.img"));
  EXPECT_EQ(run(&point_restore_offline, one).error().kind(), Errc::conflict);  // it exists already
}

TEST_F(Offline, WritesNothingAndSaysWhatIsDamaged) {
  const auto before = everything();
  EXPECT_EQ(run(&vault_check_offline, {}).value(), 0);
  EXPECT_EQ(run(&point_restore_offline, {{"ITEM", "files"}, {"POINT", "4711"}, {"to", (root_ / "r").native()}}).value(),
            0);
  EXPECT_EQ(everything(), before);

  for (const auto& entry : std::filesystem::recursive_directory_iterator(data() / "objects")) {
    if (entry.is_regular_file() && entry.path().native().find("/packs/") != std::string::npos) {
      std::fstream pack(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      pack.seekp(200);
      pack.put('\x5a').put('\x5b');
    }
  }
  const auto damaged = everything();
  EXPECT_EQ(run(&vault_check_offline, {}).value(), 3);
  EXPECT_THAT(out_, HasSubstr("/packs/"));
  EXPECT_THAT(out_, HasSubstr("are damaged"));
  EXPECT_EQ(everything(), damaged);
}

TEST_F(Offline, RefusesWhileAServerRunsAndKeepsOneFromStarting) {
  {
    const auto server = store::FileLock::take(data() / "lock").value();
    const auto refused = run(&point_list_offline, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), Errc::busy);
    EXPECT_THAT(refused.error().cause(), HasSubstr("a server is running"));
  }
  Arguments arguments;
  arguments.add("data", data().native());
  const auto looking = OfflineData::open(arguments).value();
  EXPECT_EQ(store::FileLock::take(data() / "lock").error().kind(), Errc::busy);
  EXPECT_EQ(run(&point_list_offline, {}).value(), 0);  // two readers at once are allowed
}

TEST_F(Offline, IsChosenByTheDataDirectory) {
  const auto commands = all_commands();
  const auto invoke = [&](std::string_view words, const Given& given) {
    const auto command = std::ranges::find(commands, words, &Command::words);
    check(command != commands.end());
    Arguments arguments;
    for (const auto& [name, value] : given) {
      arguments.add(name, value);
    }
    out_.clear();
    const auto code = cli::run(*command, arguments, terminal_);
    return code ? std::to_string(code.value()) : code.error().cause();
  };
  const std::pair<std::string, std::string> here{"data", data().native()};
  EXPECT_EQ(invoke("point list", {here}), "0");
  EXPECT_THAT(out_, HasSubstr("4711"));
  EXPECT_EQ(invoke("point show", {here, {"ITEM", "files"}, {"POINT", "latest"}}), "0");
  EXPECT_EQ(invoke("point show", {here, {"ITEM", "files"}}), "POINT is missing");
  EXPECT_EQ(invoke("point restore", {here, {"ITEM", "files"}, {"POINT", "latest"}}), "--to is missing");
  EXPECT_EQ(invoke("point restore", {here, {"ITEM", "vm1"}, {"POINT", "latest"}, {"to", "/x"}, {"as", "vm2"}}),
            "--as works only through a running server");
  EXPECT_EQ(invoke("vault stats", {{"resource-group", "rg"}}), "--vault is missing");

  const auto server = store::FileLock::take(data() / "lock").value();  // from here on the commands ask a server
  EXPECT_EQ(invoke("point list", {here, {"vault", "Safe"}, {"resource-group", "rg"}}), "ITEM is missing");
  EXPECT_EQ(invoke("vault stats", {here}), "--vault is missing");
  EXPECT_EQ(invoke("vault stats", {here, {"vault", "Safe"}, {"resource-group", "rg"}, {"vault-key", "/x"}}),
            "--vault-key works only with --data on a data directory without a server");
  EXPECT_THAT(invoke("vault stats", {here, {"vault", "Safe"}, {"resource-group", "rg"}}), HasSubstr("no server"));
}

TEST_F(Offline, SaysWhatIsWrongWithItsArguments) {
  const auto kind = [this](Result<int> (*command)(const Arguments&, Terminal&), const Given& given) {
    const auto result = run(command, given);
    check(!result);
    return result.error().kind();
  };
  EXPECT_EQ(kind(&vault_stats_offline, {{"data", "/missing"}}), Errc::not_found);
  EXPECT_EQ(kind(&vault_stats_offline, {{"vault", "other"}}), Errc::not_found);
  EXPECT_EQ(kind(&vault_stats_offline, {{"vault-key", (root_ / "os.img").native()}}), Errc::too_large);
  write(root_ / "other.key", std::string(32, 'x'));
  EXPECT_EQ(kind(&vault_stats_offline, {{"vault-key", (root_ / "other.key").native()}}), Errc::forbidden);
  EXPECT_EQ(kind(&vault_stats_offline, {{"vault-key", (root_ / "missing.key").native()}}), Errc::not_found);
  EXPECT_EQ(kind(&point_show_offline, {{"ITEM", "vm1"}, {"POINT", "1"}}), Errc::not_found);
  EXPECT_EQ(kind(&point_show_offline, {{"ITEM", "files"}, {"POINT", "4712"}}), Errc::not_found);  // another item's
  EXPECT_EQ(kind(&point_list_offline, {{"ITEM", "vm2"}}), Errc::not_found);
  EXPECT_EQ(kind(&point_ls_offline, {{"ITEM", "files"}, {"POINT", "4711"}, {"PATH", "b"}}), Errc::not_found);
  EXPECT_EQ(kind(&point_ls_offline, {{"ITEM", "vm1"}, {"POINT", "4712"}, {"PATH", "lun7"}}), Errc::not_found);
  EXPECT_EQ(kind(&point_cat_offline, {{"ITEM", "files"}, {"POINT", "4711"}, {"PATH", "a"}}), Errc::invalid);
  const auto restore = [&](const Given& more) {
    Given given{{"ITEM", "files"}, {"POINT", "4711"}, {"to", (root_ / "r").native()}};
    given.insert(given.end(), more.begin(), more.end());
    return kind(&point_restore_offline, given);
  };
  EXPECT_EQ(restore({{"copy", "perhaps"}}), Errc::invalid);
  EXPECT_EQ(restore({{"format", "vmdk"}}), Errc::invalid);
  EXPECT_EQ(restore({{"to", (data() / "r").native()}}), Errc::invalid);
}

}  // namespace
}  // namespace quaymaster::cli
