#pragma once

#include "base/error.h"

namespace quaymaster::arm {

/// Refusals of a body in a provider's own words. Each row takes one argument: the sentence that says what is wrong.
struct BodyErrors {
  const ErrorRow* malformed;      // not JSON, wrong JSON type, number out of range
  const ErrorRow* unknown_value;  // no such value of an enumeration
  const ErrorRow* missing;        // a required property
};
extern const BodyErrors kStandardBodyErrors;  // InvalidRequestContent, InvalidParameter, MissingRequiredProperty

}  // namespace quaymaster::arm
