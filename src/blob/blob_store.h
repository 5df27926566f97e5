#pragma once

#include <cstdint>
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

/// Name and value pairs; names keep their case and compare without it.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// What a blob is kept as: a price and a speed elsewhere, here only a word that is kept.
enum class Tier { hot = 1, cool = 2, cold = 3 };

/// What a client may set on a blob; absent is not the same as empty only for md5 and tier.
struct Properties {
  std::string content_type;
  std::string content_encoding;
  std::string content_language;
  std::string content_disposition;
  std::string cache_control;
  std::optional<Buffer> md5;  // stored and handed out, not a check of the data; of any size, as the service keeps it
  /// Absent when a blob is written: that of the blob there, if any. Never set: the account's, which is hot.
  std::optional<Tier> tier = {};
};

struct ContainerInfo {
  std::string name;
  std::uint64_t etag = 0;
  Time modified;
  Metadata metadata;
};

struct BlobInfo {
  std::string name;
  Type type = Type::block;
  std::uint64_t size = 0;
  std::uint64_t etag = 0;  // from one counter of the store: two writes never share one
  Time created;
  Time modified;
  Properties properties;
  Metadata metadata;
  Time tier_changed = {};  // when the tier was last set; means nothing without one
};

/// Evaluated in the transaction that changes the blob, so a conditional write is a compare-and-swap.
/// Errc::precondition, Errc::conflict (must_not_exist). Dates compare in whole seconds, as they travel. Where an ETag
/// condition and a date condition of the same sense are given, the ETag decides (blob.md, 10.1). `must_not_exist`
/// counts for calls that create (put_blob, put_block_list, commit) and is ignored by the others.
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

/// Whether `blob` (absent: it does not exist) meets `conditions`, as every change decides it. Faces use it for reads.
Result<> check_conditions(const Conditions& conditions, const std::optional<BlobInfo>& blob);

/// Bytes that have been handed to the store and are not visible yet: a list of places in extents. Dropping it gives
/// the space back, unless records that point to it were committed meanwhile. Must not outlive the store.
class Content {
 public:
  virtual ~Content() = default;
  virtual std::uint64_t size() const = 0;
  virtual const std::optional<Md5Digest>& md5() const = 0;  // present when the upload was asked to hash
};

/// A digest as a property.
inline std::optional<Buffer> stored_md5(const std::optional<Md5Digest>& digest) {
  return digest ? std::optional(Buffer(digest->begin(), digest->end())) : std::nullopt;
}

/// Takes bytes, hashes them in the same pass, puts them into extents. One thread at a time. After an error the upload
/// can only be dropped. Must not outlive the store. Memory: at most 256 KiB, whatever is appended.
class Upload {
 public:
  virtual ~Upload() = default;
  /// The bytes may be reused on return. Errc::no_space: the disk is full, or what is kept of it (Options::space) would
  /// be touched and reclaim could not help. Errc::io.
  virtual Result<> append(Bytes bytes) = 0;
  /// What was appended, once. Durable only once Store::flush or a committing call has returned.
  virtual Result<std::unique_ptr<Content>> finish() = 0;
};

/// One consistent state of one blob, whatever is written meanwhile. Thread-safe; keeps its extents from being
/// reclaimed. Must not outlive the store.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual const BlobInfo& info() const = 0;
  /// Fills `into` from `offset`, fewer bytes only at the end of the blob. Verifies what it hands out; fastest for
  /// offsets and sizes that are multiples of 64 KiB. Holes of page blobs read as zeros. Errc::corrupt: the bytes on
  /// disk have changed (nothing in `into` may be used).
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
  std::optional<BlobInfo> blob;  // absent: only uncommitted blocks
  std::vector<Block> committed;
  std::vector<Block> uncommitted;  // by id
};

struct ListRequest {
  std::string prefix;
  std::string delimiter;
  std::string marker;        // opaque, from a former answer
  std::size_t limit = 5000;  // items of a page, 1 to 5000; more is taken as 5000
  bool uncommitted = false;  // also blobs that have only uncommitted blocks
  std::string start = {};    // names before this one are left out
};
struct ListItem {
  std::optional<BlobInfo> blob;  // or a prefix; etag 0: only uncommitted blocks, size 0
  std::string prefix;
};
struct ListPage {
  std::vector<ListItem> items;  // one order, blobs and prefixes merged
  std::string next_marker;      // empty at the end
};
struct ContainerPage {
  std::vector<ContainerInfo> containers;
  std::string next_marker;  // empty at the end
};

/// How much md5 work an upload does: the import already knows its hashes.
enum class Hashing { none, md5 };

/// Limits of the protocol (blob.md, 20).
constexpr std::size_t kMostUncommittedBlocks = 100'000;
constexpr std::size_t kMostCommittedBlocks = 50'000;

struct Options {
  std::uint64_t extent_size = objects::kLargestObject;  // at least 1 KiB; tests want many extents without many bytes
  /// What uploads ask before they add bytes; must outlive the store. Null: they fill the disk to its last byte.
  const Space* space = nullptr;
};

/// Blobs in append-only extents, records in the database. Durable order: bytes, then the records that point to them.
/// Nothing that changes returns before both are on stable storage; many callers share one flush and one commit.
/// Thread-safe. Knows no HTTP and no account keys.
class Store {
 public:
  virtual ~Store() = default;

  // Everywhere below Errc::not_found says that the container or the blob is not there; get_container tells which.
  // Errc::no_space, Errc::io and Errc::corrupt come from below.

  // Containers. Errc::conflict: exists. Deleting takes effect at once; the blobs' space comes back by reclaim, and a
  // container created again under the name is empty.
  virtual Result<ContainerInfo> create_container(const std::string& account, const std::string& container,
                                                 Metadata metadata) = 0;
  virtual Result<ContainerInfo> get_container(const std::string& account, const std::string& container) = 0;
  virtual Result<ContainerInfo> set_container_metadata(const std::string& account, const std::string& container,
                                                       Metadata metadata) = 0;
  virtual Result<> delete_container(const std::string& account, const std::string& container,
                                    const Conditions& conditions) = 0;
  /// At most `limit` of the names that begin with `prefix`, in byte order, from where the page that gave `marker`
  /// ended. Errc::invalid: a marker that is not ours.
  virtual Result<ContainerPage> list_containers(const std::string& account, const std::string& prefix,
                                                const std::string& marker, std::size_t limit) = 0;
  /// Everything in it, in several transactions when that is much: after a failure or a crash call it again.
  virtual Result<> delete_account(const std::string& account) = 0;

  // Bytes.
  virtual std::unique_ptr<Upload> upload(Hashing hashing) = 0;
  /// All of these on stable storage on return; one flush for many callers.
  virtual Result<> flush(const std::vector<const Content*>& contents) = 0;

  // Blobs: each flushes what it is given, then commits. Names are UTF-8, 1 to 4096 bytes (Errc::invalid); the
  // protocol's tighter rules are the face's.

  /// Replaces whatever was there, of any type, and drops uncommitted blocks.
  virtual Result<BlobInfo> put_blob(const BlobKey& key, std::unique_ptr<Content> content, Properties properties,
                                    Metadata metadata, const Conditions& conditions) = 0;
  /// Keeps a block for a later list; the same id again replaces it. Errc::invalid: the id is empty, longer than 255
  /// bytes, or the base64 of more or fewer bytes than the ids of the uncommitted blocks there are. Errc::conflict:
  /// 100,000 uncommitted blocks.
  /// Errc::unsupported: the blob there is not a block blob. Gone a week after the last put_block on the blob.
  virtual Result<> put_block(const BlobKey& key, const std::string& block_id, std::unique_ptr<Content> content) = 0;
  /// Makes the blob of these blocks, in this order, moving no data. Errc::invalid: an id that is not there (nothing
  /// changed). Errc::too_large: more than 50,000. Errc::unsupported: the blob there is not a block blob.
  virtual Result<BlobInfo> put_block_list(const BlobKey& key, const std::vector<BlockReference>& blocks,
                                          Properties properties, Metadata metadata, const Conditions& conditions) = 0;
  /// Errc::not_found: neither a blob nor uncommitted blocks.
  virtual Result<BlockLists> get_block_lists(const BlobKey& key) = 0;
  virtual Result<std::shared_ptr<Snapshot>> open_blob(const BlobKey& key) = 0;
  virtual Result<BlobInfo> get_blob(const BlobKey& key) = 0;
  /// All of them but the tier, which stays.
  virtual Result<BlobInfo> set_properties(const BlobKey& key, Properties properties, const Conditions& conditions) = 0;
  /// The etag and the time of modification stay. Errc::unsupported: the blob there is not a block blob.
  virtual Result<> set_tier(const BlobKey& key, Tier tier) = 0;
  virtual Result<BlobInfo> set_metadata(const BlobKey& key, Metadata metadata, const Conditions& conditions) = 0;
  /// Drops uncommitted blocks too; a blob that has nothing else is there for this call.
  virtual Result<> delete_blob(const BlobKey& key, const Conditions& conditions) = 0;
  /// Errc::invalid: a marker that is not ours. A page may be short and still have a marker.
  virtual Result<ListPage> list_blobs(const std::string& account, const std::string& container,
                                      const ListRequest& request) = 0;

  // For engines that commit many blobs and their own progress in one transaction: flush first, then inside a change.
  struct NewBlob {
    BlobKey key;
    Type type = Type::block;
    std::uint64_t size = 0;
    /// Parts in order of offset. Block blobs: contiguous, with ids (may repeat, may all be empty). Page blobs: holes
    /// are allowed.
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
  /// Every part must have been flushed, and its content be kept until the transaction has ended; a transaction that
  /// fails may be tried again with the same contents. The records appear with the transaction. Errc as put_blob.
  virtual Result<BlobInfo> commit(store::Writer& writer, const NewBlob& blob) = 0;
  /// Absent also when the container is.
  virtual Result<std::optional<BlobInfo>> find(store::Reader& reader, const BlobKey& key) = 0;
  virtual Result<> ensure_container(store::Writer& writer, const std::string& account,
                                    const std::string& container) = 0;

  /// Gives back the space of overwritten and deleted data, and of uncommitted blocks older than a week. Called in the
  /// background; safe beside everything else, one at a time. Works in small steps and ends between two of them when
  /// `stop` is requested. Data that fails its check while it is being moved stays where it is and is logged. Returns
  /// bytes reclaimed; extents that a snapshot or a content still needs are left for a later call, and so are those that
  /// are less than half dead.
  virtual Result<std::uint64_t> reclaim(std::stop_token stop = {}) = 0;
  /// About how many bytes a reclaim would give back now; a deleted container or a dropped draft whose records are still
  /// there counts as one extent. Cheap: one look at what is wasted, not at what is there.
  virtual Result<std::uint64_t> reclaimable() = 0;
  /// About how many bytes may be added now, by Options::space: what is free above the floor, and what a reclaim by need
  /// would give back. As cheap as reclaimable().
  virtual std::uint64_t room() = 0;
  /// Whether `bytes` may be added now, by Options::space. When there is no room, reclaims until there is room for them
  /// and one extent, also from extents that are mostly alive; several callers wait for one reclaim, at most two
  /// seconds. Uploads ask by themselves. Errc::no_space: live data fills the disk up to what is kept, or the wait was
  /// too long.
  virtual Result<> make_room(std::uint64_t bytes) = 0;
};

}  // namespace quaymaster::blob
