#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/linked_access.h"
#include "base/result.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/restores/restore_models.h"

// A restore as planned when it was requested. Everything that a client can get wrong has been checked, and the job
// that carries it out reads nothing else.
namespace quaymaster::recovery_services {

/// One disk of a machine to be restored.
struct PlannedDisk {
  std::int64_t lun = -1;   // -1: the operating system disk
  std::string name;        // at the source
  std::string part;        // in the point's bundle: "lun-1", "lun0"
  std::uint64_t size = 0;  // bytes
  std::string file;        // the image to write, absolute; empty: a page blob
  std::string managed;     // the name it is registered under; empty: not registered
  std::string blob;        // the page blob to write; empty: an image
  static constexpr auto wire() {
    using wire::field;
    using T = PlannedDisk;
    return wire::fields({field<&T::lun>("lun"), field<&T::name>("name"), field<&T::part>("part"),
                         field<&T::size>("size"), field<&T::file>("file"), field<&T::managed>("managed"),
                         field<&T::blob>("blob")});
  }
};

struct MachinePlan {
  std::string machine;       // name of the source
  std::string machine_id;    // for OriginalLocation: the machine whose disks are replaced
  std::string subscription;  // where disks and the machine are registered; empty: nowhere
  std::string group;
  std::string location;
  std::string new_machine;        // for AlternateLocation
  std::string network;            // as reported: "Group <rg> <vnet>"
  std::string account;            // where documents and page blobs go; empty: none are written
  std::string staging;            // the account that the request named; reported by the job, whatever is stored there
  std::string container;          // the container in it
  std::string directory;          // of the images
  bool is_own_directory = false;  // created for this restore
  std::vector<PlannedDisk> disks;
  std::vector<std::string> all_disks;  // names of every disk in the point
  static constexpr auto wire() {
    using wire::field;
    using T = MachinePlan;
    return wire::fields(
        {field<&T::machine>("machine"), field<&T::machine_id>("machineId"), field<&T::subscription>("subscription"),
         field<&T::group>("group"), field<&T::location>("location"), field<&T::new_machine>("newMachine"),
         field<&T::network>("network"), field<&T::account>("account"), field<&T::staging>("staging"),
         field<&T::container>("container"), field<&T::directory>("directory"),
         field<&T::is_own_directory>("ownDirectory"), field<&T::disks>("disks"), field<&T::all_disks>("allDisks")});
  }
};

struct PlannedFile {
  std::string path;  // in the point; empty: everything
  std::optional<FileSpecType> type;
  std::optional<std::string> folder;  // in the target
  static constexpr auto wire() {
    using wire::field;
    using T = PlannedFile;
    return wire::fields({field<&T::path>("path"), field<&T::type>("type"), field<&T::folder>("folder")});
  }
};

struct SharePlan {
  std::string source_share;
  std::string source_account;
  std::string account;  // names of the target
  std::string share;
  CopyOptions copy = CopyOptions::overwrite;
  std::vector<PlannedFile> files;  // empty: everything
  static constexpr auto wire() {
    using wire::field;
    using T = SharePlan;
    return wire::fields({field<&T::source_share>("sourceShare"), field<&T::source_account>("sourceAccount"),
                         field<&T::account>("account"), field<&T::share>("share"), field<&T::copy>("copy"),
                         field<&T::files>("files")});
  }
};

/// The parameters of the job.
struct RestorePlan {
  std::string vault;  // guids
  std::string item;
  std::string point;  // id in the engine's vault
  Time point_time;
  Recovery recovery = Recovery::restore_disks;
  std::string target;  // what no other job may restore to at the same time, in lower case; empty: used by this job only
  std::optional<MachinePlan> machine;  // exactly one of the two is set
  std::optional<SharePlan> share;
  /// The permissions needed where it writes. The planner fills in the permissions; the caller that starts the job
  /// fills in who asked.
  arm::LinkedAccess access;
  static constexpr auto wire() {
    using wire::field;
    using T = RestorePlan;
    return wire::fields({field<&T::vault>("vault"), field<&T::item>("item"), field<&T::point>("point"),
                         field<&T::point_time>("pointTime"), field<&T::recovery>("recovery"),
                         field<&T::target>("target"), field<&T::machine>("machine"), field<&T::share>("share"),
                         field<&T::access>("access")});
  }
};

/// The input of planning a restore.
struct RestoreSubject {
  const VaultRecord& vault;
  const ItemRecord& item;
  const PointRecord& point;
};

/// Checks everything that can be wrong with a request before a job is created, except permissions: the caller must
/// check `access.needs` and those for the files of the plan. Looks at directories, so do not call it on a
/// connection's thread. Errors carry the published row: Errc::invalid and Errc::conflict for mistakes in the request,
/// never Errc::not_found, since naming something that does not exist is such a mistake.
Result<RestorePlan> plan_restore(store::Reader& reader, Services& services, const RestoreSubject& subject,
                                 const RestoreRequest& request);

/// Whether something has the name of this image, in the directory that machines may use.
bool is_image_there(Services& services, const Path& image);

/// "dir/a.txt" without a trailing slash, if it stays below the share: names separated by "/", none of them empty, "."
/// or "..". Errc::invalid, published.
Result<std::string> path_in_share(std::string_view path, std::string_view property);

}  // namespace quaymaster::recovery_services
