#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/encode.h"
#include "base/log.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/jobs/job_errors.h"
#include "providers/recovery_services/restores/restore_documents.h"
#include "providers/recovery_services/restores/restore_work.h"
#include "providers/recovery_services/restores/vhd.h"
#include "vault/vault.h"
#include "wire/json.h"
#include "workload/bundle/bundle.h"
#include "workload/disk/disk.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kArea = "recovery_services";
/// Page blobs are written in runs of this many bytes; runs of zeros only become holes.
constexpr std::uint64_t kStretch = kMiB;
/// Page blobs are uploaded in parts of at most this many bytes, each as separate content.
constexpr std::uint64_t kLargestPart = 64 * kMiB;

/// The saved state of the job.
struct State {
  std::vector<std::int64_t> done;  // luns whose bytes are in place
  bool is_registered = false;      // nothing is left to do
  static constexpr auto wire() {
    return wire::fields({wire::field<&State::done>("done"), wire::field<&State::is_registered>("registered")});
  }
};

bool is_zero(Bytes bytes) {
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

class MachineRestore {
 public:
  explicit MachineRestore(const RestoreRun& work)
      : services_(work.services),
        open_vaults_(work.open_vaults),
        run_(work.run),
        plan_(work.plan),
        machine_(*plan_.machine) {}

  Result<> work() {
    if (!run_.data().empty()) {
      TRY(state_, wire::parse_stored<State>(run_.data()));
    }
    if (state_.is_registered) {
      return ok();
    }
    auto written = write_everything();
    if (!written) {
      if (gives_up(written.error())) {
        give_back();
      }
      return written;
    }
    return register_all();
  }

 private:
  /// Will the engine run this job again? Then what has been written is kept.
  bool gives_up(const Error& error) const {
    return error.kind() == Errc::cancelled ? run_.cancel_requested() : error.kind() != Errc::busy && !saving_failed_;
  }

  Result<> write_everything() {
    TRY(save([](store::Writer&) -> Result<> { return ok(); }, {.task_started = std::string(kTransferTask)}));
    TRY(vault_, open_vaults_.open(parse_guid(plan_.vault).value()));
    TRY(const auto id, parse_guid(plan_.point));
    auto point = vault_->point(id);
    if (!point) {
      return publish_as_damage(std::move(point).error());
    }
    auto bundle = workload::read_bundle(point.value().root);
    if (!bundle) {
      return publish_as_damage(std::move(bundle).error());
    }
    TRY(document_, wire::parse_stored<MachineDocument>(bundle.value().document));
    for (const auto& disk : machine_.disks) {
      total_ += disk.size;
    }
    if (!machine_.account.empty()) {
      auto made = services_.blobs.create_container(machine_.account, machine_.container, {});
      if (!made && made.error().kind() != Errc::conflict) {
        return std::move(made).error();
      }
    }
    for (const auto& disk : machine_.disks) {
      const auto part = std::ranges::find(bundle.value().parts, disk.part, &workload::Part::name);
      if (part == bundle.value().parts.end()) {
        return publish_as_damage(corrupt("the point {} has no part {}", plan_.point, disk.part));
      }
      TRY(write_disk(disk, part->root));
      before_ += disk.size;
    }
    TRY(run_.continue_or_cancel());
    return write_documents();
  }

  Result<> write_disk(const PlannedDisk& disk, Bytes root) {
    const bool is_done = std::ranges::find(state_.done, disk.lun) != state_.done.end();
    // A disk that was removed after it was saved as done is written again.
    if (is_done && (disk.file.empty() || is_image_there(services_, disk.file))) {
      return ok();
    }
    TRY(disk.blob.empty() ? write_image(disk, root) : write_page_blob(disk, root));
    return ok();
  }

  Result<> write_image(const PlannedDisk& disk, Bytes root) {
    const Path planned(disk.file);
    auto directory = services_.machines.open_image_directory(planned, arm::Machines::Missing::is_made);
    if (!directory && (directory.error().kind() == Errc::forbidden || directory.error().kind() == Errc::not_found)) {
      return std::move(directory).error().as(errors::kRestoreTargetForbidden, disk.file,
                                             "the directory was replaced or removed after the restore was requested.");
    }
    TRY(const auto place, std::move(directory));
    const auto file = place.path() / planned.filename();
    const auto open = workload::open_with(*vault_);
    auto written = workload::disk_target(file)->restore(
        root, open, [&](const workload::Progress& progress) { return tell(progress.bytes_done); });
    if (!written && written.error().kind() == Errc::conflict) {
      // Either this job put it there just before a crash, or another program did; comparing the bytes tells which.
      TRY(const bool is_same, holds(file, root));
      if (!is_same) {
        return refuse(Errc::conflict, errors::kRestoreTargetExists, disk.file);
      }
      written = workload::Restore{};
    }
    if (!written) {
      auto error = std::move(written).error();
      if (error.kind() == Errc::no_space) {
        return full(disk.file, error);
      }
      return publish_as_damage(std::move(error));
    }
    // Check that the file holds what was planned before it becomes visible.
    TRY(const auto image, workload::open_image(file, workload::ImageFormat::raw));
    if (image->size() != disk.size) {
      return corrupt("{} has {} bytes instead of {}", disk.file, image->size(), disk.size);
    }
    state_.done.push_back(disk.lun);
    return save([](store::Writer&) -> Result<> { return ok(); }, {});
  }

  /// Not Errc::no_space: the engine would wait for space, but the user can choose another place.
  Error full(std::string_view place, const Error& error) const {
    return Error(Errc::io, fmt::format("{}: {}", place, error.cause())).as(job_errors::kTargetNoSpace.published);
  }

  /// Whether the image has the bytes of the captured disk.
  Result<bool> holds(const Path& file, Bytes root) {
    TRY(const auto view, workload::DiskView::open(root, workload::open_with(*vault_)));
    auto image = workload::open_image(file, workload::ImageFormat::raw);
    if (!image || image.value()->size() != view->size()) {
      return false;
    }
    Buffer expected(kStretch);
    Buffer present(kStretch);
    for (std::uint64_t at = 0; at < view->size(); at += kStretch) {
      TRY(tell(at));
      TRY(const auto size, view->read(at, expected));
      TRY(image.value()->read(at, MutableBytes(present).first(size)));
      if (std::memcmp(expected.data(), present.data(), size) != 0) {
        return false;
      }
    }
    return true;
  }

  Result<> write_page_blob(const PlannedDisk& disk, Bytes root) {
    const auto open = workload::open_with(*vault_);
    auto viewed = workload::DiskView::open(root, open);
    if (!viewed) {
      return publish_as_damage(std::move(viewed).error());
    }
    const auto& view = *viewed.value();
    blob::Store::NewBlob blob;
    blob.key = {machine_.account, machine_.container, disk.blob};
    blob.type = blob::Type::page;
    const auto size = vhd_disk_size(view.size());
    blob.size = size + kVhdFooterSize;
    blob.properties.content_type = "application/octet-stream";
    std::unique_ptr<blob::Upload> upload;
    std::uint64_t begin = 0;  // of the part being uploaded
    const auto finish = [&]() -> Result<> {
      if (upload != nullptr) {
        TRY(auto content, upload->finish());
        blob.parts.push_back({begin, {}, std::shared_ptr<blob::Content>(std::move(content))});
        upload = nullptr;
      }
      return ok();
    };
    Buffer buffer(kStretch);
    for (std::uint64_t at = 0; at < view.size(); at += kStretch) {
      TRY(tell(at));
      auto read = view.read(at, buffer);
      if (!read) {
        return publish_as_damage(std::move(read).error());
      }
      std::ranges::fill(MutableBytes(buffer).subspan(read.value()), std::uint8_t{0});
      if (is_zero(buffer)) {
        TRY(finish());
        continue;
      }
      if (upload == nullptr) {
        upload = services_.blobs.upload(blob::Hashing::none);
        begin = at;
      }
      TRY(upload->append(buffer));
      if (at + kStretch - begin >= kLargestPart) {
        TRY(finish());
      }
    }
    TRY(finish());
    auto id = run_.record().id;
    id.bytes.back() ^= static_cast<std::uint8_t>(disk.lun + 1);
    upload = services_.blobs.upload(blob::Hashing::none);
    begin = size;
    TRY(upload->append(vhd_footer(size, run_.record().created, id)));
    TRY(finish());
    std::vector<const blob::Content*> contents;
    for (const auto& part : blob.parts) {
      contents.push_back(part.content.get());
    }
    TRY(services_.blobs.flush(contents));
    state_.done.push_back(disk.lun);
    return save(
        [&](store::Writer& writer) -> Result<> {
          TRY(services_.blobs.commit(writer, blob));
          return ok();
        },
        {});
  }

  /// A repeated step overwrites them: the names belong to this job alone.
  Result<> write_documents() {
    if (machine_.account.empty()) {
      return ok();
    }
    TRY(address_, container_address());
    const auto id = run_.record().id;
    TRY(put_blob(config_blob_name(machine_, id), config_document(plan_, document_, address_)));
    return put_blob(template_blob_name(id), template_document(plan_, document_, address_));
  }

  Result<std::string> container_address() {
    std::string address;
    auto read = services_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(const auto account, services_.accounts.by_name(reader, machine_.account));
      address = fmt::format("{}{}/", account.blob_endpoint, machine_.container);
      return ok();
    });
    if (!read && read.error().kind() == Errc::not_found) {
      return std::move(read).error().as(errors::kTargetAccountNotFound, machine_.account);
    }
    TRY(std::move(read));
    return address;
  }

  Result<> put_blob(const std::string& name, std::string_view text) {
    auto upload = services_.blobs.upload(blob::Hashing::md5);
    TRY(upload->append(as_bytes(text)));
    TRY(auto content, upload->finish());
    blob::Properties properties;
    properties.content_type = "application/json";
    TRY(services_.blobs.put_blob({machine_.account, machine_.container, name}, std::move(content), properties, {}, {}));
    return ok();
  }

  /// Registers disks and machine, or swaps the machine's disks, in the transaction that ends the work.
  Result<> register_all() {
    state_.is_registered = true;
    auto saved = save(
        [&](store::Writer& writer) -> Result<> {
          const auto now = run_.clock().now();
          TRY(change_job(writer, run_.record().id, final_change(), now));
          std::vector<arm::MachineDisk> disks;
          for (const auto& disk : machine_.disks) {
            if (disk.managed.empty()) {
              continue;
            }
            TRY(auto added, services_.machines.add_disk(writer, {machine_.subscription, machine_.group, disk.managed,
                                                                 machine_.location, disk.file}));
            added.lun = disk.lun;
            disks.push_back(std::move(added));
          }
          TRY(put_into_machine(writer, std::move(disks)));
          if (plan_.recovery != Recovery::restore_disks) {
            const std::string task(plan_.recovery == Recovery::original_location ? kUpdateMachineTask
                                                                                 : kCreateMachineTask);
            TRY(change_job(writer, run_.record().id, {.task_started = task}, now));
            TRY(change_job(writer, run_.record().id, {.task_completed = task}, now));
          }
          return ok();
        },
        {});
    if (!saved && saved.error().published() == nullptr && saved.error().kind() == Errc::conflict) {
      return std::move(saved).error().as(errors::kRestoreTargetExists, machine_.new_machine);
    }
    return saved;
  }

  Result<> put_into_machine(store::Writer& writer, std::vector<arm::MachineDisk> disks) {
    if (plan_.recovery == Recovery::original_location) {
      auto swapped = services_.machines.swap_disks(writer, machine_.machine_id, disks);
      return !swapped && swapped.error().kind() == Errc::not_found
                 ? Result<>(std::move(swapped).error().as(errors::kRestoreMachineNotFound, machine_.machine))
                 : std::move(swapped);
    }
    if (plan_.recovery != Recovery::alternate_location) {
      return ok();
    }
    arm::Machine machine;
    machine.subscription = machine_.subscription;
    machine.group = machine_.group;
    machine.name = machine_.new_machine;
    machine.location = machine_.location;
    machine.os_type = document_.os_type;
    machine.size = document_.vm_size;
    for (auto& disk : disks) {
      if (disk.lun < 0) {
        machine.os_disk = std::move(disk);
      } else {
        machine.data_disks.push_back(std::move(disk));
      }
    }
    TRY(services_.machines.add_machine(writer, std::move(machine)));
    return ok();
  }

  JobChange final_change() const {
    JobChange change;
    change.task_completed = std::string(kTransferTask);
    if (!machine_.account.empty()) {
      const auto id = run_.record().id;
      const auto config = config_blob_name(machine_, id);
      change.bag = {{"Config Blob Name", config},
                    {"Config Blob Container Name", machine_.container},
                    {"Config Blob Uri", address_ + config},
                    {"Template Blob Uri", address_ + template_blob_name(id)}};
    }
    std::vector<std::string> names;
    for (const auto& disk : machine_.disks) {
      names.push_back(disk.name);
    }
    if (names.size() != machine_.all_disks.size() || document_.leaves_disks_out()) {
      change.bag.emplace_back("Restored disk(s)", fmt::format("{}", fmt::join(names, "; ")));
      change.bag.emplace_back("Backed-up disk(s)", fmt::format("{}", fmt::join(machine_.all_disks, "; ")));
    }
    if (!machine_.directory.empty()) {
      change.bag.emplace_back("Target directory", machine_.directory);
    }
    return change;
  }

  Result<> tell(std::uint64_t done) {
    run_.progress(before_ + done, total_);
    return run_.continue_or_cancel();
  }

  Result<> save(const std::function<Result<>(store::Writer&)>& with, JobChange change) {
    auto saved = run_.save(wire::to_json(state_), [&](store::Writer& writer) -> Result<> {
      TRY(with(writer));
      return change_job(writer, run_.record().id, change, run_.clock().now());
    });
    // The transaction may have been committed despite the error, so nothing that it refers to may be removed.
    saving_failed_ = saving_failed_ || !saved;
    return saved;
  }

  /// Best effort: what cannot be removed is left and logged.
  void give_back() {
    const auto look = [](const auto& removed, std::string_view what) {
      if (!removed && removed.error().kind() != Errc::not_found) {
        log::warning(kArea, "cannot remove {} of a restore that ended early: {}", what, removed.error().cause());
      }
    };
    for (const auto& disk : machine_.disks) {
      if (std::ranges::find(state_.done, disk.lun) == state_.done.end()) {
        continue;
      }
      if (!disk.file.empty()) {
        look(remove(disk.file), disk.file);
      } else {
        look(services_.blobs.delete_blob({machine_.account, machine_.container, disk.blob}, {}), disk.blob);
      }
    }
    if (machine_.is_own_directory) {
      look(remove(machine_.directory), machine_.directory);
    }
  }

  /// Removes a file or an empty directory among the images, never through a link that has been changed.
  Result<> remove(const Path& path) {
    TRY(const auto directory, services_.machines.open_image_directory(path, arm::Machines::Missing::fails));
    return services_.disk.remove(directory.path() / path.filename());
  }

  Services& services_;
  OpenVaults& open_vaults_;
  jobs::Run& run_;
  const RestorePlan& plan_;
  const MachinePlan& machine_;
  State state_;
  std::shared_ptr<vault::Vault> vault_;
  MachineDocument document_;
  std::string address_;
  std::uint64_t total_ = 0;
  std::uint64_t before_ = 0;  // bytes of the disks that are done
  bool saving_failed_ = false;
};

}  // namespace

Result<> restore_machine(const RestoreRun& work) {
  return MachineRestore(work).work();
}

}  // namespace quaymaster::recovery_services
