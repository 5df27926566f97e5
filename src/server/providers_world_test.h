#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "arm/face.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "http/target.h"
#include "identity/principals/records.h"
#include "identity/tokens/published_key.h"
#include "objects/directory/directory_store.h"
#include "server/providers.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::server {

/// Every provider over a database in memory and a directory, asked through the face by any principal the test makes.
/// Jobs run once `jobs_->start()` was called, except while `held_`.
class ProvidersTest : public testing::Test {
 protected:
  ProvidersTest()
      : root_(std::filesystem::temp_directory_path() / fmt::format("providers-{}", ::getpid())), pool_("test", 2, 64) {
    std::filesystem::remove_all(root_);
    for (const auto* directory : {"data", "images", "shares"}) {
      std::filesystem::create_directories(root_ / directory);
    }
    const Values flags{{"data", (root_ / "data").native()},
                       {"dock", (root_ / "dock").native()},
                       {"image-directories", (root_ / "images").native()},
                       {"share-directories", (root_ / "shares").native()}};
    settings_ = resolve(std::span(&flags, 1)).value();
    std::vector<store::Schema> schemas{identity::schema(), arm::schema(), jobs::schema(), blob::schema()};
    std::ranges::copy(provider_schemas(), std::back_inserter(schemas));
    database_ = store::open_in_memory(schemas, &clock_).value();
    objects_ = objects::open_directory(disk_, root_ / "objects").value();
    blobs_ = blob::open_store(*database_, *objects_, clock_).value();
    jobs_ = std::make_unique<jobs::Engine>(*database_, clock_, random_,
                                           jobs::Options{.before_step = [this](const jobs::Record&, std::string_view) {
                                             return held_ ? Result<>(busy("held by the test")) : ok();
                                           }});
    issuer_ =
        identity::Issuer::open(*database_, clock_, random_, {.signing_key = identity::published_signing_key()}).value();
    directory_ = arm::ResourceGroups::open(*database_, clock_, random_, issuer_->tenant()).value();
    directory_->remove_roles_from(issuer_->access());
    providers_ = Providers::open({settings_, clock_, random_, disk_, *database_, *objects_, *blobs_, *jobs_, *issuer_,
                                  *directory_, pool_, nullptr, root_ / "data", "https://localhost:8443",
                                  "http://127.0.0.1:10000"})
                     .value();
    face_ = std::make_unique<arm::Face>(
        arm::FaceParts{*database_, clock_, random_, *issuer_, *directory_, pool_, pool_}, providers_->registrations());
    subscription_ = "/subscriptions/" + directory_->subscriptions().front().id;
    caller_ = make_caller("somebody");
    token_ = token_of(caller_);
  }
  ~ProvidersTest() override {
    jobs_->drain();
    face_.reset();
    providers_.reset();
    jobs_.reset();
    pool_.end();
    std::filesystem::remove_all(root_);
  }

  identity::Principal make_caller(std::string name) {
    const auto made = issuer_->create_principal({name, {}, {}}).value();
    return {made.object_id, made.client_id, issuer_->tenant(), std::move(name)};
  }
  std::string token_of(const identity::Principal& caller) {
    return issuer_->issue(caller, "https://management.azure.com", "https://localhost:8443/adfs");
  }

  /// The row's path with a value in place of every parameter.
  std::string path_of(const arm::Operation& row) const {
    std::string path;
    std::string_view rest = row.path;
    while (!rest.empty()) {
      const auto open = std::min(rest.find('{'), rest.size());
      path += rest.substr(0, open);
      rest.remove_prefix(open);
      if (rest.empty()) {
        break;
      }
      const auto name = rest.substr(1, rest.find('}') - 1);
      rest.remove_prefix(name.size() + 2);
      path += name == "subscriptionId" ? std::string_view(subscription_).substr(15)
              : name == "scope"        ? std::string_view(subscription_).substr(1)
                                       : std::string_view("thing");
    }
    return path;
  }
  http::Reply ask(const arm::Provider& provider, const arm::Operation& row) {
    return ask(row.method, fmt::format("{}?api-version={}", path_of(row), provider.versions.back()), "", token_);
  }
  http::Reply ask(http::Method method, const std::string& target, std::string_view body, const std::string& token) {
    http::Request request;
    request.method = method;
    request.secure = true;
    request.id = random_.guid();
    EXPECT_TRUE(http::parse_target(target, request));
    request.headers.add("Host", "localhost:8443");
    request.headers.add("Authorization", "Bearer " + token);
    if (!body.empty()) {
      request.headers.add("Content-Type", "application/json");
    }
    return face_->answer(request, body);
  }
  template <class Visit>
  void each_row(const Visit& visit) {
    for (const auto& registration : providers_->registrations()) {
      for (const auto& row : registration.provider().operations) {
        visit(registration.provider(), row);
      }
    }
  }
  bool is_within_subscription(const arm::Operation& row) const {
    return row.path.starts_with("/subscriptions/{") || row.path.starts_with("/{scope}");
  }

  SystemDisk disk_;
  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  SystemRandom random_;
  Path root_;
  Settings settings_;
  std::atomic<bool> held_ = false;
  ThreadPool pool_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<jobs::Engine> jobs_;
  std::unique_ptr<identity::Issuer> issuer_;
  std::unique_ptr<arm::ResourceGroups> directory_;
  std::unique_ptr<Providers> providers_;
  std::unique_ptr<arm::Face> face_;
  std::string subscription_;
  identity::Principal caller_;
  std::string token_;
};

}  // namespace quaymaster::server
