#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "server/app.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::server {

/// A whole server inside a test: its own data directory, ports chosen by the system, a clock moved by the test (it
/// starts at the system's time, because certificates and clients are real). Starts with `start`, or again after `stop`
/// on the same directory.
class ServerFixture {
 public:
  ServerFixture() : clock_(SystemClock().now()) {
    static std::atomic<int> count = 0;
    root_ = std::filesystem::temp_directory_path() / fmt::format("quaymaster-{}-{}", ::getpid(), ++count);
    std::filesystem::remove_all(root_);
    flags_ = {{"data", (root_ / "data").native()},
              {"arm-port", "0"},
              {"blob-port", "0"},
              {"threads", "2"},
              {"drain-seconds", "1"},
              {"access-log", "off"}};
  }
  ~ServerFixture() {
    stop();
    std::filesystem::remove_all(root_);
  }
  ServerFixture(const ServerFixture&) = delete;
  ServerFixture& operator=(const ServerFixture&) = delete;

  /// A setting, as if given by a flag; call before `start`.
  void set(const std::string& name, std::string value) { flags_[name] = std::move(value); }

  Result<std::unique_ptr<App>> try_start() {
    TRY(auto settings, resolve(std::span(&flags_, 1)));
    const World world{clock_, random_, disk_, machine_clock_};
    return App::start(world, std::move(settings));
  }
  App& start() {
    app_ = try_start().value();
    return *app_;
  }
  void stop() { app_.reset(); }

  App& app() { return *app_; }
  ManualClock& clock() { return clock_; }
  Disk& disk() { return disk_; }
  const Path& root() const { return root_; }
  Path data() const { return root_ / "data"; }

 private:
  ManualClock clock_;
  SystemClock machine_clock_;
  SystemRandom random_;
  SystemDisk disk_;
  Path root_;
  Values flags_;
  std::unique_ptr<App> app_;
};

}  // namespace quaymaster::server
