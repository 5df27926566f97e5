#include <algorithm>

#include "arm/errors.h"
#include "base/encode.h"
#include "base/log.h"
#include "providers/resources/errors.h"
#include "providers/resources/resources.h"
#include "wire/json.h"

namespace quaymaster::resources {
namespace {

/// The parameters of the job.
struct Deletion {
  std::string subscription;
  std::string group;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Deletion::subscription>("subscription"), field<&Deletion::group>("group")});
  }
};

std::string subject_of(const Deletion& asked) {
  return to_lower(fmt::format("/subscriptions/{}/resourceGroups/{}", asked.subscription, asked.group));
}

/// The job that is currently deleting the group.
Result<std::optional<Guid>> unfinished(store::Reader& reader, jobs::Engine& engine, std::string_view subject) {
  constexpr std::size_t kNewest = 8;  // at most one has not ended, and it is among the newest
  TRY(const auto jobs, engine.list(reader, subject, kNewest));
  const auto found = std::ranges::find_if(
      jobs, [](const jobs::Record& job) { return job.kind == kGroupDeletion && !jobs::is_final(job.state); });
  return found == jobs.end() ? std::optional<Guid>() : std::optional(found->id);
}

}  // namespace

jobs::Kind Resources::deletion() {
  return {std::string(kGroupDeletion),
          {{"remove_contents", [this](jobs::Run& run) { return remove_contents(run); }},
           {"remove_group", [this](jobs::Run& run) { return remove_group(run); }}},
          [this](store::Writer& writer, const jobs::Record& record) -> Result<> {
            if (record.state == jobs::State::succeeded) {
              return ok();
            }
            TRY(const auto asked, wire::parse_stored<Deletion>(record.parameters));
            return groups_.unmark_deleting(writer, asked.subscription, asked.group);
          }};
}

Result<> Resources::recover() {
  std::vector<arm::Group> stranded;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto marked, groups_.deleting_groups(reader));
    for (const auto& group : marked) {
      TRY(const auto job, unfinished(reader, engine_, subject_of({group.subscription, group.name})));
      if (!job) {
        stranded.push_back(group);
      }
    }
    return ok();
  }));
  return stranded.empty() ? Result<>(ok()) : database_.write([&](store::Writer& writer) -> Result<> {
    for (const auto& group : stranded) {
      TRY(groups_.unmark_deleting(writer, group.subscription, group.name));
      writer.after_commit([name = group.name] {
        log::warning("resources", "the deletion of the group {} failed and left it locked; it is unlocked again", name);
      });
    }
    return ok();
  });
}

Result<> Resources::may_remove(std::string_view subscription, std::string_view group) {
  auto asked = database_.read([&](store::Reader& reader) -> Result<> {
    for (auto* owner : groups_.owners()) {
      TRY(owner->may_remove_group(reader, subscription, group));
    }
    return ok();
  });
  if (!asked && asked.error().kind() == Errc::conflict && asked.error().published() != nullptr) {
    const auto reason = asked.error().published()->message;
    return std::move(asked).error().as(kGroupDeletionBlocked, group, reason);
  }
  return asked;
}

/// Lets every owner remove its resources in the group, once none of them objects. Nothing new can be added meanwhile,
/// because the group is marked. May be repeated.
Result<> Resources::remove_contents(jobs::Run& run) {
  TRY(const auto asked, wire::parse_stored<Deletion>(run.record().parameters));
  TRY(may_remove(asked.subscription, asked.group));
  for (auto* owner : groups_.owners()) {
    TRY(run.continue_or_cancel());
    TRY(owner->remove_group(asked.subscription, asked.group, jobs::fence(run)));
  }
  return ok();
}

Result<> Resources::remove_group(jobs::Run& run) {
  TRY(const auto asked, wire::parse_stored<Deletion>(run.record().parameters));
  return run.save({},
                  [&](store::Writer& writer) { return groups_.remove_group(writer, asked.subscription, asked.group); });
}

Result<arm::Reply<>> Resources::delete_group(arm::Context& context, const arm::GroupPath& path) {
  TRY(const auto named, look_up(context, path));
  TRY(may_remove(named.subscription, named.name));
  Guid job;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto group, groups_.group(writer, path.subscription, path.group));
    const Deletion asked{group.subscription, group.name};
    TRY(const auto running, unfinished(writer, engine_, subject_of(asked)));
    if (running) {
      job = *running;
      return ok();
    }
    TRY(groups_.mark_deleting(writer, asked.subscription, asked.group));
    TRY(job, engine_.create(writer, {std::string(kGroupDeletion), subject_of(asked), wire::to_json(asked)}));
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
