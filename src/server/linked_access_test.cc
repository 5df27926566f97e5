// A role at one's own resources grants no access to others': every row that accepts an id declares what it needs there,
// callers without it are refused, and jobs fail if their caller loses it before they run.
#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "providers/recovery_services/common/source_names.h"
#include "providers/recovery_services/common/vault_record.h"
#include "server/providers_world_test.h"

namespace quaymaster::server {
namespace {

using testing::HasSubstr;

/// Members whose names look like ids of resources but are not.
const std::set<std::string_view> kNoResources = {
    "principalId", "roleDefinitionId", "externalId",  // of Microsoft.Authorization: roles are assigned by its own row
};

/// "properties.storageAccountId" for every text of a body whose name says that it is an id.
void ids_of(const wire::Shape& shape, const std::string& path, std::vector<std::string>& ids, int depth = 0) {
  using Kind = wire::Shape::Kind;
  if (depth > 12) {
    return;
  }
  if (shape.kind == Kind::optional || shape.kind == Kind::list) {
    return ids_of(shape.element(), path, ids, depth + 1);
  }
  if (shape.kind == Kind::text) {
    const auto name = path.substr(path.rfind('.') + 1);
    if (name.ends_with("Id") || name.ends_with("ID") || name == "id") {
      ids.push_back(path);
    }
  }
  if (shape.kind == Kind::record) {
    for (const auto& field : shape.fields) {
      if (!field.is_read_only) {
        ids_of(field.shape(), fmt::format("{}{}{}", path, path.empty() ? "" : ".", field.name), ids, depth + 1);
      }
    }
  }
}

class LinkedAccessTest : public ProvidersTest {
 protected:
  LinkedAccessTest() {
    const auto made = issuer_->create_administrator({"boss", {}, {}}).value();
    boss_ = issuer_->authenticate(made.client_id, made.secret).value();
  }

  std::string group(std::string_view name) const { return fmt::format("{}/resourceGroups/{}", subscription_, name); }
  std::string account(std::string_view of) const {
    return fmt::format("{}/providers/Microsoft.Storage/storageAccounts/account{}", group(of), of);
  }
  std::string share(std::string_view of) const {
    return account(of) + "/fileServices/default/shares/share" + std::string(of);
  }
  std::string machine(std::string_view of) const {
    return fmt::format("{}/providers/Microsoft.Compute/virtualMachines/vm{}", group(of), of);
  }
  std::string disk_id(std::string_view of) const {
    return fmt::format("{}/providers/Microsoft.Compute/disks/disk{}", group(of), of);
  }
  std::string vault(std::string_view of = "a") const {
    return fmt::format("{}/providers/Microsoft.RecoveryServices/vaults/vault{}", group(of), of);
  }
  std::string machine_item(std::string_view of) const {
    return fmt::format(
        "{}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;{};vm{}"
        "/protectedItems/VM;iaasvmcontainerv2;{};vm{}",
        vault(), of, of, of, of);
  }
  std::string container(std::string_view of) const {
    return fmt::format("{}/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;{};account{}", vault(), of,
                       of);
  }
  std::string share_item(std::string_view of) const {
    return fmt::format("{}/protectedItems/AzureFileShare;share{}", container(of), of);
  }

  struct Call {
    std::string what;
    http::Method method;
    std::string path;
    std::string body;
  };
  http::Reply send(const identity::Principal& caller, const Call& call) {
    return ask(call.method,
               call.path + (call.path.find('?') == std::string::npos ? "?" : "&") + "api-version=2023-04-01", call.body,
               token_of(caller));
  }
  http::Reply put(const std::string& path, const std::string& body) {
    return send(boss_, {"", http::Method::put, path, body});
  }
  void made(const std::string& path, const std::string& body) {
    const auto reply = put(path, body);
    ASSERT_LT(reply.status, 300) << path << ' ' << reply.body;
  }
  void give(const identity::Principal& caller, std::string_view role, const std::string& scope) {
    ASSERT_TRUE(issuer_->assign_role(caller.object_id, role, scope));
  }
  void take_back(const identity::Principal& caller, const std::string& scope) {
    const auto all = issuer_->access().assignments().value();
    for (const auto& one : all) {
      if (one.object_id == caller.object_id && equal_ignoring_case(one.scope, scope)) {
        ASSERT_TRUE(issuer_->access().remove(one.id));
      }
    }
  }

  /// Group, account with a share, disk and machine; in the group a also a vault.
  void make_estate(const std::string& of) {
    made(group(of), R"({"location":"westeurope"})");
    made(account(of), R"({"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"}})");
    std::filesystem::create_directories(root_ / "shares" / of / "deeper");
    std::ofstream(root_ / "shares" / of / "file.txt") << "of " << of;
    std::ofstream(root_ / "images" / (of + ".raw")) << std::string(1 << 20, of[0]);
    made(share(of), share_body(root_ / "shares" / of));
    made(disk_id(of), disk_body(root_ / "images" / (of + ".raw")));
    made(machine(of), machine_body(of));
  }
  void make_vault() {
    made(vault(), R"({"location":"westeurope","sku":{"name":"Standard"},"properties":{}})");
    made(vault() + "/backupPolicies/Shares",
         R"({"properties":{"backupManagementType":"AzureStorage","workLoadType":"AzureFileShare","schedulePolicy":{)"
         R"("schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily","scheduleRunTimes":)"
         R"(["2026-01-01T20:00:00Z"]},"timeZone":"UTC","retentionPolicy":{"retentionPolicyType":)"
         R"("LongTermRetentionPolicy","dailySchedule":{"retentionTimes":["2026-01-01T20:00:00Z"],)"
         R"("retentionDuration":{"count":30,"durationType":"Days"}}}}})");
  }
  static std::string share_body(const Path& directory) {
    return fmt::format(R"({{"properties":{{"metadata":{{"quaymaster_path":"{}"}}}}}})", directory.native());
  }
  static std::string disk_body(const Path& image) {
    return fmt::format(R"({{"location":"westeurope","properties":{{"creationData":{{"createOption":"Import",)"
                       R"("sourceUri":"{}"}}}}}})",
                       image.native());
  }
  std::string machine_body(std::string_view of) const {
    return fmt::format(R"({{"location":"westeurope","properties":{{"storageProfile":{{"osDisk":{{"managedDisk":)"
                       R"({{"id":"{}"}}}}}}}}}})",
                       disk_id(of));
  }

  // The calls during the life of a backup.
  Call protect_machine(std::string_view of) const {
    return {"protect machine", http::Method::put, machine_item(of),
            fmt::format(R"({{"properties":{{"protectedItemType":"Microsoft.Compute/virtualMachines",)"
                        R"("sourceResourceId":"{}","policyId":"{}/backupPolicies/DefaultPolicy"}}}})",
                        machine(of), vault())};
  }
  Call intend_machine(std::string_view of) const {
    return {"intend machine", http::Method::put,
            fmt::format("{}/backupFabrics/Azure/backupProtectionIntent/vm;iaasvmcontainerv2;{};vm{}", vault(), of, of),
            fmt::format(R"({{"properties":{{"protectionIntentItemType":"AzureResourceItem","sourceResourceId":"{}",)"
                        R"("policyId":"{}/backupPolicies/DefaultPolicy"}}}})",
                        machine(of), vault())};
  }
  Call register_account(std::string_view of) const {
    return {"register account", http::Method::put, container(of),
            fmt::format(R"({{"properties":{{"backupManagementType":"AzureStorage","containerType":"StorageContainer",)"
                        R"("sourceResourceId":"{}"}}}})",
                        account(of))};
  }
  Call protect_share(std::string_view of) const {
    return {"protect share", http::Method::put, share_item(of),
            fmt::format(R"({{"properties":{{"protectedItemType":"AzureFileShareProtectedItem",)"
                        R"("sourceResourceId":"{}","policyId":"{}/backupPolicies/Shares"}}}})",
                        account(of), vault())};
  }
  static std::string machine_restore(std::string_view recovery, const std::string& more) {
    return fmt::format(R"({{"objectType":"IaasVMRestoreRequest","recoveryType":"{}"{}}})", recovery, more);
  }
  Call restore(std::string what, const std::string& point, const std::string& request) const {
    return {std::move(what), http::Method::post, point + "/restore", R"({"properties":)" + request + "}"};
  }
  Call restore_disks_to_account(const std::string& point, std::string_view of) const {
    return restore("restore disks to account", point,
                   machine_restore("RestoreDisks", fmt::format(R"(,"storageAccountId":"{}")", account(of))));
  }
  Call restore_disks_to_group(const std::string& point, std::string_view of) const {
    return restore(
        "restore disks to group", point,
        machine_restore("RestoreDisks", fmt::format(R"(,"storageAccountId":"{}","targetResourceGroupId":"{}")",
                                                    account("a"), group(of))));
  }
  Call restore_new_machine(const std::string& point, std::string_view of) const {
    return restore(
        "restore a new machine", point,
        machine_restore("AlternateLocation", fmt::format(R"(,"storageAccountId":"{}","targetResourceGroupId":"{}",)"
                                                         R"("targetVirtualMachineId":"{}new")",
                                                         account("a"), group(of), machine(of))));
  }
  Call restore_original(const std::string& point) const {
    return restore("restore over the machine", point,
                   machine_restore("OriginalLocation", fmt::format(R"(,"storageAccountId":"{}")", account("a"))));
  }
  Call restore_share(const std::string& point, std::string_view of) const {
    return restore("restore files", point,
                   fmt::format(R"({{"objectType":"AzureFileShareRestoreRequest","recoveryType":"AlternateLocation",)"
                               R"("copyOptions":"Overwrite","restoreRequestType":"FullShareRestore","targetDetails":)"
                               R"({{"name":"share{}","targetResourceId":"{}"}}}})",
                               of, account(of)));
  }
  Call validate(const std::string& point, std::string_view of) const {
    return {
        "validate", http::Method::post, vault() + "/backupValidateOperation",
        fmt::format(R"({{"id":"{}","properties":{{"objectType":"ValidateIaasVMRestoreOperationRequest",)"
                    R"("restoreRequest":{}}}}})",
                    point, machine_restore("RestoreDisks", fmt::format(R"(,"storageAccountId":"{}")", account(of))))};
  }
  Call import_to(std::string what, const std::string& account_id) const {
    return {
        std::move(what), http::Method::put,
        fmt::format("{}/providers/Microsoft.ImportExport/jobs/{}", group("a"), std::hash<std::string>()(account_id)),
        fmt::format(R"({{"location":"westus","properties":{{"storageAccountId":"{}","jobType":"Import",)"
                    R"("returnAddress":{{"recipientName":"A. Person","streetAddress1":"1 Road","city":"Town",)"
                    R"("postalCode":"10000","countryOrRegion":"FR","phone":"0100000000","email":"a@example.org"}},)"
                    R"("driveList":[{{"driveId":"D1","bitLockerKey":"111111-222222","manifestFile":"\\m.xml",)"
                    R"("manifestHash":"AB"}}]}}}})",
                    account_id)};
  }

  /// Runs every job of the vault to its end.
  void work() {
    if (!started_) {
      jobs_->start();
      started_ = true;
    }
    std::vector<jobs::Record> all;
    ASSERT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
      TRY(const auto found,
          recovery_services::find_vault(reader, recovery_services::VaultPath{subscription_.substr(15), "a", "vaulta"}));
      TRY(all, jobs_->list(reader, found.id.text(), 1000));
      return ok();
    }));
    for (const auto& job : all) {
      ASSERT_TRUE(jobs_->wait(job.id, Time::max()));
    }
  }
  /// Waits until the newest job was started and postponed, so that the time of its retry is known.
  void await_held_job() {
    for (bool held = false; !held;) {
      ASSERT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
        TRY(const auto found, recovery_services::find_vault(
                                  reader, recovery_services::VaultPath{subscription_.substr(15), "a", "vaulta"}));
        TRY(const auto all, jobs_->list(reader, found.id.text(), 1000));
        held = std::ranges::any_of(all, [](const auto& job) { return job.state == jobs::State::paused; });
        return ok();
      }));
    }
  }
  std::string get(const std::string& path) { return send(boss_, {"", http::Method::get, path, ""}).body; }
  /// The id of the item's only recovery point.
  std::string point_of(const std::string& item) {
    const auto list = get(item + "/recoveryPoints");
    const auto at = list.find("/recoveryPoints/");
    EXPECT_NE(at, std::string::npos) << list;
    return at == std::string::npos ? item : item + list.substr(at, list.find('"', at) - at);
  }

  identity::Principal boss_;
  bool started_ = false;
};

TEST_F(LinkedAccessTest, EveryIdInABodyIsDeclared) {
  int walked = 0;
  each_row([&](const arm::Provider& provider, const arm::Operation& row) {
    if (!row.offered || row.handler.body == nullptr) {
      EXPECT_TRUE(row.links.empty()) << row.id << " takes no body";
      return;
    }
    ASSERT_NE(row.handler.body().kind, wire::Shape::Kind::json)
        << row.id << ": a body without a shape has to be walked here";
    std::vector<std::string> ids;
    ids_of(row.handler.body(), "", ids);
    for (const auto& id : ids) {
      if (kNoResources.contains(std::string_view(id).substr(id.rfind('.') + 1)) &&
          provider.name != "Microsoft.RecoveryServices") {
        continue;
      }
      ++walked;
      const auto declared = std::ranges::count(row.links, std::string_view(id), &arm::Link::member);
      EXPECT_GT(declared, 0) << row.id << " takes '" << id << "' and does not say what is needed there";
    }
    for (const auto& link : row.links) {
      EXPECT_NE(std::ranges::find(ids, link.member), ids.end()) << row.id << " takes no '" << link.member << "'";
      EXPECT_EQ(link.action.empty(), !link.why.empty()) << row.id << ' ' << link.member;
    }
  });
  EXPECT_GT(walked, 25);
}

TEST_F(LinkedAccessTest, RolesAtOwnResourcesGrantNothingElsewhere) {
  make_estate("a");
  make_estate("b");
  make_vault();
  // What the vault may use: its own machine and share, and B's account, registered by a caller with permission.
  for (const auto& call : {protect_machine("a"), register_account("a"), register_account("b")}) {
    ASSERT_EQ(send(boss_, call).status, 202) << call.what;
    work();
  }
  ASSERT_EQ(send(boss_, protect_share("a")).status, 202);
  work();
  for (const auto& item : {machine_item("a"), share_item("a")}) {
    const auto type = item.find(";iaas") != std::string::npos ? "IaasVMBackupRequest" : "AzureFileShareBackupRequest";
    const auto reply = send(boss_, {"", http::Method::post, item + "/backup",
                                    fmt::format(R"({{"properties":{{"objectType":"{}"}}}})", type)});
    ASSERT_EQ(reply.status, 202) << reply.body;
    work();
  }
  const auto of_machine = point_of(machine_item("a"));
  const auto of_share = point_of(share_item("a"));

  const std::vector<Call> of_backups{protect_machine("b"),
                                     intend_machine("b"),
                                     register_account("b"),
                                     protect_share("b"),
                                     restore_disks_to_account(of_machine, "b"),
                                     restore_disks_to_group(of_machine, "b"),
                                     restore_new_machine(of_machine, "b"),
                                     restore_share(of_share, "b"),
                                     validate(of_machine, "b")};
  const auto classic = fmt::format("{}/providers/Microsoft.ClassicStorage/storageAccounts/accountb", group("a"));
  const std::vector<Call> of_resources{
      import_to("import", account("b")),
      import_to("import to a classic account's id", classic),
      {"disk of an image", http::Method::put, group("a") + "/providers/Microsoft.Compute/disks/stolen",
       disk_body(root_ / "images/b.raw")},
      {"machine of a disk", http::Method::put, machine("a") + "2", machine_body("b")},
      {"share of a directory", http::Method::put, account("a") + "/fileServices/default/shares/stolen",
       share_body(root_ / "shares/b")},
      {"share below a directory", http::Method::put, account("a") + "/fileServices/default/shares/stolen",
       share_body(root_ / "shares/b/deeper")},
  };
  const Call root{"share of all directories", http::Method::put,
                  account("a") + "/fileServices/default/shares/everything", share_body(root_ / "shares")};

  const auto expect_refused = [&](const identity::Principal& caller, const Call& call) {
    const auto reply = send(caller, call);
    EXPECT_EQ(reply.status, 403) << caller.name << ": " << call.what << ' ' << reply.body;
    EXPECT_THAT(reply.body, HasSubstr(R"("code":"LinkedAuthorizationFailed")")) << caller.name << ": " << call.what;
  };
  const auto operator_of_a = make_caller("operator");
  const auto contributor_of_vault = make_caller("backup contributor");
  for (const auto& [caller, role] :
       {std::pair{operator_of_a, "Backup Operator"}, {contributor_of_vault, "Backup Contributor"}}) {
    give(caller, role, vault());
    give(caller, "Contributor", account("a"));
    for (const auto& call : of_backups) {
      if (call.what != "register account" || role != std::string_view("Backup Operator")) {
        expect_refused(caller, call);
      }
    }
    // The callers may not overwrite their own machine or the share, although the vault may read both.
    expect_refused(caller, restore_original(of_machine));
  }
  const auto contributor = make_caller("contributor");
  give(contributor, "Contributor", group("a"));
  for (const auto& calls : {of_backups, of_resources, {root}}) {
    for (const auto& call : calls) {
      expect_refused(contributor, call);
    }
  }
  EXPECT_THAT(get(machine_item("b")), HasSubstr("error")) << "nothing came of it";

  // With a role at B the same calls succeed.
  give(contributor, "Contributor", group("b"));
  for (const auto& calls : {of_backups, of_resources}) {
    for (const auto& call : calls) {
      const auto reply = send(contributor, call);
      EXPECT_NE(reply.status, 403) << call.what << ' ' << reply.body;
      if (call.what == "validate") {
        EXPECT_THAT(reply.body, HasSubstr(R"("validationResults":[])"));
      } else if (call.what != "intend machine" && call.what != "machine of a disk") {  // both are in use by now
        EXPECT_LT(reply.status, 300) << call.what << ' ' << reply.body;
      }
      work();
    }
  }
  expect_refused(contributor, root);
  EXPECT_LT(send(boss_, root).status, 300);
}

TEST_F(LinkedAccessTest, AJobWhoseCallerLostTheRoleFails) {
  make_estate("a");
  make_estate("b");
  make_vault();
  ASSERT_EQ(send(boss_, protect_machine("a")).status, 202);
  work();
  ASSERT_EQ(send(boss_, {"", http::Method::post, machine_item("a") + "/backup",
                         R"({"properties":{"objectType":"IaasVMBackupRequest"}})"})
                .status,
            202);
  work();
  const auto point = point_of(machine_item("a"));
  const auto caller = make_caller("caller");
  give(caller, "Contributor", group("a"));
  for (const auto& call : {protect_machine("b"), register_account("b"), restore_disks_to_account(point, "b")}) {
    give(caller, "Contributor", group("b"));
    held_ = true;
    const auto reply = send(caller, call);
    ASSERT_EQ(reply.status, 202) << call.what << ' ' << reply.body;
    await_held_job();
    take_back(caller, group("b"));
    held_ = false;
    clock_.advance(std::chrono::minutes{2});  // a postponed job is retried after a while
    work();
    const auto failed = get(vault() + "/backupJobs?$filter=status%20eq%20'Failed'");
    EXPECT_THAT(failed, HasSubstr(R"("status":"Failed")")) << call.what;
    const auto at = failed.find("/backupJobs/");
    const auto job = failed.substr(at + 12, 36);
    EXPECT_THAT(get(vault() + "/backupJobs/" + job), HasSubstr("on the linked scope(s)")) << call.what;
  }
  EXPECT_THAT(get(machine_item("b")), HasSubstr("error"));
  EXPECT_THAT(get(container("b")), HasSubstr("error"));
}

TEST_F(LinkedAccessTest, StoppingProtectionNeedsNothingAtTheSource) {
  make_estate("a");
  make_estate("b");
  make_vault();
  ASSERT_EQ(send(boss_, protect_machine("b")).status, 202);
  work();
  give(caller_, "Backup Operator", vault());
  const auto stop = [&](std::string_view policy) {
    return Call{"stop", http::Method::put, machine_item("b"),
                fmt::format(R"({{"properties":{{"protectedItemType":"Microsoft.Compute/virtualMachines",)"
                            R"("sourceResourceId":"{}","protectionState":"ProtectionStopped","policyId":"{}"}}}})",
                            machine("b"), policy)};
  };
  EXPECT_EQ(send(caller_, stop("")).status, 202);
  work();
  EXPECT_EQ(send(caller_, stop(vault() + "/backupPolicies/DefaultPolicy")).status, 403) << "that would resume it";
  EXPECT_EQ(send(caller_, protect_machine("b")).status, 403);
}

/// Recreating something under a deleted name owes nothing to those who had roles there.
TEST_F(LinkedAccessTest, RolesAreRemovedWithTheirScope) {
  make_estate("a");
  make_vault();
  const std::vector<std::string> ids{vault(), machine("a"), disk_id("a"), share("a"), account("a")};
  for (const auto& id : ids) {
    give(caller_, "Owner", id);
    give(caller_, "Reader", id + "/below/it");
    give(caller_, "Reader", id + "2");
  }
  const auto at = [&](const std::string& scope) {
    return std::ranges::count_if(issuer_->access().assignments().value(), [&](const identity::RoleAssignment& one) {
      return one.object_id == caller_.object_id && equal_ignoring_case(one.scope, scope);
    });
  };
  for (const auto& id : ids) {
    const auto reply = send(boss_, {"", http::Method::del, id, ""});
    EXPECT_LT(reply.status, 300) << id << ' ' << reply.body;
    EXPECT_EQ(at(id), 0) << id;
    EXPECT_EQ(at(id + "/below/it"), 0) << id;
    EXPECT_EQ(at(id + "2"), 1) << id;
  }
  made(account("a"), R"({"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"}})");
  const Call keys{"keys", http::Method::post, account("a") + "/listKeys", ""};
  EXPECT_EQ(send(caller_, keys).status, 403);

  give(caller_, "Owner", group("a"));
  give(caller_, "Owner", account("a"));
  EXPECT_EQ(send(caller_, keys).status, 200);
  const auto reply = send(boss_, {"", http::Method::del, group("a"), ""});
  ASSERT_EQ(reply.status, 202);
  jobs_->start();
  const auto where = std::string(*reply.headers.get("Location"));
  const auto job = parse_guid(where.substr(where.find("operationresults/") + 17, 36)).value();
  ASSERT_EQ(jobs_->wait(job, Time::max()).value().state, jobs::State::succeeded);
  make_estate("a");
  EXPECT_EQ(send(caller_, keys).status, 403);
  EXPECT_EQ(send(caller_, {"", http::Method::get, group("a"), ""}).status, 403);
}

/// The same below a vault that stays: a machine that is protected again has the id of the deleted item.
TEST_F(LinkedAccessTest, RolesAreRemovedWithPartsOfAVault) {
  make_estate("a");
  make_vault();
  EXPECT_LT(
      put(vault() + "/backupconfig/vaultconfig", R"({"properties":{"softDeleteFeatureState":"Disabled"}})").status,
      300);
  ASSERT_EQ(send(boss_, protect_machine("a")).status, 202);
  ASSERT_EQ(send(boss_, register_account("a")).status, 202);
  work();
  for (const auto& id : {machine_item("a"), container("a"), vault() + "/backupPolicies/Shares"}) {
    give(caller_, "Reader", id);
    ASSERT_EQ(send(caller_, {"", http::Method::get, id, ""}).status, 200) << id;
    EXPECT_LT(send(boss_, {"", http::Method::del, id, ""}).status, 300) << id;
    work();
    EXPECT_EQ(send(caller_, {"", http::Method::get, id, ""}).status, 403) << id;
  }
}

/// The paths of items and containers have several spellings; a role may have been assigned at any of them.
TEST_F(LinkedAccessTest, RolesGoWhateverTheSpellingTheyWereGivenAt) {
  make_estate("a");
  make_vault();
  EXPECT_LT(
      put(vault() + "/backupconfig/vaultconfig", R"({"properties":{"softDeleteFeatureState":"Disabled"}})").status,
      300);
  const auto containers = vault() + "/backupFabrics/Azure/protectionContainers/";
  ASSERT_TRUE(machine_item("a").starts_with(containers + "IaasVMContainer;"));
  auto bare = machine_item("a");
  bare.erase(containers.size(), std::string_view("IaasVMContainer;").size());
  auto bare_item = bare;
  bare_item.erase(bare_item.find("/VM;") + 1, 3);
  auto item_alone = machine_item("a");
  item_alone.erase(item_alone.find("/VM;") + 1, 3);
  const auto encoded = percent_encode(machine_item("a"), "/");
  ASSERT_NE(encoded, machine_item("a"));
  const auto container_of_machine = bare.substr(0, bare.find("/protectedItems"));
  const auto assign = [&](const std::string& scope) {
    const Call call{
        "assign", http::Method::put,
        fmt::format("{}/providers/Microsoft.Authorization/roleAssignments/{}", scope, random_.guid().text()),
        fmt::format(R"({{"properties":{{"roleDefinitionId":"/providers/Microsoft.Authorization/)"
                    R"(roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7","principalId":"{}"}}}})",
                    caller_.object_id)};
    const auto reply = send(boss_, call);
    EXPECT_EQ(reply.status, 201) << scope << ' ' << reply.body;
  };
  for (const auto& scope : {machine_item("a"), to_lower(machine_item("a")) + "/", bare, bare_item, item_alone, encoded,
                            vault() + "/" + machine_item("a").substr(vault().size()), container_of_machine}) {
    ASSERT_EQ(send(boss_, protect_machine("a")).status, 202);
    work();
    assign(scope);
    ASSERT_EQ(send(caller_, {"", http::Method::get, scope, ""}).status, 200) << scope;
    ASSERT_LT(send(boss_, {"", http::Method::del, machine_item("a"), ""}).status, 300) << scope;
    work();
    EXPECT_EQ(send(caller_, {"", http::Method::get, scope, ""}).status, 403) << scope;
    const auto left = issuer_->access().assignments().value();
    EXPECT_TRUE(std::ranges::none_of(left, [&](const auto& one) { return one.object_id == caller_.object_id; }))
        << scope;
  }
}

/// Deleting a group that holds a protected item removes nothing, says what blocks it, and leaves the group unchanged.
TEST_F(LinkedAccessTest, AGroupThatCannotBeDeletedIsUnchanged) {
  make_estate("a");
  make_vault();
  ASSERT_EQ(send(boss_, protect_machine("a")).status, 202);
  work();
  const Call remove{"", http::Method::del, group("a"), ""};
  for (int i = 0; i < 2; ++i) {
    const auto refused = send(boss_, remove);
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr(R"("code":"ResourceGroupDeletionBlocked")"));
    EXPECT_THAT(refused.body, HasSubstr("vaulta"));
    EXPECT_THAT(refused.body, HasSubstr("vma"));
    EXPECT_THAT(get(group("a")), HasSubstr(R"("provisioningState":"Succeeded")"));
  }
  for (const auto& id : {account("a"), machine("a"), disk_id("a"), share("a"), vault()}) {
    EXPECT_THAT(get(id), testing::Not(HasSubstr("error"))) << id;
  }
  // What the refusal suggests is possible.
  EXPECT_LT(
      put(vault() + "/backupconfig/vaultconfig", R"({"properties":{"softDeleteFeatureState":"Disabled"}})").status,
      300);
  ASSERT_EQ(send(boss_, {"", http::Method::del, machine_item("a"), ""}).status, 202);
  work();
  const auto accepted = send(boss_, remove);
  ASSERT_EQ(accepted.status, 202) << accepted.body;
  const auto where = std::string(*accepted.headers.get("Location"));
  const auto job = parse_guid(where.substr(where.find("operationresults/") + 17, 36)).value();
  EXPECT_EQ(jobs_->wait(job, Time::max()).value().state, jobs::State::succeeded);
  EXPECT_THAT(get(group("a")), HasSubstr("ResourceGroupNotFound"));
}

}  // namespace
}  // namespace quaymaster::server
