// The commands for points and vaults against a complete server that has backed up a machine and a share.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/commands.h"
#include "cli/common/client.h"
#include "cli/vault/point_restore.h"
#include "cli/vault/vault_api.h"
#include "testing/server/fixture.h"

namespace quaymaster::cli {
namespace {

using testing::HasSubstr;

std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint64_t state = 7;
  for (auto& c : text) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    c = static_cast<char>(state >> 56);
  }
  return text;
}

class PointCommands : public testing::Test {
 protected:
  PointCommands() {
    make_file(images() / "os.raw", disk_bytes_);
    make_file(shares() / "docs/dir/b.txt", "beta");
    make_file(shares() / "docs/a.txt", "alpha");
    std::filesystem::create_directories(shares() / "other");
    fixture_.set("image-directories", images().native());
    fixture_.set("share-directories", shares().native());
    fixture_.start();
    client_.emplace(
        find_connection(arguments({}), fixture_.disk(), [](const char*) -> const char* { return nullptr; }).value());
    group_ = fmt::format("/subscriptions/{}/resourceGroups/rg", client_->connection().subscription);
    back_up();
  }

  Path images() const { return fixture_.root() / "images"; }
  Path shares() const { return fixture_.root() / "shares"; }
  static void make_file(const Path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  static std::string read_file_at(const Path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  Arguments arguments(const std::vector<std::pair<std::string, std::string>>& given) {
    Arguments all;
    all.add("data", fixture_.data().native());
    all.add("vault", "v1");
    all.add("resource-group", "rg");
    for (const auto& [name, value] : given) {
      all.add(name, value);
    }
    return all;
  }
  /// The exit code, or -1 with the error in `out_`.
  int run(std::string_view words, const std::vector<std::pair<std::string, std::string>>& given) {
    out_.clear();
    Terminal terminal{[this](std::string_view text) { out_ += text; }, [this](std::string_view text) { err_ += text; }};
    for (const auto& command : all_commands()) {
      if (command.words == words) {
        const auto code = cli::run(command, arguments(given), terminal);
        out_ += code ? "" : code.error().cause();
        return code ? code.value() : -1;
      }
    }
    ADD_FAILURE() << "no command " << words;
    return -1;
  }

  HttpAnswer ask(std::string_view method, const std::string& path, std::string_view version, const std::string& body) {
    auto answer = client_->exchange(method, fmt::format("{}{}?api-version={}", group_, path, version), body);
    EXPECT_TRUE(answer) << path << ": " << (answer ? "" : answer.error().cause());
    return answer ? std::move(answer).value() : HttpAnswer{};
  }
  void finish(const HttpAnswer& accepted) {
    const auto done = await_operation(*client_, accepted, [](const OperationView&) -> Result<> { return ok(); });
    ASSERT_TRUE(done) << done.error().cause();
    if (!done.value().properties) {
      return;
    }
    const auto job = job_of(done.value());
    ASSERT_TRUE(job);
    const auto path = vault_path(client_->connection(), {"rg", "v1"}, "/backupJobs/" + job.value());
    Terminal quiet{[](std::string_view) {}, [this](std::string_view text) { err_ += text; }};
    EXPECT_EQ(follow_restore([&] { return client_->call("GET", path); }, [] {}, quiet, false).value(), 0) << err_;
  }
  void back_up() {
    constexpr std::string_view kRs = "2024-04-01";
    constexpr std::string_view kCompute = "2024-07-01";
    constexpr std::string_view kStorage = "2023-01-01";
    const std::string vault = "/providers/Microsoft.RecoveryServices/vaults/v1";
    const std::string account = "/providers/Microsoft.Storage/storageAccounts/sa1";
    const auto put_share = [&](const std::string& name) {
      ask("PUT", account + "/fileServices/default/shares/" + name, kStorage,
          fmt::format(R"({{"properties":{{"metadata":{{"quaymaster_path":"{}"}}}}}})", (shares() / name).native()));
    };
    ask("PUT", "", "2021-04-01", R"({"location":"westeurope"})");
    ask("PUT", vault, "2016-06-01", R"({"location":"westeurope","sku":{"name":"Standard"},"properties":{}})");
    ask("PUT", account, kStorage, R"({"location":"westeurope","sku":{"name":"Standard_LRS"},"kind":"StorageV2"})");
    put_share("docs");
    put_share("other");
    const std::string disk = "/providers/Microsoft.Compute/disks/vm1-os";
    ask("PUT", disk, kCompute,
        fmt::format(R"({{"location":"westeurope","properties":{{"osType":"Linux","creationData":)"
                    R"({{"createOption":"Import","sourceUri":"{}"}}}}}})",
                    (images() / "os.raw").native()));
    const std::string machine = "/providers/Microsoft.Compute/virtualMachines/vm1";
    ask("PUT", machine, kCompute,
        fmt::format(R"({{"location":"westeurope","properties":{{"hardwareProfile":{{"vmSize":"Standard_DS1_v2"}},)"
                    R"("storageProfile":{{"osDisk":{{"osType":"Linux","createOption":"Attach","managedDisk":)"
                    R"({{"id":"{}{}"}}}}}}}}}})",
                    group_, disk));
    const auto item =
        vault +
        "/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;vm1/protectedItems/"
        "VM;iaasvmcontainerv2;rg;vm1";
    finish(ask("PUT", item, kRs,
               fmt::format(R"({{"properties":{{"protectedItemType":"Microsoft.Compute/virtualMachines",)"
                           R"("sourceResourceId":"{0}{1}","policyId":"{0}{2}/backupPolicies/DefaultPolicy"}}}})",
                           group_, machine, vault)));
    finish(ask("POST", item + "/backup", kRs, R"({"properties":{"objectType":"IaasVMBackupRequest"}})"));

    ask("PUT", vault + "/backupPolicies/shares", kRs,
        R"({"properties":{"backupManagementType":"AzureStorage","workLoadType":"AzureFileShare","schedulePolicy":{)"
        R"("schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily","scheduleRunTimes":[)"
        R"("2026-01-01T22:30:00Z"]},"retentionPolicy":{"retentionPolicyType":"LongTermRetentionPolicy",)"
        R"("dailySchedule":{"retentionTimes":["2026-01-01T22:30:00Z"],"retentionDuration":{"count":30,)"
        R"("durationType":"Days"}}},"timeZone":"UTC"}})");
    const auto container = vault + "/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;rg;sa1";
    finish(ask("PUT", container, kRs,
               fmt::format(R"({{"properties":{{"backupManagementType":"AzureStorage","containerType":)"
                           R"("StorageContainer","sourceResourceId":"{}{}"}}}})",
                           group_, account)));
    finish(ask("POST", container + "/inquire", kRs, ""));
    const auto share = container + "/protectedItems/azurefileshare;docs";
    finish(ask("PUT", share, kRs,
               fmt::format(R"({{"properties":{{"protectedItemType":"AzureFileShareProtectedItem",)"
                           R"("sourceResourceId":"{0}{1}","policyId":"{0}{2}/backupPolicies/shares"}}}})",
                           group_, account, vault)));
    finish(ask("POST", share + "/backup", kRs, R"({"properties":{"objectType":"AzureFileShareBackupRequest"}})"));
  }

  server::ServerFixture fixture_;
  std::optional<Client> client_;
  std::string group_;
  std::string disk_bytes_ = noise(1'500'000) + std::string(596 * 1024, '\0') + noise(100);
  std::string out_;
  std::string err_;
};

TEST_F(PointCommands, ReadPointsAndRestoreThem) {
  ASSERT_FALSE(HasFailure()) << "the backups must be there";
  EXPECT_EQ(run("point list", {{"ITEM", "docs"}}), 0) << out_;
  EXPECT_THAT(out_, HasSubstr("FileSystemConsistent"));
  EXPECT_EQ(run("point show", {{"ITEM", "vm1"}, {"POINT", "latest"}}), 0) << out_;
  EXPECT_THAT(out_, HasSubstr("disks"));
  EXPECT_EQ(run("point ls", {{"ITEM", "docs"}, {"POINT", "latest"}}), 0) << out_;
  EXPECT_THAT(out_, testing::AllOf(HasSubstr("a.txt"), HasSubstr("Directory"), testing::Not(HasSubstr("b.txt"))));
  EXPECT_EQ(run("point cat", {{"ITEM", "docs"}, {"POINT", "latest"}, {"PATH", "dir/b.txt"}}), 0);
  EXPECT_EQ(out_, "beta");
  EXPECT_EQ(run("point cat", {{"ITEM", "vm1"}, {"POINT", "latest"}, {"PATH", "vm1-os"}}), 0);
  EXPECT_EQ(out_, disk_bytes_);

  const auto target = images() / "restored";
  EXPECT_EQ(run("point restore", {{"ITEM", "vm1"}, {"POINT", "latest"}, {"to", target.native()}}), 0) << out_ << err_;
  EXPECT_EQ(read_file_at(target / "vm1-os.raw"), disk_bytes_);
  EXPECT_EQ(run("point restore", {{"ITEM", "vm1"}, {"POINT", "latest"}, {"to", target.native()}}), -1);
  EXPECT_THAT(out_, HasSubstr("UserErrorRestoreTargetExists"));
  EXPECT_EQ(run("point restore", {{"ITEM", "vm1"}, {"POINT", "latest"}, {"as", "vm2"}}), 0) << out_ << err_;
  const auto made = ask("GET", "/providers/Microsoft.Compute/virtualMachines/vm2", "2024-07-01", "");
  EXPECT_THAT(made.body, HasSubstr("\"name\":\"vm2\""));

  EXPECT_EQ(run("point restore", {{"ITEM", "docs"},
                                  {"POINT", "latest"},
                                  {"path", "dir/b.txt"},
                                  {"account", "sa1"},
                                  {"share", "other"},
                                  {"into", "rescued"}}),
            0)
      << out_ << err_;
  EXPECT_EQ(read_file_at(shares() / "other/rescued/b.txt"), "beta");
  EXPECT_EQ(run("point restore", {{"ITEM", "docs"},
                                  {"POINT", "latest"},
                                  {"path", "dir/gone.txt"},
                                  {"path", "a.txt"},
                                  {"account", "sa1"},
                                  {"share", "other"}}),
            3)
      << out_;
  EXPECT_THAT(out_, HasSubstr("CompletedWithWarnings"));
  EXPECT_EQ(run("point restore",
                {{"ITEM", "docs"}, {"POINT", "latest"}, {"path", "../x"}, {"account", "sa1"}, {"share", "other"}}),
            -1);

  EXPECT_EQ(run("vault check", {}), 0) << out_;
  EXPECT_THAT(out_, HasSubstr("no damage"));
  EXPECT_EQ(run("vault collect", {}), 0) << out_;
  EXPECT_THAT(out_, HasSubstr("freed"));
  EXPECT_EQ(run("vault stats", {}), 0) << out_;
  EXPECT_THAT(out_, testing::ContainsRegex("recovery points +2"));

  EXPECT_EQ(run("point list", {{"ITEM", "vm9"}}), -1);
  EXPECT_THAT(out_, testing::AllOf(HasSubstr("vm9"), HasSubstr("docs"), HasSubstr("vm1")));
  EXPECT_EQ(run("point show", {{"ITEM", "vm1"}, {"POINT", "12"}}), -1);
  EXPECT_THAT(out_, HasSubstr("BMSUserErrorRecoveryPointNotFound"));
}

TEST_F(PointCommands, WorkWithoutTheServerOnceItHasStopped) {
  ASSERT_FALSE(HasFailure()) << "the backups must be there";
  using Given = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(run("point restore", Given{{"ITEM", "docs"}, {"POINT", "latest"}, {"to", "/x"}, {"format", "raw"}}), -1);
  EXPECT_THAT(out_, HasSubstr("without a server"));
  client_.reset();
  fixture_.stop();
  EXPECT_EQ(run("point list", {}), 0) << out_;
  EXPECT_THAT(out_, testing::AllOf(HasSubstr("docs"), HasSubstr("vm1")));
  EXPECT_EQ(run("point cat", {{"ITEM", "docs"}, {"POINT", "latest"}, {"PATH", "dir/b.txt"}}), 0) << out_;
  EXPECT_EQ(out_, "beta");
  const auto target = fixture_.root() / "rescued";
  EXPECT_EQ(run("point restore", {{"ITEM", "vm1"}, {"POINT", "latest"}, {"to", target.native()}}), 0) << out_ << err_;
  EXPECT_EQ(read_file_at(target / "vm1-os.raw"), disk_bytes_);
  EXPECT_EQ(run("point restore", {{"ITEM", "docs"}, {"POINT", "latest"}, {"to", target.native()}}), 0) << out_ << err_;
  EXPECT_EQ(read_file_at(target / "a.txt"), "alpha");
  EXPECT_EQ(run("vault check", {}), 0) << out_;
  EXPECT_EQ(run("vault stats", {}), 0) << out_;
  EXPECT_THAT(out_, HasSubstr("2 recovery points"));
  fixture_.start();  // nothing was changed or is still locked
  fixture_.stop();

  // Without its key nothing can be opened, neither here nor in a server, and nothing is lost.
  const auto key = fixture_.data() / "vault.key";
  std::filesystem::rename(key, fixture_.root() / "safe.key");
  EXPECT_EQ(run("vault check", {}), -1);
  const auto refused = fixture_.try_start();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().cause(), HasSubstr("is missing and there are vaults"));
  EXPECT_FALSE(std::filesystem::exists(key)) << "no other key takes its place";
  make_file(key, std::string(32, 'x'));
  EXPECT_EQ(run("vault check", {}), -1);
  EXPECT_THAT(out_, HasSubstr("does not open this vault"));
  fixture_.start();
  EXPECT_EQ(run("vault check", {}), -1) << out_;
  EXPECT_EQ(run("point cat", {{"ITEM", "docs"}, {"POINT", "latest"}, {"PATH", "a.txt"}}), -1);
  EXPECT_THAT(out_, testing::Not(HasSubstr("vault.key"))) << "clients learn no paths";
  fixture_.stop();
  std::filesystem::rename(fixture_.root() / "safe.key", key);
  fixture_.start();
  EXPECT_EQ(run("vault check", {}), 0) << out_;
  EXPECT_EQ(run("point cat", {{"ITEM", "docs"}, {"POINT", "latest"}, {"PATH", "a.txt"}}), 0) << out_;
  EXPECT_EQ(out_, "alpha");
}

TEST_F(PointCommands, GoOnOnceAPassphraseOpensTheVaults) {
  ASSERT_FALSE(HasFailure()) << "the backups must be there";
  client_.reset();
  fixture_.stop();
  const auto words = fixture_.root() / "words";
  make_file(words, "correct horse\n");
  EXPECT_EQ(run("vault key rewrap", {{"new-passphrase-file", words.native()}}), 0) << out_;
  fixture_.set("vault-passphrase-file", words.native());
  fixture_.start();
  EXPECT_EQ(run("vault check", {}), 0) << out_;
  EXPECT_EQ(run("point cat", {{"ITEM", "docs"}, {"POINT", "latest"}, {"PATH", "a.txt"}}), 0) << out_;
  EXPECT_EQ(out_, "alpha");
  fixture_.stop();
  make_file(words, "wrong horse\n");
  fixture_.start();
  EXPECT_EQ(run("vault check", {}), -1) << out_;
}

ItemView item_of(std::string_view management) {
  ItemView item;
  item.properties.friendly_name = "it";
  item.properties.management = management;
  item.properties.source_id = "/source";
  return item;
}

TEST(RestoreBody, SaysWhatIsMissingOrDoesNotGoTogether) {
  using Given = std::vector<std::pair<std::string, std::string>>;
  const auto body = [](std::string_view management, const Given& given) {
    Arguments arguments;
    arguments.add("resource-group", "rg");
    for (const auto& [name, value] : given) {
      arguments.add(name, value);
    }
    Connection connection;
    connection.subscription = "s";
    return restore_body(connection, arguments, item_of(management));
  };
  for (const auto& given : std::vector<Given>{{},
                                              {{"account", "x"}, {"original", ""}},
                                              {{"as", "x"}, {"original", ""}},
                                              {{"to", "/a"}, {"share", "x"}},
                                              {{"to", "/a"}, {"lun", "one"}}}) {
    const auto refused = body("AzureIaasVM", given);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), Errc::invalid);
  }
  for (const auto& given : std::vector<Given>{{},
                                              {{"original", ""}, {"share", "x"}, {"account", "a"}},
                                              {{"share", "x"}},
                                              {{"original", ""}, {"to", "/a"}}}) {
    const auto refused = body("AzureStorage", given);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), Errc::invalid);
  }
  EXPECT_THAT(
      body("AzureIaasVM", {{"to", "/a"}, {"lun", "0"}, {"lun", "3"}}).value(),
      testing::AllOf(HasSubstr(R"("quaymasterTargetDirectory":"/a")"), HasSubstr(R"("restoreDiskLunList":[0,3])")));
  EXPECT_THAT(body("AzureStorage", {{"original", ""}, {"copy", "Skip"}}).value(),
              testing::AllOf(HasSubstr("OriginalLocation"), HasSubstr(R"("copyOptions":"Skip")")));
}

}  // namespace
}  // namespace quaymaster::cli
