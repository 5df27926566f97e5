// The key that wraps the keys of a data directory's vaults: show it, and replace it while no server runs.
#include <algorithm>

#include "cli/vault/commands.h"
#include "cli/vault/offline_data.h"
#include "cli/vault/vault_api.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "vault/keys/key_wrappings.h"

namespace quaymaster::cli {
namespace {

namespace rs = recovery_services;

constexpr int kNotAll = 3;

std::vector<Option> key_options(std::initializer_list<Option> more) {
  std::vector<Option> options{{Option::Kind::required_text, "data", "data directory; no server may be running on it"}};
  add_key_options(options);
  options.insert(options.end(), more);
  return options;
}

struct KeyLine {
  std::string vault;
  std::string group;
  std::string kind;
  std::string id;
  bool opens = false;
  std::uint64_t older = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = KeyLine;
    return wire::fields({field<&T::vault>("vault"), field<&T::group>("resourceGroup"), field<&T::kind>("kind"),
                         field<&T::id>("keyId"), field<&T::opens>("opens"), field<&T::older>("olderWrappings")});
  }
};

std::vector<Option> show_options() {
  return key_options({{Option::Kind::flag, "json", "one JSON object per line"}});
}

Result<int> show(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto data, OfflineData::open(arguments));
  TRY(const auto key, data->key());
  TRY(const auto vaults, data->vaults());
  std::vector<KeyLine> lines;
  for (const auto& vault : vaults) {
    TRY(const auto wrappings, vault::key_wrappings(data->objects(), vault.prefix()));
    if (wrappings.empty()) {
      continue;
    }
    const auto& newest = wrappings.back();
    lines.push_back({vault.name, vault.group,
                     newest.kind == vault::KeyEncryptionKey::Kind::file ? "file" : "passphrase", newest.id,
                     vault::open_keys(data->objects(), vault.prefix(), key).has_value(), wrappings.size() - 1});
  }
  std::vector<std::vector<std::string>> rows{{"VAULT", "GROUP", "KIND", "KEY ID", "OPENS", ""}};
  for (const auto& line : lines) {
    if (arguments.has("json")) {
      terminal.out(wire::to_json(line) + "\n");
    }
    rows.push_back({line.vault, line.group, line.kind, line.id, line.opens ? "yes" : "no",
                    line.older == 0 ? "" : "a change of its key was interrupted: repeat it"});
  }
  if (!arguments.has("json")) {
    terminal.out(format_table(rows));
  }
  return std::ranges::all_of(lines, &KeyLine::opens) ? 0 : kNotAll;
}

Result<std::vector<std::string>> prefixes_of(OfflineData& data) {
  TRY(const auto vaults, data.vaults());
  std::vector<std::string> prefixes;
  for (const auto& vault : vaults) {
    prefixes.push_back(vault.prefix());
  }
  return prefixes;
}

std::vector<Option> rotate_options() {
  return key_options({});
}

/// The new key is stored next to the old one under another name, so that a repeated call continues with the same key.
Result<int> rotate(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto data, OfflineData::open(arguments, OfflineData::Access::change_objects));
  const auto file = data->key_file();
  if (file.empty()) {
    return invalid("a passphrase is chosen by a person: use \"vault key rewrap --new-passphrase-file FILE\"");
  }
  TRY(const auto prefixes, prefixes_of(*data));
  TRY(const auto old_key, data->key());
  SystemDisk disk;
  const Path pending = file.native() + ".new";
  TRY(const auto new_key, rs::open_vault_key(disk, pending, data->random()));
  TRY(vault::rewrap_keys(data->objects(), data->random(), prefixes, old_key, new_key,
                         [&] { return disk.rename(pending, file); }));
  terminal.out(fmt::format("{} has a new key; copies of the old one no longer open anything\n", file.native()));
  return 0;
}

std::vector<Option> rewrap_options() {
  return key_options({{Option::Kind::text, "new-key", "key file to use from now on; created if missing"},
                      {Option::Kind::text, "new-passphrase-file", "file whose first line is the passphrase to use"}});
}

Result<int> rewrap(const Arguments& arguments, Terminal& terminal) {
  const bool is_file = arguments.has("new-key");
  if (is_file == arguments.has("new-passphrase-file")) {
    return invalid("choose what opens the vaults: one of --new-key FILE and --new-passphrase-file FILE");
  }
  TRY(const auto data, OfflineData::open(arguments, OfflineData::Access::change_objects));
  TRY(const auto prefixes, prefixes_of(*data));
  TRY(const auto old_key, data->key());
  SystemDisk disk;
  const auto place = std::filesystem::absolute(arguments.text(is_file ? "new-key" : "new-passphrase-file"));
  TRY(const auto new_key, is_file ? rs::open_vault_key(disk, place, data->random()) : rs::read_passphrase(disk, place));
  TRY(vault::rewrap_keys(data->objects(), data->random(), prefixes, old_key, new_key, {}));
  terminal.out(fmt::format("the vaults open with {}; from now on the server needs --vault-{} {}\n", place.native(),
                           is_file ? "key" : "passphrase-file", place.native()));
  return 0;
}

constexpr Command kCommands[] = {
    {"vault key show",
     "Show what wraps the keys of the vaults and whether the given key opens them; exit status 3: not all",
     &show_options, &show},
    {"vault key rotate", "Put a new key into the key file and wrap the keys of all vaults with it", &rotate_options,
     &rotate},
    {"vault key rewrap", "Wrap the keys of all vaults with another key file or passphrase", &rewrap_options, &rewrap},
};

}  // namespace

std::span<const Command> vault_key_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
