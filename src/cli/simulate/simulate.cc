#include "cli/simulate/simulate.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "workload/bundle/simulated.h"

namespace quaymaster::cli {
namespace {

constexpr std::uint64_t kPiece = 256 * kKiB;  // the unit of change
constexpr std::uint64_t kFilesAFolder = 100;
constexpr std::uint64_t kLargest = 64ULL << 40;

/// Writes the pieces of the image that differ from the file. A piece that was never written stays a hole.
Result<> bring_up(Disk& disk, const Path& path, const workload::SimulatedDisk& simulated, Simulated& told) {
  const auto image = workload::simulated_image(simulated);
  TRY(const auto file, disk.open(path, OpenMode::create));
  TRY(const auto before, file->size());
  if (before != simulated.size) {
    TRY(file->truncate(simulated.size));
  }
  told.bytes += simulated.size;
  Buffer wanted(kPiece);
  Buffer present(kPiece);
  for (std::uint64_t offset = 0; offset < simulated.size; offset += kPiece) {
    const auto count = std::min(kPiece, simulated.size - offset);
    const auto piece = MutableBytes(wanted).first(count);
    TRY(image->read(offset, piece));
    const auto old = MutableBytes(present).first(count);
    TRY(const auto read, file->read_at(old, offset));
    if (read != count || !std::ranges::equal(piece, old)) {
      TRY(file->write_at(piece, offset));
      told.bytes_written += count;
    }
  }
  return file->sync();
}

}  // namespace

Result<Simulated> simulate_disk(Disk& disk, const Path& image, const Simulation& simulation) {
  Simulated told;
  workload::SimulatedDisk simulated;
  simulated.size = simulation.size;
  simulated.seed = simulation.seed;
  simulated.generation = simulation.generation;
  simulated.change_rate = simulation.change_rate;
  TRY(bring_up(disk, image, simulated, told));
  return told;
}

Result<Simulated> simulate_share(Disk& disk, const Path& directory, const Simulation& simulation) {
  Simulated told;
  const auto mean = simulation.size / std::max<std::uint64_t>(1, simulation.files);
  std::mt19937_64 sizes(simulation.seed);  // its numbers are the same everywhere, unlike those of distributions
  for (std::uint64_t i = 0; i < simulation.files; ++i) {
    const auto folder = directory / fmt::format("d{:04}", i / kFilesAFolder);
    if (i % kFilesAFolder == 0) {
      TRY(disk.make_directories(folder));
    }
    workload::SimulatedDisk simulated;
    simulated.size = mean / 2 + (mean == 0 ? 0 : sizes() % (mean + 1));
    simulated.seed = simulation.seed * 1'000'003 + i;
    simulated.generation = simulation.generation;
    simulated.change_rate = simulation.change_rate;
    simulated.zero_share = 0;
    TRY(bring_up(disk, folder / fmt::format("f{:06}.bin", i), simulated, told));
  }
  return told;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  constexpr std::pair<std::string_view, int> kUnits[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  const auto* const found = std::ranges::find(kUnits, unit, &std::pair<std::string_view, int>::first);
  if (error != std::errc{} || found == std::end(kUnits) || number == 0 || number > kLargest >> found->second) {
    return invalid("\"{}\" is not a size such as 64MiB or 2GiB, up to 64TiB", text);
  }
  return number << found->second;
}

}  // namespace quaymaster::cli
