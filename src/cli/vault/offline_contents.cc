#include "cli/vault/offline_contents.h"

#include <algorithm>
#include <set>

#include "providers/recovery_services/points/machine_document.h"
#include "wire/json.h"
#include "workload/disk/disk_root.h"
#include "workload/source.h"

namespace quaymaster::cli {
namespace {

OfflineContents::Entry entry_of(const workload::TreeEntry& entry, const std::string& below) {
  OfflineContents::Entry shown;
  shown.path = below.empty() ? entry.path : entry.path.empty() ? below : below + "/" + entry.path;
  shown.kind = entry.kind;
  shown.mode = entry.mode;
  shown.size = entry.size;
  shown.modified = Time{Ticks{entry.modified.seconds * 10'000'000 + entry.modified.nanoseconds / 100}};
  shown.target = entry.target;
  return shown;
}

}  // namespace

Result<OfflineContents> OfflineContents::open(const vault::Point& point, vault::Vault& vault) {
  OfflineContents contents(workload::open_with(vault));
  if (workload::is_bundle_root(point.root)) {
    TRY(auto bundle, workload::read_bundle(point.root));
    contents.parts_ = std::move(bundle.parts);
    contents.name_disks(bundle.document);
  } else {
    contents.parts_.push_back({"", point.root});
  }
  return contents;
}

/// A part keeps its original name when the disk's name is not a file name or is already taken.
void OfflineContents::name_disks(std::string_view document) {
  const auto machine = wire::parse_stored<recovery_services::MachineDocument>(document);
  if (!machine) {
    return;
  }
  std::set<std::string> taken;
  for (const auto& disk : machine.value().disks) {
    const auto lun = recovery_services::part_name(disk.lun);
    const auto part = std::ranges::find(parts_, lun, &workload::Part::name);
    if (part == parts_.end() || disk.name.empty() || disk.name.starts_with('.') ||
        disk.name.find('/') != std::string::npos || !taken.insert(disk.name).second) {
      continue;
    }
    part->name = disk.name;
    luns_[lun] = disk.name;
  }
}

bool OfflineContents::is_disk(const workload::Part& part) {
  return workload::is_disk_root(part.root);
}

Result<OfflineContents::Place> OfflineContents::place(const std::string& path) const {
  std::string rest = path.substr(std::min(path.find_first_not_of('/'), path.size()));
  while (rest.ends_with('/')) {
    rest.pop_back();
  }
  if (is_alone()) {
    return Place{&parts_.front(), std::move(rest)};
  }
  const auto end = std::min(rest.find('/'), rest.size());
  const auto lun = luns_.find(rest.substr(0, end));
  const auto name = lun == luns_.end() ? rest.substr(0, end) : lun->second;
  const auto part = std::ranges::find(parts_, name, &workload::Part::name);
  if (part == parts_.end()) {
    return not_found("the point has no {}", path);
  }
  return Place{&*part, rest.substr(std::min(end + 1, rest.size()))};
}

Result<OfflineContents::Entry> OfflineContents::disk_entry(const workload::Part& part) const {
  TRY(const auto view, workload::DiskView::open(part.root, open_));
  Entry entry;
  entry.path = part.name.empty() ? "disk" : part.name;
  entry.size = view->size();
  return entry;
}

Result<> OfflineContents::list(const std::string& path, const std::function<void(const Entry&)>& visit) const {
  if (path.find_first_not_of('/') == std::string::npos && !is_alone()) {
    for (const auto& part : parts_) {
      if (is_disk(part)) {
        TRY(const auto entry, disk_entry(part));
        visit(entry);
      } else {
        Entry entry;
        entry.path = part.name;
        entry.kind = workload::EntryKind::directory;
        visit(entry);
      }
    }
    return ok();
  }
  TRY(const auto place, this->place(path));
  if (is_disk(*place.part)) {
    TRY(const auto entry, disk_entry(*place.part));
    if (!place.rest.empty() && place.rest != entry.path) {
      return not_found("the point has no {}", path);
    }
    visit(entry);
    return ok();
  }
  TRY(const auto view, workload::TreeView::open(place.part->root, open_));
  TRY(const auto found, view->find(place.rest));
  const auto& below = place.part->name;
  if (found.kind != workload::EntryKind::directory) {
    visit(entry_of(found, below));
    return ok();
  }
  return view->list(place.rest, [&](const workload::TreeEntry& entry) -> Result<> {
    visit(entry_of(entry, below));
    return ok();
  });
}

Result<OfflineContents::Stream> OfflineContents::read(const std::string& path) const {
  TRY(const auto place, this->place(path));
  if (is_disk(*place.part)) {
    TRY(const auto entry, disk_entry(*place.part));
    if (!place.rest.empty() && place.rest != entry.path) {
      return not_found("the point has no {}", path);
    }
    TRY(auto view, workload::DiskView::open(place.part->root, open_));
    const std::shared_ptr<workload::DiskView> shared = std::move(view);
    return Stream{shared->size(),
                  [shared](std::uint64_t offset, MutableBytes into) { return shared->read(offset, into); }};
  }
  TRY(const auto view, workload::TreeView::open(place.part->root, open_));
  TRY(auto reader, view->read(place.rest));
  const std::shared_ptr<vault::StreamReader> shared = std::move(reader);
  return Stream{shared->size(),
                [shared](std::uint64_t offset, MutableBytes into) { return shared->read(offset, into); }};
}

}  // namespace quaymaster::cli
