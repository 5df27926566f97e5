#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/operation.h"
#include "arm/paging.h"
#include "arm/resource_groups.h"
#include "arm/server_paths.h"
#include "ports/file_shares.h"
#include "providers/storage/accounts.h"
#include "wire/field.h"

namespace quaymaster::storage {

/// Tables of the shares, for open_sqlite.
store::Schema share_schema();

/// The metadata key that says which directory a share is; Azure's share has no property for that. Every client passes
/// metadata keys through unchanged, so unmodified SDKs can set it; they would drop a property of our own. It is an
/// identifier, since Azure and Terraform accept no other keys.
inline constexpr std::string_view kShareDirectory = "quaymaster_path";

/// Adds the directory of every share of every account; for Accounts::server_paths.
Result<> add_share_paths(store::Reader& reader, Accounts& accounts, std::vector<arm::ServerPath>& into);

struct ShareProperties {
  std::optional<std::map<std::string, std::string>> metadata;
  std::optional<std::int64_t> quota;
  std::optional<std::string> protocols;
  std::optional<Time> changed;
  static constexpr auto wire() {
    using wire::field;
    using T = ShareProperties;
    return wire::fields({field<&T::changed>("lastModifiedTime").read_only(), field<&T::metadata>("metadata"),
                         field<&T::quota>("shareQuota"), field<&T::protocols>("enabledProtocols")});
  }
};
/// Source: FileShare of Microsoft.Storage 2022-09-01.
struct ShareResource {
  std::optional<std::string> id, name, type;
  std::optional<ShareProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = ShareResource;
    return wire::fields({field<&T::id>("id").read_only(), field<&T::name>("name").read_only(),
                         field<&T::type>("type").read_only(), field<&T::properties>("properties")});
  }
};
struct SharePath {
  std::string subscription, group, account, name;
  static constexpr auto wire() {
    using wire::field;
    using T = SharePath;
    return wire::fields({field<&T::subscription>("subscriptionId"), field<&T::group>("resourceGroupName"),
                         field<&T::account>("accountName"), field<&T::name>("shareName")});
  }
};

/// File shares: names for directories of this server that backups protect. They are not served over SMB. Thread-safe.
class Shares final : public arm::FileShares {
 public:
  /// `directories`: where shares may be; `own`: the server's own data, which no share may reach.
  Shares(Accounts& accounts, std::vector<Path> directories, std::vector<Path> own = {})
      : accounts_(accounts), places_(std::move(directories), std::move(own)) {}

  Result<arm::Reply<ShareResource>> put(arm::Context& context, const SharePath& path, const ShareResource& body);
  Result<arm::Reply<ShareResource>> get(arm::Context& context, const SharePath& path);
  Result<arm::Reply<>> remove(arm::Context& context, const SharePath& path);
  Result<arm::Reply<arm::Page<ShareResource>>> list(arm::Context& context, const AccountPath& path);

  // arm::FileShares
  Result<arm::FileShare> share(store::Reader& reader, std::string_view account, std::string_view name) override;
  Result<std::vector<arm::FileShare>> shares(store::Reader& reader, std::string_view account) override;
  Result<OpenDirectory> open_directory(const arm::FileShare& share) const override;

 private:
  Result<Account> account_of(store::Reader& reader, const AccountPath& path);
  Result<Path> allowed(const Path& path) const;
  /// Whether the caller may make the directory a share.
  Result<arm::PathPermit> permit(arm::Context& context, const SharePath& path, const Path& directory) const;

  Accounts& accounts_;
  const ConfinedPlaces places_;
};

}  // namespace quaymaster::storage
