// Tables that moved to another owner: a database written by an older version keeps its data.
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/maintenance/scheduler.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "providers/recovery_services/provider.h"
#include "store/sqlite/open_sqlite.h"

namespace quaymaster::recovery_services {
namespace {

/// The tables that "recovery_services" and "recovery_services_policies" created before they got their own owners.
constexpr std::string_view kOldVaults[] = {
    R"(
CREATE TABLE rs_vaults (
  id TEXT PRIMARY KEY, lower_id TEXT NOT NULL UNIQUE, subscription TEXT NOT NULL, lower_group TEXT NOT NULL,
  group_name TEXT NOT NULL, name TEXT NOT NULL, location TEXT NOT NULL, settings TEXT NOT NULL, ready INTEGER NOT NULL,
  created INTEGER NOT NULL, changed INTEGER NOT NULL
) STRICT;
CREATE INDEX rs_vaults_by_subscription ON rs_vaults (subscription, lower_id);
CREATE TABLE rs_operations (
  id TEXT PRIMARY KEY, vault TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, state INTEGER NOT NULL,
  properties TEXT NOT NULL, error_code TEXT NOT NULL, error_message TEXT NOT NULL, started INTEGER NOT NULL,
  ended INTEGER
) STRICT;
CREATE INDEX rs_operations_ended ON rs_operations (ended) WHERE ended IS NOT NULL;
CREATE TABLE rs_containers (
  vault TEXT NOT NULL, lower_name TEXT NOT NULL, name TEXT NOT NULL, lower_source TEXT NOT NULL UNIQUE,
  source_id TEXT NOT NULL, lock TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (vault, lower_name)
) STRICT;
CREATE TABLE rs_known_sources (
  vault TEXT NOT NULL, kind TEXT NOT NULL, lower_id TEXT NOT NULL, PRIMARY KEY (vault, kind, lower_id)
) STRICT;
CREATE TABLE rs_scheduler (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
)",
};

TEST(Schemas, ADatabaseOfAnOlderVersionKeepsWhatItHolds) {
  const auto place = std::filesystem::temp_directory_path() / ("schemas" + std::to_string(::getpid()));
  std::filesystem::create_directories(place);
  const auto file = place / "records.db";
  SystemRandom random;
  const auto vault = random.guid();
  const auto operation = random.guid();
  const auto now = parse_time("2026-11-23T04:29:30Z").value();
  ContainerRecord container{vault, "StorageContainer;Storage;rg;account", "/accounts/account", "NotAcquire", now};
  {
    const store::Schema old[] = {{"recovery_services", kOldVaults}};
    const auto database = store::open_sqlite(file, old).value();
    const auto written = database->write([&](store::Writer& writer) -> Result<> {
      TRY(put_container(writer, container));
      return create_operation(writer, {operation, "/vaults/v", AsyncOperationKind::create_vault}, now);
    });
    ASSERT_TRUE(written) << written.error().cause();
  }
  for (int start = 0; start < 2; ++start) {
    const auto database = store::open_sqlite(file, schemas()).value();
    const auto read = database->read([&](store::Reader& reader) -> Result<> {
      EXPECT_EQ(count_containers(reader, vault).value(), 1);
      EXPECT_TRUE(find_container(reader, vault, container.name));
      return ok();
    });
    ASSERT_TRUE(read) << read.error().cause();
    const auto ended = database->write([&](store::Writer& writer) {
      return start == 0 ? finish_operation(writer, operation, succeeded(), now) : Result<>(ok());
    });
    EXPECT_TRUE(ended) << ended.error().cause();
  }
  std::filesystem::remove_all(place);
}

}  // namespace
}  // namespace quaymaster::recovery_services
