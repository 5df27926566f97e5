#include "identity/sign_in/sign_in_documents.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "wire/json.h"

namespace quaymaster::identity {
namespace {

struct Configuration {
  std::string issuer;
  std::string authorization;
  std::string token;
  std::string device;
  std::string keys;
  std::vector<std::string> response_types{"code", "id_token"};
  std::vector<std::string> subject_types{"pairwise"};
  std::vector<std::string> algorithms{"RS256"};
  std::vector<std::string> methods{"client_secret_post", "client_secret_basic"};
  static constexpr auto wire() {
    using wire::field;
    using C = Configuration;
    return wire::fields({field<&C::issuer>("issuer"), field<&C::authorization>("authorization_endpoint"),
                         field<&C::token>("token_endpoint"), field<&C::device>("device_authorization_endpoint"),
                         field<&C::keys>("jwks_uri"), field<&C::response_types>("response_types_supported"),
                         field<&C::subject_types>("subject_types_supported"),
                         field<&C::algorithms>("id_token_signing_alg_values_supported"),
                         field<&C::methods>("token_endpoint_auth_methods_supported")});
  }
};

}  // namespace

std::string issuer_of(std::string_view base, std::string_view tenant, bool adfs, bool version2) {
  return adfs       ? fmt::format("{}/adfs", base)
         : version2 ? fmt::format("{}/{}/v2.0", base, tenant)
                    : fmt::format("{}/{}/", base, tenant);
}

std::string configuration_document(std::string_view base, std::string_view tenant, bool adfs, bool version2) {
  const auto root = adfs ? fmt::format("{}/adfs", base) : fmt::format("{}/{}", base, tenant);
  const std::string_view version = version2 && !adfs ? "/v2.0" : "";
  Configuration answer;
  answer.issuer = issuer_of(base, tenant, adfs, version2);
  answer.authorization = fmt::format("{}/oauth2{}/authorize", root, version);
  answer.token = fmt::format("{}/oauth2{}/token", root, version);
  answer.device = fmt::format("{}/oauth2{}/devicecode", root, version);
  answer.keys = fmt::format("{}/discovery{}/keys", root, version);
  return wire::to_json(answer);
}

std::string metadata_document(std::string_view base, std::string_view cloud, std::string_view storage_suffix,
                              std::string_view version) {
  std::string name;
  wire::append_json_string(name, cloud);
  std::string suffix;
  wire::append_json_string(suffix, storage_suffix);
  const auto authentication =
      fmt::format(R"("authentication":{{"loginEndpoint":"{0}/adfs","audiences":["{0}/"])", base);
  if (version < "2018") {
    return fmt::format(R"({{"galleryEndpoint":"{0}/","graphEndpoint":"{0}/","portalEndpoint":"{0}/",{1}}}}})", base,
                       authentication);
  }
  const auto addresses = fmt::format(
      R"("portal":"{0}/","resourceManager":"{0}/","graph":"{0}/","graphAudience":"{0}/","gallery":"{0}/",)"
      R"("batch":"{0}/","media":"{0}/","sqlManagement":"{0}/","activeDirectoryDataLake":"{0}/","vmImageAliasDoc":"",)",
      base);
  const auto suffixes =
      fmt::format(R"("suffixes":{{"storage":{},"keyVaultDns":"vault.invalid","sqlServerHostname":"sql.invalid",)"
                  R"("acrLoginServer":"acr.invalid","azureDataLakeStoreFileSystem":"dls.invalid",)"
                  R"("azureDataLakeAnalyticsCatalogAndJob":"dla.invalid")",
                  suffix);
  if (version < "2022") {
    return fmt::format(R"([{{"name":{},{}{},"tenant":"common","identityProvider":"ADFS"}},{}}}}}])", name, addresses,
                       authentication, suffixes);
  }
  // Terraform's azurerm treats any other name or provider as an Azure Stack, which it refuses.
  return fmt::format(
      R"({{"name":"AzureCloud",{1}"authentication":{{"loginEndpoint":"{0}","audiences":["{0}/","{0}",)"
      R"("https://management.azure.com/"],"tenant":"common","identityProvider":"AAD"}},{2},)"
      R"("azureFrontDoorEndpointSuffix":"fd.invalid","storageSyncEndpointSuffix":"afs.invalid","mhsmDns":"hsm.invalid",)"
      R"("mysqlServerEndpoint":"mysql.invalid","postgresqlServerEndpoint":"postgres.invalid",)"
      R"("mariadbServerEndpoint":"mariadb.invalid","synapseAnalytics":"synapse.invalid",)"
      R"("attestationEndpoint":"attest.invalid"}},"microsoftGraphResourceId":"{0}/","appInsightsResourceId":"{0}/",)"
      R"("appInsightsTelemetryChannelResourceId":"{0}/","attestationResourceId":"{0}/",)"
      R"("synapseAnalyticsResourceId":"{0}/","logAnalyticsResourceId":"{0}/","ossrDbmsResourceId":"{0}/"}})",
      base, addresses, suffixes);
}

std::string instance_document(std::string_view base, std::string_view tenant) {
  const auto host = base.substr(base.find("//") + 2);
  return fmt::format(
      R"({{"tenant_discovery_endpoint":"{0}/{1}/v2.0/.well-known/openid-configuration","api-version":"1.1",)"
      R"("metadata":[{{"preferred_network":"{2}","preferred_cache":"{2}","aliases":["{2}"]}}]}})",
      base, tenant, host);
}

}  // namespace quaymaster::identity
