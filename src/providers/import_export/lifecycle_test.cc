#include "providers/import_export/lifecycle.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace quaymaster::import_export {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using enum JobState;
using Drive = DriveState;

const Time kStart = Time{} + days{20000};
const LifeTimes kTimes;

JobFacts job_in(JobState state, std::vector<DriveFacts> drives = {{}}) {
  JobFacts job;
  job.state = state;
  job.updated = job.shipped = job.ended = kStart;
  job.drives = std::move(drives);
  return job;
}

JobFacts cancelled(JobFacts job) {
  job.cancel_requested = true;
  return job;
}

JobFacts told(JobFacts job) {
  job.warned_late = true;
  return job;
}

TEST(LifeCycle, RequestsAreAllowedExactlyInTheStatesOfTheTable) {
  const std::map<JobAction, std::set<JobState>> table = {
      {JobAction::replace, {creating}},
      {JobAction::ship, {creating}},
      {JobAction::cancel, {creating, shipping, received, transferring}},
      {JobAction::return_details, {creating, shipping, received, transferring}},
      {JobAction::delivery_package, {creating, shipping}},
      {JobAction::log_settings, {creating, shipping, received, transferring}},
      {JobAction::drive_list, {creating}},
      {JobAction::dock, {shipping, received, transferring}},
      {JobAction::remove, {creating, completed, closed}},
  };
  for (const auto& [action, states] : table) {
    for (const auto state : {creating, shipping, received, transferring, packaging, completed, closed}) {
      EXPECT_EQ(allows(state, action), states.contains(state))
          << "action " << static_cast<int>(action) << " in " << wire_name(state);
    }
  }
}

TEST(LifeCycle, SaysWhereARequestWouldBeAllowed) {
  EXPECT_EQ(states_that_allow(JobAction::delivery_package), "Creating, Shipping");
  EXPECT_EQ(states_that_allow(JobAction::remove), "Creating, Completed, Closed");
}

struct Case {
  const char* what;
  JobFacts job;
  Ticks after;
  Step step;
};

TEST(LifeCycle, TakesTheOneStepThatIsDue) {
  const DriveFacts waiting{}, in{Drive::received}, lost{Drive::never_received}, begun{Drive::received, true},
      copying{Drive::transferring, true}, good{Drive::completed, true}, warned{Drive::completed_more_info, true},
      bad{Drive::completed_more_info, true, true}, back{Drive::shipped_back};
  auto export_job = job_in(shipping, {});
  export_job.type = JobType::export_job;

  const Case cases[] = {
      {"a young job waits for its client", job_in(creating), days{14} - Ticks{1}, Step::none},
      {"14 days without an update", job_in(creating), days{14}, Step::remove},
      {"a cancelled one ends", cancelled(job_in(creating)), {}, Step::complete},

      {"nothing arrived yet", job_in(shipping), {}, Step::none},
      {"one of two arrived", job_in(shipping, {in, waiting}), {}, Step::none},
      {"all arrived", job_in(shipping, {in, in}), {}, Step::receive},
      {"late: those missing are given up", job_in(shipping, {in, waiting}), days{14}, Step::warn_late},
      {"the rest goes on without them", told(job_in(shipping, {in, lost})), days{14}, Step::receive},
      {"none came: operators are told first", job_in(shipping, {waiting}), days{60}, Step::warn_late},
      {"none came: still hoped for", told(job_in(shipping, {lost})), days{44} - Ticks{1}, Step::none},
      {"none came: closed", told(job_in(shipping, {lost})), days{44}, Step::close},
      {"cancelled on the way", cancelled(job_in(shipping, {waiting, in})), {}, Step::pack},
      {"an export waits", export_job, days{1}, Step::none},
      {"an export is told late too", export_job, days{14}, Step::warn_late},
      {"an export is closed too", told(export_job), days{44}, Step::close},

      {"received goes on by itself", job_in(received, {in}), {}, Step::begin_transfer},
      {"received and cancelled copies nothing", cancelled(job_in(received, {in})), {}, Step::pack},

      {"one copies", job_in(transferring, {good, copying}), days{400}, Step::none},
      {"one is queued", job_in(transferring, {good, begun}), {}, Step::none},
      {"a late one is begun", job_in(transferring, {copying, in}), {}, Step::begin_late},
      {"a late one of a cancelled job is not", cancelled(job_in(transferring, {copying, in})), {}, Step::none},
      {"all done", job_in(transferring, {good, warned}), {}, Step::pack},
      {"all done, one never came", job_in(transferring, {good, lost}), {}, Step::pack},
      {"cancelled: what had begun is finished, the rest goes back",
       cancelled(job_in(transferring, {good, in})),
       {},
       Step::pack},

      {"no errors", job_in(packaging, {good, warned}), {}, Step::complete},
      {"an error", job_in(packaging, {good, bad}), {}, Step::close},
      {"a drive that never came", job_in(packaging, {good, lost}), {}, Step::close},
      {"cancelled ends in Completed", cancelled(job_in(packaging, {bad, back})), {}, Step::complete},

      {"kept", job_in(completed), days{90} - Ticks{1}, Step::none},
      {"kept long enough", job_in(completed), days{90}, Step::remove},
      {"closed, kept", job_in(closed), days{90} - Ticks{1}, Step::none},
      {"closed, kept long enough", job_in(closed), days{90}, Step::remove},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(next_step(c.job, kStart + c.after, kTimes), c.step) << c.what;
  }
}

TEST(LifeCycle, EveryDeadlineIsTheFirstInstantOfItsStep) {
  for (const auto& job : {job_in(creating), job_in(shipping), told(job_in(shipping, {{Drive::never_received}})),
                          job_in(completed), job_in(closed)}) {
    const auto wait = waiting(job);
    ASSERT_NE(wait.what, Wait::nothing) << wire_name(job.state);
    const auto deadline = wait.since + length(wait.what, kTimes);
    EXPECT_EQ(next_step(job, deadline - Ticks{1}, kTimes), Step::none) << wire_name(job.state);
    EXPECT_NE(next_step(job, deadline, kTimes), Step::none) << wire_name(job.state);
  }
  for (const auto state : {received, transferring, packaging}) {
    EXPECT_EQ(waiting(job_in(state)).what, Wait::nothing) << wire_name(state);
  }
}

TEST(LifeCycle, DrivesAreDockedWhileTheyAreExpected) {
  EXPECT_FALSE(accepts_drive(creating, Drive::specified));
  EXPECT_TRUE(accepts_drive(shipping, Drive::specified));
  EXPECT_TRUE(accepts_drive(shipping, Drive::never_received));
  EXPECT_FALSE(accepts_drive(shipping, Drive::received));
  EXPECT_TRUE(accepts_drive(transferring, Drive::never_received)) << "NeverReceived → Received when it turns up later";
  EXPECT_FALSE(accepts_drive(transferring, Drive::completed));
  for (const auto state : {packaging, completed, closed}) {
    EXPECT_FALSE(accepts_drive(state, Drive::never_received)) << wire_name(state);
  }
}

}  // namespace
}  // namespace quaymaster::import_export
