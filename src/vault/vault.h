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

/// The keyed digest of a chunk's plain bytes: the first 16 bytes of HMAC-SHA-256 under a key that only this vault has,
/// so that the keeper of the disk can not test whether known bytes are stored. Why 16: doc/decisions/0010-vault.md.
struct ChunkId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const ChunkId&) const = default;
};

/// A stretch of a stream: a stored chunk, or `size` zero bytes that are stored nowhere.
struct StreamPart {
  std::optional<ChunkId> chunk;
  std::uint64_t size = 0;
};

/// How a stream is cut. `content`: where a rolling hash says, so that insertions move no other chunk (file trees, also
/// the metadata of trees). `aligned`: every kAlignedChunk bytes, so that a changed block touches one chunk (disks).
enum class Cut { content, aligned };
constexpr std::uint64_t kAlignedChunk = 256 * kKiB;

struct Totals {
  std::uint64_t bytes_read = 0;    // handed to the session, zeros and holes included
  std::uint64_t bytes_zero = 0;    // of those, zeros and holes
  std::uint64_t bytes_new = 0;     // plain bytes the vault did not have
  std::uint64_t bytes_stored = 0;  // what they take on disk, compressed and sealed
  std::uint64_t chunks = 0;
  std::uint64_t chunks_new = 0;
};

/// One stream being stored, and then the next one. One thread; many writers of a session may run on many threads. What
/// one writer stores lies together, so give it what belongs together. Destroy it before the session is sealed.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  /// Takes the next bytes. Blocks while the session's memory budget is used up. Errc::no_space, Errc::io.
  virtual Result<> append(Bytes bytes) = 0;
  /// The next `size` bytes are zeros: nothing is read or stored for them.
  virtual Result<> append_zeros(std::uint64_t size) = 0;
  /// The next `size` bytes are those of `chunk`, known from an earlier point of this vault. False: the vault has it no
  /// more (it was collected meanwhile); nothing was appended and the caller must append the bytes.
  virtual Result<bool> append_known(const ChunkId& chunk, std::uint64_t size) = 0;
  /// The extents of everything appended since the last finish; the writer is ready for another stream. They are durable
  /// once the session has been sealed. `last`, when given, is appended first: for a stream that fits into one buffer
  /// this saves a copy.
  virtual Result<std::vector<StreamPart>> finish(Bytes last = {}) = 0;
};

/// One backup in progress. Pins what it deduplicates against: collect does not take it away. Thread-safe. Destroying a
/// session that was not committed leaves no visible trace; its bytes are given back by the next collect.
class Session {
 public:
  virtual ~Session() = default;
  virtual std::unique_ptr<StreamWriter> stream(Cut cut) = 0;
  /// True: the vault has all of these, and they count as read: the point may use them without appending a byte. False:
  /// something was collected or damaged meanwhile, and nothing was counted.
  virtual Result<bool> reuse(std::span<const StreamPart> extents) = 0;
  /// Everything appended so far on stable storage and verified: each sealed frame was opened again and compared with
  /// what went in before it was written.
  virtual Result<> seal() = 0;
  virtual Totals totals() const = 0;
};

/// A recovery point: what can be restored. `root` is a small document that belongs to the workload (its kind and the
/// extents of its streams); it is sealed like everything else.
struct Point {
  Guid id;
  std::string source;  // whose backups: the owner's key
  Time created;
  Totals totals;
  Buffer root;
};

/// Reads one stored stream. Verifies every chunk against its id before handing out a byte of it. Thread-safe: several
/// threads reading different ranges restore at the speed of all cores. Opened frames are shared in a bounded cache.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  virtual std::uint64_t size() const = 0;
  /// Reads up to `into.size()` bytes from `offset`; fewer only at the end. Errc::corrupt names pack and chunk; nothing
  /// of that chunk is handed out.
  virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes into) = 0;
  /// Verified bytes from `offset` on as they lie in the cache, at least one and at most a chunk: for passing them on
  /// without a copy. `offset` lies before the end and not among zeros. Errc::corrupt.
  struct Piece {
    std::shared_ptr<const Buffer> owner;
    Bytes bytes;
  };
  virtual Result<Piece> piece(std::uint64_t offset) = 0;
  /// How many bytes from `offset` on are zeros that are stored nowhere: a restore can leave a hole there.
  virtual std::uint64_t zeros_at(std::uint64_t offset) const = 0;
};
/// Opens a stream by its extents.
using OpenStream = std::function<std::unique_ptr<StreamReader>(std::vector<StreamPart> extents)>;

enum class CheckDepth { structure, every_byte };
struct Damage {
  std::string object;            // the object's name
  std::string what;              // what is wrong with it
  std::vector<Guid> points;      // the recovery points that lose something by it
  std::uint64_t bytes_lost = 0;  // plain bytes that can not be restored
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
  /// Recovery points that need chunks which no readable pack holds, oldest first: check says what they lose.
  std::vector<Guid> points_incomplete;
};
struct Stats {
  std::uint64_t points = 0;
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes_on_disk = 0;
  std::uint64_t bytes_plain = 0;
};

/// Asked wherever long work could wait; an error it returns (Errc::cancelled) ends that work cleanly.
using Heartbeat = std::function<Result<>(std::uint64_t bytes_done, std::uint64_t bytes_total)>;

/// How the vault's keys are protected: by the bytes of a key file (0600, made at the first start), or a passphrase
/// stretched with scrypt.
struct KeyEncryptionKey {
  enum class Kind { file, passphrase } kind = Kind::file;
  Buffer secret;
};

/// Tells every extent that a point's root leads to, so that check and collect need not know what a root means: calls
/// `visit` for each, in any order. Comes from the workload that made the root.
using Trace = std::function<Result<>(Bytes root, const OpenStream& open,
                                     const std::function<Result<>(const StreamPart&)>& visit)>;

struct Options {
  Trace trace;                              // empty: no point is expected
  std::size_t threads = 0;                  // compress and seal; 0: one a core, at most eight
  std::uint64_t memory_budget = 96 * kMiB;  // bytes in flight, all sessions together
  std::uint64_t index_memory = 64 * kMiB;   // cache and filters of the chunk index
  int compression_level = 1;
  /// Whether there is room for what collect writes before it can remove anything. Asked before each pack that it
  /// rewrites. Empty: there always is.
  std::function<bool()> has_room;
};

/// One deduplicating, encrypted vault on objects named "<prefix>/…". Many sessions, readers, check and collect run at
/// the same time. Formats: doc/formats/vault-*.md. Thread-safe.
class Vault {
 public:
  virtual ~Vault() = default;

  virtual Result<std::unique_ptr<Session>> begin() = 0;
  /// The owner's own records of a point, in the transaction that makes it visible; an error of it leaves no point.
  using OwnRecords = UniqueFunction<Result<>(store::Writer& writer, const Point& point)>;
  /// Seals the session and makes the point durable; it becomes visible in the transaction that also runs `with` (which
  /// may be empty). The session is over.
  virtual Result<Point> commit(std::unique_ptr<Session> session, std::string_view source, Bytes root,
                               OwnRecords with) = 0;

  virtual Result<Point> point(const Guid& id) = 0;
  virtual Result<std::vector<Point>> points(std::string_view source) = 0;  // newest first; without roots
  /// Forgets a point, in the caller's transaction. Its space comes back with the next collect.
  virtual Result<> remove_point(store::Writer& writer, const Guid& id) = 0;

  virtual std::unique_ptr<StreamReader> read(std::vector<StreamPart> extents) = 0;

  /// Believes nothing but the bytes: reads runs of the index and packs from the disk, and asks for every chunk of every
  /// point the pack that is said to hold it. Damaged packs are put into quarantine: new backups store their chunks
  /// again, which heals points that share them. A check of every byte lifts the quarantine of a pack that it finds
  /// sound. A damaged index is reported and rebuilt from the packs.
  virtual Result<CheckReport> check(CheckDepth depth, const Heartbeat& heartbeat) = 0;
  /// Gives back what no point needs. Resumable: an interrupted run loses nothing and the next one goes on. Points that
  /// lack chunks are reported, and no pack that may hold what they lack is removed. Errc::corrupt: the needs of a point
  /// cannot be read; nothing was removed. Errc::busy: another collect of this vault is running. Errc::no_space: there
  /// is no room to rewrite packs (Options::has_room); what needs no rewriting was removed.
  virtual Result<CollectReport> collect(const Heartbeat& heartbeat) = 0;
  /// Makes the chunk index from the packs again, whole or not at all, beside everything else. Happens by itself when
  /// a part of it turns out to be damaged.
  virtual Result<> rebuild_index() = 0;
  virtual Result<Stats> stats() = 0;
  /// Wraps the vault's keys anew; data is not touched.
  virtual Result<> change_key(const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key) = 0;
};

}  // namespace quaymaster::vault
