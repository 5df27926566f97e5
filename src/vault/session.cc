#include "vault/session.h"

#include <algorithm>

#include "base/check.h"
#include "vault/stream.h"

namespace quaymaster::vault {

std::shared_ptr<SessionImpl> SessionImpl::begin(Core& core) {
  std::shared_ptr<SessionImpl> session(new SessionImpl(core));
  const std::lock_guard lock(core.sessions_mutex);
  session->owner_ = core.next_owner++;
  core.sessions[session->owner_] = session;
  return session;
}

SessionImpl::~SessionImpl() {
  {
    std::unique_lock lock(mutex_);
    check(borrowed_ == 0);
    for (const auto& builder : idle_) {
      for (const auto& chunk : builder->chunks) core_.index.abandon(chunk.id);
    }
    idle_.clear();
  }
  // What is already in packs stays: a backup that is run again finds it. Whoever never does pays with one collect.
  static_cast<void>(seal_own());
  const std::lock_guard lock(core_.sessions_mutex);
  core_.sessions.erase(owner_);
}

std::unique_ptr<StreamWriter> SessionImpl::stream(Cut cut) {
  return make_stream(*this, cut);
}

Totals SessionImpl::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

void SessionImpl::count_read(std::uint64_t bytes, std::uint64_t zeros) {
  const std::lock_guard lock(mutex_);
  totals_.bytes_read += bytes;
  totals_.bytes_zero += zeros;
}

Result<> SessionImpl::failure() const {
  const std::lock_guard lock(mutex_);
  if (error_)
    return *error_;
  return ok();
}

void SessionImpl::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_)
    error_ = std::move(error);
}

Result<ChunkId> SessionImpl::store(Bytes bytes) {
  const auto id = core_.hash(bytes);
  TRY(const auto claim, core_.index.claim(id, owner_));
  if (claim.answer != ChunkIndex::Answer::yours) {
    const std::lock_guard lock(mutex_);
    ++totals_.chunks;
    if (claim.answer == ChunkIndex::Answer::in_flight && claim.owner != owner_)
      relied_on_.emplace_back(id, claim.owner);
    return id;
  }
  if (auto failed = failure(); !failed) {
    core_.index.abandon(id);
    return std::move(failed).error();
  }
  auto builder = borrow();
  builder->chunks.push_back(
      {id, 0, static_cast<std::uint32_t>(builder->plain.size()), static_cast<std::uint32_t>(bytes.size())});
  append(builder->plain, bytes);
  if (builder->plain.size() >= kFrameTarget) {
    send(std::move(builder));
  } else {
    give_back(std::move(builder));
  }
  const std::lock_guard lock(mutex_);
  ++totals_.chunks;
  ++totals_.chunks_new;
  totals_.bytes_new += bytes.size();
  return id;
}

std::unique_ptr<FrameBuilder> SessionImpl::borrow() {
  const std::lock_guard lock(mutex_);
  ++borrowed_;
  if (!idle_.empty()) {
    auto builder = std::move(idle_.back());
    idle_.pop_back();
    return builder;
  }
  auto builder = std::make_unique<FrameBuilder>();
  builder->plain.reserve(kLargestFrame);
  return builder;
}

void SessionImpl::give_back(std::unique_ptr<FrameBuilder> builder) {
  const std::lock_guard lock(mutex_);
  --borrowed_;
  idle_.push_back(std::move(builder));
  changed_.notify_all();
}

void SessionImpl::send(std::unique_ptr<FrameBuilder> builder) {
  {
    const std::lock_guard lock(mutex_);
    --borrowed_;
    ++frames_;
    changed_.notify_all();
  }
  core_.sealers.post([this, sent = std::move(builder)]() mutable {
    work(*sent);
    // The memory of a frame is used again: page faults would cost more than compressing it.
    sent->plain.clear();
    sent->chunks.clear();
    const std::lock_guard lock(mutex_);
    if (idle_.size() < 2 * core_.sealers.threads())
      idle_.insert(idle_.begin(), std::move(sent));
    --frames_;
    changed_.notify_all();
  });
}

void SessionImpl::work(FrameBuilder& builder) {
  thread_local Buffer scratch;
  thread_local Buffer sealed;
  thread_local Buffer opened;
  const auto frame = compress_frame(builder.plain, core_.options.compression_level, scratch);
  const FrameEntry entry{static_cast<std::uint32_t>(frame.bytes.size() + kSealTag),
                         static_cast<std::uint32_t>(builder.plain.size()), frame.compressed};
  std::uint32_t number = 0;
  std::uint64_t offset = 0;
  auto pack = place(entry, builder.chunks, number, offset);
  if (!pack) {
    for (const auto& chunk : builder.chunks) core_.index.abandon(chunk.id);
    fail(std::move(pack).error());
    return;
  }
  auto& target = *pack.value();
  seal_frame(target.key(), target.id(), number, frame.bytes, sealed);
  // Verify before store: memory that flips a bit now must not become a backup that can not be opened later.
  auto written = open_frame(target.key(), target.id(), number, entry, sealed, opened);
  if (written && !std::ranges::equal(opened, builder.plain)) {
    written = corrupt("a frame does not open to what was sealed: suspect this machine's memory");
  }
  if (written)
    written = target.write(sealed, offset);

  std::unique_lock lock(mutex_);
  if (!written) {
    target.failed = true;
    if (!error_)
      error_ = std::move(written).error();
  } else {
    totals_.bytes_stored += entry.sealed_size;
  }
  const bool last = --target.unwritten == 0 && target.closed;
  lock.unlock();
  if (last) {
    core_.syncers.post([this, done = pack.value()] {
      auto finished =
          done->failed ? Result<>(Error(Errc::io, "a frame of the pack was not written")) : done->finish(core_);
      if (!finished) {
        done->give_up(core_);
        fail(std::move(finished).error());
      }
      pack_done();
    });
  }
}

Result<std::shared_ptr<PackWriter>> SessionImpl::place(FrameEntry entry, std::vector<ChunkEntry>& chunks,
                                                       std::uint32_t& number, std::uint64_t& offset) {
  const std::lock_guard lock(mutex_);
  if (!pack_) {
    TRY(pack_, PackWriter::begin(core_));
    ++packs_;
  }
  auto pack = pack_;
  offset = pack->add(entry, chunks, number);
  if (pack->full()) {
    pack->closed = true;
    pack_.reset();
  }
  return pack;
}

void SessionImpl::pack_done() {
  const std::lock_guard lock(mutex_);
  --packs_;
  changed_.notify_all();
}

Result<> SessionImpl::seal_own() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return borrowed_ == 0; });
  std::vector<std::unique_ptr<FrameBuilder>> unsent;
  std::erase_if(idle_, [&](auto& builder) {
    if (builder->chunks.empty())
      return false;
    unsent.push_back(std::move(builder));
    return true;
  });
  borrowed_ += unsent.size();
  lock.unlock();
  for (auto& builder : unsent) send(std::move(builder));
  lock.lock();
  changed_.wait(lock, [this] { return frames_ == 0; });
  if (pack_) {
    auto pack = std::exchange(pack_, nullptr);
    pack->closed = true;
    check(pack->unwritten == 0);
    lock.unlock();
    auto finished =
        pack->failed ? Result<>(Error(Errc::io, "a frame of the pack was not written")) : pack->finish(core_);
    if (!finished) {
      pack->give_up(core_);
      fail(std::move(finished).error());
    }
    lock.lock();
    --packs_;
    changed_.notify_all();  // another session may wait for this one too
  }
  changed_.wait(lock, [this] { return packs_ == 0; });
  if (error_)
    return *error_;
  return ok();
}

Result<> SessionImpl::seal() {
  TRY(seal_own());
  std::vector<std::pair<ChunkId, std::uint32_t>> relied_on;
  {
    const std::lock_guard lock(mutex_);
    relied_on = relied_on_;
  }
  std::set<std::uint32_t> owners;
  for (const auto& [id, owner] : relied_on) owners.insert(owner);
  for (const auto owner : owners) {
    std::shared_ptr<SessionImpl> other;
    {
      const std::lock_guard lock(core_.sessions_mutex);
      if (const auto at = core_.sessions.find(owner); at != core_.sessions.end())
        other = at->second.lock();
    }
    if (other)
      static_cast<void>(other->seal_own());  // what matters is whether the chunks are there now
  }
  for (const auto& [id, owner] : relied_on) {
    TRY(const auto known, core_.index.knows(id));
    if (!known)
      return busy("another backup was storing data that this one shares, and failed: run this one again");
  }
  TRY(core_.index.maintain());
  const std::lock_guard lock(mutex_);
  relied_on_.clear();
  return ok();
}

}  // namespace quaymaster::vault
