#include "server/providers.h"

#include <algorithm>
#include <iterator>

#include "base/encode.h"
#include "identity/principals/roles.h"
#include "identity/sign_in/sign_in.h"
#include "providers/insights/insights.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/jobs/job_exports.h"
#include "providers/recovery_services/maintenance/maintenance.h"
#include "providers/recovery_services/vaults/vaults.h"
#include "providers/resources/models.h"
#include "vault/engine/open_vault.h"
#include "workload/source.h"

namespace quaymaster::server {
namespace {

// Built into every SDK ("UseDevelopmentStorage=true"); blob.md, 3. Public, hence the test profile only.
constexpr std::string_view kEmulatorAccount = "devstoreaccount1";
constexpr std::string_view kEmulatorKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
constexpr std::string_view kEmulatorGroup = "emulator";

/// The longest time that a job may stay: a century, so that sums do not overflow.
constexpr std::size_t kMostDays = 36'500;

std::vector<const arm::Provider*> listed_providers() {
  return {&resources::kResourcesProvider,   &authorization::kAuthorizationProvider,
          &storage::kStorageProvider,       &compute::kComputeProvider,
          &network::kNetworkProvider,       &insights::kInsightsProvider,
          &insights::kLogAnalyticsProvider, &import_export::kProvider,
          &recovery_services::kProvider};
}

std::vector<Path> paths_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

std::vector<store::Schema> provider_schemas() {
  std::vector<store::Schema> all{
      storage::account_schema(), storage::share_schema(), storage::blob_schema(), compute::schema(),
      network::schema(),         import_export::schema(), vault::schema()};
  std::ranges::copy(recovery_services::schemas(), std::back_inserter(all));
  return all;
}

Providers::Providers(Engines engines)
    : engines_(std::move(engines)),
      accounts_(engines_.database, engines_.clock, engines_.random, engines_.groups, engines_.blobs,
                [address = engines_.blob_address](std::string_view account) {
                  return fmt::format("{}/{}/", address, account);
                }),
      account_operations_(accounts_),
      shares_(accounts_, paths_of(engines_.settings.share_directories), own_places()),
      machines_(engines_.database, engines_.groups, engines_.clock, engines_.random,
                paths_of(engines_.settings.image_directories), own_places()),
      networks_(engines_.database, engines_.groups),
      resources_(engines_.database, engines_.groups, engines_.jobs, listed_providers()) {
  storage::BlobOptions options;
  options.addresses.domains = engines_.settings.blob_domain;
  options.authorization_uri = fmt::format("{}/{}/oauth2/authorize", engines_.arm_address, engines_.issuer.tenant());
  blob_ = std::make_unique<storage::BlobService>(engines_.blobs, engines_.database, engines_.clock, engines_.pool,
                                                 neighbours(), std::move(options));
}

Result<std::unique_ptr<Providers>> Providers::open(Engines engines) {
  std::unique_ptr<Providers> providers(new Providers(std::move(engines)));
  TRY(providers->prepare());
  return providers;
}

std::vector<arm::Registration> Providers::registrations() {
  return {arm::Registration(resources::kResourcesProvider, resources_),
          arm::Registration(authorization::kAuthorizationProvider),
          arm::Registration(authorization::kIdentityProvider),
          arm::Registration(storage::kStorageProvider, account_operations_, shares_),
          arm::Registration(compute::kComputeProvider, machines_),
          arm::Registration(network::kNetworkProvider, networks_),
          arm::Registration(insights::kInsightsProvider),
          arm::Registration(insights::kLogAnalyticsProvider),
          arm::Registration(import_export::kProvider, *import_export_),
          recovery_services_->registration()};
}

Result<> Providers::prepare() {
  TRY(check_places());
  engines_.groups.add_owner(accounts_);
  TRY(resources_.recover());
  TRY(accounts_.recover());
  engines_.groups.add_owner(machines_);
  engines_.groups.add_owner(networks_);
  TRY(open_import_export());
  TRY(open_recovery_services());
  if (engines_.settings.is_test()) {
    TRY(make_emulator_account());
  }
  return ok();
}

std::vector<Path> Providers::own_places() const {
  std::vector<Path> own{engines_.data};
  for (const auto& file : {engines_.settings.vault_key, engines_.settings.vault_passphrase_file}) {
    if (!file.empty()) {
      own.push_back(file);
    }
  }
  return own;
}

/// Before anything is opened: a place that holds the server's own data, or lies in it, would show it to anyone who may
/// register a share, an image or a drive there.
Result<> Providers::check_places() const {
  const auto& settings = engines_.settings;
  const auto own = own_places();
  const auto check = [&](std::string_view name, const Path& directory) -> Result<> {
    const auto real = without_links(directory);
    for (const auto& one : own) {
      const auto guarded = without_links(one);
      if (overlap(real, guarded)) {
        return invalid(
            "{}: {} and the server's own {} must not contain each other, since clients that may use the former could "
            "read the server's keys. Choose another directory for {}",
            name, directory.native(), one.native(), name);
      }
    }
    return ok();
  };
  for (const auto& directory : settings.share_directories) {
    TRY(check("share-directories", directory));
  }
  for (const auto& directory : settings.image_directories) {
    TRY(check("image-directories", directory));
  }
  for (const auto& directory : settings.dock_allow) {
    TRY(check("dock-allow", directory));
  }
  // The dock has its own place in the data directory; everything else in it belongs to the server.
  const bool is_usual = without_links(settings.dock) == without_links(engines_.data / "dock");
  return is_usual ? ok() : check("dock", settings.dock);
}

Result<vault::KeyEncryptionKey> Providers::vault_key() {
  const auto& file = engines_.settings.vault_key;
  const auto& passphrase = engines_.settings.vault_passphrase_file;
  if (passphrase.empty()) {
    const auto place = file.empty() ? engines_.data / "vault.key" : file;
    auto key = recovery_services::read_vault_key(engines_.disk, place);
    if (key || key.error().kind() != Errc::not_found) {
      return key;
    }
    // Only a new server gets a new key: if there are vaults, a new key would hide that theirs is missing.
    TRY(engines_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(const auto vaults, recovery_services::all_vaults(reader));
      return vaults.empty()
                 ? Result<>(ok())
                 : not_found(
                       "{} is missing and there are vaults that it opens: restore it, or name it with --vault-key",
                       place.native());
    }));
    return recovery_services::open_vault_key(engines_.disk, place, engines_.random);
  }
  if (!file.empty()) {
    return invalid("set only one of vault-key and vault-passphrase-file: one of the two wraps the keys of vaults");
  }
  return recovery_services::read_passphrase(engines_.disk, passphrase);
}

/// Vaults are stored among the other objects of the data directory; their keys are wrapped by the key file next to it.
Result<> Providers::open_recovery_services() {
  TRY(auto key, vault_key());
  vault::Options options;
  options.trace = workload::trace();
  options.has_room = [this] { return engines_.blobs.make_room(0).has_value(); };
  recovery_services_ = std::make_unique<recovery_services::RecoveryServices>(
      recovery_services::Services{engines_.database, engines_.jobs, engines_.objects, engines_.blobs, engines_.groups,
                                  accounts_, machines_, shares_, engines_.clock, engines_.random, engines_.disk,
                                  engines_.issuer, std::move(key), std::move(options), engines_.blob_address});
  TRY(recovery_services_->recover());
  engines_.groups.add_owner(recovery_services_->vaults());
  return ok();
}

void Providers::start() {
  import_export_->start();
  recovery_services_->start();
}

void Providers::stop() {
  recovery_services_->stop();
  import_export_->stop();
}

void Providers::add_gauges(Metrics& metrics) {
  metrics.add_gauge("quaymaster_import_drives", "Drives whose import was started and has not ended.",
                    [this](Metrics::Values& values) {
                      const auto now = import_export_->drives_now();
                      for (const auto& [state, count] :
                           {std::pair{"queued", now.queued}, {"running", now.running}, {"paused", now.paused}}) {
                        values.emplace_back(fmt::format("state=\"{}\"", state), static_cast<double>(count));
                      }
                    });
  metrics.add_gauge("quaymaster_import_drives_ended", "Imports of drives that ended since the start.",
                    [this](Metrics::Values& values) {
                      const auto& counts = import_export_->metrics();
                      const double all = static_cast<double>(counts.drives_imported);
                      const double bad = static_cast<double>(counts.drives_with_errors);
                      values.emplace_back("result=\"errors\"", bad);
                      values.emplace_back("result=\"good\"", all - bad);
                    });
  metrics.add_gauge("quaymaster_incomplete_recovery_points",
                    "Recovery points that the newest collect of their vault found to lack chunks.",
                    [this](Metrics::Values& values) {
                      if (const auto count = recovery_services_->maintenance().incomplete_points()) {
                        values.emplace_back("", static_cast<double>(count.value()));
                      }
                    });
  metrics.add_gauge("quaymaster_import_packages_late", "Jobs whose drives did not arrive in time, since the start.",
                    [this](Metrics::Values& values) {
                      values.emplace_back("", static_cast<double>(import_export_->metrics().packages_late));
                    });
}

Result<> Providers::open_import_export() {
  const auto days = [](std::size_t count) { return std::chrono::days{static_cast<int>(std::min(count, kMostDays))}; };
  const auto& given = engines_.settings;
  import_export::Settings settings;
  settings.dock = std::filesystem::absolute(given.dock).lexically_normal();
  settings.dock_allow.assign(given.dock_allow.begin(), given.dock_allow.end());
  settings.life = {days(given.job_creating_days), days(given.job_late_days), days(given.job_lost_days),
                   days(given.job_kept_days)};
  settings.intake.recipient_name = given.intake_name;
  settings.intake.street_address1 = given.intake_street;
  settings.intake.city = given.intake_city;
  settings.intake.postal_code = given.intake_postal_code;
  settings.intake.country_or_region = given.intake_country;
  settings.intake.phone = given.intake_phone;
  settings.intake.additional_information = given.intake_note;
  settings.exact_manifest = given.exact_manifest_backup;
  settings.spool = engines_.data / "spool";
  settings.own = own_places();
  settings.import_limits.manifest_bytes = given.manifest_mib * kMiB;
  settings.wrap_drive = engines_.wrap_drive;
  TRY(engines_.disk.make_directories(settings.dock));
  TRY(auto keys, import_export::DriveKeys::open(engines_.disk, engines_.data / "drive.key", engines_.random));
  const import_export::Parts parts{engines_.database, engines_.jobs, engines_.blobs,  accounts_,
                                   engines_.clock,    engines_.disk, engines_.issuer, engines_.groups};
  import_export_ = std::make_unique<import_export::ImportExport>(parts, std::move(settings), std::move(keys));
  engines_.groups.add_owner(*import_export_);
  return ok();
}

Result<> Providers::make_emulator_account() {
  if (accounts_.find(kEmulatorAccount)) {
    return ok();
  }
  TRY(const auto key, decode_base64(kEmulatorKey));
  const auto now = engines_.clock.now();
  arm::Group group;
  group.subscription = engines_.groups.subscriptions().front().id;
  group.name = kEmulatorGroup;
  group.location = "westeurope";
  group.created = group.changed = now;
  storage::Account account;
  account.name = kEmulatorAccount;
  account.subscription = group.subscription;
  account.group = group.name;
  account.location = group.location;
  std::ranges::fill(account.keys, key);
  std::ranges::fill(account.key_created, now);
  account.created = account.changed = now;
  return engines_.database.write([this, group, account](store::Writer& writer) mutable -> Result<> {
    TRY(engines_.groups.put_group(writer, group));
    TRY(accounts_.create(writer, account));
    return ok();
  });
}

storage::BlobNeighbours Providers::neighbours() {
  storage::BlobNeighbours neighbours;
  neighbours.account = [this](const std::string& name) -> Result<storage::BlobAccount> {
    storage::BlobAccount account;
    if (name == recovery_services::kExportAccount) {
      account.name = name;
      account.resource_id = "/providers/Quaymaster/exports";  // in no subscription: no role applies to it
      account.keys = {recovery_services_->exports().key()};
      account.takes_keys = true;
      return account;
    }
    TRY(auto found, accounts_.find(name));
    account.resource_id = found.id();
    account.keys.assign(std::make_move_iterator(std::begin(found.keys)), std::make_move_iterator(std::end(found.keys)));
    account.sku = wire::text_of(found.sku);
    account.kind = wire::text_of(found.kind);
    account.takes_keys = found.settings.shared_keys.value_or(true);
    account.name = std::move(found.name);
    return account;
  };
  neighbours.audit = engines_.audit;
  neighbours.verify_token = [this](const http::Request& request, std::string_view token) {
    return engines_.issuer.verify(token, identity::Audience::storage, identity::base_address(request));
  };
  neighbours.allowed = [this](const identity::Principal& principal, std::string_view action, std::string_view scope) {
    return identity::is_data_action(action) ? engines_.issuer.allowed_data(principal, action, scope)
                                            : engines_.issuer.allowed(principal, action, scope);
  };
  return neighbours;
}

}  // namespace quaymaster::server
