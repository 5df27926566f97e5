#include <fmt/format.h>

#include <algorithm>

#include "arm/errors.h"
#include "arm/locations.h"
#include "base/encode.h"
#include "providers/resources/errors.h"
#include "providers/resources/filters.h"
#include "providers/resources/resources.h"

namespace quaymaster::resources {
namespace {

constexpr std::size_t kLargestPage = 200;
/// How many records one page may read if few of them match the filter: the page then ends early with a link.
constexpr std::size_t kMostExamined = 5000;

bool is_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 90 && !name.ends_with('.') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '(' || c == ')' || static_cast<unsigned char>(c) >= 0x80;  // letters of any script
  });
}

GroupAnswer answer_of(const arm::Group& group) {
  GroupAnswer answer;
  answer.id = fmt::format("/subscriptions/{}/resourceGroups/{}", group.subscription, group.name);
  answer.name = group.name;
  answer.location = group.location;
  if (!group.tags.empty()) {
    answer.tags = group.tags;
  }
  answer.properties.state = group.deleting ? "Deleting" : "Succeeded";
  return answer;
}

SubscriptionAnswer answer_of(const arm::Subscription& subscription, std::string_view tenant) {
  SubscriptionAnswer answer;
  answer.id = fmt::format("/subscriptions/{}", subscription.id);
  answer.subscription = subscription.id;
  answer.tenant = tenant;
  answer.display_name = subscription.display_name;
  return answer;
}

}  // namespace

Resources::Resources(store::Database& database, arm::ResourceGroups& groups, jobs::Engine& engine,
                     std::vector<const arm::Provider*> providers)
    : database_(database), groups_(groups), engine_(engine), providers_(std::move(providers)) {
  engine_.add(deletion());
}

Result<arm::Reply<arm::Page<TenantAnswer>>> Resources::list_tenants(arm::Context&) {
  TenantAnswer tenant;
  tenant.id = fmt::format("/tenants/{}", groups_.tenant());
  tenant.tenant = groups_.tenant();
  tenant.display_name = "Quaymaster";
  return arm::Reply<arm::Page<TenantAnswer>>{200, {{tenant}, {}}};
}

Result<arm::Reply<arm::Page<SubscriptionAnswer>>> Resources::list_subscriptions(arm::Context& context) {
  arm::Page<SubscriptionAnswer> page;
  for (const auto& subscription : groups_.subscriptions()) {
    auto answer = answer_of(subscription, groups_.tenant());
    TRY(const bool visible,
        context.issuer.allowed(context.principal, "Microsoft.Resources/subscriptions/read", answer.id));
    TRY(const bool inside, context.issuer.works_below(context.principal, answer.id));
    if (visible || inside) {
      page.value.push_back(std::move(answer));
    }
  }
  return arm::Reply<arm::Page<SubscriptionAnswer>>{200, std::move(page)};
}

Result<arm::Reply<SubscriptionAnswer>> Resources::get_subscription(arm::Context&, const arm::SubscriptionPath& path) {
  TRY(const auto subscription, groups_.subscription(path.subscription));
  return arm::Reply<SubscriptionAnswer>{200, answer_of(subscription, groups_.tenant())};
}

Result<arm::Reply<arm::Page<LocationAnswer>>> Resources::list_locations(arm::Context&,
                                                                        const arm::SubscriptionPath& path) {
  TRY(const auto subscription, groups_.subscription(path.subscription));
  arm::Page<LocationAnswer> page;
  for (const auto& location : arm::locations()) {
    LocationAnswer answer;
    answer.id = fmt::format("/subscriptions/{}/locations/{}", subscription.id, location.name);
    answer.name = location.name;
    answer.display_name = location.display_name;
    answer.regional_display_name = location.display_name;
    page.value.push_back(std::move(answer));
  }
  return arm::Reply<arm::Page<LocationAnswer>>{200, std::move(page)};
}

Result<arm::Reply<arm::Page<GroupAnswer>>> Resources::list_groups(arm::Context& context,
                                                                  const arm::SubscriptionPath& path) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  TRY(const auto filter, filter_of(context));
  const std::size_t batch = filter ? kMostExamined : wanted.top;
  std::vector<arm::Group> groups;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(groups, groups_.groups(reader, path.subscription, wanted.after, batch + 1));
    return ok();
  }));
  arm::Page<GroupAnswer> page;
  std::string last;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (page.value.size() == wanted.top || i == batch) {
      page.next_link = arm::next_link(context, last);
      break;
    }
    last = to_lower(groups[i].name);
    bool fits = true;
    if (filter) {
      TRY(fits, holds(*filter, groups[i]));
    }
    if (fits) {
      page.value.push_back(answer_of(groups[i]));
    }
  }
  return arm::Reply<arm::Page<GroupAnswer>>{200, std::move(page)};
}

Result<arm::Group> Resources::look_up(arm::Context& context, const arm::GroupPath& path) {
  std::optional<arm::Group> group;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(group, groups_.group(reader, path.subscription, path.group));
    return ok();
  }));
  return *std::move(group);
}

Result<arm::Reply<GroupAnswer>> Resources::get_group(arm::Context& context, const arm::GroupPath& path) {
  TRY(const auto group, look_up(context, path));
  return arm::Reply<GroupAnswer>{200, answer_of(group)};
}

Result<arm::Reply<>> Resources::check_group(arm::Context& context, const arm::GroupPath& path) {
  TRY(look_up(context, path));
  return arm::Reply<>{204};
}

Result<arm::Reply<GroupAnswer>> Resources::put_group(arm::Context& context, const arm::GroupPath& path,
                                                     const PutGroup& body) {
  if (!is_group_name(path.group)) {
    return refuse(Errc::invalid, kInvalidGroupName, path.group).at("resourceGroupName");
  }
  const auto* location = arm::find_location(body.location);
  if (location == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& one : arm::locations()) {
      names.push_back(one.name);
    }
    return refuse(Errc::invalid, arm::kLocationNotAvailable, body.location, fmt::format("{}", fmt::join(names, ",")))
        .at("location");
  }
  TRY(const auto subscription, groups_.subscription(path.subscription));
  arm::Group group;
  group.subscription = subscription.id;
  group.name = path.group;
  group.location = location->name;
  group.tags = body.tags.value_or(arm::Tags{});
  group.created = context.now;
  group.changed = context.now;
  bool is_new = false;
  std::optional<arm::Group> stored;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(is_new, groups_.put_group(writer, group));
    TRY(stored, groups_.group(writer, group.subscription, group.name));
    return ok();
  }));
  return arm::Reply<GroupAnswer>{is_new ? 201 : 200, answer_of(*stored)};
}

Result<arm::Reply<GroupAnswer>> Resources::patch_group(arm::Context& context, const arm::GroupPath& path,
                                                       const PatchGroup& body) {
  std::optional<arm::Group> group;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(group, groups_.require_group(writer, path.subscription, path.group));
    group->tags = body.tags.value_or(group->tags);
    group->changed = context.now;
    TRY(groups_.put_group(writer, *group));
    return ok();
  }));
  return arm::Reply<GroupAnswer>{200, answer_of(*group)};
}

ProviderAnswer Resources::describe(const arm::Provider& provider, std::string_view prefix, bool in_subscription) const {
  ProviderAnswer answer;
  answer.id = fmt::format("{}/providers/{}", prefix, provider.name);
  answer.name = provider.name;
  if (in_subscription) {
    answer.state = "Registered";
  }
  for (const auto& type : provider.types) {
    ProviderType one;
    one.name = type.name;
    one.versions.assign(type.versions.begin(), type.versions.end());
    for (const auto& location : arm::locations()) {
      one.locations.emplace_back(location.display_name);
    }
    answer.types.push_back(std::move(one));
  }
  return answer;
}

Result<ProviderAnswer> Resources::find_provider(std::string_view name, std::string_view prefix,
                                                bool in_subscription) const {
  const auto found = std::ranges::find_if(
      providers_, [&](const arm::Provider* provider) { return equal_ignoring_case(provider->name, name); });
  if (found == providers_.end()) {
    return refuse(Errc::not_found, arm::kInvalidResourceNamespace, name);
  }
  return describe(**found, prefix, in_subscription);
}

Result<arm::Reply<arm::Page<ProviderAnswer>>> Resources::list_providers(arm::Context&,
                                                                        const arm::SubscriptionPath& path) {
  TRY(const auto subscription, groups_.subscription(path.subscription));
  arm::Page<ProviderAnswer> page;
  for (const auto* provider : providers_) {
    page.value.push_back(describe(*provider, fmt::format("/subscriptions/{}", subscription.id), true));
  }
  return arm::Reply<arm::Page<ProviderAnswer>>{200, std::move(page)};
}

Result<arm::Reply<ProviderAnswer>> Resources::get_provider(arm::Context&, const ProviderPath& path) {
  TRY(const auto subscription, groups_.subscription(path.subscription));
  TRY(auto answer, find_provider(path.name, fmt::format("/subscriptions/{}", subscription.id), true));
  return arm::Reply<ProviderAnswer>{200, std::move(answer)};
}

Result<arm::Reply<arm::Page<ProviderAnswer>>> Resources::list_tenant_providers(arm::Context&) {
  arm::Page<ProviderAnswer> page;
  for (const auto* provider : providers_) {
    page.value.push_back(describe(*provider, "", false));
  }
  return arm::Reply<arm::Page<ProviderAnswer>>{200, std::move(page)};
}

Result<arm::Reply<ProviderAnswer>> Resources::get_tenant_provider(arm::Context&, const TenantProviderPath& path) {
  TRY(auto answer, find_provider(path.name, "", false));
  return arm::Reply<ProviderAnswer>{200, std::move(answer)};
}

/// One page across all owners: each provides its first records after the key, in the order of lower-case ids, and the
/// smallest of all form the page.
Result<arm::Page<ResourceAnswer>> Resources::resources_page(arm::Context& context, std::string_view subscription,
                                                            std::string_view group) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  TRY(const auto filter, filter_of(context));
  const auto expand = to_lower(context.parameter("$expand").value_or(""));
  const auto shows = [&](std::string_view what) { return expand.find(what) != std::string::npos; };

  const std::size_t batch = filter ? kMostExamined : wanted.top;
  std::vector<std::pair<std::string, arm::GenericResource>> found;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    std::vector<arm::GenericResource> some;
    for (auto* owner : groups_.owners()) {
      TRY(owner->list(reader, subscription, group, wanted.after, batch + 1, some));
    }
    for (auto& resource : some) {
      found.emplace_back(to_lower(resource.id), std::move(resource));
    }
    return ok();
  }));
  std::ranges::sort(found, {}, [](const auto& one) -> const std::string& { return one.first; });

  arm::Page<ResourceAnswer> page;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (page.value.size() == wanted.top || i == batch) {
      page.next_link = arm::next_link(context, found[i - 1].first);
      break;
    }
    const auto& resource = found[i].second;
    bool fits = true;
    if (filter) {
      TRY(fits, holds(*filter, resource));
    }
    if (!fits) {
      continue;
    }
    ResourceAnswer answer{resource.id, resource.name, resource.type, resource.location, resource.tags};
    if (shows("createdtime")) {
      answer.created = resource.created;
    }
    if (shows("changedtime")) {
      answer.changed = resource.changed;
    }
    if (shows("provisioningstate")) {
      answer.state = "Succeeded";
    }
    page.value.push_back(std::move(answer));
  }
  return page;
}

Result<arm::Reply<arm::Page<ResourceAnswer>>> Resources::list_resources(arm::Context& context,
                                                                        const arm::SubscriptionPath& path) {
  TRY(auto page, resources_page(context, path.subscription, {}));
  return arm::Reply<arm::Page<ResourceAnswer>>{200, std::move(page)};
}

Result<arm::Reply<arm::Page<ResourceAnswer>>> Resources::list_group_resources(arm::Context& context,
                                                                              const arm::GroupPath& path) {
  TRY(look_up(context, path));
  TRY(auto page, resources_page(context, path.subscription, path.group));
  return arm::Reply<arm::Page<ResourceAnswer>>{200, std::move(page)};
}

}  // namespace quaymaster::resources
