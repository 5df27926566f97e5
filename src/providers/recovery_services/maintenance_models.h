#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "wire/field.h"

// What the maintenance of a vault says; a vendor extension, so the shapes are ours (doc/backup-points.md).
namespace quaymaster::recovery_services {

enum class MaintenanceKind { check, collect };
constexpr auto names(MaintenanceKind) {
  return std::array{wire::name(MaintenanceKind::check, "Check"), wire::name(MaintenanceKind::collect, "Collect")};
}

enum class MaintenanceDepth { structure, every_byte };
constexpr auto names(MaintenanceDepth) {
  return std::array{wire::name(MaintenanceDepth::structure, "Structure"),
                    wire::name(MaintenanceDepth::every_byte, "EveryByte")};
}

struct CheckRequest {
  std::optional<MaintenanceDepth> depth;  // EveryByte when it is not said
  static constexpr auto wire() { return std::tuple{wire::field("depth", &CheckRequest::depth)}; }
};

struct EmptyRequest {
  static constexpr auto wire() { return std::tuple{}; }
};

/// A recovery point that loses something, by the names that the other routes know it by.
struct DamagedPoint {
  std::string item;   // friendly name
  std::string point;  // its name on the wire
  std::optional<Time> time;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("item", &DamagedPoint::item), field("recoveryPoint", &DamagedPoint::point),
                      field("recoveryPointTime", &DamagedPoint::time)};
  }
};

struct DamagedObject {
  std::string object;
  std::string what;
  std::uint64_t bytes_lost = 0;
  std::vector<DamagedPoint> points;
  static constexpr auto wire() {
    using wire::field;
    using D = DamagedObject;
    return std::tuple{field("object", &D::object), field("what", &D::what), field("bytesLost", &D::bytes_lost),
                      field("recoveryPoints", &D::points)};
  }
};

struct CheckAnswer {
  std::string object_type = "QuaymasterCheckReport";
  MaintenanceDepth depth = MaintenanceDepth::every_byte;
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damage_count = 0;
  std::vector<DamagedObject> damage;  // the first of them
  static constexpr auto wire() {
    using wire::field;
    using C = CheckAnswer;
    return std::tuple{
        field("objectType", &C::object_type), field("depth", &C::depth), field("packs", &C::packs),
        field("chunks", &C::chunks),          field("bytes", &C::bytes), field("damageCount", &C::damage_count),
        field("damage", &C::damage)};
  }
};

struct CollectAnswer {
  std::string object_type = "QuaymasterCollectReport";
  std::uint64_t packs_removed = 0;
  std::uint64_t packs_rewritten = 0;
  std::uint64_t bytes_freed = 0;
  static constexpr auto wire() {
    using wire::field;
    using C = CollectAnswer;
    return std::tuple{field("objectType", &C::object_type), field("packsRemoved", &C::packs_removed),
                      field("packsRewritten", &C::packs_rewritten), field("bytesFreed", &C::bytes_freed)};
  }
};

struct StatsAnswer {
  std::uint64_t points = 0;
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes_on_disk = 0;
  std::uint64_t bytes_plain = 0;
  static constexpr auto wire() {
    using wire::field;
    using S = StatsAnswer;
    return std::tuple{field("points", &S::points), field("packs", &S::packs), field("chunks", &S::chunks),
                      field("bytesOnDisk", &S::bytes_on_disk), field("bytesPlain", &S::bytes_plain)};
  }
};

/// The newest run of a kind, live while it runs.
struct MaintenanceRun {
  std::string operation;
  MaintenanceKind kind = MaintenanceKind::check;
  std::string status;  // as operations tell it: "InProgress", "Succeeded", "Failed"
  Time started;
  std::optional<Time> ended;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  // 0: not known yet
  std::optional<double> bytes_per_second;
  std::optional<double> seconds_left;
  std::optional<double> seconds_left_uncertainty;  // one standard deviation
  std::optional<std::string> reason;               // why it waits, or why it failed
  static constexpr auto wire() {
    using wire::field;
    using M = MaintenanceRun;
    return std::tuple{field("operation", &M::operation),
                      field("kind", &M::kind),
                      field("status", &M::status),
                      field("startTime", &M::started),
                      field("endTime", &M::ended),
                      field("bytesDone", &M::bytes_done),
                      field("bytesTotal", &M::bytes_total),
                      field("bytesPerSecond", &M::bytes_per_second),
                      field("secondsLeft", &M::seconds_left),
                      field("secondsLeftUncertainty", &M::seconds_left_uncertainty),
                      field("reason", &M::reason)};
  }
};

struct MaintenanceRuns {
  std::vector<MaintenanceRun> value;
  static constexpr auto wire() { return std::tuple{wire::field("value", &MaintenanceRuns::value)}; }
};

/// The parameters of the engine's job, as stored.
struct MaintenanceWork {
  std::string vault;
  std::string operation;  // empty: the scheduler's
  MaintenanceDepth depth = MaintenanceDepth::every_byte;
  static constexpr auto wire() {
    using wire::field;
    using W = MaintenanceWork;
    return std::tuple{field("vault", &W::vault), field("operation", &W::operation), field("depth", &W::depth)};
  }
};

}  // namespace quaymaster::recovery_services
