#pragma once

#include <string>

#include "arm/operation.h"

namespace quaymaster::arm {

/// The page of a provider, as in api/document.h; permissions include those at resources that a body names.
std::string document(const Provider& provider);

/// "doc/api/Microsoft.Storage.md": the file of the page.
std::string document_file(const Provider& provider);

}  // namespace quaymaster::arm
