#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "server/settings/settings.h"

// Only this file and seed_toml.cc include toml++.
namespace quaymaster::server {
namespace {

Result<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* number = node.as_integer()) {
    return std::to_string(number->get());
  }
  if (const auto* truth = node.as_boolean()) {
    return std::string(truth->get() ? "true" : "false");
  }
  if (const auto* list = node.as_array()) {
    std::string joined;
    for (const auto& element : *list) {
      const auto* const text = element.as_string();
      if (text == nullptr || text->get().find(',') != std::string::npos) {
        return invalid("a list has only strings without commas");
      }
      joined += (joined.empty() ? "" : ",") + text->get();
    }
    return joined;
  }
  return invalid("neither a string, a number, true, false, nor a list of strings");
}

}  // namespace

Result<Values> file_values(Disk& disk, const Path& path) {
  TRY(const auto bytes, read_file(disk, path, kMiB));
  toml::table table;
  try {
    table = toml::parse(as_text(bytes), path.native());
  } catch (const toml::parse_error& error) {
    return invalid("{}, line {}: {}", path.native(), error.source().begin.line, error.description());
  }
  Values values;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (name == "config" || std::ranges::find(kSettings, name, &Setting::name) == kSettings.end()) {
      return invalid("{}: \"{}\" is not a setting", path.native(), name);
    }
    auto text = text_of(node);
    if (!text) {
      return std::move(text).error().because(fmt::format("{}: {}", path.native(), name));
    }
    values.emplace(name, std::move(text).value());
  }
  return values;
}

}  // namespace quaymaster::server
