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
    const std::lock_guard lock(mutex_);
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
  return {bytes_read_, bytes_zero_, bytes_new_, bytes_stored_, chunks_, chunks_new_};
}

Result<bool> SessionImpl::reuse(std::span<const Extent> extents) {
  std::uint64_t bytes = 0;
  std::uint64_t zeros = 0;
  std::uint64_t chunks = 0;
  for (const auto& extent : extents) {
    bytes += extent.size;
    if (!extent.chunk) {
      zeros += extent.size;
      continue;
    }
    ++chunks;
    TRY(const auto known, core_.index.knows(*extent.chunk));
    if (!known)
      return false;
  }
  count_read(bytes, zeros);
  chunks_.fetch_add(chunks, std::memory_order_relaxed);
  return true;
}

Result<> SessionImpl::failure() const {
  if (!failed_)
    return ok();
  const std::lock_guard lock(mutex_);
  return *error_;
}

void SessionImpl::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_)
    error_ = std::move(error);
  failed_ = true;
}

Result<ChunkId> SessionImpl::store(Bytes bytes, Slot& slot) {
  const auto id = core_.hash(bytes);
  std::shared_lock flow(flow_);
  TRY(const auto claim, core_.index.claim(id, owner_));
  chunks_.fetch_add(1, std::memory_order_relaxed);
  if (claim.answer != ChunkIndex::Answer::yours) {
    if (claim.answer == ChunkIndex::Answer::in_flight && claim.owner != owner_) {
      const std::lock_guard lock(mutex_);
      relied_on_[claim.owner].push_back(id);
    }
    return id;
  }
  if (auto failed = failure(); !failed) {
    core_.index.abandon(id);
    return std::move(failed).error();
  }
  auto& builder = slot.builder_;
  if (!builder)
    builder = borrow();
  builder->chunks.push_back(
      {id, 0, static_cast<std::uint32_t>(builder->plain.size()), static_cast<std::uint32_t>(bytes.size())});
  append(builder->plain, bytes);
  chunks_new_.fetch_add(1, std::memory_order_relaxed);
  bytes_new_.fetch_add(bytes.size(), std::memory_order_relaxed);
  if (builder->plain.size() < kFrameTarget)
    return id;
  auto full = std::exchange(builder, nullptr);
  {
    const std::lock_guard lock(mutex_);
    ++frames_;
  }
  flow.unlock();  // send may wait for room
  send(std::move(full));
  return id;
}

SessionImpl::Slot::Slot(SessionImpl& session) : session_(session) {
  const std::unique_lock flow(session_.flow_);
  session_.slots_.insert(this);
}

SessionImpl::Slot::~Slot() {
  const std::unique_lock flow(session_.flow_);
  session_.slots_.erase(this);
  if (!builder_)
    return;
  const std::lock_guard lock(session_.mutex_);
  session_.idle_.push_back(std::move(builder_));
}

std::unique_ptr<FrameBuilder> SessionImpl::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto builder = std::move(idle_.back());
      idle_.pop_back();
      return builder;
    }
  }
  auto builder = std::make_unique<FrameBuilder>();
  builder->plain.reserve(kLargestFrame);
  return builder;
}

void SessionImpl::recycle(std::unique_ptr<FrameBuilder> builder) {
  // The memory of a frame is used again: page faults would cost more than compressing it.
  builder->plain.clear();
  builder->chunks.clear();
  const std::lock_guard lock(mutex_);
  if (idle_.size() < 2 * core_.sealers.threads())
    idle_.insert(idle_.begin(), std::move(builder));
  --frames_;
  ++changes_;
  changed_.notify_all();
}

void SessionImpl::send(std::unique_ptr<FrameBuilder> builder) {
  core_.sealers.post([this, sent = std::move(builder)]() mutable {
    work(*sent);
    recycle(std::move(sent));
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
    failed_ = true;
  } else {
    bytes_stored_.fetch_add(entry.sealed_size, std::memory_order_relaxed);
  }
  bool last = --target.unwritten == 0 && target.closed;
  if (target.unwritten == 0 && target.hurry && frames_ == 1 && pack_ == pack.value()) {
    target.closed = true;
    pack_.reset();
    last = true;
  }
  lock.unlock();
  if (last)
    finish_later(std::move(pack).value());
}

void SessionImpl::finish_later(std::shared_ptr<PackWriter> pack) {
  core_.syncers.post([this, done = std::move(pack)] {
    auto finished =
        done->failed ? Result<>(Error(Errc::io, "a frame of the pack was not written")) : done->finish(core_);
    if (!finished) {
      done->give_up(core_);
      fail(std::move(finished).error());
    }
    pack_done();
  });
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
  ++changes_;
  changed_.notify_all();
}

bool SessionImpl::hurry() {
  std::vector<std::unique_ptr<FrameBuilder>> unsent;
  {
    const std::unique_lock flow(flow_);
    const std::lock_guard lock(mutex_);
    for (auto* slot : slots_) {
      if (slot->builder_ && !slot->builder_->chunks.empty())
        unsent.push_back(std::move(slot->builder_));
    }
    std::erase_if(idle_, [&](auto& builder) {
      if (builder->chunks.empty())
        return false;
      unsent.push_back(std::move(builder));
      return true;
    });
    frames_ += unsent.size();
  }
  for (auto& builder : unsent) send(std::move(builder));

  std::unique_lock lock(mutex_);
  std::shared_ptr<PackWriter> ended;
  if (pack_ && pack_->unwritten == 0 && frames_ == 0) {
    pack_->closed = true;
    ended = std::exchange(pack_, nullptr);
  } else if (pack_) {
    pack_->hurry = true;
  }
  const bool over = failed_ || (frames_ == 0 && packs_ == 0);
  lock.unlock();
  if (ended)
    finish_later(std::move(ended));
  return over;
}

Result<> SessionImpl::seal_own() {
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto seen = changes_;
    lock.unlock();
    static_cast<void>(hurry());
    lock.lock();
    if (frames_ == 0 && packs_ == 0)
      break;
    changed_.wait(lock, [&] { return changes_ != seen || (frames_ == 0 && packs_ == 0); });
  }
  return failure();
}

Result<bool> SessionImpl::await(const std::vector<ChunkId>& ids) {
  for (std::size_t next = 0;;) {
    std::unique_lock lock(mutex_);
    const auto seen = changes_;
    lock.unlock();
    const bool over = hurry();
    for (; next < ids.size(); ++next) {
      TRY(const auto location, core_.index.find(ids[next]));
      if (!location)
        break;
      // A pack that was condemned since is safe: it stays until the session that asks has ended.
      const auto pack = core_.packs.find(location->pack);
      if (!pack || pack->state == PackState::quarantined)
        return false;
    }
    if (next == ids.size())
      return true;
    if (over)
      return false;
    lock.lock();
    changed_.wait(lock, [&] { return changes_ != seen; });
  }
}

Result<> SessionImpl::seal() {
  check(slots_.empty());  // writers end before their session is sealed
  TRY(seal_own());
  for (auto& [owner, ids] : std::exchange(relied_on_, {})) {
    std::shared_ptr<SessionImpl> other;
    {
      const std::lock_guard lock(core_.sessions_mutex);
      if (const auto at = core_.sessions.find(owner); at != core_.sessions.end())
        other = at->second.lock();
    }
    // Once the other has ended, what it claimed is in packs or unknown again: asking this one waits for nothing.
    TRY(const auto stored, (other ? *other : *this).await(ids));
    if (!stored)
      return busy("another backup was storing data that this one shares, and failed: run this one again");
  }
  return core_.index.maintain();
}

}  // namespace quaymaster::vault
