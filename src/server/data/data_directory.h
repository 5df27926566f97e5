#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/files/disk.h"
#include "base/files/space.h"
#include "base/guid.h"
#include "base/result.h"
#include "http/host_names.h"
#include "http/server/certificate.h"
#include "server/data/reserve.h"
#include "server/settings/settings.h"
#include "wire/field.h"

namespace quaymaster::server {

/// The client id and secret generated at the first start; `quaymaster env` prints them.
struct Administrator {
  std::string client_id;
  std::string secret;

  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&Administrator::client_id>("clientId"), wire::field<&Administrator::secret>("clientSecret")});
  }
};

/// Where clients find the running server. Written when it is ready, removed when it ends.
struct Endpoints {
  std::string arm;        // "https://localhost:8443"
  std::string blob;       // "http://127.0.0.1:10000"
  std::string authority;  // PEM file of the certificate authority, absolute
  std::string profile;
  std::string tenant;
  std::string subscription;
  std::int64_t arm_port = 0;
  std::int64_t blob_port = 0;
  std::int64_t process = 0;

  static constexpr auto wire() {
    using wire::field;
    using T = Endpoints;
    return wire::fields({field<&T::arm>("arm"), field<&T::blob>("blob"), field<&T::arm_port>("armPort"),
                         field<&T::blob_port>("blobPort"), field<&T::authority>("certificateAuthority"),
                         field<&T::profile>("profile"), field<&T::tenant>("tenantId"),
                         field<&T::subscription>("subscriptionId"), field<&T::process>("process")});
  }
};

/// The files of the data directory other than records and objects, locked by one process at a time. Everything created
/// here is durable on return and readable by its owner only. Not thread-safe.
class DataDirectory {
 public:
  /// Creates the directory when it does not exist, and on a full disk frees space from the reserve. Errc::busy: another
  /// process holds it. Errc::conflict: it was created with another profile; the cause says which.
  static Result<DataDirectory> open(Disk& disk, const Settings& settings);

  /// Authority and server certificate for the settings' hosts, created or renewed when needed (see
  /// doc/configuration.md). `now` is the system time: clients compare it with theirs. Errc::precondition: a certificate
  /// must be issued but the authority's key was moved away.
  Result<http::CertifiedKey> tls(Time now);
  std::string authority_file() const { return (root_ / "tls/ca.pem").native(); }

  /// Stored in a file so that `quaymaster env` can print it. Created at the first call of the first start, before the
  /// principal is: if a crash comes in between, the next start creates the principal.
  Result<Administrator> administrator(RandomSource& random);

  Result<> write_endpoints(const Endpoints& endpoints);
  void remove_endpoints();

  const Path& root() const { return root_; }
  const Space& space() const { return *space_; }
  Reserve& reserve() { return *reserve_; }
  bool is_new() const { return is_new_; }

 private:
  /// Holds the lock while it exists.
  class Lock {
   public:
    explicit Lock(int descriptor) : descriptor_(descriptor) {}
    Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();

    int descriptor() const { return descriptor_; }

   private:
    int descriptor_;
  };

  DataDirectory(Disk& disk, Path root, const Settings& settings, Lock lock);

  static Result<Lock> take_lock(const Path& root);
  void write_holder();
  Result<> check_profile();
  Result<std::string> read_text(const Path& name);
  Result<std::optional<std::string>> find_text(const Path& name);  // nullopt: the file does not exist
  Result<http::CertifiedKey> new_authority(const std::vector<std::string>& names, Time now);
  Result<http::CertifiedKey> authority(const std::vector<std::string>& names, Time now);

  Disk& disk_;
  Path root_;
  Settings settings_;
  Lock lock_;
  std::unique_ptr<Space> space_;
  std::unique_ptr<Reserve> reserve_;
  bool is_new_ = false;
};

/// What other processes read from a data directory, without taking the lock. Errc::not_found: the file does not exist,
/// since no server has run or, for the endpoints, none is running.
Result<Administrator> read_administrator(Disk& disk, const Path& root);
Result<Endpoints> read_endpoints(Disk& disk, const Path& root);

/// The file with the certificates (PEM, concatenated) that a client may sign its assertions with; it may be written
/// while a server runs. `client_id` is a GUID in lower case.
Path certificates_file(const Path& root, std::string_view client_id);
/// The contents of that file. Errc::not_found: the client has none.
Result<std::string> read_certificates(Disk& disk, const Path& root, std::string_view client_id);

/// The names that the certificate must cover: localhost, loopback, the settings' hosts, the address when clients can
/// connect to it, "*.DOMAIN" of the Blob domains.
std::vector<std::string> certificate_names(const Settings& settings);
/// The names that Resource Manager and the sign-in answer to: the names above and those of the certificate in use,
/// which may be the owner's own, without the hosts of storage accounts.
http::HostNames host_names(const Settings& settings, const std::string& certificate);

}  // namespace quaymaster::server
