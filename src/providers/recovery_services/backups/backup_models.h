#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "wire/field.h"

namespace quaymaster::recovery_services {

/// The body of a backup request. Source: backup.md 11.
struct BackupRequestProperties {
  std::optional<std::string> object_type;
  std::optional<Time> expiry;
  static constexpr auto wire() {
    using wire::field;
    using P = BackupRequestProperties;
    return wire::fields({field<&P::object_type>("objectType"), field<&P::expiry>("recoveryPointExpiryTimeInUTC")});
  }
};

struct BackupRequest {
  std::optional<BackupRequestProperties> properties;
  static constexpr auto wire() {
    return wire::fields({wire::field<&BackupRequest::properties>("properties").required()});
  }
};

/// The parameters of the engine's job, as stored.
struct BackupWork {
  std::string item;
  bool on_demand = false;
  std::optional<Time> expiry;  // as requested
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&BackupWork::item>("item"), field<&BackupWork::on_demand>("onDemand"),
                         field<&BackupWork::expiry>("expiry")});
  }
};

}  // namespace quaymaster::recovery_services
