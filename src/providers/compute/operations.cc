#include "arm/empty_list.h"
#include "arm/paths.h"
#include "providers/compute/machines.h"

namespace quaymaster::compute {
namespace {

#define QM_COMPUTE "/providers/Microsoft.Compute"

using enum http::Method;
using M = Machines;
constexpr std::string_view kFirst = "2016-03-30";
constexpr std::string_view kNothingRuns = "machines are descriptions here: nothing runs.";

constexpr std::string_view kAttach = "Microsoft.Compute/disks/write";
constexpr arm::Link kMachineLinks[] = {
    arm::needs("properties.storageProfile.osDisk.managedDisk.id", kAttach),
    arm::needs("properties.storageProfile.dataDisks.managedDisk.id", kAttach),
};

constexpr arm::Operation kOperations[] = {
    {"Disks_List", get, QM_SUBSCRIPTION QM_COMPUTE "/disks", kFirst, "Microsoft.Compute/disks/read",
     arm::bind<&M::list_disks>},
    {"Disks_ListByResourceGroup", get, QM_GROUP QM_COMPUTE "/disks", kFirst, "Microsoft.Compute/disks/read",
     arm::bind<&M::list_group_disks>},
    {"Disks_Get", get, QM_GROUP QM_COMPUTE "/disks/{name}", kFirst, "Microsoft.Compute/disks/read",
     arm::bind<&M::get_disk>},
    {"Disks_CreateOrUpdate", put, QM_GROUP QM_COMPUTE "/disks/{name}", kFirst, "Microsoft.Compute/disks/write",
     arm::bind<&M::put_disk>,
     "createOption Import; sourceUri is the path of a raw or qcow2 file below one of the image directories. If it "
     "overlaps the file or directory of another disk or share, the caller needs "
     "`Microsoft.Compute/disks/beginGetAccess/action` or `Microsoft.Storage/storageAccounts/listKeys/action` there."},
    {"Disks_Delete", del, QM_GROUP QM_COMPUTE "/disks/{name}", kFirst, "Microsoft.Compute/disks/delete",
     arm::bind<&M::delete_disk>, "The image file is kept."},
    {"Snapshots_List", get, QM_SUBSCRIPTION QM_COMPUTE "/snapshots", kFirst, "Microsoft.Compute/snapshots/read",
     arm::bind<&arm::list_nothing>, "There are none."},
    {"Snapshots_ListByResourceGroup", get, QM_GROUP QM_COMPUTE "/snapshots", kFirst, "Microsoft.Compute/snapshots/read",
     arm::bind<&arm::list_nothing>, "There are none."},
    {"Snapshots_CreateOrUpdate", put, QM_GROUP QM_COMPUTE "/snapshots/{name}", kFirst,
     "Microsoft.Compute/snapshots/write", arm::not_offered,
     "disks are image files of the operator; a recovery point of a vault keeps the contents of one."},
    {"VirtualMachines_ListAll", get, QM_SUBSCRIPTION QM_COMPUTE "/virtualMachines", kFirst,
     "Microsoft.Compute/virtualMachines/read", arm::bind<&M::list_machines>},
    {"VirtualMachines_List", get, QM_GROUP QM_COMPUTE "/virtualMachines", kFirst,
     "Microsoft.Compute/virtualMachines/read", arm::bind<&M::list_group_machines>},
    {"VirtualMachines_Get", get, QM_GROUP QM_COMPUTE "/virtualMachines/{name}", kFirst,
     "Microsoft.Compute/virtualMachines/read", arm::bind<&M::get_machine>,
     "`$expand=instanceView`; the power state is unknown, since nothing runs here."},
    {"VirtualMachines_InstanceView", get, QM_GROUP QM_COMPUTE "/virtualMachines/{name}/instanceView", kFirst,
     "Microsoft.Compute/virtualMachines/instanceView/read", arm::bind<&M::get_instance_view>},
    {"VirtualMachines_CreateOrUpdate", put, QM_GROUP QM_COMPUTE "/virtualMachines/{name}", kFirst,
     "Microsoft.Compute/virtualMachines/write", arm::bind<&M::put_machine>,
     "Completes at once; the disks must exist. Profiles other than hardware and storage are ignored.",
     arm::Reach::scope, kMachineLinks},
    {"VirtualMachines_Delete", del, QM_GROUP QM_COMPUTE "/virtualMachines/{name}", kFirst,
     "Microsoft.Compute/virtualMachines/delete", arm::bind<&M::delete_machine>, "Its disks are kept."},
    {"VirtualMachines_Start", post, QM_GROUP QM_COMPUTE "/virtualMachines/{name}/start", kFirst,
     "Microsoft.Compute/virtualMachines/start/action", arm::not_offered, kNothingRuns},
    {"VirtualMachines_PowerOff", post, QM_GROUP QM_COMPUTE "/virtualMachines/{name}/powerOff", kFirst,
     "Microsoft.Compute/virtualMachines/powerOff/action", arm::not_offered, kNothingRuns},
};

// Newest first: az uses the first that is not a preview.
constexpr std::string_view kNewestFirst[] = {"2024-07-01", "2023-03-01", "2022-11-01", "2022-08-01", "2021-03-01",
                                             "2020-06-01", "2019-07-01", "2018-06-01", "2017-12-01", "2016-03-30"};
constexpr std::string_view kOldestFirst[] = {"2016-03-30", "2017-12-01", "2018-06-01", "2019-07-01", "2020-06-01",
                                             "2021-03-01", "2022-08-01", "2022-11-01", "2023-03-01", "2024-07-01"};
constexpr arm::ResourceType kTypes[] = {
    {"virtualMachines", kNewestFirst}, {"disks", kNewestFirst}, {"snapshots", kNewestFirst}};

}  // namespace

const arm::Provider kComputeProvider{"Microsoft.Compute", kOperations, kTypes, kOldestFirst};

}  // namespace quaymaster::compute
