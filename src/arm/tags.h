#pragma once

#include <cstddef>
#include <string_view>

#include "arm/context.h"
#include "base/result.h"
#include "wire/field.h"

// The rules for tags, of every resource and of resource groups. Every body is checked as it is parsed, so that no
// provider has its own rules. Source: "Use tags to organize your Azure resources", limitations.
namespace quaymaster::arm {

inline constexpr std::size_t kMostTags = 50;
inline constexpr std::size_t kLongestTagName = 512;         // UTF-16 code units, as all lengths here
inline constexpr std::size_t kLongestAccountTagName = 128;  // of storage accounts
inline constexpr std::size_t kLongestTagValue = 256;

/// Checks the member `tags` of an object of that shape, if it has one. It may be a map of text, of optional text (a
/// merge), or JSON of any shape, of which only objects of strings have rules. Errc::invalid, published.
Result<> check_tags_of(const Context& context, const wire::Shape& shape, const void* object);

}  // namespace quaymaster::arm
