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

/// Names are relative, "/"-separated, of [a-z0-9._-], no part empty or beginning with ".": "packs/3f/3fa9…". At most
/// 255 characters a part and 1,000 in all. Never made from foreign text. No name may be a directory of another ("packs"
/// and "packs/3f"). A caller with many objects spreads them over parts, some thousands of names to each.
using Name = std::string;

/// Errc::invalid: not of that form. Every call below checks.
Result<> check_name(std::string_view name);

/// An object may grow by appending and is never changed where it has been written: bytes at an offset are written once.
/// Objects stay small enough for every implementation behind this seam.
constexpr std::uint64_t kLargestObject = 64 * kMiB;

/// Writes one object from its start to its end. Offsets are given by the caller so that several threads may write
/// disjoint parts; holes read as zeros. Thread-safe.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  /// Errc::no_space, Errc::io: nothing of these bytes may be relied on.
  virtual Result<> write_at(Bytes bytes, std::uint64_t offset) = 0;
  /// Says that these bytes will be synced soon and not be written again, so that their way to the disk can begin now
  /// and the sync be short. May do nothing.
  virtual void start_writeback(std::uint64_t offset, std::uint64_t size) {
    static_cast<void>(offset);
    static_cast<void>(size);
  }
  /// On return everything written before the call, and the object's name, survive a power failure.
  virtual Result<> sync() = 0;
};

/// Immutable byte objects by name. A directory in one process; Ceph RADOS can stand behind the same seam.
/// One conformance suite (testing/objects/object_store_conformance.h) holds for every implementation. Thread-safe.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Stores a whole object, all or nothing; durable on return. Errc::conflict: the name is taken (nothing changed, and
  /// what is there under this name, when it was put, is durable). Errc::no_space. Errc::too_large. Errc::io: should the
  /// process die now, it may be found, whole.
  virtual Result<> put(const Name& name, Bytes bytes) = 0;
  /// Opens a new object for appending. It can be read at once; its name is durable after the first sync.
  /// Errc::conflict: the name is taken.
  virtual Result<std::unique_ptr<ObjectWriter>> create(const Name& name) = 0;
  /// Opens an object that was not finished before a restart, to go on behind what is known to be durable; bytes behind
  /// that may be anything. Errc::not_found.
  virtual Result<std::unique_ptr<ObjectWriter>> reopen(const Name& name) = 0;

  /// Reads up to `into.size()` bytes from `offset`; fewer only at the end. Errc::not_found: no such object.
  virtual Result<std::size_t> read(const Name& name, std::uint64_t offset, MutableBytes into) = 0;
  virtual Result<std::uint64_t> size(const Name& name) = 0;
  /// Gone for good; durable on return. Reads that run meanwhile may still end. Errc::not_found.
  virtual Result<> remove(const Name& name) = 0;
  /// Up to `limit` names that begin with `prefix` and are greater than `after`, in byte order.
  virtual Result<std::vector<Name>> list(std::string_view prefix, std::string_view after, std::size_t limit) = 0;
  virtual Result<std::uint64_t> free_bytes() = 0;
  /// Forgets what is kept open: the reads that follow find an object by its name or not at all. For those who want to
  /// know what is there now.
  virtual void forget_open() {}
};

}  // namespace quaymaster::objects
