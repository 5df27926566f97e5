#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "jobs/engine.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

/// Shared by the tests of the engine.
namespace quaymaster::jobs {

/// A barrier at which a step waits until the test releases it.
class StepBarrier {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    moved_.notify_all();
    moved_.wait(lock, [this] { return open_; });
  }
  void await_arrivals(int count) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return arrived_ >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    moved_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  int arrived_ = 0;
  bool open_ = false;
};

class EngineTest : public testing::Test {
 protected:
  static constexpr std::string_view kSteps[] = {
      "CREATE TABLE effect (job TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (job, what)) STRICT"};

  void SetUp() override {
    const store::Schema schemas[] = {schema(), {"test", kSteps}};
    auto opened = store::open_in_memory(schemas, &clock_);
    ASSERT_TRUE(opened) << opened.error().cause();
    database_ = std::move(opened).value();
  }

  std::unique_ptr<Engine> make_engine(Options options = {}) {
    return std::make_unique<Engine>(*database_, clock_, random_, options);
  }
  Guid create(Engine& engine, std::string kind, std::string subject = "vault") {
    Guid id;
    EXPECT_TRUE(database_->write([&](store::Writer& w) -> Result<> {
      TRY(id, engine.create(w, {kind, subject, "{}"}));
      return ok();
    }));
    return id;
  }
  Result<> cancel(Engine& engine, const Guid& id) {
    return database_->write([&](store::Writer& w) { return engine.request_cancel(w, id); });
  }
  Record get(Engine& engine, const Guid& id) {
    Record record;
    const auto read = database_->read([&](store::Reader& r) -> Result<> {
      TRY(record, engine.get(r, id));
      return ok();
    });
    EXPECT_TRUE(read);
    return record;
  }
  Record wait(Engine& engine, const Guid& id) {
    auto record = engine.wait(id, Time::max());
    EXPECT_TRUE(record);
    return record ? std::move(record).value() : Record{};
  }
  static store::Database::Change effect(const Guid& job, std::string what) {
    return [job, what = std::move(what)](store::Writer& w) -> Result<> {
      TRY(w.change("INSERT INTO effect (job, what) VALUES (?, ?)", job.text(), what));
      return ok();
    };
  }
  std::vector<std::string> effects(const Guid& job) {
    std::vector<std::string> all;
    EXPECT_TRUE(database_->read([&](store::Reader& r) {
      return r.each(
          "SELECT what FROM effect WHERE job = ? ORDER BY what",
          [&](const store::Row& row) -> Result<> {
            all.emplace_back(row.text(0));
            return ok();
          },
          job.text());
    }));
    return all;
  }

  SystemRandom random_;
  ManualClock clock_{parse_time("2026-01-01T00:00:00Z").value()};
  std::unique_ptr<store::Database> database_;
};

}  // namespace quaymaster::jobs
