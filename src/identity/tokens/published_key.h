#pragma once

#include "base/bytes.h"

namespace quaymaster::identity {

/// PKCS#8 DER of a signing key that everybody has: that of servers of the test profile, so that tokens outlive a
/// restart and a state that one of them saved is loaded by another, and that of tests. Making a key takes longer than
/// everything else at a start.
Buffer published_signing_key();

}  // namespace quaymaster::identity
