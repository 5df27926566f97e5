#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <vector>

#include "vault/core/core.h"

namespace quaymaster::vault {

class PackWriter;

/// Collects the chunks of one frame.
struct FrameBuilder {
  Buffer plain;
  std::vector<ChunkEntry> chunks;
};

/// A backup in progress: new chunks are collected into frames; the sealers compress and seal frames, open them again,
/// compare, and write them into packs; the syncers sync the packs, and only then are they visible to others.
class BackupSession final : public Session, public std::enable_shared_from_this<BackupSession> {
 public:
  static std::shared_ptr<BackupSession> begin(Core& core);
  ~BackupSession() override;

  std::unique_ptr<StreamWriter> stream(Cut cut) override;
  Result<bool> reuse(std::span<const StreamPart> extents) override;
  Result<> seal() override;
  Totals totals() const override;

  /// The frame that one writer fills: its chunks are stored together, and it shares no lock with other writers. When
  /// the writer ends, its unfinished frame stays with the session.
  class Slot {
   public:
    explicit Slot(BackupSession& session);
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

   private:
    friend class BackupSession;
    BackupSession& session_;
    std::unique_ptr<FrameBuilder> builder_;
  };
  /// Returns the chunk's id, storing it unless the vault has it. New chunks go into the frame in `slot`. Thread-safe
  /// for different slots.
  Result<ChunkId> store(Bytes bytes, Slot& slot);
  void count_read(std::uint64_t bytes, std::uint64_t zeros) {
    bytes_read_.fetch_add(bytes, std::memory_order_relaxed);
    bytes_zero_.fetch_add(zeros, std::memory_order_relaxed);
  }
  Result<> failure() const;
  Core& core() { return core_; }

 private:
  friend class PackWriter;
  static constexpr std::size_t kReliedAtOnce = 16 * 1024;
  explicit BackupSession(Core& core) : core_(core) {}

  std::unique_ptr<FrameBuilder> borrow();
  void recycle(std::unique_ptr<FrameBuilder> builder);
  void send(std::unique_ptr<FrameBuilder> builder);  // already counted in frames_
  /// Sends unfinished frames and closes the current pack as soon as possible. True: nothing of this session is in
  /// flight any more, or it has failed.
  bool flush_soon();
  /// Waits, and hurries this session, until chunks that it has claimed are in packs on which the session `asker` may
  /// rely. False: it failed to store one.
  Result<bool> await(const std::vector<ChunkId>& ids, std::uint32_t asker);
  void rely_on(const ChunkId& id, std::uint32_t owner);
  Result<> forget_what_is_stored();
  void work(FrameBuilder& builder);  // on a sealer
  Result<> seal_own();               // everything of this session is durable and visible
  void finish_later(std::shared_ptr<PackWriter> pack);
  /// A frame's place in a pack.
  struct Placed {
    std::shared_ptr<PackWriter> pack;
    FrameEntry entry;
    std::uint32_t number = 0;
    std::uint64_t offset = 0;
  };
  Result<Placed> place(FrameEntry entry, const std::vector<ChunkEntry>& chunks);
  void end_frame(const Placed& placed, const Result<>& written);
  void release_all(const std::vector<ChunkEntry>& chunks);
  void fail(Error error);
  void pack_done();

  Core& core_;
  std::uint32_t owner_ = 0;
  std::uint64_t quarantines_seen_ = 0;  // when it began

  /// Held shared from the claim of a chunk until it is in a frame, and exclusively while unfinished frames are sent:
  /// the flush sees every chunk claimed earlier.
  std::shared_mutex flow_;
  std::set<Slot*> slots_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t changes_ = 0;
  std::vector<std::unique_ptr<FrameBuilder>> idle_;  // empty ones, and at the end those that a writer left behind
  std::size_t frames_ = 0;                           // in flight and not yet written
  std::size_t packs_ = 0;                            // started and not yet in the table
  std::shared_ptr<PackWriter> pack_;
  std::optional<Error> error_;
  std::map<std::uint32_t, std::vector<ChunkId>> relied_on_;  // chunks that other sessions are storing, by session
  std::size_t relied_ = 0;                                   // how many those are
  std::size_t relied_limit_ = kReliedAtOnce;                 // when reached, those that have been stored are dropped

  std::atomic<bool> failed_{false};  // error_ is set
  std::atomic<std::uint64_t> bytes_read_{0};
  std::atomic<std::uint64_t> bytes_zero_{0};
  std::atomic<std::uint64_t> bytes_new_{0};
  std::atomic<std::uint64_t> bytes_stored_{0};
  std::atomic<std::uint64_t> chunks_{0};
  std::atomic<std::uint64_t> chunks_new_{0};
};

/// One pack being written by one session. Frames get their places in order; they may be written in any order.
class PackWriter : public std::enable_shared_from_this<PackWriter> {
 public:
  static Result<std::shared_ptr<PackWriter>> begin(Core& core, std::uint32_t owner);

  /// Call under the session's lock. Returns the place of a frame of entry.sealed_size bytes; its chunks get their
  /// ordinals.
  std::uint64_t add(FrameEntry entry, const std::vector<ChunkEntry>& chunks, std::uint32_t& number);
  bool full() const { return end_ >= kPackTarget || index_.chunks.size() >= kPackMostChunks; }
  Result<> write(Bytes sealed, std::uint64_t offset);
  const PackId& id() const { return id_; }
  const SealKey& key() const { return key_; }

  /// Writes index and trailer, syncs, adds the row, and then makes the pack visible.
  Result<> finish(Core& core);
  /// Releases the claims on its chunks; earlier places of them stay valid. The object is removed, or left for the next
  /// collect if its row may still appear.
  void abandon_pack(Core& core);

  // Under the session's lock.
  std::size_t unwritten = 0;
  bool closed = false;
  bool close_soon = false;  // something waits for it: close it after the last frame in flight
  bool failed = false;

 private:
  PackId id_;
  SealKey key_;
  std::uint32_t number_ = 0;
  std::uint32_t owner_ = 0;
  bool row_tried_ = false;  // a change that was reported as failed may have been completed, which shows after a crash
  std::unique_ptr<objects::ObjectWriter> writer_;
  PackIndex index_;
  std::uint64_t end_ = kPackHeaderSize;
  std::uint64_t plain_ = 0;
};

}  // namespace quaymaster::vault
