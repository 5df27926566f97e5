#include "testing/arm/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/files/disk.h"

namespace quaymaster::arm {

std::string compare_golden(std::string_view file, std::string_view text) {
  const Path path = Path(QM_SOURCE_DIR) / file;
  const char* update = std::getenv("GOLDEN_UPDATE");
  if (update != nullptr && std::string_view(update) == "1") {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return {};
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string golden{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (golden == text) {
    return {};
  }
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(golden, text).in1 - golden.begin());
  const auto line = 1 + std::count(golden.begin(), golden.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const auto around = [&](std::string_view whole) {
    const auto start = at > 60 ? at - 60 : 0;
    return whole.substr(std::min(start, whole.size()), 160);
  };
  return fmt::format("{} differs in line {} (GOLDEN_UPDATE=1 rewrites it)\n--- golden\n…{}\n+++ now\n…{}\n", file, line,
                     around(golden), around(text));
}

}  // namespace quaymaster::arm
