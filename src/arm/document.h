#pragma once

#include <string>

#include "arm/operation.h"

namespace quaymaster::arm {

/// The page of a provider, as api/document.h has it: permissions with those at the resources that a body names.
std::string document(const Provider& provider);

/// "doc/api/Microsoft.Storage.md": where the page belongs.
std::string document_file(const Provider& provider);

}  // namespace quaymaster::arm
