#include <gmock/gmock.h>

#include "faces/blob/blob_face_fixture_test.h"
#include "faces/blob/blob_operations.h"
#include "faces/blob/blob_rows_test.h"
#include "identity/principals/errors.h"

namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using testing::Fields;
using ::testing::HasSubstr;

class Authorization : public BlobFace {
 protected:
  Authorization() {
    make_container();
    put("b", "hello");
    unsigned_.sign = false;
  }
  testing::Answer with_sas(std::string_view method, const std::string& rest, const std::string& query,
                           const std::string& container, const std::string& blob = "", const Fields& fields = {},
                           const std::string& body = "") {
    const auto mark = rest.find('?') == std::string::npos ? "?" : "&";
    return send_as(unsigned_, method, path(rest) + mark + sas(query, container, blob), fields, body);
  }
  Sending unsigned_;
  const Fields block_blob_ = {{"x-ms-blob-type", "BlockBlob"}};
};

TEST_F(Authorization, SharedKeyOfEitherKeyAndNoOther) {
  std::swap(account_.keys[0], account_.keys[1]);
  EXPECT_EQ(send("GET", path("cont/b")).status, 200);
  account_.keys = {Buffer(64, 1), Buffer(64, 2)};
  const auto refused = send("GET", path("cont/b"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "AuthenticationFailed");
  EXPECT_THAT(refused.body, HasSubstr("<AuthenticationErrorDetail>The MAC signature found in the HTTP request"));
  EXPECT_THAT(refused.body, HasSubstr("GET\n\n\n"));
}

TEST_F(Authorization, AnAccountMayTakeTokensOnly) {
  account_.takes_keys = false;
  EXPECT_EQ(send("GET", path("cont/b")).code(), "KeyBasedAuthenticationNotPermitted");
  EXPECT_EQ(with_sas("GET", "cont/b", "sv=2020-12-06&sr=b&sp=r&se=2026-03-15", "cont", "b").code(),
            "KeyBasedAuthenticationNotPermitted");
}

TEST_F(Authorization, StaleDateAndOtherAccount) {
  EXPECT_EQ(send("GET", path("cont/b"), {{"x-ms-date", "Sat, 14 Mar 2026 09:00:00 GMT"}}).code(),
            "AuthenticationFailed");
  EXPECT_EQ(send("GET", path("cont/b"), {{"Authorization", "SharedKey other:" + base64(Buffer(32, 0))}}).code(),
            "AuthenticationFailed");
  EXPECT_EQ(send("GET", path("cont/b"), {{"Authorization", "Basic YTpi"}}).code(), "InvalidAuthenticationInfo");
}

TEST_F(Authorization, AnonymousReadsSeeNothingAndEverythingElseIs401) {
  BlobOptions options;
  options.authorization_uri = "https://login/t/oauth2/authorize";
  open_face(options);
  for (const auto* target : {"cont/b", "cont/none", "none/b", "cont?restype=container&comp=list"}) {
    const auto answer = send_as(unsigned_, "GET", path(target));
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.code(), "ResourceNotFound") << target;
  }
  for (const auto& [method, target] : {std::pair{"PUT", "cont/b?comp=metadata"}, {"GET", "?comp=list"}}) {
    const auto answer = send_as(unsigned_, method, path(target));
    EXPECT_EQ(answer.status, 401) << target;
    EXPECT_EQ(answer.code(), "NoAuthenticationInformation") << target;
    EXPECT_EQ(answer.header("WWW-Authenticate"),
              "Bearer authorization_uri=https://login/t/oauth2/authorize resource_id=https://storage.azure.com");
  }
}

TEST_F(Authorization, ServiceSasOfABlobAndOfAContainer) {
  const std::string read = "sv=2020-12-06&sr=b&sp=r&se=2026-03-15";
  EXPECT_EQ(with_sas("GET", "cont/b", read, "cont", "b").body, "hello");
  EXPECT_EQ(with_sas("GET", "cont/other", read, "cont", "b").code(), "AuthenticationFailed");
  EXPECT_EQ(with_sas("GET", "cont?restype=container&comp=list", read, "cont", "b").status, 403);
  EXPECT_EQ(with_sas("DELETE", "cont/b", read, "cont", "b").code(), "AuthorizationPermissionMismatch");

  const std::string all = "sv=2020-12-06&sr=c&sp=rwdl&se=2026-03-15";
  EXPECT_EQ(with_sas("GET", "cont/b", all, "cont").status, 200);
  EXPECT_EQ(with_sas("GET", "cont?restype=container&comp=list", all, "cont").status, 200);
  EXPECT_EQ(with_sas("GET", "cont?restype=container", all, "cont").code(), "AuthorizationResourceTypeMismatch");
  EXPECT_EQ(with_sas("DELETE", "cont?restype=container", all, "cont").code(), "AuthorizationResourceTypeMismatch");
  EXPECT_EQ(with_sas("GET", "?comp=list", all, "").status, 403);
  EXPECT_EQ(with_sas("PUT", "cont/n", all, "cont", "", block_blob_, "x").status, 201);
  EXPECT_EQ(with_sas("GET", "cont/b", "sv=2020-12-06&sr=c&sp=r&se=2026-03-14T09:26:53Z", "cont").code(),
            "AuthenticationFailed")
      << "expired";
  EXPECT_EQ(with_sas("GET", "cont?restype=account&comp=properties", all, "cont").status, 200);
}

TEST_F(Authorization, AccountSas) {
  const std::string objects = "sv=2020-12-06&ss=b&srt=o&sp=rl&se=2026-03-15";
  EXPECT_EQ(with_sas("GET", "cont/b", objects, "").status, 200);
  EXPECT_EQ(with_sas("GET", "cont?restype=container&comp=list", objects, "").code(),
            "AuthorizationResourceTypeMismatch");
  EXPECT_EQ(with_sas("PUT", "cont/b", objects, "", "", block_blob_, "x").code(), "AuthorizationPermissionMismatch");
  EXPECT_EQ(with_sas("GET", "cont/b", "sv=2020-12-06&ss=q&srt=o&sp=r&se=2026-03-15", "").code(),
            "AuthorizationServiceMismatch");
  EXPECT_EQ(with_sas("GET", "cont/b", "sv=2020-12-06&ss=b&srt=o&sp=r&spr=https&se=2026-03-15", "").code(),
            "AuthorizationProtocolMismatch");
  EXPECT_EQ(with_sas("GET", "?comp=list", "sv=2020-12-06&ss=b&srt=s&sp=l&se=2026-03-15", "").status, 200);
}

TEST_F(Authorization, CreatePermissionDoesNotOverwrite) {
  const std::string create = "sv=2020-12-06&sr=c&sp=c&se=2026-03-15";
  EXPECT_EQ(with_sas("PUT", "cont/fresh", create, "cont", "", block_blob_, "x").status, 201);
  const auto again = with_sas("PUT", "cont/fresh", create, "cont", "", block_blob_, "y");
  EXPECT_EQ(again.status, 403);
  EXPECT_EQ(again.code(), "UnauthorizedBlobOverwrite");
  EXPECT_EQ(with_sas("PUT", "cont/fresh?comp=block&blockid=YWFh", create, "cont", "", {}, "y").status, 201);
  EXPECT_EQ(with_sas("PUT", "cont/fresh?comp=blocklist", create, "cont", "", {}, "<BlockList/>").code(),
            "UnauthorizedBlobOverwrite");
  EXPECT_EQ(send("GET", path("cont/fresh")).body, "x");
  EXPECT_EQ(with_sas("PUT", "cont/fresh?comp=metadata", create, "cont").code(), "AuthorizationPermissionMismatch");
}

TEST_F(Authorization, OverridesOfAServiceSas) {
  const auto answer =
      with_sas("GET", "cont/b", "sv=2020-12-06&sr=b&sp=r&se=2026-03-15&rsct=text%2Fhtml&rscd=inline", "cont", "b");
  EXPECT_EQ(answer.header("Content-Type"), "text/html");
  EXPECT_EQ(answer.header("Content-Disposition"), "inline");
  EXPECT_EQ(with_sas("GET", "cont/b", "sv=2020-12-06&ss=b&srt=o&sp=r&se=2026-03-15&rsct=text%2Fhtml", "")
                .header("Content-Type"),
            "application/octet-stream");
}

// What az sends for --blob-url with a signature when its environment has a key.
TEST_F(Authorization, AHeaderDecidesAndASignatureBesideItIsIgnored) {
  const auto target = [&](const std::string& query) { return path("cont/b") + "?" + sas(query, "cont", "b"); };
  const std::string good = "sv=2020-12-06&sr=b&sp=r&se=2026-03-15&rsct=text%2Fhtml";
  const auto both = send("GET", target(good));
  EXPECT_EQ(both.body, "hello");
  EXPECT_EQ(both.header("Content-Type"), "application/octet-stream");
  EXPECT_EQ(send("GET", target("sv=2020-12-06&sr=b&sp=r&se=2026-03-01")).status, 200) << "expired, and not asked";
  EXPECT_EQ(send("PUT", target(good), block_blob_, "new").status, 201) << "the key may";
  EXPECT_EQ(send("GET", target(good), {{"Authorization", "SharedKey devstoreaccount1:AAAA"}}).code(),
            "AuthenticationFailed");
  EXPECT_EQ(send("GET", target(good), {{"Authorization", "Basic YTpi"}}).code(), "InvalidAuthenticationInfo");
}

TEST_F(Authorization, BearerTokens) {
  const Fields token = {{"Authorization", "Bearer good"}, {"x-ms-version", "2026-04-06"}};
  unsigned_.secure = true;
  EXPECT_EQ(send_as(unsigned_, "GET", path("cont/b"), token).status, 401) << "nobody checks tokens here";
  std::string scope;
  neighbours_.verify_token = [](const http::Request&, std::string_view text) -> Result<identity::Principal> {
    if (text != "good") {
      return unauthenticated("no such token");
    }
    return identity::Principal{"oid", "cid", "tid", "name"};
  };
  neighbours_.allowed = [&](const identity::Principal&, std::string_view action,
                            std::string_view where) -> Result<bool> {
    scope = where;
    return action.ends_with("blobs/read");
  };
  open_face();
  EXPECT_EQ(send_as(unsigned_, "GET", path("cont/b"), token).body, "hello");
  EXPECT_EQ(scope, account_.resource_id + "/blobServices/default/containers/cont");
  EXPECT_EQ(send_as(unsigned_, "DELETE", path("cont/b"), token).code(), "AuthorizationPermissionMismatch");
  const auto bad =
      send_as(unsigned_, "GET", path("cont/b"), {{"Authorization", "Bearer bad"}, {"x-ms-version", "2026-04-06"}});
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(bad.code(), "InvalidAuthenticationInfo");
  EXPECT_THAT(bad.body, ::testing::HasSubstr("<AuthenticationErrorDetail>The token could not be verified."));
  EXPECT_THAT(bad.body, ::testing::Not(::testing::HasSubstr("no such token"))) << "a cause is for the log";
  unsigned_.secure = false;
  EXPECT_EQ(send_as(unsigned_, "GET", path("cont/b"), token).code(), "AuthorizationProtocolMismatch");
}

TEST_F(Authorization, ARefusedTokenIsExplained) {
  unsigned_.secure = true;
  Error error = unauthenticated("");
  neighbours_.verify_token = [&](const http::Request&, std::string_view) -> Result<identity::Principal> {
    return error;
  };
  open_face();
  const std::pair<Error, std::string> cases[] = {
      {refuse(Errc::unauthenticated, identity::kExpiredToken, "then", "now"),
       "Lifetime validation failed. The token is expired."},
      {refuse(Errc::unauthenticated, identity::kInvalidTokenAudience, "a", "b"),
       "Audience validation failed. Audience did not match."},
      {refuse(Errc::unauthenticated, identity::kInvalidTokenIssuer, "i"),
       "Issuer validation failed. Issuer did not match."},
      {refuse(Errc::unauthenticated, identity::kInvalidTokenSignature),
       "Signature validation failed. Signature verification failed."},
      {refuse(Errc::unauthenticated, identity::kInvalidToken), "The access token is invalid."},
  };
  for (const auto& [refusal, detail] : cases) {
    error = refusal;
    const auto answer =
        send_as(unsigned_, "GET", path("cont/b"), {{"Authorization", "Bearer some"}, {"x-ms-version", "2026-04-06"}});
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.body, ::testing::HasSubstr("<AuthenticationErrorDetail>" + detail + "<"));
  }
}

/// Every row of the table, requested with a token whose principal has no permissions.
TEST_F(Authorization, EveryRowAsksForItsAction) {
  unsigned_.secure = true;
  std::string asked;
  neighbours_.verify_token = [](const http::Request&, std::string_view) -> Result<identity::Principal> {
    return identity::Principal{"oid", "cid", "tid", "name"};
  };
  neighbours_.allowed = [&](const identity::Principal&, std::string_view action, std::string_view) -> Result<bool> {
    asked = action;
    return false;
  };
  open_face();
  for (const auto& row : blob_operations()) {
    auto [target, query, fields] = testing::request_of(row);
    fields.emplace_back("Authorization", "Bearer any");
    fields.emplace_back("x-ms-version", "2026-04-06");
    asked.clear();
    const auto answer = send_as(unsigned_, http::name(row.method), path(target), fields);
    EXPECT_EQ(answer.status, 403) << row.id;
    EXPECT_EQ(answer.code(), "AuthorizationPermissionMismatch") << row.id << ' ' << target;
    EXPECT_EQ(asked, row.action) << row.id;
  }
}

TEST_F(Authorization, TheAuditLogReceivesChangesAndRefusals) {
  const auto directory = Path(::testing::TempDir()) / fmt::format("qm-blob-audit-{}", ::getpid());
  std::filesystem::remove_all(directory);
  auto log = identity::AuditLog::open(disk_, directory, clock_).value();
  neighbours_.audit = log.get();
  open_face();
  put("audited", "x");
  EXPECT_EQ(send("GET", path("cont/audited")).status, 200);
  EXPECT_EQ(send_as(unsigned_, "PUT", path("cont/n"), block_blob_, "x").status, 401);
  EXPECT_EQ(with_sas("DELETE", "cont/b", "sv=2020-12-06&sr=b&sp=r&se=2026-03-15", "cont", "b").status, 403);
  log.reset();
  std::string seen;
  const auto check = identity::read_audit(disk_, directory, [&](const identity::AuditEntry& entry, std::string_view) {
    if (entry.event == "request") {
      seen += fmt::format("{} {} {} {} {}\n", entry.who.value_or("-"), entry.operation.value_or("-"), *entry.target,
                          *entry.status, entry.code.value_or("-"));
    }
  });
  EXPECT_TRUE(check.value().findings.empty());
  EXPECT_EQ(seen,
            "key devstoreaccount1 PutBlob /devstoreaccount1/cont/audited 201 -\n"
            "- PutBlob /devstoreaccount1/cont/n 401 NoAuthenticationInformation\n"
            "sas devstoreaccount1 DeleteBlob /devstoreaccount1/cont/b 403 AuthorizationPermissionMismatch\n");
  EXPECT_EQ(seen.find("sig="), seen.npos);
  std::filesystem::remove_all(directory);
}

TEST_F(Authorization, TheSecondaryReadsOnly) {
  EXPECT_EQ(send("GET", "/devstoreaccount1-secondary/cont/b").body, "hello");
  EXPECT_EQ(send("DELETE", "/devstoreaccount1-secondary/cont/b").code(), "InsufficientAccountPermissions");
}

}  // namespace
}  // namespace quaymaster::storage
