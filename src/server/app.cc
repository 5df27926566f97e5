#include "server/app.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <thread>

#include "arm/directory.h"
#include "arm/face.h"
#include "auth/issuer.h"
#include "auth/sign_in.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "blob/blob_store.h"
#include "http/server.h"
#include "jobs/engine.h"
#include "objects/directory_store.h"
#include "server/access_log.h"
#include "server/addresses.h"
#include "server/metrics.h"
#include "server/pipeline.h"
#include "server/process_metrics.h"
#include "server/providers.h"
#include "standin/standin.h"
#include "store/database.h"

namespace quaymaster::server {
namespace {

/// How often the space of overwritten and deleted data is given back.
constexpr std::chrono::minutes kReclaimEvery{10};

}  // namespace

class App::Impl {
 public:
  Impl(World world, Settings settings, DataDirectory directory)
      : settings_(std::move(settings)),
        standin_(settings_.is_test() ? std::make_unique<standin::Standin>(world.clock) : nullptr),
        world_{standin_ ? standin_->clock() : world.clock, world.random, world.disk, world.machine_clock},
        directory_(std::move(directory)),
        pool_("requests", settings_.request_workers, 4096) {}
  ~Impl() { drain(); }

  Result<> start() {
    TRY(access_log_, AccessLog::open(settings_.access_log));
    TRY(open_engines());
    TRY(open_identity());
    TRY(listen());
    TRY(build_faces());
    add_gauges();
    http_->start();
    start_background();
    ready_ = true;
    return directory_.write_endpoints(endpoints_);
  }

  void drain() {
    if (std::exchange(drained_, true)) {
      return;
    }
    ready_ = false;
    directory_.remove_endpoints();
    if (standin_) {
      standin_->let_go();
    }
    if (http_) {
      http_->drain(std::chrono::seconds(settings_.drain_seconds));
    }
    pool_.end();       // its last work may still be waking the server's loops, which are destroyed before the pool
    background_ = {};  // asks the thread to stop and waits for it
    if (providers_) {
      providers_->stop();
    }
    if (jobs_) {
      jobs_->drain();
    }
  }

  const Settings& settings() const { return settings_; }
  const Endpoints& endpoints() const { return endpoints_; }
  const Administrator& administrator() const { return administrator_; }
  const DataDirectory& directory() const { return directory_; }

 private:
  Result<> open_engines() {
    std::vector<store::Schema> schemas{auth::schema(), arm::schema(), jobs::schema(), blob::schema()};
    std::ranges::copy(provider_schemas(), std::back_inserter(schemas));
    TRY(database_, store::open_sqlite(directory_.root() / "records.db", schemas));
    TRY(objects_, objects::open_directory(world_.disk, directory_.root() / "objects"));
    TRY(blobs_, blob::Store::open(*database_, *objects_, world_.clock));
    jobs::Options jobs;
    jobs.workers = settings_.job_workers;
    jobs.alone = true;  // the data directory's lock sees to that
    if (standin_) {
      jobs.before_step = [this](const jobs::Record& job, std::string_view step) {
        return standin_->faults().before_step(job, step);
      };
    }
    jobs_ = std::make_unique<jobs::Engine>(*database_, world_.clock, world_.random, jobs);
    return ok();
  }

  Result<> open_identity() {
    auth::IdentityOptions options;
    options.tenant = settings_.tenant;
    // Clients judge their tokens by their own time: steering the stand-in's clock must not sign everybody out.
    Clock& clock = standin_ ? world_.machine_clock : world_.clock;
    TRY(identity_, auth::Identity::open(*database_, clock, world_.random, std::move(options)));
    TRY(administrator_, directory_.administrator(world_.random));
    TRY(const bool has_principals, identity_->has_principals());
    if (!has_principals) {
      auth::NewPrincipal principal;
      principal.name = "administrator";
      principal.client_id = administrator_.client_id;
      principal.secret = administrator_.secret;
      TRY(identity_->create_administrator(std::move(principal)));
    }
    arm::DirectoryOptions directory;
    directory.subscription = settings_.subscription;
    TRY(resources_,
        arm::Directory::open(*database_, world_.clock, world_.random, identity_->tenant(), std::move(directory)));
    return ok();
  }

  /// Before the faces are built, since they tell clients the ports.
  Result<> listen() {
    TRY(const auto tls, directory_.tls(world_.machine_clock.now()));
    const http::TlsIdentity identity{tls.certificate, tls.private_key};
    for (const auto port : {Port::arm, Port::blob}) {
      pipelines_.push_back(
          std::make_unique<Pipeline>(port, Pipeline::Parts{faces_, metrics_, *access_log_, settings_.blob_domain,
                                                           ready_, standin_ ? &standin_->log() : nullptr}));
      http::Listener listener;
      listener.address = settings_.address;
      listener.port = port == Port::arm ? settings_.arm_port : settings_.blob_port;
      if (port == Port::arm || settings_.blob_tls) {
        listener.tls = identity;
      }
      listener.handler = pipelines_.back().get();
      listener.observer = pipelines_.back().get();
      listeners_.push_back(std::move(listener));
    }
    http::Options options;
    options.threads = settings_.threads;
    options.limits.connections = settings_.max_connections;
    options.clock = &world_.clock;
    options.random = &world_.random;
    TRY(http_, http::Server::listen(std::move(options), std::move(listeners_)));
    endpoints_.arm = arm_address(settings_, http_->port(0));
    endpoints_.blob = blob_address(settings_, http_->port(1));
    endpoints_.arm_port = http_->port(0);
    endpoints_.blob_port = http_->port(1);
    endpoints_.authority = directory_.authority_file();
    endpoints_.profile = settings_.profile;
    endpoints_.tenant = identity_->tenant();
    endpoints_.subscription = resources_->subscriptions().front().id;
    endpoints_.process = ::getpid();
    return ok();
  }

  Result<> build_faces() {
    Engines engines{settings_, world_.clock,      world_.random,  world_.disk,    *database_,
                    *objects_, *blobs_,           *jobs_,         *identity_,     *resources_,
                    pool_,     directory_.root(), endpoints_.arm, endpoints_.blob};
    TRY(providers_, Providers::open(std::move(engines)));
    auth::SignInOptions sign_in;
    sign_in.storage_suffix = storage_suffix(settings_, http_->port(0), http_->port(1));
    sign_in_ = std::make_unique<auth::SignIn>(*identity_, world_.clock, pool_, std::move(sign_in));
    arm::FaceOptions arm;
    arm.region = settings_.region;
    const arm::FaceParts parts{*database_, world_.clock, world_.random, *identity_, *resources_, pool_};
    arm_ = std::make_unique<arm::Face>(parts, providers_->registrations(), std::move(arm));
    faces_.sign_in = sign_in_.get();
    faces_.is_sign_in = &auth::SignIn::owns;
    faces_.arm = arm_.get();
    faces_.blob = &providers_->blob();
    if (standin_) {
      const auto hold = std::chrono::seconds(settings_.hold_seconds);
      faces_.arm = &standin_->before(*faces_.arm, *database_, hold);
      faces_.sign_in = &standin_->before(*faces_.sign_in);
      faces_.blob = &standin_->before(*faces_.blob);
      faces_.admin = &standin_->plane();
    }
    return ok();
  }

  void add_gauges() {
    add_process_gauges(metrics_);
    metrics_.add_gauge("quaymaster_jobs", "Jobs that have not ended.", [this](Metrics::Values& values) {
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
    metrics_.add_gauge("quaymaster_http_connections", "Open connections.", [this](Metrics::Values& values) {
      values.emplace_back("", static_cast<double>(http_->connections()));
    });
    providers_->add_gauges(metrics_);
  }

  void start_background() {
    jobs_->start();
    providers_->start();
    background_ = std::jthread([this](const std::stop_token& stop) {
      while (world_.clock.sleep_for(std::chrono::duration_cast<Ticks>(kReclaimEvery), stop)) {
        const auto reclaimed = blobs_->reclaim();
        if (!reclaimed) {
          log::warning("server", "space cannot be reclaimed: {}", reclaimed.error().cause());
        } else if (reclaimed.value() > 0) {
          log::info("server", "reclaimed {} bytes", reclaimed.value());
        }
      }
    });
  }

  // In the order in which they are built; destroyed in the opposite one, after drain() has stopped every thread.
  const Settings settings_;
  const std::unique_ptr<standin::Standin> standin_;  // in the test profile
  const World world_;
  DataDirectory directory_;
  Metrics metrics_;
  std::unique_ptr<AccessLog> access_log_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<jobs::Engine> jobs_;
  std::unique_ptr<auth::Identity> identity_;
  std::unique_ptr<arm::Directory> resources_;
  Administrator administrator_;
  Endpoints endpoints_;
  ThreadPool pool_;
  std::unique_ptr<Providers> providers_;
  std::unique_ptr<auth::SignIn> sign_in_;
  std::unique_ptr<arm::Face> arm_;
  Faces faces_;
  std::atomic<bool> ready_ = false;
  bool drained_ = false;
  std::vector<std::unique_ptr<Pipeline>> pipelines_;
  std::vector<http::Listener> listeners_;
  std::unique_ptr<http::Server> http_;
  std::jthread background_;
};

App::App(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
App::~App() = default;

Result<std::unique_ptr<App>> App::start(World world, Settings settings) {
  TRY(auto directory, DataDirectory::open(world.disk, settings));
  auto impl = std::make_unique<Impl>(world, std::move(settings), std::move(directory));
  TRY(impl->start());
  return std::unique_ptr<App>(new App(std::move(impl)));
}

const Endpoints& App::endpoints() const {
  return impl_->endpoints();
}
const Administrator& App::administrator() const {
  return impl_->administrator();
}
void App::drain() {
  impl_->drain();
}

std::string App::welcome() const {
  const auto& endpoints = impl_->endpoints();
  const auto data = impl_->directory().root().native();
  auto text = fmt::format(
      "Ready\n"
      "  Resource Manager  {}\n"
      "  Blob              {}\n"
      "  tenant            {}\n"
      "  subscription      {}\n"
      "  client id         {}   (secret: administrator.json)\n"
      "  authority         {}\n"
      "To connect from a shell:  eval \"$(quaymaster env --data {})\"\n",
      endpoints.arm, endpoints.blob, endpoints.tenant, endpoints.subscription, impl_->administrator().client_id,
      endpoints.authority, data);
  if (impl_->settings().is_test()) {
    text += "TEST PROFILE: everybody knows the secrets of this server. Nothing that matters belongs on it.\n";
  }
  return text;
}

}  // namespace quaymaster::server
