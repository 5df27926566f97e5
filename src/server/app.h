#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/guid.h"
#include "base/result.h"
#include "server/data/data_directory.h"
#include "server/settings/settings.h"

namespace quaymaster::server {

/// What a server is given instead of taking it: tests pass a clock that they move and a disk that fails. All outlive
/// it.
struct World {
  Clock& clock;  // of everything that people see: schedules, leases, tokens, timestamps
  RandomSource& random;
  Disk& disk;
  Clock& machine_clock;  // of certificates, which clients compare with their own time
};

/// A whole server in this process.
class App {
 public:
  /// Opens the data directory, wires engines and faces, listens. Ready when it returns. Errc::busy: the directory or a
  /// port is in use. Errc::no_space: the disk is full and the reserve used up. Errc::conflict: the directory was made
  /// with another profile. Everything that the parts answer.
  static Result<std::unique_ptr<App>> start(World world, Settings settings);
  /// As drain().
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  const Endpoints& endpoints() const;
  const Administrator& administrator() const;
  /// The text that says how to connect: addresses and where the secret is, not the secret.
  std::string welcome() const;

  /// No new connections; requests in progress have settings.drain_seconds to finish, running job steps stop at their
  /// next safe point and stay queued. What was acknowledged is durable. Once or more often, from one thread.
  void drain();

 private:
  class Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quaymaster::server
