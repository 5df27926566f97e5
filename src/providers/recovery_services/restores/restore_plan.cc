#include "providers/recovery_services/restores/restore_plan.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "arm/locations.h"
#include "arm/server_paths.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/linked_needs.h"
#include "providers/recovery_services/points/machine_document.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kMachineRequest = "IaasVMRestoreRequest";
constexpr std::string_view kShareRequest = "AzureFileShareRestoreRequest";
/// az allows at most 99 (backup.md 13.2); no client we support sends thousands.
constexpr std::size_t kMostFiles = 1000;

Error wrong(std::string_view property, std::string_view why) {
  return refuse(Errc::invalid, errors::kInvalidInput, why).at(fmt::format("properties.{}", property));
}
Error missing(std::string_view property) {
  return wrong(property, fmt::format("The property '{}' is required.", property));
}

/// A plain file name for a disk, whatever the disk is called.
std::string file_name(std::string_view name) {
  std::string safe;
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '_' || (c == '.' && !safe.empty());
    safe += is_plain ? c : '_';
  }
  constexpr std::size_t kLongest = 100;
  return safe.empty() ? "disk" : safe.substr(0, kLongest);
}

Result<arm::StorageAccount> account_named(store::Reader& reader, Services& services, std::string_view id) {
  auto account = services.accounts.by_id(reader, id);
  if (!account && account.error().kind() == Errc::not_found) {
    return std::move(account).error().as(errors::kTargetAccountNotFound, id);
  }
  if (!account && account.error().kind() == Errc::invalid) {
    return wrong("storageAccountId", fmt::format("'{}' is not the id of a storage account.", id));
  }
  return account;
}

/// Plans the restore of a machine's disks.
class MachinePlanner {
 public:
  MachinePlanner(store::Reader& reader, Services& services, const RestoreSubject& subject,
                 const RestoreRequest& request)
      : reader_(reader), services_(services), subject_(subject), request_(request) {}

  Result<RestorePlan> plan() {
    TRY(document_, wire::parse_stored<MachineDocument>(subject_.point.source));
    TRY(check_common());
    TRY(choose_disks());
    switch (*request_.recovery) {
      case Recovery::restore_disks: {
        TRY(plan_disks());
        break;
      }
      case Recovery::original_location: {
        TRY(plan_original());
        break;
      }
      case Recovery::alternate_location: {
        TRY(plan_alternate());
        break;
      }
    }
    plan_.machine = std::move(machine_);
    return std::move(plan_);
  }

 private:
  Result<> check_common() {
    machine_.machine = subject_.item.friendly_name;
    machine_.location = subject_.vault.location;
    if (request_.region && arm::normalized_location(*request_.region) != subject_.vault.location) {
      return wrong("region", fmt::format("The region '{}' is not the vault's, '{}'. Restore to the vault's region.",
                                         *request_.region, subject_.vault.location));
    }
    if (const auto& named = request_.staging_account()) {
      TRY(const auto account, account_named(reader_, services_, *named));
      account_ = account.name;
      need(kListKeys, account.id);
      machine_.staging = account_;
    }
    if (request_.network) {
      const auto id = arm::parse_resource_id(*request_.network);
      if (!id) {
        return wrong("virtualNetworkId", fmt::format("'{}' is not the id of a resource.", *request_.network));
      }
      machine_.network = fmt::format("Group {} {}", id.value().group, id.value().name);
    }
    if (request_.target_group) {
      const auto id = arm::parse_group_id(*request_.target_group);
      if (!id) {
        return wrong("targetResourceGroupId",
                     fmt::format("'{}' is not the id of a resource group.", *request_.target_group));
      }
      TRY(put_into_group(id.value().subscription, id.value().group, "targetResourceGroupId"));
    }
    return ok();
  }

  Result<> put_into_group(const std::string& subscription, const std::string& group, std::string_view property) {
    const auto found = services_.groups.require_group(reader_, subscription, group);
    if (!found) {
      return wrong(
          property,
          fmt::format(
              "The resource group '{}' of the subscription '{}' cannot be used: it does not exist or is being deleted.",
              group, subscription));
    }
    machine_.subscription = found.value().subscription;
    machine_.group = found.value().name;
    need_disks_in(machine_.subscription, machine_.group);
    return ok();
  }

  void need(std::string_view action, std::string scope) {
    plan_.access.needs.push_back({std::string(action), std::move(scope)});
  }
  void need_disks_in(std::string_view subscription, std::string_view group) {
    need(kWriteDisk, fmt::format("/subscriptions/{}/resourceGroups/{}", subscription, group));
  }

  /// The operating system disk always, and the data disks that are named; without a list all of them.
  Result<> choose_disks() {
    for (const auto& disk : document_.disks) {
      if (!disk.included) {
        continue;
      }
      machine_.all_disks.push_back(disk.name);
      if (disk.lun < 0 || !request_.luns || std::ranges::find(*request_.luns, disk.lun) != request_.luns->end()) {
        machine_.disks.push_back({disk.lun, disk.name, part_name(disk.lun), disk.size, {}, {}, {}});
      }
    }
    for (const auto lun : request_.luns.value_or(std::vector<std::int64_t>{})) {
      if (std::ranges::find(machine_.disks, lun, &PlannedDisk::lun) == machine_.disks.end()) {
        return wrong("restoreDiskLunList",
                     fmt::format("The recovery point has no disk at LUN {}. Name LUNs of its disks, or leave the list "
                                 "out to restore all.",
                                 lun));
      }
    }
    return ok();
  }

  Result<> plan_disks() {
    const bool is_registered = !machine_.group.empty();
    if (account_.empty() && !request_.target_directory) {
      return missing("storageAccountId");
    }
    suffix_ = short_random();
    machine_.account = account_;
    // The service's naming scheme: the machine's name without punctuation and 32 hexadecimal digits (backup.md 13.1).
    machine_.container = container_name();
    if (is_registered || request_.target_directory) {
      TRY(place_images());
    } else {
      for (auto& disk : machine_.disks) {
        disk.blob = fmt::format("{}-{}.vhd", file_name(disk.name), suffix_);
      }
    }
    if (is_registered) {
      name_managed();
    }
    return ok();
  }

  Result<> plan_original() {
    const auto machine = services_.machines.by_id(reader_, subject_.item.source_id);
    if (!machine) {
      return refuse(Errc::invalid, errors::kRestoreMachineNotFound, subject_.item.friendly_name);
    }
    const auto& present = machine.value();
    for (const auto& disk : machine_.disks) {
      const bool is_there = disk.lun < 0 || std::ranges::find(present.data_disks, disk.lun, &arm::MachineDisk::lun) !=
                                                present.data_disks.end();
      if (!is_there) {
        return wrong("restoreDiskLunList",
                     fmt::format("The virtual machine '{}' has no disk at LUN {} to be replaced. Name the LUNs that it "
                                 "has, or restore the disks only.",
                                 present.name, disk.lun));
      }
    }
    need(kWriteMachine, present.id);
    need_disks_in(present.subscription, present.group);
    machine_.machine_id = present.id;
    machine_.subscription = present.subscription;
    machine_.group = present.group;
    machine_.location = present.location;
    plan_.target = to_lower(present.id);
    suffix_ = short_random();
    name_managed();
    return place_images();
  }

  Result<> plan_alternate() {
    if (!request_.target_machine) {
      return missing("targetVirtualMachineId");
    }
    const auto id = arm::parse_resource_id(*request_.target_machine);
    if (!id || !equal_ignoring_case(id.value().type, "Microsoft.Compute/virtualMachines") || id.value().name.empty()) {
      return wrong("targetVirtualMachineId",
                   fmt::format("'{}' is not the id of a virtual machine.", *request_.target_machine));
    }
    if (!machine_.group.empty() && (!equal_ignoring_case(machine_.group, id.value().group) ||
                                    !equal_ignoring_case(machine_.subscription, id.value().subscription))) {
      return wrong("targetResourceGroupId", "The group is not the one that targetVirtualMachineId names.");
    }
    TRY(put_into_group(id.value().subscription, id.value().group, "targetVirtualMachineId"));
    const auto present = services_.machines.by_id(reader_, *request_.target_machine);
    if (present) {
      return refuse(Errc::conflict, errors::kRestoreTargetExists, id.value().name)
          .at("properties.targetVirtualMachineId");
    }
    if (present.error().kind() != Errc::not_found) {
      return present.error();
    }
    need(kWriteMachine, *request_.target_machine);
    machine_.new_machine = id.value().name;
    plan_.target = to_lower(*request_.target_machine);
    suffix_ = short_random();
    name_managed();
    return place_images();
  }

  void name_managed() {
    for (auto& disk : machine_.disks) {
      disk.managed = fmt::format("{}-{}", file_name(disk.name), suffix_);
    }
  }

  /// Decides where the images go: the directory that was named; otherwise a new one next to the image of the source's
  /// first disk; otherwise a new one in the first directory for images.
  Result<> place_images() {
    if (request_.target_directory) {
      TRY(const auto directory, named_directory(*request_.target_directory));
      machine_.directory = directory.native();
      if (plan_.target.empty()) {
        plan_.target = "directory:" + to_lower(machine_.directory);
      }
    } else {
      const auto name = fmt::format("{}-{}", file_name(machine_.machine), suffix_);
      auto directory = beside_source(name);
      if (!directory && !services_.machines.image_directories().empty()) {
        directory = services_.machines.allowed_image(services_.machines.image_directories().front() / name);
      }
      if (!directory) {
        return std::move(directory).error().as(
            errors::kRestoreTargetForbidden, name,
            "the server has no directory for images. Set image-directories, or name a storage account and no group.");
      }
      machine_.directory = directory.value().native();
      machine_.is_own_directory = true;
    }
    return name_files();
  }

  Result<Path> beside_source(const std::string& name) {
    if (document_.disks.empty()) {
      return not_found("the point has no disks");
    }
    return services_.machines.allowed_image(Path(document_.disks.front().image).parent_path() / name);
  }

  Result<Path> named_directory(const std::string& text) {
    const Path wanted(text);
    if (!wanted.is_absolute() || text.find('\0') != std::string::npos) {
      return wrong("quaymasterTargetDirectory", "The directory must be an absolute path of the server.");
    }
    const auto plain = wanted.lexically_normal();
    std::error_code failed;
    // If the directory exists, links in its own name are resolved; if it does not, its parent must be allowed.
    const auto real = services_.machines.allowed_image(plain / "disk");
    if (real && std::filesystem::is_directory(real.value().parent_path(), failed)) {
      return real.value().parent_path();
    }
    auto inside = services_.machines.allowed_image(plain.has_filename() ? plain : plain.parent_path());
    if (!inside ||
        std::filesystem::symlink_status(inside.value(), failed).type() != std::filesystem::file_type::not_found) {
      // The same answer for a directory that is missing, is not a directory or is not allowed: a client must not
      // learn what is on the server's disk.
      return refuse(Errc::invalid, errors::kRestoreTargetForbidden, text,
                    "it must be an existing directory, or a new one in an existing directory, below one of the "
                    "server's directories for images (setting image-directories).")
          .at("properties.quaymasterTargetDirectory");
    }
    return inside;
  }

  Result<> name_files() {
    std::set<std::string> taken;
    for (auto& disk : machine_.disks) {
      auto name = file_name(disk.name);
      if (!taken.insert(to_lower(name)).second) {
        name += fmt::format("-lun{}", disk.lun);
        taken.insert(to_lower(name));
      }
      disk.file = (Path(machine_.directory) / (name + ".raw")).native();
      if (!machine_.is_own_directory && is_image_there(services_, disk.file)) {
        return refuse(Errc::conflict, errors::kRestoreTargetExists, disk.file)
            .at("properties.quaymasterTargetDirectory");
      }
    }
    return ok();
  }

  std::string short_random() { return services_.random.guid().text().substr(0, 8); }

  std::string container_name() {
    std::string name;
    for (const char c : to_lower(machine_.machine)) {
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        name += c;
      }
    }
    constexpr std::size_t kMost = 63 - 33;  // of a container's name
    name = name.empty() ? "vm" : name.substr(0, kMost);
    auto digits = services_.random.guid().text();
    std::erase(digits, '-');
    return fmt::format("{}-{}", name, digits);
  }

  store::Reader& reader_;
  Services& services_;
  const RestoreSubject& subject_;
  const RestoreRequest& request_;
  MachineDocument document_;
  std::string account_;
  std::string suffix_;
  MachinePlan machine_;
  RestorePlan plan_;
};

/// Whether the share's directory may be written now.
Result<> check_share_directory(Services& services, const arm::FileShare& share) {
  auto opened = services.shares.open_directory(share);
  if (!opened && opened.error().kind() == Errc::forbidden) {
    return std::move(opened).error().as(
        errors::kRestoreTargetForbidden, share.name,
        "its directory now leads elsewhere, or contains the server's own data. Restore to "
        "another share.");
  }
  TRY(std::move(opened));
  return ok();
}

Result<std::vector<PlannedFile>> plan_files(const RestoreRequest& request) {
  const auto specs = request.files.value_or(std::vector<FileSpec>{});
  const bool is_full = request.kind.value_or(ShareRestoreKind::full_share) == ShareRestoreKind::full_share;
  if (specs.size() > kMostFiles) {
    return wrong("restoreFileSpecs",
                 fmt::format("At most {} files and directories can be restored at once.", kMostFiles));
  }
  if (!is_full && specs.empty()) {
    return missing("restoreFileSpecs");
  }
  std::vector<PlannedFile> files;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto& spec = specs[i];
    const auto at = fmt::format("restoreFileSpecs[{}]", i);
    PlannedFile file;
    file.type = spec.type;
    if (!is_full && (!spec.path || spec.path->empty())) {
      return missing(at + ".path");
    }
    if (is_full && ((spec.path && !spec.path->empty()) || specs.size() > 1)) {
      return wrong(at, "A full restore accepts no paths. Ask for an ItemLevelRestore, or leave restoreFileSpecs out.");
    }
    if (spec.path) {
      TRY(file.path, path_in_share(*spec.path, at + ".path"));
    }
    if (spec.folder && !spec.folder->empty()) {
      TRY(file.folder, path_in_share(*spec.folder, at + ".targetFolderPath"));
    }
    files.push_back(std::move(file));
  }
  return files;
}

Result<RestorePlan> plan_share(store::Reader& reader, Services& services, const RestoreSubject& subject,
                               const RestoreRequest& request) {
  SharePlan share;
  share.source_account = subject.item.account();
  share.source_share = subject.item.friendly_name;
  share.copy = request.copy.value_or(CopyOptions::overwrite);
  TRY(share.files, plan_files(request));
  switch (*request.recovery) {
    case Recovery::restore_disks:
      return wrong("recoveryType", "A file share has no disks. Ask for OriginalLocation or AlternateLocation.");
    case Recovery::original_location:
      share.account = share.source_account;
      share.share = share.source_share;
      break;
    case Recovery::alternate_location: {
      if (!request.target || !request.target->name || request.target->name->empty()) {
        return missing("targetDetails.name");
      }
      if (!request.target->resource_id) {
        return missing("targetDetails.targetResourceId");
      }
      TRY(const auto account, account_named(reader, services, *request.target->resource_id));
      share.account = account.name;
      share.share = *request.target->name;
      break;
    }
  }
  auto target = services.shares.share(reader, share.account, share.share);
  if (!target && target.error().kind() == Errc::not_found) {
    return std::move(target).error().as(errors::kTargetShareNotFound, share.share, share.account);
  }
  TRY(const auto found, std::move(target));
  auto checked = check_share_directory(services, found);
  if (!checked) {
    return checked.error().published() != nullptr
               ? std::move(checked).error()
               : std::move(checked).error().as(errors::kTargetShareNotFound, share.share, share.account);
  }
  share.share = found.name;
  RestorePlan plan;
  plan.access.needs = {{std::string(kListKeys), found.account_id}};
  plan.target = to_lower(fmt::format("{}/{}", found.account_id, found.name));
  plan.share = std::move(share);
  return plan;
}

}  // namespace

bool is_image_there(Services& services, const Path& image) {
  const auto directory = services.machines.open_image_directory(image, arm::Machines::Missing::fails);
  return directory && services.disk.status(directory.value().path() / image.filename());
}

Result<std::string> path_in_share(std::string_view path, std::string_view property) {
  auto text = path;
  if (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('/', at), text.size());
    const auto name = text.substr(at, end - at);
    if (name.empty() || name == "." || name == ".." || name.find('\0') != std::string_view::npos) {
      return wrong(property, fmt::format("The path '{}' must be inside the share: names separated by '/', starting at "
                                         "the share's root, none of them empty, '.' or '..'.",
                                         path));
    }
    at = end + 1;
  }
  return std::string(text);
}

Result<RestorePlan> plan_restore(store::Reader& reader, Services& services, const RestoreSubject& subject,
                                 const RestoreRequest& request) {
  const auto& item = subject.item;
  const bool is_machine = item.kind == SourceKind::machine;
  const auto expected = is_machine ? kMachineRequest : kShareRequest;
  if (!request.object_type || !equal_ignoring_case(*request.object_type, expected)) {
    return wrong("objectType", fmt::format("'{}' cannot restore a protected item of '{}'. Use '{}'.",
                                           request.object_type.value_or(""), wire::text_of(item.kind), expected));
  }
  if (!request.recovery) {
    return missing("recoveryType");
  }
  if (item.deleted) {
    return refuse(Errc::conflict, errors::kRestoreOfDeletedItem, item.friendly_name);
  }
  const auto name = std::to_string(subject.point.name);
  if (request.point && *request.point != name && !request.point->ends_with("/" + name)) {
    return wrong("recoveryPointId",
                 fmt::format("'{}' is not the recovery point '{}' of the path.", *request.point, name));
  }
  if (request.source_id && !equal_ignoring_case(*request.source_id, item.source_id)) {
    return wrong("sourceResourceId", fmt::format("'{}' is not the source of the protected item, '{}'.",
                                                 *request.source_id, item.source_id));
  }
  TRY(auto plan, is_machine ? MachinePlanner(reader, services, subject, request).plan()
                            : plan_share(reader, services, subject, request));
  plan.vault = subject.vault.id.text();
  plan.item = item.id.text();
  plan.point = subject.point.id.text();
  plan.point_time = subject.point.time;
  plan.recovery = *request.recovery;
  return plan;
}

}  // namespace quaymaster::recovery_services
