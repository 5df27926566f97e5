#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "identity/principals/access.h"
#include "store/database.h"

namespace quaymaster::identity {

/// Every table of identity, for open_sqlite: principals, role assignments, the signing key, the tenant.
store::Schema schema();

/// The statements on these tables, except those of `Access`. Client ids are in lower case.
namespace records {

/// A principal and the hash of its secret.
struct Secret {
  PrincipalEntry principal;
  Buffer salt;
  Buffer hash;
};

Result<bool> has_principals(store::Reader& reader);
Result<std::optional<Secret>> secret_of(store::Reader& reader, std::string_view client_id);
/// False, with nothing written: the client id, the object id or the external name is taken.
Result<bool> add_principal(store::Writer& writer, const Secret& secret);
/// False: there is no such principal.
Result<bool> change_secret(store::Writer& writer, std::string_view client_id, Bytes salt, Bytes hash);

/// DER of the newest signing key; empty: there is none.
Result<Buffer> signing_key(store::Reader& reader);
Result<> add_signing_key(store::Writer& writer, std::string_view id, Bytes private_der, Time now);

/// The stored value, or `made`, which it stores: two servers that start at once agree on one.
Result<std::string> setting(store::Writer& writer, std::string_view name, std::string_view made);

}  // namespace records
}  // namespace quaymaster::identity
