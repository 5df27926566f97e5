#include "identity/issuer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/digests/digest.h"
#include "base/digests/seal.h"
#include "base/encode.h"
#include "identity/principals/errors.h"
#include "identity/principals/records.h"
#include "identity/principals/roles.h"
#include "identity/principals/shown.h"
#include "identity/tokens/token.h"

namespace quaymaster::identity {
namespace {

// 8 MiB and about 20 ms. Generated secrets have 256 bits; the cost protects the secrets that people choose.
constexpr std::uint64_t kScryptN = 8192;
constexpr std::uint32_t kScryptR = 8;
constexpr std::uint32_t kScryptP = 1;

constexpr Ticks kSkew = std::chrono::minutes{5};
constexpr std::size_t kTokensPerGeneration = 4096;
constexpr std::string_view kExternal = "external";

/// Resource Manager's public names: SDKs request tokens for them whatever their endpoint (clients.md, 3.4).
constexpr std::string_view kManagementAudiences[] = {"https://management.azure.com",
                                                     "https://management.core.windows.net"};
constexpr std::string_view kStorageAudiences[] = {"https://storage.azure.com"};

std::int64_t unix_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
Time from_unix_seconds(std::int64_t seconds) {
  // A larger value would overflow a tick count; no legitimate token lives that long.
  constexpr std::int64_t kMost = 253402300799;  // the end of the year 9999
  return Time{std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, kMost)}};
}

std::string_view without_slash(std::string_view address) {
  return address.ends_with('/') ? address.substr(0, address.size() - 1) : address;
}

/// A bounded map: when the young half is full it becomes the old half, and the previous old half is dropped. Entries
/// that are used repeatedly stay.
template <class Value>
class Remembered {
 public:
  std::optional<Value> find(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    if (const auto young = young_.find(key); young != young_.end()) {
      return young->second;
    }
    if (const auto old = old_.find(key); old != old_.end()) {
      auto value = old->second;
      insert(key, value);
      return value;
    }
    return std::nullopt;
  }
  void put(const std::string& key, Value value) {
    const std::scoped_lock lock(mutex_);
    insert(key, std::move(value));
  }

 private:
  void insert(const std::string& key, Value value) {
    if (young_.size() >= kTokensPerGeneration) {
      old_ = std::exchange(young_, {});
    }
    young_.insert_or_assign(key, std::move(value));
  }

  std::mutex mutex_;
  std::unordered_map<std::string, Value> young_;
  std::unordered_map<std::string, Value> old_;
};

std::string digest_key(std::string_view text) {
  return std::string(as_text(sha256(as_bytes(text))));
}

}  // namespace

class Issuer::Impl {
 public:
  Impl(store::Database& database, Clock& clock, RandomSource& random, IssuerOptions options, std::string tenant,
       SigningKey key)
      : database_(database),
        clock_(clock),
        random_(random),
        options_(std::move(options)),
        tenant_(std::move(tenant)),
        key_(std::move(key)),
        access_(database, clock, random),
        pepper_(32) {
    if (options_.external) {
      external_.emplace(*options_.external);
    }
    random_.fill(pepper_);
  }

  store::Database& database_;
  Clock& clock_;
  RandomSource& random_;
  const IssuerOptions options_;
  const std::string tenant_;
  const SigningKey key_;
  Access access_;
  std::optional<ExternalIssuer> external_;
  Buffer pepper_;  // keys the cache of seen secrets, so that a core dump does not hold their plain digests

  /// A secret that was verified. `generation` is secret_changes_ before its hash was read: a reset or a deletion since
  /// then invalidates the entry.
  struct ProvenSecret {
    Principal principal;
    std::uint64_t generation;
  };
  Remembered<std::shared_ptr<const Claims>> tokens_;  // by digest; the signature is valid
  Remembered<ProvenSecret> secrets_;                  // by keyed digest of client id and secret
  std::atomic<std::uint64_t> secret_changes_ = 0;

  Result<SealKey> hash(std::string_view secret, Bytes salt) const {
    return stretch_passphrase(secret, salt, kScryptN, kScryptR, kScryptP);
  }
  std::string secret_key(std::string_view client_id, std::string_view secret) const {
    const auto keyed = hmac_sha256(pepper_, as_bytes(fmt::format("{}\n{}", to_lower(client_id), secret)));
    return std::string(as_text(keyed));
  }

  Result<std::optional<records::Secret>> secret_of(std::string_view client_id) {
    std::optional<records::Secret> found;
    TRY(database_.read([&](store::Reader& reader) -> Result<> {
      TRY(found, records::secret_of(reader, to_lower(client_id)));
      return ok();
    }));
    return found;
  }
  Principal principal_of(const PrincipalEntry& entry) const {
    return {entry.object_id, entry.client_id, tenant_, entry.name};
  }

  /// Storage comes first: whatever this server's names are, a token for storage is valid for nothing else.
  bool accepts(std::string_view audience, Audience kind) const {
    constexpr std::string_view kHttps = "https://";
    const auto bare = without_slash(audience);
    const bool is_storage =
        std::ranges::any_of(kStorageAudiences, [&](auto one) { return equal_ignoring_case(one, bare); });
    if (is_storage || kind == Audience::storage) {
      return is_storage && kind == Audience::storage;
    }
    return std::ranges::find(kManagementAudiences, bare) != std::end(kManagementAudiences) ||
           (equal_ignoring_case(bare.substr(0, kHttps.size()), kHttps) &&
            options_.hosts.has(bare.substr(kHttps.size())));
  }

  /// Only the path counts: the host is the one the client used to sign in, which may be another name of this machine.
  bool is_our_issuer(std::string_view issuer) const {
    if (!issuer.starts_with("https://") && !issuer.starts_with("http://")) {
      return false;
    }
    const auto path_at = issuer.find('/', issuer.find("//") + 2);
    const auto path = path_at == std::string_view::npos ? std::string_view{} : issuer.substr(path_at);
    return path == "/adfs" || path == fmt::format("/{}/", tenant_) || path == fmt::format("/{}/v2.0", tenant_);
  }

  /// Only the claims needed on every request are filled in; kind is "external".
  Result<std::shared_ptr<const Claims>> opened_external(std::string_view token, const std::string& key) {
    TRY(auto said, external_->verify(token));
    auto claims = std::make_shared<Claims>();
    claims->kind = kExternal;
    claims->subject = external_->name_of(said.principal);
    claims->not_before = said.not_before;
    claims->expires = said.expires;
    std::shared_ptr<const Claims> shared = std::move(claims);
    tokens_.put(key, shared);
    return shared;
  }

  Result<std::shared_ptr<const Claims>> opened(std::string_view token) {
    const auto key = digest_key(token);
    if (auto known = tokens_.find(key)) {
      return *known;
    }
    if (external_) {
      const auto external_key = fmt::format("{} {}", external_->generation(), key);
      if (auto known = tokens_.find(external_key)) {
        return *known;
      }
      if (external_->claims(token)) {
        return opened_external(token, external_key);
      }
    }
    TRY(auto claims, key_.open(token));
    if (!equal_ignoring_case(claims.tenant, tenant_)) {
      return refuse(Errc::unauthenticated, kInvalidTokenTenant, claims.tenant, tenant_);
    }
    if (!is_our_issuer(claims.issuer)) {
      return refuse(Errc::unauthenticated, kInvalidTokenIssuer, claims.issuer);
    }
    auto shared = std::make_shared<const Claims>(std::move(claims));
    tokens_.put(key, shared);
    return shared;
  }
};

namespace {

/// 256 bits as text that no command line mistakes for an option, as `az login -p` would if it began with a dash.
std::string new_secret(RandomSource& random) {
  std::string text;
  do {
    Buffer bytes(32);
    random.fill(bytes);
    text = base64url(bytes);
  } while (text.front() == '-' || text.front() == '_');
  return text;
}

Error no_guid(std::string_view what) {
  return invalid("{} must be a GUID", what);
}

}  // namespace

Result<std::unique_ptr<Issuer>> Issuer::open(store::Database& database, Clock& clock, RandomSource& random,
                                             IssuerOptions options) {
  if (!options.tenant.empty() && !parse_guid(options.tenant)) {
    return no_guid("the tenant");
  }
  options.tenant = to_lower(options.tenant);
  const auto wanted = options.tenant.empty() ? random.guid().text() : options.tenant;

  // The key is generated outside the transaction: it takes a tenth of a second, and all requests share one writer.
  Buffer stored_key;
  TRY(database.read([&](store::Reader& reader) -> Result<> {
    TRY(stored_key, records::signing_key(reader));
    return ok();
  }));
  std::optional<SigningKey> made;
  if (stored_key.empty()) {
    if (options.signing_key.empty()) {
      made.emplace(SigningKey::generate());
    } else {
      TRY(made, SigningKey::load(options.signing_key));
    }
  }
  std::string tenant;
  TRY(database.write([&](store::Writer& writer) -> Result<> {
    TRY(tenant, records::setting(writer, "tenant", wanted));
    TRY(stored_key, records::signing_key(writer));
    if (stored_key.empty()) {
      check(made.has_value());
      stored_key = made->private_der();
      TRY(records::add_signing_key(writer, made->id(), stored_key, clock.now()));
    }
    return ok();
  }));
  if (!options.tenant.empty() && tenant != options.tenant) {
    return invalid("the data belongs to tenant {}, the configuration names {}", tenant, options.tenant);
  }
  TRY(auto key, SigningKey::load(stored_key));
  auto impl = std::make_unique<Impl>(database, clock, random, std::move(options), std::move(tenant), std::move(key));
  TRY(impl->access_.name_assignments());
  return std::unique_ptr<Issuer>(new Issuer(std::move(impl)));
}

Issuer::Issuer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Issuer::~Issuer() = default;

const std::string& Issuer::tenant() const {
  return impl_->tenant_;
}
Ticks Issuer::token_life() const {
  return impl_->options_.token_life;
}
std::string Issuer::key_set() const {
  return fmt::format(R"({{"keys":[{}]}})", impl_->key_.public_jwk());
}

Result<bool> Issuer::has_principals() {
  bool found = false;
  TRY(impl_->database_.read([&](store::Reader& reader) -> Result<> {
    TRY(found, records::has_principals(reader));
    return ok();
  }));
  return found;
}

/// The principal and its roles in one transaction: a crash in between would leave a principal without any role.
Result<Credentials> Issuer::create(NewPrincipal principal, std::span<const std::string_view> roles) {
  auto& self = *impl_;
  if (principal.client_id && !parse_guid(*principal.client_id)) {
    return no_guid("a client id");
  }
  if (principal.secret && principal.secret->empty()) {
    return invalid("a client secret must not be empty");
  }
  auto secret = new_secret(self.random_);
  Buffer salt(16);
  self.random_.fill(salt);
  const Credentials made{to_lower(principal.client_id.value_or(self.random_.guid().text())), self.random_.guid().text(),
                         principal.secret.value_or(std::move(secret))};
  TRY(const auto hash, self.hash(made.secret, salt));
  TRY(self.database_.write([&](store::Writer& writer) -> Result<> {
    const PrincipalEntry entry{made.object_id, made.client_id, principal.name, {}, self.clock_.now()};
    TRY(const bool is_new, records::add_principal(writer, {entry, salt, Buffer(hash.begin(), hash.end())}));
    if (!is_new) {
      return conflict("the client id {} is taken", made.client_id);
    }
    self.access_.changed(writer);
    for (const auto role : roles) {
      RoleAssignment assignment;
      assignment.object_id = made.object_id;
      assignment.role = find_role(role);
      assignment.scope = "/";
      TRY(self.access_.add(writer, assignment));
    }
    return ok();
  }));
  return made;
}

Result<Credentials> Issuer::create_principal(NewPrincipal principal) {
  return create(std::move(principal), {});
}

Result<Credentials> Issuer::create_external(std::string name, std::string_view claim_value) {
  auto& self = *impl_;
  if (!self.external_) {
    return invalid("No OpenID issuer is configured: see the setting openid-issuer.");
  }
  if (claim_value.empty()) {
    return invalid("The value of the claim '{}' must not be empty.", self.external_->options().claim);
  }
  const Credentials made{self.random_.guid().text(), self.random_.guid().text(), {}};
  const Buffer nothing(1);  // no secret has a hash of one byte
  TRY(self.database_.write([&](store::Writer& writer) -> Result<> {
    self.access_.changed(writer);
    const PrincipalEntry entry{made.object_id, made.client_id, name, self.external_->name_of(claim_value),
                               self.clock_.now()};
    TRY(const bool is_new, records::add_principal(writer, {entry, nothing, nothing}));
    return is_new ? Result<>(ok()) : Result<>(conflict("{} is already a principal", claim_value));
  }));
  return made;
}

Result<Credentials> Issuer::create_administrator(NewPrincipal principal) {
  static constexpr std::string_view kRoles[] = {"Owner", "Storage Blob Data Owner"};
  return create(std::move(principal), kRoles);
}

Result<Credentials> Issuer::reset_secret(std::string_view client_id) {
  auto& self = *impl_;
  TRY(const auto found, self.secret_of(client_id));
  if (!found) {
    return not_found("no principal has the client id {}", client_id);
  }
  auto secret = new_secret(self.random_);
  Buffer salt(16);
  self.random_.fill(salt);
  const Credentials made{found->principal.client_id, found->principal.object_id, std::move(secret)};
  TRY(const auto hash, self.hash(made.secret, salt));
  TRY(self.database_.write([&](store::Writer& writer) -> Result<> {
    writer.after_commit([&self] { ++self.secret_changes_; });
    TRY(const bool is_there, records::change_secret(writer, made.client_id, salt, hash));
    return is_there ? Result<>(ok()) : Result<>(not_found("no principal has the client id {}", client_id));
  }));
  return made;
}

Result<PrincipalEntry> Issuer::remove_principal(std::string_view client_id) {
  TRY(auto gone, impl_->access_.remove_principal(client_id));
  ++impl_->secret_changes_;
  return gone;
}

ExternalIssuer* Issuer::external() {
  return impl_->external_ ? &*impl_->external_ : nullptr;
}

Access& Issuer::access() {
  return impl_->access_;
}

void Issuer::forget() {
  impl_->access_.forget();
  ++impl_->secret_changes_;
}

Result<> Issuer::assign_role(std::string_view object_id, std::string_view role, std::string_view scope) {
  auto& self = *impl_;
  const Role* known = find_role(role);
  if (known == nullptr) {
    return not_found("there is no role '{}'", role);
  }
  RoleAssignment requested;
  requested.object_id = object_id;
  requested.role = known;
  requested.scope = scope;
  TRY(const auto outcome, self.access_.put(std::move(requested), "", false));
  if (outcome.put == Access::Put::no_principal) {
    return not_found("no principal has the object id {}", object_id);
  }
  return ok();
}

std::optional<Principal> Issuer::recall(std::string_view client_id, std::string_view secret) {
  auto& self = *impl_;
  auto known = self.secrets_.find(self.secret_key(client_id, secret));
  return known && known->generation == self.secret_changes_ ? std::optional(std::move(known->principal)) : std::nullopt;
}

Result<Principal> Issuer::authenticate(std::string_view client_id, std::string_view secret) {
  auto& self = *impl_;
  const std::uint64_t changes = self.secret_changes_;
  if (auto known = recall(client_id, secret)) {
    return *known;
  }
  TRY(const auto found, self.secret_of(client_id));
  static const Buffer kNoSalt(16);
  TRY(const auto hash, self.hash(secret, found ? Bytes(found->salt) : Bytes(kNoSalt)));  // the same work in both cases
  if (!found || !equal_in_constant_time(hash, found->hash)) {
    return unauthenticated("{} {}", found ? "wrong secret for client" : "unknown client", shown(client_id));
  }
  auto principal = self.principal_of(found->principal);
  self.secrets_.put(self.secret_key(client_id, secret), {principal, changes});
  return principal;
}

std::string Issuer::issue(const Principal& principal, std::string_view audience, std::string_view issuer) {
  auto& self = *impl_;
  Buffer unique(16);
  self.random_.fill(unique);
  const auto now = self.clock_.now();
  Claims claims;
  claims.audience = audience;
  claims.issuer = issuer;
  claims.issued_at = unix_seconds(now);
  claims.not_before = claims.issued_at;
  claims.expires = unix_seconds(now + self.options_.token_life);
  claims.client_id = principal.client_id;
  claims.how = "1";
  claims.kind = "app";
  claims.object_id = principal.object_id;
  claims.subject = principal.object_id;
  claims.tenant = self.tenant_;
  claims.name = principal.name;
  claims.unique = base64url(unique);
  claims.version = issuer.ends_with("/v2.0") ? "2.0" : "1.0";
  return self.key_.sign(claims);
}

bool Issuer::knows_audience(std::string_view audience) const {
  return impl_->accepts(audience, Audience::resource_manager) || impl_->accepts(audience, Audience::storage);
}

Result<Principal> Issuer::verify(std::string_view token, Audience audience, std::string_view base) {
  auto& self = *impl_;
  TRY(const auto claims, self.opened(token));
  const bool external = claims->kind == kExternal;
  if (!external && !self.accepts(claims->audience, audience)) {
    const auto allowed = audience == Audience::storage
                             ? std::string(kStorageAudiences[0])
                             : fmt::format("{0},{0}/,{1}", base, fmt::join(kManagementAudiences, ","));
    return refuse(Errc::unauthenticated, kInvalidTokenAudience, claims->audience, allowed);
  }
  const auto now = self.clock_.now();
  const auto expires = from_unix_seconds(claims->expires);
  const auto begins = from_unix_seconds(claims->not_before);
  if (now >= expires + kSkew) {
    return refuse(Errc::unauthenticated, kExpiredToken, format_time_short(expires), format_time_short(now));
  }
  if (now + kSkew < begins) {
    return refuse(Errc::unauthenticated, kTokenNotYetValid, format_time_short(begins), format_time_short(now));
  }
  TRY(const auto principal,
      external ? self.access_.by_external(claims->subject) : self.access_.by_object(claims->object_id));
  if (!principal) {
    return refuse(Errc::unauthenticated, kUnknownPrincipal, external ? claims->subject : claims->object_id);
  }
  return Principal{principal->object_id, principal->client_id, self.tenant_, principal->name};
}

Result<bool> Issuer::allowed(const Principal& principal, std::string_view action, std::string_view scope) {
  return impl_->access_.any_role(principal.object_id, scope, [&](const Role& role) { return role.allows(action); });
}

Result<bool> Issuer::allowed_below(const Principal& principal, std::string_view action, std::string_view scope) {
  return impl_->access_.any_role_below(principal.object_id, scope,
                                       [&](const Role& role) { return role.allows(action); });
}

Result<bool> Issuer::works_below(const Principal& principal, std::string_view scope) {
  return impl_->access_.any_role_below(principal.object_id, scope, [](const Role&) { return true; });
}

Result<bool> Issuer::allowed_data(const Principal& principal, std::string_view action, std::string_view scope) {
  return impl_->access_.any_role(principal.object_id, scope,
                                 [&](const Role& role) { return role.allows_data(action); });
}

}  // namespace quaymaster::identity
