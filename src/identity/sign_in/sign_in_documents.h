#pragma once

#include <string>
#include <string_view>

namespace quaymaster::identity {

// The documents a client reads before it signs in. `base` is the server's address as that client wrote it. Sources:
// clients.md, 3.1 to 3.3; OpenID Connect Discovery 1.0.

/// The issuer of tokens: with "adfs" in the place of the tenant, or version 1 or 2 of the tenant's own.
std::string issuer_of(std::string_view base, std::string_view tenant, bool adfs, bool version2);
std::string configuration_document(std::string_view base, std::string_view tenant, bool adfs, bool version2);
std::string instance_document(std::string_view base, std::string_view tenant);
/// /metadata/endpoints in the shape of `version`: until 2017 one object of few members, until 2021 an array of clouds,
/// since 2022 one object with an authority in the shape of Entra ID, since those who ask for it know no ADFS.
std::string metadata_document(std::string_view base, std::string_view cloud, std::string_view storage_suffix,
                              std::string_view version);

}  // namespace quaymaster::identity
