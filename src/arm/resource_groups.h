#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/guid.h"
#include "base/result.h"
#include "identity/principals/access.h"
#include "store/database.h"
#include "wire/field.h"

namespace quaymaster::arm {

/// Tables of this folder, for open_sqlite: subscriptions and resource groups.
store::Schema schema();

struct Subscription {
  std::string id;  // GUID in lower case
  std::string display_name;
};

using Tags = std::map<std::string, std::string>;

/// A resource group. Names compare without case and keep the case they were created with.
struct Group {
  std::string subscription;  // as Subscription::id
  std::string name;
  std::string location;  // short form, "westeurope"
  Tags tags;
  bool deleting = false;
  Time created;
  Time changed;
};

/// A resource as the listing across providers shows it.
struct GenericResource {
  std::string id;  // in the case it was created with
  std::string name;
  std::string type;  // "Microsoft.Storage/storageAccounts"
  std::string location;
  std::optional<Tags> tags;
  Time created;
  Time changed;
};

/// A file or directory of the server that a resource stands for.
struct ServerPath {
  Path path;  // absolute, without links
  std::string resource;
  std::string_view action;  // whoever is allowed this at the resource may read what lies at the path
};

/// What a provider that keeps resources tells the directory about them. Registered once, before the server starts.
class ResourceOwner {
 public:
  virtual ~ResourceOwner() = default;

  /// Adds up to `limit` resources of the subscription (of one group unless `group` is empty) whose id in lower case is
  /// greater than `after`, in the order of those lower-case ids.
  virtual Result<> list(store::Reader& reader, std::string_view subscription, std::string_view group,
                        std::string_view after, std::size_t limit, std::vector<GenericResource>& into) = 0;

  /// Whether `remove_group` could remove everything of the group as it is now. Asked of every owner before anything is
  /// removed, so that a deletion that cannot end removes nothing. Errc::conflict, published: what stands in the way
  /// and what to do about it.
  virtual Result<> may_remove_group(store::Reader& reader, std::string_view subscription, std::string_view group) {
    (void)reader, (void)subscription, (void)group;
    return ok();
  }

  /// Removes every resource of a group that is being deleted, some hundred rows in a transaction; durable on return.
  /// Repeated after a crash, so what is gone already is no error. Runs on a job's thread, outside any transaction.
  virtual Result<> remove_group(std::string_view subscription, std::string_view group) = 0;

  /// Adds the paths of the server that its resources, of all groups, stand for.
  virtual Result<> server_paths(store::Reader& reader, std::vector<ServerPath>& into) {
    (void)reader, (void)into;
    return ok();
  }
};

struct ResourceGroupsOptions {
  /// GUID of the first subscription; empty: one is made. Used at the first start only.
  std::string subscription;
  std::string display_name = "Quaymaster";
};

/// Subscriptions and resource groups: what every provider's resources live in. Thread-safe.
class ResourceGroups {
 public:
  /// Makes the first subscription when there is none. Errc::invalid: the option is no GUID.
  static Result<std::unique_ptr<ResourceGroups>> open(store::Database& database, Clock& clock, RandomSource& random,
                                                      std::string tenant, ResourceGroupsOptions options = {});
  ~ResourceGroups();

  const std::string& tenant() const { return tenant_; }

  /// All of them, in the order they were made; answered from memory.
  const std::vector<Subscription>& subscriptions() const { return subscriptions_; }
  /// Errc::not_found, published as SubscriptionNotFound. Any case.
  Result<Subscription> subscription(std::string_view id) const;

  // Groups. `subscription` in any case, `group` in any case.
  /// Errc::not_found, published as ResourceGroupNotFound.
  Result<Group> group(store::Reader& reader, std::string_view subscription, std::string_view group);
  /// For every transaction that creates or changes a resource: the group is there at the commit and is not being
  /// deleted. As `group`, and Errc::conflict, published as ResourceGroupBeingDeleted.
  Result<Group> require_group(store::Reader& reader, std::string_view subscription, std::string_view group);

  /// Up to `limit` groups of the subscription whose lower-case name is greater than `after`, in that order.
  Result<std::vector<Group>> groups(store::Reader& reader, std::string_view subscription, std::string_view after,
                                    std::size_t limit);
  /// Creates the group or replaces its tags. True: it is new. The location of a group that exists must be its own:
  /// Errc::conflict, published as InvalidResourceGroupLocation; being deleted: as require_group.
  Result<bool> put_group(store::Writer& writer, const Group& group);
  /// From here on nothing new gets into the group. Errc::not_found as `group`; marking twice is no error.
  Result<> mark_deleting(store::Writer& writer, std::string_view subscription, std::string_view group);
  /// Takes the mark back: the deletion did not come about.
  Result<> unmark_deleting(store::Writer& writer, std::string_view subscription, std::string_view group);
  /// With every role that was given at it or below it.
  Result<> remove_group(store::Writer& writer, std::string_view subscription, std::string_view group);
  /// Every group that is marked, of all subscriptions.
  Result<std::vector<Group>> deleting_groups(store::Reader& reader);

  /// For every transaction that removes a resource, by its id: what others were given at it and below goes with it.
  Result<> resource_removed(store::Writer& writer, std::string_view id);
  /// Where it was given. Before the first resource is removed.
  void remove_roles_from(identity::Access& access) { access_ = &access; }

  void add_owner(ResourceOwner& owner) { owners_.push_back(&owner); }
  const std::vector<ResourceOwner*>& owners() const { return owners_; }

 private:
  explicit ResourceGroups(std::string tenant) : tenant_(std::move(tenant)) {}

  std::string tenant_;
  std::vector<Subscription> subscriptions_;
  std::vector<ResourceOwner*> owners_;
  identity::Access* access_ = nullptr;
};

/// "/subscriptions/{s}/resourceGroups/{g}/providers/{type}/{name}".
std::string resource_id(std::string_view subscription, std::string_view group, std::string_view type,
                        std::string_view name);

/// A resource id taken apart: /subscriptions/{s}/resourceGroups/{g}/providers/{ns}/{type}/{name}[/{type}/{name}…].
struct ResourceId {
  std::string subscription;
  std::string group;
  std::string type;  // "Microsoft.Storage/storageAccounts", nested types joined by "/"
  std::string name;  // nested names joined by "/"
};
/// Fixed words compare without case. Errc::invalid: of any other form.
Result<ResourceId> parse_resource_id(std::string_view id);

/// "/subscriptions/{s}/resourceGroups/{g}" taken apart, fixed words in any case. Errc::invalid: of any other form.
struct GroupId {
  std::string subscription, group;
};
Result<GroupId> parse_group_id(std::string_view id);

}  // namespace quaymaster::arm
