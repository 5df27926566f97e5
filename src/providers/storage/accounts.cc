#include "providers/storage/accounts.h"

#include <algorithm>

#include "arm/errors.h"
#include "base/encode.h"
#include "faces/blob/blob_service_settings.h"
#include "providers/storage/account_errors.h"
#include "providers/storage/shares.h"
#include "wire/json.h"

namespace quaymaster::storage {
namespace {

constexpr std::string_view kType = "Microsoft.Storage/storageAccounts";
constexpr std::size_t kKeySize = 64;

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE storage_accounts (
  name TEXT PRIMARY KEY,
  lower_id TEXT NOT NULL UNIQUE,
  subscription TEXT NOT NULL,
  lower_group TEXT NOT NULL,
  group_name TEXT NOT NULL,
  location TEXT NOT NULL,
  kind TEXT NOT NULL,
  sku TEXT NOT NULL,
  tags TEXT NOT NULL,
  settings TEXT NOT NULL,
  key1 BLOB NOT NULL,
  key2 BLOB NOT NULL,
  key1_created INTEGER NOT NULL,
  key2_created INTEGER NOT NULL,
  deleting INTEGER NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
CREATE INDEX storage_accounts_by_subscription ON storage_accounts (subscription, lower_id);
)",
};

#define QM_ACCOUNT_COLUMNS                                                                                 \
  "SELECT name, subscription, group_name, location, kind, sku, tags, settings, key1, key2, key1_created, " \
  "key2_created, created, changed, lower_id FROM storage_accounts "

Buffer bytes_of(Bytes bytes) {
  return Buffer(bytes.begin(), bytes.end());
}

Result<Account> account_of(const store::Row& row) {
  Account account;
  account.name = row.text(0);
  account.subscription = row.text(1);
  account.group = row.text(2);
  account.location = row.text(3);
  const auto kind = wire::value_of<Kind>(row.text(4));
  const auto sku = wire::value_of<SkuName>(row.text(5));
  if (!kind || !sku) {
    return corrupt("the storage account {} has kind '{}' and sku '{}'", account.name, row.text(4), row.text(5));
  }
  account.kind = *kind;
  account.sku = *sku;
  TRY(account.tags, wire::parse_stored<arm::Tags>(row.text(6)));
  TRY(account.settings, wire::parse_stored<AccountSettings>(row.text(7)));
  account.keys[0] = bytes_of(row.blob(8));
  account.keys[1] = bytes_of(row.blob(9));
  account.key_created[0] = row.time(10);
  account.key_created[1] = row.time(11);
  account.created = row.time(12);
  account.changed = row.time(13);
  return account;
}

/// A callback for Reader::each that appends each row to `into`.
auto append_to(std::vector<Account>& into) {
  return [&into](const store::Row& row) -> Result<> {
    TRY(auto account, account_of(row));
    into.push_back(std::move(account));
    return ok();
  };
}

}  // namespace

store::Schema account_schema() {
  return {"storage", kSteps};
}

bool is_account_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 24 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::string Account::id() const {
  return arm::resource_id(subscription, group, kType, name);
}

Accounts::Accounts(store::Database& database, Clock& clock, RandomSource& random, arm::ResourceGroups& groups,
                   blob::Store& blobs, Endpoint endpoint)
    : database_(database),
      clock_(clock),
      random_(random),
      groups_(groups),
      blobs_(blobs),
      endpoint_(std::move(endpoint)) {}

Buffer Accounts::fresh_key() {
  Buffer key(kKeySize);
  random_.fill(key);
  return key;
}

Result<Account> Accounts::find(store::Reader& reader, std::string_view name) {
  std::vector<Account> found;
  TRY(reader.each(QM_ACCOUNT_COLUMNS "WHERE name = ? AND deleting = 0", append_to(found), to_lower(name)));
  if (found.empty()) {
    return not_found("there is no storage account {}", name);
  }
  return std::move(found.front());
}

Result<Account> Accounts::find(std::string_view name) {
  std::optional<Account> found;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    TRY(found, find(reader, name));
    return ok();
  }));
  return *std::move(found);
}

Result<arm::StorageAccount> Accounts::by_name(store::Reader& reader, std::string_view name) {
  TRY(const auto account, find(reader, name));
  return arm::StorageAccount{account.name, account.id(), account.location, endpoint_(account.name)};
}

Result<arm::StorageAccount> Accounts::by_id(store::Reader& reader, std::string_view id) {
  TRY(const auto parsed, arm::parse_resource_id(id));
  if (!equal_ignoring_case(parsed.type, kType)) {
    return not_found("{} is not the id of a storage account", id);
  }
  TRY(auto account, by_name(reader, parsed.name));
  if (!equal_ignoring_case(account.id, id)) {
    return not_found("the storage account {} is not in the group of {}", account.name, id);
  }
  return account;
}

Result<std::vector<arm::StorageAccount>> Accounts::in_subscription(store::Reader& reader, std::string_view subscription,
                                                                   std::string_view after, std::size_t limit) {
  TRY(const auto accounts, list_accounts(reader, subscription, {}, after, limit));
  std::vector<arm::StorageAccount> found;
  for (const auto& account : accounts) {
    found.push_back({account.name, account.id(), account.location, endpoint_(account.name)});
  }
  return found;
}

Result<bool> Accounts::is_taken(store::Reader& reader, std::string_view name) {
  return reader.first("SELECT 1 FROM storage_accounts WHERE name = ?", [](const store::Row&) {}, to_lower(name));
}

Result<bool> Accounts::create(store::Writer& writer, Account& account) {
  TRY(const auto group, groups_.require_group(writer, account.subscription, account.group));
  account.subscription = group.subscription;
  account.group = group.name;
  if (const auto present = find(writer, account.name)) {
    if (equal_ignoring_case(present.value().id(), account.id())) {
      account = present.value();
      return false;
    }
    return present.value().subscription == account.subscription
               ? refuse(Errc::conflict, kAccountElsewhere, account.name)
               : refuse(Errc::conflict, kAccountTaken, account.name);
  } else if (present.error().kind() != Errc::not_found) {
    return present.error();
  }
  TRY(const bool taken, is_taken(writer, account.name));
  if (taken) {
    return refuse(Errc::conflict, kAccountBeingDeleted, account.name);
  }
  const auto now = clock_.now();
  for (int i = 0; i < 2; ++i) {
    if (account.keys[i].empty()) {
      account.keys[i] = fresh_key();
    }
    account.key_created[i] = now;
  }
  account.created = now;
  account.changed = now;
  TRY(writer.change(
      "INSERT INTO storage_accounts (name, lower_id, subscription, lower_group, group_name, location, kind, "
      "sku, tags, settings, key1, key2, key1_created, key2_created, deleting, created, changed) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
      account.name, to_lower(account.id()), account.subscription, to_lower(account.group), account.group,
      account.location, wire::text_of(account.kind), wire::text_of(account.sku), wire::to_json(account.tags),
      wire::to_json(account.settings), account.keys[0], account.keys[1], now, now, now, now));
  return true;
}

Result<> Accounts::update(store::Writer& writer, const Account& account) {
  TRY(
      writer.change("UPDATE storage_accounts SET kind = ?, sku = ?, tags = ?, settings = ?, changed = ? "
                    "WHERE name = ? AND deleting = 0",
                    wire::text_of(account.kind), wire::text_of(account.sku), wire::to_json(account.tags),
                    wire::to_json(account.settings), clock_.now(), account.name));
  return ok();
}

Result<Account> Accounts::regenerate_key(store::Writer& writer, const Account& account, int index) {
  Account changed = account;
  changed.keys[index] = fresh_key();
  changed.key_created[index] = clock_.now();
  TRY(
      writer.change("UPDATE storage_accounts SET key1 = ?, key2 = ?, key1_created = ?, key2_created = ? "
                    "WHERE name = ? AND deleting = 0",
                    changed.keys[0], changed.keys[1], changed.key_created[0], changed.key_created[1], changed.name));
  return changed;
}

/// The account becomes invisible first, then its blobs are removed, then its name becomes free. A crash in between
/// leaves a record that `recover` finds, never blobs that the next owner of the name could see.
Result<bool> Accounts::remove(std::string_view subscription, std::string_view group, std::string_view name,
                              const store::Fence& fence) {
  const auto id = to_lower(arm::resource_id(subscription, group, kType, name));
  std::int64_t rows = 0;
  TRY(database_.write([&](store::Writer& writer) -> Result<> {
    TRY(fence.check(writer));
    TRY(rows, writer.change("UPDATE storage_accounts SET deleting = 1 WHERE lower_id = ?", id));
    return rows > 0 ? groups_.resource_removed(writer, id) : ok();
  }));
  if (rows > 0) {
    TRY(finish_removal(to_lower(name)));
  }
  return rows > 0;
}

Result<> Accounts::finish_removal(const std::string& name) {
  if (auto gone = blobs_.delete_account(name); !gone && gone.error().kind() != Errc::not_found) {
    return std::move(gone).error();
  }
  return database_.write([&](store::Writer& writer) -> Result<> {
    TRY(writer.change("DELETE FROM storage_accounts WHERE name = ? AND deleting = 1", name));
    return forget_service_settings(writer, name);
  });
}

Result<> Accounts::recover() {
  std::vector<std::string> names;
  TRY(database_.read([&](store::Reader& reader) {
    return reader.each("SELECT name FROM storage_accounts WHERE deleting = 1", [&](const store::Row& row) -> Result<> {
      names.emplace_back(row.text(0));
      return ok();
    });
  }));
  for (const auto& name : names) {
    TRY(finish_removal(name));
  }
  return ok();
}

Result<std::vector<Account>> Accounts::list_accounts(store::Reader& reader, std::string_view subscription,
                                                     std::string_view group, std::string_view after_id,
                                                     std::size_t limit) {
  std::vector<Account> found;
  if (group.empty()) {
    TRY(reader.each(QM_ACCOUNT_COLUMNS "WHERE subscription = ? AND lower_id > ? AND deleting = 0 "
                                       "ORDER BY lower_id LIMIT ?",
                    append_to(found), to_lower(subscription), after_id, limit));
  } else {
    TRY(reader.each(QM_ACCOUNT_COLUMNS "WHERE subscription = ? AND lower_group = ? AND lower_id > ? AND deleting = 0 "
                                       "ORDER BY lower_id LIMIT ?",
                    append_to(found), to_lower(subscription), to_lower(group), after_id, limit));
  }
  return found;
}

Result<> Accounts::list(store::Reader& reader, std::string_view subscription, std::string_view group,
                        std::string_view after, std::size_t limit, std::vector<arm::GenericResource>& into) {
  TRY(const auto accounts, list_accounts(reader, subscription, group, after, limit));
  for (const auto& account : accounts) {
    into.push_back({account.id(), account.name, std::string(kType), account.location,
                    account.tags.empty() ? std::nullopt : std::optional(account.tags), account.created,
                    account.changed});
  }
  return ok();
}

Result<> Accounts::remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) {
  while (true) {
    constexpr std::size_t kAtOnce = 100;
    std::vector<std::string> names;
    TRY(database_.read([&](store::Reader& reader) {
      return reader.each(
          "SELECT name FROM storage_accounts WHERE subscription = ? AND lower_group = ? LIMIT ?",
          [&](const store::Row& row) -> Result<> {
            names.emplace_back(row.text(0));
            return ok();
          },
          to_lower(subscription), to_lower(group), kAtOnce);
    }));
    if (names.empty()) {
      return ok();
    }
    for (const auto& name : names) {
      TRY(remove(subscription, group, name, fence));
    }
  }
}

Result<> Accounts::server_paths(store::Reader& reader, std::vector<arm::ServerPath>& into) {
  return add_share_paths(reader, *this, into);
}

}  // namespace quaymaster::storage
