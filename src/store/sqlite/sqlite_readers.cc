#include "store/sqlite/sqlite_readers.h"

namespace quaymaster::store {
namespace {

constexpr std::size_t kIdleReaders = 16;

}  // namespace

Result<> SqliteReaders::read(const std::function<Result<>(Reader&)>& look) {
  TRY(auto connection, borrow());
  TRY(connection->execute("BEGIN"));
  ConnectionReader reader(*connection);
  auto outcome = look(reader);
  const auto ended = connection->in_transaction() ? connection->execute("COMMIT") : Result<>(ok());
  if (!ended) {
    return outcome ? ended : outcome;  // the connection is then closed instead of being reused
  }
  give_back(std::move(connection));
  return outcome;
}

Result<std::unique_ptr<Connection>> SqliteReaders::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return Connection::open(path_, options_);
}

void SqliteReaders::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleReaders) {
    idle_.push_back(std::move(connection));
  }
}

}  // namespace quaymaster::store
