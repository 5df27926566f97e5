#include <gmock/gmock.h>

#include "faces/blob/blob_face_fixture_test.h"

namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using testing::Fields;
using ::testing::HasSubstr;
using ::testing::Not;

/// Snapshots, versions and deleted blobs over the wire.
class States : public BlobFace {
 protected:
  States() { make_container(); }

  void keep(const blob::Keeping& keeping) {
    ASSERT_TRUE(
        blobs_->change_keeping(std::string(testing::kAccount), [&](blob::Keeping& stored) { stored = keeping; }));
  }
  std::string snapshot(const std::string& name) {
    const auto answer = send("PUT", path("cont/" + name) + "?comp=snapshot");
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.header("x-ms-snapshot");
  }
  std::string listed(const std::string& query) {
    return send("GET", path("cont") + "?restype=container&comp=list&" + query).body;
  }
  Sending unsigned_request() const {
    Sending how;
    how.sign = false;
    return how;
  }
};

TEST_F(States, ASnapshotIsReadByItsId) {
  put("b", "one", {{"x-ms-meta-k", "v"}, {"x-ms-blob-content-type", "text/plain"}});
  const auto etag = send("HEAD", path("cont/b")).header("ETag");
  const auto id = snapshot("b");
  put("b", "two");
  const auto old = send("GET", path("cont/b") + "?snapshot=" + id);
  EXPECT_EQ(old.body, "one");
  EXPECT_EQ(old.header("ETag"), etag);
  EXPECT_EQ(old.header("x-ms-meta-k"), "v");
  EXPECT_EQ(old.header("Content-Type"), "text/plain");
  EXPECT_FALSE(old.headers.get("x-ms-lease-status")) << "a snapshot has no lease";
  EXPECT_EQ(send("GET", path("cont/b") + "?snapshot=" + id, {{"x-ms-range", "bytes=1-1"}}).body, "n");
  EXPECT_EQ(send("GET", path("cont/b") + "?comp=blocklist&snapshot=" + id).status, 200);
  EXPECT_EQ(send("GET", path("cont/b") + "?comp=metadata&snapshot=" + id).header("x-ms-meta-k"), "v");
  EXPECT_EQ(send("GET", path("cont/b") + "?snapshot=yesterday").code(), "InvalidQueryParameterValue");
  EXPECT_EQ(send("GET", path("cont/b") + "?versionid=" + id).code(), "BlobNotFound");
  EXPECT_EQ(send("GET", path("cont/b") + "?versionid=" + id + "&snapshot=" + id).code(), "InvalidQueryParameterValue");
  for (const auto* query : {"?comp=metadata&snapshot=", "?comp=properties&snapshot=", "?comp=snapshot&snapshot="}) {
    EXPECT_EQ(send("PUT", path("cont/b") + query + id).code(), "InvalidQueryParameterValue") << query;
  }
  EXPECT_EQ(send("PUT", path("cont/b") + "?comp=tier&snapshot=" + id, {{"x-ms-access-tier", "Cool"}}).status, 200);
  EXPECT_EQ(send("HEAD", path("cont/b") + "?snapshot=" + id).header("x-ms-access-tier"), "Cool");
}

TEST_F(States, SnapshotsObeyConditions) {
  put("b", "one");
  const auto code = [&](const Fields& fields) { return send("PUT", path("cont/b") + "?comp=snapshot", fields).code(); };
  EXPECT_EQ(code({{"If-Match", "\"0x1\""}}), "ConditionNotMet");
  EXPECT_EQ(code({{"If-None-Match", "*"}}), "") << "has no meaning here";
  EXPECT_EQ(code({{"x-ms-lease-id", "00000000-0000-0000-0000-000000000001"}}), "LeaseNotPresentWithBlobOperation");
}

TEST_F(States, WhatADeletionTakesAlong) {
  put("b", "one");
  const auto id = snapshot("b");
  const auto code = [&](const std::string& query, const Fields& fields = {}) {
    return send("DELETE", path("cont/b") + query, fields).code();
  };
  EXPECT_EQ(code(""), "SnapshotsPresent");
  EXPECT_EQ(code("", {{"x-ms-delete-snapshots", "all"}}), "InvalidHeaderValue");
  EXPECT_EQ(code("?snapshot=" + id, {{"x-ms-delete-snapshots", "only"}}), "InvalidHeaderValue");
  EXPECT_EQ(code("?deletetype=permanent"), "InvalidQueryParameterValue");
  EXPECT_EQ(code("?deletetype=gone"), "InvalidQueryParameterValue");
  EXPECT_EQ(code("?snapshot=" + id + "&deletetype=permanent"), "OperationNotAllowed");
  EXPECT_EQ(code("", {{"x-ms-delete-snapshots", "include"}}), "");
  EXPECT_EQ(code(""), "BlobNotFound");
}

TEST_F(States, VersionsAreNamedInAnswersAndLists) {
  keep({.versions = true});
  put("b", "one");
  const auto first = send("HEAD", path("cont/b")).header("x-ms-version-id");
  const auto second = send("PUT", path("cont/b"), {{"x-ms-blob-type", "BlockBlob"}}, "two").header("x-ms-version-id");
  EXPECT_LT(first, second);
  EXPECT_EQ(send("GET", path("cont/b")).header("x-ms-is-current-version"), "true");
  const auto old = send("GET", path("cont/b") + "?versionid=" + first);
  EXPECT_EQ(old.body, "one");
  EXPECT_EQ(old.header("x-ms-version-id"), first);
  EXPECT_FALSE(old.headers.get("x-ms-is-current-version"));
  EXPECT_EQ(send("GET", path("cont/b") + "?versionid=" + second).header("x-ms-is-current-version"), "true");

  EXPECT_THAT(listed("include=versions"), HasSubstr("<VersionId>" + first + "</VersionId><Properties>"));
  EXPECT_THAT(listed("include=versions"),
              HasSubstr("<VersionId>" + second + "</VersionId><IsCurrentVersion>true</IsCurrentVersion>"));
  EXPECT_THAT(listed(""), Not(HasSubstr("VersionId")));
  const auto list = send("PUT", path("cont/b") + "?comp=blocklist", {}, "<BlockList/>");
  EXPECT_LT(second, list.header("x-ms-version-id"));
}

TEST_F(States, AVersionIsDeletedByThoseWhoMayDeleteVersions) {
  keep({.versions = true});
  put("b", "one");
  const auto first = send("HEAD", path("cont/b")).header("x-ms-version-id");
  put("b", "two");
  const auto code = [&](const char* letters, const std::string& query) {
    const auto target = path("cont/b") + "?" + query + "&" +
                        sas(fmt::format("sv=2020-12-06&sr=c&sp={}&se=2026-03-15", letters), "cont", "b");
    return send_as(unsigned_request(), "DELETE", target).code();
  };
  EXPECT_EQ(code("d", "versionid=" + first), "AuthorizationPermissionMismatch");
  EXPECT_EQ(code("x", "versionid=" + first), "");
  EXPECT_EQ(code("x", ""), "AuthorizationPermissionMismatch");
  EXPECT_EQ(code("dx", "versionid=" + first + "&deletetype=permanent"), "AuthorizationPermissionMismatch");
  EXPECT_EQ(code("y", "versionid=" + first + "&deletetype=permanent"), "BlobNotFound");
}

TEST_F(States, DeletedBlobsAreListedAndComeBack) {
  const auto settings = path("") + "?restype=service&comp=properties";
  const std::string policy =
      "<DeleteRetentionPolicy><Enabled>true</Enabled><AllowPermanentDelete>true</AllowPermanentDelete><Days>7</Days>"
      "</DeleteRetentionPolicy>";
  ASSERT_EQ(send("PUT", settings, {}, "<StorageServiceProperties>" + policy + "</StorageServiceProperties>").status,
            202);
  EXPECT_THAT(send("GET", settings).body, HasSubstr(policy));
  put("b", "one");
  EXPECT_EQ(send("DELETE", path("cont/b")).header("x-ms-delete-type-permanent"), "false");
  EXPECT_EQ(send("GET", path("cont/b")).code(), "BlobNotFound");
  EXPECT_THAT(listed(""), Not(HasSubstr("<Blob>")));
  clock_.advance(std::chrono::hours{25});
  EXPECT_THAT(listed("include=deleted"), HasSubstr("<DeletedTime>Sat, 14 Mar 2026 09:26:53 GMT</DeletedTime>"
                                                   "<RemainingRetentionDays>6</RemainingRetentionDays>"));
  EXPECT_EQ(send("PUT", path("cont/b") + "?comp=undelete").status, 200);
  EXPECT_EQ(send("GET", path("cont/b")).body, "one");
}

}  // namespace
}  // namespace quaymaster::storage
