#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::objects {

/// Names are relative, separated by "/", of [a-z0-9._-], and no part is empty or begins with ".": "packs/3f/3fa9…". At
/// most 255 characters per part and 1,000 in all. Never derived from foreign text. No name may be a directory of
/// another ("packs" and "packs/3f"). A caller with many objects spreads them over directories with a few thousand names
/// each.
using Name = std::string;

/// Errc::invalid: malformed. Every call below checks its names.
Result<> check_name(std::string_view name);

/// An object may grow by appending and never changes where it has been written: each byte is written once. Objects stay
/// small enough for every implementation.
constexpr std::uint64_t kLargestObject = 64 * kMiB;

/// Writes one object. Callers give the offsets, so that several threads may write disjoint parts; holes read as zeros.
/// Thread-safe.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  /// Errc::no_space, Errc::io: any part of the bytes may have been written.
  virtual Result<> write_at(Bytes bytes, std::uint64_t offset) = 0;
  /// A hint that these bytes will be synced soon and not written again, so that writing them to disk can start now and
  /// the sync is short. May do nothing.
  virtual void start_writeback(std::uint64_t offset, std::uint64_t size) {
    static_cast<void>(offset);
    static_cast<void>(size);
  }
  /// On return everything written before the call, and the object's name, survive a power failure.
  virtual Result<> sync() = 0;
};

/// Immutable byte objects by name. Implemented by a directory for one process; Ceph RADOS could implement it as well.
/// Every implementation passes one conformance suite (testing/objects/object_store_conformance.h). Thread-safe.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Stores a whole object, all or nothing; durable on return. Errc::conflict: the name is taken (nothing changed, and
  /// the existing object, if it was put, is durable). Errc::no_space. Errc::too_large. Errc::io: after a crash the
  /// object may exist, complete.
  virtual Result<> put(const Name& name, Bytes bytes) = 0;
  /// Opens a new object for appending. It is readable at once; its name is durable after the first sync.
  /// Errc::conflict: the name is taken.
  virtual Result<std::unique_ptr<ObjectWriter>> create(const Name& name) = 0;
  /// Opens an object that was unfinished before a restart, to continue after the bytes known to be durable; bytes after
  /// those are undefined. Errc::not_found.
  virtual Result<std::unique_ptr<ObjectWriter>> reopen(const Name& name) = 0;

  /// Reads up to `into.size()` bytes from `offset`; fewer only at the end. Errc::not_found: no such object.
  virtual Result<std::size_t> read(const Name& name, std::uint64_t offset, MutableBytes into) = 0;
  virtual Result<std::uint64_t> size(const Name& name) = 0;
  /// Removes the object; durable on return. Concurrent reads may still complete. Errc::not_found.
  virtual Result<> remove(const Name& name) = 0;
  /// Up to `limit` names that begin with `prefix` and are greater than `after`, in byte order.
  virtual Result<std::vector<Name>> list(std::string_view prefix, std::string_view after, std::size_t limit) = 0;
  virtual Result<std::uint64_t> free_bytes() = 0;
  /// Closes cached files: later reads look objects up by name again. For callers that need to know what exists now.
  virtual void forget_open() {}
};

}  // namespace quaymaster::objects
