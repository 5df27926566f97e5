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

/// The clocks and disk that are passed in, so that tests can use a clock that they move and a disk that fails. All
/// outlive the server.
struct World {
  Clock& clock;  // for everything that users see: schedules, leases, tokens, timestamps
  RandomSource& random;
  Disk& disk;
  Clock& machine_clock;  // for certificates, which clients compare with their own time
};

/// A complete server in this process.
class App {
 public:
  /// Opens the data directory, wires engines and faces, listens. The server is ready on return. Errc::busy: the
  /// directory or a port is in use. Errc::no_space: the disk is full and the reserve used up. Errc::conflict: the
  /// directory was created with another profile. Also all errors of the parts.
  static Result<std::unique_ptr<App>> start(World world, Settings settings);
  /// Calls drain().
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  const Endpoints& endpoints() const;
  const Administrator& administrator() const;
  /// Describes how to connect: the addresses and where the secret is stored, not the secret itself.
  std::string welcome() const;

  /// Stops accepting connections; requests in progress have settings.drain_seconds to finish, running job steps stop at
  /// their next safe point and stay queued. What was acknowledged is durable. May be called more than once, from one
  /// thread.
  void drain();

 private:
  class Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quaymaster::server
