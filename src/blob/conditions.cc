#include "blob/conditions.h"

#include <algorithm>

namespace quaymaster::blob {
namespace {

std::chrono::sys_seconds in_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

bool contains(const std::vector<std::uint64_t>& etags, std::uint64_t etag) {
  return std::ranges::find(etags, etag) != etags.end();
}

}  // namespace

Result<> check_version(const Conditions& conditions, const std::optional<Version>& version, bool creating) {
  if (creating && conditions.must_not_exist && version) {
    return conflict("exists, with etag {}", version->etag);
  }
  const bool must_match = conditions.if_match_any || !conditions.if_match.empty();
  if (!version) {
    return must_match ? Result<>(precondition("does not exist but was required to match")) : ok();
  }
  if (must_match) {
    if (!conditions.if_match_any && !contains(conditions.if_match, version->etag)) {
      return precondition("etag {} is not among those to match", version->etag);
    }
  } else if (conditions.unmodified_since && in_seconds(version->modified) > in_seconds(*conditions.unmodified_since)) {
    return precondition("modified since the time given");
  }
  if (!conditions.if_none_match.empty()) {
    if (contains(conditions.if_none_match, version->etag)) {
      return precondition("etag {} was not to match", version->etag);
    }
  } else if (conditions.modified_since && in_seconds(version->modified) <= in_seconds(*conditions.modified_since)) {
    return precondition("not modified since the time given");
  }
  return ok();
}

Result<> check_conditions(const Conditions& conditions, const std::optional<BlobInfo>& blob) {
  if (!blob) {
    return check_version(conditions, std::nullopt, true);
  }
  return check_version(conditions, Version{blob->etag, blob->modified}, true);
}

}  // namespace quaymaster::blob
