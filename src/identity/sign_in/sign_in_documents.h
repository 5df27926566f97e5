#pragma once

#include <string>
#include <string_view>

namespace quaymaster::identity {

// The documents a client reads before it signs in. `base` is the server's address as that client wrote it. Sources:
// clients.md, 3.1 to 3.3; OpenID Connect Discovery 1.0.

/// The issuer of tokens: with "adfs" in place of the tenant, or version 1 or 2 with the tenant.
std::string issuer_of(std::string_view base, std::string_view tenant, bool adfs, bool version2);
std::string configuration_document(std::string_view base, std::string_view tenant, bool adfs, bool version2);
std::string instance_document(std::string_view base, std::string_view tenant);
/// /metadata/endpoints in the shape of `version`: until 2017 one object with few members, until 2021 an array of
/// clouds, since 2022 one object with an Entra ID style authority, since clients that request it do not support ADFS.
std::string metadata_document(std::string_view base, std::string_view cloud, std::string_view storage_suffix,
                              std::string_view version);

}  // namespace quaymaster::identity
