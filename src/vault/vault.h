#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "objects/object_store.h"
#include "store/database.h"

namespace quaymaster::vault {

/// The keyed digest of a chunk's plain bytes: the first 16 bytes of HMAC-SHA-256 under a key unique to this vault, so
/// that someone with access to the disk cannot test whether known bytes are stored. Why 16:
/// doc/decisions/0010-vault.md.
struct ChunkId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const ChunkId&) const = default;
};

/// A part of a stream: a stored chunk, or `size` zero bytes that are not stored.
struct StreamPart {
  std::optional<ChunkId> chunk;
  std::uint64_t size = 0;
};

/// How a stream is cut. `content`: by a rolling hash, so that insertions do not move other chunks (file trees and their
/// metadata). `aligned`: every kAlignedChunk bytes, so that a changed block affects one chunk (disks).
enum class Cut { content, aligned };
constexpr std::uint64_t kAlignedChunk = 256 * kKiB;

struct Totals {
  std::uint64_t bytes_read = 0;    // passed to the session, including zeros and holes
  std::uint64_t bytes_zero = 0;    // of those, zeros and holes
  std::uint64_t bytes_new = 0;     // plain bytes that the vault did not have
  std::uint64_t bytes_stored = 0;  // their size on disk, compressed and sealed
  std::uint64_t chunks = 0;
  std::uint64_t chunks_new = 0;
};

/// Stores one stream after another. One thread; many writers of a session may run on many threads. The data of one
/// writer is stored together, so give it what belongs together. Destroy it before the session is sealed.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  /// Appends the next bytes. Blocks while the session's memory budget is used up. Errc::no_space, Errc::io.
  virtual Result<> append(Bytes bytes) = 0;
  /// The next `size` bytes are zeros: nothing is read or stored for them.
  virtual Result<> append_zeros(std::uint64_t size) = 0;
  /// The next `size` bytes are those of `chunk`, known from an earlier point of this vault. False: the vault no longer
  /// has it (it was collected); nothing was appended, and the caller must append the bytes.
  virtual Result<bool> append_known(const ChunkId& chunk, std::uint64_t size) = 0;
  /// The extents of everything appended since the last finish; the writer can then be used for another stream. They are
  /// durable once the session has been sealed. `last`, when given, is appended first: this saves a copy for a stream
  /// that fits into one buffer.
  virtual Result<std::vector<StreamPart>> finish(Bytes last = {}) = 0;
};

/// One backup in progress. Pins the chunks it deduplicates against, so that collect does not remove them. Thread-safe.
/// Destroying an uncommitted session leaves no visible trace; the next collect frees its bytes.
class Session {
 public:
  virtual ~Session() = default;
  virtual std::unique_ptr<StreamWriter> stream(Cut cut) = 0;
  /// True: the vault has all of these, and they count as read: the point may use them without appending a byte. False:
  /// some were collected or damaged meanwhile, and nothing was counted.
  virtual Result<bool> reuse(std::span<const StreamPart> extents) = 0;
  /// On return everything appended so far is on stable storage and verified: before writing, each sealed frame was
  /// opened again and compared with its input.
  virtual Result<> seal() = 0;
  virtual Totals totals() const = 0;
};

/// A recovery point: what can be restored. `root` is a small document of the workload (its kind and the extents of its
/// streams); it is sealed like everything else.
struct Point {
  Guid id;
  std::string source;  // what was backed up: the owner's key
  Time created;
  Totals totals;
  Buffer root;
};

/// Reads one stored stream. Verifies every chunk against its id before returning any byte of it. Thread-safe: several
/// threads reading different ranges restore at the speed of all cores. Opened frames are shared in a bounded cache.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  virtual std::uint64_t size() const = 0;
  /// Reads up to `into.size()` bytes from `offset`; fewer only at the end. Errc::corrupt: names pack and chunk; nothing
  /// of that chunk is returned.
  virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes into) = 0;
  /// Verified bytes from `offset` on, as they are in the cache, at least one and at most a chunk: avoids a copy.
  /// `offset` must be before the end and not among zeros. Errc::corrupt.
  struct Piece {
    std::shared_ptr<const Buffer> owner;
    Bytes bytes;
  };
  virtual Result<Piece> piece(std::uint64_t offset) = 0;
  /// How many bytes from `offset` on are zeros that are not stored: a restore can leave a hole there.
  virtual std::uint64_t zeros_at(std::uint64_t offset) const = 0;
};
/// Opens a stream by its extents.
using OpenStream = std::function<std::unique_ptr<StreamReader>(std::vector<StreamPart> extents)>;

enum class CheckDepth { structure, every_byte };
struct Damage {
  std::string object;            // the object's name
  std::string what;              // what is wrong with it
  std::vector<Guid> points;      // the recovery points that lose data by it
  std::uint64_t bytes_lost = 0;  // plain bytes that cannot be restored
};
struct CheckReport {
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;
  std::vector<Damage> damage;
};
struct CollectReport {
  std::uint64_t packs_removed = 0;
  std::uint64_t packs_rewritten = 0;
  std::uint64_t bytes_freed = 0;
  /// Recovery points that need chunks which no readable pack has, oldest first; check reports what they lose.
  std::vector<Guid> points_incomplete;
};
struct Stats {
  std::uint64_t points = 0;
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes_on_disk = 0;
  std::uint64_t bytes_plain = 0;
};

/// Called wherever long work can stop; an error it returns (Errc::cancelled) ends that work cleanly.
using Heartbeat = std::function<Result<>(std::uint64_t bytes_done, std::uint64_t bytes_total)>;

/// What protects the vault's keys: the contents of a key file (0600, created at the first start), or a passphrase
/// stretched with scrypt.
struct KeyEncryptionKey {
  enum class Kind { file, passphrase } kind = Kind::file;
  Buffer secret;
};

/// Reports every extent reachable from a point's root, so that check and collect need not understand roots: calls
/// `visit` for each, in any order. Provided by the workload that made the root.
using Trace = std::function<Result<>(Bytes root, const OpenStream& open,
                                     const std::function<Result<>(const StreamPart&)>& visit)>;

struct Options {
  Trace trace;                              // empty: no point is expected
  std::size_t threads = 0;                  // for compressing and sealing; 0: one per core, at most eight
  std::uint64_t memory_budget = 96 * kMiB;  // bytes in flight, over all sessions
  std::uint64_t index_memory = 64 * kMiB;   // cache and filters of the chunk index
  int compression_level = 1;
  /// Whether there is room for what collect writes before it can remove anything. Called before each pack that it
  /// rewrites. Empty: always room.
  std::function<bool()> has_room;
};

/// One deduplicating, encrypted vault on objects named "<prefix>/…". Many sessions, readers, check and collect run
/// concurrently. Formats: doc/formats/vault-*.md. Thread-safe.
class Vault {
 public:
  virtual ~Vault() = default;

  virtual Result<std::unique_ptr<Session>> begin() = 0;
  /// Writes the owner's records of a point in the transaction that makes it visible; if it fails, there is no point.
  using OwnRecords = UniqueFunction<Result<>(store::Writer& writer, const Point& point)>;
  /// Seals the session and makes the point durable; the point becomes visible in the transaction that also runs `with`
  /// (which may be empty). Ends the session.
  virtual Result<Point> commit(std::unique_ptr<Session> session, std::string_view source, Bytes root,
                               OwnRecords with) = 0;

  virtual Result<Point> point(const Guid& id) = 0;
  virtual Result<std::vector<Point>> points(std::string_view source) = 0;  // newest first; without roots
  /// Removes a point in the caller's transaction. The next collect frees its space.
  virtual Result<> remove_point(store::Writer& writer, const Guid& id) = 0;

  virtual std::unique_ptr<StreamReader> read(std::vector<StreamPart> extents) = 0;

  /// Trusts only the bytes: reads index runs and packs from the disk, and verifies that every chunk of every point is
  /// in the pack where the index says it is. Damaged packs are quarantined: new backups store their chunks again, which
  /// heals points that share them. A check of every byte ends the quarantine of packs it finds sound. A damaged index
  /// is reported and rebuilt from the packs.
  virtual Result<CheckReport> check(CheckDepth depth, const Heartbeat& heartbeat) = 0;
  /// Frees what no point needs. Resumable: an interrupted run loses nothing and the next one continues. Points that
  /// lack chunks are reported, and no pack that may have those chunks is removed. Errc::corrupt: the chunks that a
  /// point needs cannot be determined; nothing was removed. Errc::busy: another collect of this vault is running.
  /// Errc::no_space: there is no room to rewrite packs (Options::has_room); everything that needs no rewriting was
  /// removed.
  /// Errors of `fence` end it; nothing that was decided before then happens after.
  virtual Result<CollectReport> collect(const Heartbeat& heartbeat, const store::Fence& fence = {}) = 0;
  /// Rebuilds the chunk index from the packs, completely or not at all, concurrently with everything else. Happens
  /// automatically when part of it is found to be damaged.
  virtual Result<> rebuild_index() = 0;
  virtual Result<Stats> stats() = 0;
  /// Wraps the vault's keys again; data is not touched.
  virtual Result<> change_key(const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key) = 0;
};

}  // namespace quaymaster::vault
