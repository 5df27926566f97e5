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

}  // namespace quaymaster::recovery_services
