#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "faces/blob/blob_cors.h"
#include "store/database.h"

namespace quaymaster::storage {

/// The service properties of one account: for each element of <StorageServiceProperties> its XML, as we write it.
using ServiceSettings = std::map<std::string, std::string, std::less<>>;

/// The body of Set Blob Service Properties: what it holds, checked element by element. Foreign input. Errc::invalid:
/// kInvalidXml, kInvalidXmlValue, kMissingXml, kUnsupportedXml (an element nobody knows, or one that turns on what is
/// not offered: logging, metrics, soft delete and the static website, which somebody would rely on).
Result<ServiceSettings> parse_service_settings(std::string_view document);

/// Every element, with the service's defaults for those never set.
std::string write_service_settings(const ServiceSettings& settings);

/// Keeps the given elements; the others stay. Durable on return.
Result<> save_service_settings(store::Database& database, const std::string& account, ServiceSettings settings);
Result<ServiceSettings> read_service_settings(store::Reader& reader, std::string_view account);
Result<ServiceSettings> load_service_settings(store::Database& database, const std::string& account);
/// None for rules that were stored before they were checked and break the limits.
CorsRules cors_rules(const ServiceSettings& settings);
/// The version for requests that name none.
Result<std::optional<std::string>> default_service_version(store::Database& database, const std::string& account);

/// When an account is deleted.
Result<> forget_service_settings(store::Writer& writer, const std::string& account);

}  // namespace quaymaster::storage
