#pragma once

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "arm/directory.h"
#include "arm/paging.h"
#include "wire/field.h"

// The wire of Microsoft.Storage/storageAccounts. Source: the published description of Microsoft.Storage, 2022-09-01,
// and what az 2.45 and @azure/arm-storage 20 send (clients.md, 4 and 7).
namespace quaymaster::storage {

enum class Kind { storage, storage_v2, blob_storage, block_blob_storage, file_storage };
constexpr auto names(Kind) {
  using enum Kind;
  using wire::name;
  return std::array{name(storage, "Storage"), name(storage_v2, "StorageV2"), name(blob_storage, "BlobStorage"),
                    name(block_blob_storage, "BlockBlobStorage"), name(file_storage, "FileStorage")};
}

enum class SkuName {
  standard_lrs,
  standard_grs,
  standard_ragrs,
  standard_zrs,
  standard_gzrs,
  standard_ragzrs,
  premium_lrs,
  premium_zrs,
};
constexpr auto names(SkuName) {
  using enum SkuName;
  using wire::name;
  return std::array{name(standard_lrs, "Standard_LRS"),     name(standard_grs, "Standard_GRS"),
                    name(standard_ragrs, "Standard_RAGRS"), name(standard_zrs, "Standard_ZRS"),
                    name(standard_gzrs, "Standard_GZRS"),   name(standard_ragzrs, "Standard_RAGZRS"),
                    name(premium_lrs, "Premium_LRS"),       name(premium_zrs, "Premium_ZRS")};
}

enum class AccessTier { hot, cool, premium };
constexpr auto names(AccessTier) {
  return std::array{wire::name(AccessTier::hot, "Hot"), wire::name(AccessTier::cool, "Cool"),
                    wire::name(AccessTier::premium, "Premium")};
}

/// What a client may set and the server can honour: every connection has at least TLS 1.2, so all of these hold.
enum class TlsVersion { tls1_0, tls1_1, tls1_2 };
constexpr auto names(TlsVersion) {
  return std::array{wire::name(TlsVersion::tls1_0, "TLS1_0"), wire::name(TlsVersion::tls1_1, "TLS1_1"),
                    wire::name(TlsVersion::tls1_2, "TLS1_2")};
}

enum class Access { enabled, disabled };
constexpr auto names(Access) {
  return std::array{wire::name(Access::enabled, "Enabled"), wire::name(Access::disabled, "Disabled")};
}

enum class DefaultAction { allow, deny };
constexpr auto names(DefaultAction) {
  return std::array{wire::name(DefaultAction::allow, "Allow"), wire::name(DefaultAction::deny, "Deny")};
}

struct NetworkRules {
  std::optional<DefaultAction> default_action;
  static constexpr auto wire() { return std::tuple{wire::field("defaultAction", &NetworkRules::default_action)}; }
};

/// What a client sets of an account's properties.
struct AccountSettings {
  std::optional<AccessTier> access_tier;
  std::optional<TlsVersion> minimum_tls;
  std::optional<bool> https_only;
  std::optional<bool> public_blobs;
  std::optional<bool> shared_keys;
  std::optional<bool> hierarchical;
  std::optional<Access> public_network;
  std::optional<NetworkRules> network;
  static constexpr auto wire() {
    using wire::field;
    using S = AccountSettings;
    return std::tuple{field("accessTier", &S::access_tier),
                      field("minimumTlsVersion", &S::minimum_tls),
                      field("supportsHttpsTrafficOnly", &S::https_only),
                      field("allowBlobPublicAccess", &S::public_blobs),
                      field("allowSharedKeyAccess", &S::shared_keys),
                      field("isHnsEnabled", &S::hierarchical),
                      field("publicNetworkAccess", &S::public_network),
                      field("networkAcls", &S::network)};
  }
};

struct Sku {
  std::optional<SkuName> name;
  std::string tier;
  static constexpr auto wire() {
    return std::tuple{wire::field("name", &Sku::name).required(), wire::field("tier", &Sku::tier).read_only()};
  }
};

struct CreateAccount {
  std::string location;
  std::optional<Sku> sku;
  std::optional<Kind> kind;
  arm::Tags tags;
  AccountSettings properties;
  static constexpr auto wire() {
    using wire::field;
    using C = CreateAccount;
    return std::tuple{field("location", &C::location).required(), field("sku", &C::sku).required(),
                      field("kind", &C::kind).required(), field("tags", &C::tags), field("properties", &C::properties)};
  }
};

struct UpdateAccount {
  std::optional<Sku> sku;
  std::optional<Kind> kind;
  std::optional<arm::Tags> tags;
  AccountSettings properties;
  static constexpr auto wire() {
    using wire::field;
    using U = UpdateAccount;
    return std::tuple{field("sku", &U::sku), field("kind", &U::kind), field("tags", &U::tags),
                      field("properties", &U::properties)};
  }
};

struct KeyTimes {
  Time key1;
  Time key2;
  static constexpr auto wire() {
    return std::tuple{wire::field("key1", &KeyTimes::key1), wire::field("key2", &KeyTimes::key2)};
  }
};

struct NetworkAnswer {
  std::string bypass = "AzureServices";
  std::vector<std::string> virtual_networks;
  std::vector<std::string> addresses;
  DefaultAction default_action = DefaultAction::allow;
  static constexpr auto wire() {
    using wire::field;
    using N = NetworkAnswer;
    return std::tuple{field("bypass", &N::bypass), field("virtualNetworkRules", &N::virtual_networks),
                      field("ipRules", &N::addresses), field("defaultAction", &N::default_action)};
  }
};

struct Endpoints {
  std::string blob;
  static constexpr auto wire() { return std::tuple{wire::field("blob", &Endpoints::blob)}; }
};

struct AccountProperties {
  KeyTimes key_times;
  bool public_blobs = false;
  TlsVersion minimum_tls = TlsVersion::tls1_2;
  bool shared_keys = true;
  Access public_network = Access::enabled;
  NetworkAnswer network;
  bool https_only = true;
  AccessTier access_tier = AccessTier::hot;
  std::string state = "Succeeded";
  Time created;
  Endpoints endpoints;
  std::string primary_location;
  std::string primary_status = "available";
  static constexpr auto wire() {
    using wire::field;
    using P = AccountProperties;
    return std::tuple{field("keyCreationTime", &P::key_times),
                      field("allowBlobPublicAccess", &P::public_blobs),
                      field("minimumTlsVersion", &P::minimum_tls),
                      field("allowSharedKeyAccess", &P::shared_keys),
                      field("publicNetworkAccess", &P::public_network),
                      field("networkAcls", &P::network),
                      field("supportsHttpsTrafficOnly", &P::https_only),
                      field("accessTier", &P::access_tier),
                      field("provisioningState", &P::state),
                      field("creationTime", &P::created),
                      field("primaryEndpoints", &P::endpoints),
                      field("primaryLocation", &P::primary_location),
                      field("statusOfPrimary", &P::primary_status)};
  }
};

struct AccountAnswer {
  Sku sku;
  Kind kind = Kind::storage_v2;
  std::string id;
  std::string name;
  std::string type;
  std::string location;
  arm::Tags tags;
  AccountProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using A = AccountAnswer;
    return std::tuple{field("sku", &A::sku),   field("kind", &A::kind),
                      field("id", &A::id),     field("name", &A::name),
                      field("type", &A::type), field("location", &A::location),
                      field("tags", &A::tags), field("properties", &A::properties)};
  }
};

struct Key {
  Time created;
  std::string name;
  std::string value;  // base64; secret
  std::string permissions = "FULL";
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("creationTime", &Key::created), field("keyName", &Key::name), field("value", &Key::value),
                      field("permissions", &Key::permissions)};
  }
};
struct Keys {
  std::vector<Key> keys;
  static constexpr auto wire() { return std::tuple{wire::field("keys", &Keys::keys)}; }
};

enum class KeyName { key1, key2 };
constexpr auto names(KeyName) {
  return std::array{wire::name(KeyName::key1, "key1"), wire::name(KeyName::key2, "key2")};
}
struct RegenerateKey {
  std::optional<KeyName> key;
  static constexpr auto wire() { return std::tuple{wire::field("keyName", &RegenerateKey::key).required()}; }
};

struct CheckName {
  std::string name;
  std::string type;
  static constexpr auto wire() {
    return std::tuple{wire::field("name", &CheckName::name).required(), wire::field("type", &CheckName::type)};
  }
};
struct NameAnswer {
  bool available = true;
  std::optional<std::string> reason;
  std::optional<std::string> message;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("nameAvailable", &NameAnswer::available), field("reason", &NameAnswer::reason),
                      field("message", &NameAnswer::message)};
  }
};

struct SubscriptionPath {
  std::string subscription;
  static constexpr auto wire() { return std::tuple{wire::field("subscriptionId", &SubscriptionPath::subscription)}; }
};
struct GroupPath {
  std::string subscription;
  std::string group;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("subscriptionId", &GroupPath::subscription), field("resourceGroupName", &GroupPath::group)};
  }
};
struct AccountPath {
  std::string subscription;
  std::string group;
  std::string name;
  static constexpr auto wire() {
    using wire::field;
    using P = AccountPath;
    return std::tuple{field("subscriptionId", &P::subscription), field("resourceGroupName", &P::group),
                      field("accountName", &P::name)};
  }
};

}  // namespace quaymaster::storage
