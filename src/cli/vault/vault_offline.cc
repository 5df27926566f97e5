#include "cli/vault/vault_offline.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/common/byte_progress.h"
#include "cli/vault/offline_data.h"
#include "vault/engine/open_vault.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr int kExitDamaged = 3;

struct DamageLine {
  std::string event = "damage";
  std::string object;
  std::string what;
  std::vector<std::string> points;
  std::uint64_t bytes_lost = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = DamageLine;
    return wire::fields({field<&T::event>("event"), field<&T::object>("object"), field<&T::what>("problem"),
                         field<&T::points>("points"), field<&T::bytes_lost>("bytesLost")});
  }
};

struct CheckLine {
  std::string event = "done";
  std::string vault;
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damaged = 0;
  double seconds = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = CheckLine;
    return wire::fields({field<&T::event>("event"), field<&T::vault>("vault"), field<&T::packs>("packs"),
                         field<&T::chunks>("chunks"), field<&T::bytes>("bytes"), field<&T::damaged>("damaged"),
                         field<&T::seconds>("seconds")});
  }
};

struct StatsLine {
  std::string vault;
  std::uint64_t points = 0;
  std::uint64_t packs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes_plain = 0;
  std::uint64_t bytes_on_disk = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = StatsLine;
    return wire::fields({field<&T::vault>("vault"), field<&T::points>("points"), field<&T::packs>("packs"),
                         field<&T::chunks>("chunks"), field<&T::bytes_plain>("bytesPlain"),
                         field<&T::bytes_on_disk>("bytesOnDisk")});
  }
};

std::string bytes_text(std::uint64_t bytes) {
  return format_bytes(static_cast<double>(bytes));
}

std::string summary(const CheckLine& line, bool every_byte) {
  auto text = fmt::format("vault {}: {} packs, {} chunks, {} {} in {:.1f} s\n", line.vault, line.packs, line.chunks,
                          bytes_text(line.bytes), every_byte ? "read" : "not read", line.seconds);
  return text + (line.damaged == 0 ? "everything is there\n" : fmt::format("{} objects are damaged\n", line.damaged));
}

}  // namespace

std::vector<Option> vault_check_offline_options() {
  using enum Option::Kind;
  std::vector<Option> options{
      {flag, "structure", "check only that everything exists and fits together; no pack is read whole"},
      {flag, "json", "progress, damage and result as JSON lines"}};
  add_offline_options(options);
  return options;
}

Result<int> vault_check_offline(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto data, OfflineData::open(arguments));
  TRY(const auto opened, data->open_vault(arguments));
  const bool json = arguments.has("json");
  const auto depth = arguments.has("structure") ? vault::CheckDepth::structure : vault::CheckDepth::every_byte;
  ByteProgress bar(terminal, json, &steady_seconds);
  const double started = steady_seconds();
  const auto report = opened.vault->check(depth, [&](std::uint64_t done, std::uint64_t total) -> Result<> {
    bar.show({"check", 0, 0, done, total});
    return ok();
  });
  bar.clear();
  if (!report) {
    return report.error();
  }
  for (const auto& damage : report.value().damage) {
    DamageLine line{"damage", damage.object, damage.what, {}, damage.bytes_lost};
    for (const auto& point : damage.points) {
      line.points.push_back(point.text());
    }
    terminal.out(json ? wire::to_json(line) + "\n"
                      : fmt::format("{}: {}; {} lost, of the points: {}\n", line.object, line.what,
                                    bytes_text(line.bytes_lost),
                                    line.points.empty() ? "none" : fmt::format("{}", fmt::join(line.points, ", "))));
  }
  const CheckLine done{"done",
                       opened.record.name,
                       report.value().packs,
                       report.value().chunks,
                       report.value().bytes,
                       report.value().damage.size(),
                       steady_seconds() - started};
  terminal.out(json ? wire::to_json(done) + "\n" : summary(done, depth == vault::CheckDepth::every_byte));
  return done.damaged == 0 ? 0 : kExitDamaged;
}

std::vector<Option> vault_stats_offline_options() {
  std::vector<Option> options{{Option::Kind::flag, "json", "a JSON object instead of text"}};
  add_offline_options(options);
  return options;
}

Result<int> vault_stats_offline(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto data, OfflineData::open(arguments));
  TRY(const auto opened, data->open_vault(arguments));
  TRY(const auto stats, opened.vault->stats());
  if (arguments.has("json")) {
    terminal.out(wire::to_json(StatsLine{opened.record.name, stats.points, stats.packs, stats.chunks, stats.bytes_plain,
                                         stats.bytes_on_disk}) +
                 "\n");
    return 0;
  }
  terminal.out(fmt::format("vault {}: {} recovery points, {} packs, {} chunks\n{} of different data take {} on disk\n",
                           opened.record.name, stats.points, stats.packs, stats.chunks, bytes_text(stats.bytes_plain),
                           bytes_text(stats.bytes_on_disk)));
  return 0;
}

}  // namespace quaymaster::cli
