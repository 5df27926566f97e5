#include "providers/recovery_services/points/point_models.h"

#include "providers/recovery_services/common/versions.h"
#include "providers/recovery_services/points/machine_document.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

struct TierName {
  std::string_view word;
  std::string_view number;
};
constexpr TierName kInstant{R"("InstantRP")", "1"};
constexpr TierName kHardened{R"("HardenedRP")", "2"};
constexpr TierName kValid{R"("Valid")", "1"};

PointTier tier(const arm::Context& context, const TierName& type) {
  const bool in_words = is_since(context.api_version, cuts::kTiersInWords);
  const auto told = [&](const TierName& name) { return wire::Json{std::string(in_words ? name.word : name.number)}; };
  return {told(type), told(kValid)};
}

/// A machine's point is in the vault from the start, and is also reported as a snapshot for as long as its policy
/// says. A share's point is either only a snapshot (no `instant_until`), or both.
std::vector<PointTier> tiers_of(const arm::Context& context, const ItemRecord& item, const PointRecord& point) {
  std::vector<PointTier> tiers;
  const bool only_snapshot = item.kind == SourceKind::file_share && !point.instant_until;
  if (only_snapshot || (point.instant_until && context.now < *point.instant_until)) {
    tiers.push_back(tier(context, kInstant));
  }
  if (!only_snapshot) {
    tiers.push_back(tier(context, kHardened));
  }
  return tiers;
}

/// Disks have no sku here. A size with an "s" after its family ("Standard_DS1_v2", "Standard_D2s_v5") supports
/// premium disks and gets them unless a client chooses otherwise, so this reports what was recorded for such
/// machines.
std::string_view storage_type_of(std::string_view vm_size) {
  const auto begin = vm_size.find('_') + 1;
  const auto model = vm_size.substr(begin, vm_size.find('_', begin) - begin);
  return model.find_first_of("sS") == std::string_view::npos ? "NormalStorage" : "PremiumVMOnPartialPremiumStorage";
}

std::string_view word_of(Consistency consistency) {
  switch (consistency) {
    case Consistency::application:
      return "AppConsistent";
    case Consistency::file_system:
      return "FileSystemConsistent";
    case Consistency::crash:
      break;
  }
  return "CrashConsistent";
}

PointLife life_of(const ItemRecord& item, const PointRule& rule) {
  PointLife life;
  if (rule.expiry) {
    life.expiry = format_time(*rule.expiry);
    life.expiry->pop_back();  // the wire has it without the Z [R]
  }
  life.rule = rule.name;
  life.is_soft_deleted = item.deleted.has_value();
  return life;
}

std::optional<PointDisks> disks_of(const MachineDocument& machine, PointView view) {
  if (!machine.leaves_disks_out()) {
    return std::nullopt;
  }
  std::vector<PointDisk> included;
  std::vector<PointDisk> excluded;
  for (const auto& disk : machine.disks) {
    (disk.included ? included : excluded).push_back({disk.lun, disk.name});
  }
  PointDisks disks;
  disks.included_count = static_cast<std::int64_t>(included.size());
  disks.attached_count = static_cast<std::int64_t>(machine.disks.size());
  if (view == PointView::single) {
    disks.included = std::move(included);
    disks.excluded = std::move(excluded);
  }
  return disks;
}

}  // namespace

Result<PointResource> point_answer(const arm::Context& context, const ItemRecord& item, const PointRecord& point,
                                   const PointRule& rule, std::string_view item_path, PointView view) {
  PointResource resource;
  resource.name = std::to_string(point.name);
  resource.id = fmt::format("{}/recoveryPoints/{}", item_path, resource.name);
  if (item.kind == SourceKind::file_share) {
    SharePoint share;
    share.type = word_of(point.consistency);
    share.time = std::chrono::floor<std::chrono::seconds>(point.time);
    share.snapshot_uri = fmt::format("https://{}.file.core.windows.net/{}?sharesnapshot={}", item.account(),
                                     item.friendly_name, format_time(share.time));
    share.size_gb = static_cast<std::int64_t>(point.bytes / kGiB);
    share.tiers = tiers_of(context, item, point);
    share.life = life_of(item, rule);
    resource.properties.text = wire::to_json(share);
    return resource;
  }
  TRY(const auto document, wire::parse_stored<MachineDocument>(point.source));
  MachinePoint machine;
  machine.type = word_of(point.consistency);
  machine.time = point.time;
  machine.storage_type = storage_type_of(document.vm_size);
  machine.tiers = tiers_of(context, item, point);
  machine.vm_size = document.vm_size;
  machine.os_type = document.os_type;
  machine.disks = disks_of(document, view);
  machine.life = life_of(item, rule);
  machine.policy_type = point.policy_type;
  resource.properties.text = wire::to_json(machine);
  return resource;
}

}  // namespace quaymaster::recovery_services
