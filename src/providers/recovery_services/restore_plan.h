#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "providers/recovery_services/item_record.h"
#include "providers/recovery_services/point_record.h"
#include "providers/recovery_services/restore_models.h"
#include "providers/recovery_services/services.h"
#include "providers/recovery_services/vault_record.h"

// A restore as it was decided when it was asked for: everything that a client can get wrong has been looked at, and the
// job that carries it out reads nothing else.
namespace quaymaster::recovery_services {

/// One disk of a machine that is restored.
struct PlannedDisk {
  std::int64_t lun = -1;   // -1: the disk with the operating system
  std::string name;        // at the source
  std::string part;        // in the point's bundle: "lun-1", "lun0"
  std::uint64_t size = 0;  // bytes
  std::string file;        // the image to write, absolute; empty: a page blob
  std::string managed;     // the name it is registered under; empty: not registered
  std::string blob;        // the page blob to write; empty: an image
  static constexpr auto wire() {
    using wire::field;
    using T = PlannedDisk;
    return std::tuple{field("lun", &T::lun),   field("name", &T::name), field("part", &T::part),
                      field("size", &T::size), field("file", &T::file), field("managed", &T::managed),
                      field("blob", &T::blob)};
  }
};

struct MachinePlan {
  std::string machine;       // name of the source
  std::string machine_id;    // of OriginalLocation: whose disks are replaced
  std::string subscription;  // where disks and the machine are registered; empty: nowhere
  std::string group;
  std::string location;
  std::string new_machine;        // of AlternateLocation
  std::string network;            // as told: "Group <rg> <vnet>"
  std::string account;            // where documents and page blobs go; empty: none are written
  std::string container;          // the container in it
  std::string directory;          // of the images
  bool is_own_directory = false;  // made for this restore
  std::vector<PlannedDisk> disks;
  std::vector<std::string> all_disks;  // names of every disk in the point
  static constexpr auto wire() {
    using wire::field;
    using T = MachinePlan;
    return std::tuple{field("machine", &T::machine),
                      field("machineId", &T::machine_id),
                      field("subscription", &T::subscription),
                      field("group", &T::group),
                      field("location", &T::location),
                      field("newMachine", &T::new_machine),
                      field("network", &T::network),
                      field("account", &T::account),
                      field("container", &T::container),
                      field("directory", &T::directory),
                      field("ownDirectory", &T::is_own_directory),
                      field("disks", &T::disks),
                      field("allDisks", &T::all_disks)};
  }
};

struct PlannedFile {
  std::string path;  // in the point; empty: everything
  std::optional<FileSpecType> type;
  std::optional<std::string> folder;  // of the target
  static constexpr auto wire() {
    using wire::field;
    using T = PlannedFile;
    return std::tuple{field("path", &T::path), field("type", &T::type), field("folder", &T::folder)};
  }
};

struct SharePlan {
  std::string source_share;
  std::string source_account;
  std::string account;  // names of the target
  std::string share;
  CopyOptions copy = CopyOptions::overwrite;
  std::vector<PlannedFile> files;  // none: everything
  static constexpr auto wire() {
    using wire::field;
    using T = SharePlan;
    return std::tuple{field("sourceShare", &T::source_share),
                      field("sourceAccount", &T::source_account),
                      field("account", &T::account),
                      field("share", &T::share),
                      field("copy", &T::copy),
                      field("files", &T::files)};
  }
};

/// The parameters of the job.
struct RestorePlan {
  std::string vault;  // guids
  std::string item;
  std::string point;  // in the engine's vault
  Time point_time;
  Recovery recovery = Recovery::restore_disks;
  std::string target;  // what nobody else may restore to at the same time, in lower case; empty: it is this job's own
  std::optional<MachinePlan> machine;  // one of the two
  std::optional<SharePlan> share;
  static constexpr auto wire() {
    using wire::field;
    using T = RestorePlan;
    return std::tuple{field("vault", &T::vault),          field("item", &T::item),         field("point", &T::point),
                      field("pointTime", &T::point_time), field("recovery", &T::recovery), field("target", &T::target),
                      field("machine", &T::machine),      field("share", &T::share)};
  }
};

/// What a restore is planned from.
struct RestoreSubject {
  const VaultRecord& vault;
  const ItemRecord& item;
  const PointRecord& point;
};

/// Looks at everything that can be wrong with a request before there is a job. Looks at directories, so not on a
/// connection's thread. Errors carry the published row; Errc::invalid and Errc::conflict for what the request says,
/// Errc::not_found never: what a request names and is not there is a mistake in it.
Result<RestorePlan> plan_restore(store::Reader& reader, Services& services, const RestoreSubject& subject,
                                 const RestoreRequest& request);

/// "dir/a.txt" without a slash at the end, if it stays below the share: names with "/" between them, none of them
/// empty,
/// "." or "..". Errc::invalid, published.
Result<std::string> path_in_share(std::string_view path, std::string_view property);

}  // namespace quaymaster::recovery_services
