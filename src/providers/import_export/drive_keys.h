#pragma once

#include <string>
#include <string_view>

#include "base/digests/seal.h"
#include "base/files/disk.h"
#include "base/guid.h"
#include "base/result.h"

namespace quaymaster::import_export {

/// Encrypts BitLocker keys at rest. Each is sealed with AES-256-GCM under the single key of the data directory and
/// bound to its job and drive, so that a sealed key copied to another row does not open. Format of the key file and
/// of a sealed key: doc/formats/drive-keys.md. Thread-safe.
class DriveKeys {
 public:
  /// Reads the key file, or creates it (mode 0600, durable on return) if missing. Errc::corrupt: not 32 bytes.
  static Result<DriveKeys> open(Disk& disk, const Path& file, RandomSource& random);
  DriveKeys(const SealKey& key, RandomSource& random) : key_(key), random_(&random) {}

  Buffer seal(const Guid& job, std::string_view drive_key, std::string_view bit_locker_key) const;
  /// Errc::corrupt: a different key file, job or drive, or modified bytes.
  Result<std::string> open(const Guid& job, std::string_view drive_key, Bytes sealed) const;

 private:
  SealKey key_;
  RandomSource* random_;  // outlives this
};

}  // namespace quaymaster::import_export
