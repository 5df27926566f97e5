#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arm/face.h"
#include "arm/resource_groups.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/thread_pool.h"
#include "identity/issuer.h"
#include "store/database.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::arm {

/// A whole Resource Manager in memory for the tests of providers: fixed tenant and subscription, a clock that stands
/// still at 2026-11-23T05:29:30Z, sequential ids, a signed-in administrator. Not thread-safe.
///
///   ArmFixture fixture({my_schema()});
///   MyProvider provider(*fixture.database, …);
///   fixture.serve({Registration(kMyProvider, provider)});
///   EXPECT_EQ(fixture.put("/subscriptions/…", body).status, 201);
///   EXPECT_EQ(fixture.golden("my_provider/things_get/one", http::Method::get, "/subscriptions/…"), "");
class ArmFixture {
 public:
  static constexpr std::string_view kTenant = "aaaaaaaa-0000-4000-8000-000000000001";
  static constexpr std::string_view kSubscription = "5b5b5b5b-0000-4000-8000-000000000001";
  static constexpr std::string_view kBase = "https://localhost:8443";

  /// `schemas` are added to those of auth and arm.
  explicit ArmFixture(std::vector<store::Schema> schemas = {});
  ~ArmFixture();

  /// Builds the face over these tables; call again to serve others.
  void serve(std::vector<Registration> registrations);

  /// Adds a group directly to the directory.
  void make_group(std::string_view name, std::string_view location = "westeurope");

  /// "/subscriptions/{s}" and "/subscriptions/{s}/resourceGroups/{group}".
  static std::string subscription_path();
  static std::string group_path(std::string_view group);

  /// A request as sent by the administrator; modify it as needed.
  http::Request request(http::Method method, std::string_view target, std::string_view body = "");
  http::Reply send(const http::Request& request, std::string_view body = "") { return face->answer(request, body); }

  http::Reply get(std::string_view target) { return send(request(http::Method::get, target)); }
  http::Reply head(std::string_view target) { return send(request(http::Method::head, target)); }
  http::Reply del(std::string_view target) { return send(request(http::Method::del, target)); }
  http::Reply put(std::string_view target, std::string_view body) {
    return send(request(http::Method::put, target, body), body);
  }
  http::Reply patch(std::string_view target, std::string_view body) {
    return send(request(http::Method::patch, target, body), body);
  }
  http::Reply post(std::string_view target, std::string_view body = "") {
    return send(request(http::Method::post, target, body), body);
  }

  /// Another caller, initially without a role; `identity->assign_role(caller.object_id, "Reader", scope)` assigns one.
  identity::Principal make_caller(std::string name);
  http::Reply send_as(const identity::Principal& caller, http::Method method, std::string_view target,
                      std::string_view body = "");

  /// Sends the request and compares request and response with tests/golden/{name}.http; see compare_golden.
  std::string golden(std::string_view name, http::Method method, std::string_view target, std::string_view body = "");

  ManualClock clock;
  CountingRandom random;  // the providers' source; ids of requests and of sign-in come from others
  std::unique_ptr<store::Database> database;
  std::unique_ptr<identity::Issuer> issuer;
  std::unique_ptr<ResourceGroups> groups;
  ThreadPool pool;
  ThreadPool large_bodies;
  std::unique_ptr<Face> face;
  identity::Principal principal;
  std::string token;

 private:
  CountingRandom identity_random_;
  CountingRandom request_random_;
};

}  // namespace quaymaster::arm
