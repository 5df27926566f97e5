#pragma once

#include "base/bytes.h"

namespace quaymaster::identity {

/// PKCS#8 DER of a publicly known signing key. Servers of the test profile use it, so that tokens survive a restart and
/// a state saved by one server can be loaded by another; tests use it because generating a key takes longer than
/// everything else at a start.
Buffer published_signing_key();

}  // namespace quaymaster::identity
