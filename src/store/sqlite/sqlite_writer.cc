#include "store/sqlite/sqlite_writer.h"

#include <pthread.h>

#include "base/caught.h"
#include "base/check.h"

namespace quaymaster::store {
namespace {

// Closures of a few hundred bytes each; beyond this, producers get Errc::busy.
constexpr std::size_t kLargestQueue = 65'536;
// Keeps the first change of a group from waiting for thousands of others, and limits how far one transaction grows the
// log.
constexpr std::size_t kLargestGroup = 512;
// After so many yields without new changes a group is taken as it is: a few tens of microseconds on an idle machine.
constexpr int kFruitlessYields = 64;

}  // namespace

/// The statements of one change. After an error of the database all further ones return it.
class SqliteWriter::ChangeWriter final : public Writer {
 public:
  ChangeWriter(Connection& connection, Item& item) : connection_(connection), item_(item) {}
  void notify(Topic topic, std::string_view what) override { item_.notices.emplace_back(topic, what); }
  void after_commit(UniqueFunction<void()> act) override { item_.after_commit.push_back(std::move(act)); }

  /// What the database said of the statements so far.
  const Result<>& outcome() const { return outcome_; }

 private:
  Result<> run(const char* sql, const std::function<Result<>(const Row&)>& on_row,
               std::span<const Value> values) override {
    TRY(outcome_);
    Result<> of_row = ok();
    auto ran = connection_.each(
        sql,
        [&](const Row& row) {
          of_row = on_row(row);
          return of_row;
        },
        values);
    return of_row ? ended(std::move(ran)) : ran;
  }
  Result<bool> run_first(const char* sql, const std::function<void(const Row&)>& on_row,
                         std::span<const Value> values) override {
    TRY(outcome_);
    return ended(connection_.first(sql, on_row, values));
  }
  Result<std::int64_t> run_change(const char* sql, std::span<const Value> values) override {
    TRY(outcome_);
    return ended(connection_.change(sql, values));
  }
  Result<> run_expect(std::int64_t rows, Errc otherwise, const char* sql, std::span<const Value> values) override {
    TRY(const auto changed, run_change(sql, values));
    if (changed != rows) {
      return ended(Result<>(Error(otherwise, fmt::format("{} rows instead of {}: {}", changed, rows, sql))));
    }
    return ok();
  }

  template <class T>
  Result<T> ended(Result<T> result) {
    if (!result) {
      outcome_ = result.error();
    }
    return result;
  }

  Connection& connection_;
  Item& item_;
  Result<> outcome_ = ok();
};

SqliteWriter::SqliteWriter(std::unique_ptr<Connection> connection, Surroundings surroundings)
    : connection_(std::move(connection)), surroundings_(std::move(surroundings)), thread_([this] { run(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void SqliteWriter::submit(Database::Change change, Database::Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < kLargestQueue) {
      queue_.push_back({std::move(change), std::move(done), {}, {}, std::nullopt});
      has_work_.notify_one();
      return;
    }
  }
  done(busy("{} changes are already waiting to be written", kLargestQueue));
}

Statistics SqliteWriter::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void SqliteWriter::run() {
  pthread_setname_np(pthread_self(), "store-writer");
  while (take_group()) {
    for (std::size_t at = 0; at < group_.size();) {
      at += commit_some(std::span(group_).subspan(at));
    }
    last_group_ = group_.size();
    group_.clear();
  }
}

bool SqliteWriter::take_group() {
  std::unique_lock lock(mutex_);
  has_work_.wait(lock, [this] { return ending_ || !queue_.empty(); });
  wait_for_company(lock);
  while (!queue_.empty() && group_.size() < kLargestGroup) {
    group_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return !group_.empty();
}

/// The callers of the last commit are just being woken and often submit their next change at once. Without this the
/// first of them would be committed alone and all others one sync later. Only after a group of several: a lone writer
/// never waits, and when no more changes arrive, the wait ends after a few yields and is not repeated.
void SqliteWriter::wait_for_company(std::unique_lock<std::mutex>& lock) {
  for (int fruitless = 0; queue_.size() < last_group_ && fruitless < kFruitlessYields && !ending_;) {
    const auto before = queue_.size();
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
    fruitless = queue_.size() > before ? 0 : fruitless + 1;
  }
}

/// Runs and commits changes from the front of `items`; returns how many have been completed. Fewer than all only when
/// the database rolled the transaction back half way, because of a full disk or a failing device.
std::size_t SqliteWriter::commit_some(std::span<Item> items) {
  if (surroundings_.before_commit) {
    surroundings_.before_commit();
  }
  auto outcome = connection_->execute("BEGIN IMMEDIATE");
  std::size_t count = 0;
  if (outcome) {
    while (count < items.size() && connection_->in_transaction()) {
      run_change(items[count]);
      ++count;
    }
    if (connection_->in_transaction()) {
      outcome = connection_->execute("COMMIT");
      if (outcome) {
        outcome = surroundings_.records.check();
      }
    } else {
      const auto& last = *items[count - 1].outcome;
      outcome = last ? Result<>(io("the transaction was rolled back")) : Result<>(last.error());
    }
  } else {
    count = items.size();
  }
  if (!outcome && connection_->in_transaction()) {
    // If even this fails, the next BEGIN fails too and its changes get the error.
    static_cast<void>(connection_->execute("ROLLBACK"));
  }

  const auto ran = items.first(count);
  if (outcome) {
    const std::lock_guard lock(mutex_);
    statistics_.commits += 1;
    for (const auto& item : ran) {
      statistics_.changes += item.outcome->has_value() ? 1 : 0;
    }
  }
  for (auto& item : ran) {
    if (!outcome && (!item.outcome || item.outcome->has_value())) {
      item.outcome = outcome;
    }
    if (item.outcome->has_value()) {
      for (const auto& [topic, what] : item.notices) {
        surroundings_.notices->tell(topic, what);
      }
      for (auto& act : item.after_commit) {
        contained(act);
      }
    }
    contained([&item] { item.done(std::move(*item.outcome)); });
  }
  return count;
}

void SqliteWriter::run_change(Item& item) {
  item.outcome = run_in_savepoint(item);
  // The change may capture objects of the caller that waits for it: destroy it before the caller continues.
  item.change = {};
}

Result<> SqliteWriter::run_in_savepoint(Item& item) {
  TRY(connection_->execute("SAVEPOINT one_change"));
  ChangeWriter writer(*connection_, item);
  auto outcome = caught([&] { return item.change(writer); });
  if (outcome) {
    outcome = writer.outcome();
  }
  if (!connection_->in_transaction()) {
    return outcome;
  }
  if (outcome) {
    return connection_->execute("RELEASE one_change");
  }
  auto undone = connection_->execute("ROLLBACK TO one_change");
  if (undone) {
    undone = connection_->execute("RELEASE one_change");
  }
  if (!undone && connection_->in_transaction()) {
    // Its partial effects can no longer be separated from those of the others: roll everything back.
    static_cast<void>(connection_->execute("ROLLBACK"));
  }
  return outcome;
}

}  // namespace quaymaster::store
