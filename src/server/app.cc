#include "server/app.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "base/log.h"
#include "base/thread_pool.h"
#include "http/server/server.h"
#include "identity/sign_in/sign_in.h"
#include "server/core_holder.h"
#include "server/data/descriptors.h"
#include "server/data/storage_health.h"
#include "server/metrics/access_log.h"
#include "server/metrics/metrics.h"
#include "server/metrics/process_metrics.h"
#include "server/metrics/spare_memory.h"
#include "server/pipeline.h"
#include "server/settings/addresses.h"

namespace quaymaster::server {
namespace {

/// A body of 4 MiB becomes some 30 MiB of values and records; two at a time use two cores and leave memory to the rest.
constexpr std::size_t kLargeThreads = 2;

}  // namespace

class App::Impl {
 public:
  Impl(World world, Settings settings, DataDirectory directory)
      : settings_(std::move(settings)),
        directory_(std::move(directory)),
        pool_("requests", settings_.request_workers, 4096),
        large_pool_("large", kLargeThreads, 4096),
        secret_pool_("secrets", identity::SecretCheck::kThreads, identity::SecretCheck::kMostWaiting),
        holder_(
            {settings_, world, directory_, hosts_, pool_, large_pool_, secret_pool_, loops_, metrics_, endpoints_}) {}
  ~Impl() { drain(); }

  Result<> start() {
    TRY(auto health, StorageHealth::of(directory_.root(), directory_.space(), directory_.reserve()));
    health_.emplace(std::move(health));
    TRY(access_log_, AccessLog::open(settings_.access_log));
    TRY(const auto tls, directory_.tls(holder_.world().machine_clock.now()));
    hosts_ = host_names(settings_, tls.certificate);
    TRY(holder_.open());
    TRY(listen({tls.certificate, tls.private_key}));
    add_gauges();
    TRY(holder_.build());
    put_faces();
    http_->start();
    holder_.start();
    memory_ =
        std::jthread([this](const std::stop_token& stop) { keep_memory_small(holder_.world().machine_clock, stop); });
    if (directory_.is_new()) {
      TRY(holder_.seed());
    }
    ready_ = true;
    return directory_.write_endpoints(endpoints_);
  }

  void drain() {
    if (std::exchange(drained_, true)) {
      return;
    }
    ready_ = false;
    memory_ = {};  // asks the thread to stop and waits for it
    directory_.remove_endpoints();
    if (auto* const standin = holder_.standin()) {
      standin->release_held();
    }
    if (http_) {
      http_->drain(std::chrono::seconds(settings_.drain_seconds));
    }
    // Their last work may still be waking the server's loops, which are destroyed before the pools.
    secret_pool_.end();
    large_pool_.end();
    pool_.end();
    holder_.stop();
  }

  const Settings& settings() const { return settings_; }
  const Endpoints& endpoints() const { return endpoints_; }
  const Administrator& administrator() const { return holder_.administrator(); }
  const DataDirectory& directory() const { return directory_; }

 private:
  /// Before the faces are built, since they report the ports to clients.
  Result<> listen(const http::TlsIdentity& issuer) {
    const auto& world = holder_.world();
    auto* const standin = holder_.standin();
    for (const auto port : {Port::arm, Port::blob}) {
      pipelines_.push_back(std::make_unique<Pipeline>(
          port, Pipeline::Parts{faces_, metrics_, *access_log_, settings_.blob_domain, hosts_, ready_,
                                standin != nullptr ? &standin->log() : nullptr, [this] { return health_->look(); }}));
      http::Listener listener;
      listener.address = settings_.address;
      listener.port = port == Port::arm ? settings_.arm_port : settings_.blob_port;
      if (port == Port::arm || settings_.blob_tls) {
        listener.tls = issuer;
      }
      listener.handler = pipelines_.back().get();
      listener.observer = pipelines_.back().get();
      listeners_.push_back(std::move(listener));
    }
    http::Options options;
    options.threads = settings_.threads;
    options.limits.connections = connections_with_descriptors(settings_.max_connections);
    options.limits.per_address = std::min(options.limits.connections, settings_.max_connections_per_address);
    options.clock = &world.clock;
    options.random = &world.random;
    TRY(http_, http::Server::listen(std::move(options), std::move(listeners_)));
    endpoints_.arm = arm_address(settings_, http_->port(0));
    endpoints_.blob = blob_address(settings_, http_->port(1));
    endpoints_.arm_port = http_->port(0);
    endpoints_.blob_port = http_->port(1);
    endpoints_.authority = directory_.authority_file();
    endpoints_.profile = settings_.profile;
    endpoints_.process = ::getpid();
    return ok();
  }

  void add_gauges() {
    add_process_gauges(metrics_);
    metrics_.add_gauge("quaymaster_http_connections", "Open connections.", [this](Metrics::Values& values) {
      values.emplace_back("", static_cast<double>(http_->connections()));
    });
    metrics_.add_gauge("quaymaster_disk_bytes", "Free bytes on the disk of the data directory.",
                       [this](Metrics::Values& values) {
                         const auto& space = directory_.space();
                         const auto free = space.free_bytes();
                         values.emplace_back("kind=\"free\"", static_cast<double>(free ? free.value() : 0));
                         values.emplace_back("kind=\"kept\"", static_cast<double>(space.floor()));
                         const auto reserve = directory_.reserve().slices() * Reserve::kSlice;
                         values.emplace_back("kind=\"reserve\"", static_cast<double>(reserve));
                       });
  }

  void put_faces() {
    const auto faces = holder_.faces();
    faces_.arm = faces.arm;
    faces_.sign_in = faces.sign_in;
    faces_.is_sign_in = &identity::SignIn::owns;
    faces_.blob = faces.blob;
    faces_.admin = holder_.standin() != nullptr ? &holder_.standin()->plane() : nullptr;
  }

  // Built in this order; destroyed in reverse, after drain() has stopped every thread.
  const Settings settings_;
  DataDirectory directory_;
  http::HostNames hosts_;
  Metrics metrics_;
  std::unique_ptr<AccessLog> access_log_;
  Endpoints endpoints_;
  http::Loops loops_;  // outlives the pools
  ThreadPool pool_;
  ThreadPool large_pool_;
  ThreadPool secret_pool_;
  CoreHolder holder_;
  Faces faces_;
  std::optional<StorageHealth> health_;
  std::atomic<bool> ready_ = false;
  bool drained_ = false;
  std::vector<std::unique_ptr<Pipeline>> pipelines_;
  std::vector<http::Listener> listeners_;
  std::unique_ptr<http::Server> http_;
  std::jthread memory_;
};

App::App(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
App::~App() = default;

Result<std::unique_ptr<App>> App::start(World world, Settings settings) {
  const auto data = settings.data;
  const auto start = [&]() -> Result<std::unique_ptr<Impl>> {
    TRY(auto directory, DataDirectory::open(world.disk, settings));
    auto impl = std::make_unique<Impl>(world, std::move(settings), std::move(directory));
    TRY(impl->start());
    return impl;
  };
  auto impl = start();
  if (!impl && impl.error().kind() == Errc::no_space) {
    return std::move(impl).error().because(
        fmt::format("the disk of {} is full; free a few MiB on it and start again", data.native()));
  }
  TRY(impl);
  return std::unique_ptr<App>(new App(std::move(impl).value()));
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
    text += "TEST PROFILE: the secrets of this server are public. Keep nothing that matters on it.\n";
  }
  return text;
}

}  // namespace quaymaster::server
