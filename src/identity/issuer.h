#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "http/host_names.h"
#include "identity/principals/access.h"
#include "identity/principals/principal.h"
#include "identity/tokens/external_issuer.h"
#include "store/database.h"

namespace quaymaster::identity {

struct IssuerOptions {
  /// A GUID. Empty: the stored one, created at the first start. Errc::invalid when it is not a GUID or differs from the
  /// stored one.
  std::string tenant;
  /// This server's names: a token for "https://NAME", with any port, is one for Resource Manager, as are those for
  /// Azure's public names. Never those of storage accounts.
  http::HostNames hosts;
  Ticks token_life = std::chrono::hours{1};
  /// DER of the signing key, used at the first start; empty: one is generated.
  Buffer signing_key = {};
  /// An OpenID issuer whose tokens are accepted as well. Its keys are given to `Issuer::external`.
  std::optional<ExternalIssuerOptions> external;
};

/// The credentials of a new principal. The secret is returned only here: only its scrypt hash is stored.
struct Credentials {
  std::string client_id;
  std::string object_id;
  std::string secret;
};

struct NewPrincipal {
  std::string name;
  std::optional<std::string> client_id;  // GUID; generated when absent
  std::optional<std::string> secret;     // generated when absent
};

/// What a token is used for. Decides which audiences are accepted.
enum class Audience { resource_manager, storage };

/// Principals, their secrets and roles, and the tokens issued to them. The signing key is stored in the database and
/// survives restarts, because clients keep tokens across them (clients.md, 3.4). Thread-safe; the checks made on every
/// request (verify, allowed) are answered from bounded caches without touching the database once warm.
class Issuer {
 public:
  /// Creates tenant and signing key when the database has none; durable on return. Errc::invalid: see IssuerOptions.
  static Result<std::unique_ptr<Issuer>> open(store::Database& database, Clock& clock, RandomSource& random,
                                              IssuerOptions options = {});
  ~Issuer();
  Issuer(const Issuer&) = delete;
  Issuer& operator=(const Issuer&) = delete;

  const std::string& tenant() const;

  // Principals. All changes are durable on return.
  Result<bool> has_principals();
  /// Errc::conflict: the client id is taken. Errc::invalid: it is not a GUID, or the secret is empty.
  Result<Credentials> create_principal(NewPrincipal principal);
  /// Creates a principal that signs in at the configured OpenID issuer and has no secret here; until then its tokens
  /// are refused. Errc::invalid: no issuer is configured, or the value is empty. Errc::conflict: it exists.
  Result<Credentials> create_external(std::string name, std::string_view claim_value);
  /// As create_principal, with the roles Owner and Storage Blob Data Owner at "/", in one transaction. For the first
  /// start.
  Result<Credentials> create_administrator(NewPrincipal principal);
  /// Replaces the secret; tokens already issued stay valid until they expire. Errc::not_found.
  Result<Credentials> reset_secret(std::string_view client_id);
  /// Removes its role assignments as well; its tokens and secrets become invalid at once. Errc::not_found.
  Result<PrincipalEntry> remove_principal(std::string_view client_id);
  /// `role` is a name or GUID of identity/principals/roles.h; `scope` a resource id or a prefix of one, "/" for
  /// everything. Assigning the same role twice is not an error. Errc::not_found: no such principal or role.
  Result<> assign_role(std::string_view object_id, std::string_view role, std::string_view scope);

  /// Errc::unauthenticated: unknown client or wrong secret; neither timing nor answer distinguishes them, only the
  /// cause does. Costs about 20 ms of one core and 8 MiB for a secret not seen since the start; requests use
  /// SecretCheck.
  Result<Principal> authenticate(std::string_view client_id, std::string_view secret);
  /// The principal of a secret that `authenticate` has accepted since the start; takes microseconds.
  std::optional<Principal> recall(std::string_view client_id, std::string_view secret);

  /// A signed token (RS256) for `principal`, with the claims of clients.md 3.4. `issuer` is the address of the
  /// authority as the client wrote it.
  std::string issue(const Principal& principal, std::string_view audience, std::string_view issuer);
  Ticks token_life() const;
  /// Would any API of this server accept a token for this audience? Tokens for other audiences are not issued.
  /// Audiences are fixed: those of IssuerOptions::hosts and Azure's public names, with or without a trailing slash.
  bool knows_audience(std::string_view audience) const;

  /// The principal of a token issued by this server or by the configured OpenID issuer. `base` is the server's address
  /// as the client wrote it ("https://localhost:8443"); only the text of a refusal uses it. Checks, in this order:
  /// form, algorithm, key, signature, tenant, issuer, audience, times (five minutes of skew on the given
  /// clock), that the principal still exists. Errc::unauthenticated with a published row of
  /// identity/principals/errors.h.
  Result<Principal> verify(std::string_view token, Audience audience, std::string_view base);

  /// May `principal` do `action` ("Microsoft.ImportExport/jobs/read") at `scope` (a resource id, any case)? Checks its
  /// role assignments at the scope and above.
  Result<bool> allowed(const Principal& principal, std::string_view action, std::string_view scope);
  /// The same for a data action ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read").
  Result<bool> allowed_data(const Principal& principal, std::string_view action, std::string_view scope);
  /// May it do `action` at some scope below `scope`, though perhaps not at `scope` itself?
  Result<bool> allowed_below(const Principal& principal, std::string_view action, std::string_view scope);
  /// Does it have any role below `scope`?
  Result<bool> works_below(const Principal& principal, std::string_view scope);

  /// The configured OpenID issuer; null when there is none.
  ExternalIssuer* external();
  /// Principals and role assignments. Changes made through it take effect at once, like those made here.
  Access& access();
  /// To be called after the records were replaced as a whole by someone else: cached state is read again.
  void forget();

  /// The public keys as a JSON Web Key Set.
  std::string key_set() const;

 private:
  class Impl;
  explicit Issuer(std::unique_ptr<Impl> impl);
  Result<Credentials> create(NewPrincipal principal, std::span<const std::string_view> roles);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quaymaster::identity
