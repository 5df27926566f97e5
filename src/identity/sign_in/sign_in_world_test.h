#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encode.h"
#include "http/server/loops.h"
#include "http/target.h"
#include "identity/principals/records.h"
#include "identity/sign_in/sign_in.h"
#include "identity/tokens/published_key.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::identity {

/// A sign-in service with one principal, "admin", whose secret is awkward to encode, and the requests that clients
/// send.
class SignInTest : public testing::Test {
 protected:
  SignInTest() {
    const std::vector<std::string> names{"localhost", "127.0.0.1"};
    const store::Schema schemas[] = {schema()};
    database_ = store::open_in_memory(schemas).value();
    issuer_ = Issuer::open(*database_, clock_, random_,
                           {.tenant = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
                            .hosts = http::HostNames(names),
                            .signing_key = published_signing_key()})
                  .value();
    credentials_ = issuer_->create_administrator({"admin", {}, "s~cret&+ %"}).value();
    personal_ = PersonalTokens::open(*database_, *issuer_, clock_, random_).value();
    SignInOptions options;
    options.cloud_name = "Lab";
    options.storage_suffix = "blob.localhost:10000";
    open_with(options);
  }
  void open_with(SignInOptions options) {
    sign_in_ =
        std::make_unique<SignIn>(*issuer_, *personal_, clock_, SignIn::Pools{pool_, secret_pool_}, std::move(options));
  }

  static http::Request request(http::Method method, std::string_view target) {
    http::Request request;
    request.method = method;
    request.secure = true;
    request.headers.add("Host", "localhost:8443");
    EXPECT_TRUE(http::parse_target(target, request));
    return request;
  }
  http::Reply get(std::string_view target) { return sign_in_->answer(request(http::Method::get, target), ""); }
  http::Reply post(std::string_view target, std::string_view form) {
    return sign_in_->answer(request(http::Method::post, target), form);
  }
  std::string form(std::string_view more, std::string_view secret = "s~cret&+ %") const {
    return fmt::format("grant_type=client_credentials&client_id={}&client_secret={}&{}", credentials_.client_id,
                       percent_encode(secret, "~"), more);
  }
  static std::string member(const std::string& body, std::string_view name) {
    const auto quoted = fmt::format("\"{}\":\"", name);
    const auto start = body.find(quoted) + quoted.size();
    return body.substr(start, body.find('"', start) - start);
  }
  static std::string access_token(const std::string& body) { return member(body, "access_token"); }

  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  CountingRandom random_;
  http::Loops loops_;  // outlives the pools
  ThreadPool pool_{"test", 1};
  ThreadPool secret_pool_{"secrets", 1, 2 * SecretCheck::kMostWaiting};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Issuer> issuer_;
  Credentials credentials_;
  std::unique_ptr<PersonalTokens> personal_;
  std::unique_ptr<SignIn> sign_in_;
};

}  // namespace quaymaster::identity
