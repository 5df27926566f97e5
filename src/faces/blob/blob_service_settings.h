#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "blob/blob_store.h"
#include "faces/blob/blob_cors.h"
#include "store/database.h"

namespace quaymaster::storage {

/// The service properties of one account: for each element of <StorageServiceProperties> its XML, as we write it.
using ServiceSettings = std::map<std::string, std::string, std::less<>>;

/// Parses the body of Set Blob Service Properties and checks it element by element. Foreign input. Errc::invalid:
/// kInvalidXml, kInvalidXmlValue, kMissingXml, kUnsupportedXml (an unknown element, or one that enables what is not
/// offered: logging, metrics and the static website, which a client would rely on).
Result<ServiceSettings> parse_service_settings(std::string_view document);

/// <DeleteRetentionPolicy>, which the engine stores (blob::Keeping).
struct RetentionPolicy {
  int days = 0;  // 0: nothing is kept
  bool permanent_delete = false;
};
/// Removes it from `settings`; nullopt: it was not sent. Errc::invalid: kMissingXml, kInvalidXmlValue (1 to 365 days).
Result<std::optional<RetentionPolicy>> take_retention(ServiceSettings& settings);

/// Every element, with the service's defaults for those never set.
std::string write_service_settings(ServiceSettings settings, const blob::Keeping& keeping);

/// Stores the given elements; the others are unchanged. Durable on return.
Result<> save_service_settings(store::Database& database, const std::string& account, ServiceSettings settings);
Result<ServiceSettings> read_service_settings(store::Reader& reader, std::string_view account);
Result<ServiceSettings> load_service_settings(store::Database& database, const std::string& account);
/// None for rules that were stored by a version that did not check them and exceed the limits.
CorsRules cors_rules(const ServiceSettings& settings);
/// The version for requests that name none.
Result<std::optional<std::string>> default_service_version(store::Database& database, const std::string& account);

/// To be called when an account is deleted.
Result<> forget_service_settings(store::Writer& writer, const std::string& account);

}  // namespace quaymaster::storage
