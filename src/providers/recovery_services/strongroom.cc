#include "providers/recovery_services/strongroom.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::size_t kKeySize = 32;

std::string prefix_of(const Guid& vault) {
  return "vaults/" + vault.text();
}

}  // namespace

Result<> Strongroom::create(const Guid& vault) {
  auto made = vault::Vault::create(services_.database, services_.objects, services_.random, prefix_of(vault),
                                   services_.vault_key);
  return made || made.error().kind() == Errc::conflict ? Result<>(ok()) : made;
}

/// Held while one is opened: two opened twins of a vault would not know of each other's sessions.
Result<std::shared_ptr<vault::Vault>> Strongroom::open(const Guid& vault) {
  const std::lock_guard lock(mutex_);
  if (const auto found = open_.find(vault); found != open_.end()) {
    return found->second;
  }
  TRY(auto opened, vault::Vault::open(services_.database, services_.objects, services_.clock, services_.random,
                                      prefix_of(vault), services_.vault_key, services_.vault_options));
  return open_.emplace(vault, std::move(opened)).first->second;
}

Result<> Strongroom::remove(const Guid& vault) {
  {
    const std::lock_guard lock(mutex_);
    open_.erase(vault);
  }
  return vault::Vault::destroy(services_.database, services_.objects, prefix_of(vault));
}

Result<vault::KeyEncryptionKey> open_vault_key(Disk& disk, const Path& file, RandomSource& random) {
  vault::KeyEncryptionKey key;
  auto stored = read_file(disk, file, 4 * kKiB);
  if (stored) {
    if (stored.value().size() != kKeySize) {
      return corrupt("{} has {} bytes, a vault key file has {}", file.string(), stored.value().size(), kKeySize);
    }
    key.secret = std::move(stored).value();
    return key;
  }
  if (stored.error().kind() != Errc::not_found) {
    return std::move(stored).error();
  }
  key.secret.resize(kKeySize);
  random.fill(key.secret);
  TRY(replace_file(disk, file, key.secret));
  return key;
}

}  // namespace quaymaster::recovery_services
