#include "server/data/space_reclaimer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/log.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "objects/directory/directory_store.h"
#include "testing/base/budget_disk.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::server {
namespace {

/// A store, and a reclaimer whose clock is moved while the store's stands still.
class SpaceReclaimerTest : public testing::Test {
 protected:
  SpaceReclaimerTest() : root_(Path(testing::TempDir()) / fmt::format("space-keeper-{}", ::getpid())) {
    log::set_sink([](std::string_view) {});
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    const store::Schema schemas[] = {blob::schema()};
    database_ = store::open_in_memory(schemas).value();
    objects_ = objects::open_directory(disk_, root_ / "objects").value();
    open();
    EXPECT_TRUE(blobs_->create_container("a", "c", {}));
  }
  ~SpaceReclaimerTest() override {
    log::set_sink(nullptr);
    std::filesystem::remove_all(root_);
  }

  void open() {
    reclaimer_.reset();
    blobs_ = nullptr;
    blobs_ = blob::open_store(*database_, *objects_, servers_clock_, {objects::kLargestObject, &space_}).value();
    reclaimer_.emplace(*blobs_, reserve_, space_, machine_clock_);
  }
  std::unique_ptr<blob::Content> content(std::size_t size) {
    auto upload = blobs_->upload(blob::Hashing::none);
    EXPECT_TRUE(upload->append(Buffer(size, 7)));
    return std::move(upload->finish()).value();
  }
  void overwrite(int times, std::size_t size) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(blobs_->put_blob({"a", "c", "one"}, content(size), {}, {}, {}));
    }
  }
  std::uint64_t objects_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / "objects")) {
      bytes += entry.is_regular_file() ? entry.file_size() : 0;
    }
    return bytes;
  }
  void look(Ticks after) {
    machine_clock_.advance(after);
    reclaimer_->look({});
  }

  const Path root_;
  SystemDisk system_;
  BudgetDisk disk_{system_, kGiB};
  ManualClock servers_clock_{Time{std::chrono::seconds{1'700'000'000}}};
  ManualClock machine_clock_{Time{std::chrono::seconds{1'800'000'000}}};
  Space space_{disk_, root_, 100 * kMiB};
  Reserve reserve_{disk_, root_ / "reserve", 2};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<blob::Store> blobs_;
  std::optional<SpaceReclaimer> reclaimer_;
};

TEST_F(SpaceReclaimerTest, GivesSpaceBackAtTheStartAndEveryTenMinutesOfTheMachine) {
  overwrite(4, kMiB);
  open();
  look({});
  EXPECT_LT(objects_bytes(), 2 * kMiB) << "at the start";
  EXPECT_EQ(reserve_.slices(), 2u) << "and the reserve is made";
  overwrite(4, kMiB);
  look(std::chrono::seconds{1});
  EXPECT_GT(objects_bytes(), 4 * kMiB) << "little is not worth it yet";
  look(std::chrono::minutes{10});
  EXPECT_LT(objects_bytes(), 2 * kMiB);
}

TEST_F(SpaceReclaimerTest, DoesNotWaitWhenMuchIsDead) {
  look({});
  overwrite(12, kMiB);
  look(std::chrono::seconds{1});
  EXPECT_LT(objects_bytes(), 2 * kMiB) << "overwritten";
  {
    const auto broken_off = content(20 * kMiB);
  }
  look(std::chrono::seconds{1});
  EXPECT_LT(objects_bytes(), 2 * kMiB) << "uploads that were broken off";
  ASSERT_TRUE(blobs_->delete_container("a", "c", {}));
  look(std::chrono::seconds{1});
  EXPECT_EQ(objects_bytes(), 0u) << "deleted containers";
}

TEST_F(SpaceReclaimerTest, DoesNotWaitForLittleWhenTheDiskRunsFull) {
  look({});
  overwrite(4, kMiB);
  disk_.resize(disk_.used() + 150 * kMiB);
  look(std::chrono::seconds{1});
  EXPECT_LT(objects_bytes(), 2 * kMiB);
}

TEST_F(SpaceReclaimerTest, EndsWhenItIsAskedTo) {
  std::jthread thread([this](const std::stop_token& stop) { reclaimer_->run(stop); });
  while (reserve_.slices() < 2) {
    std::this_thread::yield();
  }
  thread.request_stop();
  thread.join();
}

}  // namespace
}  // namespace quaymaster::server
