#include "providers/compute/records.h"

#include "base/encode.h"
#include "wire/json.h"

namespace quaymaster::compute {
namespace {

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE compute_disks (
  lower_id TEXT PRIMARY KEY,
  subscription TEXT NOT NULL,
  lower_group TEXT NOT NULL,
  group_name TEXT NOT NULL,
  name TEXT NOT NULL,
  location TEXT NOT NULL,
  image TEXT NOT NULL,
  format TEXT NOT NULL,
  size INTEGER NOT NULL,
  os_type TEXT NOT NULL,
  tags TEXT NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
CREATE TABLE compute_machines (
  lower_id TEXT PRIMARY KEY,
  subscription TEXT NOT NULL,
  lower_group TEXT NOT NULL,
  group_name TEXT NOT NULL,
  name TEXT NOT NULL,
  location TEXT NOT NULL,
  vm_id TEXT NOT NULL,
  document TEXT NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
CREATE TABLE compute_attachments (
  disk TEXT PRIMARY KEY,
  machine TEXT NOT NULL
) STRICT;
CREATE INDEX compute_attachments_by_machine ON compute_attachments (machine);
)",
};

#define QM_DISKS                                                                                                \
  "SELECT subscription, group_name, name, location, image, format, size, os_type, tags, created, changed FROM " \
  "compute_disks "
#define QM_MACHINES \
  "SELECT subscription, group_name, name, location, vm_id, document, created, changed FROM compute_machines "

auto add_disks(std::vector<DiskRecord>& into) {
  return [&into](const store::Row& row) -> Result<> {
    DiskRecord disk;
    disk.subscription = row.text(0);
    disk.group = row.text(1);
    disk.name = row.text(2);
    disk.location = row.text(3);
    disk.image = std::string(row.text(4));
    disk.format = row.text(5);
    disk.size = static_cast<std::uint64_t>(row.integer(6));
    disk.os_type = wire::value_of<OsType>(row.text(7));
    TRY(disk.tags, wire::parse_stored<arm::Tags>(row.text(8)));
    disk.created = row.time(9);
    disk.changed = row.time(10);
    into.push_back(std::move(disk));
    return ok();
  };
}

auto add_machines(std::vector<MachineRecord>& into) {
  return [&into](const store::Row& row) -> Result<> {
    MachineRecord machine;
    machine.subscription = row.text(0);
    machine.group = row.text(1);
    machine.name = row.text(2);
    machine.location = row.text(3);
    machine.vm_id = row.text(4);
    TRY(machine.document, wire::parse_stored<MachineDocument>(row.text(5)));
    machine.created = row.time(6);
    machine.changed = row.time(7);
    into.push_back(std::move(machine));
    return ok();
  };
}

template <class Record>
std::optional<Record> only(std::vector<Record> found) {
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

}  // namespace

store::Schema schema() {
  return {"compute", kSteps};
}

std::string DiskRecord::id() const {
  return arm::resource_id(subscription, group, "Microsoft.Compute/disks", name);
}
std::string MachineRecord::id() const {
  return arm::resource_id(subscription, group, "Microsoft.Compute/virtualMachines", name);
}

namespace records {

Result<std::optional<DiskRecord>> disk(store::Reader& reader, std::string_view id) {
  std::vector<DiskRecord> found;
  TRY(reader.each(QM_DISKS "WHERE lower_id = ?", add_disks(found), to_lower(id)));
  return only(std::move(found));
}
Result<std::optional<MachineRecord>> machine(store::Reader& reader, std::string_view id) {
  std::vector<MachineRecord> found;
  TRY(reader.each(QM_MACHINES "WHERE lower_id = ?", add_machines(found), to_lower(id)));
  return only(std::move(found));
}

Result<std::vector<DiskRecord>> disks(store::Reader& reader, std::string_view subscription, std::string_view group,
                                      std::string_view after, std::size_t limit) {
  std::vector<DiskRecord> found;
  TRY(reader.each(QM_DISKS "WHERE subscription = ? AND (? = '' OR lower_group = ?) AND lower_id > ? "
                           "ORDER BY lower_id LIMIT ?",
                  add_disks(found), to_lower(subscription), to_lower(group), to_lower(group), after, limit));
  return found;
}
Result<std::vector<MachineRecord>> machines(store::Reader& reader, std::string_view subscription,
                                            std::string_view group, std::string_view after, std::size_t limit) {
  std::vector<MachineRecord> found;
  TRY(reader.each(QM_MACHINES "WHERE subscription = ? AND (? = '' OR lower_group = ?) AND lower_id > ? "
                              "ORDER BY lower_id LIMIT ?",
                  add_machines(found), to_lower(subscription), to_lower(group), to_lower(group), after, limit));
  return found;
}

Result<> each_image(store::Reader& reader, const std::function<void(const DiskRecord&)>& visit) {
  return reader.each("SELECT subscription, group_name, name, image FROM compute_disks ORDER BY lower_id",
                     [&](const store::Row& row) -> Result<> {
                       DiskRecord disk;
                       disk.subscription = row.text(0);
                       disk.group = row.text(1);
                       disk.name = row.text(2);
                       disk.image = std::string(row.text(3));
                       visit(disk);
                       return ok();
                     });
}

Result<> save(store::Writer& writer, const DiskRecord& disk) {
  const auto id = to_lower(disk.id());
  TRY(writer.change("DELETE FROM compute_disks WHERE lower_id = ?", id));
  TRY(writer.change(
      "INSERT INTO compute_disks (lower_id, subscription, lower_group, group_name, name, location, image, "
      "format, size, os_type, tags, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, to_lower(disk.subscription), to_lower(disk.group), disk.group, disk.name, disk.location, disk.image.string(),
      disk.format, disk.size, disk.os_type ? wire::text_of(*disk.os_type) : "", wire::to_json(disk.tags), disk.created,
      disk.changed));
  return ok();
}

Result<> save(store::Writer& writer, const MachineRecord& machine) {
  const auto id = to_lower(machine.id());
  TRY(remove_machine(writer, id));
  TRY(writer.change(
      "INSERT INTO compute_machines (lower_id, subscription, lower_group, group_name, name, location, "
      "vm_id, document, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, to_lower(machine.subscription), to_lower(machine.group), machine.group, machine.name, machine.location,
      machine.vm_id, wire::to_json(machine.document), machine.created, machine.changed));
  const auto attach = [&](const std::string& disk) -> Result<> {
    TRY(writer.change("INSERT INTO compute_attachments (disk, machine) VALUES (?, ?)", to_lower(disk), id));
    return ok();
  };
  TRY(attach(machine.document.os_disk));
  for (const auto& data : machine.document.data) {
    TRY(attach(data.disk));
  }
  return ok();
}

Result<bool> remove_disk(store::Writer& writer, std::string_view id) {
  TRY(const auto rows, writer.change("DELETE FROM compute_disks WHERE lower_id = ?", to_lower(id)));
  return rows > 0;
}
Result<bool> remove_machine(store::Writer& writer, std::string_view id) {
  TRY(writer.change("DELETE FROM compute_attachments WHERE machine = ?", to_lower(id)));
  TRY(const auto rows, writer.change("DELETE FROM compute_machines WHERE lower_id = ?", to_lower(id)));
  return rows > 0;
}

Result<std::string> holder(store::Reader& reader, std::string_view disk_id) {
  std::string machine;
  TRY(reader.first(
      "SELECT machine FROM compute_attachments WHERE disk = ?", [&](const store::Row& row) { machine = row.text(0); },
      to_lower(disk_id)));
  return machine;
}

}  // namespace records
}  // namespace quaymaster::compute
