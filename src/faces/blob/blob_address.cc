#include "faces/blob/blob_address.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encode.h"
#include "blob/rules.h"
#include "faces/blob/blob_errors.h"

namespace quaymaster::storage {
namespace {

constexpr std::string_view kSecondary = "-secondary";

Error bad_uri(std::string cause) {
  return Error(Errc::invalid, std::move(cause)).as(kInvalidUri);
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    return host.substr(0, host.find(']') + 1);
  }
  return host.substr(0, host.find(':'));
}

/// The account of a host-style address; none when the host is not below one of our domains.
std::optional<std::string> account_of_host(std::string_view host, const AddressRules& rules) {
  const auto name = to_lower(without_port(host));
  for (const auto& domain : rules.domains) {
    if (name.size() < domain.size() + 2 || !name.ends_with(domain)) {
      continue;
    }
    const auto label = std::string_view(name).substr(0, name.size() - domain.size());
    if (label.ends_with('.') && label.find('.') == label.size() - 1) {
      return std::string(label.substr(0, label.size() - 1));
    }
  }
  return std::nullopt;
}

Result<std::string> decode(std::string_view raw) {
  auto text = percent_decode(raw);
  if (!text) {
    return bad_uri("a broken percent escape in the path");
  }
  if (!is_utf8(text.value())) {
    return bad_uri("the path is not UTF-8");
  }
  return text;
}

bool is_system_container(std::string_view name) {
  return name == "$root" || name == "$web" || name == "$logs" || name == "$blobchangefeed";
}

Result<> check_container_name(std::string_view name) {
  if (is_system_container(name)) {
    return ok();
  }
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  const bool edges = !name.starts_with('-') && !name.ends_with('-') && name.find("--") == std::string_view::npos;
  if (!std::ranges::all_of(name, allowed) || !edges) {
    return refuse(Errc::invalid, kInvalidResourceName);
  }
  if (name.size() < 3 || name.size() > 63) {
    return refuse(Errc::invalid, kNameLength);
  }
  return ok();
}

/// Removes and returns the next segment; the rest begins after the slash.
std::string_view take_segment(std::string_view& path) {
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

Result<> take_account(std::string account, BlobAddress& address) {
  if (account.empty()) {
    return bad_uri("the address names no account");
  }
  address.secondary = account.ends_with(kSecondary);
  if (address.secondary) {
    account.resize(account.size() - kSecondary.size());
  }
  address.account = std::move(account);
  return ok();
}

}  // namespace

Result<BlobAddress> parse_address(const http::Request& request, const AddressRules& rules) {
  BlobAddress address;
  std::string_view path = request.raw_path;
  if (path.starts_with('/')) {
    path.remove_prefix(1);
  }

  const auto host =
      rules.path_style_only ? std::nullopt : account_of_host(request.headers.get("Host").value_or(""), rules);
  address.host_style = host.has_value();
  if (host) {
    TRY(take_account(*host, address));
  } else {
    TRY(auto account, decode(take_segment(path)));
    TRY(take_account(std::move(account), address));
  }

  // Account information may be requested on any path and concerns the account.
  const auto restype = request.parameter("restype").value_or("");
  const bool about_container = equal_ignoring_case(restype, "container");
  const bool about_account = equal_ignoring_case(restype, "account");
  const bool one_segment = path.find('/') == std::string_view::npos;
  if (!path.empty()) {
    if (one_segment && !about_container && !about_account) {
      address.container = "$root";
    } else {
      TRY(address.container, decode(take_segment(path)));
      TRY(check_container_name(address.container));
    }
    TRY(const auto name, decode(path));
    address.blob = blob::stored_name(name);
    if (!address.blob.empty()) {
      if (auto legal = blob::check_blob_name(address.blob); !legal) {
        return std::move(legal).error().as(kInvalidUri);
      }
    }
  }
  const bool container_only = !address.container.empty() && address.blob.empty();
  if (about_container && !container_only) {
    return bad_uri("restype=container on a path that is not a container's");
  }
  address.level = about_account || address.container.empty() ? Level::service
                  : container_only                           ? Level::container
                                                             : Level::blob;
  return address;
}

}  // namespace quaymaster::storage
