#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>

#include "store/database.h"
#include "store/sqlite/open_sqlite.h"

namespace quaymaster::store {
namespace {

constexpr std::string_view kSteps[] = {"CREATE TABLE thing (name INTEGER PRIMARY KEY, copy INTEGER NOT NULL) STRICT"};
constexpr Schema kSchemas[] = {{"things", kSteps}};

/// Writes forever from several threads and reports every acknowledged name, eight bytes each.
[[noreturn]] void write_forever(const Path& path, int report, std::int64_t first_name) {
  auto opened = open_sqlite(path, kSchemas);
  if (!opened) {
    ::_exit(1);
  }
  auto& database = *opened.value();
  std::atomic<std::int64_t> next{first_name};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (;;) {
        const auto name = next.fetch_add(1);
        const auto written = database.write([name](Writer& w) -> Result<> {
          TRY(w.change("INSERT INTO thing (name, copy) VALUES (?, ?)", name, -1));
          TRY(w.change("UPDATE thing SET copy = name WHERE name = ?", name));
          return ok();
        });
        if (!written || ::write(report, &name, sizeof name) != sizeof name) {
          ::_exit(1);
        }
      }
    });
  }
  threads[0].join();
  ::_exit(1);
}

TEST(SqliteCrash, LosesNothingAcknowledgedWhenKilledAtAnyTime) {
  const auto directory = Path(testing::TempDir()) / fmt::format("qm-crash-{}", ::getpid());
  std::filesystem::remove_all(directory);
  const auto path = directory / "records.db";
  std::set<std::int64_t> acknowledged;
  std::int64_t first_name = 1;

  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      write_forever(path, ends[1], first_name);
    }
    ::close(ends[1]);
    // The exact point of death depends on the machine; how much was acknowledged by then is chosen here.
    const int wanted = 1 + round * round;
    std::int64_t name = 0;
    int read_count = 0;
    bool killed = false;
    while (::read(ends[0], &name, sizeof name) == sizeof name) {
      acknowledged.insert(name);
      if (++read_count >= wanted && !killed) {
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        killed = true;
      }
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself";

    auto opened = open_sqlite(path, kSchemas);
    ASSERT_TRUE(opened) << opened.error().cause();
    std::set<std::int64_t> found;
    ASSERT_TRUE(opened.value()->read([&](Reader& r) {
      return r.each("SELECT name, copy FROM thing", [&](const Row& row) -> Result<> {
        EXPECT_EQ(row.integer(0), row.integer(1)) << "half a change";
        found.insert(row.integer(0));
        return ok();
      });
    }));
    EXPECT_TRUE(std::ranges::includes(found, acknowledged)) << "round " << round;
    first_name = *found.rbegin() + 1000;
  }
  EXPECT_GT(acknowledged.size(), 2000U);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace quaymaster::store
