#include "cli/common/command.h"

#include <charconv>

namespace quaymaster::cli {

std::string Arguments::text(std::string_view name, std::string_view fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(fallback) : found->second.back();
}

std::vector<std::string> Arguments::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Result<std::uint64_t> Arguments::number(std::string_view name, std::uint64_t fallback) const {
  if (!has(name)) {
    return fallback;
  }
  const auto given = text(name);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (error != std::errc{} || end != given.data() + given.size()) {
    return invalid("--{}: \"{}\" is not a whole number", name, given);
  }
  return number;
}

void add_connection_options(std::vector<Option>& options) {
  options.push_back({Option::Kind::text, "data",
                     "data directory of the server to talk to (default: as `quaymaster env` "
                     "has set the environment)"});
}

}  // namespace quaymaster::cli
