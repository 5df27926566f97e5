#include "base/digests/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/check.h"

namespace quaymaster {
namespace {

/// Fetched once: OpenSSL would otherwise look up the result of EVP_sha256() and its like again, under a lock, for every
/// digest.
const EVP_MD* find(HashAlgorithm algorithm) {
  static const EVP_MD* const kMd5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static const EVP_MD* const kSha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const kSha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  switch (algorithm) {
    case HashAlgorithm::md5:
      return kMd5;
    case HashAlgorithm::sha1:
      return kSha1;
    case HashAlgorithm::sha256:
      return kSha256;
    case HashAlgorithm::sha512:
      return kSha512;
  }
  check(false);
  return nullptr;
}

template <class Digest>
Digest digest_of(HashAlgorithm algorithm, Bytes bytes) {
  Digest result;
  unsigned size = 0;
  check(EVP_Digest(bytes.data(), bytes.size(), result.data(), &size, find(algorithm), nullptr) == 1);
  check(size == result.size());
  return result;
}

}  // namespace

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher(HashAlgorithm algorithm) : state_(std::make_unique<State>()) {
  check(state_->context != nullptr && EVP_DigestInit_ex(state_->context, find(algorithm), nullptr) == 1);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(Bytes bytes) {
  check(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Buffer Hasher::finish() {
  Buffer result(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  check(EVP_DigestFinal_ex(state_->context, result.data(), &size) == 1);
  result.resize(size);
  return result;
}

Buffer digest(HashAlgorithm algorithm, Bytes bytes) {
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

Md5Digest md5(Bytes bytes) {
  return digest_of<Md5Digest>(HashAlgorithm::md5, bytes);
}
Sha256Digest sha256(Bytes bytes) {
  return digest_of<Sha256Digest>(HashAlgorithm::sha256, bytes);
}

Sha256Digest hmac_sha256(Bytes key, Bytes bytes) {
  Sha256Digest result;
  unsigned size = 0;
  check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), result.data(),
             &size) != nullptr);
  return result;
}

}  // namespace quaymaster
