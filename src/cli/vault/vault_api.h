#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/common/client.h"
#include "cli/common/command.h"
#include "wire/field.h"
#include "wire/json.h"

namespace quaymaster::cli {

// The parts of Microsoft.RecoveryServices, api-version 2024-04-01, and of our own additional routes that the commands
// for vaults and recovery points read.

/// Identifies a vault on the command line.
struct VaultName {
  std::string group;
  std::string vault;
};
/// --resource-group and --vault, both required.
void add_vault_options(std::vector<Option>& options);
VaultName vault_name(const Arguments& arguments);

/// "/subscriptions/…/vaults/v{tail}?…api-version=…"; `tail` may have a query.
std::string vault_path(const Connection& connection, const VaultName& vault, std::string_view tail);
/// A path below a resource id returned by the server, percent-encoded.
std::string id_path(std::string_view id, std::string_view tail);

struct ItemView {
  struct Properties {
    std::string friendly_name, management, source_id, container;
    static constexpr auto wire() {
      using wire::field;
      using T = Properties;
      return wire::fields({field<&T::friendly_name>("friendlyName"), field<&T::management>("backupManagementType"),
                           field<&T::source_id>("sourceResourceId"), field<&T::container>("containerName")});
    }
  };
  std::string id, name;
  Properties properties;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&ItemView::id>("id"), field<&ItemView::name>("name"), field<&ItemView::properties>("properties")});
  }
  bool is_machine() const { return properties.management == "AzureIaasVM"; }
};
/// By friendly name or name, any case. Errc::not_found lists the existing ones; Errc::conflict: several match.
Result<ItemView> find_item(Client& client, const VaultName& vault, const std::string& name);

struct PointView {
  struct Properties {
    std::string time, consistency;
    static constexpr auto wire() {
      return wire::fields({wire::field<&Properties::time>("recoveryPointTime"),
                           wire::field<&Properties::consistency>("recoveryPointType")});
    }
  };
  std::string id, name;
  Properties properties;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&PointView::id>("id"), field<&PointView::name>("name"), field<&PointView::properties>("properties")});
  }
};
/// Newest first.
Result<std::vector<PointView>> list_points(Client& client, const ItemView& item);
/// By name; "latest": the newest. Errc::not_found.
Result<PointView> find_point(Client& client, const ItemView& item, const std::string& name);

struct EntryView {
  std::string name, type;
  std::optional<std::uint64_t> size;
  std::optional<std::string> mode, modified, target;
  std::optional<std::int64_t> lun;
  static constexpr auto wire() {
    using wire::field;
    using T = EntryView;
    return wire::fields({field<&T::name>("name"), field<&T::type>("type"), field<&T::size>("size"),
                         field<&T::mode>("mode"), field<&T::modified>("modified"), field<&T::target>("target"),
                         field<&T::lun>("lun")});
  }
};

struct OperationView {
  struct Failure {
    std::string code, message;
    static constexpr auto wire() {
      return wire::fields({wire::field<&Failure::code>("code"), wire::field<&Failure::message>("message")});
    }
  };
  std::string name, status;
  std::optional<wire::Json> properties;
  std::optional<Failure> error;
  static constexpr auto wire() {
    using wire::field;
    using T = OperationView;
    return wire::fields({field<&T::name>("name"), field<&T::status>("status"), field<&T::properties>("properties"),
                         field<&T::error>("error")});
  }
};
/// Follows the operation that a 202 names until it has ended, calling `wait` between two polls. Errc::io, with the
/// server's message: it failed.
Result<OperationView> await_operation(Client& client, const HttpAnswer& accepted,
                                      const std::function<Result<>(const OperationView&)>& wait);

/// Rows of text with aligned columns.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace quaymaster::cli
