#include "drive/import/import_progress.h"

#include <algorithm>

#include "wire/json.h"

namespace quaymaster::drive {

std::optional<DriveStatusCode> ImportProgress::code() const {
  return parse_status<DriveStatusCode>(status);
}

int ImportProgress::percent() const {
  if (phase == ImportPhase::done) {
    return 100;
  }
  if (bytes_total == 0) {
    return 0;
  }
  // Copying alone never reaches 100: the logs are still to be published.
  return static_cast<int>(std::min<std::uint64_t>(99, bytes_done / (bytes_total / 100 + 1)));
}

std::string to_json(const ImportProgress& progress) {
  return wire::to_json(progress);
}

Result<ImportProgress> parse_import_progress(std::string_view text) {
  if (text.empty()) {
    return ImportProgress{};
  }
  auto progress = wire::parse_stored<ImportProgress>(text);
  if (!progress) {
    return corrupt("progress of an import: {}", progress.error().cause());
  }
  return progress;
}

}  // namespace quaymaster::drive
