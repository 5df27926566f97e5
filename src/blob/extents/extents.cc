#include "blob/extents/extents.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/log.h"

namespace quaymaster::blob {
namespace {

constexpr auto kOpen = static_cast<int>(ExtentState::open);
constexpr auto kSealed = static_cast<int>(ExtentState::sealed);

Result<> seal_record(store::Writer& writer, ExtentId id, std::uint64_t size) {
  TRY(writer.change("UPDATE blob_extents SET state = ?, size = ? WHERE id = ? AND state = ?", kSealed, size, id,
                    kOpen));
  return ok();
}

struct OpenRecord {
  ExtentId id;
  std::uint64_t live;
};

Result<std::vector<OpenRecord>> open_records(store::Database& database) {
  std::vector<OpenRecord> records;
  TRY(database.read([&](store::Reader& reader) -> Result<> {
    return reader.each(
        "SELECT id, live FROM blob_extents WHERE state = 0 ORDER BY id", [&](const store::Row& row) -> Result<> {
          records.push_back({static_cast<ExtentId>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))});
          return ok();
        });
  }));
  return records;
}

}  // namespace

Result<std::unique_ptr<Extents>> Extents::open(store::Database& database, objects::ObjectStore& objects, Pins& pins,
                                               const Options& options) {
  check(options.extent_size >= kKiB && options.extent_size <= objects::kLargestObject);
  std::unique_ptr<Extents> extents(new Extents(database, objects, pins, options));
  TRY(extents->load());
  return extents;
}

Result<> Extents::load() {
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    TRY(const bool found,
        reader.first("SELECT value FROM blob_counters WHERE name = 'extent'",
                     [&](const store::Row& row) { last_id_ = static_cast<ExtentId>(row.integer(0)); }));
    return found ? ok() : Result<>(corrupt("the counter of extents is missing"));
  }));
  TRY(const auto records, open_records(database_));
  for (const auto& record : records) {
    TRY(load_one(record.id, record.live));
  }
  return ok();
}

Result<> Extents::load_one(ExtentId id, std::uint64_t live) {
  const auto size = objects_.size(extent_name(id));
  if (!size && size.error().kind() != Errc::not_found) {
    return size.error();
  }
  if (size && live > 0 && has_room(size.value())) {
    in_use_->ids.insert(id);
    idle_.push_back({id, size.value(), nullptr});
    return ok();
  }
  if (!size && live > 0) {
    log::error("blob", "extent {} is missing, with {} bytes that blobs need", id, live);
  }
  return database_.write([id, size = size ? size.value() : live](store::Writer& writer) -> Result<> {
    return seal_record(writer, id, size);
  });
}

Result<Extents::Written> Extents::append(Bytes bytes, PinSet& pins) {
  check(bytes.size() <= extent_size_);
  auto& shared = choose_shared();
  std::shared_ptr<Extent> extent;
  std::uint64_t position = 0;
  {
    const std::lock_guard lock(shared.mutex);
    if (shared.extent && (shared.extent->tail() + bytes.size() > extent_size_ || shared.extent->broken())) {
      give_back(std::exchange(shared.extent, nullptr));
    }
    while (!shared.extent) {
      TRY(auto next, acquire());
      if (next->tail() + bytes.size() <= extent_size_) {
        shared.extent = std::move(next);
      } else {
        seal(next->id(), next->tail());
      }
    }
    extent = shared.extent;
    pins.add(extent->id());
    position = extent->take(bytes.size());
  }
  TRY(const auto mark, extent->write(bytes, position));
  const auto id = extent->id();
  return Written{id, static_cast<std::uint32_t>(position), Unsynced{std::move(extent), mark}};
}

Extents::Shared& Extents::choose_shared() {
  for (auto& shared : shared_) {
    const std::unique_lock lock(shared.mutex, std::try_to_lock);
    if (lock && (!shared.extent || !shared.extent->syncing())) {
      return shared;
    }
  }
  return shared_.front();
}

Result<std::shared_ptr<Extent>> Extents::acquire() {
  for (;;) {
    Idle idle{};
    {
      const std::lock_guard lock(idle_mutex_);
      if (idle_.empty()) {
        break;
      }
      const auto emptiest = std::ranges::min_element(idle_, {}, &Idle::tail);
      idle = std::move(*emptiest);
      idle_.erase(emptiest);
    }
    if (idle.extent && !idle.extent->broken()) {
      return idle.extent;
    }
    if (idle.extent) {  // its last sync failed while it was idle, and so would every later one
      seal(idle.id, idle.tail);
      continue;
    }
    auto writer = objects_.reopen(extent_name(idle.id));
    if (writer) {
      return std::make_shared<Extent>(idle.id, std::move(writer).value(), idle.tail);
    }
    log::warning("blob", "extent {} cannot be appended to: {}", idle.id, writer.error().cause());
    seal(idle.id, idle.tail);
  }
  return create();
}

Result<std::shared_ptr<Extent>> Extents::create() {
  ExtentId id = 0;
  {
    const std::lock_guard lock(in_use_->mutex);
    id = ++last_id_;
    in_use_->ids.insert(id);
  }
  const auto forget = [&] {
    const std::lock_guard lock(in_use_->mutex);
    in_use_->ids.erase(id);
  };
  // Two of them may arrive out of order, so the counter never decreases.
  auto recorded = database_.write([id](store::Writer& writer) -> Result<> {
    TRY(writer.change("INSERT INTO blob_extents (id, state, size, live) VALUES (?, 0, 0, 0)", id));
    TRY(writer.change("UPDATE blob_counters SET value = ? WHERE name = 'extent' AND value < ?", id, id));
    return ok();
  });
  if (!recorded) {
    forget();
    return recorded.error();
  }
  auto writer = objects_.create(extent_name(id));
  if (!writer) {
    seal(id, 0);
    return writer.error();
  }
  return std::make_shared<Extent>(id, std::move(writer).value(), 0);
}

void Extents::give_back(std::shared_ptr<Extent> extent) {
  if (extent->broken() || !has_room(extent->tail())) {
    seal(extent->id(), extent->tail());
    return;
  }
  Idle too_many{};
  {
    const std::lock_guard lock(idle_mutex_);
    idle_.push_back({extent->id(), extent->tail(), std::move(extent)});
    if (idle_.size() <= kMostIdle) {
      return;
    }
    const auto fullest = std::ranges::max_element(idle_, {}, &Idle::tail);
    too_many = std::move(*fullest);
    idle_.erase(fullest);
  }
  seal(too_many.id, too_many.tail);
}

void Extents::seal(ExtentId id, std::uint64_t size) {
  database_.submit([id, size](store::Writer& writer) -> Result<> { return seal_record(writer, id, size); },
                   [id, in_use = in_use_](Result<> result) {
                     if (!result) {
                       log::warning("blob", "extent {} stays recorded as open: {}", id, result.error().cause());
                     }
                     const std::lock_guard lock(in_use->mutex);
                     in_use->ids.erase(id);
                   });
}

Result<std::uint64_t> Extents::wasted_bytes(Effort effort) {
  TRY(const auto records, open_records(database_));
  std::map<ExtentId, std::uint64_t> tails;  // of extents that nothing is appending to
  for (auto& shared : shared_) {
    const std::lock_guard lock(shared.mutex);
    if (shared.extent) {
      tails[shared.extent->id()] = shared.extent->tail();
    }
  }
  {
    const std::lock_guard lock(idle_mutex_);
    for (const auto& idle : idle_) {
      tails[idle.id] = idle.tail;
    }
  }
  std::uint64_t bytes = 0;
  for (const auto& record : records) {
    const auto tail = tails.find(record.id);
    if (tail != tails.end() && is_wasted(record.live, tail->second, effort) && !pins_.pinned(record.id)) {
      bytes += tail->second - std::min(tail->second, record.live);
    }
  }
  return bytes;
}

Result<> Extents::seal_wasted(Effort effort) {
  for (auto& shared : shared_) {
    const std::lock_guard lock(shared.mutex);
    if (shared.extent) {
      give_back(std::exchange(shared.extent, nullptr));
    }
  }
  TRY(const auto records, open_records(database_));
  std::vector<Idle> wasted;
  {
    const std::lock_guard lock(idle_mutex_);
    for (const auto& record : records) {
      const auto at = std::ranges::find(idle_, record.id, &Idle::id);
      if (at != idle_.end() && is_wasted(record.live, at->tail, effort) && !pins_.pinned(record.id)) {
        wasted.push_back(std::move(*at));
        idle_.erase(at);
      }
    }
  }
  if (wasted.empty()) {
    return ok();
  }
  auto sealed = database_.write([&](store::Writer& writer) -> Result<> {
    for (const auto& idle : wasted) {
      TRY(seal_record(writer, idle.id, idle.tail));
    }
    return ok();
  });
  const std::lock_guard lock(in_use_->mutex);
  for (const auto& idle : wasted) {
    in_use_->ids.erase(idle.id);
  }
  return sealed;
}

Result<> Extents::seal_forgotten() {
  TRY(const auto records, open_records(database_));
  for (const auto& record : records) {
    {
      const std::lock_guard lock(in_use_->mutex);
      if (in_use_->ids.contains(record.id)) {
        continue;
      }
    }
    auto size = objects_.size(extent_name(record.id));
    if (!size && size.error().kind() != Errc::not_found) {
      return size.error();
    }
    TRY(database_.write([&](store::Writer& writer) -> Result<> {
      return seal_record(writer, record.id, size ? size.value() : record.live);
    }));
  }
  return ok();
}

}  // namespace quaymaster::blob
