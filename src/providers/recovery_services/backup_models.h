#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "base/clock.h"
#include "wire/field.h"

namespace quaymaster::recovery_services {

/// The body of a trigger. Source: backup.md 11.
struct BackupRequestProperties {
  std::optional<std::string> object_type;
  std::optional<Time> expiry;
  static constexpr auto wire() {
    using wire::field;
    using P = BackupRequestProperties;
    return std::tuple{field("objectType", &P::object_type), field("recoveryPointExpiryTimeInUTC", &P::expiry)};
  }
};

struct BackupRequest {
  std::optional<BackupRequestProperties> properties;
  static constexpr auto wire() { return std::tuple{wire::field("properties", &BackupRequest::properties).required()}; }
};

/// The parameters of the engine's job, as stored.
struct BackupWork {
  std::string item;
  bool on_demand = false;
  std::optional<Time> expiry;  // of what was asked for
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("item", &BackupWork::item), field("onDemand", &BackupWork::on_demand),
                      field("expiry", &BackupWork::expiry)};
  }
};

struct VaultTierTraits {
  std::int64_t snapshot_days = 0;
  static constexpr auto wire() {
    return std::tuple{wire::field("snapshotRetentionInDays", &VaultTierTraits::snapshot_days)};
  }
};

/// What a backup has to know of the item's policy; read out of PolicyRecord::properties.
struct PolicyTraits {
  std::string type = "V1";
  std::int64_t instant_days = 2;
  std::string consistency;
  std::optional<VaultTierTraits> vault_tier;  // of file shares; absent: they live as snapshots
  static constexpr auto wire() {
    using wire::field;
    using P = PolicyTraits;
    return std::tuple{field("policyType", &P::type), field("instantRpRetentionRangeInDays", &P::instant_days),
                      field("snapshotConsistencyType", &P::consistency), field("vaultRetentionPolicy", &P::vault_tier)};
  }
};

}  // namespace quaymaster::recovery_services
