#pragma once

#include <atomic>
#include <utility>

#include "store/database.h"

namespace quaymaster::store {

/// Passes everything on to another database, which must outlive it: the base of databases that change one thing.
class ForwardingDatabase : public Database {
 public:
  explicit ForwardingDatabase(Database& real) : real_(&real) {}

  Result<> read(const std::function<Result<>(Reader&)>& look) override { return real().read(look); }
  std::optional<std::uint64_t> version() const override { return real().version(); }
  Time now() const override { return real().now(); }
  std::unique_ptr<Subscription> listen(Topic topic, std::function<void(std::string_view)> on_notice) override {
    return real().listen(topic, std::move(on_notice));
  }
  Statistics statistics() const override { return real().statistics(); }

 protected:
  Database& real() const { return *real_; }
  /// From now on.
  void forward_to(Database& other) { real_ = &other; }

 private:
  void enqueue(Keys keys, Change change, Done done) override {
    real().submit(std::move(keys), std::move(change), std::move(done));
  }

  std::atomic<Database*> real_;
};

}  // namespace quaymaster::store
