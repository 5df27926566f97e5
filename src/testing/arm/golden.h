#pragma once

#include <string>
#include <string_view>

namespace quaymaster::arm {

/// Compares `text` with a file of the source tree ("tests/golden/resources/group_create/new.http"), byte for byte.
/// Returns an empty text when they are equal, otherwise where they differ, for a test's message. With GOLDEN_UPDATE=1
/// in the environment the file is written instead. For tests.
std::string compare_golden(std::string_view file, std::string_view text);

}  // namespace quaymaster::arm
