#include <toml++/toml.h>

#include <sstream>

#include "standin/seeds/seed_file.h"

namespace quaymaster::server {
namespace {

Error wrong(std::string_view file, const toml::source_region& at, std::string_view what) {
  return invalid("{}, line {}, column {}: {}", file, at.begin.line, at.begin.column, what);
}

Result<> read_list(std::string_view file, const toml::node& node, std::vector<SeedElement>& into) {
  const auto* const list = node.as_array();
  if (list == nullptr) {
    return wrong(file, node.source(), "expected a list of tables");
  }
  for (const auto& element : *list) {
    const auto* const table = element.as_table();
    if (table == nullptr) {
      return wrong(file, element.source(), "expected a table");
    }
    std::ostringstream json;
    json << toml::json_formatter{*table};
    into.push_back({json.str(), element.source().begin.line, element.source().begin.column});
  }
  return ok();
}

}  // namespace

Result<SeedLists> read_seed_toml(std::string_view text, std::string_view file) {
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return wrong(file, error.source(), error.description());
  }
  SeedLists lists;
  for (const auto& [key, node] : table) {
    if (key.str() == "location") {
      const auto* const location = node.as_string();
      if (location == nullptr) {
        return wrong(file, node.source(), "location must be a string");
      }
      lists.location = location->get();
    } else if (key.str() == "resourceGroups") {
      TRY(read_list(file, node, lists.groups));
    } else if (key.str() == "resources") {
      TRY(read_list(file, node, lists.resources));
    } else {
      return wrong(file, key.source(),
                   fmt::format("a seed has location, resourceGroups and resources, not \"{}\"", key.str()));
    }
  }
  return lists;
}

}  // namespace quaymaster::server
