#include "providers/recovery_services/backups/backup_source.h"

#include <algorithm>

#include "base/log.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/jobs/job_errors.h"
#include "providers/recovery_services/points/machine_document.h"
#include "wire/json.h"
#include "workload/bundle/bundle.h"
#include "workload/disk/disk.h"
#include "workload/tree.h"

namespace quaymaster::recovery_services {
namespace {

/// Separates a capture's warnings into items missing from the point and items merely written during the capture.
void sort_warnings(const workload::Capture& capture, std::string_view of, CapturedSource& into) {
  constexpr std::size_t kMostNamed = 1000;
  for (const auto& warning : capture.warnings) {
    const auto item = warning.item.empty() ? std::string(of) : warning.item;
    if (warning.kind != Errc::busy) {
      into.unread.push_back({item, warning.kind, warning.what});
    } else if (into.changed.size() < kMostNamed) {
      into.changed.push_back(item);
    }
  }
  // Warnings that are counted but not listed could be either kind; count them as the worse one.
  into.unread_count = into.unread.size() + (capture.warning_count - capture.warnings.size());
  into.torn = into.torn || capture.changed_meanwhile;
}

/// A path's modification time. If it is the same at two moments, nobody wrote in between.
std::optional<Time> modified(Disk& disk, const Path& path) {
  const auto status = disk.status(path);
  return status ? std::optional(status.value().modified) : std::nullopt;
}

bool takes_part(const std::optional<DiskChoice>& choice, std::int64_t lun) {
  if (!choice || lun < 0) {
    return true;
  }
  const bool is_named = std::ranges::find(choice->luns, lun) != choice->luns.end();
  return choice->include ? is_named : !is_named;
}

class MachineSource final : public OpenedSource {
 public:
  MachineSource(Services& services, MachineDocument document) : services_(services), document_(std::move(document)) {}

  Result<> open() {
    for (const auto& disk : document_.disks) {
      if (disk.included) {
        TRY(open_disk(disk));
      }
    }
    return ok();
  }

  Result<CapturedSource> capture(vault::Session& session, const std::optional<workload::Previous>& previous,
                                 const workload::Heartbeat& heartbeat) override {
    CapturedSource captured;
    captured.document = wire::to_json(document_);
    workload::Bundle bundle;
    bundle.document = captured.document;
    const auto before = parts_of(previous);
    for (auto& disk : disks_) {
      const auto old = std::ranges::find(before, part_name(disk.lun), &workload::Part::name);
      std::optional<workload::Previous> old_disk;
      if (old != before.end()) {
        old_disk = workload::Previous{old->root, previous->open};
      }
      const auto source = workload::disk_source(*disk.image);
      TRY(auto part, source->capture(session, old_disk, shifted(heartbeat, captured.bytes)));
      captured.bytes += part.bytes;
      sort_warnings(part, disk.name, captured);
      bundle.parts.push_back({part_name(disk.lun), std::move(part.root)});
    }
    captured.consistency = was_at_rest() && !captured.torn ? Consistency::file_system : Consistency::crash;
    if (document_.leaves_disks_out()) {
      for (const auto& disk : document_.disks) {
        (disk.included ? captured.backed_up_disks : captured.excluded_disks).push_back(disk.name);
      }
    }
    TRY(captured.root, workload::bundle_root(bundle));
    return captured;
  }

 private:
  struct OpenDisk {
    std::int64_t lun;
    std::string name;
    OpenDirectory directory;
    Path path;                     // of the image, in that directory even if the directory is renamed
    std::optional<Time> modified;  // as of opening it
    std::unique_ptr<workload::DiskImage> image;
  };

  Result<> open_disk(const DocumentDisk& disk) {
    const Path registered(disk.image);
    auto directory = services_.machines.open_image_directory(registered, arm::Machines::Missing::fails);
    if (!directory && directory.error().kind() != Errc::not_found) {
      return std::move(directory).error().as(errors::kImageNotAllowed, disk.name, document_.name);
    }
    if (!directory) {
      return gone(disk, std::move(directory).error());
    }
    auto path = directory.value().path() / registered.filename();
    const auto changed_before = modified(services_.disk, path);
    auto image =
        workload::open_image(path, disk.format == "qcow2" ? workload::ImageFormat::qcow2 : workload::ImageFormat::raw);
    if (!image) {
      switch (image.error().kind()) {
        case Errc::not_found:
          return gone(disk, std::move(image).error());
        case Errc::forbidden:
          return std::move(image).error().as(errors::kImageNotAllowed, disk.name, document_.name);
        case Errc::corrupt:
        case Errc::unsupported:
          return std::move(image).error().as(errors::kImageUnreadable, disk.name, document_.name);
        default:
          return std::move(image).error();
      }
    }
    total_ += image.value()->size();
    disks_.push_back(
        {disk.lun, disk.name, std::move(directory).value(), std::move(path), changed_before, std::move(image).value()});
    return ok();
  }

  Error gone(const DocumentDisk& disk, Error error) const {
    return disk.lun < 0 ? std::move(error).as(errors::kMachineGone, document_.name, disk.name)
                        : std::move(error).as(job_errors::kDiskNotFound.published, disk.name);
  }

  /// The newest point's data of each disk; nothing if it cannot be used, which only costs time.
  static std::vector<workload::Part> parts_of(const std::optional<workload::Previous>& previous) {
    if (!previous) {
      return {};
    }
    auto bundle = workload::read_bundle(previous->root);
    if (!bundle) {
      log::warning("recovery_services", "the previous point is not used: {}", bundle.error().cause());
      return {};
    }
    return std::move(bundle).value().parts;
  }

  /// Progress of all disks as one number.
  workload::Heartbeat shifted(const workload::Heartbeat& heartbeat, std::uint64_t done) const {
    return [this, &heartbeat, done](const workload::Progress& progress) -> Result<> {
      auto all = progress;
      all.bytes_done += done;
      all.bytes_total = total_;
      return heartbeat ? heartbeat(all) : ok();
    };
  }

  /// True if nobody wrote to an image from before it was opened until now: the machine was off or idle, so its file
  /// systems are consistent. A capture of a running machine is only as consistent as after a power failure.
  bool was_at_rest() const {
    return std::ranges::all_of(disks_, [this](const OpenDisk& disk) {
      return disk.modified && modified(services_.disk, disk.path) == disk.modified;
    });
  }

  Services& services_;
  const MachineDocument document_;
  std::vector<OpenDisk> disks_;
  std::uint64_t total_ = 0;
};

DocumentDisk document_of(const arm::MachineDisk& disk, const ItemRecord& item) {
  return {disk.lun, disk.name, disk.id, disk.image.string(), disk.format, disk.size, takes_part(item.disks, disk.lun)};
}

Result<std::unique_ptr<OpenedSource>> open_machine(Services& services, const ItemRecord& item) {
  std::optional<arm::Machine> machine;
  TRY(services.database.read([&](store::Reader& reader) -> Result<> {
    auto found = services.machines.by_id(reader, item.source_id);
    if (!found && found.error().kind() == Errc::not_found) {
      return std::move(found).error().as(job_errors::kMachineNotFound.published);
    }
    TRY(machine, std::move(found));
    return ok();
  }));
  MachineDocument document{machine->id,    machine->name,     machine->subscription,
                           machine->group, machine->location, machine->os_type,
                           machine->vm_id, machine->size,     {}};
  document.disks.push_back(document_of(machine->os_disk, item));
  for (const auto& disk : machine->data_disks) {
    document.disks.push_back(document_of(disk, item));
  }
  auto source = std::make_unique<MachineSource>(services, std::move(document));
  TRY(source->open());
  return std::unique_ptr<OpenedSource>(std::move(source));
}

class ShareSource final : public OpenedSource {
 public:
  ShareSource(std::string share, OpenDirectory directory)
      : share_(std::move(share)), directory_(std::move(directory)), tree_(workload::tree_source(directory_.path())) {}

  Result<CapturedSource> capture(vault::Session& session, const std::optional<workload::Previous>& previous,
                                 const workload::Heartbeat& heartbeat) override {
    auto made = tree_->capture(session, previous, heartbeat);
    if (!made) {
      return made.error().kind() == Errc::not_found
                 ? std::move(made).error().as(job_errors::kShareNotFound.published, share_)
                 : std::move(made).error();
    }
    CapturedSource captured;
    captured.document = "{}";
    captured.bytes = made.value().bytes;
    sort_warnings(made.value(), share_, captured);
    captured.consistency = captured.torn ? Consistency::crash : Consistency::file_system;
    captured.root = std::move(made.value().root);
    return captured;
  }

 private:
  const std::string share_;
  const OpenDirectory directory_;
  const std::unique_ptr<workload::Source> tree_;
};

Result<std::unique_ptr<OpenedSource>> open_share(Services& services, const ItemRecord& item) {
  std::optional<arm::FileShare> share;
  TRY(services.database.read([&](store::Reader& reader) -> Result<> {
    auto found = services.shares.share(reader, item.account(), item.friendly_name);
    if (!found && found.error().kind() == Errc::not_found) {
      return std::move(found).error().as(job_errors::kShareNotFound.published, item.friendly_name);
    }
    TRY(share, std::move(found));
    return ok();
  }));
  auto directory = services.shares.open_directory(*share);
  if (!directory) {
    switch (directory.error().kind()) {
      case Errc::not_found:
        return std::move(directory).error().as(job_errors::kShareNotFound.published, item.friendly_name);
      case Errc::forbidden:
        return std::move(directory).error().as(errors::kShareNotAllowed, item.friendly_name);
      default:
        return std::move(directory).error();
    }
  }
  return std::unique_ptr<OpenedSource>(std::make_unique<ShareSource>(item.friendly_name, std::move(directory).value()));
}

}  // namespace

Result<std::unique_ptr<OpenedSource>> open_source(Services& services, const ItemRecord& item) {
  return item.kind == SourceKind::machine ? open_machine(services, item) : open_share(services, item);
}

}  // namespace quaymaster::recovery_services
