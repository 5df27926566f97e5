#include <algorithm>
#include <utility>

#include "arm/errors.h"
#include "arm/locations.h"
#include "arm/paging.h"
#include "base/encode.h"
#include "providers/import_export/errors.h"
#include "providers/import_export/provider.h"
#include "providers/import_export/validate.h"

namespace quaymaster::import_export {
namespace {

constexpr std::string_view kType = "Microsoft.ImportExport/jobs";

std::string resource_of(const JobPath& path) {
  return to_lower(arm::resource_id(path.subscription, path.group, kType, path.name));
}

Error no_such_job(const JobPath& path) {
  return refuse(Errc::not_found, arm::kResourceNotFound, fmt::format("{}/{}", kType, path.name), path.group);
}

/// Every principal here is an application with its own secret (identity/principals/principal.h).
Author author_of(const arm::Context& context) {
  return {context.principal.client_id, "Application"};
}

/// The display form of a location, which was checked before it was stored.
std::string display_location(const std::string& location) {
  const auto* known = arm::find_location(location);
  return known != nullptr ? std::string(known->display_name) : location;
}

}  // namespace

Result<JobRecord> ImportExport::load(store::Reader& reader, const arm::Context& context, const JobPath& path) {
  TRY(const auto subscription, context.groups.subscription(path.subscription));
  TRY(const auto group, context.groups.group(reader, path.subscription, path.group));
  TRY(auto job, records::find(reader, resource_of(path)));
  if (!job) {
    return no_such_job(path);
  }
  return std::move(*job);
}

Result<arm::StorageAccount> ImportExport::account_of(store::Reader& reader, const JobRecord& job) {
  return account_named(reader, job.document.storage_account_id);
}

Result<arm::StorageAccount> ImportExport::account_named(store::Reader& reader, const std::string& id) {
  TRY(const auto parsed, arm::parse_resource_id(id));
  // Classic accounts have their own provider namespace but share the account names.
  auto account = parsed.type.starts_with("Microsoft.Classic") ? parts_.accounts.by_name(reader, parsed.name)
                                                              : parts_.accounts.by_id(reader, id);
  if (!account && account.error().kind() == Errc::not_found) {
    return refuse(Errc::not_found, errors::kStorageAccountNotFound, id).at("properties.storageAccountId");
  }
  return account;
}

Result<std::string> ImportExport::blob_endpoint_of(store::Reader& reader, const JobRecord& job) {
  auto account = account_of(reader, job);
  if (account) {
    return std::move(account).value().blob_endpoint;
  }
  if (account.error().kind() != Errc::not_found) {
    return std::move(account).error();
  }
  return std::string();
}

View ImportExport::view_of(const JobRecord& job, std::string blob_endpoint) const {
  View view;
  view.location = display_location(job.document.location);
  view.intake = locations_.shipping_information();
  view.blob_endpoint = std::move(blob_endpoint);
  return view;
}

Result<View> ImportExport::view_of(store::Reader& reader, const JobRecord& job) {
  TRY(auto endpoint, blob_endpoint_of(reader, job));
  auto view = view_of(job, std::move(endpoint));
  TRY(view.live, live_of(reader, job));
  return view;
}

/// A drive that one job already has cannot be named by a second one: both would read and report it.
Result<> ImportExport::check_drives_free(store::Reader& reader, const JobRecord& job) {
  for (const auto& drive : job.drives) {
    const auto key = drive_key(drive.drive_id);
    TRY(const auto others, records::naming_drive(reader, key));
    for (const auto& other : others) {
      const auto holds = [&](const Drive& d) { return drive_key(d.drive_id) == key && !d.path.empty(); };
      if (other.id != job.id && std::ranges::any_of(other.drives, holds)) {
        return refuse(Errc::conflict, errors::kDriveInUse, drive.drive_id, other.name).at("properties.driveList");
      }
    }
  }
  return ok();
}

Result<arm::LinkedAccess> ImportExport::permit(arm::Context& context, const JobRequest& request) {
  if (!request.properties || !request.properties->storage_account_id ||
      !arm::named_scope(*request.properties->storage_account_id)) {
    return arm::LinkedAccess{};  // a missing or malformed id is rejected later
  }
  std::string account;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    auto found = account_named(reader, *request.properties->storage_account_id);
    if (!found) {
      return found.error().kind() == Errc::not_found ? Result<>(ok()) : std::move(found).error();
    }
    account = found.value().id;
    return ok();
  }));
  return account.empty() ? Result<arm::LinkedAccess>(arm::LinkedAccess{})
                         : arm::require_linked(context, {{std::string(kListKeys), account}});
}

Result<arm::Reply<Job>> ImportExport::create_job(arm::Context& context, const JobPath& path,
                                                 const JobRequest& request) {
  TRY(check_job_name(path.name));
  TRY(const auto subscription, context.groups.subscription(path.subscription));
  if (request.location && !request.location->empty() && locations_.find(*request.location) == nullptr) {
    return refuse(Errc::invalid, errors::kInvalidParameter, *request.location, "location",
                  "GET /providers/Microsoft.ImportExport/locations lists the known ones.")
        .at("location");
  }
  TRY(const auto access, permit(context, request));
  arm::Reply<Job> reply;
  const auto id = context.random.guid();
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto group, context.groups.require_group(writer, path.subscription, path.group));
    TRY(auto present, records::find(writer, resource_of(path)));
    reply.status = present ? 200 : 201;
    JobRecord job;
    if (present) {
      job = std::move(*present);
      TRY(require(job, JobAction::replace, "replacing it by PUT", ""));
      if (request.location &&
          arm::normalized_location(*request.location) != arm::normalized_location(job.document.location)) {
        return refuse(Errc::conflict, arm::kInvalidLocationChange, job.name, job.document.location, *request.location)
            .at("location");
      }
    } else {
      job.id = id;
      job.resource_id = arm::resource_id(path.subscription, group.name, kType, path.name);
      job.subscription = path.subscription;
      job.resource_group = group.name;
      job.name = path.name;
      job.created = context.now;
      job.created_by = author_of(context);
    }
    TRY(apply_put(job, request, keys_));
    TRY(const auto account, account_of(writer, job));
    if (access.needs.empty() || access.needs.front().scope != account.id) {
      return busy("the account was created while the request was processed").as(arm::kBusy);
    }
    job.document.access = access;
    TRY(check_drives_free(writer, job));
    job.updated = context.now;
    job.updated_by = author_of(context);
    TRY(records::save(writer, job));
    TRY(auto view, view_of(writer, job));
    view.location = job.document.location;          // recorded: a PUT returns what was sent
    view.drives = job.type == JobType::import_job;  // published example: no driveList here for exports
    reply.body = project(job, view);
    return ok();
  }));
  return reply;
}

Result<arm::Reply<Job>> ImportExport::update_job(arm::Context& context, const JobPath& path,
                                                 const JobRequest& request) {
  arm::Reply<Job> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(auto job, load(writer, context, path));
    TRY(const auto effect, apply_patch(job, request, keys_));
    if (effect.changed) {
      TRY(check_drives_free(writer, job));
      if (effect.ship) {
        job.state = JobState::shipping;
        job.shipped = context.now;
      }
      job.updated = context.now;
      job.updated_by = author_of(context);
      TRY(records::save(writer, job));
    }
    TRY(const auto view, view_of(writer, job));
    reply.body = project(job, view);
    return ok();
  }));
  lifecycle_alarm_.ring();
  dock_alarm_.ring();
  return reply;
}

Result<arm::Reply<Job>> ImportExport::get_job(arm::Context& context, const JobPath& path) {
  TRY(const auto known, known_.get(to_lower(resource_of(path)), [&](store::Reader& reader) -> Result<Known> {
    TRY(auto job, load(reader, context, path));
    TRY(auto endpoint, blob_endpoint_of(reader, job));
    return Known{std::move(job), std::move(endpoint)};
  }));
  const auto& job = known->job;
  auto view = view_of(job, known->blob_endpoint);
  if (std::ranges::any_of(job.drives, &Drive::is_copied_now)) {
    TRY(context.database.read([&](store::Reader& reader) -> Result<> {
      TRY(view.live, live_of(reader, job));
      return ok();
    }));
  }
  return arm::Reply<Job>{.body = project(job, view)};
}

Result<arm::Reply<>> ImportExport::delete_job(arm::Context& context, const JobPath& path) {
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto job, load(writer, context, path));
    TRY(require(job, JobAction::remove, "deleting it", ""));
    return remove(writer, job);
  }));
  return arm::Reply<>{};
}

Result<arm::Reply<DriveKeyList>> ImportExport::list_keys(arm::Context& context, const JobPath& path) {
  arm::Reply<DriveKeyList> reply;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto job, load(reader, context, path));
    for (const auto& drive : job.drives) {
      DriveKey key{drive.drive_id, std::nullopt};
      if (!drive.sealed_key.empty()) {
        TRY(key.bit_locker_key, keys_.open(job.id, drive_key(drive.drive_id), drive.sealed_key));
      }
      reply.body.value.push_back(std::move(key));
    }
    return ok();
  }));
  return reply;
}

// For the deletion of resource groups and for the listing across providers.

Result<> ImportExport::list(store::Reader& reader, std::string_view subscription, std::string_view group,
                            std::string_view after, std::size_t limit, std::vector<arm::GenericResource>& into) {
  TRY(const auto jobs, records::page(reader, subscription, group, after, limit));
  for (const auto& job : jobs) {
    arm::GenericResource resource;
    resource.id = job.resource_id;
    resource.name = job.name;
    resource.type = kType;
    resource.location = arm::normalized_location(job.document.location);
    resource.created = job.created;
    resource.changed = job.updated;
    if (job.document.tags) {
      auto tags = wire::parse_json<arm::Tags>(job.document.tags->text);
      if (tags) {  // tags that are not text are legal here, and only here
        resource.tags = std::move(tags.value());
      }
    }
    into.push_back(std::move(resource));
  }
  return ok();
}

Result<> ImportExport::remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) {
  constexpr std::size_t kBatch = 100;
  while (true) {
    std::size_t removed = 0;
    TRY(parts_.database.write([&](store::Writer& writer) -> Result<> {
      TRY(fence.check(writer));
      TRY(const auto jobs, records::page(writer, subscription, group, "", kBatch));
      for (const auto& job : jobs) {
        for (const auto& drive : job.drives) {
          if (!drive.work || drive.outcome) {
            continue;
          }
          const auto cancelled = parts_.engine.request_cancel(writer, *drive.work);
          if (!cancelled && cancelled.error().kind() != Errc::conflict && cancelled.error().kind() != Errc::not_found) {
            return cancelled.error();
          }
        }
        TRY(remove(writer, job));
      }
      removed = jobs.size();
      return ok();
    }));
    if (removed < kBatch) {
      return ok();
    }
  }
}

}  // namespace quaymaster::import_export
