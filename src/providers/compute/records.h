#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/compute/machines.h"

// The rows of disks and machines; ids and groups are compared in lower case.
namespace quaymaster::compute::records {

Result<std::optional<DiskRecord>> disk(store::Reader& reader, std::string_view id);
Result<std::optional<MachineRecord>> machine(store::Reader& reader, std::string_view id);
/// For every disk: only its id and its image.
Result<> each_image(store::Reader& reader, const std::function<void(const DiskRecord&)>& visit);
/// Disks or machines in order of the lower-case id, after `after`. An empty `group` means the whole subscription.
Result<std::vector<DiskRecord>> disks(store::Reader& reader, std::string_view subscription, std::string_view group,
                                      std::string_view after, std::size_t limit);
Result<std::vector<MachineRecord>> machines(store::Reader& reader, std::string_view subscription,
                                            std::string_view group, std::string_view after, std::size_t limit);
/// Insert or replace.
Result<> save(store::Writer& writer, const DiskRecord& disk);
/// The same, including which disks the machine holds.
Result<> save(store::Writer& writer, const MachineRecord& machine);
Result<bool> remove_disk(store::Writer& writer, std::string_view id);
Result<bool> remove_machine(store::Writer& writer, std::string_view id);
/// The id of the machine that a disk is attached to; empty: none.
Result<std::string> holder(store::Reader& reader, std::string_view disk_id);

}  // namespace quaymaster::compute::records
