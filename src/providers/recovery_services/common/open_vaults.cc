#include "providers/recovery_services/common/open_vaults.h"

#include "vault/engine/open_vault.h"

#include <algorithm>

namespace quaymaster::recovery_services {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::uint64_t kLargestFile = 4 * kKiB;

std::string prefix_of(const Guid& vault) {
  return "vaults/" + vault.text();
}

}  // namespace

Result<> OpenVaults::create(const Guid& vault) {
  auto made = vault::create_vault(services_.database, services_.objects, services_.random, prefix_of(vault),
                                  services_.vault_key);
  return made || made.error().kind() == Errc::conflict ? Result<>(ok()) : made;
}

std::shared_ptr<OpenVaults::Room> OpenVaults::room_of(const Guid& vault) {
  const std::lock_guard lock(mutex_);
  auto& room = rooms_[vault];
  if (!room) {
    room = std::make_shared<Room>();
  }
  return room;
}

Result<std::shared_ptr<vault::Vault>> OpenVaults::open(const Guid& vault) {
  const auto room = room_of(vault);
  const std::lock_guard lock(room->mutex);
  if (!room->vault) {
    TRY(room->vault, vault::open_vault(services_.database, services_.objects, services_.clock, services_.random,
                                       prefix_of(vault), services_.vault_key, services_.vault_options));
  }
  return room->vault;
}

/// The Room stays, without a vault, for threads that wait for it; it costs no more than its id.
Result<> OpenVaults::remove(const Guid& vault, const store::Fence& fence) {
  const auto room = room_of(vault);
  const std::lock_guard lock(room->mutex);
  room->vault = nullptr;
  return vault::destroy_vault(services_.database, services_.objects, prefix_of(vault), fence);
}

Result<vault::KeyEncryptionKey> open_vault_key(Disk& disk, const Path& file, RandomSource& random) {
  auto stored = read_vault_key(disk, file);
  if (stored || stored.error().kind() != Errc::not_found) {
    return stored;
  }
  vault::KeyEncryptionKey key;
  key.secret.resize(kKeySize);
  random.fill(key.secret);
  TRY(replace_file(disk, file, key.secret));
  return key;
}

Result<vault::KeyEncryptionKey> read_vault_key(Disk& disk, const Path& file) {
  vault::KeyEncryptionKey key;
  TRY(key.secret, read_file(disk, file, kLargestFile));
  if (key.secret.size() != kKeySize) {
    return corrupt("{} has {} bytes, a vault key file has {}", file.string(), key.secret.size(), kKeySize);
  }
  return key;
}

Result<vault::KeyEncryptionKey> read_passphrase(Disk& disk, const Path& file) {
  vault::KeyEncryptionKey key{vault::KeyEncryptionKey::Kind::passphrase, {}};
  TRY(key.secret, read_file(disk, file, kLargestFile));
  key.secret.erase(std::ranges::find(key.secret, '\n'), key.secret.end());
  if (key.secret.empty()) {
    return invalid("the first line of {} is empty, it should be a passphrase", file.string());
  }
  return key;
}

}  // namespace quaymaster::recovery_services
