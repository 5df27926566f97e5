#pragma once

#include "http/client/https_client.h"

namespace quaymaster::cli {

using http::Address;
using http::HttpAnswer;
using http::https_exchange;
using http::parse_address;

}  // namespace quaymaster::cli
