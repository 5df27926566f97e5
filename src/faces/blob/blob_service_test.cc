#include "faces/blob/blob_service.h"

#include <gmock/gmock.h>

#include "faces/blob/blob_face_fixture_test.h"
#include "faces/blob/blob_operations.h"
#include "faces/blob/blob_rows_test.h"
#include "faces/blob/blob_service_settings.h"

namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using ::testing::HasSubstr;

class Service : public BlobFace {};

TEST_F(Service, CommonHeadersOnAnswersAndErrors) {
  const auto good = send("GET", path("") + "?comp=list", {{"x-ms-client-request-id", "my id"}});
  const auto bad = send("GET", path("cont/b"), {{"x-ms-client-request-id", "my id"}});
  for (const auto& answer : {good, bad}) {
    EXPECT_EQ(answer.header("x-ms-client-request-id"), "my id");
    EXPECT_EQ(answer.header("x-ms-version"), "2026-04-06");
    EXPECT_EQ(answer.header("Date"), "Sat, 14 Mar 2026 09:26:53 GMT");
  }
  EXPECT_EQ(good.header("x-ms-request-id"), "00000000-0000-0000-0000-000000000001");
  EXPECT_EQ(bad.header("x-ms-request-id"), "00000000-0000-0000-0000-000000000002");
  EXPECT_THAT(bad.body, HasSubstr("\nRequestId:00000000-0000-0000-0000-000000000002\nTime:2026-03-14T09:26:53.1234567Z"
                                  "</Message></Error>"));
  EXPECT_EQ(send("GET", path(""), {{"x-ms-client-request-id", std::string(1025, 'x')}}).code(), "InvalidHeaderValue");
}

TEST_F(Service, EveryWellFormedVersionIsServed) {
  for (const auto* version : {"2009-09-19", "2015-02-21", "2026-06-06", "2031-01-01"}) {
    const auto answer = send("GET", path("") + "?comp=list", {{"x-ms-version", version}});
    EXPECT_EQ(answer.status, 200) << version << answer.body;
    EXPECT_EQ(answer.header("x-ms-version"), version);
  }
  for (const auto* version : {"2008-01-01", "20200101", "latest", "2026-13-01", "2026-06-06-preview"}) {
    const auto answer = send("GET", path("") + "?comp=list", {{"x-ms-version", version}});
    EXPECT_EQ(answer.code(), "InvalidHeaderValue") << version;
    EXPECT_THAT(answer.body, HasSubstr("<HeaderName>x-ms-version</HeaderName>"));
  }
}

TEST_F(Service, RowsNotOfferedAnswer501AndSayWhy) {
  make_container();
  put("b", "x");
  for (const auto& row : blob_operations()) {
    if (row.offered) {
      continue;
    }
    const auto [target, query, fields] = testing::request_of(row);
    const auto answer = send(http::name(row.method), path(target), fields);
    EXPECT_EQ(answer.status, 501) << row.id << answer.body;
    EXPECT_EQ(answer.code(), "NotImplemented") << row.id;
    if (row.method != http::Method::head) {
      EXPECT_THAT(answer.body, HasSubstr(std::string(row.note))) << row.id;
    }
  }
}

TEST_F(Service, AccountInformationOnEveryLevel) {
  make_container();
  for (const auto* target : {"", "cont", "cont/b"}) {
    for (const auto* method : {"GET", "HEAD"}) {
      const auto answer = send(method, path(target) + "?restype=account&comp=properties");
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(answer.header("x-ms-sku-name"), "Standard_LRS");
      EXPECT_EQ(answer.header("x-ms-account-kind"), "StorageV2");
      EXPECT_EQ(answer.header("x-ms-is-hns-enabled"), "false");
    }
  }
}

TEST_F(Service, Containers) {
  const auto target = path("cont") + "?restype=container";
  const auto made = send("PUT", target, {{"x-ms-meta-Key", "v"}});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(send("PUT", target).code(), "ContainerAlreadyExists");
  const auto seen = send("HEAD", target);
  EXPECT_EQ(seen.header("ETag"), made.header("ETag"));
  EXPECT_EQ(seen.header("x-ms-meta-Key"), "v");
  EXPECT_EQ(seen.header("x-ms-has-immutability-policy"), "false");
  EXPECT_EQ(seen.header("x-ms-has-legal-hold"), "false");
  EXPECT_EQ(seen.header("x-ms-lease-status"), "unlocked");
  EXPECT_EQ(send("GET", target + "&comp=metadata").header("x-ms-meta-Key"), "v");

  const std::string then = "Sat, 14 Mar 2026 09:26:53 GMT";
  EXPECT_EQ(send("PUT", target + "&comp=metadata", {{"If-Modified-Since", then}}).code(), "ConditionNotMet");
  EXPECT_EQ(send("PUT", target + "&comp=metadata", {{"If-Match", "*"}}).code(), "ConditionHeadersNotSupported");
  EXPECT_EQ(send("PUT", target + "&comp=metadata", {{"x-ms-meta-other", "2"}}).status, 200);
  EXPECT_FALSE(send("GET", target).headers.get("x-ms-meta-Key")) << "all metadata is replaced";
  EXPECT_EQ(send("GET", target, {{"x-ms-lease-id", "x"}}).code(), "LeaseNotPresentWithContainerOperation");

  put("b", "x");
  EXPECT_EQ(send("DELETE", target, {{"If-Unmodified-Since", "Sat, 14 Mar 2026 09:26:52 GMT"}}).status, 412);
  EXPECT_EQ(send("DELETE", target).status, 202);
  EXPECT_EQ(send("DELETE", target).code(), "ContainerNotFound");
  EXPECT_EQ(send("GET", path("cont/b")).code(), "ContainerNotFound");
  EXPECT_EQ(send("PUT", target).status, 201);
  EXPECT_EQ(send("GET", path("cont/b")).code(), "BlobNotFound") << "the old blobs are not in the new container";
  EXPECT_EQ(send("PUT", path("open") + "?restype=container", {{"x-ms-blob-public-access", "blob"}}).code(),
            "PublicAccessNotPermitted");
  const auto open = [&](const char* access, const char* name) {
    return send("PUT", path("open") + "?restype=container", {{"x-ms-blob-public-access", access}, {name, "v"}}).code();
  };
  EXPECT_EQ(open("blob", "x-ms-meta-a-b"), "InvalidMetadata") << "before what the account allows";
  EXPECT_EQ(open("everybody", "x-ms-meta-a"), "InvalidHeaderValue");
  const auto created_if = send("PUT", path("open") + "?restype=container", {{"If-None-Match", "*"}});
  EXPECT_EQ(created_if.code(), "ConditionHeadersNotSupported");
  const auto too_short = send("PUT", path("no") + "?restype=container");
  EXPECT_EQ(too_short.code(), "OutOfRangeInput");
  EXPECT_THAT(too_short.body, HasSubstr("The specified resource name length is not within the permissible limits.\n"));
  EXPECT_EQ(send("PUT", path("No") + "?restype=container").code(), "InvalidResourceName");
}

TEST_F(Service, RootContainer) {
  EXPECT_EQ(send("PUT", path("$root") + "?restype=container").status, 201);
  EXPECT_EQ(send("PUT", path("top.txt"), {{"x-ms-blob-type", "BlockBlob"}}, "x").status, 201);
  EXPECT_EQ(send("GET", path("$root/top.txt")).body, "x");
}

TEST_F(Service, HostStyleSignsTheAccountOnce) {
  make_container();
  put("b", "hello");
  const testing::Fields host = {{"Host", "devstoreaccount1.blob.localhost:10000"}};
  EXPECT_EQ(send("GET", "/cont/b", host).body, "hello");
  EXPECT_THAT(send("GET", "/cont?restype=container&comp=list", host).body,
              HasSubstr("ServiceEndpoint=\"http://devstoreaccount1.blob.localhost:10000/\""));
}

TEST_F(Service, SettingsKeepWhatIsNotSent) {
  const auto target = path("") + "?restype=service&comp=properties";
  const auto fresh = send("GET", target);
  EXPECT_EQ(fresh.status, 200);
  EXPECT_THAT(fresh.body, HasSubstr("<Cors/><DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy>"));
  const auto set = [&](const std::string& inner) {
    return send("PUT", target, {}, "<StorageServiceProperties>" + inner + "</StorageServiceProperties>");
  };
  EXPECT_EQ(set("<DefaultServiceVersion>2020-12-06</DefaultServiceVersion>").status, 202);
  EXPECT_EQ(set("<Cors>\n <CorsRule><AllowedOrigins>*</AllowedOrigins><AllowedMethods>GET</AllowedMethods>"
                "<AllowedHeaders/><ExposedHeaders/><MaxAgeInSeconds>5</MaxAgeInSeconds></CorsRule></Cors>")
                .status,
            202);
  const auto after = send("GET", target).body;
  EXPECT_THAT(after, HasSubstr("<DefaultServiceVersion>2020-12-06</DefaultServiceVersion>"));
  EXPECT_THAT(after, HasSubstr("<Cors><CorsRule><AllowedOrigins>*</AllowedOrigins>"));

  // A signed request without a version is now served with the account's default.
  const auto old = send("GET", path("") + "?comp=list", {{"x-ms-version", ""}});
  EXPECT_EQ(old.status, 200) << old.body;
  EXPECT_EQ(old.header("x-ms-version"), "2020-12-06");
}

TEST_F(Service, SettingsThatWouldBeReliedUponAreRefused) {
  const auto code = [&](const std::string& body) {
    return send("PUT", path("") + "?restype=service&comp=properties", {}, body).code();
  };
  const auto inside = [&](const std::string& inner) {
    return code("<StorageServiceProperties>" + inner + "</StorageServiceProperties>");
  };
  const auto retention = [&](const std::string& inner) {
    return inside("<DeleteRetentionPolicy>" + inner + "</DeleteRetentionPolicy>");
  };
  EXPECT_EQ(retention("<Enabled>true</Enabled>"), "MissingRequiredXmlNode");
  EXPECT_EQ(retention("<Days>7</Days>"), "MissingRequiredXmlNode");
  EXPECT_EQ(retention("<Enabled>true</Enabled><Days>0</Days>"), "InvalidXmlNodeValue");
  EXPECT_EQ(retention("<Enabled>true</Enabled><Days>366</Days>"), "InvalidXmlNodeValue");
  EXPECT_EQ(retention("<Enabled>true</Enabled><Days>365</Days>"), "");
  EXPECT_EQ(retention("<Enabled>false</Enabled>"), "");
  EXPECT_EQ(inside("<StaticWebsite><Enabled>true</Enabled></StaticWebsite>"), "UnsupportedXmlNode");
  EXPECT_EQ(inside("<Logging><Read>true</Read></Logging>"), "UnsupportedXmlNode");
  EXPECT_EQ(inside("<HourMetrics><Enabled>true</Enabled></HourMetrics>"), "UnsupportedXmlNode");
  EXPECT_EQ(inside("<MinuteMetrics><Enabled>true</Enabled></MinuteMetrics>"), "UnsupportedXmlNode");
  EXPECT_EQ(inside("<Unknown/>"), "UnsupportedXmlNode");
  EXPECT_EQ(inside("<Logging><Delete>perhaps</Delete></Logging>"), "InvalidXmlNodeValue");
  EXPECT_EQ(inside("<Logging>text</Logging>"), "InvalidXmlNodeValue");
  EXPECT_EQ(inside("<DefaultServiceVersion>new</DefaultServiceVersion>"), "InvalidXmlNodeValue");
  EXPECT_EQ(inside("<Cors/><Cors/>"), "InvalidXmlDocument");
  EXPECT_EQ(code("<Other/>"), "InvalidXmlDocument");
  EXPECT_EQ(code(""), "InvalidXmlDocument");
  EXPECT_EQ(code("<StorageServiceProperties>"), "InvalidXmlDocument");
  EXPECT_EQ(inside(""), "");
}

TEST_F(Service, ARequestWithoutVersionNeedsOneUnlessAnonymous) {
  EXPECT_EQ(send("GET", path("") + "?comp=list", {{"x-ms-version", ""}}).code(), "MissingRequiredHeader");
}

TEST_F(Service, RefusedHeadsAreAnsweredInXml) {
  http::Request request;
  const auto reply = face_->refuse(request, 431, "too long a head");
  EXPECT_EQ(reply.status, 431);
  EXPECT_THAT(reply.body, HasSubstr("<Code>InvalidInput</Code>"));
  EXPECT_EQ(face_->refuse(request, 500, "flew").status, 500);
  const auto busy = face_->refuse(request, 503, "out of memory");
  EXPECT_EQ(busy.status, 503);
  EXPECT_THAT(busy.body, HasSubstr("<Code>ServerBusy</Code>"));
}

}  // namespace
}  // namespace quaymaster::storage
