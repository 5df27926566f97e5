#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/database.h"

namespace quaymaster::store {

/// Values computed from records, cached until the next commit. For what is requested repeatedly while nothing changes,
/// such as a job that a client polls. A caller sees every write that had returned when it asked: a value is used only
/// while the number of commits is the same as before the value was read, and never where commits cannot be counted
/// (Database::version). Thread-safe; holds at most `most` values.
template <class Value>
class Memo {
 public:
  explicit Memo(Database& database, std::size_t most = 4096) : database_(database), most_(most) {}

  /// The value under `key`; when it is not cached, from `make(reader)`, which returns a Result<Value> and must depend
  /// only on records and the key. Errors are returned and not cached.
  template <class Make>
  Result<std::shared_ptr<const Value>> get(std::string_view key, Make&& make) {
    std::string name(key);
    const auto version = database_.version();
    if (version) {
      const std::lock_guard lock(mutex_);
      if (version_ != version) {
        values_.clear();
        version_ = version;
      } else if (const auto known = values_.find(name); known != values_.end()) {
        return known->second;
      }
    }
    std::shared_ptr<const Value> value;
    TRY(database_.read([&](Reader& reader) -> Result<> {
      TRY(auto made, make(reader));
      value = std::make_shared<const Value>(std::move(made));
      return ok();
    }));
    const std::lock_guard lock(mutex_);
    if (version && version_ == version && values_.size() < most_) {
      values_.insert_or_assign(std::move(name), value);
    }
    return value;
  }

 private:
  Database& database_;
  const std::size_t most_;
  std::mutex mutex_;
  std::optional<std::uint64_t> version_;
  std::unordered_map<std::string, std::shared_ptr<const Value>> values_;
};

}  // namespace quaymaster::store
