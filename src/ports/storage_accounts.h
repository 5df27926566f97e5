#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace quaymaster::arm {

/// What other providers may see of a storage account. Keys are not included.
struct StorageAccount {
  std::string name;
  std::string id;  // in the case it was created with
  std::string location;
  std::string blob_endpoint;  // "https://localhost:10000/name/"
};

/// How providers that move blobs look up a storage account without depending on the storage provider.
class StorageAccounts {
 public:
  virtual ~StorageAccounts() = default;
  /// Errc::not_found: no such account, or the id is not that of a storage account.
  virtual Result<StorageAccount> by_id(store::Reader& reader, std::string_view id) = 0;
  virtual Result<StorageAccount> by_name(store::Reader& reader, std::string_view name) = 0;
  /// Up to `limit` accounts of the subscription whose lower-case id is greater than `after`, in that order.
  virtual Result<std::vector<StorageAccount>> in_subscription(store::Reader& reader, std::string_view subscription,
                                                              std::string_view after, std::size_t limit) = 0;
};

}  // namespace quaymaster::arm
