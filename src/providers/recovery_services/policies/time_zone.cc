#include "providers/recovery_services/policies/time_zone.h"

#include <date/tz.h>
#include <unicode/timezone.h>

#include "base/check.h"

namespace quaymaster::recovery_services {
namespace {

/// Null if the system's database has no such zone. The library throws in that case; nothing else here does.
const date::time_zone* locate(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

Result<TimeZone> TimeZone::of_windows_name(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString found;
  icu::TimeZone::getIDForWindowsID(
      icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int>(name.size()))), nullptr, found,
      status);
  if (U_FAILURE(status) || found.isEmpty()) {
    return invalid("there is no Windows time zone '{}'", name);
  }
  std::string id;
  found.toUTF8String(id);
  const auto* zone = locate(id);
  if (zone == nullptr) {
    return invalid("the time zone database of this system has no '{}'; install its package tzdata", id);
  }
  return TimeZone(zone);
}

TimeZone TimeZone::utc() {
  const auto* zone = locate("UTC");
  check(zone != nullptr);  // every database has it
  return TimeZone(zone);
}

Time TimeZone::instant(LocalTime local) const {
  const date::local_time<Ticks> wall{local.time_since_epoch()};
  const auto info = zone_->get_info(wall);
  if (info.result == date::local_info::nonexistent) {
    return Time{info.first.end};
  }
  return Time{wall.time_since_epoch() - info.first.offset};
}

LocalTime TimeZone::local(Time instant) const {
  return LocalTime{zone_->to_local(instant).time_since_epoch()};
}

std::string TimeZone::name() const {
  return zone_->name();
}

}  // namespace quaymaster::recovery_services
