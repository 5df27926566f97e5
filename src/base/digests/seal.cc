#include "base/digests/seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>

#include "base/check.h"

namespace quaymaster {
namespace {

struct CipherDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

/// One context per thread: fetching the cipher costs more than sealing a kilobyte.
EVP_CIPHER_CTX* context() {
  thread_local std::unique_ptr<EVP_CIPHER_CTX, CipherDeleter> held(EVP_CIPHER_CTX_new());
  thread_local const bool fetched = EVP_CipherInit_ex(held.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr, 1) == 1;
  check(fetched);
  return held.get();
}

void begin(EVP_CIPHER_CTX* c, const SealKey& key, const SealNonce& nonce, Bytes associated, int encrypt) {
  check(EVP_CipherInit_ex(c, nullptr, nullptr, key.data(), nonce.data(), encrypt) == 1);
  int count = 0;
  if (!associated.empty()) {
    check(EVP_CipherUpdate(c, nullptr, &count, associated.data(), static_cast<int>(associated.size())) == 1);
  }
}

}  // namespace

void seal(const SealKey& key, const SealNonce& nonce, Bytes associated, Bytes plain, MutableBytes sealed) {
  check(sealed.size() == plain.size() + kSealTag && plain.size() <= kGiB);
  auto* c = context();
  begin(c, key, nonce, associated, 1);
  int count = 0;
  check(EVP_CipherUpdate(c, sealed.data(), &count, plain.data(), static_cast<int>(plain.size())) == 1);
  check(EVP_CipherFinal_ex(c, sealed.data() + plain.size(), &count) == 1);
  check(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, kSealTag, sealed.data() + plain.size()) == 1);
}

Result<> open_sealed(const SealKey& key, const SealNonce& nonce, Bytes associated, Bytes sealed, MutableBytes plain) {
  if (sealed.size() < kSealTag || sealed.size() > kGiB) {
    return corrupt("{} bytes are too few for sealed data", sealed.size());
  }
  const auto body = sealed.first(sealed.size() - kSealTag);
  check(plain.size() == body.size());
  auto* c = context();
  begin(c, key, nonce, associated, 0);
  std::array<std::uint8_t, kSealTag> tag;
  std::copy(sealed.end() - kSealTag, sealed.end(), tag.begin());
  int count = 0;
  check(EVP_CipherUpdate(c, plain.data(), &count, body.data(), static_cast<int>(body.size())) == 1);
  check(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, kSealTag, tag.data()) == 1);
  std::array<std::uint8_t, 16> rest;
  if (EVP_CipherFinal_ex(c, rest.data(), &count) != 1) {
    return corrupt("sealed data does not open: wrong key or modified bytes");
  }
  return ok();
}

SealKey derive_key(Bytes secret, Bytes salt, std::string_view label) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> c(EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free);
  char hash[] = "SHA256";
  const auto octets = [](const char* name, Bytes bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
  };
  const std::array<std::uint8_t, 32>
      no_salt{};  // what RFC 5869 specifies for no salt; the library refuses an empty one
  if (salt.empty()) {
    salt = no_salt;
  }
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
                                   octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
                                   octets(OSSL_KDF_PARAM_INFO, as_bytes(label)), OSSL_PARAM_construct_end()};
  SealKey key;
  check(EVP_KDF_derive(c.get(), key.data(), key.size(), parameters) == 1);
  return key;
}

Result<SealKey> stretch_passphrase(std::string_view passphrase, Bytes salt, std::uint64_t n, std::uint32_t r,
                                   std::uint32_t p) {
  constexpr std::uint64_t kMostMemory = 512 * kMiB;
  SealKey key;
  if (n < 2 || (n & (n - 1)) != 0 || r == 0 || p == 0 || p > 16 || r > 64 || n > kMostMemory / 128 / r ||
      EVP_PBE_scrypt(passphrase.data(), passphrase.size(), salt.data(), salt.size(), n, r, p, kMostMemory + 64 * kMiB,
                     key.data(), key.size()) != 1) {
    return invalid("scrypt parameters out of range: n {} r {} p {}", n, r, p);
  }
  return key;
}

}  // namespace quaymaster
