// Whole processes are killed at arbitrary instants while backups, restores, checks, collections and retention run as
// jobs. The next process completes what was begun.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "base/log.h"
#include "identity/principals/records.h"
#include "identity/tokens/published_key.h"
#include "jobs/engine.h"
#include "providers/recovery_services/backups/backup_world_test.h"
#include "providers/recovery_services/points/points.h"
#include "store/sqlite/open_sqlite.h"
#include "testing/base/test_death.h"
#include "workload/tree.h"

namespace quaymaster::recovery_services {
namespace {

using workload::test::noise;
using workload::test::read;
using workload::test::write;

enum class Work { backup, restore, check, collect, retention };
constexpr std::array kWorks{Work::backup, Work::restore, Work::check, Work::collect, Work::retention};
constexpr int kDeathsOfEach = 16;
constexpr int kDeathsOfEngine = 120;  // see src/workload/bundle/kill_test.cc: the same five works without jobs
static_assert(kDeathsOfEach * kWorks.size() + kDeathsOfEngine >= 200);

std::string name_of(Work work) {
  constexpr std::array<const char*, kWorks.size()> kNames{"Backup", "Restore", "Check", "Collect", "Retention"};
  return kNames.at(static_cast<std::size_t>(work));
}

// The content of every source tells which state it is, so that whatever was stored of it can be compared byte for
// byte.

constexpr std::size_t kImage = 400'000;

Buffer image_of(std::uint64_t version, std::int64_t lun) {
  auto bytes = noise(kImage, static_cast<std::uint32_t>(lun + 10));
  const auto changed = noise(40'000, static_cast<std::uint32_t>(1000 + version));
  const auto at = 8 + version % 7 * 50'000;
  std::ranges::copy(changed, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  std::memcpy(bytes.data(), &version, sizeof version);
  return bytes;
}
Buffer file_of(std::uint32_t number) {
  return noise(2000 + number * 700 % 60'000, number);
}

void change_sources(const Path& yard, std::uint64_t version) {
  write(yard / "images/vm1-os.raw", image_of(version, -1));
  write(yard / "images/data0.raw", image_of(version, 0));
  for (auto number = 4 * static_cast<std::uint32_t>(version); number < 4 * (version + 1); ++number) {
    write(yard / fmt::format("share/d{}/{}", number % 3, number), file_of(number));
  }
}

void expect_image(const Buffer& bytes, std::int64_t lun) {
  std::uint64_t version = 0;
  ASSERT_EQ(bytes.size(), kImage);
  std::memcpy(&version, bytes.data(), sizeof version);
  EXPECT_EQ(bytes, image_of(version, lun));
}

/// A complete Recovery Services with its records in files: one life of a server. Created in a separate process, which
/// ends without destroying it.
class Life : public BackupWorld {
 public:
  Life(const Path& yard, int turn) {
    close();
    std::filesystem::remove_all(root);
    root = yard;
    memory_ = std::move(fixture.database);
    auto all = all_schemas();
    all.push_back(identity::schema());
    all.push_back(arm::schema());
    fixture.database = store::open_sqlite(yard / "records.db", all, &fixture.clock).value();
    fixture.clock.advance(std::chrono::minutes{turn});
    identity::IssuerOptions options;
    options.tenant = arm::ArmFixture::kTenant;
    options.signing_key = identity::published_signing_key();
    fixture.issuer = identity::Issuer::open(*fixture.database, fixture.clock, random, options).value();
    if (turn == 0) {
      check(static_cast<bool>(fixture.issuer->create_administrator({"lab", {}, {}})));
    }
    const auto known = fixture.issuer->access().principals().value().front();
    fixture.principal = {known.object_id, known.client_id, options.tenant, known.name};
    fixture.token = fixture.issuer->issue(fixture.principal, "https://management.azure.com",
                                          fmt::format("{}/{}/v2.0", arm::ArmFixture::kBase, options.tenant));
    fixture.groups =
        arm::ResourceGroups::open(*fixture.database, fixture.clock, random, options.tenant,
                                  {.subscription = std::string(arm::ArmFixture::kSubscription), .display_name = "Lab"})
            .value();
    for (int i = 0; i < 500 * turn; ++i) {  // so that no two lives produce the same ids
      job_ids.guid();
      fixture.random.guid();
    }
    accounts.names = {"sa1", "sa2"};
    if (turn == 0) {
      fixture.make_group("rg");
      open(*fixture.database);
      SetUp();
      std::filesystem::remove_all(root / "share");
      change_sources(root, 0);
    } else {
      open(*fixture.database);
      recall();
    }
    shares.add("sa2", "other");
    shares.all.back().directory = root / "other";
    std::filesystem::create_directories(root / "other");
  }
  void TestBody() override {}
  void start() { engine->start(); }

  void run(Work work) {
    switch (work) {
      case Work::backup: {
        const auto first = trigger(machine);
        const auto second = trigger(share);
        ended(first);
        ended(second);
        return;
      }
      case Work::restore:
        ended(job_of(
            fixture.post(item_at(share, fmt::format("/recoveryPoints/{}/restore", points(share).front().name)),
                         R"({"properties":{"objectType":"AzureFileShareRestoreRequest","recoveryType":)"
                         R"("AlternateLocation","copyOptions":"Overwrite","restoreRequestType":"FullShareRestore",)"
                         R"("targetDetails":{"name":"other","targetResourceId":")" +
                             SomeAccounts::id("sa2") + "\"}}}")));
        return;
      case Work::check:
        EXPECT_EQ(fixture.post(at("v1", "/quaymasterCheck"), "{}").status, 202);
        break;
      case Work::collect:
        EXPECT_EQ(fixture.post(at("v1", "/quaymasterCollect"), "{}").status, 202);
        break;
      case Work::retention:
        for (const auto& item : {machine, share}) {
          auto old = points(item);
          old.erase(old.begin(), old.begin() + std::min<std::ptrdiff_t>(2, std::ssize(old)));
          EXPECT_TRUE(provider->points().expire(item, old));
        }
        return;
    }
    await_idle();
  }

  void await_idle() {
    for (;;) {
      const auto count = look_up([](store::Reader& reader) { return jobs::count_unfinished(reader); }).value();
      if (count.queued + count.running + count.paused == 0) {
        return;
      }
      std::this_thread::yield();
    }
  }

  /// What must hold after a new life has completed what was begun.
  void expect_sound(bool every_byte) {
    await_idle();
    const auto jobs =
        look_up([&](store::Reader& reader) { return list_jobs(reader, vault.id, {}, {}, 10'000); }).value();
    for (const auto& job : jobs) {
      EXPECT_EQ(job.status, JobStatus::completed) << job.id.text();
    }
    EXPECT_TRUE(look_up([](store::Reader& reader) { return unfinished_jobs(reader, {}, 1); }).value().empty());
    EXPECT_FALSE(points(machine).empty());
    EXPECT_FALSE(points(share).empty());
    EXPECT_EQ(engines_vault().stats().value().points, points(machine).size() + points(share).size());
    const auto depth = every_byte ? vault::CheckDepth::every_byte : vault::CheckDepth::structure;
    EXPECT_TRUE(engines_vault().check(depth, {}).value().damage.empty());
    if (!every_byte) {
      return;
    }
    for (const auto& point : points(machine)) {
      expect_image(disk_in(point, -1), -1);
      expect_image(disk_in(point, 0), 0);
    }
    for (const auto& point : points(share)) {
      const auto target = root / "restored";
      std::filesystem::remove_all(target);
      const auto point_root = engines_vault().point(point.id).value().root;
      const auto restored =
          workload::tree_target(target)->restore(point_root, workload::open_with(engines_vault()), {});
      ASSERT_TRUE(restored) << restored.error().cause();
      EXPECT_EQ(restored.value().failed, 0U);
      EXPECT_GE(expect_files(target), 4U);
    }
    expect_files(root / "other");
  }

 private:
  static std::size_t expect_files(const Path& directory) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      if (!entry.is_regular_file()) {
        continue;
      }
      ++files;
      const auto number = static_cast<std::uint32_t>(std::stoul(entry.path().filename().string()));
      const auto bytes = file_of(number);
      EXPECT_EQ(read(entry.path()), bytes) << entry.path();
    }
    return files;
  }

  /// Loads what SetUp created in the first life.
  void recall() {
    vault = look_up([](store::Reader& reader) {
              return find_vault(reader, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"});
            }).value();
    machines.add("rg", "vm1");
    auto& described = machines.machines.back();
    described.size = "Standard_DS1_v2";
    described.os_disk = {"vm1-os", "/disks/vm1-os", -1, image_path("vm1-os"), "raw", kImage};
    described.data_disks = {{"data0", "/disks/data0", 0, image_path("data0"), "raw", kImage}};
    shares.add("sa1", "share1");
    shares.all.back().directory = root / "share";
    const auto items = look_up([&](store::Reader& reader) { return items_of_vault(reader, vault.id, "", 10); }).value();
    for (const auto& item : items) {
      (item.kind == SourceKind::machine ? machine : share) = item;
    }
  }

  std::unique_ptr<store::Database> memory_;  // does not outlive this process
};

class Kill : public testing::TestWithParam<Work> {
 protected:
  Kill() {
    // What a killed process has written persists without any sync, so memory is as good as a disk, and faster.
    const Path memory = "/dev/shm";
    const auto where = std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (where / "qm-kill-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr);
    yard_ = pattern;
  }
  ~Kill() override { std::filesystem::remove_all(yard_); }

  /// Whether a life in which `act` runs survived. `act` runs in a separate process.
  template <class Act>
  bool survives(Act act) {
    const int turn = turn_++;
    const pid_t child = ::fork();
    if (child == 0) {
      log::set_sink([](std::string_view) {});
      auto* life = new Life(yard_, turn);  // never destroyed: the process ends first
      act(*life);
      ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    check(::waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
      EXPECT_EQ(WTERMSIG(status), SIGKILL);
      return false;
    }
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return true;
  }

  Path yard_;
  int turn_ = 0;
};

TEST_P(Kill, LosesNothingAndLeavesNoJobBehind) {
  const auto work = GetParam();
  std::mt19937 random(static_cast<std::uint32_t>(work) + 3);
  double longest = 20e6;  // nanoseconds; adapts to the duration of the work, so that most deaths occur within it
  int deaths = 0;
  const auto prepare = [&](Life& life, int n) {  // something to store, restore, check or remove
    change_sources(yard_, static_cast<std::uint64_t>(n));
    if (work == Work::backup) {
      return;
    }
    life.run(Work::backup);
    if (work == Work::collect) {
      life.run(Work::retention);
    }
  };
  ASSERT_TRUE(survives([&](Life& life) {
    life.start();
    life.run(Work::backup);
    prepare(life, 1);
  }));
  for (int n = 2; deaths < kDeathsOfEach; ++n) {
    ASSERT_LT(n, 6 * kDeathsOfEach);
    const auto busy = std::chrono::nanoseconds(1 + static_cast<long>(longest * (random() % 1000) / 1000.0));
    const bool survived = survives([&](Life& life) {
      die_after(busy);
      life.start();
      life.run(work);
    });
    deaths += survived ? 0 : 1;
    longest *= survived ? 0.9 : 1.02;
    ASSERT_TRUE(survives([&](Life& life) {
      life.start();
      life.expect_sound(n % 8 == 0 || deaths == kDeathsOfEach);
      if (n % 8 == 7) {
        life.run(Work::retention);
      }
      prepare(life, n);
    })) << "killed after "
        << busy.count() << " ns";
    ASSERT_FALSE(HasFailure()) << "killed after " << busy.count() << " ns in turn " << n;
  }
  EXPECT_GE(deaths, kDeathsOfEach);
}

INSTANTIATE_TEST_SUITE_P(Works, Kill, testing::ValuesIn(kWorks), [](const auto& work) { return name_of(work.param); });

}  // namespace
}  // namespace quaymaster::recovery_services
