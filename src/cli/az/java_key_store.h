#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace quaymaster::cli {

/// A Java key store in Sun's JKS format, version 2, that holds one trusted certificate, because Java does not read PEM.
/// Its integrity password is "changeit", like that of every JDK's own store; a trust store can be read without it.
/// Errc::invalid: not a PEM certificate. Source of the format: the class documentation of java.security.KeyStore and
/// OpenJDK's JavaKeyStore.
Result<Buffer> java_key_store(std::string_view certificate_pem, Time now);

}  // namespace quaymaster::cli
