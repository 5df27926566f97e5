#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::server {

/// All settings of a server, checked. Their meanings: kSettings.
struct Settings {
  Path data;
  std::string keep_free;
  std::string config;
  std::string profile;
  std::string address;
  std::uint16_t arm_port = 0;
  std::uint16_t blob_port = 0;
  bool blob_tls = false;
  std::vector<std::string> host;
  std::vector<std::string> blob_domain;
  Path dock;
  std::vector<std::string> dock_allow;
  std::vector<std::string> image_directories;
  std::vector<std::string> share_directories;
  Path vault_key;
  Path vault_passphrase_file;
  std::string intake_name;
  std::string intake_street;
  std::string intake_city;
  std::string intake_postal_code;
  std::string intake_country;
  std::string intake_phone;
  std::string intake_note;
  std::size_t job_creating_days = 0;
  std::size_t job_late_days = 0;
  std::size_t job_lost_days = 0;
  std::size_t job_kept_days = 0;
  bool exact_manifest_backup = false;
  std::string tenant;
  std::string subscription;
  std::string openid_issuer;
  std::string openid_audience;
  std::string openid_keys;
  std::string openid_claim;
  std::string audit;
  std::string region;
  std::size_t threads = 0;
  std::size_t request_workers = 0;
  std::size_t job_workers = 0;
  std::size_t import_workers = 0;
  std::size_t manifest_mib = 0;
  std::size_t max_connections = 0;
  std::size_t max_connections_per_address = 0;
  std::size_t drain_seconds = 0;
  std::string log_level;
  std::string access_log;
  bool test_remote = false;
  std::size_t hold_seconds = 0;
  Path states;
  std::string seed;
  bool data_given = false;  // by a flag, the environment or the file; otherwise `data` is the default

  bool is_test() const { return profile == "test"; }
  /// A test server that was given no data directory has a temporary one that ends with it.
  bool is_throwaway() const { return is_test() && !data_given; }
  /// Sets another data directory, and moves the dock into it unless that is elsewhere.
  void move_data(const Path& to);
  /// The floor for new data on a disk of `total` bytes.
  std::uint64_t floor_of(std::uint64_t total) const;
  bool has_audit() const { return audit == "on" || (audit == "auto" && !is_test()); }
};

/// One setting: the flag `--name`, the environment variable QUAYMASTER_NAME (upper case, "_" for "-") and the TOML key
/// `name`, in that order of precedence. This table is the only description: flags, --help and doc/configuration.md are
/// generated from it.
struct Setting {
  using Member = std::variant<std::string Settings::*, std::uint16_t Settings::*, std::size_t Settings::*,
                              bool Settings::*, std::vector<std::string> Settings::*, Path Settings::*>;
  std::string_view name;
  Member member;
  std::string_view fallback;  // the default, in the form a user would write it
  std::string_view help;
  std::string_view choices = {};  // "standard|test": nothing else is accepted
};
extern const std::span<const Setting> kSettings;

/// Values as a user wrote them, by setting name. Lists are joined by commas.
using Values = std::map<std::string, std::string, std::less<>>;

/// The value of a member from the first of `layers` that has it, otherwise the default.
/// Errc::invalid, naming the setting: not of the setting's type, not one of its choices, or a refused combination (the
/// test profile on an address that others can reach, without test-remote).
Result<Settings> resolve(std::span<const Values> layers);

/// The settings among the environment's variables. `lookup` returns null for a variable that is not set.
Values environment_values(const std::function<const char*(const char* name)>& lookup);

/// The settings of a TOML file. Errc::not_found. Errc::invalid: not TOML, a key that is not a setting, a value that is
/// not a text, number, boolean or list of texts.
Result<Values> file_values(Disk& disk, const Path& path);

/// Flags, then the environment, then the file that one of them names as `config`.
Result<Settings> load(Disk& disk, const Values& flags, const std::function<const char*(const char* name)>& lookup);

std::string environment_name(const Setting& setting);
std::string_view type_name(const Setting& setting);
/// The rows of the table in doc/configuration.md.
std::string settings_table();

}  // namespace quaymaster::server
