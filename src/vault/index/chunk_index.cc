#include "vault/index/chunk_index.h"

#include <algorithm>

#include "base/log.h"
#include "vault/records/vault_rows.h"

namespace quaymaster::vault {
namespace {

/// How often a look-up that found only places in removed packs searches again. Each such search coincided with a move,
/// and moves are far slower than searches.
constexpr int kLooks = 4;

}  // namespace

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
  std::vector<RunRow> rows;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    TRY(rows, read_runs(reader, prefix_));
    return ok();
  }));
  for (const auto& row : rows) {
    next_age_ = row.age + 1;
    TRY(auto run, IndexRun::open(objects_, prefix_, key_, row.id, row.parts, cache_));
    runs_.push_back(std::move(run));
  }
  return ok();
}

// Look-up

template <class Visit>
bool ChunkIndex::visit_memory(const ChunkId& id, Visit& visit) const {
  const auto& s = shard(id);
  const std::lock_guard lock(s.mutex);
  const auto [from, to] = s.places.equal_range(id);
  return std::any_of(from, to, [&](const auto& place) { return visit(place.second); });
}

template <class Visit>
Result<> ChunkIndex::visit_runs(const ChunkId& id, Visit& visit) const {
  thread_local std::vector<Location> found;
  const std::shared_lock lock(runs_mutex_);
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    found.clear();
    TRY((*run)->find(id, found));
    if (std::ranges::any_of(found, [&](const Location& place) { return visit(place); })) {
      break;
    }
  }
  return ok();
}

template <class Visit>
Result<> ChunkIndex::visit_places(const ChunkId& id, Visit visit) const {
  for (int look = 0; look < kLooks; ++look) {
    bool found = false;
    bool removed = false;
    const auto with_flags = [&](const Location& place) {
      const auto flags = packs_.flags(place.pack);
      removed = removed || !flags.has_value();
      found = found || flags.has_value();
      return flags.has_value() && visit(place, *flags);
    };
    // In this order: a place is dropped from memory only after a run that has it was published.
    if (!visit_memory(id, with_flags)) {
      TRY(visit_runs(id, with_flags));
    }
    if (found || !removed) {
      break;
    }
  }
  return ok();
}

Result<std::optional<Location>> ChunkIndex::find(const ChunkId& id) const {
  std::optional<Location> best;
  std::uint8_t best_flags = 0;
  TRY(visit_places(id, [&](const Location& place, std::uint8_t flags) {
    if (!best || flags < best_flags) {
      best = place;
      best_flags = flags;
    }
    return best_flags == 0;
  }));
  return best;
}

Result<std::vector<Location>> ChunkIndex::places(const ChunkId& id) const {
  std::vector<std::pair<std::uint8_t, Location>> found;
  TRY(visit_places(id, [&](const Location& place, std::uint8_t flags) {
    found.emplace_back(flags, place);
    return false;
  }));
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found, {}, [](const auto& entry) { return entry.second; });
  found.erase(repeated.begin(), repeated.end());
  std::vector<Location> places;
  for (const auto& [flags, place] : found) {
    places.push_back(place);
  }
  return places;
}

Result<bool> ChunkIndex::is_known(const ChunkId& id) const {
  TRY(const auto place, find(id));
  return place && packs_.is_live(place->pack);
}

Result<bool> ChunkIndex::has(const ChunkId& id, const Location& place) const {
  bool found = false;
  TRY(visit_places(id, [&](const Location& one, std::uint8_t) { return found = found || one == place; }));
  return found;
}

// Storing

bool ChunkIndex::is_live_in_memory(const Shard& shard, const ChunkId& id) const {
  const auto [from, to] = shard.places.equal_range(id);
  return std::any_of(from, to, [&](const auto& place) { return packs_.is_live(place.second.pack); });
}

Result<ChunkIndex::Claim> ChunkIndex::claim(const ChunkId& id, std::uint32_t owner) {
  auto& s = shard(id);
  {
    const std::lock_guard lock(s.mutex);
    if (const auto at = s.claims.find(id); at != s.claims.end()) {
      return Claim{Answer::in_flight, at->second};
    }
    if (is_live_in_memory(s, id)) {
      return Claim{Answer::known};
    }
  }
  bool known = false;
  const auto is_live = [&](const Location& place) { return known = packs_.is_live(place.pack); };
  TRY(visit_runs(id, is_live));  // may read a page: outside the lock
  if (known) {
    return Claim{Answer::known};
  }
  const std::lock_guard lock(s.mutex);
  const auto [at, fresh] = s.claims.try_emplace(id, owner);
  if (!fresh) {
    return Claim{Answer::in_flight, at->second};
  }
  if (is_live_in_memory(s, id)) {  // stored meanwhile
    s.claims.erase(at);
    return Claim{Answer::known};
  }
  return Claim{Answer::yours};
}

void ChunkIndex::release(const ChunkId& id, std::uint32_t owner) {
  auto& s = shard(id);
  const std::lock_guard lock(s.mutex);
  if (const auto at = s.claims.find(id); at != s.claims.end() && at->second == owner) {
    s.claims.erase(at);
  }
}

void ChunkIndex::add_pack(std::uint32_t number, const std::vector<ChunkEntry>& chunks) {
  for (std::uint32_t i = 0; i < chunks.size(); ++i) {
    const Location place{number, i};
    auto& s = shard(chunks[i].id);
    const std::lock_guard lock(s.mutex);
    const auto [from, to] = s.places.equal_range(chunks[i].id);
    if (std::any_of(from, to, [&](const auto& known) { return known.second == place; })) {
      continue;
    }
    s.places.emplace(chunks[i].id, place);
    recent_.fetch_add(1, std::memory_order_relaxed);
  }
  const std::lock_guard lock(whole_mutex_);
  whole_.insert(number);
}

void ChunkIndex::forget_packs(const std::set<std::uint32_t>& numbers) {
  {
    const std::lock_guard lock(whole_mutex_);
    for (const auto number : numbers) {
      whole_.erase(number);
    }
  }
  for (auto& s : shards_) {
    const std::lock_guard lock(s.mutex);
    recent_.fetch_sub(std::erase_if(s.places, [&](const auto& place) { return numbers.contains(place.second.pack); }),
                      std::memory_order_relaxed);
  }
}

// Runs

Result<> ChunkIndex::maintain() {
  if (in_memory() < limits_.recent) {
    return ok();
  }
  const std::lock_guard lock(maintain_mutex_);
  if (in_memory() >= limits_.recent) {
    TRY(write_recent());
  }
  return merge_runs();
}

Result<> ChunkIndex::write_recent() {
  std::set<std::uint32_t> covered;
  {
    const std::lock_guard lock(whole_mutex_);
    covered = whole_;
  }
  std::erase_if(covered, [&](std::uint32_t number) { return !packs_.find(number); });
  std::vector<IndexRecord> records;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.mutex);
    for (const auto& [id, place] : s.places) {
      if (covered.contains(place.pack)) {
        records.push_back({id, place});
      }
    }
  }
  if (records.empty()) {
    return ok();
  }
  TRY(const auto run, write_run(records));
  const std::vector<std::uint32_t> numbers(covered.begin(), covered.end());
  TRY(database_.write(adding_to(prefix_), [&](store::Writer& writer) -> Result<> {
    TRY(add_run(writer, prefix_, {run->id(), run->parts(), next_age_}));
    return mark_indexed(writer, prefix_, numbers);
  }));
  ++next_age_;
  packs_.set_indexed(numbers);
  {
    const std::lock_guard lock(runs_mutex_);
    runs_.push_back(run);
  }
  forget_packs(covered);
  return ok();
}

Result<std::shared_ptr<IndexRun>> ChunkIndex::write_run(std::vector<IndexRecord>& records) {
  std::ranges::sort(records);
  std::size_t next = 0;
  const auto source = [&](IndexRecord& record) -> Result<bool> {
    if (next == records.size()) {
      return false;
    }
    record = records[next++];
    return true;
  };
  TRY(std::shared_ptr<IndexRun> run,
      IndexRun::write(objects_, prefix_, key_, random_.guid(), records.size(), source, cache_));
  return run;
}

Result<> ChunkIndex::merge_runs() {
  Runs old;
  {
    const std::shared_lock lock(runs_mutex_);
    if (runs_.size() <= limits_.runs) {
      return ok();
    }
    // The newest runs up to the first that is larger than all newer ones together: the number of times that a record is
    // merged grows with the logarithm of the vault.
    std::uint64_t sum = 0;
    auto from = runs_.size();
    while (from > 0 && (runs_.size() - from < 2 || runs_[from - 1]->records() <= sum)) {
      sum += runs_[--from]->records();
    }
    old.assign(runs_.begin() + static_cast<std::ptrdiff_t>(from), runs_.end());
  }
  TRY(const auto merged, merge(old));
  TRY(database_.write(adding_to(prefix_), [&](store::Writer& writer) -> Result<> {
    for (const auto& run : old) {
      TRY(remove_run(writer, prefix_, run->id()));
    }
    return add_run(writer, prefix_, {merged->id(), merged->parts(), next_age_});
  }));
  ++next_age_;
  {
    const std::lock_guard lock(runs_mutex_);
    runs_.erase(runs_.end() - static_cast<std::ptrdiff_t>(old.size()), runs_.end());
    runs_.push_back(merged);
  }
  remove_objects(old);
  return ok();
}

Result<std::shared_ptr<IndexRun>> ChunkIndex::merge(const Runs& runs) {
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
      const Input* least = nullptr;
      for (const auto& input : inputs) {
        if (input.more && (least == nullptr || input.head < least->head)) {
          least = &input;
        }
      }
      if (least == nullptr) {
        return false;
      }
      record = least->head;
      for (auto& input : inputs) {
        while (input.more && input.head == record) {
          TRY(input.more, input.source(input.head));
        }
      }
      if (packs_.flags(record.location.pack)) {
        return true;  // every copy is kept; places in removed packs are dropped here
      }
    }
  };
  TRY(std::shared_ptr<IndexRun> merged, IndexRun::write(objects_, prefix_, key_, random_.guid(), most, source, cache_));
  return merged;
}

/// Removes the objects of runs that no row names any more. Collect sweeps up whatever remains.
void ChunkIndex::remove_objects(const Runs& runs) {
  for (const auto& run : runs) {
    if (const auto removed = run->remove(); !removed && removed.error().kind() != Errc::not_found) {
      log::warning("vault", "an old index run remains: {}", removed.error().cause());
    }
  }
}

Result<> ChunkIndex::rebuild(const PackRecords& next, const std::function<Result<>(store::Writer&)>& with) {
  const std::lock_guard maintain(maintain_mutex_);
  Runs fresh;
  std::set<std::uint32_t> covered;
  std::vector<IndexRecord> records;
  for (bool more = true; more;) {
    std::uint32_t number = 0;
    std::vector<ChunkEntry> chunks;
    TRY(more, next(number, chunks));
    if (more) {
      covered.insert(number);
    }
    for (std::uint32_t i = 0; i < chunks.size(); ++i) {
      records.push_back({chunks[i].id, {number, i}});
    }
    if (!records.empty() && (!more || records.size() >= limits_.recent)) {
      TRY(auto run, write_run(records));
      fresh.push_back(std::move(run));
      records.clear();
    }
  }
  const std::vector<std::uint32_t> numbers(covered.begin(), covered.end());
  TRY(database_.write(alone_with(prefix_), [&](store::Writer& writer) -> Result<> {
    TRY(remove_runs(writer, prefix_));
    TRY(mark_none_indexed(writer, prefix_));
    auto age = next_age_;
    for (const auto& run : fresh) {
      TRY(add_run(writer, prefix_, {run->id(), run->parts(), age++}));
    }
    TRY(mark_indexed(writer, prefix_, numbers));
    return with(writer);
  }));
  next_age_ += static_cast<std::int64_t>(fresh.size());
  packs_.set_only_indexed(numbers);
  Runs old;
  {
    const std::lock_guard lock(runs_mutex_);
    old = std::exchange(runs_, std::move(fresh));
  }
  forget_packs(covered);
  remove_objects(old);
  if (const auto merged = merge_runs(); !merged) {  // the new runs are valid, there are only too many
    log::warning("vault", "the runs of {} could not be merged: {}", prefix_, merged.error().cause());
  }
  return ok();
}

Result<std::uint64_t> ChunkIndex::sweep() {
  const std::lock_guard maintain(maintain_mutex_);  // no run is being written
  std::set<std::string> named;
  {
    const std::shared_lock lock(runs_mutex_);
    for (const auto& run : runs_) {
      for (std::uint32_t part = 0; part < run->parts(); ++part) {
        named.insert(run->name(part));
      }
    }
  }
  std::uint64_t freed = 0;
  std::string after;
  for (;;) {
    TRY(const auto names, objects_.list(prefix_ + "/index/", after, 1000));
    if (names.empty()) {
      return freed;
    }
    after = names.back();
    for (const auto& name : names) {
      if (named.contains(name)) {
        continue;
      }
      TRY(const auto size, objects_.size(name));
      TRY(objects_.remove(name));
      freed += size;
    }
  }
}

Result<std::vector<ChunkIndex::RunDamage>> ChunkIndex::verify() const {
  Runs runs;
  {
    const std::shared_lock lock(runs_mutex_);
    runs = runs_;
  }
  std::vector<RunDamage> damage;
  for (const auto& run : runs) {
    const auto verified = run->verify();
    if (verified) {
      continue;
    }
    if (verified.error().kind() != Errc::corrupt && verified.error().kind() != Errc::not_found) {
      return verified.error();
    }
    const std::shared_lock lock(runs_mutex_);
    if (std::ranges::find(runs_, run) != runs_.end()) {  // otherwise it has been merged meanwhile
      damage.push_back({run->name(0), verified.error().cause()});
    }
  }
  return damage;
}

std::uint64_t ChunkIndex::records() const {
  const std::shared_lock lock(runs_mutex_);
  std::uint64_t count = in_memory();
  for (const auto& run : runs_) {
    count += run->records();
  }
  return count;
}

}  // namespace quaymaster::vault
