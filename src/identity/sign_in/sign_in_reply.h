#pragma once

#include <string>

#include "http/message.h"

namespace quaymaster::identity {

/// A sign-in answer: JSON that must not be cached.
http::Reply json_reply(int status, std::string body);

}  // namespace quaymaster::identity
