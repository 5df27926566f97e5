#include "providers/import_export/drive_keys.h"

#include <algorithm>

namespace quaymaster::import_export {
namespace {

constexpr std::uint8_t kVersion = 1;

std::string associated(const Guid& job, std::string_view drive_key) {
  return job.text() + "/" + std::string(drive_key);
}

}  // namespace

Result<DriveKeys> DriveKeys::open(Disk& disk, const Path& file, RandomSource& random) {
  SealKey key;
  auto stored = read_file(disk, file, 4 * kKiB);
  if (stored) {
    if (stored.value().size() != key.size()) {
      return corrupt("{} has {} bytes, a drive key file has {}", file.string(), stored.value().size(), key.size());
    }
    std::ranges::copy(stored.value(), key.begin());
    return DriveKeys(key, random);
  }
  if (stored.error().kind() != Errc::not_found) {
    return stored.error();
  }
  TRY(disk.make_directories(file.parent_path()));
  random.fill(key);
  TRY(replace_file(disk, file, key));
  return DriveKeys(key, random);
}

Buffer DriveKeys::seal(const Guid& job, std::string_view drive_key, std::string_view bit_locker_key) const {
  SealNonce nonce;
  random_->fill(nonce);
  Buffer sealed(1 + nonce.size() + bit_locker_key.size() + kSealTag);
  sealed[0] = kVersion;
  std::ranges::copy(nonce, sealed.begin() + 1);
  quaymaster::seal(key_, nonce, as_bytes(associated(job, drive_key)), as_bytes(bit_locker_key),
                   MutableBytes(sealed).subspan(1 + nonce.size()));
  return sealed;
}

Result<std::string> DriveKeys::open(const Guid& job, std::string_view drive_key, Bytes sealed) const {
  SealNonce nonce;
  if (sealed.size() < 1 + nonce.size() + kSealTag || sealed[0] != kVersion) {
    return corrupt("a sealed drive key of {} bytes was not written by this server", sealed.size());
  }
  std::ranges::copy(sealed.subspan(1, nonce.size()), nonce.begin());
  const auto text = sealed.subspan(1 + nonce.size());
  Buffer plain(text.size() - kSealTag);
  TRY(open_sealed(key_, nonce, as_bytes(associated(job, drive_key)), text, plain));
  return std::string(as_text(plain));
}

}  // namespace quaymaster::import_export
