#pragma once

#include <array>

#include "wire/field.h"

namespace quaymaster::recovery_services {

/// What is protected: a virtual machine (its disks) or a file share (a directory). The wire calls it the "backup
/// management type".
enum class SourceKind { machine, file_share };
constexpr auto names(SourceKind) {
  return std::array{wire::name(SourceKind::machine, "AzureIaasVM"), wire::name(SourceKind::file_share, "AzureStorage")};
}

}  // namespace quaymaster::recovery_services
