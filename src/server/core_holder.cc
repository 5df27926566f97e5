#include "server/core_holder.h"

#include <cstdlib>

#include "base/log.h"
#include "standin/seeds/seeding.h"
#include "wire/json.h"

namespace quaymaster::server {
namespace {

/// How long requests in progress may take before a state is saved or loaded.
constexpr std::chrono::seconds kPatience{10};

struct States {
  std::vector<SavedState> value;
  static constexpr auto wire() { return wire::fields({wire::field<&States::value>("value")}); }
};

}  // namespace

CoreHolder::CoreHolder(Parts parts)
    : parts_(parts),
      standin_(parts.settings.is_test() ? std::make_unique<standin::Standin>(parts.world.clock, *this, parts.pool)
                                        : nullptr),
      world_{standin_ ? standin_->clock() : parts.world.clock, parts.world.random, parts.world.disk,
             parts.world.machine_clock} {}

Result<> CoreHolder::open() {
  if (standin_ && !files_) {
    const auto& root = parts_.directory.root();
    const auto& states = parts_.settings.states;
    files_.emplace(world_.disk, root, states.empty() ? root / "states" : std::filesystem::absolute(states),
                   Core::schemas());
    TRY(files_->recover());
    if (const auto& seed = parts_.settings.seed; !seed.empty()) {
      TRY(const auto text, read_file(world_.disk, seed));
      TRY(seed_, parse_seed(as_text(text), seed));
    }
  }
  TRY(core_, Core::open({parts_.settings, world_, parts_.directory, parts_.hosts, parts_.pool, parts_.large_pool,
                         parts_.secret_pool, standin_.get()}));
  return ok();
}

Result<> CoreHolder::build() {
  TRY(core_->build_faces(parts_.endpoints));
  gauges_before_ = parts_.metrics.gauge_count();
  core_->add_gauges(parts_.metrics);
  if (standin_) {
    standin_->open({&core_->arm(), &core_->sign_in(), &core_->blob()}, core_->database(),
                   std::chrono::seconds(parts_.settings.hold_seconds));
  }
  return ok();
}

Result<> CoreHolder::seed() {
  if (seed_.empty()) {
    return ok();
  }
  const double begin = steady_seconds();
  Seeding seeding({*faces().arm, parts_.loops, core_->issuer(), world_.clock, world_.random, parts_.endpoints.arm,
                   parts_.endpoints.subscription, [this](std::string_view type) {
                     return core_->newest_version(type.empty() ? "Microsoft.Resources/resourceGroups" : type);
                   }});
  TRY(seeding.apply(seed_, core_->administrator().client_id, core_->administrator().secret));
  log::info("server", "created {} resources from {} in {:.0f} ms", seed_.size(), parts_.settings.seed,
            (steady_seconds() - begin) * 1e3);
  return ok();
}

void CoreHolder::stop() {
  if (core_) {
    core_->stop();
  }
}

standin::Gate::Faces CoreHolder::faces() {
  return standin_ ? standin_->fronts() : standin::Gate::Faces{&core_->arm(), &core_->sign_in(), &core_->blob()};
}

Result<> CoreHolder::open_and_build() {
  TRY(open());
  TRY(build());
  core_->start();
  return ok();
}

Result<> CoreHolder::without_core(const std::function<Result<>()>& change) {
  const double begin = steady_seconds();
  TRY(standin_->close(kPatience));
  parts_.metrics.drop_gauges_after(gauges_before_);
  core_.reset();
  const double closed = steady_seconds();
  auto changed = change();
  const double exchanged = steady_seconds();
  auto opened = changed ? open_and_build() : std::move(changed);
  if (!opened) {
    core_.reset();
    auto again = files_->undo();
    if (again) {
      again = open_and_build();
    }
    if (!again) {
      log::error("server", "the previous data cannot be reopened: {}", again.error().cause());
      std::_Exit(EXIT_FAILURE);  // exiting is better than a server that answers no request
    }
  }
  files_->settle();
  log::info("server", "closed in {:.1f} ms, files in {:.1f} ms, opened in {:.1f} ms", (closed - begin) * 1e3,
            (exchanged - closed) * 1e3, (steady_seconds() - exchanged) * 1e3);
  return opened;
}

Result<std::string> CoreHolder::list_states() {
  const std::lock_guard lock(mutex_);
  TRY(auto all, files_->list());
  return wire::to_json(States{std::move(all)});
}

Result<std::string> CoreHolder::save_state(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (!is_state_name(name)) {
    return bad_state_name();
  }
  const auto client_id = core_->administrator().client_id;
  std::string told;
  TRY(without_core([&]() -> Result<> {
    TRY(const auto saved, files_->save(name, client_id, world_.clock.now()));
    told = wire::to_json(saved);
    return ok();
  }));
  return told;
}

Result<std::string> CoreHolder::load_state(std::string_view name) {
  const std::lock_guard lock(mutex_);
  TRY(const auto fetched, files_->fetch(name, core_->administrator().client_id));
  TRY(without_core([&] { return files_->swap_in(); }));
  return wire::to_json(fetched);
}

Result<std::string> CoreHolder::delete_state(std::string_view name) {
  const std::lock_guard lock(mutex_);
  TRY(files_->remove(name));
  return std::string("{}");
}

Result<std::string> CoreHolder::reset() {
  const std::lock_guard lock(mutex_);
  standin_->faults().clear();
  standin_->clock().follow();
  TRY(without_core([&] { return files_->clear(); }));
  TRY(seed());
  return std::string("{}");
}

}  // namespace quaymaster::server
