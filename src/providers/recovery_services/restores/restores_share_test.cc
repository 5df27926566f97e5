// Restores of file shares through the API and the engine.
#include <sys/mount.h>

#include "base/log.h"
#include "providers/recovery_services/restores/restore_plan.h"
#include "providers/recovery_services/restores/restore_world_test.h"

namespace quaymaster::recovery_services {
namespace {

using testing::HasSubstr;

class RestoreShare : public RestoreWorld {
 protected:
  static std::string original(const std::string& more = "") {
    return R"("objectType":"AzureFileShareRestoreRequest","recoveryType":"OriginalLocation","sourceResourceId":")" +
           SomeAccounts::id("sa1") + "\"" + (more.empty() ? "" : "," + more);
  }
  static std::string elsewhere(const std::string& more = "", const std::string& share = "other") {
    return R"("objectType":"AzureFileShareRestoreRequest","recoveryType":"AlternateLocation","targetDetails":{"name":")" +
           share + R"(","targetResourceId":")" + SomeAccounts::id("sa2") + "\"}" + (more.empty() ? "" : "," + more);
  }
  static std::string items(const std::string& specs) {
    return R"("copyOptions":"Overwrite","restoreRequestType":"ItemLevelRestore","restoreFileSpecs":[)" + specs + "]";
  }
  Path docs() const { return root / "docs"; }
  Path other() const { return root / "elsewhere"; }
};

TEST_F(RestoreShare, OneFileToAnotherPlace) {
  restore(share_item,
          elsewhere(items(R"({"path":"dir/b.txt","fileSpecType":"File","targetFolderPath":"rescued/here"})")));
  EXPECT_EQ(names_below(other()), (std::set<std::string>{"rescued", "rescued/here", "rescued/here/b.txt"}));
  EXPECT_EQ(read_text(other() / "rescued/here/b.txt"), "beta");
}

TEST_F(RestoreShare, ADirectoryWithoutAFolderGoesWhereItWas) {
  restore(share_item, elsewhere(items(R"({"path":"dir/deep/","fileSpecType":"Directory"})")));
  EXPECT_EQ(names_below(other()), (std::set<std::string>{"dir", "dir/deep", "dir/deep/c.bin"}));
}

TEST_F(RestoreShare, EverythingToTheOriginalPlace) {
  std::filesystem::remove_all(docs() / "dir");
  put_file(docs() / "a.txt", "overwritten by mistake");
  put_file(docs() / "new.txt", "written since");
  restore(share_item, original(R"("copyOptions":"Overwrite","restoreRequestType":"FullShareRestore")"));
  EXPECT_EQ(read_text(docs() / "a.txt"), "alpha");
  EXPECT_EQ(read_text(docs() / "dir/b.txt"), "beta");
  EXPECT_EQ(read_text(docs() / "dir/deep/c.bin"), noise(300'000, 4));
  EXPECT_EQ(std::filesystem::read_symlink(docs() / "link"), "a.txt");
  EXPECT_EQ(read_text(docs() / "new.txt"), "written since") << "nothing is removed";
}

TEST_F(RestoreShare, AFullRestoreIntoAFolder) {
  restore(share_item,
          elsewhere(R"("restoreRequestType":"FullShareRestore","restoreFileSpecs":[{"targetFolderPath":"all"}])"));
  EXPECT_EQ(read_text(other() / "all/dir/b.txt"), "beta");
}

TEST_F(RestoreShare, CopyOptions) {
  put_file(other() / "a.txt", "mine");
  const auto ask_with = [&](const std::string& option) {
    return elsewhere(R"("copyOptions":")" + option +
                     R"(","restoreRequestType":"ItemLevelRestore","restoreFileSpecs":[{"path":"a.txt"}])");
  };
  restore(share_item, ask_with("Skip"));
  EXPECT_EQ(read_text(other() / "a.txt"), "mine");
  restore(share_item, ask_with("CreateCopy"));
  EXPECT_EQ(names_below(other()), (std::set<std::string>{"a.txt", "a (1).txt"}));
  EXPECT_EQ(read_text(other() / "a (1).txt"), "alpha");
  const auto job = ask(share_item, ask_with("FailOnConflict"));
  ASSERT_TRUE(job);
  const auto record = finish(*job);
  EXPECT_EQ(record.error_code, "DataTransferServiceCoFLimitReached") << record.reason;
  EXPECT_THAT(record.reason, HasSubstr("a.txt"));
  EXPECT_EQ(read_text(other() / "a.txt"), "mine");
  restore(share_item, ask_with("Overwrite"));
  EXPECT_EQ(read_text(other() / "a.txt"), "alpha");
}

TEST_F(RestoreShare, AFileThatIsMissingIsAWarningAndAllMissingAFailure) {
  restore(share_item, elsewhere(items(R"({"path":"a.txt"},{"path":"gone.txt"},{"path":"dir","fileSpecType":"File"})")));
  EXPECT_EQ(names_below(other()), std::set<std::string>{"a.txt"});
  const auto job = ask(share_item, elsewhere(items(R"({"path":"gone.txt"})")));
  ASSERT_TRUE(job);
  const auto record = finish(*job);
  EXPECT_EQ(record.state, jobs::State::failed);
  EXPECT_EQ(record.error_code, "DataTransferServiceAllFilesFailedToRecover");
  EXPECT_THAT(record.reason, HasSubstr("gone.txt"));
}

TEST_F(RestoreShare, InvalidRequestsAreRefusedAtOnce) {
  struct Case {
    std::string properties;
    std::string code;
    std::string says;
  };
  const std::string item = R"("restoreRequestType":"ItemLevelRestore")";
  const std::vector<Case> cases = {
      {R"("objectType":"IaasVMRestoreRequest","recoveryType":"OriginalLocation")", "BMSUserErrorInvalidInput",
       "AzureFileShareRestoreRequest"},
      {R"("objectType":"AzureFileShareRestoreRequest","recoveryType":"RestoreDisks")", "BMSUserErrorInvalidInput",
       "no disks"},
      {R"("objectType":"AzureFileShareRestoreRequest","recoveryType":"AlternateLocation")", "BMSUserErrorInvalidInput",
       "targetDetails.name"},
      {R"("objectType":"AzureFileShareRestoreRequest","recoveryType":"AlternateLocation","targetDetails":{"name":"x"})",
       "BMSUserErrorInvalidInput", "targetResourceId"},
      {elsewhere("", "nothere"), "TargetFileShareNotFound", "nothere"},
      {original(R"("copyOptions":"Sometimes")"), "BMSUserErrorInvalidInput", "Sometimes"},
      {original(item), "BMSUserErrorInvalidInput", "restoreFileSpecs"},
      {original(items("{}")), "BMSUserErrorInvalidInput", "restoreFileSpecs[0].path"},
      {original(R"("restoreFileSpecs":[{"path":"a.txt"}])"), "BMSUserErrorInvalidInput", "full restore"},
      {original(items(R"({"path":"../etc/passwd"})")), "BMSUserErrorInvalidInput", "../etc/passwd"},
      {original(items(R"({"path":"a.txt"},{"path":"dir/../../x"})")), "BMSUserErrorInvalidInput", "dir/../../x"},
      {original(items(R"({"path":"/etc/passwd"})")), "BMSUserErrorInvalidInput", "/etc/passwd"},
      {original(items(R"({"path":"dir//b.txt"})")), "BMSUserErrorInvalidInput", "dir//b.txt"},
      {original(items(R"({"path":"a.txt","targetFolderPath":"../out"})")), "BMSUserErrorInvalidInput", "../out"},
      {original(items(R"({"path":"a.txt","targetFolderPath":"/out"})")), "BMSUserErrorInvalidInput", "/out"},
      {original(items(R"({"path":"a.txt","targetFolderPath":"."})")), "BMSUserErrorInvalidInput", "'.'"},
  };
  for (const auto& one : cases) {
    EXPECT_FALSE(ask(share_item, one.properties)) << one.properties;
    EXPECT_EQ(code(), one.code) << refused.body;
    EXPECT_THAT(refused.body, HasSubstr(one.says));
    EXPECT_EQ(refused.status, 400);
  }
  EXPECT_EQ(names_below(other()), std::set<std::string>{});
}

TEST_F(RestoreShare, NeverOverTheServersOwnData) {
  shares.own = {root / "objects"};
  shares.all.push_back({"inside", "sa2", SomeAccounts::id("sa2"), root / "objects"});
  shares.all.push_back({"above", "sa2", SomeAccounts::id("sa2"), root});
  for (const auto* share : {"inside", "above"}) {
    EXPECT_FALSE(ask(share_item, elsewhere("", share)));
    EXPECT_EQ(code(), "UserErrorRestoreTargetNotAllowed") << refused.body;
  }
}

TEST_F(RestoreShare, TwoRestoresCannotShareAShare) {
  const auto first = ask(share_item, original());
  ASSERT_TRUE(first) << refused.body;
  EXPECT_FALSE(ask(share_item, original()));
  EXPECT_EQ(code(), "UserErrorAnotherRestoreInProgressOnSameTarget");
  EXPECT_TRUE(ask(share_item, elsewhere()));
  ASSERT_TRUE(fixture.database->write([&](store::Writer& writer) { return engine->request_cancel(writer, *first); }));
  EXPECT_TRUE(ask(share_item, original())) << "a cancelled job holds its target no longer: " << refused.body;
}

TEST_F(RestoreShare, AShareThatWasRemovedMeanwhile) {
  const auto job = ask(share_item, elsewhere());
  ASSERT_TRUE(job);
  shares.all.pop_back();
  EXPECT_EQ(finish(*job).error_code, "TargetFileShareNotFound");
}

TEST_F(RestoreShare, AFullDiskIsReported) {
  if (::mount("none", other().c_str(), "tmpfs", 0, "size=100k") != 0) {
    GTEST_SKIP() << "no file system of its own can be mounted here";
  }
  const auto job = ask(share_item, elsewhere());
  ASSERT_TRUE(job);
  const auto record = finish(*job);
  EXPECT_EQ(record.state, jobs::State::failed);
  EXPECT_EQ(record.error_code, "UserErrorTargetFileShareFull");
  EXPECT_FALSE(std::filesystem::exists(other() / "dir/deep/c.bin")) << "no file is left half written";
  ::umount(other().c_str());
}

TEST_F(RestoreShare, KilledAnywhereItEndsAsIfItHadNotBeen) {
  log::set_sink([](std::string_view) {});
  for (const bool last_one_is_kept : {false, true}) {
    bool survived = false;
    int deaths = 0;
    for (int n = 0; !survived; ++n) {
      const auto job = ask(share_item, elsewhere());
      ASSERT_TRUE(job) << refused.body;
      survived = !run_and_die(*job, n, last_one_is_kept);
      deaths += survived ? 0 : 1;
      EXPECT_EQ(names_below(other()),
                (std::set<std::string>{"a.txt", "dir", "dir/b.txt", "dir/deep", "dir/deep/c.bin", "link"}));
      EXPECT_EQ(read_text(other() / "dir/deep/c.bin"), noise(300'000, 4));
      EXPECT_EQ(held_targets(), std::vector<std::string>{});
      ASSERT_FALSE(HasFailure()) << "died at write " << n;
      ASSERT_LT(n, 100);
      std::filesystem::remove_all(other());
      make_directory("elsewhere");
      reopen(*fixture.database);
      is_running = false;
    }
    EXPECT_GE(deaths, 3);
  }
  log::set_sink(nullptr);
}

TEST(PathInShare, TakesOnlyWhatStaysBelow) {
  for (const auto* good : {"a", "a/b", "a b/ü", "..a/b..", "a/b/"}) {
    EXPECT_TRUE(path_in_share(good, "p")) << good;
  }
  EXPECT_EQ(path_in_share("a/b/", "p").value(), "a/b");
  for (const auto* bad : {"", "/", "/a", "a//b", ".", "..", "a/..", "../a", "a/./b", "a/../b", "a//"}) {
    EXPECT_FALSE(path_in_share(bad, "p")) << bad;
  }
  EXPECT_FALSE(path_in_share(std::string_view("a\0b", 3), "p"));
}

}  // namespace
}  // namespace quaymaster::recovery_services
