#include "providers/recovery_services/vaults/vault_rules.h"

#include <algorithm>

#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/versions.h"

namespace quaymaster::recovery_services {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <class Enum>
Error is_final(std::string_view property, Enum present, Enum wanted) {
  return refuse(Errc::invalid, errors::kSettingIsFinal, property, wire::text_of(present), wire::text_of(wanted))
      .at(std::string(property));
}

template <class T>
void take(const std::optional<T>& from, T& into) {
  into = from.value_or(into);
}

Result<IdentityKind> identity_kind(std::string_view text) {
  std::string plain(text);
  std::erase(plain, ' ');
  for (const auto& [kind, spelling] : names(IdentityKind{})) {
    std::string known(spelling);
    std::erase(known, ' ');
    if (equal_ignoring_case(plain, known)) {
      return kind;
    }
  }
  return refuse(Errc::invalid, errors::kInvalidInput,
                fmt::format("'identity.type' is '{}'; it may be SystemAssigned, UserAssigned, both joined by a comma, "
                            "or None.",
                            text))
      .at("identity.type");
}

Result<> apply_identity(const WireIdentity& request, Identity& identity, RandomSource& random) {
  if (request.type) {
    TRY(identity.kind, identity_kind(*request.type));
    identity.was_set = true;
  }
  const bool has_system = identity.kind == IdentityKind::system || identity.kind == IdentityKind::both;
  const bool has_users = identity.kind == IdentityKind::user || identity.kind == IdentityKind::both;
  if (!has_system) {
    identity.principal_id.clear();
  } else if (identity.principal_id.empty()) {
    identity.principal_id = random.guid().text();
  }
  if (!has_users) {
    identity.users.clear();
    return ok();
  }
  if (request.users) {
    for (const auto& [id, wanted] : *request.users) {
      const auto present =
          std::ranges::find_if(identity.users, [&](const auto& one) { return equal_ignoring_case(one.first, id); });
      if (!wanted) {
        if (present != identity.users.end()) {
          identity.users.erase(present);
        }
      } else if (present == identity.users.end()) {
        identity.users.emplace(id, UserIdentity{random.guid().text(), random.guid().text()});
      }
    }
  }
  return ok();
}

void apply_monitoring(const WireMonitoring& request, Monitoring& monitoring) {
  if (request.azure) {
    take(request.azure->jobs, monitoring.job_failures);
    take(request.azure->replication, monitoring.replication_issues);
    take(request.azure->failover, monitoring.failover_issues);
  }
  if (request.classic) {
    take(request.classic->critical, monitoring.classic_critical);
    take(request.classic->mail, monitoring.classic_site_recovery_mail);
  }
}

Result<> apply_security(const WireSecurity& request, VaultSettings& settings, bool always_on_is_enabled) {
  if (request.soft_delete) {
    const auto& wanted = *request.soft_delete;
    if (wanted.state) {
      const bool too_early = always_on_is_enabled && *wanted.state == SoftDelete::always_on;
      TRY(set_soft_delete(settings, too_early ? SoftDelete::enabled : *wanted.state));
    }
    const bool is_off = settings.soft_delete == SoftDelete::disabled;
    if (wanted.days && !(is_off && *wanted.days == 0)) {  // this view reports 0 when it is off
      TRY(set_soft_delete_days(settings, *wanted.days));
    }
    take(wanted.enhanced, settings.enhanced_security);
  }
  if (request.immutability && request.immutability->state) {
    const auto wanted = *request.immutability->state;
    if (settings.immutability == Immutability::locked && wanted != Immutability::locked) {
      return is_final("properties.securitySettings.immutabilitySettings.state", Immutability::locked, wanted);
    }
    settings.immutability = wanted;
  }
  if (request.immutability && request.immutability->configuration) {
    settings.immutability_configuration = request.immutability->configuration;
  }
  return ok();
}

void apply_encryption(const WireEncryption& request, std::optional<Encryption>& encryption) {
  auto wanted = encryption.value_or(Encryption{});
  if (request.key) {
    take(request.key->key_uri, wanted.key_uri);
  }
  if (request.identity) {
    choose_key_identity(wanted, request.identity->system, request.identity->user);
  }
  take(request.infrastructure, wanted.infrastructure);
  encryption = wanted;
}

Result<> apply_properties(const VaultProperties& request, VaultRecord& vault, bool always_on_is_enabled) {
  auto& settings = vault.settings;
  if (request.monitoring) {
    apply_monitoring(*request.monitoring, settings.monitoring);
  }
  if (request.security) {
    TRY(apply_security(*request.security, settings, always_on_is_enabled));
  }
  if (request.redundancy) {
    if (request.redundancy->standard) {
      TRY(set_redundancy(settings, vault.name, *request.redundancy->standard));
    }
    TRY(set_cross_region(request.redundancy->cross_region == Switch::enabled));
  }
  if (request.restore && request.restore->cross && request.restore->cross->state) {
    const auto wanted = *request.restore->cross->state;
    using enum CrossSubscription;
    if (settings.cross_subscription == permanently_disabled && wanted != permanently_disabled) {
      return is_final("properties.restoreSettings.crossSubscriptionRestoreSettings.crossSubscriptionRestoreState",
                      permanently_disabled, wanted);
    }
    settings.cross_subscription = wanted;
  }
  take(request.public_access, settings.public_access);
  if (request.encryption) {
    apply_encryption(*request.encryption, settings.encryption);
  }
  return ok();
}

WireIdentity identity_answer(const Identity& identity, std::string_view tenant) {
  WireIdentity answer;
  answer.type = wire::text_of(identity.kind);
  if (identity.kind != IdentityKind::none) {
    answer.tenant_id = tenant;
  }
  if (!identity.principal_id.empty()) {
    answer.principal_id = identity.principal_id;
  }
  if (!identity.users.empty()) {
    answer.users.emplace();
    for (const auto& [id, user] : identity.users) {
      answer.users->emplace(id, user);
    }
  }
  return answer;
}

WireMonitoring monitoring_answer(const Monitoring& monitoring) {
  return {MonitorAlerts{monitoring.job_failures, monitoring.replication_issues, monitoring.failover_issues},
          ClassicAlerts{monitoring.classic_critical, monitoring.classic_site_recovery_mail}};
}

WireSecurity security_answer(const VaultSettings& settings, std::string_view api_version) {
  WireSecurity answer;
  if (settings.immutability) {
    answer.immutability = WireImmutability{settings.immutability, settings.immutability_configuration};
  } else if (is_since(api_version, cuts::kNoImmutability)) {
    answer.no_immutability = wire::Json{"null"};
  }
  const auto days = settings.soft_delete == SoftDelete::disabled ? 0 : settings.soft_delete_days;
  answer.soft_delete = WireSoftDelete{days, settings.soft_delete, settings.enhanced_security};
  answer.multi_user = settings.guard ? "Enabled" : "Disabled";
  if (is_since(api_version, cuts::kBornAlwaysOn)) {
    answer.source_scan = wire::Json{R"({"state":"Disabled"})"};
  }
  return answer;
}

WireEncryption encryption_answer(const Encryption& encryption) {
  WireEncryption answer;
  answer.key = KeyVaultProperties{encryption.key_uri};
  auto& identity = answer.identity.emplace();
  identity.system = encryption.use_system_identity;
  if (encryption.user_identity.empty()) {
    identity.no_user = wire::Json{"null"};
  } else {
    identity.user = encryption.user_identity;
  }
  answer.infrastructure = encryption.infrastructure;
  return answer;
}

/// Source: backup.md 6.2 and, for a vault created as AlwaysON, a recording of 2025; the others are our choice.
struct Score {
  std::string_view secure;
  std::string_view level;
};
Score score_of(const VaultSettings& settings) {
  const bool locked = settings.immutability == Immutability::locked;
  if (locked && settings.guard) {
    return {"Maximum", "Excellent"};
  }
  if (locked || settings.guard || settings.soft_delete == SoftDelete::always_on) {
    return {"Adequate", "Good"};
  }
  return settings.is_immutable() ? Score{"Minimum", "Fair"} : Score{"None", "Poor"};
}

}  // namespace

bool is_vault_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 50 && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

Result<> set_soft_delete(VaultSettings& settings, SoftDelete wanted) {
  if (settings.soft_delete == SoftDelete::always_on && wanted != SoftDelete::always_on) {
    return is_final("softDeleteFeatureState", settings.soft_delete, wanted);
  }
  settings.soft_delete = wanted;
  return ok();
}

Result<> set_soft_delete_days(VaultSettings& settings, std::int64_t days) {
  if (days < 14 || days > 180) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  fmt::format("'softDeleteRetentionPeriodInDays' is {}; it may be 14 to 180.", days))
        .at("softDeleteRetentionPeriodInDays");
  }
  settings.soft_delete_days = days;
  return ok();
}

Result<> set_redundancy(VaultSettings& settings, std::string_view vault, Redundancy wanted) {
  if (settings.storage_locked && wanted != settings.redundancy) {
    return refuse(Errc::invalid, errors::kStorageLocked, vault, wire::text_of(settings.redundancy),
                  wire::text_of(wanted));
  }
  settings.redundancy = wanted;
  return ok();
}

Result<> set_cross_region(bool wanted) {
  if (wanted) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  "Cross region restore cannot be enabled: this server has one region.");
  }
  return ok();
}

Result<> apply(const Vault& request, VaultRecord& vault, bool always_on_is_enabled, RandomSource& random) {
  take(request.tags, vault.settings.tags);
  if (request.sku) {
    take(request.sku->name, vault.settings.sku);
  }
  if (request.identity) {
    TRY(apply_identity(*request.identity, vault.settings.identity, random));
  }
  return request.properties ? apply_properties(*request.properties, vault, always_on_is_enabled) : Result<>(ok());
}

void choose_key_identity(Encryption& encryption, const std::optional<bool>& system,
                         const std::optional<std::string>& user) {
  if (system == true) {
    encryption.user_identity.clear();
  } else if (user) {
    encryption.user_identity = *user;
  }
  encryption.use_system_identity = encryption.user_identity.empty();
}

Vault vault_answer(const VaultRecord& vault, std::string id, std::string_view state, const VaultReader& reader) {
  const auto& settings = vault.settings;
  Vault answer;
  answer.location = vault.location;
  answer.name = vault.name;
  answer.etag = etag_of(vault.changed);
  if (!settings.tags.empty()) {
    answer.tags = settings.tags;
  }
  if (settings.identity.was_set || settings.identity.kind != IdentityKind::none) {
    answer.identity = identity_answer(settings.identity, reader.tenant);
  }
  answer.id = std::move(id);
  answer.type = "Microsoft.RecoveryServices/vaults";
  answer.sku = WireSku{settings.sku, std::nullopt};
  if (settings.sku == SkuName::rs0) {
    answer.sku->tier = "Standard";
  }
  auto& properties = answer.properties.emplace();
  properties.state = state;
  properties.endpoint_backup = "None";
  properties.endpoint_recovery = "None";
  if (settings.encryption) {
    properties.encryption = encryption_answer(*settings.encryption);
  }
  const auto tells = [&](const VersionCut& cut) { return is_since(reader.api_version, cut); };
  const bool is_made = state != "Provisioning";
  if (tells(cuts::kVaultStorage)) {
    properties.monitoring = monitoring_answer(settings.monitoring);
    if (reader.whole) {
      properties.redundancy = WireRedundancy{settings.redundancy, Switch::disabled};
    }
    if (reader.whole && is_made) {
      properties.storage_version = settings.storage_locked ? "V2" : "Unassigned";
    }
  }
  if (reader.whole && is_made && (tells(cuts::kVaultSecurity) || settings.immutability || settings.guard)) {
    properties.security = security_answer(settings, reader.api_version);
  }
  if (tells(cuts::kVaultScores)) {
    const auto score = score_of(settings);
    properties.secure_score = score.secure;
    properties.security_level = score.level;
  }
  if (tells(cuts::kVaultNetwork)) {
    properties.public_access = settings.public_access;
  }
  if (tells(cuts::kVaultSecurity)) {
    properties.restore = WireRestore{WireCrossSubscription{settings.cross_subscription}};
  }
  return answer;
}

std::string etag_of(Time changed) {
  return fmt::format("W/\"datetime'{}'\"", percent_encode(format_time_short(changed)));
}

}  // namespace quaymaster::recovery_services
