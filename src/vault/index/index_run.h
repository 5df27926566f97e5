#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/digests/seal.h"
#include "objects/object_store.h"
#include "vault/vault.h"

namespace quaymaster::vault {

/// Where a chunk is: which pack, and which entry of that pack's index.
struct Location {
  std::uint32_t pack = 0;
  std::uint32_t chunk = 0;
  auto operator<=>(const Location&) const = default;
};
struct IndexRecord {
  ChunkId id;
  Location location;
  auto operator<=>(const IndexRecord&) const = default;
};

using RunId = Guid;

/// Records sorted by id, then by place, returned one by one; false at the end. An id occurs once per place.
using RecordSource = std::function<Result<bool>(IndexRecord&)>;

/// Opened pages of all runs, in a fixed amount of memory. Thread-safe.
class PageCache {
 public:
  explicit PageCache(std::uint64_t bytes);
  bool find(const RunId& run, std::uint64_t page, MutableBytes into);
  void put(const RunId& run, std::uint64_t page, Bytes bytes);

 private:
  struct Slot {
    std::mutex mutex;
    RunId run;
    std::uint64_t page = 0;
    Buffer bytes;
  };
  Slot& slot(const RunId& run, std::uint64_t page);
  std::vector<Slot> slots_;
};

/// One immutable, sorted part of the chunk index: pages addressed by the id itself, since ids are uniformly
/// distributed, and a filter in memory that answers nearly every query for an unknown chunk. About ten bits of memory
/// per record. Format: doc/formats/vault-index.md. Thread-safe.
class IndexRun {
 public:
  /// Writes a run of at most `most_records` records. Durable on return.
  static Result<std::unique_ptr<IndexRun>> write(objects::ObjectStore& objects, const std::string& prefix,
                                                 const SealKey& index_key, const RunId& id, std::uint64_t most_records,
                                                 const RecordSource& source, PageCache& cache);
  /// Errc::not_found, Errc::corrupt: the index must be rebuilt from the packs.
  static Result<std::unique_ptr<IndexRun>> open(objects::ObjectStore& objects, const std::string& prefix,
                                                const SealKey& index_key, const RunId& id, std::uint32_t parts,
                                                PageCache& cache);
  Result<> remove();

  /// Appends every place of the chunk in this run. Errc::corrupt: a page does not open.
  Result<> find(const ChunkId& chunk, std::vector<Location>& places) const;
  /// All records in order of id; the run must outlive the source. Errc::corrupt.
  RecordSource scan() const;
  /// Reads everything from the objects again, bypassing all caches: checks that headers, filters and pages open, and
  /// that the number of records matches the headers. Errc::corrupt, Errc::not_found.
  Result<> verify() const;

  std::string name(std::uint32_t part) const;  // of one part's object
  const RunId& id() const { return id_; }
  std::uint32_t parts() const { return static_cast<std::uint32_t>(parts_.size()); }
  std::uint64_t records() const { return records_; }

 private:
  struct Part {
    std::uint64_t pages = 0;
    Buffer filter;
  };
  IndexRun(objects::ObjectStore& objects, std::string prefix, const SealKey& key, const RunId& id, PageCache& cache);
  Result<> read_page(std::uint32_t part, std::uint64_t page, MutableBytes plain) const;
  Result<> read_page_from_disk(std::uint32_t part, std::uint64_t page, MutableBytes plain) const;
  Result<> write_part(std::uint32_t part, std::uint32_t parts, std::uint64_t records, const std::vector<Buffer>& pages,
                      const Buffer& filter);
  Result<> open_part(std::uint32_t part, std::uint32_t parts);

  objects::ObjectStore& objects_;
  std::string prefix_;
  SealKey key_;
  RunId id_;
  PageCache& cache_;
  std::vector<Part> parts_;
  std::uint64_t records_ = 0;
  std::uint64_t home_pages_ = 0;  // of one part, without the spill pages at its end
};

}  // namespace quaymaster::vault
