#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "wire/field.h"

// Maintenance of a vault on the wire; a vendor extension, so the format is ours (doc/backup-points.md).
namespace quaymaster::recovery_services {

enum class MaintenanceKind { check, collect, rebuild_index };
constexpr auto names(MaintenanceKind) {
  return std::array{wire::name(MaintenanceKind::check, "Check"), wire::name(MaintenanceKind::collect, "Collect"),
                    wire::name(MaintenanceKind::rebuild_index, "RebuildIndex")};
}

enum class MaintenanceDepth { structure, every_byte };
constexpr auto names(MaintenanceDepth) {
  return std::array{wire::name(MaintenanceDepth::structure, "Structure"),
                    wire::name(MaintenanceDepth::every_byte, "EveryByte")};
}

struct CheckRequest {
  std::optional<MaintenanceDepth> depth;  // EveryByte by default
  static constexpr auto wire() { return wire::fields({wire::field<&CheckRequest::depth>("depth")}); }
};

struct EmptyRequest {
  static constexpr auto wire() { return wire::Fields<0>{}; }
};

/// A damaged recovery point, by the names that the other routes use.
struct DamagedPoint {
  std::string item;   // friendly name
  std::string point;  // its name on the wire
  std::optional<Time> time;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&DamagedPoint::item>("item"), field<&DamagedPoint::point>("recoveryPoint"),
                         field<&DamagedPoint::time>("recoveryPointTime")});
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
    return wire::fields({field<&D::object>("object"), field<&D::what>("what"), field<&D::bytes_lost>("bytesLost"),
                         field<&D::points>("recoveryPoints")});
  }
};

struct CheckAnswer {
  std::string object_type = "QuaymasterCheckReport";
  MaintenanceDepth depth = MaintenanceDepth::every_byte;
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damage_count = 0;
  std::vector<DamagedObject> damage;  // only the first ones
  static constexpr auto wire() {
    using wire::field;
    using C = CheckAnswer;
    return wire::fields({field<&C::object_type>("objectType"), field<&C::depth>("depth"), field<&C::packs>("packs"),
                         field<&C::chunks>("chunks"), field<&C::bytes>("bytes"), field<&C::damage_count>("damageCount"),
                         field<&C::damage>("damage")});
  }
};

struct CollectAnswer {
  std::string object_type = "QuaymasterCollectReport";
  std::uint64_t packs_removed = 0;
  std::uint64_t packs_rewritten = 0;
  std::uint64_t bytes_freed = 0;
  std::uint64_t incomplete_count = 0;    // points that lack chunks which are in no readable pack
  std::vector<DamagedPoint> incomplete;  // only the first ones
  static constexpr auto wire() {
    using wire::field;
    using C = CollectAnswer;
    return wire::fields({field<&C::object_type>("objectType"), field<&C::packs_removed>("packsRemoved"),
                         field<&C::packs_rewritten>("packsRewritten"), field<&C::bytes_freed>("bytesFreed"),
                         field<&C::incomplete_count>("incompleteCount"),
                         field<&C::incomplete>("incompleteRecoveryPoints")});
  }
};

struct RebuildAnswer {
  std::string object_type = "QuaymasterRebuildIndexReport";
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  static constexpr auto wire() {
    using wire::field;
    using R = RebuildAnswer;
    return wire::fields({field<&R::object_type>("objectType"), field<&R::packs>("packs"), field<&R::chunks>("chunks")});
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
    return wire::fields({field<&S::points>("points"), field<&S::packs>("packs"), field<&S::chunks>("chunks"),
                         field<&S::bytes_on_disk>("bytesOnDisk"), field<&S::bytes_plain>("bytesPlain")});
  }
};

/// The newest run of a kind, with live numbers while it runs.
struct MaintenanceRun {
  std::string operation;
  MaintenanceKind kind = MaintenanceKind::check;
  std::string status;  // as reported by operations: "InProgress", "Succeeded", "Failed"
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
    return wire::fields({field<&M::operation>("operation"), field<&M::kind>("kind"), field<&M::status>("status"),
                         field<&M::started>("startTime"), field<&M::ended>("endTime"),
                         field<&M::bytes_done>("bytesDone"), field<&M::bytes_total>("bytesTotal"),
                         field<&M::bytes_per_second>("bytesPerSecond"), field<&M::seconds_left>("secondsLeft"),
                         field<&M::seconds_left_uncertainty>("secondsLeftUncertainty"), field<&M::reason>("reason")});
  }
};

struct MaintenanceRuns {
  std::vector<MaintenanceRun> value;
  static constexpr auto wire() { return wire::fields({wire::field<&MaintenanceRuns::value>("value")}); }
};

/// The parameters of the engine's job, as stored.
struct MaintenanceWork {
  std::string vault;
  std::string operation;  // empty: the scheduler's
  MaintenanceDepth depth = MaintenanceDepth::every_byte;
  static constexpr auto wire() {
    using wire::field;
    using W = MaintenanceWork;
    return wire::fields({field<&W::vault>("vault"), field<&W::operation>("operation"), field<&W::depth>("depth")});
  }
};

}  // namespace quaymaster::recovery_services
