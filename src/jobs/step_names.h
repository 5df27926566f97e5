#pragma once

#include <map>
#include <string>

#include "jobs/engine.h"

/// Records of earlier versions hold the position of the next step in its kind instead of its name.
namespace quaymaster::jobs {

/// The name of the step at `position`; empty after the last. One that the kind does not have is answered as a number,
/// which is no step's name.
std::string step_at(const Kind& kind, int position);

/// Names the next step of every job of these kinds that an earlier version began: its position would mean another step
/// if the job were only taken up after the next upgrade. Errors of Database::read and write.
Result<> name_steps(store::Database& database, const std::map<std::string, Kind, std::less<>>& kinds);

}  // namespace quaymaster::jobs
