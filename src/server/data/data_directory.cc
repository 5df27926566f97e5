#include "server/data/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>

#include "base/encode.h"
#include "base/log.h"
#include "server/settings/well_known.h"
#include "wire/json.h"

namespace quaymaster::server {
namespace {

/// How long before its expiry a start replaces a server certificate that we issued.
constexpr std::chrono::days kRenewBefore{30};

Result<> write_text(Disk& disk, const Path& path, std::string_view text) {
  return replace_file(disk, path, as_bytes(text));
}

template <class File>
Result<File> read_described(Disk& disk, const Path& path) {
  TRY(const auto bytes, read_file(disk, path, kMiB));
  auto parsed = wire::parse_stored<File>(as_text(bytes));
  if (!parsed) {
    return corrupt("{} is damaged: {}", path.native(), parsed.error().cause());
  }
  return parsed;
}

bool is_missing(const Error& error) {
  return error.kind() == Errc::not_found;
}

}  // namespace

DataDirectory::Lock::~Lock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

/// flock instead of a lock file: the system releases it when the process ends, however it ends.
Result<DataDirectory::Lock> DataDirectory::take_lock(const Path& root) {
  const Path path = root / "lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return system_error(errno, fmt::format("open {}", path.native()));
  }
  Lock lock(descriptor);
  std::array<char, 32> holder{};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return system_error(errno, fmt::format("lock {}", path.native()));
    }
    const auto size = ::pread(descriptor, holder.data(), holder.size(), 0);
    return busy("the data directory {} is in use by process {}; only one server per directory", root.native(),
                std::string_view(holder.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))));
  }
  return lock;
}

DataDirectory::DataDirectory(Disk& disk, Path root, const Settings& settings, Lock lock)
    : disk_(disk), root_(std::move(root)), settings_(settings), lock_(std::move(lock)) {
  std::error_code unknown;  // if this fails, nothing is set aside by default
  const auto size = std::filesystem::space(root_, unknown);
  const std::uint64_t total = unknown ? 0 : size.capacity;
  const auto floor = settings_.floor_of(total);
  space_ = std::make_unique<Space>(disk_, root_, floor);
  reserve_ = std::make_unique<Reserve>(disk_, root_ / "reserve", floor == 0 ? 0 : Reserve::most_of(total));
}

/// For the error message of a second server; the lock works without it.
void DataDirectory::write_holder() {
  const auto self = std::to_string(::getpid());
  const auto size = static_cast<ssize_t>(self.size());
  if (::pwrite(lock_.descriptor(), self.data(), self.size(), 0) != size || ::ftruncate(lock_.descriptor(), size) != 0) {
    log::warning("server", "the lock does not say who holds it: {}",
                 system_error(errno, fmt::format("write {}", (root_ / "lock").native())).cause());
  }
}

Result<DataDirectory> DataDirectory::open(Disk& disk, const Settings& settings) {
  const Path root = std::filesystem::absolute(settings.data).lexically_normal();
  TRY(disk.make_directories(root));
  if (::chmod(root.c_str(), 0700) != 0) {
    return system_error(errno, fmt::format("chmod {}", root.native()));
  }
  TRY(auto lock, take_lock(root));
  DataDirectory directory(disk, root, settings, std::move(lock));
  directory.reserve().make_room();
  directory.write_holder();
  TRY(directory.check_profile());
  directory.remove_endpoints();  // left by a killed server
  return directory;
}

Result<std::string> DataDirectory::read_text(const Path& name) {
  TRY(const auto bytes, read_file(disk_, root_ / name, kMiB));
  return std::string(as_text(bytes));
}

Result<> DataDirectory::check_profile() {
  auto made_with = read_text("profile");
  if (!made_with) {
    if (!is_missing(made_with.error())) {
      return std::move(made_with).error();
    }
    is_new_ = true;
    return write_text(disk_, root_ / "profile", settings_.profile + "\n");
  }
  if (made_with.value() != settings_.profile + "\n") {
    return conflict("the data directory {} was made with the profile \"{}\" and is not opened with \"{}\"",
                    root_.native(), made_with.value().substr(0, made_with.value().find('\n')), settings_.profile);
  }
  return ok();
}

Result<std::optional<std::string>> DataDirectory::find_text(const Path& name) {
  auto read = read_text(name);
  if (!read && !is_missing(read.error())) {
    return std::move(read).error();
  }
  return read ? std::optional(std::move(read).value()) : std::nullopt;
}

Result<http::CertifiedKey> DataDirectory::new_authority(const std::vector<std::string>& names, Time now) {
  // The key is written first: a certificate without its key could never issue, but would already be trusted.
  TRY(auto made, http::make_authority("Quaymaster authority of " + settings_.data.filename().native(), names, now));
  TRY(write_text(disk_, root_ / "tls/ca.key", made.private_key));
  TRY(write_text(disk_, root_ / "tls/ca.pem", made.certificate));
  return made;
}

/// The authority to issue a certificate for `names` with: the existing one, or a new one when that may not issue them.
Result<http::CertifiedKey> DataDirectory::authority(const std::vector<std::string>& names, Time now) {
  TRY(auto certificate, find_text("tls/ca.pem"));
  TRY(auto key, find_text("tls/ca.key"));
  if (!certificate) {
    return new_authority(names, now);
  }
  if (!key) {
    return precondition(
        "a server certificate must be issued, but {0}/ca.key is missing: restore it, or remove {0}/ca.pem to create a "
        "new authority, which clients must then be given",
        (root_ / "tls").native());
  }
  http::CertifiedKey known{std::move(*certificate), std::move(*key)};
  const bool fits = http::is_key_of(known);  // false after an interruption while a new one was written
  if (fits && http::may_issue_for(known.certificate, names)) {
    return known;
  }
  log::warning("server", "{} {}: a new authority is created, and clients must be given the new ca.pem",
               (root_ / "tls/ca.pem").native(),
               fits ? "does not cover all names that this server now has" : "does not belong to ca.key");
  // Certificates of the old authority are removed first: next to the new one they would look like the owner's own.
  if (auto removed = disk_.remove(root_ / "tls/server.pem"); !removed && !is_missing(removed.error())) {
    return std::move(removed).error();
  }
  TRY(disk_.sync_directory(root_ / "tls"));
  return new_authority(names, now);
}

Result<http::CertifiedKey> DataDirectory::tls(Time now) {
  TRY(disk_.make_directories(root_ / "tls"));
  const auto names = certificate_names(settings_);
  TRY(auto known, find_text("tls/ca.pem"));
  if (!known) {
    TRY(auto made, new_authority(names, now));
    known = std::move(made.certificate);
  }
  TRY(auto chain, find_text("tls/server.pem"));
  TRY(auto key, find_text("tls/server.key"));
  if (chain && key) {
    TRY(const auto has, http::certificate_hosts(*chain));
    TRY(const auto end, http::certificate_end(*chain));
    const bool names_all =
        std::ranges::all_of(names, [&](const auto& name) { return std::ranges::find(has, name) != has.end(); });
    const bool is_ours = http::is_issued_by(*chain, *known);
    const bool is_fresh = end - now > kRenewBefore;
    if (!is_ours && !(names_all && is_fresh)) {
      log::warning("server",
                   "the certificate in {} was not issued by this server and will not be renewed; it expires {} and {}",
                   root_.native(), format_time_short(end),
                   names_all ? "covers every host name" : "does not cover every host name");
    }
    if (!is_ours || (names_all && is_fresh)) {
      return http::CertifiedKey{std::move(*chain), std::move(*key)};
    }
  }
  TRY(const auto issuer, authority(names, now));
  TRY(auto made, http::issue_certificate(issuer, names, now));
  made.certificate += issuer.certificate;
  TRY(write_text(disk_, root_ / "tls/server.key", made.private_key));
  TRY(write_text(disk_, root_ / "tls/server.pem", made.certificate));
  return made;
}

Result<Administrator> DataDirectory::administrator(RandomSource& random) {
  auto read = read_administrator(disk_, root_);
  if (read || !is_missing(read.error())) {
    return read;
  }
  Administrator made{std::string(well_known::kClientId), std::string(well_known::kClientSecret)};
  if (!settings_.is_test()) {
    std::array<std::uint8_t, 30> secret{};
    random.fill(secret);
    made = {random.guid().text(), base64url(secret)};
  }
  TRY(write_text(disk_, root_ / "administrator.json", wire::to_json(made) + "\n"));
  return made;
}

Result<> DataDirectory::write_endpoints(const Endpoints& endpoints) {
  return write_text(disk_, root_ / "endpoints.json", wire::to_json(endpoints) + "\n");
}

void DataDirectory::remove_endpoints() {
  if (const auto removed = disk_.remove(root_ / "endpoints.json"); !removed && !is_missing(removed.error())) {
    log::warning("server", "endpoints.json cannot be removed: {}", removed.error().cause());
  }
}

Result<Administrator> read_administrator(Disk& disk, const Path& root) {
  return read_described<Administrator>(disk, root / "administrator.json");
}

Result<Endpoints> read_endpoints(Disk& disk, const Path& root) {
  return read_described<Endpoints>(disk, root / "endpoints.json");
}

Path certificates_file(const Path& root, std::string_view client_id) {
  return root / "certificates" / fmt::format("{}.pem", client_id);
}

Result<std::string> read_certificates(Disk& disk, const Path& root, std::string_view client_id) {
  TRY(const auto bytes, read_file(disk, certificates_file(root, client_id), kMiB));
  return std::string(as_text(bytes));
}

std::vector<std::string> certificate_names(const Settings& settings) {
  std::vector<std::string> names = settings.host;
  for (const char* always : {"localhost", "127.0.0.1", "::1"}) {
    names.emplace_back(always);
  }
  if (settings.address != "0.0.0.0" && settings.address != "::") {
    names.push_back(settings.address);
  }
  for (const auto& domain : settings.blob_domain) {
    names.push_back("*." + domain);
  }
  std::vector<std::string> once;
  for (const auto& name : names) {
    if (std::ranges::find(once, name) == once.end()) {
      once.push_back(name);
    }
  }
  return once;
}

http::HostNames host_names(const Settings& settings, const std::string& certificate) {
  auto names = certificate_names(settings);
  if (auto more = http::certificate_hosts(certificate)) {
    std::ranges::move(more.value(), std::back_inserter(names));
  }
  std::erase_if(names, [&](const auto& name) {
    return std::ranges::any_of(settings.blob_domain,
                               [&](const auto& domain) { return equal_ignoring_case(name, "*." + domain); });
  });
  return http::HostNames(names);
}

}  // namespace quaymaster::server
