#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "arm/paging.h"
#include "arm/resource_groups.h"
#include "wire/field.h"

// Microsoft.Storage/storageAccounts on the wire. Source: the published description of Microsoft.Storage, 2022-09-01,
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

/// Clients may set any of these: every connection has at least TLS 1.2, so all of them hold.
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
  static constexpr auto wire() { return wire::fields({wire::field<&NetworkRules::default_action>("defaultAction")}); }
};

enum class KeySource { storage, key_vault };
constexpr auto names(KeySource) {
  return std::array{wire::name(KeySource::storage, "Microsoft.Storage"),
                    wire::name(KeySource::key_vault, "Microsoft.Keyvault")};
}

struct EncryptionSettings {
  std::optional<KeySource> key_source;
  static constexpr auto wire() { return wire::fields({wire::field<&EncryptionSettings::key_source>("keySource")}); }
};

/// The account properties that a client can set.
struct AccountSettings {
  std::optional<AccessTier> access_tier;
  std::optional<TlsVersion> minimum_tls;
  std::optional<bool> https_only;
  std::optional<bool> public_blobs;
  std::optional<bool> shared_keys;
  std::optional<bool> hierarchical;
  std::optional<Access> public_network;
  std::optional<NetworkRules> network;
  std::optional<EncryptionSettings> encryption;
  static constexpr auto wire() {
    using wire::field;
    using S = AccountSettings;
    return wire::fields({field<&S::access_tier>("accessTier"), field<&S::minimum_tls>("minimumTlsVersion"),
                         field<&S::https_only>("supportsHttpsTrafficOnly"),
                         field<&S::public_blobs>("allowBlobPublicAccess"),
                         field<&S::shared_keys>("allowSharedKeyAccess"), field<&S::hierarchical>("isHnsEnabled"),
                         field<&S::public_network>("publicNetworkAccess"), field<&S::network>("networkAcls"),
                         field<&S::encryption>("encryption")});
  }
};

struct Sku {
  std::optional<SkuName> name;
  std::string tier;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Sku::name>("name").required(), wire::field<&Sku::tier>("tier").read_only()});
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
    return wire::fields({field<&C::location>("location").required(), field<&C::sku>("sku").required(),
                         field<&C::kind>("kind").required(), field<&C::tags>("tags"),
                         field<&C::properties>("properties")});
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
    return wire::fields(
        {field<&U::sku>("sku"), field<&U::kind>("kind"), field<&U::tags>("tags"), field<&U::properties>("properties")});
  }
};

struct KeyTimes {
  Time key1;
  Time key2;
  static constexpr auto wire() {
    return wire::fields({wire::field<&KeyTimes::key1>("key1"), wire::field<&KeyTimes::key2>("key2")});
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
    return wire::fields({field<&N::bypass>("bypass"), field<&N::virtual_networks>("virtualNetworkRules"),
                         field<&N::addresses>("ipRules"), field<&N::default_action>("defaultAction")});
  }
};

struct EncryptedService {
  std::string key_type = "Account";
  bool enabled = true;
  Time since;
  static constexpr auto wire() {
    using wire::field;
    using E = EncryptedService;
    return wire::fields(
        {field<&E::key_type>("keyType"), field<&E::enabled>("enabled"), field<&E::since>("lastEnabledTime")});
  }
};
struct EncryptedServices {
  EncryptedService blob;
  static constexpr auto wire() { return wire::fields({wire::field<&EncryptedServices::blob>("blob")}); }
};
/// The Blob service reports the same for every blob (`x-ms-server-encrypted`); `az storage account update` reads it
/// without checking that it is present.
struct EncryptionAnswer {
  EncryptedServices services;
  KeySource key_source = KeySource::storage;
  static constexpr auto wire() {
    using wire::field;
    using E = EncryptionAnswer;
    return wire::fields({field<&E::services>("services"), field<&E::key_source>("keySource")});
  }
};

struct Endpoints {
  std::string blob;
  static constexpr auto wire() { return wire::fields({wire::field<&Endpoints::blob>("blob")}); }
};

struct AccountProperties {
  KeyTimes key_times;
  bool public_blobs = false;
  TlsVersion minimum_tls = TlsVersion::tls1_2;
  bool shared_keys = true;
  Access public_network = Access::enabled;
  NetworkAnswer network;
  EncryptionAnswer encryption;
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
    return wire::fields({field<&P::key_times>("keyCreationTime"), field<&P::public_blobs>("allowBlobPublicAccess"),
                         field<&P::minimum_tls>("minimumTlsVersion"), field<&P::shared_keys>("allowSharedKeyAccess"),
                         field<&P::public_network>("publicNetworkAccess"), field<&P::network>("networkAcls"),
                         field<&P::encryption>("encryption"), field<&P::https_only>("supportsHttpsTrafficOnly"),
                         field<&P::access_tier>("accessTier"), field<&P::state>("provisioningState"),
                         field<&P::created>("creationTime"), field<&P::endpoints>("primaryEndpoints"),
                         field<&P::primary_location>("primaryLocation"), field<&P::primary_status>("statusOfPrimary")});
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
    return wire::fields({field<&A::sku>("sku"), field<&A::kind>("kind"), field<&A::id>("id"), field<&A::name>("name"),
                         field<&A::type>("type"), field<&A::location>("location"), field<&A::tags>("tags"),
                         field<&A::properties>("properties")});
  }
};

struct Key {
  Time created;
  std::string name;
  std::string value;  // base64; secret
  std::string permissions = "FULL";
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Key::created>("creationTime"), field<&Key::name>("keyName"),
                         field<&Key::value>("value"), field<&Key::permissions>("permissions")});
  }
};
struct Keys {
  std::vector<Key> keys;
  static constexpr auto wire() { return wire::fields({wire::field<&Keys::keys>("keys")}); }
};

enum class KeyName { key1, key2 };
constexpr auto names(KeyName) {
  return std::array{wire::name(KeyName::key1, "key1"), wire::name(KeyName::key2, "key2")};
}
struct RegenerateKey {
  std::optional<KeyName> key;
  static constexpr auto wire() { return wire::fields({wire::field<&RegenerateKey::key>("keyName").required()}); }
};

struct CheckName {
  std::string name;
  std::string type;
  static constexpr auto wire() {
    return wire::fields({wire::field<&CheckName::name>("name").required(), wire::field<&CheckName::type>("type")});
  }
};
struct NameAnswer {
  bool available = true;
  std::optional<std::string> reason;
  std::optional<std::string> message;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&NameAnswer::available>("nameAvailable"), field<&NameAnswer::reason>("reason"),
                         field<&NameAnswer::message>("message")});
  }
};

struct AccountPath {
  std::string subscription;
  std::string group;
  std::string name;
  static constexpr auto wire() {
    using wire::field;
    using P = AccountPath;
    return wire::fields({field<&P::subscription>("subscriptionId"), field<&P::group>("resourceGroupName"),
                         field<&P::name>("accountName")});
  }
};

}  // namespace quaymaster::storage
