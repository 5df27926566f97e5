#include "cli/vault/offline_data.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/encode.h"
#include "base/files/confined.h"
#include "objects/directory/directory_store.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/provider.h"
#include "store/sqlite/open_sqlite.h"
#include "vault/engine/open_vault.h"
#include "workload/source.h"

namespace quaymaster::cli {
namespace {

namespace rs = recovery_services;

Result<> copy_if_there(const Path& from, const Path& to) {
  std::error_code error;
  std::filesystem::copy_file(from, to, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    return system_error(error.value(), fmt::format("copy {} to {}", from.native(), to.native()));
  }
  return ok();
}

bool is_named(const rs::ItemRecord& item, std::string_view name) {
  return equal_ignoring_case(item.item, name) || equal_ignoring_case(item.friendly_name, name) ||
         equal_ignoring_case(item.id.text(), name);
}

}  // namespace

void add_offline_options(std::vector<Option>& options) {
  options.push_back({Option::Kind::required_text, "data", "data directory; no server may be running on it"});
  options.push_back({Option::Kind::text, "vault", "name of the vault (default: the only one)", 'v'});
  options.push_back({Option::Kind::text, "resource-group", "its resource group", 'g'});
  add_key_options(options);
}

void add_key_options(std::vector<Option>& options) {
  options.push_back({Option::Kind::text, "vault-key", "file with the key of the vaults (default: DATA/vault.key)"});
  options.push_back({Option::Kind::text, "vault-passphrase-file", "file with their passphrase, if they have one"});
}

Result<std::unique_ptr<OfflineData>> OfflineData::open(const Arguments& arguments, Access access) {
  const auto root = std::filesystem::absolute(arguments.text("data")).lexically_normal();
  if (!SystemDisk().status(root / "records.db")) {
    return not_found("{} is not a data directory: it has no records.db", root.native());
  }
  std::string pattern = std::filesystem::temp_directory_path() / "quaymaster-offline-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return system_error(errno, fmt::format("make directory {}", pattern));
  }
  std::unique_ptr<OfflineData> data(new OfflineData(root, pattern, arguments, access));
  TRY(data->load());
  return data;
}

OfflineData::OfflineData(Path root, Path scratch, const Arguments& arguments, Access access)
    : root_(std::move(root)),
      scratch_(std::move(scratch)),
      arguments_(arguments),
      access_(access),
      overlay_(root_ / "objects", scratch_ / "objects") {}

OfflineData::~OfflineData() {
  objects_.reset();
  records_.reset();
  std::error_code ignored;  // a leftover temporary directory does no harm, and there is nobody to report it to
  std::filesystem::remove_all(scratch_, ignored);
  for (const int lock : locks_) {
    ::close(lock);
  }
}

Result<> OfflineData::hold(const Path& lock_file) {
  const int descriptor = ::open(lock_file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return errno == ENOENT ? Result<>(ok()) : system_error(errno, fmt::format("open {}", lock_file.native()));
  }
  locks_.push_back(descriptor);
  if (::flock(descriptor, (access_ == Access::look ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) {
    return ok();
  }
  if (errno != EWOULDBLOCK) {
    return system_error(errno, fmt::format("lock {}", lock_file.native()));
  }
  return access_ == Access::look ? busy("a server is running on {}: use it, or stop it first", root_.native())
                                 : busy("{} is in use: stop the server there first", root_.native());
}

bool is_served(const Path& data) {
  const int descriptor = ::open((data / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return false;
  }
  const bool is_held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return is_held;
}

Result<> OfflineData::load() {
  TRY(hold(root_ / "lock"));
  TRY(hold(root_ / "records.db.lock"));
  // Nobody writes while no server runs, so the log and its database are consistent.
  for (const auto* name : {"records.db", "records.db-wal"}) {
    TRY(copy_if_there(root_ / name, scratch_ / name));
  }
  auto schemas = rs::schemas();
  if (std::ranges::none_of(schemas, [](const auto& schema) { return schema.owner == vault::schema().owner; })) {
    schemas.push_back(vault::schema());
  }
  TRY(records_, store::open_sqlite(scratch_ / "records.db", schemas));
  TRY(SystemDisk().make_directories(scratch_ / "objects"));
  Disk& disk = access_ == Access::look ? static_cast<Disk&>(overlay_) : disk_;
  TRY(objects_, objects::open_directory(disk, root_ / "objects"));
  return ok();
}

Result<std::vector<rs::VaultRecord>> OfflineData::vaults() {
  std::vector<rs::VaultRecord> all;
  TRY(records_->read([&](store::Reader& reader) -> Result<> {
    TRY(all, rs::all_vaults(reader));
    TRY(auto unfinished, rs::unfinished_vaults(reader));
    std::ranges::move(unfinished, std::back_inserter(all));
    return ok();
  }));
  return all;
}

Path OfflineData::key_file() const {
  if (arguments_.has("vault-passphrase-file")) {
    return {};
  }
  return arguments_.text("vault-key", (root_ / "vault.key").native());
}

Result<vault::KeyEncryptionKey> OfflineData::key() {
  if (!arguments_.has("vault-passphrase-file")) {
    return rs::read_vault_key(disk_, key_file());
  }
  if (arguments_.has("vault-key")) {
    return invalid("give --vault-key or --vault-passphrase-file, not both");
  }
  return rs::read_passphrase(disk_, arguments_.text("vault-passphrase-file"));
}

Result<OfflineData::OpenVault> OfflineData::open_vault(const Arguments& arguments) {
  const auto name = arguments.text("vault");
  const auto group = arguments.text("resource-group");
  std::vector<rs::VaultRecord> fitting;
  TRY(records_->read([&](store::Reader& reader) -> Result<> {
    TRY(const auto all, rs::all_vaults(reader));
    std::ranges::copy_if(all, std::back_inserter(fitting), [&](const rs::VaultRecord& vault) {
      return (name.empty() || equal_ignoring_case(vault.name, name)) &&
             (group.empty() || equal_ignoring_case(vault.group, group));
    });
    return ok();
  }));
  if (fitting.empty()) {
    return not_found("{} has no such vault", root_.native());
  }
  if (fitting.size() > 1) {
    std::string names;
    for (const auto& vault : fitting) {
      names += fmt::format("\n  --vault {} -g {}", vault.name, vault.group);
    }
    return invalid("{} has several vaults, choose one:{}", root_.native(), names);
  }
  TRY(const auto key, this->key());
  vault::Options options;
  options.trace = workload::trace();
  OpenVault opened{std::move(fitting.front()), nullptr};
  TRY(opened.vault,
      vault::open_vault(*records_, *objects_, clock_, random_, opened.record.prefix(), key, std::move(options)));
  return opened;
}

Result<std::vector<OfflineData::FoundPoint>> OfflineData::points(const OpenVault& opened, std::string_view item) {
  constexpr std::size_t kAtOnce = 1000;
  std::vector<FoundPoint> found;
  std::vector<std::string> known;
  std::vector<std::string> named;
  TRY(records_->read([&](store::Reader& reader) -> Result<> {
    for (std::string after;;) {
      TRY(const auto items, rs::items_of_vault(reader, opened.record.id, after, kAtOnce));
      for (const auto& record : items) {
        after = rs::lower_name(record);
        known.push_back(record.friendly_name);
        if (!item.empty() && !is_named(record, item)) {
          continue;
        }
        named.push_back(fmt::format("\n  {} ({})", record.item, record.container));
        TRY(auto points, rs::points_of(reader, record.id));
        for (auto& point : points) {
          found.push_back({record, std::move(point)});
        }
      }
      if (items.size() < kAtOnce) {
        return ok();
      }
    }
  }));
  if (!item.empty() && named.empty()) {
    return not_found("the vault {} protects nothing named \"{}\"; it has: {}", opened.record.name, item,
                     known.empty() ? "nothing" : fmt::format("{}", fmt::join(known, ", ")));
  }
  if (!item.empty() && named.size() > 1) {
    return conflict("several items are named \"{}\"; use one of these names:{}", item, fmt::join(named, ""));
  }
  return found;
}

Result<OfflineData::FoundPoint> OfflineData::find_point(const OpenVault& opened, const Arguments& arguments) {
  const auto name = arguments.text("POINT");
  const auto item = arguments.text("ITEM");
  TRY(auto all, points(opened, item));
  const auto found = std::ranges::find_if(all, [&](const FoundPoint& point) {
    return equal_ignoring_case(name, "latest") || std::to_string(point.record.name) == name ||
           equal_ignoring_case(point.record.id.text(), name);
  });
  if (found == all.end()) {
    return not_found("{} has no recovery point {}", item, name);
  }
  return std::move(*found);
}

Result<> OfflineData::check_target(const Path& path) const {
  if (is_within(without_links(path), without_links(root_))) {
    return invalid("{} is in the data directory, which is not written to", path.native());
  }
  return ok();
}

}  // namespace quaymaster::cli
