#include "cli/vault/vault_api.h"

#include <algorithm>

#include "base/encode.h"
#include "cli/common/list_all.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kVersion = "api-version=2024-04-01";

std::string with_version(std::string path) {
  path += path.find('?') == std::string::npos ? '?' : '&';
  return path.append(kVersion);
}

}  // namespace

void add_vault_options(std::vector<Option>& options) {
  options.push_back({Option::Kind::required_text, "vault", "the Recovery Services vault", 'v'});
  options.push_back({Option::Kind::required_text, "resource-group", "its resource group", 'g'});
}

VaultName vault_name(const Arguments& arguments) {
  return {arguments.text("resource-group"), arguments.text("vault")};
}

std::string vault_path(const Connection& connection, const VaultName& vault, std::string_view tail) {
  return with_version(
      fmt::format("/subscriptions/{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}{}",
                  connection.subscription, percent_encode(vault.group), percent_encode(vault.vault), tail));
}

std::string id_path(std::string_view id, std::string_view tail) {
  return with_version(percent_encode(id, "/").append(tail));
}

Result<ItemView> find_item(Client& client, const VaultName& vault, const std::string& name) {
  TRY(const auto all, list_all<ItemView>(client, vault_path(client.connection(), vault, "/backupProtectedItems")));
  std::vector<ItemView> found;
  std::string known;
  for (const auto& item : all) {
    if (equal_ignoring_case(item.properties.friendly_name, name) || equal_ignoring_case(item.name, name)) {
      found.push_back(item);
    }
    known += fmt::format("{} {}", known.empty() ? "" : ",", item.properties.friendly_name);
  }
  if (found.empty()) {
    return not_found("the vault {} protects nothing named \"{}\"; it has:{}", vault.vault, name,
                     known.empty() ? " nothing" : known);
  }
  if (found.size() > 1) {
    std::string names;
    for (const auto& item : found) {
      names += fmt::format("\n  {} ({})", item.name, item.properties.container);
    }
    return conflict("several items are named \"{}\"; use one of these names:{}", name, names);
  }
  return found.front();
}

Result<std::vector<PointView>> list_points(Client& client, const ItemView& item) {
  return list_all<PointView>(client, id_path(item.id, "/recoveryPoints"));
}

Result<PointView> find_point(Client& client, const ItemView& item, const std::string& name) {
  if (!equal_ignoring_case(name, "latest")) {
    TRY(const auto text, client.call("GET", id_path(item.id, "/recoveryPoints/" + percent_encode(name))));
    return wire::parse_stored<PointView>(text);
  }
  TRY(const auto all, list_points(client, item));
  if (all.empty()) {
    return not_found("{} has no recovery point yet", item.properties.friendly_name);
  }
  return all.front();
}

Result<OperationView> await_operation(Client& client, const HttpAnswer& accepted,
                                      const std::function<Result<>(const OperationView&)>& wait) {
  const auto path = path_of_link(accepted.header("azure-asyncoperation"));
  if (path.empty()) {
    return corrupt("the server's response names no operation");
  }
  while (true) {
    TRY(const auto text, client.call("GET", path));
    TRY(auto operation, wire::parse_stored<OperationView>(text));
    if (operation.status == "Failed" || operation.status == "Canceled") {
      const auto failure = operation.error.value_or(OperationView::Failure{operation.status, "no reason was given"});
      return io("{}: {}", failure.code, failure.message);
    }
    if (operation.status != "InProgress") {
      return operation;
    }
    TRY(wait(operation));
  }
}

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}", row[i], widths[i] + 2);
    }
    text += '\n';
  }
  return text;
}

}  // namespace quaymaster::cli
