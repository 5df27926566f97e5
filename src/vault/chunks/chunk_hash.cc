#include "vault/chunks/chunk_hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/check.h"

namespace quaymaster::vault {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
Context fresh() {
  return Context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
}

EVP_MD_CTX* keyed(const SealKey& key, std::uint8_t pad) {
  std::array<std::uint8_t, 64> block;
  block.fill(pad);
  for (std::size_t i = 0; i < key.size(); ++i) {
    block[i] ^= key[i];
  }
  auto context = fresh();
  check(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  check(EVP_DigestUpdate(context.get(), block.data(), block.size()) == 1);
  return context.release();
}

}  // namespace

ChunkHash::ChunkHash(const SealKey& key) : inner_(keyed(key, 0x36)), outer_(keyed(key, 0x5C)) {}

ChunkHash::~ChunkHash() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(inner_));
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(outer_));
}

ChunkId ChunkHash::operator()(Bytes bytes) const {
  thread_local const auto context = fresh();
  std::array<std::uint8_t, 32> digest;
  check(EVP_MD_CTX_copy_ex(context.get(), static_cast<const EVP_MD_CTX*>(inner_)) == 1);
  check(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  check(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  check(EVP_MD_CTX_copy_ex(context.get(), static_cast<const EVP_MD_CTX*>(outer_)) == 1);
  check(EVP_DigestUpdate(context.get(), digest.data(), digest.size()) == 1);
  check(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  ChunkId id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

bool is_zero(Bytes bytes) {
  // A block equals itself shifted by one exactly when all its bytes equal the first one.
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace quaymaster::vault
