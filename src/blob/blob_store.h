#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digests/digest.h"
#include "base/files/disk.h"
#include "base/files/space.h"
#include "base/guid.h"
#include "base/result.h"
#include "objects/object_store.h"
#include "store/database.h"

namespace quaymaster::blob {

enum class Type { block, page, append };

/// Name and value pairs; names keep their case and compare without regard to it.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// The access tier of a blob: elsewhere it decides price and speed, here it is only stored and returned.
enum class Tier { hot = 1, cool = 2, cold = 3 };

/// What a client may set on a blob. Only md5 and tier distinguish absent from empty.
struct Properties {
  std::string content_type;
  std::string content_encoding;
  std::string content_language;
  std::string content_disposition;
  std::string cache_control;
  std::optional<Buffer> md5;  // stored and returned as given, not verified; of any size, as in the service
  /// When absent from a write, the blob keeps its tier, if any. Never set: the account's tier, which is hot.
  std::optional<Tier> tier = {};
};

/// When something was deleted, and when it will be gone for good.
struct Deletion {
  Time at;
  Time expires;
};

struct ContainerInfo {
  std::string name;
  std::uint64_t etag = 0;
  Time modified;
  Metadata metadata;
  std::optional<Deletion> deletion = {};  // of a deleted container that can be restored
  std::uint64_t id = 0;                   // tells deleted containers of one name apart
};

/// What an account keeps of what is overwritten or deleted. The default: nothing.
struct Keeping {
  bool versions = false;          // a blob that is overwritten or deleted becomes a version of its name
  int blob_days = 0;              // deleted blobs, snapshots and versions can be restored for so long; 0: not at all
  bool permanent_delete = false;  // clients may remove deleted snapshots and versions before their time
  int container_days = 0;         // as blob_days, for containers
};

/// Names one state of a blob: the current one, or a snapshot or version by its id.
struct StateId {
  enum class Kind { current, snapshot, version };
  Kind kind = Kind::current;
  Time at = {};
};

struct BlobInfo {
  std::string name;
  Type type = Type::block;
  std::uint64_t size = 0;
  std::uint64_t etag = 0;  // from one counter of the store: no two writes share one
  Time created;
  Time modified;
  Properties properties;
  Metadata metadata;
  Time tier_changed = {};  // when the tier was last set; meaningless without one

  bool is_current = true;             // false: a snapshot, a former version or a deleted blob
  std::optional<Time> version = {};   // version id; nullopt: written while the account kept no versions
  std::optional<Time> snapshot = {};  // snapshot id
  std::optional<Deletion> deletion = {};
};

/// Evaluated in the transaction that changes the blob, so a conditional write is a compare-and-swap.
/// Errc::precondition, Errc::conflict (must_not_exist). Dates compare in whole seconds, as sent on the wire. Where an
/// ETag condition and a date condition with the same meaning are given, the ETag decides (blob.md, 10.1).
/// `must_not_exist` applies to calls that create (put_blob, put_block_list, commit) and is ignored by the others.
struct Conditions {
  std::vector<std::uint64_t> if_match;       // any of these etags
  bool if_match_any = false;                 // "*": the blob must exist
  std::vector<std::uint64_t> if_none_match;  // none of these
  bool must_not_exist = false;               // "*"
  std::optional<Time> modified_since;
  std::optional<Time> unmodified_since;
};

struct BlobKey {
  std::string account;
  std::string container;
  std::string name;
};

/// Checks `blob` (nullopt: it does not exist) against `conditions`, as every change does. Faces use it for reads.
Result<> check_conditions(const Conditions& conditions, const std::optional<BlobInfo>& blob);

/// Bytes that were passed to the store and are not visible yet: a list of places in extents. Destroying it frees the
/// space, unless records that point to it have been committed. Must not outlive the store.
class Content {
 public:
  virtual ~Content() = default;
  virtual std::uint64_t size() const = 0;
  virtual const std::optional<Md5Digest>& md5() const = 0;  // present when the upload was asked to compute it
};

/// A digest as a property.
inline std::optional<Buffer> stored_md5(const std::optional<Md5Digest>& digest) {
  return digest ? std::optional(Buffer(digest->begin(), digest->end())) : std::nullopt;
}

/// Takes bytes, hashes them in the same pass, and writes them to extents. One thread at a time. After an error the
/// upload can only be destroyed. Must not outlive the store. Memory: at most 256 KiB, however much is appended.
class Upload {
 public:
  virtual ~Upload() = default;
  /// The bytes may be reused on return. Errc::no_space: the disk is full, or the reserve (Options::space) would be used
  /// and reclaim could not help. Errc::io.
  virtual Result<> append(Bytes bytes) = 0;
  /// Returns what was appended; call once. Durable only once Store::flush or a committing call has returned.
  virtual Result<std::unique_ptr<Content>> finish() = 0;
};

/// One consistent state of one blob, regardless of later writes. Thread-safe; keeps its extents from being reclaimed.
/// Must not outlive the store.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual const BlobInfo& info() const = 0;
  /// Fills `into` from `offset`, with fewer bytes only at the end of the blob. Verifies what it returns; fastest for
  /// offsets and sizes that are multiples of 64 KiB. Holes of page blobs read as zeros. Errc::corrupt: the bytes on
  /// disk have changed (`into` must not be used).
  virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes into) = 0;
};

struct Block {
  std::string id;  // base64 text as sent
  std::uint64_t size = 0;
};
enum class BlockSource { latest, committed, uncommitted };
struct BlockReference {
  BlockSource source = BlockSource::latest;
  std::string id;
};
struct BlockLists {
  std::optional<BlobInfo> blob;  // nullopt: only uncommitted blocks
  std::vector<Block> committed;
  std::vector<Block> uncommitted;  // by id
};

struct ListRequest {
  std::string prefix;
  std::string delimiter;
  std::string marker;        // opaque, from an earlier page
  std::size_t limit = 5000;  // items per page, 1 to 5000; larger values mean 5000
  bool uncommitted = false;  // also list blobs that have only uncommitted blocks
  std::string start = {};    // names before this one are skipped
  // Former states are listed before the blob of their name, oldest first.
  bool snapshots = false;
  bool versions = false;
  bool deleted = false;        // deleted blobs, and deleted ones of the states listed
  bool only_versions = false;  // names that have versions and no current blob
};
struct ListItem {
  std::optional<BlobInfo> blob;  // absent for a prefix; etag 0: only uncommitted blocks, size 0
  std::string prefix;
  bool only_versions = false;  // stands for a name without a current blob; `blob` is its newest version
};
struct ListPage {
  std::vector<ListItem> items;  // blobs and prefixes merged in one order
  std::string next_marker;      // empty at the end; a page may be short, even empty, and have one
};
struct ContainerPage {
  std::vector<ContainerInfo> containers;
  std::string next_marker;  // empty at the end
};

/// What a deletion of a blob's current state does with its snapshots.
enum class SnapshotDeletion { refuse, include, only };
struct DeleteRequest {
  StateId state = {};
  SnapshotDeletion snapshots = SnapshotDeletion::refuse;
  bool permanent = false;  // remove a deleted snapshot or version before its time
};

/// How much MD5 work an upload does: an import already knows its hashes.
enum class Hashing { none, md5 };

/// Limits of the protocol (blob.md, 20).
constexpr std::size_t kMostUncommittedBlocks = 100'000;
constexpr std::size_t kMostCommittedBlocks = 50'000;

struct Options {
  std::uint64_t extent_size = objects::kLargestObject;  // at least 1 KiB; tests want many extents of few bytes
  /// Checked by uploads before they add bytes; must outlive the store. Null: they fill the disk to the last byte.
  const Space* space = nullptr;
};

/// Blobs in append-only extents, records in the database. Durable order: bytes, then the records that point to them.
/// Changes return only after both are on stable storage; many callers share one flush and one commit. Thread-safe.
/// Knows no HTTP and no account keys.
class Store {
 public:
  virtual ~Store() = default;

  // For all calls below, Errc::not_found means that the container or the blob does not exist; get_container
  // distinguishes the two. Errc::no_space, Errc::io and Errc::corrupt come from the layers below.

  // Containers. Errc::conflict: exists. Deletion takes effect at once; reclaim frees the blobs' space later, and a new
  // container of the same name is empty.
  virtual Result<ContainerInfo> create_container(const std::string& account, const std::string& container,
                                                 Metadata metadata) = 0;
  virtual Result<ContainerInfo> get_container(const std::string& account, const std::string& container) = 0;
  virtual Result<ContainerInfo> set_container_metadata(const std::string& account, const std::string& container,
                                                       Metadata metadata) = 0;
  virtual Result<> delete_container(const std::string& account, const std::string& container,
                                    const Conditions& conditions) = 0;
  /// Restores the deleted container `id` with everything in it, as `container`. Errc::conflict: that name exists.
  virtual Result<ContainerInfo> restore_container(const std::string& account, const std::string& deleted_name,
                                                  std::uint64_t id, const std::string& container) = 0;
  /// At most `limit` names that begin with `prefix`, in byte order, from the end of the page that returned `marker`.
  /// Deleted ones, when asked for, come before the container that has their name now. Errc::invalid: an invalid marker.
  virtual Result<ContainerPage> list_containers(const std::string& account, const std::string& prefix,
                                                const std::string& marker, std::size_t limit,
                                                bool with_deleted = false) = 0;
  /// Deletes everything in it, in several transactions if there is much: after a failure or a crash call it again.
  virtual Result<> delete_account(const std::string& account) = 0;
  virtual Result<Keeping> get_keeping(const std::string& account) = 0;
  /// Applies to what is overwritten or deleted afterwards. `edit` may be called several times.
  virtual Result<Keeping> change_keeping(const std::string& account, const std::function<void(Keeping&)>& edit) = 0;

  // Bytes.
  virtual std::unique_ptr<Upload> upload(Hashing hashing) = 0;
  /// All of these are on stable storage on return; many callers share one flush.
  virtual Result<> flush(const std::vector<const Content*>& contents) = 0;

  // Blobs: each call flushes its contents, then commits. Names are UTF-8, 1 to 4096 bytes (Errc::invalid); the face
  // checks the protocol's stricter rules.

  /// Replaces an existing blob of any type, and drops uncommitted blocks.
  virtual Result<BlobInfo> put_blob(const BlobKey& key, std::unique_ptr<Content> content, Properties properties,
                                    Metadata metadata, const Conditions& conditions) = 0;
  /// Stages a block for a later list; the same id again replaces it. Errc::invalid: the id is empty, longer than 255
  /// bytes, or its base64 decodes to another length than the existing uncommitted blocks' ids. Errc::conflict: 100,000
  /// uncommitted blocks.
  /// Errc::unsupported: the existing blob is not a block blob. Blocks expire a week after the last put_block on the
  /// blob.
  virtual Result<> put_block(const BlobKey& key, const std::string& block_id, std::unique_ptr<Content> content) = 0;
  /// Makes the blob from these blocks, in this order, without moving data. Errc::invalid: an unknown id (nothing
  /// changed). Errc::too_large: more than 50,000. Errc::unsupported: the existing blob is not a block blob.
  virtual Result<BlobInfo> put_block_list(const BlobKey& key, const std::vector<BlockReference>& blocks,
                                          Properties properties, Metadata metadata, const Conditions& conditions) = 0;
  /// Errc::not_found: neither a blob nor uncommitted blocks.
  virtual Result<BlockLists> get_block_lists(const BlobKey& key, const StateId& state = {}) = 0;
  virtual Result<std::shared_ptr<Snapshot>> open_blob(const BlobKey& key, const StateId& state = {}) = 0;
  virtual Result<BlobInfo> get_blob(const BlobKey& key, const StateId& state = {}) = 0;
  /// Sets all of them except the tier, which stays.
  virtual Result<BlobInfo> set_properties(const BlobKey& key, Properties properties, const Conditions& conditions) = 0;
  /// Does not change the etag and the modification time. Errc::unsupported: the existing blob is not a block blob.
  virtual Result<> set_tier(const BlobKey& key, Tier tier, const StateId& state = {}) = 0;
  /// In an account that keeps versions, what was there becomes one.
  virtual Result<BlobInfo> set_metadata(const BlobKey& key, Metadata metadata, const Conditions& conditions) = 0;
  /// The snapshot, which costs no data; its metadata are the blob's unless others are given. In an account that keeps
  /// versions, the blob gets a new version id, which the result has as `version`.
  virtual Result<BlobInfo> create_snapshot(const BlobKey& key, const std::optional<Metadata>& metadata,
                                           const Conditions& conditions) = 0;
  /// Drops uncommitted blocks too; succeeds on a blob that has nothing else. True: what was deleted is kept, as Keeping
  /// says. Errc::conflict: kSnapshotsPresent, kNotDeleted. Errc::forbidden: kCurrentVersion, kPermanentDelete.
  virtual Result<bool> delete_blob(const BlobKey& key, const Conditions& conditions,
                                   const DeleteRequest& request = {}) = 0;
  /// Restores the blob, unless there is a current one, and its deleted snapshots and versions.
  virtual Result<> undelete_blob(const BlobKey& key) = 0;
  /// Errc::invalid: an invalid marker. A page may be short and still have a next marker.
  virtual Result<ListPage> list_blobs(const std::string& account, const std::string& container,
                                      const ListRequest& request) = 0;

  // For engines that commit many blobs and their own progress in one transaction: flush first, then call these inside a
  // change.
  struct NewBlob {
    BlobKey key;
    Type type = Type::block;
    std::uint64_t size = 0;
    /// Parts in order of offset. Block blobs: contiguous, with ids (may repeat, may all be empty). Page blobs may have
    /// holes.
    struct Part {
      std::uint64_t offset = 0;
      std::string block_id;
      std::shared_ptr<Content> content;
    };
    std::vector<Part> parts;
    Properties properties;
    Metadata metadata;
    Conditions conditions;
  };
  /// Every part must have been flushed, and its content must be kept until the transaction has ended; a failed
  /// transaction may be repeated with the same contents. The records appear with the transaction. Errc as put_blob.
  virtual Result<BlobInfo> commit(store::Writer& writer, const NewBlob& blob) = 0;
  /// Also nullopt when the container does not exist.
  virtual Result<std::optional<BlobInfo>> find(store::Reader& reader, const BlobKey& key) = 0;
  virtual Result<> ensure_container(store::Writer& writer, const std::string& account,
                                    const std::string& container) = 0;

  /// Frees the space of overwritten and deleted data, and of uncommitted blocks older than a week. Called in the
  /// background; safe to run with everything else, one at a time. Works in small steps and stops between them when
  /// `stop` is requested. Data that fails verification while being moved is left in place and logged. Returns the
  /// number of bytes reclaimed. Extents that a snapshot or a content still needs are left for a later call, and so are
  /// those that are less than half dead.
  virtual Result<std::uint64_t> reclaim(std::stop_token stop = {}) = 0;
  /// About how many bytes a reclaim would free now; a deleted container or a dropped draft whose records still exist
  /// counts as one extent. Cheap: the cost depends on the wasted space, not on the data.
  virtual Result<std::uint64_t> reclaimable() = 0;
  /// About how many bytes may be added now, by Options::space: what is free above the floor, plus what reclaim could
  /// free when space is needed. As cheap as reclaimable().
  virtual std::uint64_t room() = 0;
  /// Whether `bytes` may be added now, by Options::space. If there is no room, reclaims until there is room for them
  /// and one extent, also from extents that are mostly live; several callers wait for one reclaim, at most two seconds.
  /// Uploads call this themselves. Errc::no_space: live data fills the disk up to the reserve, or the wait took too
  /// long.
  virtual Result<> make_room(std::uint64_t bytes) = 0;
};

}  // namespace quaymaster::blob
