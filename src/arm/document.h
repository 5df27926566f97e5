#pragma once

#include <string>

#include "arm/operation.h"

namespace quaymaster::arm {

/// The page of a provider in doc/api, in Markdown: what is offered, since which api-version, with which permission, and
/// what is refused on purpose and why. Made from the rows alone, so it says what the server does.
std::string document(const Provider& provider);

/// "doc/api/Microsoft.Storage.md": where the page belongs.
std::string document_file(const Provider& provider);

}  // namespace quaymaster::arm
