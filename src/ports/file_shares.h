#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files/confined.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "store/database.h"

namespace quaymaster::arm {

/// A file share of a storage account: a name for a directory on the server.
struct FileShare {
  std::string name;        // lower case
  std::string account;     // the account's name
  std::string account_id;  // its resource id
  Path directory;          // absolute, without links; was below one of the allowed directories when it was registered
};

/// How the backup provider finds the directories of shares without depending on the storage provider. Thread-safe.
class FileShares {
 public:
  virtual ~FileShares() = default;
  /// By account name and share name. Errc::not_found.
  virtual Result<FileShare> share(store::Reader& reader, std::string_view account, std::string_view name) = 0;
  /// Every share of the account that has a directory, sorted by name.
  virtual Result<std::vector<FileShare>> shares(store::Reader& reader, std::string_view account) = 0;
  /// Opens the directory. Call it right before use, and access the directory only through the result: the path must
  /// not be resolved again, since others can replace the directory. Errc::not_found: it no longer exists.
  /// Errc::forbidden: the path now leads elsewhere.
  virtual Result<OpenDirectory> open_directory(const FileShare& share) const = 0;
};

}  // namespace quaymaster::arm
