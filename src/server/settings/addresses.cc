#include "server/settings/addresses.h"

namespace quaymaster::server {
namespace {

std::string host_and_port(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

}  // namespace

std::string arm_address(const Settings& settings, std::uint16_t port) {
  return "https://" + host_and_port(settings.host.empty() ? "localhost" : settings.host.front(), port);
}

std::string blob_address(const Settings& settings, std::uint16_t port) {
  std::string host = "127.0.0.1";
  if (!settings.host.empty()) {
    host = settings.host.front();
  } else if (settings.address == "::1") {
    host = settings.address;
  }
  return (settings.blob_tls ? "https://" : "http://") + host_and_port(host, port);
}

std::string storage_suffix(const Settings& settings, std::uint16_t arm_port, std::uint16_t blob_port) {
  constexpr std::string_view kService = "blob.";
  std::string_view domain = settings.blob_domain.empty() ? std::string_view("localhost") : settings.blob_domain.front();
  if (domain.starts_with(kService)) {
    domain.remove_prefix(kService.size());
  }
  return host_and_port(std::string(domain), settings.blob_tls ? blob_port : arm_port);
}

}  // namespace quaymaster::server
