#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/files/anchor.h"
#include "store/sqlite/sqlite_connection.h"

namespace quaymaster::store {

/// The only thread that writes. It takes all waiting changes, runs each in its own savepoint, and commits them
/// together; while a commit waits for the disk the next group accumulates. A single change is committed at once. A
/// change that throws has failed and is rolled back like one that returns an error. A commit to a file that its path no
/// longer refers to is not acknowledged: every change in it gets Errc::io. Thread-safe.
class SqliteWriter {
 public:
  struct Surroundings {
    Anchor records;                       // the file that the connection has open
    std::function<void()> before_commit;  // see SqliteOptions
    Notices* notices;                     // who is told of what was committed
  };
  SqliteWriter(std::unique_ptr<Connection> connection, Surroundings surroundings);
  ~SqliteWriter();  // commits what is queued

  void submit(Database::Change change, Database::Done done);
  Statistics statistics() const;

 private:
  struct Item {
    Database::Change change;
    Database::Done done;
    std::vector<std::pair<Topic, std::string>> notices;
    std::vector<UniqueFunction<void()>> after_commit;
    std::optional<Result<>> outcome;
  };
  class ChangeWriter;

  void run();
  bool take_group();
  void wait_for_company(std::unique_lock<std::mutex>& lock);
  std::size_t commit_some(std::span<Item> items);
  void run_change(Item& item);
  Result<> run_in_savepoint(Item& item);

  const std::unique_ptr<Connection> connection_;
  const Surroundings surroundings_;
  std::vector<Item> group_;  // used by the writer's thread only
  std::size_t last_group_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<Item> queue_;
  bool ending_ = false;
  Statistics statistics_;
  std::thread thread_;
};

}  // namespace quaymaster::store
