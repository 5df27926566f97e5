#include "http/server/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

namespace quaymaster::http {
namespace {

/// Without CBC and static RSA: RFC 9325, 4.2. All TLS 1.3 ciphers qualify.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* picked = nullptr;
  if (SSL_select_next_proto(&picked, size, kHttp11.data(), kHttp11.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = picked;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<boost::asio::ssl::context>> server_context(const TlsIdentity& identity) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* const handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  if (SSL_CTX_set_cipher_list(handle, kCiphers12) != 1) {
    return io("the cryptographic library has none of the ciphers for TLS 1.2");
  }
  SSL_CTX_set_options(handle, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(handle, &choose_protocol, nullptr);

  boost::system::error_code error;
  context->use_certificate_chain(boost::asio::buffer(identity.certificate_chain), error);
  if (error) {
    return invalid("the TLS certificate chain cannot be read: {}", error.message());
  }
  context->use_private_key(boost::asio::buffer(identity.private_key), ssl::context::pem, error);
  if (error) {
    return invalid("the TLS key cannot be read or does not match its certificate: {}", error.message());
  }
  return context;
}

}  // namespace quaymaster::http
