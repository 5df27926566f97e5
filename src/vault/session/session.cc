#include "vault/session/session.h"

#include <algorithm>

#include "base/caught.h"
#include "base/check.h"
#include "vault/session/stream.h"

namespace quaymaster::vault {

std::shared_ptr<BackupSession> BackupSession::begin(Core& core) {
  std::shared_ptr<BackupSession> session(new BackupSession(core));
  const std::lock_guard lock(core.sessions_mutex);
  session->owner_ = core.next_owner++;
  session->quarantines_seen_ = core.quarantines;
  core.sessions[session->owner_] = session;
  return session;
}

BackupSession::~BackupSession() {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& builder : idle_) {
      release_all(builder->chunks);
    }
    idle_.clear();
  }
  // Data already in packs stays: a repeated backup finds it; otherwise the next collect removes it.
  static_cast<void>(seal_own());
  const std::lock_guard lock(core_.sessions_mutex);
  core_.sessions.erase(owner_);
}

std::unique_ptr<StreamWriter> BackupSession::stream(Cut cut) {
  return make_stream(*this, cut);
}

Totals BackupSession::totals() const {
  return {bytes_read_, bytes_zero_, bytes_new_, bytes_stored_, chunks_, chunks_new_};
}

Result<bool> BackupSession::reuse(std::span<const StreamPart> extents) {
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
    TRY(const auto known, core_.is_known(*extent.chunk));
    if (!known) {
      return false;
    }
  }
  count_read(bytes, zeros);
  chunks_.fetch_add(chunks, std::memory_order_relaxed);
  return true;
}

Result<> BackupSession::failure() const {
  if (!failed_) {
    return ok();
  }
  const std::lock_guard lock(mutex_);
  return *error_;
}

void BackupSession::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) {
    error_ = std::move(error);
  }
  failed_ = true;
}

Result<ChunkId> BackupSession::store(Bytes bytes, Slot& slot) {
  const auto id = core_.hash(bytes);
  std::shared_lock flow(flow_);
  TRY(const auto claim, core_.claim(id, owner_));
  chunks_.fetch_add(1, std::memory_order_relaxed);
  if (claim.answer != ChunkIndex::Answer::yours) {
    if (claim.answer == ChunkIndex::Answer::in_flight && claim.owner != owner_) {
      rely_on(id, claim.owner);
      flow.unlock();
      TRY(forget_what_is_stored());
    }
    return id;
  }
  if (auto failed = failure(); !failed) {
    core_.index.release(id, owner_);
    return std::move(failed).error();
  }
  auto& builder = slot.builder_;
  const auto taken = caught([&]() -> Result<> {
    if (!builder) {
      builder = borrow();
    }
    const auto offset = static_cast<std::uint32_t>(builder->plain.size());
    append(builder->plain, bytes);
    builder->chunks.push_back({id, 0, offset, static_cast<std::uint32_t>(bytes.size())});
    return ok();
  });
  if (!taken) {
    core_.index.release(id, owner_);
    fail(taken.error());
    return taken.error();
  }
  chunks_new_.fetch_add(1, std::memory_order_relaxed);
  bytes_new_.fetch_add(bytes.size(), std::memory_order_relaxed);
  if (builder->plain.size() < kFrameTarget && builder->chunks.size() < kFrameMostChunks) {
    return id;
  }
  auto full = std::exchange(builder, nullptr);
  {
    const std::lock_guard lock(mutex_);
    ++frames_;
  }
  flow.unlock();  // send may wait for room
  send(std::move(full));
  return id;
}

void BackupSession::rely_on(const ChunkId& id, std::uint32_t owner) {
  const std::lock_guard lock(mutex_);
  relied_on_[owner].push_back(id);
  ++relied_;
}

/// Two backups of the same data rely on each other for every chunk: those in a live pack by now need no waiting.
Result<> BackupSession::forget_what_is_stored() {
  std::map<std::uint32_t, std::vector<ChunkId>> relied_on;
  {
    const std::lock_guard lock(mutex_);
    if (relied_ < relied_limit_) {
      return ok();
    }
    relied_on.swap(relied_on_);
    relied_ = 0;
  }
  std::size_t left = 0;
  for (const auto& [owner, ids] : relied_on) {
    for (const auto& id : ids) {
      const auto known = core_.is_known(id);
      if (!known || !known.value()) {
        rely_on(id, owner);
        ++left;
      }
    }
  }
  const std::lock_guard lock(mutex_);
  relied_limit_ = std::max(kReliedAtOnce, 2 * left);
  return ok();
}

BackupSession::Slot::Slot(BackupSession& session) : session_(session) {
  const std::unique_lock flow(session_.flow_);
  session_.slots_.insert(this);
}

BackupSession::Slot::~Slot() {
  const std::unique_lock flow(session_.flow_);
  session_.slots_.erase(this);
  if (!builder_) {
    return;
  }
  const std::lock_guard lock(session_.mutex_);
  session_.idle_.push_back(std::move(builder_));
}

std::unique_ptr<FrameBuilder> BackupSession::borrow() {
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

void BackupSession::recycle(std::unique_ptr<FrameBuilder> builder) {
  // Reuses the memory of the frame: page faults would cost more than compression.
  builder->plain.clear();
  builder->chunks.clear();
  const std::lock_guard lock(mutex_);
  if (idle_.size() < 2 * core_.sealers.threads()) {
    idle_.insert(idle_.begin(), std::move(builder));
  }
  --frames_;
  ++changes_;
  changed_.notify_all();
}

void BackupSession::send(std::unique_ptr<FrameBuilder> builder) {
  auto shared = std::make_shared<std::unique_ptr<FrameBuilder>>(std::move(builder));
  const auto posted = caught([&]() -> Result<> {
    core_.sealers.post([this, shared] {
      work(**shared);
      recycle(std::move(*shared));
    });
    return ok();
  });
  if (!posted) {
    release_all((*shared)->chunks);
    fail(posted.error());
    recycle(std::move(*shared));
  }
}

/// No exception may escape: the session would wait forever for a frame that was not accounted for.
void BackupSession::work(FrameBuilder& builder) {
  thread_local Buffer scratch;
  thread_local Buffer sealed;
  thread_local Buffer opened;
  CompressedFrame frame;
  auto placed = caught([&]() -> Result<Placed> {
    frame = compress_frame(builder.plain, core_.options.compression_level, scratch);
    return place({static_cast<std::uint32_t>(frame.bytes.size() + kSealTag),
                  static_cast<std::uint32_t>(builder.plain.size()), frame.compressed},
                 builder.chunks);
  });
  if (!placed) {
    release_all(builder.chunks);
    fail(std::move(placed).error());
    return;
  }
  auto& target = *placed.value().pack;
  const auto number = placed.value().number;
  const auto written = caught([&]() -> Result<> {
    seal_frame(target.key(), target.id(), number, frame.bytes, sealed);
    // Verify before storing: a bit flip in memory must not produce a backup that cannot be opened later.
    TRY(open_frame(target.key(), target.id(), number, placed.value().entry, sealed, opened));
    if (!std::ranges::equal(opened, builder.plain)) {
      return corrupt("a frame does not open to what was sealed: suspect this machine's memory");
    }
    return target.write(sealed, placed.value().offset);
  });
  end_frame(placed.value(), written);
}

void BackupSession::release_all(const std::vector<ChunkEntry>& chunks) {
  for (const auto& chunk : chunks) {
    core_.index.release(chunk.id, owner_);
  }
}

/// The last frame of a full pack finishes the pack.
void BackupSession::end_frame(const Placed& placed, const Result<>& written) {
  auto& target = *placed.pack;
  std::unique_lock lock(mutex_);
  if (!written) {
    target.failed = true;
    if (!error_) {
      error_ = written.error();
    }
    failed_ = true;
  } else {
    bytes_stored_.fetch_add(placed.entry.sealed_size, std::memory_order_relaxed);
  }
  bool last = --target.unwritten == 0 && target.closed;
  if (target.unwritten == 0 && target.close_soon && frames_ == 1 && pack_ == placed.pack) {
    target.closed = true;
    pack_.reset();
    last = true;
  }
  lock.unlock();
  if (last) {
    finish_later(placed.pack);
  }
}

void BackupSession::finish_later(std::shared_ptr<PackWriter> pack) {
  // Ends with pack_done: after that the session may be destroyed.
  const auto end = [this, pack](const Result<>& finished) {
    if (!finished) {
      pack->abandon_pack(core_);
      fail(finished.error());
    }
    pack_done();
  };
  const auto posted = caught([&]() -> Result<> {
    core_.syncers.post([this, pack, end] {
      const auto finished = caught([&]() -> Result<> {
        if (pack->failed) {
          return io("a frame of the pack was not written");
        }
        return pack->finish(core_);
      });
      if (const auto maintained = caught([&] { return core_.maintain_index(); }); !maintained) {
        fail(maintained.error());  // the index would outgrow its memory
      }
      end(finished);
    });
    return ok();
  });
  if (!posted) {
    end(posted);
  }
}

Result<BackupSession::Placed> BackupSession::place(FrameEntry entry, const std::vector<ChunkEntry>& chunks) {
  const std::lock_guard lock(mutex_);
  if (!pack_) {
    TRY(pack_, PackWriter::begin(core_, owner_));
    ++packs_;
  }
  Placed placed{pack_, entry, 0, 0};
  try {
    placed.offset = pack_->add(entry, chunks, placed.number);
  } catch (...) {
    pack_->failed = true;  // its index may list chunks of a frame that is missing
    throw;
  }
  if (pack_->full()) {
    pack_->closed = true;
    pack_.reset();
  }
  return placed;
}

void BackupSession::pack_done() {
  const std::lock_guard lock(mutex_);
  --packs_;
  ++changes_;
  changed_.notify_all();
}

bool BackupSession::flush_soon() {
  std::vector<std::unique_ptr<FrameBuilder>> unsent;
  {
    const std::unique_lock flow(flow_);
    const std::lock_guard lock(mutex_);
    for (auto* slot : slots_) {
      if (slot->builder_ && !slot->builder_->chunks.empty()) {
        unsent.push_back(std::move(slot->builder_));
      }
    }
    std::erase_if(idle_, [&](auto& builder) {
      if (builder->chunks.empty()) {
        return false;
      }
      unsent.push_back(std::move(builder));
      return true;
    });
    frames_ += unsent.size();
  }
  for (auto& builder : unsent) {
    send(std::move(builder));
  }

  std::unique_lock lock(mutex_);
  std::shared_ptr<PackWriter> ended;
  if (pack_ && pack_->unwritten == 0 && frames_ == 0) {
    pack_->closed = true;
    ended = std::exchange(pack_, nullptr);
  } else if (pack_) {
    pack_->close_soon = true;
  }
  const bool over = failed_ || (frames_ == 0 && packs_ == 0);
  lock.unlock();
  if (ended) {
    finish_later(std::move(ended));
  }
  return over;
}

Result<> BackupSession::seal_own() {
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto seen = changes_;
    lock.unlock();
    static_cast<void>(flush_soon());
    lock.lock();
    if (frames_ == 0 && packs_ == 0) {
      break;
    }
    changed_.wait(lock, [&] { return changes_ != seen || (frames_ == 0 && packs_ == 0); });
  }
  return failure();
}

Result<bool> BackupSession::await(const std::vector<ChunkId>& ids, std::uint32_t asker) {
  for (std::size_t next = 0;;) {
    std::unique_lock lock(mutex_);
    const auto seen = changes_;
    lock.unlock();
    const bool over = flush_soon();
    for (; next < ids.size(); ++next) {
      TRY(const auto safe, core_.is_safe_for(ids[next], asker));
      if (!safe) {
        break;
      }
    }
    if (next == ids.size()) {
      return true;
    }
    if (over) {
      return false;
    }
    lock.lock();
    changed_.wait(lock, [&] { return changes_ != seen; });
  }
}

Result<> BackupSession::seal() {
  check(slots_.empty());  // writers end before their session is sealed
  TRY(seal_own());
  for (auto& [owner, ids] : std::exchange(relied_on_, {})) {
    std::shared_ptr<BackupSession> other;
    {
      const std::lock_guard lock(core_.sessions_mutex);
      if (const auto at = core_.sessions.find(owner); at != core_.sessions.end()) {
        other = at->second.lock();
      }
    }
    // Once the other session has ended, its claims are in packs or released: waiting on this one returns at once.
    TRY(const auto stored, (other ? *other : *this).await(ids, owner_));
    if (!stored) {
      return busy("another backup was storing data that this one shares, and failed: run this one again");
    }
  }
  if (core_.quarantines != quarantines_seen_) {
    return busy("damage was found in the vault while this backup ran, which may rely on it: run this one again");
  }
  return ok();
}

}  // namespace quaymaster::vault
