#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "http/server/loops.h"
#include "identity/issuer.h"
#include "standin/seeds/seed_file.h"

namespace quaymaster::server {

/// Creates the resources of a seed by requests to Resource Manager, waiting for every operation like a client.
class Seeding {
 public:
  struct Parts {
    http::Handler& arm;
    http::Loops& loops;
    identity::Issuer& identity;
    Clock& clock;
    RandomSource& random;
    std::string base;  // "https://localhost:8443"
    std::string subscription;
    /// The newest version of a type; empty for an unknown type.
    std::function<std::string(std::string_view type)> newest_version;
  };
  explicit Seeding(Parts parts) : parts_(std::move(parts)) {}

  /// As `client_id`, with its secret. Errc::invalid: a resource was refused; says where it is in the file and why.
  Result<> apply(std::span<const SeedResource> resources, std::string_view client_id, std::string_view secret);

 private:
  Result<> make(const SeedResource& resource, const std::string& token);
  http::Reply ask(http::Method method, const std::string& target, std::string body, const std::string& token);

  const Parts parts_;
};

}  // namespace quaymaster::server
