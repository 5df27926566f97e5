#include "providers/storage/shares.h"

#include <algorithm>

#include "arm/errors.h"
#include "arm/linked_access.h"
#include "base/encode.h"
#include "providers/storage/account_errors.h"

namespace quaymaster::storage {
namespace {

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE storage_shares (
  account TEXT NOT NULL,
  account_created INTEGER NOT NULL,
  name TEXT NOT NULL,
  directory TEXT NOT NULL,
  quota INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (account, name)
) STRICT;
)",
};
constexpr std::int64_t kDefaultQuota = 5120;  // GiB, as in Azure; reported, not enforced

/// 3 to 63 lower-case letters, digits and single hyphens, no hyphen at either end. Source: naming of shares, Azure
/// Files.
bool is_share_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && !name.starts_with('-') && !name.ends_with('-') &&
         name.find("--") == std::string_view::npos &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Error wrong(std::string_view property, std::string_view why) {
  return refuse(Errc::invalid, arm::kInvalidParameter, why).at(std::string(property));
}

AccountPath account_path(const SharePath& path) {
  return {path.subscription, path.group, path.account};
}

struct Stored {
  std::string name, directory;
  std::int64_t quota = 0;
  Time changed;
};

/// Rows of a deleted and recreated account do not count as its shares; the creation time tells them apart.
Result<std::vector<Stored>> rows_of(store::Reader& reader, const Account& account, std::string_view name,
                                    std::string_view after, std::size_t limit) {
  std::vector<Stored> found;
  TRY(reader.each(
      "SELECT name, directory, quota, changed FROM storage_shares WHERE account = ? AND account_created = ? AND "
      "(? = '' OR name = ?) AND name > ? ORDER BY name LIMIT ?",
      [&](const store::Row& row) -> Result<> {
        found.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2), row.time(3)});
        return ok();
      },
      account.name, account.created, to_lower(name), to_lower(name), after, limit));
  return found;
}

ShareResource answer(const Account& account, const Stored& share) {
  ShareResource resource;
  resource.id = fmt::format("{}/fileServices/default/shares/{}", account.id(), share.name);
  resource.name = share.name;
  resource.type = "Microsoft.Storage/storageAccounts/fileServices/shares";
  auto& properties = resource.properties.emplace();
  properties.metadata.emplace();
  properties.metadata->emplace(kShareDirectory, share.directory);
  properties.quota = share.quota;
  properties.protocols = "SMB";
  properties.changed = share.changed;
  return resource;
}

arm::FileShare told(const Account& account, const Stored& share) {
  return {share.name, account.name, account.id(), share.directory};
}

constexpr std::size_t kAll = 100'000;  // shares of one account
/// A caller who may list an account's keys may read all its shares.
constexpr std::string_view kListKeys = "Microsoft.Storage/storageAccounts/listKeys/action";

}  // namespace

store::Schema share_schema() {
  return {"storage_shares", kSteps};
}

Result<Path> Shares::allowed(const Path& path) const {
  TRY(auto real, places_.resolve(path));
  TRY(places_.open_directory(real));  // checks that it is a directory
  return real;
}

/// A configured share directory itself is shared by everyone: it contains present and future data of others. So it
/// requires a role at the root.
Result<arm::PathPermit> Shares::permit(arm::Context& context, const SharePath& path, const Path& directory) const {
  if (places_.is_allowed_itself(directory)) {
    TRY(arm::require_linked(context, {{std::string(kListKeys), "/"}}));
  }
  const auto account =
      arm::resource_id(path.subscription, path.group, "Microsoft.Storage/storageAccounts", path.account);
  return arm::require_path(context, directory, fmt::format("{}/fileServices/default/shares/{}", account, path.name));
}

Result<OpenDirectory> Shares::open_directory(const arm::FileShare& share) const {
  return places_.open_directory(share.directory);
}

Result<Account> Shares::account_of(store::Reader& reader, const AccountPath& path) {
  auto found = accounts_.find(reader, path.name);
  const bool is_it = found && equal_ignoring_case(found.value().subscription, path.subscription) &&
                     equal_ignoring_case(found.value().group, path.group);
  if (is_it || (!found && found.error().kind() != Errc::not_found)) {
    return found;
  }
  return refuse(Errc::not_found, arm::kResourceNotFound, "Microsoft.Storage/storageAccounts/" + path.name, path.group);
}

Result<arm::Reply<ShareResource>> Shares::put(arm::Context& context, const SharePath& path, const ShareResource& body) {
  if (!is_share_name(path.name)) {
    return wrong("shareName", "A share's name has 3 to 63 lower-case letters, digits and single hyphens.");
  }
  std::optional<std::string> named;
  if (body.properties && body.properties->metadata) {
    for (const auto& [key, value] : *body.properties->metadata) {
      if (equal_ignoring_case(key, kShareDirectory)) {
        named = value;
      }
    }
  }
  std::optional<Path> directory;
  arm::PathPermit may;
  if (named) {
    // The same answer for a missing directory and one that is not allowed: a client must not learn what is on the
    // server's disk.
    auto real = allowed(*named);
    if (!real) {
      return wrong("properties.metadata.quaymaster_path",
                   fmt::format("'{}' must be a directory below one of the server's share directories (setting "
                               "share-directories).",
                               *named));
    }
    directory = std::move(real).value();
    TRY(may, permit(context, path, *directory));
  }
  arm::Reply<ShareResource> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(context.groups.require_group(writer, path.subscription, path.group));
    if (directory) {
      TRY(may.confirm(writer, context.groups));
    }
    TRY(const auto account, account_of(writer, account_path(path)));
    TRY(const auto present, rows_of(writer, account, path.name, "", 1));
    if (present.empty() && !directory) {
      return wrong("properties.metadata.quaymaster_path",
                   "A share needs the metadata key quaymaster_path: the directory of the server that has its files.");
    }
    Stored share;
    share.name = path.name;
    share.directory = directory ? directory->string() : present.front().directory;
    const auto before = present.empty() ? kDefaultQuota : present.front().quota;
    share.quota = body.properties ? body.properties->quota.value_or(before) : before;
    share.changed = context.now;
    TRY(writer.change("DELETE FROM storage_shares WHERE account = ? AND name = ?", account.name, share.name));
    TRY(
        writer.change("INSERT INTO storage_shares (account, account_created, name, directory, quota, changed) "
                      "VALUES (?, ?, ?, ?, ?, ?)",
                      account.name, account.created, share.name, share.directory, share.quota, share.changed));
    reply.status = present.empty() ? 201 : 200;
    reply.body = answer(account, share);
    return ok();
  }));
  return reply;
}

Result<arm::Reply<ShareResource>> Shares::get(arm::Context& context, const SharePath& path) {
  arm::Reply<ShareResource> reply;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto account, account_of(reader, account_path(path)));
    TRY(const auto found, rows_of(reader, account, path.name, "", 1));
    if (found.empty()) {
      return refuse(Errc::not_found, arm::kResourceNotFound,
                    "Microsoft.Storage/storageAccounts/" + path.account + "/fileServices/default/shares/" + path.name,
                    path.group);
    }
    reply.body = answer(account, found.front());
    return ok();
  }));
  return reply;
}

/// Removes only the share: the directory and everything in it stay.
Result<arm::Reply<>> Shares::remove(arm::Context& context, const SharePath& path) {
  arm::Reply<> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto account, account_of(writer, account_path(path)));
    TRY(const auto rows,
        writer.change("DELETE FROM storage_shares WHERE account = ? AND name = ?", account.name, to_lower(path.name)));
    TRY(context.groups.resource_removed(writer,
                                        fmt::format("{}/fileServices/default/shares/{}", account.id(), path.name)));
    reply.status = rows > 0 ? 200 : 204;
    return ok();
  }));
  return reply;
}

Result<arm::Reply<arm::Page<ShareResource>>> Shares::list(arm::Context& context, const AccountPath& path) {
  constexpr std::size_t kLargestPage = 200;
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  arm::Reply<arm::Page<ShareResource>> reply;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto account, account_of(reader, path));
    TRY(auto found, rows_of(reader, account, "", wanted.after, wanted.top + 1));
    if (found.size() > wanted.top) {
      found.resize(wanted.top);
      reply.body.next_link = arm::next_link(context, found.back().name);
    }
    for (const auto& one : found) {
      reply.body.value.push_back(answer(account, one));
    }
    return ok();
  }));
  return reply;
}

Result<arm::FileShare> Shares::share(store::Reader& reader, std::string_view account, std::string_view name) {
  TRY(const auto owner, accounts_.find(reader, account));
  TRY(const auto found, rows_of(reader, owner, name, "", 1));
  if (found.empty()) {
    return not_found("the account {} has no share {}", account, name);
  }
  return told(owner, found.front());
}

Result<std::vector<arm::FileShare>> Shares::shares(store::Reader& reader, std::string_view account) {
  TRY(const auto owner, accounts_.find(reader, account));
  TRY(const auto found, rows_of(reader, owner, "", "", kAll));
  std::vector<arm::FileShare> all;
  for (const auto& one : found) {
    all.push_back(told(owner, one));
  }
  return all;
}

/// Rows of deleted accounts may still exist; they are ignored.
Result<> add_share_paths(store::Reader& reader, Accounts& accounts, std::vector<arm::ServerPath>& into) {
  std::vector<std::string> names;
  TRY(reader.each("SELECT DISTINCT account FROM storage_shares ORDER BY account",
                  [&](const store::Row& row) -> Result<> {
                    names.emplace_back(row.text(0));
                    return ok();
                  }));
  for (const auto& name : names) {
    auto account = accounts.find(reader, name);
    if (!account && account.error().kind() == Errc::not_found) {
      continue;
    }
    TRY(const auto owner, std::move(account));
    TRY(const auto found, rows_of(reader, owner, "", "", kAll));
    for (const auto& share : found) {
      into.push_back(
          {share.directory, fmt::format("{}/fileServices/default/shares/{}", owner.id(), share.name), kListKeys});
    }
  }
  return ok();
}

}  // namespace quaymaster::storage
