#include "providers/recovery_services/maintenance/maintenance.h"

#include <algorithm>

#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE rs_maintenance (
  vault TEXT NOT NULL,
  kind INTEGER NOT NULL,
  job TEXT NOT NULL,
  started INTEGER NOT NULL,
  PRIMARY KEY (vault, kind)
) STRICT;
)",
};

struct JobKindOf {
  MaintenanceKind kind;
  const char* job;  // the engine's kind
  AsyncOperationKind operation;
};
constexpr JobKindOf kKinds[] = {
    {MaintenanceKind::check, "rs_vault_check", AsyncOperationKind::check_vault},
    {MaintenanceKind::collect, "rs_vault_collect", AsyncOperationKind::collect_vault},
    {MaintenanceKind::rebuild_index, "rs_vault_rebuild_index", AsyncOperationKind::rebuild_index},
};
const JobKindOf& row_of(MaintenanceKind which) {
  return *std::ranges::find(kKinds, which, &JobKindOf::kind);
}
/// How much damage a report lists, and how many points of each.
constexpr std::size_t kMostListed = 1000;

/// The newest run of a kind.
struct Newest {
  Guid job;
  Time started;
};
Result<std::optional<Newest>> newest_run(store::Reader& reader, const Guid& vault, MaintenanceKind which) {
  std::optional<Newest> newest;
  TRY(reader.each(
      "SELECT job, started FROM rs_maintenance WHERE vault = ? AND kind = ?",
      [&](const store::Row& row) -> Result<> {
        TRY(const auto job, row.guid(0));
        newest = Newest{job, row.time(1)};
        return ok();
      },
      vault.text(), static_cast<int>(which)));
  return newest;
}

/// The engine's record of it; nothing if it has been removed.
Result<std::optional<jobs::Record>> record_of(store::Reader& reader, jobs::Engine& engine,
                                              const std::optional<Newest>& newest) {
  if (!newest) {
    return std::optional<jobs::Record>{};
  }
  auto record = engine.get(reader, newest->job);
  if (!record) {
    return record.error().kind() == Errc::not_found ? Result<std::optional<jobs::Record>>(std::nullopt)
                                                    : std::move(record).error();
  }
  return std::optional(std::move(record).value());
}

std::string_view status_of(const jobs::Record& record) {
  switch (record.state) {
    case jobs::State::succeeded:
      return "Succeeded";
    case jobs::State::failed:
      return "Failed";
    case jobs::State::cancelled:
      return "Canceled";
    default:
      return "InProgress";
  }
}

/// The point by the names that clients know; a point that no longer exists by its id.
Result<DamagedPoint> name_point(store::Reader& reader, const Guid& id) {
  DamagedPoint named;
  named.point = id.text();
  TRY(const auto point, point_by_id(reader, id));
  if (point) {
    named.point = std::to_string(point->name);
    named.time = point->time;
    const auto item = find_item(reader, point->item);
    named.item = item ? item.value().friendly_name : "";
  }
  return named;
}

}  // namespace

store::Schema maintenance_schema() {
  return {"recovery_services_maintenance", kSteps};
}

Maintenance::Maintenance(Services& services, OpenVaults& open_vaults, AsyncOperationRoutes& operations)
    : services_(services), open_vaults_(open_vaults) {
  for (const auto& row : kKinds) {
    services_.engine.add(kind(row.kind));
    operations.answer_result(row.operation,
                             [](arm::Context&, const AsyncOperationRecord& operation) -> Result<arm::Answer> {
                               return arm::Answer{200, operation.properties, {}};
                             });
  }
}

jobs::Kind Maintenance::kind(MaintenanceKind which) {
  return {row_of(which).job,
          {{"work", [this, which](jobs::Run& run) { return work(run, which); }}},
          [this](store::Writer& writer, const jobs::Record& record) { return ended(writer, record); }};
}

Result<> Maintenance::work(jobs::Run& run, MaintenanceKind which) {
  TRY(const auto parameters, wire::parse_stored<MaintenanceWork>(run.record().parameters));
  TRY(const auto id, parse_guid(parameters.vault));
  TRY(const auto vault, open_vaults_.open(id));
  const vault::Heartbeat heartbeat = [&run](std::uint64_t done, std::uint64_t total) {
    run.progress(done, total);
    return run.continue_or_cancel();
  };
  std::string report;
  switch (which) {
    case MaintenanceKind::check: {
      TRY(report, check_vault(*vault, parameters.depth, heartbeat));
      break;
    }
    case MaintenanceKind::collect: {
      TRY(report, collect_vault(*vault, heartbeat, jobs::fence(run)));
      break;
    }
    case MaintenanceKind::rebuild_index: {
      TRY(report, rebuild_vault(*vault));
      break;
    }
  }
  return run.save(std::move(report));
}

Result<std::string> Maintenance::collect_vault(vault::Vault& vault, const vault::Heartbeat& heartbeat,
                                               const store::Fence& fence) {
  TRY(const auto report, vault.collect(heartbeat, fence));
  CollectAnswer answer;
  answer.packs_removed = report.packs_removed;
  answer.packs_rewritten = report.packs_rewritten;
  answer.bytes_freed = report.bytes_freed;
  answer.incomplete_count = report.points_incomplete.size();
  TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
    for (const auto& point : report.points_incomplete) {
      if (answer.incomplete.size() == kMostListed) {
        break;
      }
      TRY(auto named, name_point(reader, point));
      answer.incomplete.push_back(std::move(named));
    }
    return ok();
  }));
  return wire::to_json(answer);
}

Result<std::string> Maintenance::rebuild_vault(vault::Vault& vault) {
  TRY(vault.rebuild_index());
  TRY(const auto stats, vault.stats());
  RebuildAnswer answer;
  answer.packs = stats.packs;
  answer.chunks = stats.chunks;
  return wire::to_json(answer);
}

Result<std::string> Maintenance::check_vault(vault::Vault& vault, MaintenanceDepth depth,
                                             const vault::Heartbeat& heartbeat) {
  TRY(const auto report,
      vault.check(depth == MaintenanceDepth::structure ? vault::CheckDepth::structure : vault::CheckDepth::every_byte,
                  heartbeat));
  CheckAnswer answer;
  answer.depth = depth;
  answer.packs = report.packs;
  answer.chunks = report.chunks;
  answer.bytes = report.bytes;
  answer.damage_count = report.damage.size();
  TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
    for (const auto& damage : report.damage) {
      if (answer.damage.size() == kMostListed) {
        break;
      }
      DamagedObject object{damage.object, damage.what, damage.bytes_lost, {}};
      for (const auto& point : damage.points) {
        if (object.points.size() == kMostListed) {
          break;
        }
        TRY(auto named, name_point(reader, point));
        object.points.push_back(std::move(named));
      }
      answer.damage.push_back(std::move(object));
    }
    return ok();
  }));
  return wire::to_json(answer);
}

/// The operation ends with the job and contains its report.
Result<> Maintenance::ended(store::Writer& writer, const jobs::Record& record) {
  TRY(const auto work, wire::parse_stored<MaintenanceWork>(record.parameters));
  if (work.operation.empty()) {
    return ok();
  }
  TRY(const auto operation, parse_guid(work.operation));
  auto outcome = succeeded();
  outcome.properties = record.data;
  if (record.state == jobs::State::failed) {
    outcome = failed(record.error_code.empty() ? "CloudInternalError" : record.error_code, record.reason);
  } else if (record.state == jobs::State::cancelled) {
    outcome = cancelled();
  }
  auto finished = finish_operation(writer, operation, outcome, record.ended.value_or(record.updated));
  return !finished && finished.error().kind() == Errc::not_found ? Result<>(ok()) : finished;
}

Result<> Maintenance::create(store::Writer& writer, const VaultRecord& vault, MaintenanceKind which,
                             const MaintenanceWork& work, Time now) {
  TRY(const auto before, newest_run(writer, vault.id, which));
  if (before) {
    TRY(jobs::remove_ended(writer, before->job));
  }
  TRY(const auto id, services_.engine.create(writer, {row_of(which).job, vault.lower_id(), wire::to_json(work)}));
  TRY(
      writer.change("INSERT INTO rs_maintenance (vault, kind, job, started) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (vault, kind) DO UPDATE SET job = excluded.job, started = excluded.started",
                    vault.id.text(), static_cast<int>(which), id.text(), now));
  return ok();
}

Result<arm::Reply<>> Maintenance::start(arm::Context& context, const VaultPath& path, MaintenanceKind which,
                                        MaintenanceDepth depth) {
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    TRY(const auto newest, newest_run(writer, vault.id, which));
    TRY(const auto running, record_of(writer, services_.engine, newest));
    if (running && !jobs::is_final(running->state)) {
      TRY(const auto other, wire::parse_stored<MaintenanceWork>(running->parameters));
      return refuse(Errc::conflict, errors::kMaintenanceRuns, wire::text_of(which), vault.name,
                    other.operation.empty() ? "the scheduler" : "the operation " + other.operation);
    }
    const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), row_of(which).operation};
    TRY(create_operation(writer, operation, context.now));
    TRY(create(writer, vault, which, {vault.id.text(), operation.id.text(), depth}, context.now));
    add_operation_headers(reply.headers, context, vault_path(context, vault), "backupOperations/" + operation.id.text(),
                          "backupOperationResults/" + operation.id.text());
    return ok();
  }));
  return reply;
}

Result<arm::Reply<>> Maintenance::check(arm::Context& context, const VaultPath& path, const CheckRequest& request) {
  return start(context, path, MaintenanceKind::check, request.depth.value_or(MaintenanceDepth::every_byte));
}
Result<arm::Reply<>> Maintenance::collect(arm::Context& context, const VaultPath& path, const EmptyRequest&) {
  return start(context, path, MaintenanceKind::collect, MaintenanceDepth::every_byte);
}

Result<arm::Reply<>> Maintenance::rebuild_index(arm::Context& context, const VaultPath& path, const EmptyRequest&) {
  return start(context, path, MaintenanceKind::rebuild_index, MaintenanceDepth::structure);
}

Result<arm::Reply<StatsAnswer>> Maintenance::stats(arm::Context& context, const VaultPath& path) {
  TRY(const auto record, find_vault(context, path));
  TRY(const auto vault, open_vaults_.open(record.id));
  TRY(const auto stats, vault->stats());
  return arm::Reply<StatsAnswer>{200,
                                 {stats.points, stats.packs, stats.chunks, stats.bytes_on_disk, stats.bytes_plain}};
}

Result<arm::Reply<MaintenanceRuns>> Maintenance::runs(arm::Context& context, const VaultPath& path) {
  arm::Reply<MaintenanceRuns> reply;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    for (const auto& row : kKinds) {
      TRY(const auto newest, newest_run(reader, vault.id, row.kind));
      TRY(const auto record, record_of(reader, services_.engine, newest));
      if (!record) {
        continue;
      }
      TRY(const auto work, wire::parse_stored<MaintenanceWork>(record->parameters));
      MaintenanceRun run;
      run.operation = work.operation;
      run.kind = row.kind;
      run.status = status_of(*record);
      run.started = newest->started;
      run.ended = record->ended;
      run.bytes_done = record->bytes_done;
      run.bytes_total = record->bytes_total;
      if (record->state == jobs::State::running) {
        const auto rate = services_.engine.rate(record->id);
        run.bytes_per_second = rate.bytes_per_second;
        run.seconds_left = rate.seconds_left;
        run.seconds_left_uncertainty = rate.seconds_left_uncertainty;
      }
      if (!record->reason.empty()) {
        run.reason = record->reason;
      }
      reply.body.value.push_back(std::move(run));
    }
    return ok();
  }));
  return reply;
}

Result<std::int64_t> Maintenance::collect_due(Time now, Ticks every) {
  std::vector<VaultRecord> vaults;
  TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(vaults, all_vaults(reader));
    return ok();
  }));
  std::int64_t started = 0;
  for (const auto& one : vaults) {
    bool starts = false;
    TRY(services_.database.write([&](store::Writer& writer) -> Result<> {
      starts = false;
      auto vault = find_vault(writer, one.id);
      if (!vault) {
        return vault.error().kind() == Errc::not_found ? Result<>(ok()) : std::move(vault).error();
      }
      TRY(const auto newest, newest_run(writer, one.id, MaintenanceKind::collect));
      TRY(const auto record, record_of(writer, services_.engine, newest));
      const bool is_due = !newest || newest->started + every <= now;
      if (!is_due || (record && !jobs::is_final(record->state))) {
        return ok();
      }
      TRY(create(writer, vault.value(), MaintenanceKind::collect, {one.id.text(), {}, {}}, now));
      starts = true;
      return ok();
    }));
    started += starts ? 1 : 0;
  }
  return started;
}

Result<std::uint64_t> Maintenance::incomplete_points() {
  std::uint64_t count = 0;
  TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vaults, all_vaults(reader));
    for (const auto& vault : vaults) {
      TRY(const auto newest, newest_run(reader, vault.id, MaintenanceKind::collect));
      TRY(const auto record, record_of(reader, services_.engine, newest));
      if (record && record->state == jobs::State::succeeded) {
        TRY(const auto report, wire::parse_stored<CollectAnswer>(record->data));
        count += report.incomplete_count;
      }
    }
    return ok();
  }));
  return count;
}

Result<> Maintenance::forget(store::Writer& writer, const VaultRecord& vault) {
  TRY(writer.change("DELETE FROM rs_maintenance WHERE vault = ?", vault.id.text()));
  return ok();
}

}  // namespace quaymaster::recovery_services
