#include "arm/errors.h"
#include "base/encode.h"
#include "providers/resources/errors.h"
#include "providers/resources/resources.h"
#include "wire/json.h"

namespace quaymaster::resources {
namespace {

/// What the job was asked for.
struct Deletion {
  std::string subscription;
  std::string group;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Deletion::subscription>("subscription"), field<&Deletion::group>("group")});
  }
};

}  // namespace

jobs::Kind Resources::deletion() {
  return {std::string(kGroupDeletion),
          {{"remove_contents", [this](jobs::Run& run) { return remove_contents(run); }},
           {"remove_group", [this](jobs::Run& run) { return remove_group(run); }}},
          {}};
}

/// Every owner removes what it has in the group. Nothing new gets in meanwhile: the group is marked. Safe to repeat.
Result<> Resources::remove_contents(jobs::Run& run) {
  TRY(const auto asked, wire::parse_stored<Deletion>(run.record().parameters));
  for (auto* owner : directory_.owners()) {
    TRY(run.continue_or_cancel());
    TRY(owner->remove_group(asked.subscription, asked.group));
  }
  return ok();
}

Result<> Resources::remove_group(jobs::Run& run) {
  TRY(const auto asked, wire::parse_stored<Deletion>(run.record().parameters));
  return run.save(
      {}, [&](store::Writer& writer) { return directory_.remove_group(writer, asked.subscription, asked.group); });
}

Result<arm::Reply<>> Resources::delete_group(arm::Context& context, const GroupPath& path) {
  Guid job;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto group, directory_.group(writer, path.subscription, path.group));
    const Deletion asked{group.subscription, group.name};
    TRY(directory_.mark_deleting(writer, asked.subscription, asked.group));
    TRY(job, engine_.create(
                 writer, {std::string(kGroupDeletion),
                          to_lower(fmt::format("/subscriptions/{}/resourceGroups/{}", asked.subscription, asked.group)),
                          wire::to_json(asked)}));
    return ok();
  }));
  arm::Reply<> reply{202};
  reply.headers.add("Location", fmt::format("{}/subscriptions/{}/operationresults/{}?api-version={}", context.base,
                                            path.subscription, job.text(), context.api_version));
  reply.headers.add("Retry-After", "1");
  return reply;
}

Result<arm::Reply<>> Resources::get_operation_result(arm::Context& context, const OperationPath& path) {
  const auto unknown = [&] { return refuse(Errc::not_found, arm::kOperationNotFound, path.operation); };
  const auto id = parse_guid(path.operation);
  if (!id) {
    return unknown();
  }
  std::optional<jobs::Record> record;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    auto found = engine_.get(reader, id.value());
    if (found) {
      record = std::move(found).value();
      return ok();
    }
    return found.error().kind() == Errc::not_found ? Result<>(unknown()) : std::move(found).error();
  }));
  TRY(const auto asked, wire::parse_stored<Deletion>(record->parameters));
  if (record->kind != kGroupDeletion || !equal_ignoring_case(asked.subscription, path.subscription)) {
    return unknown();
  }
  if (record->state == jobs::State::succeeded) {
    return arm::Reply<>{200};
  }
  if (jobs::is_final(record->state)) {
    return refuse(Errc::conflict, kGroupDeletionFailed, asked.group, record->reason);
  }
  arm::Reply<> reply{202};
  reply.headers.add("Location",
                    fmt::format("{}{}?api-version={}", context.base, context.request.raw_path, context.api_version));
  reply.headers.add("Retry-After", "1");
  return reply;
}

}  // namespace quaymaster::resources
