#include <charconv>

#include "cli/common/progress.h"
#include "cli/simulate/commands.h"
#include "cli/simulate/simulate.h"

namespace quaymaster::cli {
namespace {

std::vector<Option> common_options(std::string place, std::string help) {
  return {{Option::Kind::positional, std::move(place), std::move(help)},
          {Option::Kind::text, "size", "total size, such as 64MiB (default: 1GiB)"},
          {Option::Kind::text, "seed", "seed of its bytes (default: 1)"},
          {Option::Kind::text, "generation", "how often it has changed since its creation (default: 0)"},
          {Option::Kind::text, "change-rate", "fraction that changes from one generation to the next (default: 0.01)"}};
}
std::vector<Option> disk_options() {
  return common_options("FILE", "raw image; created if missing, otherwise changed to the generation");
}
std::vector<Option> share_options() {
  auto options = common_options("DIRECTORY", "created if missing, otherwise changed to the generation");
  options.push_back({Option::Kind::text, "files", "how many files (default: 1000)"});
  return options;
}

Result<Simulation> simulation_of(const Arguments& arguments) {
  Simulation simulation;
  TRY(simulation.size, parse_size(arguments.text("size", "1GiB")));
  TRY(simulation.seed, arguments.number("seed", simulation.seed));
  TRY(simulation.generation, arguments.number("generation", 0));
  TRY(simulation.files, arguments.number("files", simulation.files));
  const auto rate = arguments.text("change-rate", "0.01");
  const auto [end, error] = std::from_chars(rate.data(), rate.data() + rate.size(), simulation.change_rate);
  if (error != std::errc{} || end != rate.data() + rate.size() || !(simulation.change_rate >= 0) ||
      simulation.change_rate > 1) {
    return invalid("\"{}\" is not a fraction between 0 and 1", rate);
  }
  constexpr std::uint64_t kMost = 100'000;
  if (simulation.generation > kMost || simulation.files > 10 * kMost) {
    return invalid("at most {} generations and {} files", kMost, 10 * kMost);
  }
  return simulation;
}

void tell(Terminal& terminal, const Simulated& told) {
  terminal.out(fmt::format("{}, {} of it written\n", format_bytes(static_cast<double>(told.bytes)),
                           format_bytes(static_cast<double>(told.bytes_written))));
}

Result<int> make_disk(const Arguments& arguments, Terminal& terminal) {
  SystemDisk disk;
  TRY(const auto simulation, simulation_of(arguments));
  TRY(const auto told, simulate_disk(disk, arguments.text("FILE"), simulation));
  tell(terminal, told);
  return 0;
}

Result<int> make_share(const Arguments& arguments, Terminal& terminal) {
  SystemDisk disk(SystemDisk::Access::everybody);
  TRY(const auto simulation, simulation_of(arguments));
  TRY(const auto told, simulate_share(disk, arguments.text("DIRECTORY"), simulation));
  tell(terminal, told);
  return 0;
}

constexpr Command kCommands[] = {
    {"simulate disk", "Create a disk image for tests with bytes from a seed, or change it", &disk_options, &make_disk},
    {"simulate share", "Create a directory for tests with files from a seed, or change it", &share_options,
     &make_share},
};

}  // namespace

std::span<const Command> simulate_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
