#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quaymaster::server {

/// One resource of a seed file, as a request to Resource Manager.
struct SeedResource {
  std::string where;        // "seed.toml, line 3, column 1"
  std::string type;         // "Microsoft.RecoveryServices/vaults/backupPolicies"; empty: a resource group
  std::string api_version;  // empty: the newest of the type
  std::string path;         // below the subscription: "/resourceGroups/rg/providers/…"
  std::string body;         // JSON
};

/// Reads a seed file: TOML, or JSON when its name ends in ".json". Format: doc/formats/seed.md. Resource groups come
/// first, then the resources in their order. Errc::invalid, with the file, line and column of the error.
Result<std::vector<SeedResource>> parse_seed(std::string_view text, std::string_view file);

/// An element of one of the lists of a seed file.
struct SeedElement {
  std::string text;  // JSON object
  std::size_t line = 0;
  std::size_t column = 0;
};
struct SeedLists {
  std::string location;
  std::vector<SeedElement> groups;
  std::vector<SeedElement> resources;
};
/// The two formats. Errors as parse_seed.
Result<SeedLists> read_seed_toml(std::string_view text, std::string_view file);
Result<SeedLists> read_seed_json(std::string_view text, std::string_view file);

}  // namespace quaymaster::server
