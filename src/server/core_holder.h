#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "http/server/loops.h"
#include "server/core.h"
#include "standin/places/state_files.h"
#include "standin/places/states.h"
#include "standin/seeds/seed_file.h"
#include "standin/standin.h"

namespace quaymaster::server {

/// Holds the server's core and, in the test profile, the stand-in in front of it, which can replace the core.
class CoreHolder final : public standin::StateStore {
 public:
  struct Parts {
    const Settings& settings;
    World world;
    DataDirectory& directory;
    const http::HostNames& hosts;  // filled in before `open`
    ThreadPool& pool;
    ThreadPool& large_pool;
    ThreadPool& secret_pool;
    http::Loops& loops;
    Metrics& metrics;
    Endpoints& endpoints;
  };
  /// All arguments must outlive it.
  explicit CoreHolder(Parts parts);

  /// The clocks and disk for everything in this server: in the test profile with the stand-in's clock.
  const World& world() const { return world_; }
  standin::Standin* standin() { return standin_.get(); }

  /// Opens records and identity, before the ports are known. Also reads the seed file: Errc::invalid describes its
  /// error.
  Result<> open();
  /// Builds faces and gauges, once `endpoints` contains the ports.
  Result<> build();
  void start() { core_->start(); }
  /// Creates the resources of the seed file, once the core has started. Does nothing when there is no seed file.
  Result<> seed();
  /// No requests may arrive any more, and the pool must have ended.
  void stop();

  /// Valid from `build` on; with a stand-in they stay the same whatever they forward to.
  standin::Gate::Faces faces();
  const Administrator& administrator() const { return core_->administrator(); }

  Result<std::string> list_states() override;
  Result<std::string> save_state(std::string_view name) override;
  Result<std::string> load_state(std::string_view name) override;
  Result<std::string> delete_state(std::string_view name) override;
  Result<std::string> reset() override;

 private:
  Result<> open_and_build();
  /// Runs `change` while nothing in the data directory is open. If the result cannot be opened, what was set aside is
  /// put back.
  Result<> without_core(const std::function<Result<>()>& change);

  const Parts parts_;
  const std::unique_ptr<standin::Standin> standin_;
  const World world_;
  std::size_t gauges_before_ = 0;  // those that do not read from the core
  std::unique_ptr<Core> core_;
  std::mutex mutex_;  // one exchange at a time
  std::optional<StateFiles> files_;
  std::vector<SeedResource> seed_;
};

}  // namespace quaymaster::server
