#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files/confined.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "store/database.h"

namespace quaymaster::arm {

/// A file share of a storage account: a name for a directory of the server.
struct FileShare {
  std::string name;        // lower case
  std::string account;     // the account's name
  std::string account_id;  // its resource id
  Path directory;          // absolute, without links, below one of the allowed directories when it was registered
};

/// How the provider of backups finds the directories behind shares, without knowing the storage provider. Thread-safe.
class FileShares {
 public:
  virtual ~FileShares() = default;
  /// By the account's name and the share's. Errc::not_found.
  virtual Result<FileShare> share(store::Reader& reader, std::string_view account, std::string_view name) = 0;
  /// Every share of the account that has a directory, by name.
  virtual Result<std::vector<FileShare>> shares(store::Reader& reader, std::string_view account) = 0;
  /// Opens the directory, right before it is used, and for as long as it is: by its path nobody may reach it again,
  /// since others can exchange it. Errc::not_found: it is gone. Errc::forbidden: it leads elsewhere now.
  virtual Result<OpenDirectory> open_directory(const FileShare& share) const = 0;
};

}  // namespace quaymaster::arm
