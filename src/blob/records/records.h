#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "blob/blob_store.h"
#include "blob/piece.h"
#include "blob/records/codec.h"
#include "blob/records/usage.h"
#include "store/database.h"

namespace quaymaster::blob {

// The records of containers, blobs and drafts, and the statements on them. A draft is the set of uncommitted blocks of
// one name. Everything here runs inside the caller's transaction or view. Format: doc/formats/blob-records.md.

using ContainerId = std::int64_t;

/// ETags and ids: one increasing sequence that never repeats. The upper bits count how often the store was opened, the
/// lower 40 count numbers since then, so that taking a number writes nothing. Thread-safe.
class Sequence {
 public:
  static Result<Sequence> open(store::Database& database);
  Sequence(Sequence&& other) noexcept : next_(other.next_.load()) {}
  std::int64_t next() { return next_.fetch_add(1); }

 private:
  static constexpr int kBitsOfRun = 40;
  explicit Sequence(std::int64_t epoch) : next_((epoch << kBitsOfRun) + 1) {}
  std::atomic<std::int64_t> next_;
};

/// What changes need in addition to the records.
struct Context {
  Clock& clock;
  Sequence& sequence;
};

/// What a former state is. Format: doc/formats/blob-records.md, blob_former.
enum class FormerKind { current = 0, snapshot = 1, version = 2, deleted_blob = 3 };

struct BlobRecord {
  OwnerId id = 0;
  BlobInfo info;
  bool has_blocks = false;  // committed from a block list
  OwnerId content = 0;      // the shared content that has its pieces and block list; 0: they are its own
  Pieces pieces;
  FormerKind kind = FormerKind::current;

  /// The owner of its references and of its block list.
  OwnerId owner() const { return content == 0 ? id : content; }
};

struct Draft {
  OwnerId id = 0;
  std::uint64_t blocks = 0;
  std::uint64_t id_size = 0;  // decoded length of its block ids in bytes
};

#define QM_STATE_COLUMNS \
  "id, name, type, size, etag, created, modified, has_blocks, properties, metadata, tier, tier_changed, content"
/// Columns for read_info, in its order, of blob_blobs.
#define QM_BLOB_INFO_COLUMNS QM_STATE_COLUMNS ", version"
/// The index of the first column selected after them.
constexpr int kAfterBlobInfo = 14;
Result<BlobRecord> read_info(const store::Row& row);
/// Columns for read_former, in its order, of blob_former.
#define QM_FORMER_COLUMNS QM_STATE_COLUMNS ", 0, kind, moment, deleted, expires"
constexpr int kAfterFormer = 18;
Result<BlobRecord> read_former(const store::Row& row);
int encode_tier(std::optional<Tier> tier);  // 0: never set

/// Errc::invalid: empty, longer than 4096 bytes, or not UTF-8.
Result<> check_name(const std::string& name);

Result<std::optional<ContainerId>> find_container(store::Reader& reader, const std::string& account,
                                                  const std::string& container);
/// Errc::not_found.
Result<ContainerId> require_container(store::Reader& reader, const std::string& account, const std::string& container);

/// A container, and what must be known before a blob in it is changed.
struct Place {
  ContainerId id = 0;
  bool has_former = false;  // some state was once kept in it; false: blob_former need not be read
  Keeping keeping;
};
/// Errc::not_found.
Result<Place> require_place(store::Reader& reader, const std::string& account, const std::string& container);

/// Block blobs have no holes; one in a record would return zeros that were never written. Errc::corrupt.
Result<> check_whole(const BlobRecord& blob);

enum class Depth { info, pieces };
/// The current blob.
Result<std::optional<BlobRecord>> find_blob(store::Reader& reader, const BlobKey& key, Depth depth);
Result<std::optional<Draft>> find_draft(store::Reader& reader, ContainerId container, const std::string& name);

struct StagedBlock {
  std::string id;
  std::uint64_t size = 0;
  Pieces pieces;
};
/// By id.
Result<std::vector<StagedBlock>> staged_blocks(store::Reader& reader, OwnerId draft);
Result<std::vector<ListedBlock>> listed_blocks(store::Reader& reader, const BlobRecord& blob);

/// Everything that exists under a name before a change.
struct Target {
  Place place;
  std::optional<BlobRecord> blob;
  std::optional<Draft> draft;
};
/// Errc::not_found: the container. Errc::invalid: the name.
Result<Target> find_target(store::Reader& reader, const BlobKey& key);
/// Errc::precondition, Errc::conflict.
Result<> check_target(const Conditions& conditions, const Target& target);

/// What will exist under the name after a change.
struct NewVersion {
  Type type = Type::block;
  std::uint64_t size = 0;
  Pieces pieces;
  std::vector<ListedBlock> blocks;
  const Properties& properties;
  const Metadata& metadata;
};
/// When a change of what was there until now happens: the clock's time, but later than that change.
Time time_of_change(const Context& context, const std::optional<BlobRecord>& before);

/// Replaces the blob, which is kept as the account says, and drops the draft.
Result<BlobInfo> save(store::Writer& writer, const Context& context, const BlobKey& key, const Target& target,
                      const NewVersion& version);
/// Removes the record of a current or former state, and its content unless it has other users.
Result<> remove_record(store::Writer& writer, const BlobRecord& blob, Usage& usage);
/// A draft with many blocks only loses its name, so that the transaction stays short; reclaim finds it as the oldest of
/// all (Reclaim::expire_drafts).
Result<> remove_draft(store::Writer& writer, const Draft& draft, Usage& usage);
/// Removes one transaction's worth of blocks, and the draft with the last of them. References stay until their extent
/// is removed.
Result<> remove_some_blocks(store::Writer& writer, OwnerId draft, Usage& usage);

}  // namespace quaymaster::blob
