#include <signal.h>
#include <sys/wait.h>

#include <map>
#include <thread>

#include "base/check.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "blob/store/store_fixture_test.h"
#include "store/sqlite/open_sqlite.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::blob {
namespace {

constexpr std::uint64_t kExtent = 512 * kKiB;
constexpr std::uint32_t kWriters = 4;
constexpr std::uint32_t kNames = 6;  // per writer

/// What a child reports once a change is acknowledged: the n-th text, or that the name was removed.
struct Report {
  std::uint32_t writer;
  std::uint32_t name;
  std::uint32_t version;  // 0: removed
};

/// The content of one version of one name follows from its number.
std::string text_of_version(std::uint32_t version) {
  const std::size_t sizes[] = {300, 4'000, 20'000, 70'000, 300'000};
  return pattern(sizes[version % std::size(sizes)], version);
}
BlobKey key_of(std::uint32_t writer, std::uint32_t name) {
  return {"a", "c", fmt::format("{}/{}", writer, name)};
}

/// The store in a directory, opened as a server does.
struct Place {
  explicit Place(const Path& path) {
    static const store::Schema kSchemas[] = {schema()};
    database = store::open_sqlite(path / "records.db", kSchemas).value();
    objects = objects::open_directory(disk, path / "objects").value();
    blobs = open_store(*database, *objects, clock, {kExtent}).value();
  }
  std::unique_ptr<Content> content(const std::string& text) {
    auto upload = blobs->upload(Hashing::none);
    check(upload->append(as_bytes(text)).has_value());
    return std::move(upload->finish()).value();
  }

  SystemDisk disk;
  ManualClock clock{kStart};
  std::unique_ptr<store::Database> database;
  std::unique_ptr<objects::ObjectStore> objects;
  std::unique_ptr<Store> blobs;
};

void write_version(Place& place, const BlobKey& key, std::uint32_t version) {
  const auto text = text_of_version(version);
  if (version % 3 != 0) {
    check(place.blobs->put_blob(key, place.content(text), {}, {}, {}).has_value());
    return;
  }
  const auto half = text.size() / 2;
  check(place.blobs->put_block(key, "AA", place.content(text.substr(0, half))).has_value());
  check(place.blobs->put_block(key, "BB", place.content(text.substr(half))).has_value());
  check(place.blobs->put_block_list(key, {{BlockSource::latest, "AA"}, {BlockSource::latest, "BB"}}, {}, {}, {})
            .has_value());
}

/// Writes, removes and reclaims forever.
[[noreturn]] void work_forever(const Path& path, int report, std::uint32_t first_version) {
  Place place(path);
  std::vector<std::thread> threads;
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      for (std::uint32_t version = first_version;; ++version) {
        const auto name = version % kNames;
        auto done = Report{writer, name, version};
        if (version % 7 == 0) {
          done.version = 0;
          const auto removed = place.blobs->delete_blob(key_of(writer, name), {});
          check(removed.has_value() || removed.error().kind() == Errc::not_found);
        } else {
          write_version(place, key_of(writer, name), version);
        }
        check(::write(report, &done, sizeof done) == sizeof done);
      }
    });
  }
  for (;;) {
    check(place.blobs->reclaim().has_value());
  }
}

TEST(BlobCrash, LosesNothingAcknowledgedWhenKilledAtAnyTime) {
  const TestDirectory directory("crash");
  std::map<std::string, std::uint32_t> acknowledged;
  {
    Place place(directory.path());
    ASSERT_TRUE(place.blobs->create_container("a", "c", {}));
  }
  std::uint32_t first_version = 1;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      work_forever(directory.path(), ends[1], first_version);
    }
    ::close(ends[1]);
    Report report{};
    int count = 0;
    std::uint32_t last = first_version;
    while (::read(ends[0], &report, sizeof report) == sizeof report) {
      acknowledged[key_of(report.writer, report.name).name] = report.version;
      last = std::max(last, report.version);
      if (++count == 20 + round * 37) {
        ASSERT_EQ(::kill(child, SIGKILL), 0);
      }
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer failed by itself";

    Place place(directory.path());
    for (int pass = 0; pass < 2; ++pass) {
      for (const auto& [name, version] : acknowledged) {
        // Each name has one writer, so it has the value last acknowledged or that of the one later change.
        const auto snapshot = place.blobs->open_blob({"a", "c", name});
        if (!snapshot) {
          ASSERT_EQ(snapshot.error().kind(), Errc::not_found);
          const auto next = version == 0 ? 0 : (version / kNames + 1) * kNames + version % kNames;
          ASSERT_TRUE(version == 0 || next % 7 == 0) << name << " is lost";
          continue;
        }
        Buffer bytes(snapshot.value()->info().size);
        const auto read = snapshot.value()->read(0, bytes);
        ASSERT_TRUE(read) << read.error().cause();
        bool known = false;
        for (auto v = std::max(version, 1u); v <= last + 2 * kNames && !known; ++v) {
          known = as_text(bytes) == text_of_version(v);
        }
        ASSERT_TRUE(known) << name << " holds neither version " << version << " nor a later one";
      }
      ASSERT_TRUE(place.blobs->reclaim());
    }
    first_version = (last / kNames + 2) * kNames;
  }
  Place place(directory.path());
  ASSERT_TRUE(place.blobs->delete_account("a"));
  ASSERT_TRUE(place.blobs->reclaim());
  EXPECT_TRUE(place.objects->list("extents/", "", 10).value().empty()) << "space is lost";
}

}  // namespace
}  // namespace quaymaster::blob
