#include <csignal>
#include <cstdlib>

#include "base/guid.h"
#include "base/log.h"
#include "cli/common/client.h"
#include "cli/common/https.h"
#include "cli/server/commands.h"
#include "server/app.h"
#include "server/data/data_directory.h"
#include "server/notify.h"
#include "standin/places/fleeting_disk.h"
#include "standin/places/throwaway.h"

namespace quaymaster::cli {
namespace {

std::vector<Option> serve_options() {
  std::vector<Option> options;
  for (const auto& setting : server::kSettings) {
    std::string help(setting.help);
    if (!setting.fallback.empty()) {
      help += fmt::format(" (default: {})", setting.fallback);
    }
    options.push_back({Option::Kind::text, std::string(setting.name), std::move(help)});
  }
  return options;
}

std::vector<Option> health_options() {
  return {{Option::Kind::text, "data", "data directory of the running server (default: as for serve)"}};
}

std::vector<Option> no_options() {
  return {};
}

Result<server::Settings> settings_of(const Arguments& arguments, Disk& disk) {
  server::Values flags;
  for (const auto& setting : server::kSettings) {
    if (arguments.has(setting.name)) {
      flags.emplace(setting.name, arguments.text(setting.name));
    }
  }
  return server::load(disk, flags, [](const char* name) { return std::getenv(name); });
}

log::Level level_of(std::string_view name) {
  return name == "debug"     ? log::Level::debug
         : name == "warning" ? log::Level::warning
         : name == "error"   ? log::Level::error
                             : log::Level::info;
}

Result<int> serve(const Arguments& arguments, Terminal& terminal) {
  // Blocked before any thread is created, so that every thread inherits it and only sigwait below sees the signal.
  sigset_t signals{};
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  TRY(auto settings, settings_of(arguments, disk));
  log::set_level(level_of(settings.log_level));
  // Declared before the server, so that it is removed after it.
  std::optional<server::Throwaway> throwaway;
  server::FleetingDisk fleeting;
  if (settings.is_throwaway()) {
    TRY(auto made, server::Throwaway::make());
    throwaway.emplace(std::move(made));
    settings.move_data(throwaway->path());
  }
  const server::World world{clock, random, throwaway ? static_cast<Disk&>(fleeting) : disk, clock};
  TRY(const auto app, server::App::start(world, std::move(settings)));
  terminal.out(app->welcome());
  server::notify_manager(std::getenv("NOTIFY_SOCKET"), "READY=1");

  int signal = 0;
  sigwait(&signals, &signal);
  log::info("server", "{}: draining", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // a second signal ends the process at once
  server::notify_manager(std::getenv("NOTIFY_SOCKET"), "STOPPING=1");
  app->drain();
  log::info("server", "drained");
  return 0;
}

/// For health checks of containers and service managers: from inside, using the server's own name for itself.
Result<int> health(const Arguments& arguments, Terminal& terminal) {
  SystemDisk disk;
  TRY(const auto settings, settings_of(arguments, disk));
  TRY(const auto data, server_directory(disk, settings));
  TRY(const auto endpoints, server::read_endpoints(disk, data));
  const Address address{"localhost", std::to_string(endpoints.arm_port)};
  TRY(const auto answer,
      https_exchange(address, endpoints.authority, "GET", "/readyz", {}, "", {std::chrono::seconds{3}}));
  terminal.out(answer.body);
  return answer.status == 200 ? 0 : 1;
}

Result<int> version(const Arguments&, Terminal& terminal) {
  terminal.out("quaymaster " QM_VERSION "\n");
  return 0;
}

constexpr Command kCommands[] = {
    {"serve", "Run the server until SIGTERM or SIGINT", &serve_options, &serve},
    {"health", "Ask the running server whether it is ready; 0 when it is", &health_options, &health},
    {"version", "Print the version", &no_options, &version},
};

}  // namespace

std::span<const Command> server_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
