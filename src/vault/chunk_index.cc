#include "vault/chunk_index.h"

#include <algorithm>
#include <set>

#include "base/log.h"

namespace quaymaster::vault {

ChunkIndex::ChunkIndex(store::Database& database, objects::ObjectStore& objects, RandomSource& random, PackTable& packs,
                       std::string prefix, const SealKey& key, Limits limits)
    : database_(database),
      objects_(objects),
      random_(random),
      packs_(packs),
      prefix_(std::move(prefix)),
      key_(key),
      limits_(limits),
      cache_(limits.page_cache) {}

Result<> ChunkIndex::open() {
  struct Row {
    RunId id;
    std::uint32_t parts;
  };
  std::vector<Row> rows;
  TRY(database_.read([&](store::Reader& reader) {
    return reader.each(
        "SELECT id, parts, age FROM vault_runs WHERE vault = ? ORDER BY age",
        [&](const store::Row& row) -> Result<> {
          Row run;
          if (row.blob(0).size() != run.id.bytes.size())
            return corrupt("a run's id has a wrong length");
          std::ranges::copy(row.blob(0), run.id.bytes.begin());
          run.parts = static_cast<std::uint32_t>(row.integer(1));
          next_age_ = row.integer(2) + 1;
          rows.push_back(run);
          return ok();
        },
        prefix_);
  }));
  for (const auto& row : rows) {
    TRY(auto run, IndexRun::open(objects_, prefix_, key_, row.id, row.parts, cache_));
    runs_.push_back(std::move(run));
  }
  return ok();
}

Result<> ChunkIndex::forget_runs() {
  TRY(database_.write([this](store::Writer& writer) -> Result<> {
    TRY(writer.change("DELETE FROM vault_runs WHERE vault = ?", prefix_));
    TRY(writer.change("UPDATE vault_packs SET indexed = 0 WHERE vault = ?", prefix_));
    return ok();
  }));
  packs_.clear_indexed();
  const std::lock_guard lock(runs_mutex_);
  runs_.clear();
  return ok();
}

Result<ChunkIndex::Claim> ChunkIndex::claim(const ChunkId& id, std::uint32_t owner) {
  auto& s = shard(id);
  {
    const std::lock_guard lock(s.mutex);
    if (const auto at = s.chunks.find(id); at != s.chunks.end()) {
      if (at->second.pack == kInFlight)
        return Claim{Answer::in_flight, at->second.chunk};
      if (packs_.is_live(at->second.pack))
        return Claim{Answer::known};
      at->second = {kInFlight, owner};  // its pack is going away or damaged: store it again
      return Claim{Answer::yours};
    }
  }
  TRY(const auto found, find_in_runs(id));  // may read a page: outside the lock
  if (found && packs_.is_live(found->pack))
    return Claim{Answer::known};
  const std::lock_guard lock(s.mutex);
  const auto [at, fresh] = s.chunks.try_emplace(id, Location{kInFlight, owner});
  if (fresh) {
    recent_.fetch_add(1, std::memory_order_relaxed);
    return Claim{Answer::yours};
  }
  if (at->second.pack == kInFlight)
    return Claim{Answer::in_flight, at->second.chunk};
  return Claim{Answer::known};
}

void ChunkIndex::place(const ChunkId& id, Location location) {
  auto& s = shard(id);
  const std::lock_guard lock(s.mutex);
  const auto [at, fresh] = s.chunks.insert_or_assign(id, location);
  if (fresh)
    recent_.fetch_add(1, std::memory_order_relaxed);
}

void ChunkIndex::abandon(const ChunkId& id) {
  auto& s = shard(id);
  const std::lock_guard lock(s.mutex);
  const auto at = s.chunks.find(id);
  if (at != s.chunks.end() && at->second.pack == kInFlight) {
    s.chunks.erase(at);
    recent_.fetch_sub(1, std::memory_order_relaxed);
  }
}

Result<std::optional<Location>> ChunkIndex::find(const ChunkId& id) const {
  {
    const auto& s = shard(id);
    const std::lock_guard lock(s.mutex);
    if (const auto at = s.chunks.find(id); at != s.chunks.end() && at->second.pack != kInFlight)
      return at->second;
  }
  return find_in_runs(id);
}

Result<bool> ChunkIndex::knows(const ChunkId& id) const {
  TRY(const auto found, find(id));
  return found && packs_.is_live(found->pack);
}

Result<std::optional<Location>> ChunkIndex::find_in_runs(const ChunkId& id) const {
  const std::shared_lock lock(runs_mutex_);
  std::optional<Location> fallback;  // in a pack that is not live: better than nothing for a reader
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    TRY(const auto found, (*run)->find(id));
    if (found && packs_.is_live(found->pack))
      return found;
    if (found && !fallback)
      fallback = found;
  }
  return fallback;
}

Result<> ChunkIndex::maintain() {
  if (recent_.load(std::memory_order_relaxed) < limits_.recent)
    return ok();
  const std::lock_guard lock(maintain_mutex_);
  if (recent_.load(std::memory_order_relaxed) >= limits_.recent) {
    TRY(write_recent());
  }
  return merge_runs();
}

Result<std::uint64_t> ChunkIndex::sweep() {
  const std::lock_guard lock(maintain_mutex_);  // no run is being written
  std::set<std::string> named;
  for (const auto& run : runs_) {
    for (std::uint32_t part = 0; part < run->parts(); ++part) named.insert(run->name(part));
  }
  std::uint64_t freed = 0;
  std::string after;
  for (;;) {
    TRY(const auto names, objects_.list(prefix_ + "/index/", after, 1000));
    if (names.empty())
      return freed;
    after = names.back();
    for (const auto& name : names) {
      if (named.contains(name))
        continue;
      TRY(const auto size, objects_.size(name));
      TRY(objects_.remove(name));
      freed += size;
    }
  }
}

std::uint64_t ChunkIndex::records() const {
  const std::shared_lock lock(runs_mutex_);
  std::uint64_t count = recent_.load(std::memory_order_relaxed);
  for (const auto& run : runs_) count += run->records();
  return count;
}

Result<> ChunkIndex::write_recent() {
  // Packs known now; one that is added meanwhile keeps its chunks in memory until the next run.
  std::set<std::uint32_t> known;
  for (const auto& [number, info] : packs_.all()) known.insert(number);
  std::vector<IndexRecord> records;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.mutex);
    for (const auto& [id, location] : s.chunks) {
      if (known.contains(location.pack))
        records.push_back({id, location});
    }
  }
  if (records.empty())
    return ok();
  std::ranges::sort(records, {}, &IndexRecord::id);

  std::size_t next = 0;
  const auto source = [&](IndexRecord& record) -> Result<bool> {
    if (next == records.size())
      return false;
    record = records[next++];
    return true;
  };
  TRY(std::shared_ptr<IndexRun> run,
      IndexRun::write(objects_, prefix_, key_, random_.guid(), records.size(), source, cache_));
  std::vector<std::uint32_t> covered(known.begin(), known.end());
  TRY(database_.write([&](store::Writer& writer) -> Result<> {
    TRY(writer.change("INSERT INTO vault_runs (vault, id, parts, age) VALUES (?, ?, ?, ?)", prefix_,
                      Bytes(run->id().bytes), run->parts(), next_age_));
    for (const auto number : covered) {
      TRY(writer.change("UPDATE vault_packs SET indexed = 1 WHERE vault = ? AND number = ? AND indexed = 0", prefix_,
                        number));
    }
    return ok();
  }));
  ++next_age_;
  packs_.set_indexed(covered);
  {
    const std::lock_guard lock(runs_mutex_);
    runs_.push_back(run);
  }
  for (const auto& record : records) {
    auto& s = shard(record.id);
    const std::lock_guard lock(s.mutex);
    const auto at = s.chunks.find(record.id);
    if (at != s.chunks.end() && at->second == record.location) {
      s.chunks.erase(at);
      recent_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
  return ok();
}

Result<> ChunkIndex::merge_runs() {
  std::vector<std::shared_ptr<IndexRun>> old;
  {
    const std::shared_lock lock(runs_mutex_);
    if (runs_.size() <= limits_.runs)
      return ok();
    // The newest runs up to the first that is larger than all of them together: every record is merged a number of
    // times that grows with the logarithm of the vault.
    std::uint64_t sum = 0;
    auto from = runs_.size();
    while (from > 0 && (runs_.size() - from < 2 || runs_[from - 1]->records() <= sum)) {
      sum += runs_[--from]->records();
    }
    old.assign(runs_.begin() + static_cast<std::ptrdiff_t>(from), runs_.end());
  }
  TRY(std::shared_ptr<IndexRun> merged, merge(old));
  TRY(database_.write([&](store::Writer& writer) -> Result<> {
    for (const auto& run : old) {
      TRY(writer.change("DELETE FROM vault_runs WHERE vault = ? AND id = ?", prefix_, Bytes(run->id().bytes)));
    }
    TRY(writer.change("INSERT INTO vault_runs (vault, id, parts, age) VALUES (?, ?, ?, ?)", prefix_,
                      Bytes(merged->id().bytes), merged->parts(), next_age_));
    return ok();
  }));
  ++next_age_;
  {
    const std::lock_guard lock(runs_mutex_);
    runs_.erase(runs_.end() - static_cast<std::ptrdiff_t>(old.size()), runs_.end());
    runs_.push_back(merged);
  }
  for (const auto& run : old) {
    if (const auto removed = run->remove(); !removed) {  // nothing points to it any more; collect sweeps it up
      log::warning("vault", "an old index run stays behind: {}", removed.error().cause());
    }
  }
  return ok();
}

Result<std::unique_ptr<IndexRun>> ChunkIndex::merge(const std::vector<std::shared_ptr<IndexRun>>& runs) {
  struct Input {
    RecordSource source;
    IndexRecord head;
    bool more = false;
  };
  std::vector<Input> inputs;
  std::uint64_t most = 0;
  for (const auto& run : runs) {
    inputs.push_back({run->scan(), {}, false});
    TRY(inputs.back().more, inputs.back().source(inputs.back().head));
    most += run->records();
  }
  const auto source = [&](IndexRecord& record) -> Result<bool> {
    for (;;) {
      Input* best = nullptr;
      for (auto& input : inputs) {  // later inputs are newer: they win among equal ids
        if (input.more && (best == nullptr || input.head.id <= best->head.id))
          best = &input;
      }
      if (best == nullptr)
        return false;
      record = best->head;
      for (auto& input : inputs) {
        while (input.more && input.head.id == record.id) {
          // A newer record of a pack that is gone does not hide an older one that still holds.
          if (!packs_.find(record.location.pack))
            record = input.head;
          TRY(input.more, input.source(input.head));
        }
      }
      if (packs_.find(record.location.pack))
        return true;
    }
  };
  return IndexRun::write(objects_, prefix_, key_, random_.guid(), most, source, cache_);
}

}  // namespace quaymaster::vault
