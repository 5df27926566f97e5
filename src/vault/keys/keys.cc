#include "vault/keys/keys.h"

#include <algorithm>

namespace quaymaster::vault {
namespace {

constexpr std::string_view kMagic = "QMVKEY";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderSize = 40;  // everything before the sealed master key; also its associated data
constexpr std::size_t kMasterSize = 32;
constexpr std::uint8_t kLogN = 15;
constexpr std::uint8_t kR = 8;
constexpr std::uint8_t kP = 1;

Result<SealKey> wrapping_key(Bytes header, const KeyEncryptionKey& key) {
  const auto salt = header.subspan(12, 16);
  if (key.kind == KeyEncryptionKey::Kind::passphrase) {
    if (header[8] > 40) {
      return corrupt("the key object asks for scrypt with a cost of 2^{}", header[8]);
    }
    return stretch_passphrase(as_text(key.secret), salt, 1ULL << header[8], header[9], header[10]);
  }
  return derive_key(key.secret, salt, "quaymaster vault key file");
}

SealNonce nonce_of(Bytes header) {
  SealNonce nonce;
  std::ranges::copy(header.subspan(28, nonce.size()), nonce.begin());
  return nonce;
}

Buffer wrap(Bytes master, const KeyEncryptionKey& key, RandomSource& random) {
  Buffer object(kHeaderSize + kMasterSize + kSealTag);
  const MutableBytes bytes(object);
  std::ranges::copy(as_bytes(kMagic), object.begin());
  object[6] = kVersion;
  object[7] = static_cast<std::uint8_t>(key.kind);
  object[8] = kLogN;
  object[9] = kR;
  object[10] = kP;
  random.fill(bytes.subspan(12, 28));  // salt and nonce
  const auto header = Bytes(object).first(kHeaderSize);
  seal(wrapping_key(header, key).value(), nonce_of(header), header, master, bytes.subspan(kHeaderSize));
  return object;
}

Result<> check_shape(Bytes object) {
  if (object.size() < 8 || !std::ranges::equal(object.first(kMagic.size()), as_bytes(kMagic))) {
    return corrupt("not a vault key object");
  }
  if (object[6] > kVersion) {
    return unsupported("the vault key object has version {}", object[6]);
  }
  if (object.size() != kHeaderSize + kMasterSize + kSealTag || object[7] > 1) {
    return corrupt("a vault key object of {} bytes", object.size());
  }
  return ok();
}

Result<Buffer> unwrap(Bytes object, const KeyEncryptionKey& key) {
  TRY(check_shape(object));
  if (object[7] != static_cast<std::uint8_t>(key.kind)) {
    return forbidden("the vault is locked with a {}", object[7] == 0 ? "key file" : "passphrase");
  }
  const auto header = object.first(kHeaderSize);
  TRY(const auto wrapping, wrapping_key(header, key));
  Buffer master(kMasterSize);
  if (!open_sealed(wrapping, nonce_of(header), header, object.subspan(kHeaderSize), master)) {
    return forbidden("the key does not open this vault, or its key object has been changed");
  }
  return master;
}

}  // namespace

Buffer new_key_object(const KeyEncryptionKey& key, RandomSource& random) {
  Buffer master(kMasterSize);
  random.fill(master);
  return wrap(master, key, random);
}

Result<Keys> open_key_object(Bytes object, const KeyEncryptionKey& key) {
  TRY(const auto master, unwrap(object, key));
  const auto derive = [&](std::string_view label) { return derive_key(master, {}, label); };
  return Keys{derive("chunk id"), derive("pack"), derive("point"), derive("index"), derive("cut")};
}

Result<KeyObjectView> look_at_key_object(Bytes object) {
  TRY(check_shape(object));
  KeyObjectView view;
  view.kind = static_cast<KeyEncryptionKey::Kind>(object[7]);
  std::ranges::copy(object.subspan(12, view.id.size()), view.id.begin());
  return view;
}

Result<Buffer> rewrap_key_object(Bytes object, const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key,
                                 RandomSource& random) {
  TRY(const auto master, unwrap(object, old_key));
  return wrap(master, new_key, random);
}

}  // namespace quaymaster::vault
