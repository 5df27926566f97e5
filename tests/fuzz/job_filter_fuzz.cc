// Reads a $filter of backup job lists: it is refused with a reason, or becomes one query with valid times.

#include "base/bytes.h"
#include "base/check.h"
#include "providers/recovery_services/jobs/jobs_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quaymaster;
  const auto text = as_text(Bytes(data, size));
  const auto query = recovery_services::read_job_filter(text);
  if (!query) {
    check(query.error().kind() == Errc::invalid && query.error().published() != nullptr);
    return 0;
  }
  for (const auto& time : {query.value().from, query.value().to}) {
    check(!time || parse_time(format_time(*time)).value() == *time);
  }
  check(!query.value().from || !query.value().to || *query.value().from <= *query.value().to);
  // The same filter joined with itself selects the same.
  const auto twice = recovery_services::read_job_filter(std::string(text) + " and " + std::string(text));
  if (twice && !query.value().nothing) {
    check(!twice.value().nothing && twice.value().status == query.value().status);
  }
  return 0;
}
