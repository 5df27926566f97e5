#include "arm/resource_groups.h"

#include <algorithm>

#include "arm/errors.h"
#include "base/encode.h"
#include "wire/json.h"

namespace quaymaster::arm {
namespace {

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE arm_subscriptions (
  id TEXT PRIMARY KEY,
  display_name TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE TABLE arm_groups (
  subscription TEXT NOT NULL,
  lower_name TEXT NOT NULL,
  name TEXT NOT NULL,
  location TEXT NOT NULL,
  tags TEXT NOT NULL,
  deleting INTEGER NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (subscription, lower_name)
) STRICT;
)",
};

Result<Group> group_of(const store::Row& row) {
  TRY(auto tags, wire::parse_stored<Tags>(row.text(3)));
  return Group{std::string(row.text(0)),
               std::string(row.text(1)),
               std::string(row.text(2)),
               std::move(tags),
               row.integer(4) != 0,
               row.time(5),
               row.time(6)};
}

}  // namespace

store::Schema schema() {
  return {"arm", kSteps};
}

ResourceGroups::~ResourceGroups() = default;

Result<std::unique_ptr<ResourceGroups>> ResourceGroups::open(store::Database& database, Clock& clock,
                                                             RandomSource& random, std::string tenant,
                                                             ResourceGroupsOptions options) {
  if (!options.subscription.empty() && !parse_guid(options.subscription)) {
    return invalid("the subscription must be a GUID");
  }
  const auto first = options.subscription.empty() ? random.guid().text() : to_lower(options.subscription);
  std::unique_ptr<ResourceGroups> groups(new ResourceGroups(std::move(tenant)));
  const auto add = [&](const store::Row& row) -> Result<> {
    groups->subscriptions_.push_back({std::string(row.text(0)), std::string(row.text(1))});
    return ok();
  };
  static constexpr const char* kAll = "SELECT id, display_name FROM arm_subscriptions ORDER BY created, id";
  TRY(database.read([&](store::Reader& reader) { return reader.each(kAll, add); }));
  if (groups->subscriptions_.empty()) {
    TRY(database.write([&](store::Writer& writer) -> Result<> {
      TRY(
          writer.change("INSERT INTO arm_subscriptions (id, display_name, created) SELECT ?, ?, ? "
                        "WHERE NOT EXISTS (SELECT 1 FROM arm_subscriptions)",
                        first, options.display_name, clock.now()));
      groups->subscriptions_.clear();
      return writer.each(kAll, add);
    }));
  }
  return groups;
}

Result<Subscription> ResourceGroups::subscription(std::string_view id) const {
  const auto found =
      std::ranges::find_if(subscriptions_, [&](const Subscription& one) { return equal_ignoring_case(one.id, id); });
  if (found == subscriptions_.end()) {
    return refuse(Errc::not_found, kSubscriptionNotFound, id);
  }
  return *found;
}

Result<Group> ResourceGroups::group(store::Reader& reader, std::string_view subscription, std::string_view group) {
  std::optional<Group> found;
  TRY(reader.each(
      "SELECT subscription, name, location, tags, deleting, created, changed FROM arm_groups "
      "WHERE subscription = ? AND lower_name = ?",
      [&](const store::Row& row) -> Result<> {
        TRY(found, group_of(row));
        return ok();
      },
      to_lower(subscription), to_lower(group)));
  if (!found) {
    return refuse(Errc::not_found, kResourceGroupNotFound, group);
  }
  return *std::move(found);
}

Result<Group> ResourceGroups::require_group(store::Reader& reader, std::string_view subscription,
                                            std::string_view group) {
  TRY(auto found, this->group(reader, subscription, group));
  if (found.deleting) {
    return refuse(Errc::conflict, kResourceGroupBeingDeleted, found.name);
  }
  return found;
}

Result<std::vector<Group>> ResourceGroups::groups(store::Reader& reader, std::string_view subscription,
                                                  std::string_view after, std::size_t limit) {
  std::vector<Group> found;
  TRY(reader.each(
      "SELECT subscription, name, location, tags, deleting, created, changed FROM arm_groups "
      "WHERE subscription = ? AND lower_name > ? ORDER BY lower_name LIMIT ?",
      [&](const store::Row& row) -> Result<> {
        TRY(auto one, group_of(row));
        found.push_back(std::move(one));
        return ok();
      },
      to_lower(subscription), after, limit));
  return found;
}

Result<bool> ResourceGroups::put_group(store::Writer& writer, const Group& group) {
  const auto subscription = to_lower(group.subscription);
  const auto lower_name = to_lower(group.name);
  const auto tags = wire::to_json(group.tags);
  TRY(const auto inserted,
      writer.change(
          "INSERT INTO arm_groups (subscription, lower_name, name, location, tags, deleting, created, changed) "
          "VALUES (?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (subscription, lower_name) DO NOTHING",
          subscription, lower_name, group.name, group.location, tags, group.created, group.changed));
  if (inserted > 0) {
    return true;
  }
  TRY(const auto present, require_group(writer, subscription, lower_name));
  if (present.location != group.location) {
    return refuse(Errc::conflict, kInvalidResourceGroupLocation, group.location, present.location);
  }
  TRY(writer.change("UPDATE arm_groups SET tags = ?, changed = ? WHERE subscription = ? AND lower_name = ?", tags,
                    group.changed, subscription, lower_name));
  return false;
}

Result<> ResourceGroups::mark_deleting(store::Writer& writer, std::string_view subscription, std::string_view group) {
  TRY(const auto rows, writer.change("UPDATE arm_groups SET deleting = 1 WHERE subscription = ? AND lower_name = ?",
                                     to_lower(subscription), to_lower(group)));
  if (rows == 0) {
    return refuse(Errc::not_found, kResourceGroupNotFound, group);
  }
  return ok();
}

Result<> ResourceGroups::unmark_deleting(store::Writer& writer, std::string_view subscription, std::string_view group) {
  TRY(writer.change("UPDATE arm_groups SET deleting = 0 WHERE subscription = ? AND lower_name = ?",
                    to_lower(subscription), to_lower(group)));
  return ok();
}

Result<std::vector<Group>> ResourceGroups::deleting_groups(store::Reader& reader) {
  std::vector<Group> found;
  TRY(reader.each(
      "SELECT subscription, name, location, tags, deleting, created, changed FROM arm_groups WHERE deleting <> 0",
      [&](const store::Row& row) -> Result<> {
        TRY(auto one, group_of(row));
        found.push_back(std::move(one));
        return ok();
      }));
  return found;
}

Result<> ResourceGroups::remove_group(store::Writer& writer, std::string_view subscription, std::string_view group) {
  TRY(writer.change("DELETE FROM arm_groups WHERE subscription = ? AND lower_name = ?", to_lower(subscription),
                    to_lower(group)));
  return resource_removed(writer, fmt::format("/subscriptions/{}/resourceGroups/{}", subscription, group));
}

Result<> ResourceGroups::resource_removed(store::Writer& writer, std::string_view id) {
  return access_ == nullptr ? Result<>(ok()) : access_->remove_within(writer, id);
}

std::string resource_id(std::string_view subscription, std::string_view group, std::string_view type,
                        std::string_view name) {
  return fmt::format("/subscriptions/{}/resourceGroups/{}/providers/{}/{}", subscription, group, type, name);
}

Result<std::vector<std::string_view>> words_of_id(std::string_view id) {
  std::vector<std::string_view> parts;
  if (!id.starts_with('/')) {
    return invalid("a resource id begins with a slash");
  }
  for (auto rest = id.substr(1); !rest.empty();) {
    const auto part = rest.substr(0, rest.find('/'));
    if (part.empty() || parts.size() > 32) {
      return invalid("not a resource id");
    }
    parts.push_back(part);
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return parts;
}

Result<ResourceId> parse_resource_id(std::string_view id) {
  TRY(const auto parts, words_of_id(id));
  const bool whole = parts.size() >= 8 && parts.size() % 2 == 0 && equal_ignoring_case(parts[0], "subscriptions") &&
                     equal_ignoring_case(parts[2], "resourceGroups") && equal_ignoring_case(parts[4], "providers");
  if (!whole) {
    return invalid("not a resource id of the form /subscriptions/…/resourceGroups/…/providers/…");
  }
  ResourceId parsed{std::string(parts[1]), std::string(parts[3]), std::string(parts[5]), {}};
  for (std::size_t i = 6; i < parts.size(); i += 2) {
    parsed.type += fmt::format("/{}", parts[i]);
    parsed.name += fmt::format("{}{}", parsed.name.empty() ? "" : "/", parts[i + 1]);
  }
  return parsed;
}

Result<GroupId> parse_group_id(std::string_view id) {
  TRY(const auto parts, words_of_id(id));
  const bool whole = parts.size() == 4 && equal_ignoring_case(parts[0], "subscriptions") &&
                     equal_ignoring_case(parts[2], "resourceGroups");
  if (!whole) {
    return invalid("not the id of a resource group, /subscriptions/…/resourceGroups/…");
  }
  return GroupId{std::string(parts[1]), std::string(parts[3])};
}

std::string_view subscription_of(std::string_view id) {
  constexpr std::string_view kBefore = "/subscriptions/";
  const bool is_in_one = equal_ignoring_case(id.substr(0, kBefore.size()), kBefore);
  return is_in_one ? id.substr(kBefore.size(), id.find('/', kBefore.size()) - kBefore.size()) : std::string_view();
}

std::string_view name_in_id(std::string_view id, std::string_view type) {
  const auto words = words_of_id(id);
  for (std::size_t i = 0; words && i + 1 < words.value().size(); ++i) {
    if (equal_ignoring_case(words.value()[i], type)) {
      return words.value()[i + 1];
    }
  }
  return {};
}

}  // namespace quaymaster::arm
