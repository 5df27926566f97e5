#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::identity {

/// The last line that the audit log is known to have, kept beside it: a log whose end is cut off is a whole chain, too.
/// It is written after the line is synced and not synced itself, so a power failure may leave it behind the log and
/// never before it. Format: doc/formats/audit-log.md.
struct AuditHead {
  std::int64_t number = 0;
  std::string hash;

  /// Would a log that ends with this line have lost something?
  bool is_missing(std::int64_t last, const std::string& last_hash) const {
    return number > last || (number == last && hash != last_hash);
  }
};

/// None: there is none, or not one of ours; a log says no less without it.
std::optional<AuditHead> read_audit_head(Disk& disk, const Path& directory);

/// The open file of the directory's head, for write_audit_head. One write at a time.
Result<std::unique_ptr<File>> open_audit_head(Disk& disk, const Path& directory);
Result<> write_audit_head(File& file, const AuditHead& head);

}  // namespace quaymaster::identity
