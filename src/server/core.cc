#include "server/core.h"

#include <algorithm>
#include <iterator>

#include "base/caught.h"
#include "base/encode.h"
#include "base/log.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "identity/principals/records.h"
#include "identity/tokens/published_key.h"
#include "objects/directory/directory_store.h"
#include "server/data/space_reclaimer.h"
#include "server/settings/addresses.h"
#include "standin/drive_faults.h"
#include "store/sqlite/sqlite_database.h"

namespace quaymaster::server {
namespace {

using Secret = identity::Proof::State;
constexpr std::pair<Secret, const char*> kSecretStates[] = {
    {Secret::right, "result=\"right\""},         {Secret::wrong, "result=\"wrong\""},
    {Secret::throttled, "result=\"throttled\""}, {Secret::busy, "result=\"busy\""},
    {Secret::failed, "result=\"failed\""},
};

}  // namespace

std::vector<store::Schema> Core::schemas() {
  std::vector<store::Schema> all{identity::schema(), arm::schema(), jobs::schema(), blob::schema()};
  std::ranges::copy(provider_schemas(), std::back_inserter(all));
  return all;
}

Result<std::unique_ptr<Core>> Core::open(const Parts& parts) {
  std::unique_ptr<Core> core(new Core(parts));
  TRY(core->open_engines());
  TRY(core->open_identity());
  return core;
}

Core::~Core() {
  stop();
}

Result<> Core::open_engines() {
  const auto& world = parts_.world;
  const auto& root = parts_.directory.root();
  store::SqliteOptions records;
  records.durable = !parts_.settings.is_throwaway();
  records.before_commit = [this] { parts_.directory.reserve().make_room(); };
  records.clock = &world.clock;
  TRY(database_, store::SqliteDatabase::open(root / "records.db", schemas(), records));
  TRY(objects_, objects::open_directory(world.disk, root / "objects"));
  blob::Options blobs;
  blobs.space = &parts_.directory.space();
  TRY(blobs_, blob::open_store(*database_, *objects_, world.clock, blobs));
  jobs::Options jobs;
  jobs.workers = parts_.settings.job_workers;
  jobs.own_workers = {{std::string(import_export::kImportKind), parts_.settings.import_workers}};
  jobs.alone = true;  // guaranteed by the data directory's lock
  jobs.has_room = [this] { return blobs_->make_room(0).has_value(); };
  jobs.room = [this] { return blobs_->room(); };
  if (auto* const standin = parts_.standin) {
    jobs.before_step = [standin](const jobs::Record& job, std::string_view step) {
      return standin->faults().before_step(job, step);
    };
  }
  jobs_ = std::make_unique<jobs::Engine>(*database_, world.clock, world.random, jobs);
  return ok();
}

Result<> Core::open_identity() {
  const auto& world = parts_.world;
  identity::IssuerOptions options;
  options.tenant = parts_.settings.tenant;
  options.hosts = parts_.hosts;
  if (parts_.settings.is_test()) {
    options.signing_key = identity::published_signing_key();
  }
  if (!parts_.settings.openid_issuer.empty()) {
    options.external = identity::ExternalIssuerOptions{parts_.settings.openid_issuer, parts_.settings.openid_audience,
                                                       parts_.settings.openid_claim};
  }
  if (parts_.settings.has_audit()) {
    identity::AuditOptions audit;
    audit.before_write = [this] { parts_.directory.reserve().make_room(); };
    TRY(audit_, identity::AuditLog::open(world.disk, parts_.directory.root() / "audit", world.clock, std::move(audit)));
  }
  // Clients check their tokens by their own time: moving the stand-in's clock must not sign everyone out.
  Clock& clock = parts_.standin != nullptr ? world.machine_clock : world.clock;
  TRY(issuer_, identity::Issuer::open(*database_, clock, world.random, std::move(options)));
  if (auto* const external = issuer_->external()) {
    issuer_keys_ =
        std::make_unique<IssuerKeys>(world.disk, world.machine_clock, *external, parts_.settings.openid_keys);
    TRY(issuer_keys_->load_first());
  }
  TRY(administrator_, parts_.directory.administrator(world.random));
  TRY(const bool has_principals, issuer_->has_principals());
  if (!has_principals) {
    identity::NewPrincipal principal;
    principal.name = "administrator";
    principal.client_id = administrator_.client_id;
    principal.secret = administrator_.secret;
    TRY(issuer_->create_administrator(std::move(principal)));
  }
  arm::ResourceGroupsOptions directory;
  directory.subscription = parts_.settings.subscription;
  TRY(resources_,
      arm::ResourceGroups::open(*database_, world.clock, world.random, issuer_->tenant(), std::move(directory)));
  resources_->remove_roles_from(issuer_->access());
  return ok();
}

Result<> Core::build_faces(Endpoints& endpoints) {
  const auto& [settings, world, directory, hosts, pool, large_pool, secret_pool, standin] = parts_;
  endpoints.tenant = issuer_->tenant();
  endpoints.subscription = resources_->subscriptions().front().id;
  Engines engines{settings,  world.clock,  world.random,     world.disk,    *database_,
                  *objects_, *blobs_,      *jobs_,           *issuer_,      *resources_,
                  pool,      audit_.get(), directory.root(), endpoints.arm, endpoints.blob};
  if (standin != nullptr) {
    engines.wrap_drive = [faults = &standin->faults()](std::unique_ptr<drive::DriveRoot> drive) {
      return standin::faulty_drive(*faults, std::move(drive));
    };
  }
  TRY(providers_, Providers::open(std::move(engines)));
  if (standin != nullptr) {
    standin->faults().know(jobs_->kinds());
  }
  identity::SignInOptions sign_in;
  sign_in.audit = audit_.get();
  sign_in.storage_suffix = storage_suffix(settings, static_cast<std::uint16_t>(endpoints.arm_port),
                                          static_cast<std::uint16_t>(endpoints.blob_port));
  sign_in.certificates = [this](std::string_view client_id) {
    return read_certificates(parts_.world.disk, parts_.directory.root(), client_id);
  };
  if (settings.is_test()) {
    sign_in.open_client = administrator_.client_id;
  }
  Clock& clock = standin != nullptr ? world.machine_clock : world.clock;  // the same as the identity's
  TRY(personal_, identity::PersonalTokens::open(*database_, *issuer_, clock, world.random));
  sign_in_ = std::make_unique<identity::SignIn>(*issuer_, *personal_, clock, identity::SignIn::Pools{pool, secret_pool},
                                                std::move(sign_in));
  arm::FaceOptions arm;
  arm.region = settings.region;
  const arm::FaceParts parts{*database_,  world.clock, world.random, *issuer_,
                             *resources_, pool,        large_pool,   audit_.get()};
  arm_ = std::make_unique<arm::Face>(parts, providers_->registrations(), std::move(arm));
  return ok();
}

std::string Core::newest_version(std::string_view type) {
  const auto is_stable = [](std::string_view version) { return version.find("preview") == std::string_view::npos; };
  for (const auto& registration : providers_->registrations()) {
    const auto& provider = registration.provider();
    for (const auto& known : provider.types) {
      if (equal_ignoring_case(type, fmt::format("{}/{}", provider.name, known.name))) {
        const auto stable = std::ranges::find_if(known.versions, is_stable);
        return std::string(stable != known.versions.end() ? *stable : known.versions.front());
      }
    }
    // Nested types are not listed; they use the newest version of their provider.
    if (!provider.name.empty() && to_lower(type).starts_with(to_lower(provider.name) + "/")) {
      const auto stable = std::find_if(provider.versions.rbegin(), provider.versions.rend(), is_stable);
      return std::string(stable != provider.versions.rend() ? *stable : "");
    }
  }
  return {};
}

void Core::add_gauges(Metrics& metrics) {
  metrics.add_gauge("quaymaster_jobs", "Jobs that have not ended.", [this](Metrics::Values& values) {
    const auto read = database_->read([&](store::Reader& reader) -> Result<> {
      TRY(const auto counts, jobs::count_unfinished(reader));
      values.emplace_back("state=\"queued\"", static_cast<double>(counts.queued));
      values.emplace_back("state=\"running\"", static_cast<double>(counts.running));
      values.emplace_back("state=\"paused\"", static_cast<double>(counts.paused));
      return ok();
    });
    if (!read) {
      log::warning("server", "jobs cannot be counted: {}", read.error().cause());
    }
  });
  metrics.add_gauge("quaymaster_secrets", "Secrets presented at a sign-in, by result.",
                    [this](Metrics::Values& values) {
                      const auto counts = sign_in_->secrets().counts();
                      for (const auto& [state, label] : kSecretStates) {
                        values.emplace_back(label, static_cast<double>(counts[static_cast<std::size_t>(state)]));
                      }
                    });
  providers_->add_gauges(metrics);
}

void Core::start() {
  if (issuer_keys_) {
    issuer_keys_->start();
  }
  jobs_->start();
  providers_->start();
  background_ = std::jthread([this](const std::stop_token& stop) {
    SpaceReclaimer(*blobs_, parts_.directory.reserve(), parts_.directory.space(), parts_.world.machine_clock).run(stop);
  });
}

void Core::stop() {
  if (issuer_keys_) {
    issuer_keys_->stop();
  }
  background_ = {};  // asks the thread to stop and waits for it
  if (providers_) {
    providers_->stop();
  }
  if (jobs_) {
    jobs_->drain();
  }
}

}  // namespace quaymaster::server
