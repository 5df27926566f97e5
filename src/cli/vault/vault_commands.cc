// Maintenance of a vault through the server.
#include "cli/common/byte_progress.h"
#include "cli/common/client.h"
#include "cli/common/list_all.h"
#include "cli/vault/commands.h"
#include "cli/vault/vault_api.h"

namespace quaymaster::cli {
namespace {

// The structs of our own routes: doc/backup-maintenance.md.
struct DamagedPoint {
  std::string item, point;
  static constexpr auto wire() {
    return wire::fields({wire::field<&DamagedPoint::item>("item"), wire::field<&DamagedPoint::point>("recoveryPoint")});
  }
};
struct Damage {
  std::string object, what;
  std::uint64_t bytes_lost = 0;
  std::vector<DamagedPoint> points;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Damage::object>("object"), field<&Damage::what>("what"),
                         field<&Damage::bytes_lost>("bytesLost"), field<&Damage::points>("recoveryPoints")});
  }
};
struct CheckReport {
  std::uint64_t packs = 0, chunks = 0, bytes = 0, damage_count = 0;
  std::vector<Damage> damage;
  static constexpr auto wire() {
    using wire::field;
    using T = CheckReport;
    return wire::fields({field<&T::packs>("packs"), field<&T::chunks>("chunks"), field<&T::bytes>("bytes"),
                         field<&T::damage_count>("damageCount"), field<&T::damage>("damage")});
  }
};
struct CollectReport {
  std::uint64_t packs_removed = 0, packs_rewritten = 0, bytes_freed = 0, incomplete_count = 0;
  std::vector<DamagedPoint> incomplete;
  static constexpr auto wire() {
    using wire::field;
    using T = CollectReport;
    return wire::fields({field<&T::packs_removed>("packsRemoved"), field<&T::packs_rewritten>("packsRewritten"),
                         field<&T::bytes_freed>("bytesFreed"), field<&T::incomplete_count>("incompleteCount"),
                         field<&T::incomplete>("incompleteRecoveryPoints")});
  }
};
struct RebuildReport {
  std::uint64_t packs = 0, chunks = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = RebuildReport;
    return wire::fields({field<&T::packs>("packs"), field<&T::chunks>("chunks")});
  }
};
struct Stats {
  std::uint64_t points = 0, packs = 0, chunks = 0, bytes_on_disk = 0, bytes_plain = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = Stats;
    return wire::fields({field<&T::points>("points"), field<&T::packs>("packs"), field<&T::chunks>("chunks"),
                         field<&T::bytes_on_disk>("bytesOnDisk"), field<&T::bytes_plain>("bytesPlain")});
  }
};
constexpr int kDamaged = 3;  // exit status

struct MaintenanceRun {
  std::string operation, kind;
  std::uint64_t bytes_done = 0, bytes_total = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = MaintenanceRun;
    return wire::fields({field<&T::operation>("operation"), field<&T::kind>("kind"), field<&T::bytes_done>("bytesDone"),
                         field<&T::bytes_total>("bytesTotal")});
  }
};

std::vector<Option> common_options() {
  std::vector<Option> options;
  add_vault_options(options);
  options.push_back({Option::Kind::flag, "json", "the server's JSON instead of text"});
  add_connection_options(options);
  return options;
}

std::vector<Option> check_options() {
  auto options = common_options();
  options.push_back({Option::Kind::flag, "structure", "check only that everything exists, without reading every byte"});
  return options;
}

/// Starts the operation, shows its progress, and returns its properties.
Result<std::string> run(const Arguments& arguments, Terminal& terminal, std::string_view action,
                        std::string_view body) {
  TRY(auto client, client_of(arguments));
  const auto vault = vault_name(arguments);
  TRY(const auto accepted, client.exchange("POST", vault_path(client.connection(), vault, action), body));
  ByteProgress progress(terminal, false, &steady_seconds);
  SystemClock clock;
  const auto done = await_operation(client, accepted, [&](const OperationView& operation) -> Result<> {
    TRY(const auto runs,
        list_all<MaintenanceRun>(client, vault_path(client.connection(), vault, "/quaymasterMaintenance")));
    for (const auto& one : runs) {
      if (one.operation == operation.name) {
        progress.show({one.kind, 0, 0, one.bytes_done, one.bytes_total});
      }
    }
    clock.sleep_for(std::chrono::milliseconds(500), {});
    return ok();
  });
  progress.clear();
  TRY(const auto operation, std::move(done));
  return operation.properties ? operation.properties->text : std::string("{}");
}

Result<int> check(const Arguments& arguments, Terminal& terminal) {
  const bool is_structure = arguments.has("structure");
  TRY(const auto text, run(arguments, terminal, "/quaymasterCheck",
                           is_structure ? R"({"depth":"Structure"})" : R"({"depth":"EveryByte"})"));
  TRY(const auto report, wire::parse_stored<CheckReport>(text));
  const int code = report.damage_count == 0 ? 0 : kDamaged;
  if (arguments.has("json")) {
    terminal.out(text + "\n");
    return code;
  }
  terminal.out(fmt::format("{} packs, {} chunks, {} checked: {}\n", report.packs, report.chunks,
                           format_bytes(static_cast<double>(report.bytes)),
                           report.damage_count == 0 ? "no damage" : fmt::format("{} damaged", report.damage_count)));
  for (const auto& damage : report.damage) {
    terminal.out(fmt::format("{}: {}; {} cannot be restored\n", damage.object, damage.what,
                             format_bytes(static_cast<double>(damage.bytes_lost))));
    for (const auto& point : damage.points) {
      terminal.out(fmt::format("  recovery point {} of {}\n", point.point, point.item));
    }
  }
  return code;
}

Result<int> collect(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto text, run(arguments, terminal, "/quaymasterCollect", "{}"));
  TRY(const auto report, wire::parse_stored<CollectReport>(text));
  const int code = report.incomplete_count == 0 ? 0 : kDamaged;
  if (arguments.has("json")) {
    terminal.out(text + "\n");
    return code;
  }
  terminal.out(fmt::format("{} freed: {} packs removed, {} rewritten\n",
                           format_bytes(static_cast<double>(report.bytes_freed)), report.packs_removed,
                           report.packs_rewritten));
  if (report.incomplete_count != 0) {
    terminal.out(
        fmt::format("{} recovery points need chunks that no readable pack has; `vault check` shows what they lose\n",
                    report.incomplete_count));
  }
  for (const auto& point : report.incomplete) {
    terminal.out(fmt::format("  recovery point {} of {}\n", point.point, point.item));
  }
  return code;
}

Result<int> rebuild_index(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto text, run(arguments, terminal, "/quaymasterRebuildIndex", "{}"));
  TRY(const auto report, wire::parse_stored<RebuildReport>(text));
  terminal.out(arguments.has("json")
                   ? text + "\n"
                   : fmt::format("the index was rebuilt from {} packs with {} chunks\n", report.packs, report.chunks));
  return 0;
}

Result<int> stats(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto text, client.call("GET", vault_path(client.connection(), vault_name(arguments), "/quaymasterStats")));
  if (arguments.has("json")) {
    terminal.out(text + "\n");
    return 0;
  }
  TRY(const auto stats, wire::parse_stored<Stats>(text));
  terminal.out(format_table({{"recovery points", std::to_string(stats.points)},
                             {"packs", std::to_string(stats.packs)},
                             {"chunks", std::to_string(stats.chunks)},
                             {"on disk", format_bytes(static_cast<double>(stats.bytes_on_disk))},
                             {"before compression", format_bytes(static_cast<double>(stats.bytes_plain))}}));
  return 0;
}

constexpr Command kCommands[] = {
    {"vault check", "Read every byte of a vault to find damage; exit status 3: some was found", &check_options, &check},
    {"vault collect", "Free the space that no recovery point needs; exit status 3: a point lacks chunks",
     &common_options, &collect},
    {"vault rebuild-index", "Rebuild the chunk index of a vault from its packs", &common_options, &rebuild_index},
    {"vault stats", "Show how much a vault contains", &common_options, &stats},
};

}  // namespace

std::span<const Command> vault_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
