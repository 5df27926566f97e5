#include "jobs/step_names.h"

#include "jobs/records.h"

namespace quaymaster::jobs {

std::string step_at(const Kind& kind, int position) {
  const auto at = static_cast<std::size_t>(position);
  if (at == kind.steps.size()) {
    return "";
  }
  return at < kind.steps.size() ? std::string(kind.steps[at].name) : std::to_string(position);
}

Result<> name_steps(store::Database& database, const std::map<std::string, Kind, std::less<>>& kinds) {
  std::vector<records::Unnamed> jobs;
  TRY(database.read([&](store::Reader& reader) -> Result<> {
    TRY(jobs, records::unnamed(reader));
    return ok();
  }));
  std::erase_if(jobs, [&](const records::Unnamed& job) { return !kinds.contains(job.kind); });
  if (jobs.empty()) {
    return ok();  // the usual case is not worth a commit
  }
  return database.write([&](store::Writer& writer) -> Result<> {
    for (const auto& job : jobs) {
      TRY(records::name_step(writer, job.number, step_at(kinds.find(job.kind)->second, job.position)));
    }
    return ok();
  });
}

}  // namespace quaymaster::jobs
