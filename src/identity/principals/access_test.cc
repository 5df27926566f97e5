#include "identity/principals/access.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "identity/issuer.h"
#include "identity/principals/records.h"
#include "identity/tokens/published_key.h"
#include "store/sqlite/open_sqlite.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::identity {
namespace {

constexpr std::string_view kRead = "Microsoft.X/jobs/read";

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    const store::Schema schemas[] = {schema()};
    database_ = store::open_in_memory(schemas).value();
    issuer_ = Issuer::open(*database_, clock_, random_, {.signing_key = published_signing_key()}).value();
    made_ = issuer_->create_principal({"one", {}, {}}).value();
    principal_ = issuer_->authenticate(made_.client_id, made_.secret).value();
  }
  Access& access() { return issuer_->access(); }
  RoleAssignment wish(std::string_view scope, std::string_view role = "Reader", std::string id = {}) {
    RoleAssignment requested;
    requested.id = std::move(id);
    requested.object_id = made_.object_id;
    requested.role = find_role(role);
    requested.scope = scope;
    return requested;
  }
  bool may(std::string_view action, std::string_view scope) {
    return issuer_->allowed(principal_, action, scope).value();
  }

  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  CountingRandom random_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Issuer> issuer_;
  Credentials made_;
  Principal principal_;
};

TEST_F(AccessTest, AChangeTakesEffectWithTheNextCheck) {
  EXPECT_FALSE(may(kRead, "/subscriptions/s"));
  const auto put = access().put(wish("/subscriptions/S/"), "boss", false).value();
  EXPECT_EQ(put.put, Access::Put::made);
  EXPECT_EQ(put.assignment.scope, "/subscriptions/S") << "the case stays, the slash goes";
  EXPECT_TRUE(may(kRead, "/Subscriptions/s/resourceGroups/g"));
  EXPECT_EQ(access().remove(put.assignment.id).value()->object_id, made_.object_id);
  EXPECT_FALSE(may(kRead, "/subscriptions/s"));
  EXPECT_FALSE(access().remove(put.assignment.id).value());
}

TEST_F(AccessTest, ARoleBelowIsVisibleOnlyFromAbove) {
  ASSERT_TRUE(access().put(wish("/subscriptions/S/resourceGroups/g", "Backup Reader"), "", false));
  const auto below = [&](std::string_view action, std::string_view scope) {
    return issuer_->allowed_below(principal_, action, scope).value();
  };
  constexpr std::string_view kVaults = "Microsoft.RecoveryServices/vaults/read";
  EXPECT_TRUE(below(kVaults, "/subscriptions/s"));
  EXPECT_FALSE(below("Microsoft.RecoveryServices/vaults/write", "/subscriptions/s"));
  EXPECT_FALSE(below(kVaults, "/subscriptions/s/resourceGroups/g")) << "that is at it";
  EXPECT_FALSE(below(kVaults, "/subscriptions/s/resourceGroups/gg"));
  EXPECT_FALSE(below(kVaults, "/subscriptions/other"));
  EXPECT_TRUE(issuer_->works_below(principal_, "/subscriptions/s").value());
  EXPECT_FALSE(issuer_->works_below(principal_, "/subscriptions/s/resourceGroups/other").value());
}

TEST_F(AccessTest, RolesAtAResourceAreRemovedWithIt) {
  for (const auto* scope : {"/s/G/providers/X/jobs/j", "/s/g/providers/X/jobs/j/parts/p", "/s/g/providers/X/jobs/j%",
                            "/s/g/providers/X/jobs/jj", "/s/g"}) {
    ASSERT_TRUE(access().put(wish(scope, "Backup Reader"), "boss", false)) << scope;
  }
  ASSERT_TRUE(database_->write(
      [&](store::Writer& writer) { return access().remove_within(writer, "/S/g/providers/X/jobs/J/"); }));
  std::vector<std::string> left;
  const auto all = access().assignments().value();
  for (const auto& one : all) {
    left.push_back(one.scope);
  }
  std::ranges::sort(left);
  EXPECT_EQ(left, (std::vector<std::string>{"/s/g", "/s/g/providers/X/jobs/j%", "/s/g/providers/X/jobs/jj"}));
}

TEST_F(AccessTest, ReadsNothingWhileNothingChanges) {
  EXPECT_FALSE(may(kRead, "/"));
  ASSERT_TRUE(database_->write([&](store::Writer& writer) -> Result<> {
    TRY(writer.change("UPDATE auth_principals SET name = 'renamed'"));
    return ok();
  }));
  EXPECT_EQ(access().by_object(made_.object_id).value()->name, "one") << "nobody said that anything changed";
  issuer_->forget();
  EXPECT_EQ(access().by_object(made_.object_id).value()->name, "renamed");
}

TEST_F(AccessTest, TheSameAgainUnderAnotherIdExists) {
  const std::string id = "11111111-0000-4000-8000-000000000001";
  const std::string other = "11111111-0000-4000-8000-000000000002";
  ASSERT_EQ(access().put(wish("/subscriptions/s", "Reader", id), "", false).value().put, Access::Put::made);
  const auto again = access().put(wish("/SUBSCRIPTIONS/S", "Reader", other), "", true).value();
  EXPECT_EQ(again.put, Access::Put::exists);
  EXPECT_EQ(again.assignment.id, id);
  EXPECT_EQ(access().put(wish("/subscriptions/s", "Reader", id), "", false).value().put, Access::Put::exists);
  EXPECT_EQ(access().put(wish("/subscriptions/s", "Owner", id), "", true).value().put, Access::Put::not_permitted);
  auto described = wish("/subscriptions/s", "Reader", id);
  described.description = "why";
  clock_.advance(std::chrono::hours{1});
  EXPECT_EQ(access().put(described, "other", true).value().put, Access::Put::changed);
  const auto stored = access().assignment(id).value().value();
  EXPECT_EQ(stored.description, "why");
  EXPECT_EQ(stored.changed_by, "other");
  EXPECT_EQ(stored.changed - stored.created, std::chrono::hours{1});
  EXPECT_EQ(access().assignments().value().size(), 1u);
}

TEST_F(AccessTest, TheLastOwnerOfEverythingCannotBeRemoved) {
  const auto first = access().put(wish("/", "Owner"), "", false).value().assignment;
  EXPECT_EQ(access().remove(first.id).error().kind(), Errc::precondition);
  EXPECT_EQ(issuer_->remove_principal(made_.client_id).error().kind(), Errc::precondition);
  EXPECT_TRUE(may("Microsoft.X/jobs/delete", "/subscriptions/s")) << "nothing of the refused removal remains";
  const auto other = issuer_->create_administrator({"other", {}, {}}).value();
  EXPECT_TRUE(access().remove(first.id));
  EXPECT_EQ(issuer_->remove_principal(other.client_id).error().kind(), Errc::precondition);
}

TEST_F(AccessTest, NobodyIsGivenARole) {
  auto requested = wish("/");
  requested.object_id = random_.guid().text();
  EXPECT_EQ(access().put(requested, "", false).value().put, Access::Put::no_principal);
  EXPECT_TRUE(access().assignments().value().empty());
}

TEST_F(AccessTest, RemovingAPrincipalRemovesItsTokensSecretsAndRoles) {
  ASSERT_TRUE(access().put(wish("/"), "", false));
  const auto token = issuer_->issue(principal_, "https://management.azure.com", "https://h/adfs");
  ASSERT_TRUE(issuer_->verify(token, Audience::resource_manager, "https://h"));
  EXPECT_EQ(issuer_->remove_principal(made_.client_id).value().name, "one");
  EXPECT_EQ(issuer_->verify(token, Audience::resource_manager, "https://h").error().kind(), Errc::unauthenticated);
  EXPECT_FALSE(issuer_->authenticate(made_.client_id, made_.secret)) << "it was remembered as proven";
  EXPECT_FALSE(may(kRead, "/"));
  EXPECT_TRUE(access().assignments().value().empty());
  EXPECT_EQ(issuer_->remove_principal(made_.client_id).error().kind(), Errc::not_found);
}

TEST_F(AccessTest, NoReaderSeesAnOldAnswerAfterTheChangeReturned) {
  std::atomic<int> epoch = 0;  // odd: the role is assigned
  std::atomic<int> wrong = 0;
  std::atomic<bool> end = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!end) {
        const int before = epoch;
        const bool allowed = may(kRead, "/subscriptions/s");
        if (before % 2 == 1 && !allowed && epoch == before) {
          ++wrong;
        }
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    const auto put = access().put(wish("/subscriptions/s"), "", false).value();
    ++epoch;
    EXPECT_TRUE(may(kRead, "/subscriptions/s"));
    ++epoch;
    ASSERT_TRUE(access().remove(put.assignment.id));
    EXPECT_FALSE(may(kRead, "/subscriptions/s"));
  }
  end = true;
  readers.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(AccessRecords, AssignmentsOfTheFirstVersionGetAnId) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("access-{}.db", ::getpid());
  const auto remove = [&] {
    for (const char* end : {"", "-wal", "-shm", ".lock"}) {
      std::filesystem::remove(file.native() + end);
    }
  };
  remove();
  store::Schema first = schema();
  first.steps = first.steps.first(1);
  {
    const auto old = store::open_sqlite(file, std::span(&first, 1)).value();
    ASSERT_TRUE(old->write([](store::Writer& writer) -> Result<> {
      TRY(
          writer.change("INSERT INTO auth_principals (client_id, object_id, name, salt, secret_hash, created) "
                        "VALUES ('c', 'o', 'admin', x'00', x'00', 5)"));
      TRY(
          writer.change("INSERT INTO auth_role_assignments (object_id, role, scope, created) "
                        "VALUES ('o', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635', '/', 7)"));
      return ok();
    }));
  }
  ManualClock clock(Time{});
  SystemRandom random;
  const store::Schema now = schema();
  std::string id;
  for (int start = 0; start < 2; ++start) {
    const auto database = store::open_sqlite(file, std::span(&now, 1)).value();
    const auto issuer = Issuer::open(*database, clock, random).value();
    const auto assignments = issuer->access().assignments().value();
    ASSERT_EQ(assignments.size(), 1u);
    EXPECT_EQ(assignments[0].scope, "/");
    EXPECT_EQ(assignments[0].changed, assignments[0].created);
    EXPECT_TRUE(parse_guid(assignments[0].id));
    EXPECT_TRUE(id.empty() || id == assignments[0].id) << "once given, it stays";
    id = assignments[0].id;
    EXPECT_TRUE(issuer->allowed({"o", "c", "", ""}, kRead, "/subscriptions/s").value());
  }
  remove();
}

}  // namespace
}  // namespace quaymaster::identity
