#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <vector>

#include "vault/core.h"

namespace quaymaster::vault {

class PackWriter;

/// Chunks on their way into one frame.
struct FrameBuilder {
  Buffer plain;
  std::vector<ChunkEntry> chunks;
};

/// A backup in progress: new chunks are gathered into frames, frames are compressed, sealed, opened again and compared
/// on the sealers, written into packs, synced on the syncers, and only then known to others.
class SessionImpl final : public Session, public std::enable_shared_from_this<SessionImpl> {
 public:
  static std::shared_ptr<SessionImpl> begin(Core& core);
  ~SessionImpl() override;

  std::unique_ptr<StreamWriter> stream(Cut cut) override;
  Result<> seal() override;
  Totals totals() const override;

  /// Stores one chunk unless the vault has it; its id either way. Thread-safe.
  Result<ChunkId> store(Bytes bytes);
  void count_read(std::uint64_t bytes, std::uint64_t zeros);
  Result<> failure() const;
  Core& core() { return core_; }

 private:
  friend class PackWriter;
  explicit SessionImpl(Core& core) : core_(core) {}

  std::unique_ptr<FrameBuilder> borrow();
  void give_back(std::unique_ptr<FrameBuilder> builder);
  void send(std::unique_ptr<FrameBuilder> builder);
  void work(FrameBuilder& builder);  // on a sealer
  Result<> seal_own();               // everything of this session durable and known
  Result<std::shared_ptr<PackWriter>> place(FrameEntry entry, std::vector<ChunkEntry>& chunks, std::uint32_t& number,
                                            std::uint64_t& offset);
  void fail(Error error);
  void pack_done();

  Core& core_;
  std::uint32_t owner_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<FrameBuilder>> idle_;
  std::size_t borrowed_ = 0;
  std::size_t frames_ = 0;  // sent and not yet written
  std::size_t packs_ = 0;   // begun and not yet known to the table
  std::shared_ptr<PackWriter> pack_;
  std::optional<Error> error_;
  std::vector<std::pair<ChunkId, std::uint32_t>> relied_on_;  // chunks that another session is storing, and whose
  Totals totals_;
};

/// One pack being written by one session. Frames get their place in order; they may be written in any order.
class PackWriter : public std::enable_shared_from_this<PackWriter> {
 public:
  static Result<std::shared_ptr<PackWriter>> begin(Core& core);

  /// Under the session's lock: the place of a frame of entry.sealed_size bytes; its chunks get their ordinals.
  std::uint64_t add(FrameEntry entry, const std::vector<ChunkEntry>& chunks, std::uint32_t& number);
  bool full() const { return end_ >= kPackTarget; }
  Result<> write(Bytes sealed, std::uint64_t offset) { return writer_->write_at(sealed, offset); }
  const PackId& id() const { return id_; }
  const SealKey& key() const { return key_; }

  /// Index, trailer, sync, row in the store, and then known to everybody.
  Result<> finish(Core& core);
  /// Its chunks are unknown again and the object is removed.
  void give_up(Core& core);

  // Under the session's lock.
  std::size_t unwritten = 0;
  bool closed = false;
  bool failed = false;

 private:
  PackId id_;
  SealKey key_;
  std::uint32_t number_ = 0;
  std::unique_ptr<objects::Writer> writer_;
  PackIndex index_;
  std::uint64_t end_ = kPackHeaderSize;
  std::uint64_t plain_ = 0;
};

}  // namespace quaymaster::vault
