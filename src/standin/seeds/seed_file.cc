#include "standin/seeds/seed_file.h"

#include "base/encode.h"
#include "wire/field.h"
#include "wire/json.h"

namespace quaymaster::server {
namespace {

/// Members of a seed element that describe the request; the resource's provider ignores them.
struct Header {
  std::string type;
  std::string name;
  std::string group;
  std::string api_version;
  std::string location;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Header::type>("type"), field<&Header::name>("name"),
                         field<&Header::group>("resourceGroup"), field<&Header::api_version>("apiVersion"),
                         field<&Header::location>("location")});
  }
};

std::vector<std::string_view> segments(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('/', begin), text.size());
    all.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

/// "Microsoft.X/vaults/policies" and "v/p" are "/providers/Microsoft.X/vaults/v/policies/p". Errc::invalid.
Result<std::string> provider_path(const Header& header) {
  const auto types = segments(header.type);
  const auto names = segments(header.name);
  if (types.size() < 2) {
    return invalid("type is a provider and a type, such as Microsoft.RecoveryServices/vaults");
  }
  if (names.size() != types.size() - 1) {
    return invalid("name has as many parts as the type below its provider: {}", types.size() - 1);
  }
  auto path = fmt::format("/providers/{}", percent_encode(types.front()));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (types[i + 1].empty() || names[i].empty()) {
      return invalid("no part of a type or a name is empty");
    }
    path += fmt::format("/{}/{}", percent_encode(types[i + 1]), percent_encode(names[i]));
  }
  return path;
}

Result<SeedResource> resource_of(const SeedElement& element, std::string_view location, bool is_group) {
  wire::Flaw flaw;
  const auto parsed = wire::parse_json<Header>(element.text, &flaw);
  if (!parsed) {
    return invalid("{}", flaw.message);
  }
  const auto& header = parsed.value();
  SeedResource resource;
  if (header.name.empty()) {
    return invalid("'name' is missing");
  }
  if (is_group) {
    resource.path = fmt::format("/resourceGroups/{}", percent_encode(header.name));
  } else {
    if (header.type.empty() || header.group.empty()) {
      return invalid("'{}' is missing", header.type.empty() ? "type" : "resourceGroup");
    }
    TRY(const auto below, provider_path(header));
    resource.path = fmt::format("/resourceGroups/{}{}", percent_encode(header.group), below);
    resource.type = header.type;
  }
  resource.api_version = header.api_version;
  resource.body = element.text;
  if (header.location.empty()) {
    std::string first = R"({"location":)";
    wire::append_json_string(first, location);
    resource.body =
        first + "," + resource.body.substr(resource.body.find('{') + 1);  // a name follows, so the object is not empty
  }
  return resource;
}

}  // namespace

Result<std::vector<SeedResource>> parse_seed(std::string_view text, std::string_view file) {
  TRY(auto lists, file.ends_with(".json") ? read_seed_json(text, file) : read_seed_toml(text, file));
  if (lists.location.empty()) {
    lists.location = "westeurope";
  }
  std::vector<SeedResource> all;
  for (const auto* list : {&lists.groups, &lists.resources}) {
    for (const auto& element : *list) {
      const auto where = fmt::format("{}, line {}, column {}", file, element.line, element.column);
      auto resource = resource_of(element, lists.location, list == &lists.groups);
      if (!resource) {
        return std::move(resource).error().because(where);
      }
      resource.value().where = where;
      all.push_back(std::move(resource).value());
    }
  }
  return all;
}

}  // namespace quaymaster::server
