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

/// A file or directory of the server that backs a resource.
struct ServerPath {
  Path path;  // absolute, without symbolic links
  std::string resource;
  std::string_view action;  // a caller with this action at the resource may read what is at the path
};

/// The interface of a provider that owns resources to the directory. Registered once, before the server starts.
class ResourceOwner {
 public:
  virtual ~ResourceOwner() = default;

  /// Adds up to `limit` resources of the subscription (of one group unless `group` is empty) whose lower-case id is
  /// greater than `after`, in the order of those lower-case ids.
  virtual Result<> list(store::Reader& reader, std::string_view subscription, std::string_view group,
                        std::string_view after, std::size_t limit, std::vector<GenericResource>& into) = 0;

  /// Whether `remove_group` could remove everything the group has now. Every owner is asked before anything is removed,
  /// so that a deletion that cannot complete removes nothing. Errc::conflict, published: what blocks the deletion and
  /// what to do about it.
  virtual Result<> may_remove_group(store::Reader& reader, std::string_view subscription, std::string_view group) {
    (void)reader, (void)subscription, (void)group;
    return ok();
  }

  /// Removes every resource of a group that is being deleted, a few hundred rows per transaction; durable on return. It
  /// is repeated after a crash, so resources that are already deleted are not an error. Runs on a job's thread, outside
  /// any transaction; every change is made under `fence`.
  virtual Result<> remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) = 0;

  /// Adds the server's paths that back its resources, of all groups.
  virtual Result<> server_paths(store::Reader& reader, std::vector<ServerPath>& into) {
    (void)reader, (void)into;
    return ok();
  }
};

struct ResourceGroupsOptions {
  /// GUID of the first subscription; empty: one is generated. Used at the first start only.
  std::string subscription;
  std::string display_name = "Quaymaster";
};

/// Subscriptions and resource groups, which contain every provider's resources. Thread-safe.
class ResourceGroups {
 public:
  /// Creates the first subscription when there is none. Errc::invalid: the option is not a GUID.
  static Result<std::unique_ptr<ResourceGroups>> open(store::Database& database, Clock& clock, RandomSource& random,
                                                      std::string tenant, ResourceGroupsOptions options = {});
  ~ResourceGroups();

  const std::string& tenant() const { return tenant_; }

  /// All of them, in the order of creation; answered from memory.
  const std::vector<Subscription>& subscriptions() const { return subscriptions_; }
  /// Errc::not_found, published as SubscriptionNotFound. Any case.
  Result<Subscription> subscription(std::string_view id) const;

  // Groups. `subscription` in any case, `group` in any case.
  /// Errc::not_found, published as ResourceGroupNotFound.
  Result<Group> group(store::Reader& reader, std::string_view subscription, std::string_view group);
  /// For every transaction that creates or changes a resource: ensures that at the commit the group exists and is not
  /// being deleted. Errors as `group`, and Errc::conflict, published as ResourceGroupBeingDeleted.
  Result<Group> require_group(store::Reader& reader, std::string_view subscription, std::string_view group);

  /// Up to `limit` groups of the subscription whose lower-case name is greater than `after`, in that order.
  Result<std::vector<Group>> groups(store::Reader& reader, std::string_view subscription, std::string_view after,
                                    std::size_t limit);
  /// Creates the group or replaces its tags. True: it is new. The location of an existing group must not change:
  /// Errc::conflict, published as InvalidResourceGroupLocation; being deleted: as require_group.
  Result<bool> put_group(store::Writer& writer, const Group& group);
  /// Marks the group as being deleted: nothing new can be created in it. Errc::not_found as `group`; marking twice is
  /// not an error.
  Result<> mark_deleting(store::Writer& writer, std::string_view subscription, std::string_view group);
  /// Removes the mark: the deletion was not carried out.
  Result<> unmark_deleting(store::Writer& writer, std::string_view subscription, std::string_view group);
  /// Also removes every role assignment at it or below it.
  Result<> remove_group(store::Writer& writer, std::string_view subscription, std::string_view group);
  /// All marked groups, of all subscriptions.
  Result<std::vector<Group>> deleting_groups(store::Reader& reader);

  /// For every transaction that removes a resource, by its id: also removes the role assignments at it and below.
  Result<> resource_removed(store::Writer& writer, std::string_view id);
  /// The object that does so. Set before the first resource is removed.
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

/// A parsed resource id: /subscriptions/{s}/resourceGroups/{g}/providers/{ns}/{type}/{name}[/{type}/{name}…].
struct ResourceId {
  std::string subscription;
  std::string group;
  std::string type;  // "Microsoft.Storage/storageAccounts", nested types joined by "/"
  std::string name;  // nested names joined by "/"
};
/// Fixed words compare without case. Errc::invalid: any other form.
Result<ResourceId> parse_resource_id(std::string_view id);

/// Parses "/subscriptions/{s}/resourceGroups/{g}", fixed words in any case. Errc::invalid: any other form.
struct GroupId {
  std::string subscription, group;
};
Result<GroupId> parse_group_id(std::string_view id);

/// The words between the slashes of an id or of a longer path; none is empty. Errc::invalid: it does not begin with a
/// slash, has an empty word before its end, or more than 32 words.
Result<std::vector<std::string_view>> words_of_id(std::string_view id);
/// "s" of "/subscriptions/s/…"; empty: it is not in a subscription.
std::string_view subscription_of(std::string_view id);
/// The word after the fixed word `type`, which compares without case: "vm" for "virtualMachines". Empty: there is none.
std::string_view name_in_id(std::string_view id, std::string_view type);

}  // namespace quaymaster::arm
