#include <gmock/gmock.h>

#include "base/digests/checksum.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_face_fixture_test.h"
#include "faces/blob/blob_headers.h"

namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using testing::Fields;

class Reading : public BlobFace {
 protected:
  Reading() { make_container(); }
  const std::string blob_ = path("cont/b");
};

TEST_F(Reading, EveryHeaderOfGetAndHead) {
  put("b", "hello", {{"x-ms-meta-k", "v"}});
  const auto get = send("GET", blob_);
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.body, "hello");
  const auto head = send("HEAD", blob_);
  EXPECT_EQ(head.status, 200);
  for (const auto& answer : {get, head}) {
    EXPECT_THAT(answer.header("ETag"), ::testing::MatchesRegex("\"0x[A-F0-9]+\""));
    EXPECT_GE(answer.header("ETag").size(), 19U);
    EXPECT_EQ(answer.header("Last-Modified"), "Sat, 14 Mar 2026 09:26:53 GMT");
    EXPECT_EQ(answer.header("Content-MD5"), "XUFAKrxLKna5cZ2REBfFkg==");
    EXPECT_EQ(answer.header("Accept-Ranges"), "bytes");
    EXPECT_EQ(answer.header("x-ms-blob-type"), "BlockBlob");
    EXPECT_EQ(answer.header("x-ms-creation-time"), "Sat, 14 Mar 2026 09:26:53 GMT");
    EXPECT_EQ(answer.header("x-ms-lease-status"), "unlocked");
    EXPECT_EQ(answer.header("x-ms-lease-state"), "available");
    EXPECT_EQ(answer.header("x-ms-server-encrypted"), "true");
    EXPECT_EQ(answer.header("x-ms-meta-k"), "v");
    EXPECT_EQ(answer.header("x-ms-version"), "2026-04-06");
    EXPECT_EQ(answer.header("x-ms-request-id").size(), 36U);
    EXPECT_FALSE(answer.header("Server").empty());
    EXPECT_EQ(answer.header("Date"), "Sat, 14 Mar 2026 09:26:53 GMT");
  }
  EXPECT_EQ(head.header("x-ms-access-tier"), "Hot");
  EXPECT_EQ(head.header("x-ms-access-tier-inferred"), "true");
  EXPECT_FALSE(head.headers.get("x-ms-access-tier-change-time"));
  EXPECT_EQ(head.length, 5U);
}

TEST_F(Reading, Ranges) {
  const std::string content = "0123456789";
  put("b", content);
  struct Case {
    std::string range;
    int status;
    std::string body;
    std::string content_range;
  };
  const Case cases[] = {
      {"bytes=0-3", 206, "0123", "bytes 0-3/10"},
      {"bytes=4-", 206, "456789", "bytes 4-9/10"},
      {"bytes=0-", 206, content, "bytes 0-9/10"},
      {"bytes=8-100", 206, "89", "bytes 8-9/10"},
      {"bytes=9-9", 206, "9", "bytes 9-9/10"},
      {"bytes=0-18446744073709551615", 206, content, "bytes 0-9/10"},
      {"bytes=10-", 416, "", "bytes */10"},
      {"bytes=10-20", 416, "", "bytes */10"},
      {"bytes=-3", 200, content, ""},
      {"bytes=0-1,3-4", 200, content, ""},
      {"bytes=5-2", 200, content, ""},
      {"bytes=a-b", 200, content, ""},
      {"bytes=", 200, content, ""},
      {"items=0-3", 200, content, ""},
      {"bytes=99999999999999999999-", 416, "", "bytes */10"},
      {"bytes=99999999999999999999-99999999999999999999", 416, "", "bytes */10"},
      {"bytes=8-99999999999999999999", 206, "89", "bytes 8-9/10"},
  };
  for (const auto& [range, status, body, content_range] : cases) {
    for (const auto* name : {"Range", "x-ms-range"}) {
      SCOPED_TRACE(std::string(name) + ": " + range);
      const auto answer = send("GET", blob_, {{name, range}});
      EXPECT_EQ(answer.status, status);
      EXPECT_EQ(answer.header("Content-Range"), content_range);
      if (status == 416) {
        EXPECT_EQ(answer.code(), "InvalidRange");
        continue;
      }
      EXPECT_EQ(answer.body, body);
      EXPECT_EQ(answer.headers.get("Content-MD5").has_value(), status == 200);
      EXPECT_EQ(answer.headers.get("x-ms-blob-content-md5").has_value(), status == 206);
    }
  }
  EXPECT_EQ(send("GET", blob_, {{"Range", "bytes=0-1"}, {"x-ms-range", "bytes=2-3"}}).body, "23");
}

TEST_F(Reading, AnEmptyBlobAnswersEveryRangeWith416) {
  put("b", "");
  const auto ranged = send("GET", blob_, {{"x-ms-range", "bytes=0-"}});
  EXPECT_EQ(ranged.status, 416);
  EXPECT_EQ(ranged.header("Content-Range"), "bytes */0");
  const auto whole = send("GET", blob_);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, "");
}

TEST_F(Reading, LongAnswersStreamFromAnyOffset) {
  std::string content(1000003, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) {
    content[i] = static_cast<char>(i * 7 + i / 256);
  }
  put("b", content);
  const auto whole = send("GET", blob_);
  EXPECT_EQ(whole.length, content.size());
  EXPECT_EQ(whole.body, content);
  for (const std::size_t from : {1UL, 65535UL, 262143UL, 262144UL, 500000UL}) {
    EXPECT_EQ(send("GET", blob_, {{"x-ms-range", fmt::format("bytes={}-", from)}}).body, content.substr(from));
  }
}

TEST_F(Reading, DigestsOfRanges) {
  put("b", "0123456789");
  const Fields md5_of = {{"x-ms-range", "bytes=2-4"}, {"x-ms-range-get-content-md5", "true"}};
  const auto hashed = send("GET", blob_, md5_of);
  EXPECT_EQ(hashed.status, 206);
  EXPECT_EQ(hashed.body, "234");
  EXPECT_EQ(hashed.header("Content-MD5"), base64(md5(as_bytes("234"))));
  EXPECT_EQ(hashed.header("x-ms-blob-content-md5"), base64(md5(as_bytes("0123456789"))));
  const auto crc = send("GET", blob_, {{"x-ms-range", "bytes=2-4"}, {"x-ms-range-get-content-crc64", "true"}});
  EXPECT_EQ(crc.header("x-ms-content-crc64"), crc64_text(crc64_nvme(as_bytes("234"))));

  EXPECT_EQ(send("GET", blob_, {{"x-ms-range-get-content-md5", "true"}}).code(), "InvalidHeaderValue");
  EXPECT_EQ(send("GET", blob_,
                 {{"x-ms-range", "bytes=0-1"},
                  {"x-ms-range-get-content-md5", "true"},
                  {"x-ms-range-get-content-crc64", "true"}})
                .code(),
            "InvalidHeaderValue");
  put("b", std::string(4 * kMiB + 1, 'x'));
  EXPECT_EQ(send("GET", blob_, {{"x-ms-range", "bytes=0-"}, {"x-ms-range-get-content-md5", "true"}}).code(),
            "OutOfRangeQueryParameterValue");
  EXPECT_EQ(send("GET", blob_, {{"x-ms-range", "bytes=1-"}, {"x-ms-range-get-content-md5", "true"}}).status, 206);
}

TEST_F(Reading, WhatIsMissing) {
  const auto blob = send("GET", path("cont/none"));
  EXPECT_EQ(blob.status, 404);
  EXPECT_EQ(blob.code(), "BlobNotFound");
  EXPECT_THAT(blob.body, ::testing::HasSubstr("<Code>BlobNotFound</Code><Message>The specified blob does not exist.\n"
                                              "RequestId:"));
  EXPECT_EQ(blob.header("Content-Type"), "application/xml");
  EXPECT_EQ(send("GET", path("none/b")).code(), "ContainerNotFound");
  const auto head = send("HEAD", path("cont/none"));
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.code(), "BlobNotFound");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(send("GET", "/unknown/cont/b").code(), "ResourceNotFound");
  put("b", "x");
  EXPECT_EQ(send("GET", blob_ + "?snapshot=2026-03-14T09:00:00.1234567Z").code(), "BlobNotFound");
  EXPECT_EQ(send("GET", blob_ + "?snapshot=yesterday").code(), "InvalidQueryParameterValue");
  EXPECT_EQ(send("PUT", blob_ + "?comp=metadata&snapshot=2026-03-14T09:00:00.1234567Z").code(),
            "InvalidQueryParameterValue");
}

TEST_F(Reading, Conditions) {
  put("b", "x");
  const auto etag = send("HEAD", blob_).header("ETag");
  const std::string bare = etag.substr(1, etag.size() - 2);
  const std::string then = "Sat, 14 Mar 2026 09:26:53 GMT";
  const std::string before = "Sat, 14 Mar 2026 09:26:52 GMT";
  struct Case {
    Fields fields;
    int status;
  };
  const Case cases[] = {
      {{{"If-Match", etag}}, 200},
      {{{"If-Match", bare}}, 200},
      {{{"If-Match", "W/" + etag}}, 200},
      {{{"If-Match", "\"0x1\", " + etag}}, 200},
      {{{"If-Match", "*"}}, 200},
      {{{"If-Match", "\"0x1\""}}, 412},
      {{{"If-Match", "\"no etag of ours\""}}, 412},
      {{{"If-Match", ""}}, 200},
      {{{"If-None-Match", etag}}, 304},
      {{{"If-None-Match", "\"0x1\""}}, 200},
      {{{"If-None-Match", "\"0x1\"," + etag}}, 304},
      {{{"If-None-Match", "*"}}, 400},
      {{{"If-Modified-Since", then}}, 304},
      {{{"If-Modified-Since", before}}, 200},
      {{{"If-Unmodified-Since", then}}, 200},
      {{{"If-Unmodified-Since", before}}, 412},
      {{{"If-Modified-Since", "yesterday"}}, 400},
      {{{"If-None-Match", etag}, {"If-Modified-Since", before}}, 200},
      {{{"If-None-Match", "\"0x1\""}, {"If-Modified-Since", then}}, 200},
      {{{"If-None-Match", etag}, {"If-Modified-Since", then}}, 304},
      {{{"If-Match", etag}, {"If-Unmodified-Since", before}}, 412},
      {{{"If-Match", etag}, {"If-None-Match", etag}}, 304},
  };
  for (const auto& [fields, status] : cases) {
    for (const auto* method : {"GET", "HEAD"}) {
      SCOPED_TRACE(fields.front().first + ": " + fields.front().second);
      const auto answer = send(method, blob_, fields);
      EXPECT_EQ(answer.status, status);
      if (status == 304) {
        EXPECT_EQ(answer.body, "");
        EXPECT_EQ(answer.code(), "ConditionNotMet");
        EXPECT_EQ(answer.header("ETag"), etag);
      }
    }
  }
  EXPECT_EQ(send("GET", blob_, {{"If-None-Match", "*"}}).code(), "UnsatisfiableCondition");
}

TEST_F(Reading, ConditionsOfWrites) {
  put("b", "x");
  const auto etag = [&] { return send("HEAD", blob_).header("ETag"); };
  const auto metadata = blob_ + "?comp=metadata";
  EXPECT_EQ(send("PUT", metadata, {{"If-Match", "\"0x1\""}}).code(), "ConditionNotMet");
  EXPECT_EQ(send("PUT", metadata, {{"If-Match", etag()}, {"x-ms-meta-a", "1"}}).status, 200);
  EXPECT_EQ(send("PUT", metadata, {{"If-None-Match", etag()}}).status, 412);
  EXPECT_EQ(send("PUT", metadata, {{"If-None-Match", "*"}}).status, 200) << "means nothing on a change";
  EXPECT_EQ(send("PUT", path("cont/none") + "?comp=metadata", {{"If-Match", "*"}}).status, 404);
  EXPECT_EQ(send("PUT", metadata, {{"If-Match", etag()}, {"If-None-Match", "\"0x1\""}}).code(),
            "MultipleConditionHeadersNotSupported");
  EXPECT_EQ(send("PUT", metadata, {{"If-Match", etag() + ", \"0x1\""}}).code(), "MultipleConditionHeadersNotSupported");
  const std::string then = "Sat, 14 Mar 2026 09:26:53 GMT";
  EXPECT_EQ(send("PUT", metadata, {{"If-Modified-Since", then}}).status, 412);
  EXPECT_EQ(send("PUT", metadata, {{"If-Unmodified-Since", then}}).status, 200);
  EXPECT_EQ(send("DELETE", blob_, {{"If-Match", "\"0x1\""}}).status, 412);
  EXPECT_EQ(send("DELETE", blob_, {{"If-None-Match", "*"}}).status, 202);
}

TEST_F(Reading, ETagsHaveQuotesFromTheVersionThatBroughtThem) {
  put("b", "hello");
  const auto quoted = send("HEAD", blob_).header("ETag");
  EXPECT_TRUE(quoted.starts_with("\"0x"));
  const auto bare = quoted.substr(1, quoted.size() - 2);
  EXPECT_EQ(send("HEAD", blob_, {{"x-ms-version", "2011-08-18"}}).header("ETag"), quoted);
  EXPECT_EQ(send("HEAD", blob_, {{"x-ms-version", "2009-09-19"}}).header("ETag"), bare);
  EXPECT_EQ(send("GET", blob_, {{"x-ms-version", "2009-09-19"}, {"If-None-Match", bare}}).status, 304);
}

TEST_F(Reading, SetTierChangesNothingElse) {
  put("b", "hello", {{"x-ms-meta-k", "v"}});
  const auto before = send("HEAD", blob_);
  clock_.advance(std::chrono::seconds{60});
  const auto set = send("PUT", blob_ + "?comp=tier", {{"x-ms-access-tier", "Cold"}});
  EXPECT_EQ(set.status, 200) << set.body;
  const auto after = send("HEAD", blob_);
  EXPECT_EQ(after.header("x-ms-access-tier"), "Cold");
  EXPECT_FALSE(after.headers.get("x-ms-access-tier-inferred"));
  EXPECT_EQ(after.header("x-ms-access-tier-change-time"), "Sat, 14 Mar 2026 09:27:53 GMT");
  for (const auto* name : {"ETag", "Last-Modified", "x-ms-meta-k", "Content-MD5"}) {
    EXPECT_EQ(after.header(name), before.header(name)) << name;
  }
  const auto refused = [&](const Fields& fields) { return send("PUT", blob_ + "?comp=tier", fields); };
  EXPECT_EQ(refused({}).code(), "MissingRequiredHeader");
  EXPECT_EQ(refused({{"x-ms-access-tier", "P10"}}).code(), "InvalidHeaderValue");
  const auto archive = refused({{"x-ms-access-tier", "Archive"}});
  EXPECT_EQ(archive.status, 400);
  EXPECT_THAT(archive.body, ::testing::HasSubstr("use Hot, Cool or Cold"));
  EXPECT_EQ(send("PUT", path("cont/none") + "?comp=tier", {{"x-ms-access-tier", "Hot"}}).code(), "BlobNotFound");
  EXPECT_EQ(send("PUT", path("none/b") + "?comp=tier", {{"x-ms-access-tier", "Hot"}}).code(), "ContainerNotFound");
}

TEST_F(Reading, SetPropertiesReplacesAllOfThemAndKeepsTheBytes) {
  put("b", "hello", {{"x-ms-blob-cache-control", "no-cache"}, {"x-ms-meta-k", "v"}});
  const auto before = send("HEAD", blob_);
  const auto set = send("PUT", blob_ + "?comp=properties", {{"x-ms-blob-content-type", "text/html"}});
  EXPECT_EQ(set.status, 200);
  const auto after = send("GET", blob_);
  EXPECT_EQ(after.body, "hello");
  EXPECT_EQ(after.header("Content-Type"), "text/html");
  EXPECT_FALSE(after.headers.get("Cache-Control"));
  EXPECT_FALSE(after.headers.get("Content-MD5")) << "what is not sent is cleared";
  EXPECT_EQ(after.header("x-ms-meta-k"), "v");
  EXPECT_EQ(after.header("ETag"), set.header("ETag"));
  EXPECT_NE(after.header("ETag"), before.header("ETag"));
  EXPECT_EQ(send("PUT", blob_ + "?comp=properties", {{"x-ms-blob-content-length", "512"}}).code(), "UnsupportedHeader");
}

TEST_F(Reading, DeleteAndItsSnapshotsHeader) {
  put("b", "x");
  EXPECT_EQ(send("DELETE", blob_, {{"x-ms-delete-snapshots", "all"}}).code(), "InvalidHeaderValue");
  EXPECT_EQ(send("DELETE", blob_, {{"x-ms-delete-snapshots", "only"}}).status, 202);
  EXPECT_EQ(send("HEAD", blob_).status, 200) << "there were no snapshots; the blob stays";
  EXPECT_EQ(send("DELETE", blob_ + "?snapshot=2026-03-14T09:00:00.1234567Z").code(), "BlobNotFound");
  const auto gone = send("DELETE", blob_, {{"x-ms-delete-snapshots", "include"}});
  EXPECT_EQ(gone.status, 202);
  EXPECT_EQ(gone.header("x-ms-delete-type-permanent"), "true");
  EXPECT_EQ(send("DELETE", blob_).code(), "BlobNotFound");
}

TEST_F(Reading, PageBlobsOfTheEngineCanBeRead) {
  auto upload = blobs_->upload(blob::Hashing::none);
  ASSERT_TRUE(upload->append(as_bytes(std::string(512, 'p'))));
  auto content = std::shared_ptr<blob::Content>(upload->finish().value());
  ASSERT_TRUE(blobs_->flush({content.get()}));
  blob::Store::NewBlob made;
  made.key = {std::string(testing::kAccount), "cont", "disk"};
  made.type = blob::Type::page;
  made.size = 1536;
  made.parts = {{512, "", content}};
  ASSERT_TRUE(database_->write([&](store::Writer& writer) -> Result<> {
    TRY(blobs_->commit(writer, made));
    return ok();
  }));
  const auto answer = send("GET", path("cont/disk"));
  EXPECT_EQ(answer.body, std::string(512, '\0') + std::string(512, 'p') + std::string(512, '\0'));
  EXPECT_EQ(answer.header("x-ms-blob-type"), "PageBlob");
  EXPECT_EQ(answer.header("x-ms-blob-sequence-number"), "0");
  EXPECT_EQ(send("PUT", path("cont/disk") + "?comp=block&blockid=YWFh", {}, "x").code(), "InvalidBlobType");
  EXPECT_EQ(send("GET", path("cont/disk") + "?comp=blocklist").code(), "InvalidBlobType");
}

}  // namespace
}  // namespace quaymaster::storage
