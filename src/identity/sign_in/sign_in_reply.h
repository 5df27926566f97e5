#pragma once

#include <string>

#include "http/message.h"

namespace quaymaster::identity {

/// An answer of the sign-in: JSON that nobody may keep.
http::Reply json_reply(int status, std::string body);

}  // namespace quaymaster::identity
