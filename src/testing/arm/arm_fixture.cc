#include "testing/arm/arm_fixture.h"

#include <fmt/format.h>

#include "base/check.h"
#include "http/answer.h"
#include "http/target.h"
#include "identity/principals/records.h"
#include "identity/tokens/published_key.h"
#include "testing/arm/golden.h"
#include "testing/store/memory_database.h"

namespace quaymaster::arm {

ArmFixture::ArmFixture(std::vector<store::Schema> schemas)
    : clock(parse_time("2026-11-23T05:29:30.1234567Z").value()), pool("lab", 1), large_bodies("lab-large", 1) {
  schemas.push_back(identity::schema());
  schemas.push_back(arm::schema());
  database = store::open_in_memory(schemas, &clock).value();
  identity::IssuerOptions options;
  options.tenant = kTenant;
  options.signing_key = identity::published_signing_key();
  const std::string names[] = {"localhost"};
  options.hosts = http::HostNames(names);
  issuer = identity::Issuer::open(*database, clock, identity_random_, options).value();
  const auto made = issuer->create_administrator({"lab", {}, {}}).value();
  principal = {made.object_id, made.client_id, std::string(kTenant), "lab"};
  token = issuer->issue(principal, "https://management.azure.com", fmt::format("{}/{}/v2.0", kBase, kTenant));
  groups = ResourceGroups::open(*database, clock, identity_random_, std::string(kTenant),
                                {.subscription = std::string(kSubscription), .display_name = "Lab"})
               .value();
  groups->remove_roles_from(issuer->access());
}

ArmFixture::~ArmFixture() = default;

void ArmFixture::serve(std::vector<Registration> registrations) {
  const FaceParts parts{*database, clock, random, *issuer, *groups, pool, large_bodies};
  face = std::make_unique<Face>(parts, std::move(registrations));
}

void ArmFixture::make_group(std::string_view name, std::string_view location) {
  Group group;
  group.subscription = kSubscription;
  group.name = name;
  group.location = location;
  group.created = clock.now();
  group.changed = clock.now();
  check(database
            ->write([&](store::Writer& writer) -> Result<> {
              TRY(groups->put_group(writer, group));
              return ok();
            })
            .has_value());
}

std::string ArmFixture::subscription_path() {
  return fmt::format("/subscriptions/{}", kSubscription);
}
std::string ArmFixture::group_path(std::string_view group) {
  return fmt::format("{}/resourceGroups/{}", subscription_path(), group);
}

http::Request ArmFixture::request(http::Method method, std::string_view target, std::string_view body) {
  http::Request made;
  made.method = method;
  made.secure = true;
  made.peer = "127.0.0.1";
  made.id = request_random_.guid();
  made.received = clock.now();
  check(http::parse_target(target, made).has_value());
  made.headers.add("Host", "localhost:8443");
  made.headers.add("Authorization", "Bearer " + token);
  if (!body.empty()) {
    made.headers.add("Content-Type", "application/json");
    made.content_length = body.size();
  }
  return made;
}

identity::Principal ArmFixture::make_caller(std::string name) {
  const auto made = issuer->create_principal({name, {}, {}}).value();
  return {made.object_id, made.client_id, std::string(kTenant), std::move(name)};
}

http::Reply ArmFixture::send_as(const identity::Principal& caller, http::Method method, std::string_view target,
                                std::string_view body) {
  auto sent = request(method, target, body);
  sent.headers.set("Authorization", "Bearer " + issuer->issue(caller, "https://management.azure.com",
                                                              fmt::format("{}/{}/v2.0", kBase, kTenant)));
  return send(sent, body);
}

std::string ArmFixture::golden(std::string_view name, http::Method method, std::string_view target,
                               std::string_view body) {
  const auto sent = request(method, target, body);
  std::string text = fmt::format("{} {} HTTP/1.1\n", http::name(method), target);
  for (const auto& [field, value] : sent.headers.fields()) {
    text += fmt::format("{}: {}\n", field, field == "Authorization" ? "Bearer …" : value);
  }
  text += fmt::format("\n{}{}", body, body.empty() ? "" : "\n\n");
  const auto reply = send(sent, body);
  text += fmt::format("HTTP/1.1 {} {}\n", reply.status, http::reason_phrase(reply.status));
  for (const auto& [field, value] : reply.headers.fields()) {
    text += fmt::format("{}: {}\n", field, value);
  }
  text += fmt::format("\n{}{}", reply.body, reply.body.empty() ? "" : "\n");
  return compare_golden(fmt::format("tests/golden/{}.http", name), text);
}

}  // namespace quaymaster::arm
