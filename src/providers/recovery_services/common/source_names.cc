#include "providers/recovery_services/common/source_names.h"

#include <fmt/format.h>

#include "base/digests/digest.h"
#include "base/encode.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kMachine = "iaasvmcontainer;iaasvmcontainerv2;";
constexpr std::string_view kStorage = "storagecontainer;storage;";
constexpr std::string_view kBareMachine = "iaasvmcontainerv2;";
// The segments that requests may omit.
constexpr std::string_view kContainerSegment = "iaasvmcontainer;";
constexpr std::string_view kItemSegment = "vm;";

std::string with_first_segment(std::string_view name, std::string_view segment) {
  auto lower = to_lower(name);
  return lower.starts_with(kBareMachine) ? std::string(segment) + lower : lower;
}

std::vector<std::string> spellings(std::string comparable, std::string_view segment) {
  std::vector<std::string> all{comparable};
  const auto bare = comparable.starts_with(segment) ? comparable.substr(segment.size()) : std::string();
  if (bare.starts_with(kBareMachine)) {
    all.push_back(bare);
  }
  return all;
}

}  // namespace

std::optional<ContainerName> parse_container(std::string_view name) {
  // The first segment may be missing, so the rest is counted from the end of the original name.
  const auto lower = comparable_container(name);
  const bool is_machine = lower.starts_with(kMachine);
  if (!is_machine && !lower.starts_with(kStorage)) {
    return std::nullopt;
  }
  const auto rest = name.substr(name.size() - (lower.size() - (is_machine ? kMachine : kStorage).size()));
  const auto at = rest.find(';');
  if (at == std::string_view::npos || at == 0 || at + 1 == rest.size() ||
      rest.find(';', at + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return ContainerName{is_machine ? SourceKind::machine : SourceKind::file_share, std::string(rest.substr(0, at)),
                       std::string(rest.substr(at + 1))};
}

std::string machine_container(std::string_view group, std::string_view machine) {
  return fmt::format("IaasVMContainer;iaasvmcontainerv2;{};{}", group, machine);
}
std::string machine_item(std::string_view group, std::string_view machine) {
  return fmt::format("VM;iaasvmcontainerv2;{};{}", group, machine);
}
std::string storage_container(std::string_view group, std::string_view account) {
  return fmt::format("StorageContainer;Storage;{};{}", group, account);
}
std::string item_storage_container(std::string_view group, std::string_view account) {
  return fmt::format("StorageContainer;storage;{};{}", group, account);
}

std::string share_item(std::string_view account_id, std::string_view share) {
  const auto text = to_lower(fmt::format("{}/{}", account_id, share));
  return "AzureFileShare;" + hex_lower(sha256(as_bytes(text)));
}

std::string comparable_container(std::string_view name) {
  return with_first_segment(name, kContainerSegment);
}
std::string comparable_item(std::string_view name) {
  return with_first_segment(name, kItemSegment);
}

std::vector<std::string> container_spellings(std::string_view name) {
  return spellings(comparable_container(name), kContainerSegment);
}
std::vector<std::string> item_spellings(std::string_view name) {
  return spellings(comparable_item(name), kItemSegment);
}

}  // namespace quaymaster::recovery_services
