// Requests and answers of the restore routes, byte for byte. Bodies: backup.md 13 and the examples of the
// specification.
#include "providers/recovery_services/restores/restore_world_test.h"

namespace quaymaster::recovery_services {
namespace {

using enum http::Method;

class RestoresGolden : public RestoreWorld {
 protected:
  static std::string disks(const std::string& more = "") {
    return R"({"properties":{"objectType":"IaasVMRestoreRequest","recoveryPointId":"1001","recoveryType":"RestoreDisks",)"
           R"("sourceResourceId":"/subscriptions/5b5b5b5b-0000-4000-8000-000000000001/resourceGroups/rg/providers/)"
           R"(Microsoft.Compute/virtualMachines/vm1","storageAccountId":")" +
           SomeAccounts::id("sa1") +
           R"(","region":"westeurope","createNewCloudService":false,"originalStorageAccountOption":false,)"
           R"("encryptionDetails":{"encryptionEnabled":false})" +
           more + "}}";
  }
};

TEST_F(RestoresGolden, Trigger) {
  EXPECT_EQ(exchange("restores_trigger/disks", post, point_path(machine_item, "/restore"), disks()), "");
  EXPECT_EQ(exchange("restores_trigger/unknown_lun", post, point_path(machine_item, "/restore"),
                     disks(R"(,"restoreDiskLunList":[7])")),
            "");
  const auto files = [](const std::string& path) {
    return R"({"properties":{"objectType":"AzureFileShareRestoreRequest","recoveryType":"AlternateLocation",)"
           R"("sourceResourceId":")" +
           SomeAccounts::id("sa1") +
           R"(","copyOptions":"Overwrite","restoreRequestType":"ItemLevelRestore","restoreFileSpecs":[{"path":")" +
           path +
           R"(","fileSpecType":"File","targetFolderPath":"folder1"}],"targetDetails":{"name":"other",)"
           R"("targetResourceId":")" +
           SomeAccounts::id("sa2") + "\"}}}";
  };
  EXPECT_EQ(exchange("restores_trigger/files", post, point_path(share_item, "/restore"), files("dir/b.txt")), "");
  EXPECT_EQ(
      exchange("restores_trigger/path_leaves_the_share", post, point_path(share_item, "/restore"), files("../secrets")),
      "");
}

TEST_F(RestoresGolden, Validate) {
  const auto body = fmt::format(
      R"({{"id":"{}","properties":{{"objectType":"ValidateIaasVMRestoreOperationRequest","restoreRequest":)",
      point_path(machine_item).substr(0, point_path(machine_item).find('?')));
  const auto request = disks();
  const auto good = body + request.substr(14, request.size() - 15) + "}}";
  EXPECT_EQ(exchange("operation_validate/good", post, at("v1", "/backupValidateOperation"), good), "");
  const auto bad_request = disks(R"(,"restoreDiskLunList":[7])");
  const auto bad = body + bad_request.substr(14, bad_request.size() - 15) + "}}";
  EXPECT_EQ(exchange("operation_validate/bad", post, at("v1", "/backupValidateOperation"), bad), "");
  EXPECT_EQ(exchange("validate_operation_trigger/good", post, at("v1", "/backupTriggerValidateOperation"), good), "");
}

TEST_F(RestoresGolden, ReadAPoint) {
  EXPECT_EQ(exchange("quaymaster_entries/machine", get, point_path(machine_item, "/quaymasterEntries")), "");
  EXPECT_EQ(exchange("quaymaster_content/file", get, point_path(share_item, "/quaymasterContent?path=dir/b.txt")), "");
  EXPECT_EQ(exchange("quaymaster_content/unknown", get, point_path(share_item, "/quaymasterContent?path=none")), "");
}

}  // namespace
}  // namespace quaymaster::recovery_services
