#include "providers/recovery_services/jobs/job_record.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>

#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

// newest_first is minus the start, so that both columns of the list order ascend and a page begins with one row
// comparison. facet: kind, operation and status, one decimal digit each.
constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE rs_backup_jobs (
  id BLOB PRIMARY KEY,
  vault BLOB NOT NULL,
  newest_first INTEGER NOT NULL,
  facet INTEGER NOT NULL,
  item BLOB,
  lower_entity TEXT NOT NULL,
  ended INTEGER,
  about TEXT NOT NULL,
  story TEXT NOT NULL
) STRICT;
CREATE INDEX rs_backup_jobs_newest ON rs_backup_jobs (vault, newest_first, id);
CREATE INDEX rs_backup_jobs_facets ON rs_backup_jobs (vault, facet, newest_first, id);
CREATE INDEX rs_backup_jobs_entities ON rs_backup_jobs (vault, lower_entity, facet, newest_first, id);
CREATE INDEX rs_backup_jobs_ended ON rs_backup_jobs (ended) WHERE ended IS NOT NULL;
CREATE INDEX rs_backup_jobs_running ON rs_backup_jobs (item, facet) WHERE ended IS NULL;
)",
};

constexpr int kStatuses = static_cast<int>(std::size(names(JobStatus{})));
constexpr int kOperations = static_cast<int>(std::size(names(JobOperation{})));
constexpr int kKinds = static_cast<int>(std::size(names(SourceKind{})));
static_assert(kStatuses <= 10 && kOperations <= 10);

int facet_of(SourceKind kind, JobOperation operation, JobStatus status) {
  return static_cast<int>(kind) * 100 + static_cast<int>(operation) * 10 + static_cast<int>(status);
}

/// Every facet that the query does not exclude.
std::vector<int> facets_of(const JobQuery& query) {
  std::vector<int> facets;
  for (int kind = 0; kind < kKinds; ++kind) {
    for (int operation = 0; operation < kOperations; ++operation) {
      for (int status = 0; status < kStatuses; ++status) {
        if ((!query.kind || static_cast<int>(*query.kind) == kind) &&
            (!query.operation || static_cast<int>(*query.operation) == operation) &&
            (!query.status || static_cast<int>(*query.status) == status)) {
          facets.push_back(facet_of(static_cast<SourceKind>(kind), static_cast<JobOperation>(operation),
                                    static_cast<JobStatus>(status)));
        }
      }
    }
  }
  return facets;
}

Bytes bytes_of(const Guid& id) {
  return id.bytes;
}

#define QM_JOB_COLUMNS "SELECT id, vault, newest_first, facet, item, ended, about FROM rs_backup_jobs WHERE "
#define QM_JOB_WITH_HISTORY \
  "SELECT id, vault, newest_first, facet, item, ended, about, story FROM rs_backup_jobs WHERE "

Result<BackupJob> job_of(const store::Row& row, bool with_history) {
  BackupJob job;
  TRY(job.id, row.blob_guid(0));
  TRY(job.vault, row.blob_guid(1));
  job.started = Time{Ticks{-row.integer(2)}};
  const auto facet = row.integer(3);
  if (facet < 0 || facet / 100 >= kKinds || facet / 10 % 10 >= kOperations || facet % 10 >= kStatuses) {
    return corrupt("the backup job {} has the facet {}", job.id.text(), facet);
  }
  job.kind = static_cast<SourceKind>(facet / 100);
  job.operation = static_cast<JobOperation>(facet / 10 % 10);
  job.status = static_cast<JobStatus>(facet % 10);
  if (!row.is_null(4)) {
    TRY(job.item, row.blob_guid(4));
  }
  if (!row.is_null(5)) {
    job.ended = row.time(5);
  }
  TRY(job.about, wire::parse_stored<BackupJob::About>(row.text(6)));
  if (with_history) {
    TRY(job.history, wire::parse_stored<BackupJob::History>(row.text(7)));
  }
  return job;
}

// Each statement scans one index from the row (?, ?) to the instant ? and reads only what it returns: jobs, or only
// their keys if the scans of several facets must be merged first.
#define QM_WALK "(newest_first, id) > (?, ?) AND newest_first <= ? ORDER BY newest_first, id LIMIT ?"
#define QM_JOB_KEYS "SELECT newest_first, id FROM rs_backup_jobs WHERE "
#define QM_OF_FACET "vault = ? AND facet = ? AND " QM_WALK
#define QM_OF_ENTITY "vault = ? AND lower_entity = ? AND facet = ? AND " QM_WALK
constexpr const char* kPageOfAll = QM_JOB_COLUMNS "vault = ? AND " QM_WALK;
constexpr const char* kPageOfFacet = QM_JOB_COLUMNS QM_OF_FACET;
constexpr const char* kPageOfEntity = QM_JOB_COLUMNS QM_OF_ENTITY;
constexpr const char* kWalkFacet = QM_JOB_KEYS QM_OF_FACET;
constexpr const char* kWalkEntity = QM_JOB_KEYS QM_OF_ENTITY;
constexpr const char* kListed = QM_JOB_COLUMNS "id = ?";
#undef QM_WALK

/// The part of the order that a page may come from.
struct Stretch {
  JobKey after;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
};

Stretch stretch_of(const JobQuery& query, const std::optional<JobKey>& after) {
  Stretch stretch;
  stretch.after.newest_first = std::numeric_limits<std::int64_t>::min();
  if (query.to) {
    // Before every job of that instant, that is, after all jobs of the instant before it.
    stretch.after.newest_first = -query.to->time_since_epoch().count() - 1;
    stretch.after.id.bytes.fill(0xff);
  }
  if (after) {
    stretch.after = std::max(stretch.after, *after);
  }
  if (query.from) {
    stretch.last = -query.from->time_since_epoch().count();
  }
  return stretch;
}

/// The statements for one facet, with the entity if the query names one.
struct FacetStatements {
  const char* of_facet;
  const char* of_entity;
};
constexpr FacetStatements kPages{kPageOfFacet, kPageOfEntity};
constexpr FacetStatements kWalks{kWalkFacet, kWalkEntity};

using OnRow = std::function<Result<>(const store::Row&)>;

Result<> each_of_facet(store::Reader& reader, const FacetStatements& statements, const Guid& vault,
                       const JobQuery& query, int facet, const Stretch& stretch, std::size_t limit,
                       const OnRow& on_row) {
  const auto& [first, id] = stretch.after;
  if (query.entity) {
    return reader.each(statements.of_entity, on_row, bytes_of(vault), to_lower(*query.entity), facet, first,
                       bytes_of(id), stretch.last, limit);
  }
  return reader.each(statements.of_facet, on_row, bytes_of(vault), facet, first, bytes_of(id), stretch.last, limit);
}

/// The first `limit` keys of the stretch over these facets. Another facet can only add keys before the last one
/// already on the page, so each scan is shorter than the one before.
Result<std::vector<JobKey>> walk(store::Reader& reader, const Guid& vault, const JobQuery& query,
                                 const std::vector<int>& facets, Stretch stretch, std::size_t limit) {
  std::vector<JobKey> keys;
  const auto append = [&keys](const store::Row& row) -> Result<> {
    JobKey key{row.integer(0), {}};
    TRY(key.id, row.blob_guid(1));
    keys.push_back(key);
    return ok();
  };
  for (const int facet : facets) {
    TRY(each_of_facet(reader, kWalks, vault, query, facet, stretch, limit, append));
    std::ranges::sort(keys);
    if (keys.size() >= limit) {
      keys.resize(limit);
      stretch.last = std::min(stretch.last, keys.empty() ? stretch.last : keys.back().newest_first);
    }
  }
  return keys;
}

bool fits(const BackupJob& job, const JobQuery& query) {
  return (!query.status || *query.status == job.status) && (!query.operation || *query.operation == job.operation) &&
         (!query.kind || *query.kind == job.kind) &&
         (!query.entity || equal_ignoring_case(*query.entity, job.about.entity)) &&
         (!query.from || *query.from <= job.started) && (!query.to || job.started <= *query.to);
}

}  // namespace

store::Schema backup_jobs_schema() {
  return {"recovery_services_jobs", kSteps};
}

std::string JobKey::text() const {
  return fmt::format("{}:{}", newest_first, id.text());
}

Result<JobKey> JobKey::parse(std::string_view text) {
  JobKey key;
  const auto colon = text.find(':');
  const auto number = text.substr(0, colon);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), key.newest_first);
  if (colon == std::string_view::npos || error != std::errc{} || end != number.data() + number.size()) {
    return invalid("'{}' is not a position in a list of jobs", text);
  }
  TRY(key.id, parse_guid(text.substr(colon + 1)));
  return key;
}

JobKey key_of(const BackupJob& job) {
  return {-job.started.time_since_epoch().count(), job.id};
}

Result<> insert_job(store::Writer& writer, const BackupJob& job) {
  TRY(writer.change(
      "INSERT INTO rs_backup_jobs (id, vault, newest_first, facet, item, lower_entity, ended, about, story) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      bytes_of(job.id), bytes_of(job.vault), key_of(job).newest_first, facet_of(job.kind, job.operation, job.status),
      job.item ? std::optional(bytes_of(*job.item)) : std::nullopt, to_lower(job.about.entity), job.ended,
      wire::to_json(job.about), wire::to_json(job.history)));
  return ok();
}

Result<> update_job(store::Writer& writer, const BackupJob& job) {
  return writer.expect(1, Errc::not_found, "UPDATE rs_backup_jobs SET facet = ?, ended = ?, story = ? WHERE id = ?",
                       facet_of(job.kind, job.operation, job.status), job.ended, wire::to_json(job.history),
                       bytes_of(job.id));
}

Result<BackupJob> find_job(store::Reader& reader, const Guid& id) {
  std::optional<BackupJob> found;
  TRY(reader.each(
      QM_JOB_WITH_HISTORY "id = ?",
      [&](const store::Row& row) -> Result<> {
        TRY(found, job_of(row, true));
        return ok();
      },
      bytes_of(id)));
  if (!found) {
    return not_found("there is no backup job {}", id.text());
  }
  return *std::move(found);
}

Result<BackupJob> find_job(store::Reader& reader, const Guid& vault, std::string_view name) {
  if (const auto id = parse_guid(name)) {
    auto job = find_job(reader, id.value());
    if (job && job.value().vault == vault) {
      return job;
    }
    if (!job && job.error().kind() != Errc::not_found) {
      return job;
    }
  }
  return refuse(Errc::not_found, errors::kJobNotFound, name);
}

Result<std::vector<BackupJob>> list_jobs(store::Reader& reader, const Guid& vault, const JobQuery& query,
                                         const std::optional<JobKey>& after, std::size_t limit) {
  std::vector<BackupJob> jobs;
  if (query.nothing || (query.from && query.to && *query.from > *query.to)) {
    return jobs;
  }
  const OnRow append = [&](const store::Row& row) -> Result<> {
    TRY(auto job, job_of(row, false));
    if (job.vault == vault && fits(job, query) && (!after || *after < key_of(job))) {
      jobs.push_back(std::move(job));
    }
    return ok();
  };
  const auto stretch = stretch_of(query, after);
  const auto facets = facets_of(query);
  if (query.job) {
    TRY(reader.each(kListed, append, bytes_of(*query.job)));
  } else if (!query.entity && !query.status && !query.operation && !query.kind) {
    TRY(reader.each(kPageOfAll, append, bytes_of(vault), stretch.after.newest_first, bytes_of(stretch.after.id),
                    stretch.last, limit));
  } else if (facets.size() == 1) {
    TRY(each_of_facet(reader, kPages, vault, query, facets.front(), stretch, limit, append));
  } else {
    TRY(const auto keys, walk(reader, vault, query, facets, stretch, limit));
    for (const auto& key : keys) {
      TRY(reader.each(kListed, append, bytes_of(key.id)));
    }
  }
  return jobs;
}

Result<std::vector<Guid>> unfinished_jobs(store::Reader& reader, const Guid& after, std::size_t limit) {
  std::vector<Guid> ids;
  TRY(reader.each(
      "SELECT id FROM rs_backup_jobs WHERE ended IS NULL AND id > ? ORDER BY id LIMIT ?",
      [&](const store::Row& row) -> Result<> {
        TRY(const auto id, row.blob_guid(0));
        ids.push_back(id);
        return ok();
      },
      bytes_of(after), limit));
  return ids;
}

Result<std::optional<Guid>> running_job(store::Reader& reader, const Guid& item, JobOperation operation) {
  std::optional<Guid> running;
  TRY(reader.each(
      "SELECT id, facet FROM rs_backup_jobs WHERE item = ? AND ended IS NULL",
      [&](const store::Row& row) -> Result<> {
        if (row.integer(1) / 10 % 10 == static_cast<int>(operation)) {
          TRY(running, row.blob_guid(0));
        }
        return ok();
      },
      bytes_of(item)));
  return running;
}

namespace {

constexpr auto kRemoveOld =
    "DELETE FROM rs_backup_jobs WHERE id IN (SELECT id FROM rs_backup_jobs WHERE ended IS NOT NULL AND ended < ? "
    "ORDER BY ended LIMIT ?) RETURNING id";
constexpr auto kRemoveOfVault =
    "DELETE FROM rs_backup_jobs WHERE id IN (SELECT id FROM rs_backup_jobs WHERE vault = ? AND ended IS NOT NULL "
    "LIMIT ?) RETURNING id";

template <class... Values>
Result<std::int64_t> purge(store::Writer& writer, const char* statement, const Values&... values) {
  std::vector<Guid> ids;
  TRY(writer.each(
      statement,
      [&](const store::Row& row) -> Result<> {
        TRY(const auto id, row.blob_guid(0));
        ids.push_back(id);
        return ok();
      },
      values...));
  for (const auto& id : ids) {
    TRY(jobs::remove_ended(writer, id));
  }
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace

Result<std::int64_t> purge_jobs(store::Writer& writer, Time before, std::size_t limit) {
  return purge(writer, kRemoveOld, before, limit);
}

Result<std::int64_t> purge_jobs_of(store::Writer& writer, const Guid& vault, std::size_t limit) {
  return purge(writer, kRemoveOfVault, bytes_of(vault), limit);
}

std::vector<const char*> job_list_statements() {
  return {kPageOfAll, kPageOfFacet, kPageOfEntity, kWalkFacet, kWalkEntity, kListed};
}

}  // namespace quaymaster::recovery_services
