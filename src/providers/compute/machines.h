#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arm/operation.h"
#include "arm/paging.h"
#include "arm/paths.h"
#include "arm/resource_groups.h"
#include "base/clock.h"
#include "base/files/disk.h"
#include "base/guid.h"
#include "ports/machines.h"
#include "providers/compute/image.h"
#include "providers/compute/models.h"
#include "store/database.h"

namespace quaymaster::compute {

/// Tables of disks and machines, for open_sqlite.
store::Schema schema();

/// A managed disk as stored.
struct DiskRecord {
  std::string subscription, group, name, location;
  Path image;
  std::string format;
  std::uint64_t size = 0;
  std::optional<OsType> os_type;
  arm::Tags tags;
  Time created, changed;
  std::string id() const;
};

/// A virtual machine as stored; its disks by id.
struct MachineDocument {
  struct Data {
    std::int64_t lun = 0;
    std::string disk;
    static constexpr auto wire() {
      return wire::fields({wire::field<&Data::lun>("lun"), wire::field<&Data::disk>("disk")});
    }
  };
  OsType os_type = OsType::linux_os;
  std::string size;
  std::string os_disk;
  std::vector<Data> data;
  arm::Tags tags;
  static constexpr auto wire() {
    using wire::field;
    using T = MachineDocument;
    return wire::fields({field<&T::os_type>("osType"), field<&T::size>("size"), field<&T::os_disk>("osDisk"),
                         field<&T::data>("data"), field<&T::tags>("tags")});
  }
};
struct MachineRecord {
  std::string subscription, group, name, location, vm_id;
  MachineDocument document;
  Time created, changed;
  std::string id() const;
};

/// Disks and virtual machines: records and the handlers of kComputeProvider's rows. Thread-safe.
class Machines final : public arm::Machines, public arm::ResourceOwner {
 public:
  /// `directories`: where images may be; `own`: the server's own data, which no image may be in.
  Machines(store::Database& database, arm::ResourceGroups& groups, Clock& clock, RandomSource& random,
           std::vector<Path> directories, std::vector<Path> own = {})
      : database_(database),
        groups_(groups),
        clock_(clock),
        random_(random),
        places_(std::move(directories), std::move(own)) {}

  Result<arm::Reply<DiskResource>> put_disk(arm::Context& context, const ResourcePath& path, const DiskResource& body);
  Result<arm::Reply<DiskResource>> get_disk(arm::Context& context, const ResourcePath& path);
  Result<arm::Reply<>> delete_disk(arm::Context& context, const ResourcePath& path);
  Result<arm::Reply<arm::Page<DiskResource>>> list_disks(arm::Context& context, const arm::SubscriptionPath& path);
  Result<arm::Reply<arm::Page<DiskResource>>> list_group_disks(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Reply<VmResource>> put_machine(arm::Context& context, const ResourcePath& path, const VmResource& body);
  Result<arm::Reply<VmResource>> get_machine(arm::Context& context, const ResourcePath& path);
  Result<arm::Reply<InstanceView>> get_instance_view(arm::Context& context, const ResourcePath& path);
  Result<arm::Reply<>> delete_machine(arm::Context& context, const ResourcePath& path);
  Result<arm::Reply<arm::Page<VmResource>>> list_machines(arm::Context& context, const arm::SubscriptionPath& path);
  Result<arm::Reply<arm::Page<VmResource>>> list_group_machines(arm::Context& context, const arm::GroupPath& path);

  // arm::Machines
  Result<arm::Machine> by_id(store::Reader& reader, std::string_view id) override;
  Result<std::vector<arm::Machine>> in_subscription(store::Reader& reader, std::string_view subscription,
                                                    std::string_view after, std::size_t limit) override;
  const std::vector<Path>& image_directories() const override { return places_.allowed(); }
  Result<Path> allowed_image(const Path& path) const override;
  Result<OpenDirectory> open_image_directory(const Path& image, Missing missing) const override;
  Result<arm::MachineDisk> add_disk(store::Writer& writer, const arm::NewMachineDisk& disk) override;
  Result<arm::Machine> add_machine(store::Writer& writer, arm::Machine machine) override;
  Result<> swap_disks(store::Writer& writer, std::string_view machine_id,
                      const std::vector<arm::MachineDisk>& disks) override;

  // arm::ResourceOwner
  Result<> list(store::Reader& reader, std::string_view subscription, std::string_view group, std::string_view after,
                std::size_t limit, std::vector<arm::GenericResource>& into) override;
  Result<> may_remove_group(store::Reader& reader, std::string_view subscription, std::string_view group) override;
  Result<> remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) override;
  Result<> server_paths(store::Reader& reader, std::vector<arm::ServerPath>& into) override;

 private:
  Result<Image> look_at(const Path& image) const;
  Result<arm::Machine> told(store::Reader& reader, const MachineRecord& record);
  Result<DiskResource> answer(store::Reader& reader, const DiskRecord& disk);
  Result<VmResource> answer(store::Reader& reader, const MachineRecord& machine);
  Result<MachineDocument> document_of(store::Reader& reader, const VmResource& body);
  Result<arm::Page<DiskResource>> disk_page(arm::Context& context, std::string_view subscription,
                                            std::string_view group);
  Result<arm::Page<VmResource>> machine_page(arm::Context& context, std::string_view subscription,
                                             std::string_view group);

  store::Database& database_;
  arm::ResourceGroups& groups_;
  Clock& clock_;
  RandomSource& random_;
  const ConfinedPlaces places_;
};

/// The operation table, for the face: `arm::Registration(kComputeProvider, machines)`.
extern const arm::Provider kComputeProvider;

}  // namespace quaymaster::compute
