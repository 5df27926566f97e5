#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::identity {

/// The last line the audit log is known to have, kept next to the log, because a log whose end was cut off is still a
/// valid chain. It is written after the line is synced and is not synced itself, so a power failure may leave it behind
/// the log but never ahead of it. Format: doc/formats/audit-log.md.
struct AuditHead {
  std::int64_t number = 0;
  std::string hash;

  /// Has a log that ends with this line lost later lines?
  bool is_missing(std::int64_t last, const std::string& last_hash) const {
    return number > last || (number == last && hash != last_hash);
  }
};

/// None: there is no head or it is not in our format; the log can be read without it.
std::optional<AuditHead> read_audit_head(Disk& disk, const Path& directory);

/// Opens the head file of the directory for write_audit_head. One write at a time.
Result<std::unique_ptr<File>> open_audit_head(Disk& disk, const Path& directory);
Result<> write_audit_head(File& file, const AuditHead& head);

}  // namespace quaymaster::identity
