#include "arm/errors.h"
#include "arm/locations.h"
#include "base/encode.h"
#include "providers/storage/account_errors.h"
#include "providers/storage/account_operations.h"

namespace quaymaster::storage {
namespace {

constexpr std::size_t kLargestPage = 200;

/// Calls the function in one read transaction and returns its result.
template <class T, class Look>
Result<T> read(arm::Context& context, const Look& look) {
  std::optional<T> found;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(found, look(reader));
    return ok();
  }));
  return *std::move(found);
}

Error unsupported_setting(std::string_view property, std::string_view why) {
  return refuse(Errc::unsupported, kUnsupportedSetting, fmt::format("The property '{}' {}", property, why))
      .at(std::string(property));
}

/// A setting that the server would not honour is rejected here, so that nobody relies on it.
Result<> check_settings(const AccountSettings& settings) {
  if (settings.public_blobs.value_or(false)) {
    return unsupported_setting("properties.allowBlobPublicAccess",
                               "must be false: blobs are never readable without a key.");
  }
  if (!settings.shared_keys.value_or(true)) {
    return unsupported_setting("properties.allowSharedKeyAccess", "must be true: account keys cannot be switched off.");
  }
  if (settings.hierarchical.value_or(false)) {
    return unsupported_setting("properties.isHnsEnabled", "must be false: accounts have no hierarchical namespace.");
  }
  if (settings.public_network == Access::disabled) {
    return unsupported_setting("properties.publicNetworkAccess",
                               "must be Enabled: who may connect is decided by the address the server listens on.");
  }
  if (settings.network && settings.network->default_action == DefaultAction::deny) {
    return unsupported_setting("properties.networkAcls.defaultAction",
                               "must be Allow: who may connect is decided by the address the server listens on.");
  }
  if (settings.encryption && settings.encryption->key_source == KeySource::key_vault) {
    return unsupported_setting("properties.encryption.keySource",
                               "must be Microsoft.Storage: there are no key vaults.");
  }
  return ok();
}

Keys keys_of(const Account& account) {
  Keys answer;
  for (int i = 0; i < 2; ++i) {
    answer.keys.push_back({account.key_created[i], fmt::format("key{}", i + 1), base64(account.keys[i])});
  }
  return answer;
}

}  // namespace

AccountAnswer AccountOperations::answer_of(const Account& account) const {
  AccountAnswer answer;
  answer.sku.name = account.sku;
  answer.sku.tier = wire::text_of(account.sku).starts_with("Premium") ? "Premium" : "Standard";
  answer.kind = account.kind;
  answer.id = account.id();
  answer.name = account.name;
  answer.type = "Microsoft.Storage/storageAccounts";
  answer.location = account.location;
  answer.tags = account.tags;
  auto& properties = answer.properties;
  properties.key_times = {account.key_created[0], account.key_created[1]};
  properties.minimum_tls = account.settings.minimum_tls.value_or(TlsVersion::tls1_2);
  properties.access_tier = account.settings.access_tier.value_or(AccessTier::hot);
  properties.created = account.created;
  properties.encryption.services.blob.since = account.created;
  properties.endpoints.blob = accounts_.endpoint(account.name);
  properties.https_only = account.settings.https_only.value_or(properties.endpoints.blob.starts_with("https:"));
  properties.primary_location = account.location;
  return answer;
}

Result<Account> AccountOperations::stored(store::Reader& reader, const AccountPath& path) {
  const auto missing = [&] {
    return refuse(Errc::not_found, arm::kResourceNotFound, "Microsoft.Storage/storageAccounts/" + path.name,
                  path.group);
  };
  auto found = accounts_.find(reader, path.name);
  if (!found) {
    return found.error().kind() == Errc::not_found ? missing() : std::move(found).error();
  }
  const auto& account = found.value();
  if (!equal_ignoring_case(account.subscription, path.subscription) ||
      !equal_ignoring_case(account.group, path.group)) {
    return missing();
  }
  return found;
}

Result<Account> AccountOperations::look_up(arm::Context& context, const AccountPath& path) {
  return read<Account>(context, [&](store::Reader& reader) { return stored(reader, path); });
}

Result<arm::Reply<AccountAnswer>> AccountOperations::get(arm::Context& context, const AccountPath& path) {
  TRY(const auto account, look_up(context, path));
  return arm::Reply<AccountAnswer>{200, answer_of(account)};
}

Result<arm::Reply<AccountAnswer>> AccountOperations::create(arm::Context& context, const AccountPath& path,
                                                            const CreateAccount& body) {
  if (!is_account_name(path.name)) {
    return refuse(Errc::invalid, kAccountNameInvalid, path.name).at("accountName");
  }
  const auto* location = arm::find_location(body.location);
  if (location == nullptr) {
    return refuse(Errc::invalid, arm::kInvalidParameter,
                  fmt::format("The location '{}' is not known; GET /subscriptions/{}/locations lists them.",
                              body.location, path.subscription))
        .at("location");
  }
  TRY(check_settings(body.properties));
  Account wanted;
  wanted.name = path.name;
  wanted.subscription = path.subscription;
  wanted.group = path.group;
  wanted.location = location->name;
  wanted.kind = *body.kind;
  wanted.sku = *body.sku->name;
  wanted.tags = body.tags;
  wanted.settings = body.properties;
  Account account;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    account = wanted;
    TRY(const bool is_new, accounts_.create(writer, account));
    if (is_new) {
      return ok();
    }
    if (account.location != wanted.location) {
      return refuse(Errc::conflict, arm::kInvalidLocationChange, account.name, account.location, wanted.location);
    }
    account.kind = wanted.kind;
    account.sku = wanted.sku;
    account.tags = wanted.tags;
    account.settings = wanted.settings;
    return accounts_.update(writer, account);
  }));
  // 200 even for a new one: az treats 201 as a failure (clients.md, 7).
  return arm::Reply<AccountAnswer>{200, answer_of(account)};
}

Result<arm::Reply<AccountAnswer>> AccountOperations::update(arm::Context& context, const AccountPath& path,
                                                            const UpdateAccount& body) {
  TRY(check_settings(body.properties));
  Account account;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(context.groups.require_group(writer, path.subscription, path.group));
    TRY(account, stored(writer, path));
    if (body.sku) {
      account.sku = *body.sku->name;
    }
    account.kind = body.kind.value_or(account.kind);
    account.tags = body.tags.value_or(account.tags);
    const auto& changes = body.properties;
    auto& settings = account.settings;
    settings.access_tier = changes.access_tier ? changes.access_tier : settings.access_tier;
    settings.minimum_tls = changes.minimum_tls ? changes.minimum_tls : settings.minimum_tls;
    settings.https_only = changes.https_only ? changes.https_only : settings.https_only;
    return accounts_.update(writer, account);
  }));
  return arm::Reply<AccountAnswer>{200, answer_of(account)};
}

Result<arm::Reply<>> AccountOperations::remove(arm::Context&, const AccountPath& path) {
  TRY(const bool was_there, accounts_.remove(path.subscription, path.group, path.name));
  return arm::Reply<>{was_there ? 200 : 204};
}

Result<arm::Page<AccountAnswer>> AccountOperations::page_of(arm::Context& context, std::string_view subscription,
                                                            std::string_view group) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  TRY(auto accounts, read<std::vector<Account>>(context, [&](store::Reader& reader) {
        return accounts_.list_accounts(reader, subscription, group, wanted.after, wanted.top + 1);
      }));
  arm::Page<AccountAnswer> page;
  if (accounts.size() > wanted.top) {
    accounts.resize(wanted.top);
    page.next_link = arm::next_link(context, to_lower(accounts.back().id()));
  }
  for (const auto& account : accounts) {
    page.value.push_back(answer_of(account));
  }
  return page;
}

Result<arm::Reply<arm::Page<AccountAnswer>>> AccountOperations::list(arm::Context& context,
                                                                     const arm::SubscriptionPath& path) {
  TRY(auto page, page_of(context, path.subscription, {}));
  return arm::Reply<arm::Page<AccountAnswer>>{200, std::move(page)};
}

Result<arm::Reply<arm::Page<AccountAnswer>>> AccountOperations::list_in_group(arm::Context& context,
                                                                              const arm::GroupPath& path) {
  TRY(auto page, page_of(context, path.subscription, path.group));
  return arm::Reply<arm::Page<AccountAnswer>>{200, std::move(page)};
}

Result<arm::Reply<Keys>> AccountOperations::list_keys(arm::Context& context, const AccountPath& path) {
  TRY(const auto account, look_up(context, path));
  return arm::Reply<Keys>{200, keys_of(account)};
}

Result<arm::Reply<Keys>> AccountOperations::regenerate_key(arm::Context& context, const AccountPath& path,
                                                           const RegenerateKey& body) {
  Account account;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto present, stored(writer, path));
    TRY(account, accounts_.regenerate_key(writer, present, *body.key == KeyName::key1 ? 0 : 1));
    return ok();
  }));
  return arm::Reply<Keys>{200, keys_of(account)};
}

Result<arm::Reply<NameAnswer>> AccountOperations::check_name(arm::Context& context, const arm::SubscriptionPath&,
                                                             const CheckName& body) {
  NameAnswer answer;
  if (!is_account_name(body.name)) {
    answer.available = false;
    answer.reason = "AccountNameInvalid";
    answer.message = fmt::format(fmt::runtime(kAccountNameInvalid.sentence), body.name);
    return arm::Reply<NameAnswer>{200, answer};
  }
  TRY(const bool taken,
      read<bool>(context, [&](store::Reader& reader) { return accounts_.is_taken(reader, body.name); }));
  if (taken) {
    answer.available = false;
    answer.reason = "AlreadyExists";
    answer.message = fmt::format(fmt::runtime(kAccountTaken.sentence), body.name);
  }
  return arm::Reply<NameAnswer>{200, answer};
}

}  // namespace quaymaster::storage
