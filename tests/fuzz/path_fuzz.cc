// Routes any path and parses any resource id and token.

#include "api/router.h"
#include "arm/resource_groups.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/encode.h"
#include "identity/tokens/token.h"
#include "providers/resources/resources.h"

namespace {

using namespace quaymaster;

const api::Router& router() {
  static const api::Router kRouter = [] {
    std::vector<api::Pattern> patterns;
    for (const auto& row : resources::kResourcesProvider.operations) {
      patterns.push_back({row.method, row.path});
    }
    return api::Router(patterns);
  }();
  return kRouter;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(Bytes(data, size));
  if (const auto match = router().find(http::Method::get, text)) {
    check(match.value().kind != api::Match::Kind::found ||
          match.value().row < resources::kResourcesProvider.operations.size());
  }
  if (const auto segments = api::split_path(text)) {
    for (const auto& segment : segments.value()) {
      check(is_utf8(segment) && segment.find('\0') == segment.npos && segment.find("\u202e") == segment.npos);
    }
  }
  if (const auto id = arm::parse_resource_id(text)) {
    check(!id.value().group.empty() && !id.value().name.empty());
  }
  static const auto kKey = identity::SigningKey::generate();
  check(!kKey.open(text));  // a signature cannot be guessed
  return 0;
}
