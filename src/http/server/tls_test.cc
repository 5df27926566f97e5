#include "http/server/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "http/server/certificate.h"

namespace quaymaster::http {
namespace {

TEST(Tls, OffersAuthenticatedEncryptionWithForwardSecrecyOnly) {
  const auto now = SystemClock().now();
  const auto authority = make_authority("test", {"localhost", "127.0.0.1"}, now).value();
  const auto issued = issue_certificate(authority, {"localhost"}, now).value();
  const auto context = server_context({issued.certificate, issued.private_key}).value();
  auto* const handle = context->native_handle();
  EXPECT_GE(SSL_CTX_get_min_proto_version(handle), TLS1_2_VERSION);
  const auto* const ciphers = SSL_CTX_get_ciphers(handle);
  ASSERT_GE(sk_SSL_CIPHER_num(ciphers), 4);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const auto* const cipher = sk_SSL_CIPHER_value(ciphers, i);
    EXPECT_TRUE(SSL_CIPHER_is_aead(cipher)) << SSL_CIPHER_get_name(cipher);
    const int exchange = SSL_CIPHER_get_kx_nid(cipher);
    EXPECT_TRUE(exchange == NID_kx_ecdhe || exchange == NID_kx_any) << SSL_CIPHER_get_name(cipher);
  }
}

}  // namespace
}  // namespace quaymaster::http
