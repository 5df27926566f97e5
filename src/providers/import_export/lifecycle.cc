#include "providers/import_export/lifecycle.h"

#include <algorithm>
#include <array>

namespace quaymaster::import_export {
namespace {

constexpr std::uint32_t bit(JobState state) {
  return 1U << static_cast<unsigned>(state);
}

template <class... States>
constexpr std::uint32_t in(States... states) {
  return (bit(states) | ...);
}

// Rows in the order of JobAction. Source: import-export.md 5.3. Cancelling follows the most permissive of the three
// published rules. A Closed job can be deleted, since nothing else could ever remove it by hand.
using enum JobState;
constexpr std::array kAllowed = {
    in(creating),                                    // replace
    in(creating),                                    // ship
    in(creating, shipping, received, transferring),  // cancel
    in(creating, shipping, received, transferring),  // return_details
    in(creating, shipping),                          // delivery_package
    in(creating, shipping, received, transferring),  // log_settings
    in(creating),                                    // drive_list
    in(shipping, received, transferring),            // dock
    in(creating, completed, closed),                 // remove
};
static_assert(kAllowed.size() == static_cast<std::size_t>(JobAction::remove) + 1);

constexpr std::array<std::string_view, 7> kJobStates = {"Creating",  "Shipping",  "Received", "Transferring",
                                                        "Packaging", "Completed", "Closed"};
constexpr std::array<std::string_view, 7> kDriveStates = {
    "Specified", "Received", "NeverReceived", "Transferring", "Completed", "CompletedMoreInfo", "ShippedBack"};

bool any(const JobFacts& job, auto matches) {
  return std::ranges::any_of(job.drives, matches);
}

bool is_waiting(const DriveFacts& drive) {
  return drive.state == DriveState::specified;
}
bool is_in(const DriveFacts& drive) {
  return drive.state == DriveState::received;
}
bool is_ready(const DriveFacts& drive) {
  return is_in(drive) && !drive.started;
}
bool is_busy(const DriveFacts& drive) {
  return drive.state == DriveState::transferring || (is_in(drive) && drive.started);
}
/// A drive that never arrived is an error of the job, just like one that could not be read.
bool is_bad(const DriveFacts& drive) {
  return drive.had_errors || drive.state == DriveState::never_received;
}

Step in_shipping(const JobFacts& job, Time now, const LifeTimes& times) {
  if (job.cancel_requested) {
    return Step::pack;
  }
  // Export jobs name no drives; exporting data is not offered yet, so only time moves them.
  if (any(job, is_in) && !any(job, is_waiting)) {
    return Step::receive;
  }
  if (!job.warned_late && now >= job.shipped + times.shipping_late) {
    return Step::warn_late;
  }
  if (!any(job, is_in) && now >= job.shipped + times.shipping_late + times.shipping_lost) {
    return Step::close;
  }
  return Step::none;
}

Step in_transferring(const JobFacts& job) {
  if (any(job, is_ready) && !job.cancel_requested) {
    return Step::begin_late;
  }
  return any(job, is_busy) ? Step::none : Step::pack;
}

}  // namespace

bool allows(JobState state, JobAction action) {
  return (kAllowed[static_cast<std::size_t>(action)] & bit(state)) != 0;
}

std::string states_that_allow(JobAction action) {
  std::string list;
  for (std::size_t state = 0; state < kJobStates.size(); ++state) {
    if (allows(static_cast<JobState>(state), action)) {
      list += list.empty() ? "" : ", ";
      list += kJobStates[state];
    }
  }
  return list;
}

Step next_step(const JobFacts& job, Time now, const LifeTimes& times) {
  switch (job.state) {
    case creating:
      if (job.cancel_requested) {
        return Step::complete;
      }
      return now >= job.updated + times.creating ? Step::remove : Step::none;
    case shipping:
      return in_shipping(job, now, times);
    case received:
      return job.cancel_requested ? Step::pack : Step::begin_transfer;
    case transferring:
      return in_transferring(job);
    case packaging:
      // A cancelled job ends in Completed whatever the results of its drives; the logs keep those results.
      return any(job, is_bad) && !job.cancel_requested ? Step::close : Step::complete;
    case completed:
    case closed:
      return now >= job.ended + times.finished ? Step::remove : Step::none;
  }
  return Step::none;
}

Waiting waiting(const JobFacts& job) {
  switch (job.state) {
    case creating:
      return {Wait::creating, job.updated};
    case shipping:
      return {job.warned_late ? Wait::lost : Wait::late, job.shipped};
    case completed:
    case closed:
      return {Wait::finished, job.ended};
    case received:
    case transferring:
    case packaging:
      return {};
  }
  return {};
}

Ticks length(Wait what, const LifeTimes& times) {
  switch (what) {
    case Wait::creating:
      return times.creating;
    case Wait::late:
      return times.shipping_late;
    case Wait::lost:
      return times.shipping_late + times.shipping_lost;
    case Wait::finished:
      return times.finished;
    case Wait::nothing:
      return Ticks::max();
  }
  return Ticks::max();
}

bool accepts_drive(JobState job, DriveState drive) {
  switch (job) {
    case shipping:
      return drive == DriveState::specified || drive == DriveState::never_received;
    case received:
    case transferring:
      return drive == DriveState::never_received;
    default:
      return false;
  }
}

std::string_view wire_name(JobState state) {
  return kJobStates[static_cast<std::size_t>(state)];
}
std::string_view wire_name(DriveState state) {
  return kDriveStates[static_cast<std::size_t>(state)];
}

}  // namespace quaymaster::import_export
