#include "server/settings/settings.h"

#include <algorithm>
#include <charconv>

#include "base/encode.h"
#include "base/files/space.h"
#include "server/settings/well_known.h"

namespace quaymaster::server {
namespace {

constexpr std::size_t kMostKeptMiB = 1'048'576;

constexpr Setting kTable[] = {
    {"data", &Settings::data, "quaymaster-data",
     "directory of everything durable; created at the first start, mode 0700. Not given in the test profile: a "
     "temporary one, removed when the server stops"},
    {"keep-free", &Settings::keep_free, "auto",
     "MiB of the data directory's disk that new data does not use, kept free for deletions and the server's own "
     "records; auto: 1 % of the disk, at least 64 and at most 1024, never more than a quarter of it; 0: nothing is "
     "kept free"},
    {"config", &Settings::config, "", "TOML file with further settings; not itself a key of that file"},
    {"profile", &Settings::profile, "standard",
     "standard: generated secrets; test: well-known credentials for continuous integration. A data directory keeps the "
     "profile it was created with",
     "standard|test"},
    {"address", &Settings::address, "127.0.0.1", "numeric address to listen on"},
    {"arm-port", &Settings::arm_port, "8443",
     "TLS port of Resource Manager, tokens, metrics and health; 0: the system chooses"},
    {"blob-port", &Settings::blob_port, "10000", "port of the Blob service; 0: the system chooses"},
    {"blob-tls", &Settings::blob_tls, "false",
     "TLS on the Blob port; host-style addresses over TLS work on the TLS port"},
    {"host", &Settings::host, "",
     "further names and addresses of this server, for its certificate; the first one is the name given to clients"},
    {"blob-domain", &Settings::blob_domain, "blob.localhost",
     "domains whose ACCOUNT.DOMAIN hosts are storage accounts; also in the certificate, as *.DOMAIN"},
    {"dock", &Settings::dock, "", "directory that is watched for drives; empty: DATA/dock"},
    {"dock-allow", &Settings::dock_allow, "", "further directories below which a drive may be docked by hand"},
    {"intake-name", &Settings::intake_name, "Quaymaster intake",
     "name of the place that drives are sent to, as import jobs show it"},
    {"intake-street", &Settings::intake_street, "Ask the operator of this server", "its street"},
    {"intake-city", &Settings::intake_city, "On site", "its city"},
    {"intake-postal-code", &Settings::intake_postal_code, "00000", "its postal code"},
    {"intake-country", &Settings::intake_country, "On site", "its country or region"},
    {"intake-phone", &Settings::intake_phone, "", "its telephone"},
    {"intake-note", &Settings::intake_note, "Attach the drive at the dock of the server.", "further instructions"},
    {"job-creating-days", &Settings::job_creating_days, "14",
     "an import job that is not shipped is removed this long after its last update"},
    {"job-late-days", &Settings::job_late_days, "14", "drives missing this long after shipping are considered lost"},
    {"job-lost-days", &Settings::job_lost_days, "30", "a job without any drive is closed this many days later"},
    {"job-kept-days", &Settings::job_kept_days, "90", "finished import jobs are removed after this long"},
    {"exact-manifest-backup", &Settings::exact_manifest_backup, "false",
     "back up drive manifests byte for byte, including an account key or SAS that they may contain"},
    {"image-directories", &Settings::image_directories, "",
     "directories below which disk images of virtual machines are allowed"},
    {"share-directories", &Settings::share_directories, "",
     "directories below which directories of file shares are allowed"},
    {"vault-key", &Settings::vault_key, "",
     "file with the 32 bytes that wrap the keys of backup vaults, created at the first start; empty: DATA/vault.key. "
     "Without it no backup can be read: keep a copy elsewhere"},
    {"vault-passphrase-file", &Settings::vault_passphrase_file, "",
     "file whose first line is the passphrase that wraps the keys of backup vaults instead of a key file; empty: a key "
     "file. `quaymaster vault key rewrap` switches between the two"},
    {"tenant", &Settings::tenant, "", "tenant id (GUID); generated at the first start when empty, fixed from then on"},
    {"subscription", &Settings::subscription, "",
     "id (GUID) of the first subscription; generated at the first start when empty, unused later"},
    {"openid-issuer", &Settings::openid_issuer, "",
     "OpenID issuer whose tokens are accepted in addition to those of this server, exactly as in their claim iss; "
     "empty: none"},
    {"openid-audience", &Settings::openid_audience, "", "value that the claim aud of its tokens must contain"},
    {"openid-keys", &Settings::openid_keys, "",
     "file with its JSON Web Key Set, or the https address of it; read again every hour and when a token names a key "
     "that is not among them"},
    {"openid-claim", &Settings::openid_claim, "sub", "claim of its tokens that identifies the principal"},
    {"audit", &Settings::audit, "auto", "keep the audit log DATA/audit; auto: on in the standard profile",
     "auto|on|off"},
    {"region", &Settings::region, "WESTEUROPE", "name of this site in x-ms-routing-request-id"},
    {"threads", &Settings::threads, "0", "network threads; 0: one per core"},
    {"request-workers", &Settings::request_workers, "16", "threads on which requests wait for the disk"},
    {"job-workers", &Settings::job_workers, "4", "jobs that run at the same time, except imports"},
    {"import-workers", &Settings::import_workers, "4",
     "drives that are imported at the same time; backups and restores do not wait for them"},
    {"manifest-mib", &Settings::manifest_mib, "4096",
     "largest manifest of a drive that is read, in MiB; a drive with a larger one is refused"},
    {"max-connections", &Settings::max_connections, "2048",
     "open connections of each port. At the limit the one that has waited longest for its client is closed, idle ones "
     "first; if none has waited for five seconds, the new one is answered 503, except for health and metrics"},
    {"max-connections-per-address", &Settings::max_connections_per_address, "0",
     "of these, the most from one client address (one IPv6 /64); 0: half. If all clients are behind one proxy, set it "
     "to max-connections"},
    {"drain-seconds", &Settings::drain_seconds, "20", "how long requests in progress may take after SIGTERM"},
    {"log-level", &Settings::log_level, "info", "lowest level that is logged", "debug|info|warning|error"},
    {"access-log", &Settings::access_log, "stderr", "where the line of every request goes: stderr, off, or a file"},
    {"test-remote", &Settings::test_remote, "false",
     "allow the test profile, whose secrets are public, on an address that is not loopback"},
    {"states", &Settings::states, "", "test profile: directory of the saved states; empty: DATA/states"},
    {"seed", &Settings::seed, "", "test profile: file with resources to create in a new data directory, TOML or .json"},
    {"hold-seconds", &Settings::hold_seconds, "50",
     "test profile: how long a GET on something in progress waits for it to change; 0: not at all"},
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    auto part = text.substr(0, end);
    while (part.starts_with(' ')) {
      part.remove_prefix(1);
    }
    while (part.ends_with(' ')) {
      part.remove_suffix(1);
    }
    if (!part.empty()) {
      parts.emplace_back(part);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Result<> parse(std::string_view text, std::string& into) {
  into = text;
  return ok();
}
Result<> parse(std::string_view text, Path& into) {
  into = Path(text);
  return ok();
}
Result<> parse(std::string_view text, std::vector<std::string>& into) {
  into = split(text);
  return ok();
}
Result<> parse(std::string_view text, bool& into) {
  into = text == "true";
  return into || text == "false" ? Result<>(ok()) : invalid("\"{}\" is neither true nor false", text);
}
template <class Number>
Result<> parse(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return invalid("\"{}\" is not a whole number in range", text);
  }
  return ok();
}

Result<> set(Settings& settings, const Setting& setting, std::string_view text) {
  if (!setting.choices.empty()) {
    if (fmt::format("|{}|", setting.choices).find(fmt::format("|{}|", text)) == std::string::npos) {
      return invalid("{}: \"{}\" is not one of {}", setting.name, text, setting.choices);
    }
  }
  auto parsed = std::visit([&](auto member) { return parse(text, settings.*member); }, setting.member);
  if (!parsed) {
    return std::move(parsed).error().because(setting.name);
  }
  return ok();
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

}  // namespace

const std::span<const Setting> kSettings = kTable;

Result<Settings> resolve(std::span<const Values> layers) {
  Settings settings;
  for (const auto& setting : kTable) {
    std::string_view text = setting.fallback;
    for (const auto& layer : layers) {
      if (const auto found = layer.find(setting.name); found != layer.end()) {
        text = found->second;
        settings.data_given = settings.data_given || setting.name == "data";
        break;
      }
    }
    TRY(set(settings, setting, text));
  }
  if (settings.data.empty()) {
    return invalid("data: a directory is needed");
  }
  std::size_t kept = 0;
  if (settings.keep_free != "auto" && (!parse(settings.keep_free, kept) || kept > kMostKeptMiB)) {
    return invalid("keep-free: \"{}\" is neither auto nor a number of MiB up to {}", settings.keep_free, kMostKeptMiB);
  }
  if (settings.dock.empty()) {
    settings.dock = settings.data / "dock";
  }
  if (settings.max_connections == 0) {
    return invalid("max-connections: the minimum is one");
  }
  if (settings.max_connections_per_address == 0) {
    settings.max_connections_per_address = std::max<std::size_t>(1, settings.max_connections / 2);
  }
  if (settings.is_test()) {
    settings.tenant = settings.tenant.empty() ? well_known::kTenant : settings.tenant;
    settings.subscription = settings.subscription.empty() ? well_known::kSubscription : settings.subscription;
  }
  if (!settings.is_test() && !settings.seed.empty()) {
    return invalid("seed: only the test profile has seeds");
  }
  if (settings.is_test() && !is_loopback(settings.address) && !settings.test_remote) {
    return invalid("profile test on {}: its secrets are public; set test-remote if this is intended", settings.address);
  }
  if (!settings.openid_issuer.empty() &&
      (settings.openid_audience.empty() || settings.openid_keys.empty() || settings.openid_claim.empty() ||
       settings.openid_issuer.find(' ') != std::string::npos)) {
    return invalid(
        "openid-issuer \"{}\": it must not have blanks, and openid-audience, openid-keys and openid-claim must be set "
        "too",
        settings.openid_issuer);
  }
  return settings;
}

std::uint64_t Settings::floor_of(std::uint64_t total) const {
  std::size_t mib = 0;
  return is_throwaway() ? 0 : parse(keep_free, mib).has_value() ? mib * kMiB : default_floor(total);
}

void Settings::move_data(const Path& to) {
  dock = dock == data / "dock" ? to / "dock" : dock;
  data = to;
}

Values environment_values(const std::function<const char*(const char* name)>& lookup) {
  Values values;
  for (const auto& setting : kTable) {
    if (const char* const value = lookup(environment_name(setting).c_str())) {
      values.emplace(setting.name, value);
    }
  }
  return values;
}

Result<Settings> load(Disk& disk, const Values& flags, const std::function<const char*(const char* name)>& lookup) {
  std::vector<Values> layers{flags, environment_values(lookup)};
  TRY(const auto first, resolve(layers));
  if (!first.config.empty()) {
    TRY(auto from_file, file_values(disk, first.config));
    layers.push_back(std::move(from_file));
  }
  return resolve(layers);
}

std::string environment_name(const Setting& setting) {
  std::string name = "QUAYMASTER_";
  for (const char c : setting.name) {
    name += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

std::string_view type_name(const Setting& setting) {
  struct Namer {
    std::string_view operator()(std::string Settings::*) const { return "text"; }
    std::string_view operator()(std::uint16_t Settings::*) const { return "port"; }
    std::string_view operator()(std::size_t Settings::*) const { return "number"; }
    std::string_view operator()(bool Settings::*) const { return "true or false"; }
    std::string_view operator()(std::vector<std::string> Settings::*) const { return "list"; }
    std::string_view operator()(Path Settings::*) const { return "path"; }
  };
  return setting.choices.empty() ? std::visit(Namer{}, setting.member) : setting.choices;
}

std::string settings_table() {
  std::string text = "| setting | environment | type | default | meaning |\n|---|---|---|---|---|\n";
  for (const auto& setting : kTable) {
    std::string type(type_name(setting));
    for (auto at = type.find('|'); at != std::string::npos; at = type.find('|', at + 4)) {
      type.replace(at, 1, " or ");
    }
    text += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", setting.name, environment_name(setting), type,
                        setting.fallback.empty() ? std::string() : fmt::format("`{}`", setting.fallback), setting.help);
  }
  return text;
}

}  // namespace quaymaster::server
