#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// The rules of a job's life as pure functions that use no store, no wire and no clock. Handlers call `allows`, the
/// lifecycle thread calls `next_step`; nothing else decides. Source: import-export.md chapters 5 and 14; where the
/// published rules disagree, chapter 16 names our choice.
namespace quaymaster::import_export {

enum class JobType { import_job, export_job };
enum class JobState { creating, shipping, received, transferring, packaging, completed, closed };
enum class DriveState {
  specified,
  received,
  never_received,
  transferring,
  completed,
  completed_more_info,
  shipped_back
};

constexpr bool is_final(JobState state) {
  return state >= JobState::completed;
}

/// The facts about a drive that the rules use.
struct DriveFacts {
  DriveState state = DriveState::specified;
  bool started = false;     // its import has been ordered from the jobs engine
  bool had_errors = false;  // warnings (renamed, skipped, overwritten) do not count
};

/// The facts about a job that the rules use.
struct JobFacts {
  JobType type = JobType::import_job;
  JobState state = JobState::creating;
  bool cancel_requested = false;
  bool warned_late = false;  // the operators have been notified that the package is late
  Time updated{};            // last change by a client
  Time shipped{};            // valid from Shipping on
  Time ended{};              // valid in Completed and Closed
  std::vector<DriveFacts> drives;
};

/// How long a job may stay in each phase. Every one is a setting.
struct LifeTimes {
  Ticks creating = std::chrono::days{14};       // each update restarts it
  Ticks shipping_late = std::chrono::days{14};  // then missing drives are NeverReceived and the operators are notified
  Ticks shipping_lost = std::chrono::days{30};  // after that: without any drive the job is Closed
  Ticks finished = std::chrono::days{90};       // Completed and Closed jobs are removed
};

/// The actions that a client may request for a job.
enum class JobAction {
  replace,           // PUT on an existing name
  ship,              // PATCH state=Shipping
  cancel,            // PATCH cancelRequested=true
  return_details,    // PATCH returnAddress, returnShipping
  delivery_package,  // PATCH deliveryPackage
  log_settings,      // PATCH logLevel, backupDriveManifest, diagnosticsPath
  drive_list,        // PATCH driveList
  dock,              // bind a drive by hand
  remove,            // DELETE
};
bool allows(JobState state, JobAction action);
/// "Creating, Shipping": the states in which the action is allowed, in order, by their names on the wire.
std::string states_that_allow(JobAction action);

/// What the service does next on its own.
enum class Step {
  none,
  remove,          // the record is removed
  warn_late,       // Specified drives become NeverReceived, the operators are notified
  receive,         // Shipping → Received
  begin_transfer,  // Received → Transferring: every Received drive's import is ordered
  begin_late,      // Transferring: the import of a drive that arrived late is ordered
  pack,            // → Packaging: nothing is left to process; drives never begun are sent back
  complete,        // → Completed
  close,           // → Closed
};

/// The one step that is due at `now`. Applying it and calling again leads, step by step, to `none`.
Step next_step(const JobFacts& job, Time now, const LifeTimes& times);

/// What a job waits for that only time decides, and since when. The store keeps both, so that an index finds what is
/// due, whatever the settings are.
enum class Wait { nothing, creating, late, lost, finished };
struct Waiting {
  Wait what = Wait::nothing;
  Time since{};
};
Waiting waiting(const JobFacts& job);
Ticks length(Wait what, const LifeTimes& times);

/// Whether a job accepts an arriving drive: a Shipping job accepts drives it still waits for, a Transferring one
/// those that had been given up (NeverReceived).
bool accepts_drive(JobState job, DriveState drive);

/// The published names. Source: import-export.md 5.1 and 5.2.
std::string_view wire_name(JobState state);
std::string_view wire_name(DriveState state);

}  // namespace quaymaster::import_export
