#include <algorithm>
#include <set>

#include "blob/refusals.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_face_fixture_test.h"
#include "faces/blob/blob_operations.h"
#include "identity/principals/errors.h"
#include "testing/arm/golden.h"

// One exchange of every offered operation, byte for byte: tests/golden/blob/<operation>/<case>.http.
namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using testing::Fields;

class Golden : public BlobFace {
 protected:
  /// Sends and compares. The signature is omitted: it adds nothing to the rest.
  void exchange(const std::string& name, const std::string& method, const std::string& target,
                const Fields& fields = {}, const std::string& body = "") {
    exchange_as({}, name, method, target, fields, body);
  }
  void exchange_as(const Sending& how, const std::string& name, const std::string& method, const std::string& target,
                   const Fields& fields = {}, const std::string& body = "") {
    const bool own_proof =
        std::ranges::any_of(fields, [](const auto& field) { return field.first == "Authorization"; });
    const bool shows_proof = how.sign && !own_proof;
    auto text = fmt::format("{} {} HTTP/1.1\nHost: 127.0.0.1:10000\n{}", method, target,
                            shows_proof ? "Authorization: …\n" : "");
    for (const auto& [field, value] : fields) {
      text += fmt::format("{}: {}\n", field, value);
    }
    text += fmt::format("\n{}{}", body, body.empty() ? "" : "\n\n");

    const auto answer = send_as(how, method, target, fields, body);
    text += fmt::format("HTTP/1.1 {}\n", answer.status);
    for (const auto& [field, value] : answer.headers.fields()) {
      text += fmt::format("{}: {}\n", field, value);
    }
    if (answer.length) {
      text += fmt::format("Content-Length: {}\n", *answer.length);
    }
    text += fmt::format("\n{}{}", answer.body, answer.body.empty() ? "" : "\n");
    EXPECT_EQ(arm::compare_golden(fmt::format("tests/golden/blob/{}.http", name), text), "");
    seen_.insert(name.substr(0, name.find('/')));
    if (!answer.code().empty()) {
      codes_.insert(fmt::format("{} {}", answer.status, answer.code()));
    }
  }

  void keep(const blob::Keeping& keeping) {
    ASSERT_TRUE(
        blobs_->change_keeping(std::string(testing::kAccount), [&](blob::Keeping& stored) { stored = keeping; }));
  }
  void states();

  std::set<std::string> seen_;
  std::set<std::string> codes_;  // "404 BlobNotFound"
};

/// Snapshots, versions and what was deleted.
void Golden::states() {
  const auto blob = path("cont/states");
  const auto list = path("cont") + "?restype=container&comp=list&prefix=states&include=";
  put("states", "one");
  exchange("SnapshotBlob/created", "PUT", blob + "?comp=snapshot");
  exchange("SnapshotBlob/metadata", "PUT", blob + "?comp=snapshot", {{"x-ms-meta-k", "v"}});
  exchange("SnapshotBlob/missing", "PUT", path("cont/none") + "?comp=snapshot");
  exchange("GetBlob/snapshot", "GET", blob + "?snapshot=2026-03-14T09:26:53.1234567Z");
  exchange("GetBlob/missing_snapshot", "GET", blob + "?snapshot=2026-03-14T09:26:53Z");
  exchange("DeleteBlob/snapshots_present", "DELETE", blob);
  exchange("SetBlobServiceProperties/retention", "PUT", path("") + "?restype=service&comp=properties", {},
           "<StorageServiceProperties><DeleteRetentionPolicy><Enabled>true</Enabled><Days>7</Days>"
           "</DeleteRetentionPolicy></StorageServiceProperties>");
  exchange("GetBlobServiceProperties/retention", "GET", path("") + "?restype=service&comp=properties");
  exchange("DeleteBlob/only_snapshots", "DELETE", blob, {{"x-ms-delete-snapshots", "only"}});
  exchange("DeleteBlob/kept", "DELETE", blob);
  exchange("ListBlobs/deleted", "GET", list + "deleted,snapshots,metadata");
  exchange("UndeleteBlob/answer", "PUT", blob + "?comp=undelete");
  exchange("UndeleteBlob/missing", "PUT", path("cont/none") + "?comp=undelete");
  exchange("ListBlobs/snapshots", "GET", list + "snapshots");
  exchange("DeleteBlob/not_allowed_for_good", "DELETE",
           blob + "?snapshot=2026-03-14T09:26:53.1234567Z&deletetype=permanent");
  keep({.blob_days = 7, .permanent_delete = true});
  exchange("DeleteBlob/not_deleted", "DELETE", blob + "?snapshot=2026-03-14T09:26:53.1234567Z&deletetype=permanent");
  exchange("DeleteBlob/with_snapshots", "DELETE", blob, {{"x-ms-delete-snapshots", "include"}});
  exchange("DeleteBlob/for_good", "DELETE", blob + "?snapshot=2026-03-14T09:26:53.1234567Z&deletetype=permanent");

  keep({.versions = true, .container_days = 3});
  exchange("PutBlob/version", "PUT", path("cont/versions"), {{"x-ms-blob-type", "BlockBlob"}}, "one");
  exchange("SetBlobMetadata/version", "PUT", path("cont/versions") + "?comp=metadata", {{"x-ms-meta-k", "v"}});
  exchange("SnapshotBlob/version", "PUT", path("cont/versions") + "?comp=snapshot");
  exchange("GetBlobProperties/version", "HEAD", path("cont/versions"));
  exchange("GetBlobProperties/old_version", "HEAD", path("cont/versions") + "?versionid=2026-03-14T09:26:53.1234567Z");
  const auto current = send("HEAD", path("cont/versions")).header("x-ms-version-id");
  exchange("DeleteBlob/current_version", "DELETE", path("cont/versions") + "?versionid=" + current);
  exchange("ListBlobs/versions", "GET", path("cont") + "?restype=container&comp=list&prefix=versions&include=versions");
  exchange("DeleteBlob/old_version", "DELETE", path("cont/versions") + "?versionid=2026-03-14T09:26:53.1234567Z");
  exchange("DeleteBlob/becomes_a_version", "DELETE", path("cont/versions"), {{"x-ms-delete-snapshots", "include"}});
  exchange("ListBlobs/only_versions", "GET",
           path("cont") + "?restype=container&comp=list&prefix=versions&include=deletedwithversions");

  exchange("DeleteContainer/kept", "DELETE", path("cont") + "?restype=container");
  exchange("ListContainers/deleted", "GET", path("") + "?comp=list&include=deleted");
  const auto page = blobs_->list_containers(std::string(testing::kAccount), "", "", 1, true).value();
  const auto version = fmt::format("{:016X}", page.containers.front().id);
  const auto restored = path("cont") + "?restype=container&comp=undelete";
  exchange("RestoreContainer/no_version", "PUT", restored, {{"x-ms-deleted-container-name", "cont"}});
  exchange("RestoreContainer/missing", "PUT", restored,
           {{"x-ms-deleted-container-name", "cont"}, {"x-ms-deleted-container-version", "01"}});
  exchange("RestoreContainer/restored", "PUT", restored,
           {{"x-ms-deleted-container-name", "cont"}, {"x-ms-deleted-container-version", version}});
  exchange("RestoreContainer/there", "PUT", restored,
           {{"x-ms-deleted-container-name", "cont"}, {"x-ms-deleted-container-version", version}});
  keep({});
  for (const auto* row : blob::kRefusals) {
    const auto error = fmt::format("{} {}", row->status, row->code);
    EXPECT_TRUE(codes_.contains(error)) << error << " has no golden file";
  }
}

TEST_F(Golden, EveryOfferedOperation) {
  const auto cont = path("cont");
  const auto blob = path("cont/dir/a%20b.txt");
  const std::string container = cont + "?restype=container";

  exchange("GetAccountInformation/answer", "GET", path("") + "?restype=account&comp=properties");
  exchange("GetBlobServiceProperties/fresh", "GET", path("") + "?restype=service&comp=properties");
  exchange("SetBlobServiceProperties/cors", "PUT", path("") + "?restype=service&comp=properties", {},
           "<StorageServiceProperties><Cors/></StorageServiceProperties>");
  exchange("CreateContainer/created", "PUT", container, {{"x-ms-meta-Owner", "Ada"}});
  exchange("CreateContainer/exists", "PUT", container);
  exchange("GetContainerProperties/answer", "GET", container);
  exchange("GetContainerMetadata/answer", "GET", container + "&comp=metadata");
  exchange("SetContainerMetadata/answer", "PUT", container + "&comp=metadata", {{"x-ms-meta-Owner", "Grace"}});
  exchange("ListContainers/one", "GET", path("") + "?comp=list&include=metadata&prefix=c&maxresults=10");

  exchange("PutBlob/created", "PUT", blob,
           {{"x-ms-blob-type", "BlockBlob"},
            {"x-ms-blob-content-type", "text/plain"},
            {"x-ms-meta-k", "v"},
            {"x-ms-client-request-id", "a client's id"}},
           "hello");
  exchange("PutBlob/exists", "PUT", blob, {{"x-ms-blob-type", "BlockBlob"}, {"If-None-Match", "*"}}, "hello");
  exchange("PutBlob/wrong_md5", "PUT", blob,
           {{"x-ms-blob-type", "BlockBlob"}, {"Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="}}, "hello");
  exchange("PutBlob/page_blob", "PUT", blob, {{"x-ms-blob-type", "PageBlob"}, {"x-ms-blob-content-length", "512"}});
  exchange("GetBlob/whole", "GET", blob);
  exchange("GetBlob/range", "GET", blob, {{"x-ms-range", "bytes=1-3"}, {"x-ms-range-get-content-md5", "true"}});
  exchange("GetBlob/range_behind_the_end", "GET", blob, {{"x-ms-range", "bytes=5-"}});
  exchange("GetBlob/not_modified", "GET", blob, {{"If-Modified-Since", "Sat, 14 Mar 2026 09:26:53 GMT"}});
  exchange("GetBlob/missing", "GET", path("cont/none"));
  exchange("GetBlobProperties/answer", "HEAD", blob);
  exchange("GetBlobProperties/missing", "HEAD", path("cont/none"));
  exchange("GetBlobMetadata/answer", "GET", blob + "?comp=metadata");
  exchange("SetBlobMetadata/answer", "PUT", blob + "?comp=metadata", {{"x-ms-meta-other", "w"}});
  exchange("SetBlobProperties/answer", "PUT", blob + "?comp=properties", {{"x-ms-blob-content-type", "text/html"}});

  const auto blocks = path("cont/blocks");
  exchange("PutBlock/staged", "PUT", blocks + "?comp=block&blockid=MDAwMQ%3D%3D", {}, "one ");
  exchange("PutBlock/second", "PUT", blocks + "?comp=block&blockid=MDAwMg%3D%3D", {}, "two");
  exchange("GetBlockList/uncommitted", "GET", blocks + "?comp=blocklist&blocklisttype=all");
  exchange("PutBlockList/unknown_block", "PUT", blocks + "?comp=blocklist", {},
           "<BlockList><Latest>MDAwMw==</Latest></BlockList>");
  exchange("PutBlockList/committed", "PUT", blocks + "?comp=blocklist", {{"x-ms-blob-content-type", "text/plain"}},
           "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
           "<BlockList><Latest>MDAwMQ==</Latest><Uncommitted>MDAwMg==</Uncommitted></BlockList>");
  exchange("GetBlockList/committed", "GET", blocks + "?comp=blocklist");
  exchange("ListBlobs/flat", "GET", container + "&comp=list&include=metadata");
  exchange("ListBlobs/page_of_a_directory", "GET", container + "&comp=list&delimiter=%2F&maxresults=1");

  exchange("DeleteBlob/deleted", "DELETE", blob);
  exchange("DeleteBlob/missing", "DELETE", blob);
  exchange("DeleteContainer/deleted", "DELETE", container);
  exchange("DeleteContainer/missing", "DELETE", container);

  make_container();
  exchange("PutBlob/tier", "PUT", path("cont/cool"), {{"x-ms-blob-type", "BlockBlob"}, {"x-ms-access-tier", "Cool"}});
  exchange("GetBlobProperties/tier", "HEAD", path("cont/cool"));
  exchange("SetBlobTier/answer", "PUT", path("cont/cool") + "?comp=tier", {{"x-ms-access-tier", "Cold"}});

  states();

  for (const auto& row : blob_operations()) {
    EXPECT_TRUE(!row.offered || seen_.contains(std::string(row.id))) << row.id << " has no golden file";
  }
}

// Every published error, as a client reads it.
TEST_F(Golden, EveryError) {
  make_container();
  put("b", "hello");
  const auto blob = path("cont/b");
  const auto service = path("") + "?restype=service&comp=properties";
  const std::string cont = path("cont") + "?restype=container";
  const Fields type = {{"x-ms-blob-type", "BlockBlob"}};
  const auto upload = [&](const std::string& name, Fields fields, const std::string& target = path("cont/b")) {
    fields.insert(fields.begin(), type.front());
    exchange("PutBlob/" + name, "PUT", target, fields, "hello");
  };
  const auto settings = [&](const std::string& name, const std::string& inner) {
    exchange("SetBlobServiceProperties/" + name, "PUT", service, {},
             "<StorageServiceProperties>" + inner + "</StorageServiceProperties>");
  };

  // Conditions.
  exchange("GetBlob/not_modified_since", "GET", blob, {{"If-Modified-Since", "Sat, 14 Mar 2026 09:26:53 GMT"}});
  exchange("GetBlob/condition_not_met", "GET", blob, {{"If-Match", "\"0x1\""}});
  exchange("GetBlob/none_match_any", "GET", blob, {{"If-None-Match", "*"}});
  upload("two_conditions", {{"If-Match", "*"}, {"If-None-Match", "*"}});
  exchange("CreateContainer/condition", "PUT", path("new") + "?restype=container", {{"If-None-Match", "*"}});
  upload("lease", {{"x-ms-lease-id", "00000000-0000-0000-0000-000000000001"}});
  exchange("GetContainerProperties/lease", "GET", cont, {{"x-ms-lease-id", "00000000-0000-0000-0000-000000000001"}});

  // The form of a request.
  upload("unknown_tier", {{"x-ms-access-tier", "Warm"}});
  upload("archive", {{"x-ms-access-tier", "Archive"}});
  upload("tags", {{"x-ms-tags", "a=b"}});
  upload("long_properties", {{"x-ms-blob-content-type", std::string(4097, 'x')}});
  exchange("PutBlob/no_type", "PUT", blob, {}, "hello");
  exchange("SetBlobProperties/size", "PUT", blob + "?comp=properties", {{"x-ms-blob-content-length", "512"}});
  exchange("GetBlob/unknown_operation", "GET", blob + "?comp=everything");
  exchange("PutBlock/no_id", "PUT", blob + "?comp=block", {}, "x");
  exchange("PutBlock/long_id", "PUT", blob + "?comp=block&blockid=" + percent_encode(base64(Buffer(65, 1))), {}, "x");
  exchange("ListBlobs/no_results", "GET", cont + "&comp=list&maxresults=0");
  exchange("ListBlobs/foreign_marker", "GET", cont + "&comp=list&marker=dir");
  exchange("ListBlobs/end", "GET", cont + "&comp=list&endBefore=dir");
  exchange("ListContainers/foreign_marker", "GET", path("") + "?comp=list&marker=cont");
  exchange("GetBlob/control_character", "GET", path("cont/a%00b"));
  exchange("CreateContainer/wrong_name", "PUT", path("No_name") + "?restype=container");
  exchange("CreateContainer/short_name", "PUT", path("no") + "?restype=container");
  exchange("DeleteBlob/wrong_verb", "PATCH", blob);
  upload("metadata_name", {{"x-ms-meta-a-b", "v"}});
  upload("empty_metadata_name", {{"x-ms-meta-", "v"}});
  upload("large_metadata", {{"x-ms-meta-a", std::string(8192, 'v')}});
  exchange("PutBlockList/malformed", "PUT", blob + "?comp=blocklist", {}, "<BlockList>");
  settings("wrong_value", "<Logging><Read>perhaps</Read></Logging>");
  settings("missing_node", "<Cors><CorsRule><AllowedOrigins>*</AllowedOrigins></CorsRule></Cors>");
  settings("logging", "<Logging><Read>true</Read></Logging>");
  Sending chunked;
  chunked.chunked = true;
  exchange_as(chunked, "PutBlob/no_length", "PUT", blob, type, "hello");
  Sending huge;
  huge.promised = 5001 * kMiB;
  exchange_as(huge, "PutBlob/too_large", "PUT", blob, type);

  // Bodies.
  upload("short_md5", {{"Content-MD5", "AAEC"}});
  upload("wrong_md5_of_one", {{"Content-MD5", base64(Buffer(16, 0))}});
  upload("wrong_crc64", {{"x-ms-content-crc64", base64(Buffer(8, 0))}});
  upload("both_checksums", {{"Content-MD5", base64(Buffer(16, 0))}, {"x-ms-content-crc64", base64(Buffer(8, 0))}});
  ASSERT_EQ(send("PUT", path("cont/staged") + "?comp=block&blockid=YWFh", {}, "x").status, 201);
  exchange("PutBlock/other_length", "PUT", path("cont/staged") + "?comp=block&blockid=YWE%3D", {}, "x");
  exchange("PutBlockList/missing_block", "PUT", blob + "?comp=blocklist", {},
           "<BlockList><Latest>eHh4</Latest></BlockList>");
  std::string ids = "<BlockList>";
  for (int i = 0; i < 50001; ++i) {
    ids += "<Latest>YWFh</Latest>";
  }
  EXPECT_EQ(send("PUT", blob + "?comp=blocklist", {}, ids + "</BlockList>").code(), "BlockListTooLong");

  // Authentication.
  Sending anonymous;
  anonymous.sign = false;
  const auto signed_url = [&](const std::string& query) { return blob + "?" + sas(query, "cont", "b"); };
  exchange_as(anonymous, "PutBlob/anonymous", "PUT", blob, type, "hello");
  exchange_as(anonymous, "GetBlob/anonymous", "GET", blob);
  exchange("GetBlob/wrong_scheme", "GET", blob, {{"Authorization", "Basic YTpi"}});
  exchange_as(anonymous, "GetBlob/expired_signature", "GET", signed_url("sv=2020-12-06&sr=b&sp=r&se=2026-03-13"));
  Sending secure = anonymous;
  secure.secure = true;
  neighbours_.verify_token = [](const http::Request&, std::string_view) -> Result<identity::Principal> {
    return refuse(Errc::unauthenticated, identity::kExpiredToken, "2026-03-14", "2026-03-15");
  };
  open_face();
  exchange_as(secure, "GetBlob/expired_token", "GET", blob,
              {{"Authorization", "Bearer token"}, {"x-ms-version", "2026-04-06"}});
  account_.takes_keys = false;
  exchange("GetBlob/keys_not_taken", "GET", blob);
  account_.takes_keys = true;
  exchange_as(anonymous, "PutBlob/create_only", "PUT", signed_url("sv=2020-12-06&sr=b&sp=c&se=2026-03-15"), type, "x");
  exchange_as(anonymous, "PutBlob/read_only", "PUT", signed_url("sv=2020-12-06&sr=b&sp=r&se=2026-03-15"), type, "x");
  exchange_as(anonymous, "GetBlob/https_only", "GET", signed_url("sv=2020-12-06&sr=b&sp=r&spr=https&se=2026-03-15"));
  exchange_as(anonymous, "GetBlob/other_address", "GET",
              signed_url("sv=2020-12-06&sr=b&sp=r&sip=9.9.9.9&se=2026-03-15"));
  exchange_as(anonymous, "GetBlob/other_service", "GET", signed_url("sv=2020-12-06&ss=q&srt=o&sp=r&se=2026-03-15"));
  exchange_as(anonymous, "GetBlob/other_resource_type", "GET",
              signed_url("sv=2020-12-06&ss=b&srt=c&sp=r&se=2026-03-15"));
  exchange("PutBlob/secondary", "PUT", "/devstoreaccount1-secondary/cont/b", type, "hello");

  // CORS.
  const Fields page = {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}};
  exchange_as(anonymous, "Preflight/no_rule", "OPTIONS", blob, page);
  exchange_as(anonymous, "Preflight/no_method", "OPTIONS", blob, {{"Origin", "https://a.example"}});
  settings("rule",
           "<Cors><CorsRule><AllowedOrigins>https://a.example</AllowedOrigins><AllowedMethods>GET"
           "</AllowedMethods><AllowedHeaders/><ExposedHeaders>ETag</ExposedHeaders><MaxAgeInSeconds>60"
           "</MaxAgeInSeconds></CorsRule></Cors>");
  exchange_as(anonymous, "Preflight/answer", "OPTIONS", blob, page);
  exchange("GetBlob/cors", "GET", blob, {{"Origin", "https://a.example"}});

  // Existing and missing resources.
  exchange("GetBlob/no_container", "GET", path("none/b"));
  exchange("GetBlob/no_blob", "GET", path("cont/none"));
  exchange("GetBlob/no_account", "GET", "/otheraccount/cont/b");
  exchange("CreateContainer/there", "PUT", cont);
  upload("there", {{"If-None-Match", "*"}});
  exchange("CreateContainer/public", "PUT", path("open") + "?restype=container", {{"x-ms-blob-public-access", "blob"}});
  exchange("GetBlob/no_such_range", "GET", blob, {{"Range", "bytes=99999999999999999999-"}});
  exchange("LeaseBlob/not_offered", "PUT", blob + "?comp=lease");

  // Errors that no request of this test can cause: a broken server, a full disk, 100,000 blocks, a page blob, which
  // only an import creates, a list of 50,001 blocks, which was sent above.
  const std::set<std::string> elsewhere = {
      "500 InternalError",          "503 ServerBusy",      "403 AccountIsDisabled", "403 AuthorizationFailure",
      "409 BlockCountExceedsLimit", "409 InvalidBlobType", "400 BlockListTooLong",  "400 InvalidInput"};
  for (const auto* row : kBlobErrorRows) {
    const auto error = fmt::format("{} {}", row->status, row->code);
    EXPECT_TRUE(codes_.contains(error) || elsewhere.contains(error)) << error << " has no golden file";
  }
}

}  // namespace
}  // namespace quaymaster::storage
