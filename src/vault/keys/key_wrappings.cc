#include "vault/keys/key_wrappings.h"

#include <ranges>

#include "base/encode.h"

namespace quaymaster::vault {
namespace {

constexpr std::size_t kLargest = 4096;
constexpr std::size_t kMostWrappings = 1000;

std::string folder(const std::string& prefix) {
  return prefix + "/key/";
}

std::string key_name(const std::string& prefix, std::uint64_t number) {
  return fmt::format("{}{:08}", folder(prefix), number);
}

/// Oldest first, since they sort by number.
Result<std::vector<std::string>> list(objects::ObjectStore& objects, const std::string& prefix) {
  return objects.list(folder(prefix), "", kMostWrappings);
}

std::uint64_t number_of(const std::string& name) {
  return std::strtoull(name.substr(name.rfind('/') + 1).c_str(), nullptr, 10);
}

Result<Buffer> load(objects::ObjectStore& objects, const std::string& name) {
  TRY(const auto size, objects.size(name));
  if (size > kLargest) {
    return corrupt("{} has {} bytes", name, size);
  }
  Buffer bytes(size);
  TRY(const auto count, objects.read(name, 0, bytes));
  bytes.resize(count);
  return bytes;
}

/// Adds a wrapping with the new key as the vault's newest, unless it exists already.
Result<> add_wrapping(objects::ObjectStore& objects, RandomSource& random, const std::string& prefix,
                      const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key) {
  TRY(const auto names, list(objects, prefix));
  if (names.empty()) {
    return ok();
  }
  TRY(const auto newest, load(objects, names.back()));
  if (open_key_object(newest, new_key)) {
    return ok();
  }
  Error why = forbidden("{}: the key does not open this vault", prefix);
  for (const auto& name : names | std::views::reverse) {
    TRY(const auto object, load(objects, name));
    auto wrapped = rewrap_key_object(object, old_key, new_key, random);
    if (wrapped) {
      return objects.put(key_name(prefix, number_of(names.back()) + 1), wrapped.value());
    }
    if (name == names.back()) {
      why = std::move(wrapped).error();
    }
  }
  return why;
}

Result<> drop_older(objects::ObjectStore& objects, const std::string& prefix) {
  TRY(const auto names, list(objects, prefix));
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    TRY(objects.remove(names[i]));
  }
  return ok();
}

}  // namespace

Result<std::vector<KeyWrapping>> key_wrappings(objects::ObjectStore& objects, const std::string& prefix) {
  std::vector<KeyWrapping> found;
  TRY(const auto names, list(objects, prefix));
  for (const auto& name : names) {
    TRY(const auto object, load(objects, name));
    TRY(const auto seen, look_at_key_object(object));
    found.push_back({number_of(name), seen.kind, hex_lower(seen.id)});
  }
  return found;
}

Result<> make_keys(objects::ObjectStore& objects, RandomSource& random, const std::string& prefix,
                   const KeyEncryptionKey& key) {
  TRY(const auto names, list(objects, prefix));
  if (!names.empty()) {
    return conflict("there is a vault at {} already", prefix);
  }
  return objects.put(key_name(prefix, 1), new_key_object(key, random));
}

Result<Keys> open_keys(objects::ObjectStore& objects, const std::string& prefix, const KeyEncryptionKey& key) {
  TRY(const auto names, list(objects, prefix));
  if (names.empty()) {
    return not_found("there is no vault at {}", prefix);
  }
  TRY(const auto newest, load(objects, names.back()));
  auto keys = open_key_object(newest, key);
  for (std::size_t i = names.size() - 1; !keys && i > 0; --i) {
    TRY(const auto older, load(objects, names[i - 1]));
    if (auto opened = open_key_object(older, key)) {
      return opened;
    }
  }
  return keys;
}

Result<> rewrap_keys(objects::ObjectStore& objects, RandomSource& random, std::span<const std::string> prefixes,
                     const KeyEncryptionKey& old_key, const KeyEncryptionKey& new_key,
                     const std::function<Result<>()>& install) {
  for (const auto& prefix : prefixes) {
    TRY(add_wrapping(objects, random, prefix, old_key, new_key));
  }
  if (install) {
    TRY(install());
  }
  for (const auto& prefix : prefixes) {
    TRY(drop_older(objects, prefix));
  }
  return ok();
}

}  // namespace quaymaster::vault
