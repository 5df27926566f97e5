#include "identity/sign_in/sign_in.h"

#include <gmock/gmock.h>

#include "base/encode.h"
#include "identity/sign_in/sign_in_world_test.h"

namespace quaymaster::identity {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(SignInTest, GivesTokensAtEveryAddressForEveryScope) {
  const std::string_view paths[] = {"/adfs/oauth2/token",
                                    "/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee/oauth2/v2.0/token?client-request-id=x",
                                    "/AAAAAAAA-bbbb-cccc-dddd-eeeeeeeeeeee/oauth2/token", "/common/oauth2/v2.0/token"};
  const std::string_view scopes[] = {
      "scope=https%3A%2F%2Flocalhost%3A8443%2F%2F.default", "scope=https://localhost:8443/.default+openid",
      "scope=https%3A%2F%2Fmanagement.azure.com%2F.default", "resource=https%3A%2F%2Fmanagement.core.windows.net%2F"};
  for (const auto path : paths) {
    for (const auto scope : scopes) {
      const auto reply = post(path, form(scope));
      ASSERT_EQ(reply.status, 200) << path << ' ' << scope << ' ' << reply.body;
      EXPECT_TRUE(issuer_->verify(access_token(reply.body), Audience::resource_manager, "https://localhost:8443"))
          << path << ' ' << scope;
    }
  }
  const auto storage = post(paths[0], form("scope=https://storage.azure.com/.default"));
  EXPECT_EQ(issuer_->verify(access_token(storage.body), Audience::resource_manager, "https://storage.azure.com")
                .error()
                .kind(),
            Errc::unauthenticated)
      << "whatever the request says its host is";
  EXPECT_TRUE(issuer_->verify(access_token(storage.body), Audience::storage, "https://localhost:8443"));
}

TEST_F(SignInTest, SignsForNoAudienceThatOnlyTheRequestNames) {
  auto one = request(http::Method::post, "/common/oauth2/v2.0/token");
  one.headers.set("Host", "evil.example");
  const auto reply = sign_in_->answer(one, form("scope=https://evil.example/.default"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("AADSTS500011"));
}

TEST_F(SignInTest, TheAnswersHaveTheTwoShapes) {
  const auto v2 = post("/common/oauth2/v2.0/token", form("scope=https://management.azure.com/.default"));
  EXPECT_THAT(v2.body,
              StartsWith(R"({"token_type":"Bearer","expires_in":3600,"ext_expires_in":3600,"access_token":")"));
  EXPECT_THAT(v2.headers.get("Cache-Control"), testing::Optional(HasSubstr("no-store")));
  const auto v1 = post("/common/oauth2/token", form("resource=https://management.azure.com/"));
  EXPECT_THAT(v1.body,
              StartsWith(R"({"token_type":"Bearer","expires_in":"3600","ext_expires_in":"3600","expires_on":")"));
  EXPECT_THAT(v1.body, HasSubstr(R"("resource":"https://management.azure.com/")"));
}

TEST_F(SignInTest, TakesTheSecretFromBasicCredentials) {
  auto basic = request(http::Method::post, "/common/oauth2/v2.0/token");
  const auto pair = credentials_.client_id + ":" + percent_encode("s~cret&+ %");
  basic.headers.add("Authorization", "Basic " + base64(as_bytes(pair)));
  const std::string_view body = "grant_type=client_credentials&scope=https://management.azure.com/.default";
  EXPECT_EQ(sign_in_->answer(basic, body).status, 200);
  basic.headers.set("Authorization", "Basic " + base64(as_bytes(credentials_.client_id + ":wrong")));
  const auto refused = sign_in_->answer(basic, body);
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.headers.get("WWW-Authenticate"), testing::Optional(StartsWith("Basic")));
}

TEST_F(SignInTest, RefusesAsEntraDoes) {
  struct Case {
    std::string path;
    std::string form;
    int status;
    std::string_view expected;
  };
  const std::string path = "/common/oauth2/v2.0/token";
  const std::string scope = "scope=https://management.azure.com/.default";
  const Case cases[] = {
      {path, form(scope, "wrong"), 401,
       R"("error":"invalid_client","error_description":"AADSTS7000215: Invalid client)"},
      {path, "grant_type=client_credentials&client_id=ghost&client_secret=x&" + scope, 400,
       R"("error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier '(not shown)' was)"},
      {path, "grant_type=client_credentials&client_id=11111111-1111-1111-1111-111111111111&client_secret=x&" + scope,
       400, "Application with identifier '11111111-1111-1111-1111-111111111111' was"},
      {path, "grant_type=client_credentials&client_id=ghost&" + scope, 401, "AADSTS7000218"},
      {path, "grant_type=client_credentials&" + scope, 400, "'client_id'"},
      {path, "", 400, "'grant_type'"},
      {path, "grant_type=password", 400, R"("error":"unsupported_grant_type")"},
      {path, form("scope=https://management.azure.com/user_impersonation"), 400, R"("error":"invalid_scope")"},
      {path, form(""), 400, "'scope'"},
      {path, form("scope=https://graph.example/.default"), 400, R"("error":"invalid_resource")"},
      {path, "grant_type=%zz", 400, R"("error":"invalid_request")"},
      {"/11111111-1111-1111-1111-111111111111/oauth2/token", form(scope), 400, "AADSTS90002: Tenant"},
  };
  for (const auto& one : cases) {
    const auto reply = post(one.path, one.form);
    EXPECT_EQ(reply.status, one.status) << one.form;
    EXPECT_THAT(reply.body, HasSubstr(one.expected)) << one.form;
    EXPECT_THAT(reply.body, HasSubstr(R"(Timestamp: 2026-11-23 05:29:30Z","error_codes":)"));
    EXPECT_THAT(reply.body, HasSubstr(R"("timestamp":"2026-11-23 05:29:30Z")"));
    EXPECT_FALSE(reply.cause.empty());
    EXPECT_THAT(reply.cause, testing::Not(HasSubstr("wrong&")));
  }
}

TEST_F(SignInTest, ConfigurationIsBuiltFromTheHost) {
  const auto adfs = get("/adfs/.well-known/openid-configuration");
  EXPECT_THAT(adfs.body, StartsWith(R"({"issuer":"https://localhost:8443/adfs","authorization_endpoint":)"));
  EXPECT_THAT(adfs.body, HasSubstr(R"("token_endpoint":"https://localhost:8443/adfs/oauth2/token")"));
  EXPECT_THAT(adfs.body, HasSubstr(R"("jwks_uri":"https://localhost:8443/adfs/discovery/keys")"));
  const auto v2 = get("/organizations/v2.0/.well-known/openid-configuration");
  EXPECT_THAT(v2.body, StartsWith(R"({"issuer":"https://localhost:8443/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee/v2.0",)"));
  auto other = request(http::Method::get, "/adfs/.well-known/openid-configuration");
  other.headers.set("Host", "127.0.0.1:9");
  EXPECT_THAT(sign_in_->answer(other, "").body, StartsWith(R"({"issuer":"https://127.0.0.1:9/adfs",)"));
  other.headers.set("Host", "evil\"/x");
  EXPECT_THAT(sign_in_->answer(other, "").body, StartsWith(R"({"issuer":"https://localhost/adfs",)"));
  EXPECT_THAT(get("/common/discovery/keys").body, StartsWith(R"({"keys":[{"kty":"RSA","use":"sig","alg":"RS256",)"));
  EXPECT_THAT(get("/common/discovery/instance?api-version=1.1").body, HasSubstr(R"("aliases":["localhost:8443"])"));
}

TEST_F(SignInTest, MetadataHasBothShapes) {
  EXPECT_EQ(
      get("/metadata/endpoints?api-version=2015-01-01").body,
      R"({"galleryEndpoint":"https://localhost:8443/","graphEndpoint":"https://localhost:8443/",)"
      R"("portalEndpoint":"https://localhost:8443/","authentication":{"loginEndpoint":"https://localhost:8443/adfs",)"
      R"("audiences":["https://localhost:8443/"]}})");
  const auto array = get("/metadata/endpoints?api-version=2019-05-01").body;
  EXPECT_THAT(array, StartsWith(R"([{"name":"Lab","portal":"https://localhost:8443/",)"));
  EXPECT_THAT(array,
              HasSubstr(R"("authentication":{"loginEndpoint":"https://localhost:8443/adfs",)"
                        R"("audiences":["https://localhost:8443/"],"tenant":"common","identityProvider":"ADFS"},)"
                        R"("suffixes":{"storage":"blob.localhost:10000",)"));
}

TEST_F(SignInTest, MetadataOf2022IsOneCloudThatTerraformTakes) {
  const auto body = get("/metadata/endpoints?api-version=2022-09-01").body;
  EXPECT_THAT(body, StartsWith(R"({"name":"AzureCloud",)"));
  EXPECT_THAT(body, HasSubstr(R"("loginEndpoint":"https://localhost:8443",)"));
  EXPECT_THAT(body, HasSubstr(R"("identityProvider":"AAD"})"));
  EXPECT_THAT(body, testing::EndsWith(R"("ossrDbmsResourceId":"https://localhost:8443/"})"));
}

constexpr std::string_view kPublicClient = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

TEST_F(SignInTest, ADeviceCodeIsApprovedOnThePageAndRefreshed) {
  const auto started = post("/adfs/oauth2/devicecode",
                            fmt::format("client_id={}&scope=https://localhost:8443//.default+openid", kPublicClient));
  EXPECT_THAT(started.body, HasSubstr(R"("verification_uri":"https://localhost:8443/aaaaaaaa-)"));
  const auto code = member(started.body, "device_code");
  const auto poll = fmt::format("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id={}&device_code={}",
                                kPublicClient, code);
  EXPECT_THAT(post("/adfs/oauth2/token", poll).body, HasSubstr(R"("error":"authorization_pending")"));
  EXPECT_THAT(get("/common/oauth2/deviceauth").body, HasSubstr("user_code"));
  const auto page = [&](std::string_view user_code, std::string_view secret) {
    return post("/common/oauth2/deviceauth", fmt::format("user_code={}&client_id={}&client_secret={}", user_code,
                                                         credentials_.client_id, percent_encode(secret, "~")))
        .body;
  };
  const auto user_code = member(started.body, "user_code");
  EXPECT_THAT(page(user_code, "wrong"), HasSubstr("the secret is wrong"));
  EXPECT_THAT(page("AAAA", "s~cret&+ %"), HasSubstr("code is unknown"));
  EXPECT_THAT(page(user_code, "s~cret&+ %"), HasSubstr("Done"));
  const auto tokens = post("/adfs/oauth2/token", poll);
  ASSERT_EQ(tokens.status, 200) << tokens.body;
  EXPECT_TRUE(
      issuer_->verify(member(tokens.body, "access_token"), Audience::resource_manager, "https://localhost:8443"));
  EXPECT_FALSE(issuer_->verify(member(tokens.body, "id_token"), Audience::resource_manager, "https://localhost:8443"));
  const auto refresh = member(tokens.body, "refresh_token");
  EXPECT_FALSE(issuer_->verify(refresh, Audience::resource_manager, "https://localhost:8443"));
  const auto redeem = fmt::format("grant_type=refresh_token&client_id={}&refresh_token={}&scope={}", kPublicClient,
                                  refresh, "https://storage.azure.com/.default");
  clock_.advance(std::chrono::days{30});
  const auto refreshed = post("/adfs/oauth2/token", redeem);
  ASSERT_EQ(refreshed.status, 200) << refreshed.body;
  EXPECT_TRUE(issuer_->verify(member(refreshed.body, "access_token"), Audience::storage, ""));
  clock_.advance(std::chrono::days{61});
  EXPECT_THAT(post("/adfs/oauth2/token", redeem).body, HasSubstr("AADSTS700082"));
  EXPECT_THAT(post("/adfs/oauth2/token", poll).body, HasSubstr("AADSTS70018"));
}

TEST_F(SignInTest, AnAccessTokenIsNotARefreshToken) {
  const auto token = member(post("/common/oauth2/v2.0/token", form("scope=https://management.azure.com/.default")).body,
                            "access_token");
  const auto refused =
      post("/common/oauth2/v2.0/token", fmt::format("grant_type=refresh_token&client_id=x&refresh_token={}", token));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("AADSTS70000:"));
}

TEST_F(SignInTest, AssertionsNeedACertificateOfTheirClient) {
  const auto with = [&](std::string_view client, std::string_view type) {
    return post("/common/oauth2/v2.0/token",
                fmt::format("grant_type=client_credentials&client_id={}&scope=https://management.azure.com/.default&"
                            "client_assertion=e30.e30.e30&client_assertion_type={}",
                            client, type))
        .body;
  };
  const std::string_view bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  EXPECT_THAT(with(credentials_.client_id, bearer), HasSubstr("AADSTS50027"));
  EXPECT_THAT(with("11111111-1111-1111-1111-111111111111", bearer), HasSubstr("AADSTS700016"));
  EXPECT_THAT(with(credentials_.client_id, "saml"), HasSubstr("AADSTS900021"));
}

TEST_F(SignInTest, ManagedIdentitiesInThreeShapes) {
  const auto ask = [&](http::Method method, std::string_view target, std::string_view field, std::string_view text,
                       std::string_view body) {
    auto one = request(method, target);
    one.headers.add(std::string(field), std::string(text));
    return sign_in_->answer(one, body);
  };
  const std::string_view machine =
      "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
      "https%3A%2F%2Fmanagement.azure.com%2F";
  const std::string_view service = "/msi/token?api-version=2019-08-01&resource=https://management.azure.com/";
  EXPECT_THAT(ask(http::Method::get, machine, "Metadata", "true", "").body, HasSubstr("Identity not found"));
  const auto secret = fmt::format("{}:s~cret&+ %", credentials_.client_id);
  const auto proven = ask(http::Method::get, service, "X-IDENTITY-HEADER", secret, "");
  ASSERT_EQ(proven.status, 200) << proven.body;
  EXPECT_TRUE(issuer_->verify(member(proven.body, "access_token"), Audience::resource_manager, "https://x"));
  EXPECT_THAT(proven.body, HasSubstr(R"("expires_in":"3600","expires_on":"17)"));
  EXPECT_EQ(ask(http::Method::get, service, "X-IDENTITY-HEADER", "x:y", "").status, 401);
  EXPECT_EQ(ask(http::Method::get, service, "Secret", secret, "").status, 200);

  SignInOptions open;
  open.open_client = credentials_.client_id;
  open_with(open);
  EXPECT_EQ(ask(http::Method::get, machine, "Metadata", "true", "").status, 200);
  EXPECT_EQ(ask(http::Method::post, "/msi/token", "Metadata", "true", "resource=https://localhost:8443/").status, 200);
  EXPECT_THAT(ask(http::Method::get, machine, "Metadata", "", "").body, HasSubstr("metadata header"));
  EXPECT_THAT(ask(http::Method::post, "/msi/token", "Metadata", "true", "").body, HasSubstr("'resource'"));
  EXPECT_THAT(ask(http::Method::post, "/msi/token", "Metadata", "true",
                  "resource=https://localhost:8443/&client_id=11111111-1111-1111-1111-111111111111")
                  .body,
              HasSubstr("Identity not found"));
}

TEST_F(SignInTest, OwnsItsAddressesOnly) {
  const auto owns = [](std::string_view target) { return SignIn::owns(request(http::Method::get, target)); };
  EXPECT_TRUE(owns("/metadata/endpoints?api-version=2019-05-01"));
  EXPECT_TRUE(owns("/any/oauth2/v2.0/token"));
  EXPECT_TRUE(owns("/ADFS/OAuth2/Token"));
  EXPECT_FALSE(owns("/subscriptions"));
  EXPECT_FALSE(owns("/oauth2/token"));
  EXPECT_FALSE(owns("/"));
  EXPECT_EQ(get("/common/oauth2/token").status, 405);
}

}  // namespace
}  // namespace quaymaster::identity
