#include "providers/network/networks.h"

#include <algorithm>

#include "arm/errors.h"
#include "arm/locations.h"
#include "base/encode.h"
#include "providers/network/errors.h"
#include "wire/json.h"

namespace quaymaster::network {
namespace {

constexpr std::size_t kLargestPage = 200;
constexpr std::size_t kAtOnce = 200;  // rows per transaction
constexpr std::string_view kType = "Microsoft.Network/virtualNetworks";

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE network_virtual_networks (
  lower_id TEXT PRIMARY KEY,
  subscription TEXT NOT NULL,
  lower_group TEXT NOT NULL,
  group_name TEXT NOT NULL,
  name TEXT NOT NULL,
  location TEXT NOT NULL,
  document TEXT NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
)",
};

#define QM_NETWORKS \
  "SELECT subscription, group_name, name, location, document, created, changed FROM network_virtual_networks "

auto add_to(std::vector<NetworkRecord>& into) {
  return [&into](const store::Row& row) -> Result<> {
    NetworkRecord record;
    record.subscription = row.text(0);
    record.group = row.text(1);
    record.name = row.text(2);
    record.location = row.text(3);
    TRY(record.document, wire::parse_stored<NetworkRecord::Document>(row.text(4)));
    record.created = row.time(5);
    record.changed = row.time(6);
    into.push_back(std::move(record));
    return ok();
  };
}

std::string id_of(const NetworkPath& path) {
  return arm::resource_id(path.subscription, path.group, kType, path.name);
}

Result<std::optional<NetworkRecord>> find_record(store::Reader& reader, std::string_view id) {
  std::vector<NetworkRecord> found;
  TRY(reader.each(QM_NETWORKS "WHERE lower_id = ?", add_to(found), to_lower(id)));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

/// In order of the lower-case id. An empty `group` means the whole subscription.
Result<std::vector<NetworkRecord>> find_records(store::Reader& reader, std::string_view subscription,
                                                std::string_view group, std::string_view after, std::size_t limit) {
  std::vector<NetworkRecord> found;
  TRY(reader.each(QM_NETWORKS "WHERE subscription = ? AND (? = '' OR lower_group = ?) AND lower_id > ? "
                              "ORDER BY lower_id LIMIT ?",
                  add_to(found), to_lower(subscription), to_lower(group), to_lower(group), after, limit));
  return found;
}

Result<bool> remove_record(store::Writer& writer, std::string_view id) {
  TRY(const auto rows, writer.change("DELETE FROM network_virtual_networks WHERE lower_id = ?", to_lower(id)));
  return rows > 0;
}

Result<> save(store::Writer& writer, const NetworkRecord& record) {
  TRY(remove_record(writer, record.id()));
  TRY(
      writer.change("INSERT INTO network_virtual_networks (lower_id, subscription, lower_group, group_name, name, "
                    "location, document, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    to_lower(record.id()), to_lower(record.subscription), to_lower(record.group), record.group,
                    record.name, record.location, wire::to_json(record.document), record.created, record.changed));
  return ok();
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Source: Azure's naming rules for virtual networks and subnets.
Result<> check_name(std::string_view name) {
  const bool fits =
      !name.empty() && name.size() <= 80 && is_letter_or_digit(name.front()) &&
      (is_letter_or_digit(name.back()) || name.back() == '_') &&
      std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
  return fits ? Result<>(ok()) : refuse(Errc::invalid, errors::kInvalidName, name);
}

Error wrong(std::string_view property, std::string_view why) {
  return refuse(Errc::invalid, errors::kInvalidRequest, fmt::format("The property '{}' {}", property, why))
      .at(std::string(property));
}

Result<NetworkRecord::Document> document_of(const VirtualNetwork& body) {
  NetworkRecord::Document document;
  if (!body.properties || !body.properties->space || body.properties->space->prefixes.empty()) {
    return wrong("properties.addressSpace.addressPrefixes", "is required: give one or more address ranges.");
  }
  document.prefixes = body.properties->space->prefixes;
  document.tags = body.tags.value_or(arm::Tags{});
  for (const auto& subnet : body.properties->subnets.value_or(std::vector<Subnet>{})) {
    TRY(check_name(subnet.name.value_or("")));
    if (!subnet.properties || !subnet.properties->prefix) {
      return wrong("properties.subnets.properties.addressPrefix", "is required.");
    }
    const auto is_taken = std::ranges::any_of(
        document.subnets, [&](const auto& other) { return equal_ignoring_case(other.name, *subnet.name); });
    if (is_taken) {
      return wrong("properties.subnets.name", "has two subnets with the same name.");
    }
    document.subnets.push_back({*subnet.name, *subnet.properties->prefix});
  }
  return document;
}

Subnet view_of(const NetworkRecord& network, const NetworkRecord::Range& range) {
  Subnet subnet;
  subnet.name = range.name;
  subnet.id = fmt::format("{}/subnets/{}", network.id(), range.name);
  subnet.type = "Microsoft.Network/virtualNetworks/subnets";
  subnet.properties = Subnet::Properties{range.prefix, "Succeeded"};
  return subnet;
}

VirtualNetwork view_of(const NetworkRecord& record) {
  VirtualNetwork network;
  network.name = record.name;
  network.id = record.id();
  network.type = kType;
  network.location = record.location;
  if (!record.document.tags.empty()) {
    network.tags = record.document.tags;
  }
  auto& properties = network.properties.emplace();
  properties.space = AddressSpace{record.document.prefixes};
  properties.subnets.emplace();
  for (const auto& range : record.document.subnets) {
    properties.subnets->push_back(view_of(record, range));
  }
  properties.state = "Succeeded";
  return network;
}

}  // namespace

store::Schema schema() {
  return {"network", kSteps};
}

std::string NetworkRecord::id() const {
  return arm::resource_id(subscription, group, kType, name);
}

Result<arm::Reply<VirtualNetwork>> Networks::put(arm::Context& context, const NetworkPath& path,
                                                 const VirtualNetwork& body) {
  TRY(check_name(path.name));
  const auto* location = body.location ? arm::find_location(*body.location) : nullptr;
  if (location == nullptr) {
    return wrong("location", "is missing or not a known region.");
  }
  TRY(auto document, document_of(body));
  arm::Reply<VirtualNetwork> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto group, context.groups.require_group(writer, path.subscription, path.group));
    TRY(const auto present, find_record(writer, id_of(path)));
    if (present && present->location != location->name) {
      return refuse(Errc::conflict, arm::kInvalidLocationChange, present->name, present->location, location->name);
    }
    NetworkRecord record = present.value_or(NetworkRecord{
        group.subscription, group.name, path.name, std::string(location->name), {}, context.now, context.now});
    record.document = document;
    record.changed = context.now;
    TRY(save(writer, record));
    reply.status = present ? 200 : 201;
    reply.body = view_of(record);
    return ok();
  }));
  return reply;
}

Result<NetworkRecord> Networks::find(arm::Context& context, const NetworkPath& path) {
  std::optional<NetworkRecord> found;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(found, find_record(reader, id_of(path)));
    return ok();
  }));
  return found ? Result<NetworkRecord>(*std::move(found))
               : refuse(Errc::not_found, arm::kResourceNotFound, fmt::format("{}/{}", kType, path.name), path.group);
}

Result<arm::Reply<VirtualNetwork>> Networks::get(arm::Context& context, const NetworkPath& path) {
  TRY(const auto record, find(context, path));
  return arm::Reply<VirtualNetwork>{200, view_of(record), {}};
}

Result<arm::Reply<>> Networks::remove(arm::Context& context, const NetworkPath& path) {
  arm::Reply<> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const bool was_there, remove_record(writer, id_of(path)));
    TRY(groups_.resource_removed(writer, id_of(path)));
    reply.status = was_there ? 200 : 204;
    return ok();
  }));
  return reply;
}

Result<arm::Page<VirtualNetwork>> Networks::page(arm::Context& context, std::string_view subscription,
                                                 std::string_view group) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  arm::Page<VirtualNetwork> page;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(auto records, find_records(reader, subscription, group, wanted.after, wanted.top + 1));
    if (records.size() > wanted.top) {
      records.resize(wanted.top);
      page.next_link = arm::next_link(context, to_lower(records.back().id()));
    }
    std::ranges::transform(records, std::back_inserter(page.value), [](const auto& record) { return view_of(record); });
    return ok();
  }));
  return page;
}

Result<arm::Reply<arm::Page<VirtualNetwork>>> Networks::list_all(arm::Context& context,
                                                                 const arm::SubscriptionPath& path) {
  TRY(auto found, page(context, path.subscription, {}));
  return arm::Reply<arm::Page<VirtualNetwork>>{200, std::move(found), {}};
}
Result<arm::Reply<arm::Page<VirtualNetwork>>> Networks::list_group(arm::Context& context, const arm::GroupPath& path) {
  TRY(auto found, page(context, path.subscription, path.group));
  return arm::Reply<arm::Page<VirtualNetwork>>{200, std::move(found), {}};
}

Result<arm::Reply<arm::Page<Subnet>>> Networks::list_subnets(arm::Context& context, const NetworkPath& path) {
  TRY(const auto record, find(context, path));
  arm::Reply<arm::Page<Subnet>> reply;
  for (const auto& range : record.document.subnets) {
    reply.body.value.push_back(view_of(record, range));
  }
  return reply;
}

Result<arm::Reply<Subnet>> Networks::get_subnet(arm::Context& context, const SubnetPath& path) {
  TRY(const auto record, find(context, {path.subscription, path.group, path.name}));
  for (const auto& range : record.document.subnets) {
    if (equal_ignoring_case(range.name, path.subnet)) {
      return arm::Reply<Subnet>{200, view_of(record, range), {}};
    }
  }
  return refuse(Errc::not_found, errors::kSubnetNotFound, path.subnet, record.name);
}

Result<> Networks::list(store::Reader& reader, std::string_view subscription, std::string_view group,
                        std::string_view after, std::size_t limit, std::vector<arm::GenericResource>& into) {
  TRY(const auto records, find_records(reader, subscription, group, after, limit));
  for (const auto& record : records) {
    const auto& tags = record.document.tags;
    into.push_back({record.id(), record.name, std::string(kType), record.location,
                    tags.empty() ? std::nullopt : std::optional(tags), record.created, record.changed});
  }
  return ok();
}

Result<> Networks::remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) {
  for (std::size_t gone = kAtOnce; gone > 0;) {
    TRY(database_.write([&](store::Writer& writer) -> Result<> {
      TRY(fence.check(writer));
      TRY(const auto records, find_records(writer, subscription, group, {}, kAtOnce));
      for (const auto& record : records) {
        TRY(remove_record(writer, record.id()));
      }
      gone = records.size();
      return ok();
    }));
  }
  return ok();
}

}  // namespace quaymaster::network
