#include <gmock/gmock.h>

#include <thread>

#include "base/digests/checksum.h"
#include "faces/blob/blob_face_fixture_test.h"
#include "faces/blob/blob_headers.h"

namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using testing::Fields;

class Uploading : public BlobFace {
 protected:
  Uploading() { make_container(); }
  const Fields block_blob_ = {{"x-ms-blob-type", "BlockBlob"}};
  const std::string blob_ = path("cont/b");

  Fields with(Fields more) const {
    more.insert(more.begin(), block_blob_.front());
    return more;
  }
  std::string download() { return send("GET", blob_).body; }
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>(i * 31 + i / 251);
  }
  return text;
}

TEST_F(Uploading, SizesAroundEverySpan) {
  for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 262143UL, 262144UL, 262145UL, 1000003UL}) {
    SCOPED_TRACE(size);
    const auto content = pattern(size);
    Sending how;
    const auto answer = send_as(how, "PUT", blob_, block_blob_, content);
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.header("Content-MD5"), base64(md5(as_bytes(content))));
    EXPECT_EQ(download(), content);
    how.piece = 1000;
    EXPECT_EQ(send_as(how, "PUT", blob_, block_blob_, content).status, 201);
    EXPECT_EQ(download(), content);
  }
}

TEST_F(Uploading, ChecksumsAreVerifiedAndAWrongOneLeavesNoTrace) {
  const std::string content = "123456789";
  const auto right_md5 = base64(md5(as_bytes(content)));
  const auto wrong_md5 = base64(md5(as_bytes("other")));
  const std::tuple<Fields, int, std::string> cases[] = {
      {{{"Content-MD5", right_md5}}, 201, ""},
      {{{"Content-MD5", wrong_md5}}, 400, "Md5Mismatch"},
      {{{"Content-MD5", "YQ=="}}, 400, "InvalidMd5"},
      {{{"Content-MD5", "not base64!"}}, 400, "InvalidMd5"},
      {{{"x-ms-content-crc64", "iJh5CoYUi64="}}, 201, ""},
      {{{"x-ms-content-crc64", "iJh5CoYUi68="}}, 400, "Crc64Mismatch"},
      {{{"x-ms-content-crc64", "YQ=="}}, 400, "InvalidHeaderValue"},
      {{{"x-ms-content-crc64", "iJh5CoYUi64="}, {"Content-MD5", right_md5}}, 400, "BothCrc64AndMd5HeaderPresent"},
      {{{"x-ms-blob-content-md5", right_md5}}, 201, ""},
      {{{"x-ms-blob-content-md5", wrong_md5}}, 400, "Md5Mismatch"},
      {{{"x-ms-blob-content-md5", right_md5}, {"Content-MD5", right_md5}}, 201, ""},
      {{{"x-ms-blob-content-md5", wrong_md5}, {"Content-MD5", right_md5}}, 400, "Md5Mismatch"},
      {{{"x-ms-blob-content-md5", ""}, {"Content-MD5", ""}}, 201, ""},
  };
  for (const auto& [fields, status, code] : cases) {
    SCOPED_TRACE(fields.front().first + " " + fields.front().second);
    send("DELETE", blob_);
    const auto answer = send("PUT", blob_, with(fields), content);
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.code(), code);
    EXPECT_EQ(send("HEAD", blob_).status, status == 201 ? 200 : 404);
  }
}

TEST_F(Uploading, ABodyThatBreaksOffLeavesTheOldBlob) {
  put("b", "old");
  Sending how;
  how.promised = 1000000;
  how.break_off = true;
  how.piece = 100000;
  const auto broken = send_as(how, "PUT", blob_, block_blob_, std::string(999999, 'x'));
  EXPECT_GE(broken.status, 400);
  EXPECT_EQ(download(), "old");
  const auto block = send_as(how, "PUT", blob_ + "?comp=block&blockid=YWFh", {}, std::string(999999, 'x'));
  EXPECT_GE(block.status, 400);
  EXPECT_THAT(send("GET", blob_ + "?comp=blocklist&blocklisttype=uncommitted").body,
              ::testing::HasSubstr("<UncommittedBlocks/>"));
}

TEST_F(Uploading, WhatWillBeRefusedIsRefusedBeforeItsBody) {
  put("b", "old");
  const std::string etag = send("HEAD", blob_).header("ETag");
  Sending unsigned_request;
  unsigned_request.sign = false;
  const std::string body(100, 'x');
  const auto refused = [&](const testing::Answer& answer, int status, std::string_view code) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.code(), code);
    EXPECT_FALSE(answer.asked_for_body);
  };
  refused(send_as(unsigned_request, "PUT", blob_, block_blob_, body), 401, "NoAuthenticationInformation");
  refused(send("PUT", blob_, with({{"If-None-Match", "*"}}), body), 409, "BlobAlreadyExists");
  refused(send("PUT", blob_, with({{"If-None-Match", etag}}), body), 412, "ConditionNotMet");
  refused(send("PUT", blob_, with({{"If-Match", "\"0x1\""}}), body), 412, "ConditionNotMet");
  refused(send("PUT", path("cont/new"), with({{"If-Match", "*"}}), body), 412, "ConditionNotMet");
  refused(send("PUT", path("gone/b"), block_blob_, body), 404, "ContainerNotFound");
  refused(send("PUT", blob_, with({{"x-ms-lease-id", "00000000-0000-0000-0000-000000000001"}}), body), 412,
          "LeaseNotPresentWithBlobOperation");
  refused(send("PUT", path("cont/none") + "?comp=metadata", {{"x-ms-lease-id", "1"}}, body), 404, "BlobNotFound");
  for (const auto* name :
       {"x-ms-tags", "x-ms-if-tags", "x-ms-encryption-key", "x-ms-encryption-key-sha256", "x-ms-encryption-algorithm",
        "x-ms-encryption-scope", "x-ms-structured-body", "x-ms-immutability-policy-until-date",
        "x-ms-immutability-policy-mode", "x-ms-legal-hold", "x-ms-expiry-option", "x-ms-expiry-time"}) {
    const auto answer = send("PUT", blob_, with({{name, "a=secret"}}), body);
    refused(answer, 400, "UnsupportedHeader");
    EXPECT_THAT(answer.body, ::testing::HasSubstr("Repeat the request without it."));
    EXPECT_THAT(answer.body, ::testing::HasSubstr(fmt::format("<HeaderName>{}</HeaderName>", name)));
    EXPECT_THAT(answer.body, ::testing::Not(::testing::HasSubstr("secret")));
  }
  EXPECT_THAT(send("PUT", blob_, with({{"x-ms-tags", "a=b"}}), body).body,
              ::testing::HasSubstr("blob index tags are not offered yet"));
  refused(send("PUT", blob_ + "?comp=block&blockid=YWFh", {{"If-Match", "*"}}, body), 400,
          "ConditionHeadersNotSupported");
  refused(send("PUT", blob_, with({{"x-ms-access-tier", "Archive"}}), body), 400, "UnsupportedHeader");
  refused(send("PUT", blob_, with({{"x-ms-access-tier", "Warm"}}), body), 400, "InvalidHeaderValue");
  Sending huge;
  huge.promised = 5001 * kMiB;
  refused(send_as(huge, "PUT", blob_, block_blob_, body), 413, "RequestBodyTooLarge");
  huge.promised = 4001 * kMiB;
  refused(send_as(huge, "PUT", blob_ + "?comp=block&blockid=YWFh", {}, body), 413, "RequestBodyTooLarge");
  huge.promised = 101 * kMiB;
  refused(send_as(huge, "PUT", blob_ + "?comp=block&blockid=YWFh", {{"x-ms-version", "2018-11-09"}}, body), 413,
          "RequestBodyTooLarge");
  EXPECT_EQ(download(), "old");
}

TEST_F(Uploading, ABodyWithoutLengthIsRefused) {
  Sending how;
  how.without_length = true;
  EXPECT_EQ(send_as(how, "PUT", blob_, block_blob_).status, 411);
  EXPECT_EQ(send_as(how, "PUT", blob_ + "?comp=block&blockid=YWFh").code(), "MissingContentLengthHeader");
  EXPECT_EQ(send_as(how, "PUT", blob_ + "?comp=blocklist").code(), "MissingContentLengthHeader");
  EXPECT_EQ(send_as(how, "PUT", path("fresh") + "?restype=container").code(), "MissingContentLengthHeader");
  Sending chunked;
  chunked.chunked = true;
  for (const auto* query : {"", "?comp=block&blockid=YWFh", "?comp=blocklist", "?comp=metadata"}) {
    const auto answer = send_as(chunked, "PUT", blob_ + query, block_blob_, "body");
    EXPECT_EQ(answer.status, 411) << query;
    EXPECT_THAT(answer.body, ::testing::HasSubstr("The Content-Length header was not specified.\n"));
    EXPECT_THAT(answer.body, ::testing::HasSubstr("<HeaderName>Content-Length</HeaderName>"));
    EXPECT_FALSE(answer.asked_for_body);
  }
  EXPECT_EQ(send("GET", blob_).status, 404);
}

TEST_F(Uploading, ATierIsKept) {
  const auto tier = [&] {
    const auto head = send("HEAD", blob_);
    return head.header("x-ms-access-tier") + (head.headers.get("x-ms-access-tier-inferred") ? " inferred" : "");
  };
  put("b", "x");
  EXPECT_EQ(tier(), "Hot inferred");
  put("b", "x", {{"x-ms-access-tier", "Cool"}});
  EXPECT_EQ(tier(), "Cool");
  EXPECT_EQ(send("HEAD", blob_).header("x-ms-access-tier-change-time"), "Sat, 14 Mar 2026 09:26:53 GMT");
  put("b", "overwritten");
  EXPECT_EQ(tier(), "Cool") << "a blob that is overwritten keeps its tier";
  ASSERT_EQ(send("PUT", blob_ + "?comp=blocklist", {{"x-ms-access-tier", "Cold"}}, "<BlockList/>").status, 201);
  EXPECT_EQ(tier(), "Cold");
  ASSERT_EQ(send("PUT", blob_ + "?comp=properties").status, 200);
  EXPECT_EQ(tier(), "Cold");
  put("b", "x", {{"x-ms-access-tier", "Hot"}});
  EXPECT_EQ(tier(), "Hot") << "set, not inferred";
}

TEST_F(Uploading, PropertiesThatNoClientCouldReadAreRefused) {
  const auto code = [&](const Fields& fields) { return send("PUT", blob_, with(fields), "x").code(); };
  EXPECT_EQ(code({{"x-ms-blob-content-type", std::string(4096, 'x')}}), "");
  EXPECT_EQ(code({{"x-ms-blob-content-type", std::string(4097, 'x')}}), "InvalidHeaderValue");
  EXPECT_EQ(code({{"x-ms-blob-content-type", std::string(4000, 'x')},
                  {"x-ms-blob-content-disposition", std::string(97, 'x')}}),
            "InvalidHeaderValue");
  EXPECT_EQ(code({{"x-ms-blob-cache-control", "a\x01z"}}), "InvalidHeaderValue");
  for (const auto* comp : {"properties", "blocklist"}) {
    EXPECT_EQ(
        send("PUT", blob_ + "?comp=" + comp, {{"x-ms-blob-content-language", std::string(4097, 'x')}}, "<BlockList/>")
            .code(),
        "InvalidHeaderValue")
        << comp;
  }
}

TEST_F(Uploading, AContentTypeThatIsNotSentIsGone) {
  put("b", "x", {{"x-ms-blob-content-type", "text/plain"}});
  ASSERT_EQ(send("PUT", blob_ + "?comp=properties", {{"x-ms-blob-cache-control", "no-cache"}}).status, 200);
  const auto head = send("HEAD", blob_);
  EXPECT_FALSE(head.headers.get("Content-Type"));
  EXPECT_EQ(head.header("Cache-Control"), "no-cache");
  EXPECT_EQ(send("GET", blob_).body, "x");
  ASSERT_EQ(send("PUT", blob_ + "?comp=blocklist", {}, "<BlockList/>").status, 201);
  EXPECT_EQ(send("HEAD", blob_).header("Content-Type"), "application/octet-stream");
}

TEST_F(Uploading, AnMd5ThatIsOnlyAPropertyIsKeptAsItIs) {
  const Fields three_bytes = {{"x-ms-blob-content-md5", "AAEC"}};
  EXPECT_EQ(send("PUT", blob_, with(three_bytes), "x").code(), "InvalidHeaderValue") << "a promise about the body";
  put("b", "x");
  ASSERT_EQ(send("PUT", blob_ + "?comp=properties", three_bytes).status, 200);
  EXPECT_EQ(send("HEAD", blob_).header("Content-MD5"), "AAEC");
  ASSERT_EQ(send("PUT", blob_ + "?comp=blocklist", three_bytes, "<BlockList/>").status, 201);
  EXPECT_EQ(send("HEAD", blob_).header("Content-MD5"), "AAEC");
  EXPECT_THAT(send("GET", path("cont") + "?restype=container&comp=list").body,
              ::testing::HasSubstr("<Content-MD5>AAEC</Content-MD5>"));
  EXPECT_EQ(send("PUT", blob_ + "?comp=properties", {{"x-ms-blob-content-md5", "no base64"}}).code(),
            "InvalidHeaderValue");
}

TEST_F(Uploading, ABackslashInANameIsASlash) {
  ASSERT_EQ(send("PUT", path("cont/dir%5Cb"), block_blob_, "x").status, 201);
  EXPECT_EQ(send("GET", path("cont/dir/b")).body, "x");
  EXPECT_EQ(send("GET", path("cont/dir%5cb")).body, "x");
  const auto query = sas("sv=2020-12-06&sr=b&sp=r&se=2026-03-15", "cont", "dir/b");
  Sending unsigned_request;
  unsigned_request.sign = false;
  EXPECT_EQ(send_as(unsigned_request, "GET", path("cont/dir%5Cb") + "?" + query).body, "x");
}

TEST_F(Uploading, PropertiesAndMetadataComeBack) {
  put("b", "x",
      {{"x-ms-blob-content-type", "text/plain"},
       {"Content-Type", "ignored/ignored"},
       {"x-ms-blob-content-encoding", "gzip"},
       {"x-ms-blob-content-language", "de"},
       {"x-ms-blob-content-disposition", "attachment"},
       {"x-ms-blob-cache-control", "no-cache"},
       {"x-ms-meta-Owner", "Ada"},
       {"X-MS-META-second", "2"}});
  const auto head = send("HEAD", blob_);
  EXPECT_EQ(head.header("Content-Type"), "text/plain");
  EXPECT_EQ(head.header("Content-Encoding"), "gzip");
  EXPECT_EQ(head.header("Content-Language"), "de");
  EXPECT_EQ(head.header("Content-Disposition"), "attachment");
  EXPECT_EQ(head.header("Cache-Control"), "no-cache");
  EXPECT_EQ(head.header("x-ms-meta-Owner"), "Ada");
  EXPECT_EQ(head.header("x-ms-meta-second"), "2");
  EXPECT_EQ(head.length, 1U);
  EXPECT_EQ(head.body, "");
  put("b", "x", {{"Content-Type", "image/png"}});
  EXPECT_EQ(send("HEAD", blob_).header("Content-Type"), "image/png");
  put("b", "x", {{"x-ms-blob-content-encoding", ""}, {"x-ms-blob-cache-control", ""}});
  const auto plain = send("HEAD", blob_);
  EXPECT_EQ(plain.header("Content-Type"), "application/octet-stream");
  EXPECT_FALSE(plain.headers.get("Content-Encoding")) << "an empty header is not set";
  EXPECT_FALSE(plain.headers.get("x-ms-meta-owner"));
}

TEST_F(Uploading, MetadataRules) {
  const auto code = [&](const Fields& fields) { return send("PUT", blob_, with(fields), "x").code(); };
  EXPECT_EQ(code({{"x-ms-meta-", "v"}}), "EmptyMetadataKey");
  EXPECT_EQ(code({{"x-ms-meta-a-b", "v"}}), "InvalidMetadata");
  EXPECT_EQ(code({{"x-ms-meta-1a", "v"}}), "InvalidMetadata");
  EXPECT_EQ(code({{"x-ms-meta-a", "\xC3\xBC"}}), "InvalidMetadata");
  EXPECT_EQ(code({{"x-ms-meta-a", "1"}, {"x-ms-meta-A", "2"}}), "InvalidMetadata");
  EXPECT_EQ(code({{"x-ms-meta-a", std::string(8192, 'v')}}), "MetadataTooLarge");
  EXPECT_EQ(code({{"x-ms-meta-a", std::string(8191, 'v')}}), "");
  EXPECT_EQ(code({{"x-ms-meta-a", "1"}, {"x-ms-meta-a", "2"}}), "");
  EXPECT_EQ(send("HEAD", blob_).header("x-ms-meta-a"), "1,2");
}

TEST_F(Uploading, OneOfManyCreatorsWins) {
  std::atomic<int> created{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      auto request = request_of({}, "PUT", path("cont/race"), with({{"If-None-Match", "*"}}), std::to_string(i));
      testing::TextBody body(std::to_string(i));
      int status = 0;
      auto run = [&]() -> http::Task<> {
        const auto reply = co_await face_->handle(request, body);
        status = reply.status;
      };
      loops_.run(run);
      (status == 201 ? created : refused) += 1;
      EXPECT_TRUE(status == 201 || status == 409) << status;
    });
  }
  for (auto& client : clients) {
    client.join();
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 7);
}

TEST_F(Uploading, BlocksBecomeABlob) {
  const auto stage = [&](const std::string& id, const std::string& content, Fields fields = {}) {
    return send("PUT", blob_ + "?comp=block&blockid=" + percent_encode(id), fields, content);
  };
  const auto first = stage("YWFh", "one ");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(first.header("x-ms-content-crc64"), crc64_text(crc64_nvme(as_bytes("one "))));
  EXPECT_FALSE(first.headers.get("Content-MD5"));
  const auto checked = base64(md5(as_bytes("two ")));
  EXPECT_EQ(stage("YmJi", "two ", {{"Content-MD5", checked}}).header("Content-MD5"), checked);
  EXPECT_EQ(stage("Y2Nj", "three", {{"Content-MD5", checked}}).code(), "Md5Mismatch");
  EXPECT_EQ(send("HEAD", blob_).status, 404) << "blocks alone are no blob";
  EXPECT_EQ(send("GET", blob_ + "?comp=blocklist").status, 404);

  const auto commit = [&](const std::string& list, const Fields& fields = {}) {
    return send("PUT", blob_ + "?comp=blocklist", fields,
                "\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<BlockList>" + list + "</BlockList>");
  };
  EXPECT_EQ(commit("<Latest>eHh4</Latest>").code(), "InvalidBlockList");
  EXPECT_EQ(send("HEAD", blob_).status, 404);
  const auto done = commit("<Latest>YWFh</Latest> <Uncommitted>YmJi</Uncommitted><Latest>YWFh</Latest>",
                           {{"x-ms-blob-content-type", "text/plain"},
                            {"Content-Type", "application/xml"},
                            {"x-ms-blob-content-md5", checked},
                            {"x-ms-meta-m", "1"}});
  EXPECT_EQ(done.status, 201) << done.body;
  const auto read = send("GET", blob_);
  EXPECT_EQ(read.body, "one two one ");
  EXPECT_EQ(read.header("Content-Type"), "text/plain");
  EXPECT_EQ(read.header("Content-MD5"), checked) << "as told, not computed";
  EXPECT_EQ(read.header("x-ms-meta-m"), "1");
  const auto lists = send("GET", blob_ + "?comp=blocklist&blocklisttype=all");
  EXPECT_EQ(
      lists.body,
      "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><CommittedBlocks><Block><Name>YWFh</Name><Size>4</Size>"
      "</Block><Block><Name>YmJi</Name><Size>4</Size></Block><Block><Name>YWFh</Name><Size>4</Size></Block>"
      "</CommittedBlocks><UncommittedBlocks/></BlockList>");
  EXPECT_EQ(lists.header("x-ms-blob-content-length"), "12");
  EXPECT_EQ(stage("ZGRk", "four").status, 201);
  const std::string staged = "<UncommittedBlocks><Block><Name>ZGRk</Name><Size>4</Size></Block></UncommittedBlocks>";
  const auto only = [&](const std::string& type) {
    return send("GET", blob_ + "?comp=blocklist" + type).body.substr(38);
  };
  EXPECT_EQ(only("&blocklisttype=Uncommitted"), "<BlockList>" + staged + "</BlockList>");
  EXPECT_THAT(only("&blocklisttype=all"), ::testing::HasSubstr("</CommittedBlocks>" + staged));
  for (const auto* type : {"", "&blocklisttype=", "&blocklisttype=committed"}) {
    EXPECT_THAT(only(type), ::testing::StartsWith("<BlockList><CommittedBlocks><Block><Name>YWFh"));
    EXPECT_THAT(only(type), ::testing::Not(::testing::HasSubstr("UncommittedBlocks")));
  }
  EXPECT_EQ(commit("<Committed>YmJi</Committed>", {{"If-None-Match", "*"}}).code(), "BlobAlreadyExists");
  EXPECT_EQ(commit("<Committed>YmJi</Committed>").status, 201);
  EXPECT_EQ(download(), "two ");
  EXPECT_FALSE(send("HEAD", blob_).headers.get("Content-MD5"));
  EXPECT_EQ(commit("").status, 201) << "an empty list is an empty blob";
  EXPECT_EQ(download(), "");
}

TEST_F(Uploading, BlockIdsAndLists) {
  const auto stage = [&](const std::string& id) {
    return send("PUT", blob_ + "?comp=block&blockid=" + percent_encode(id), {}, "x").code();
  };
  EXPECT_EQ(send("PUT", blob_ + "?comp=block", {}, "x").code(), "MissingRequiredQueryParameter");
  EXPECT_EQ(stage("not base64!"), "InvalidQueryParameterValue");
  EXPECT_EQ(stage(base64(Buffer(65, 1))), "OutOfRangeInput");
  EXPECT_EQ(stage(base64(Buffer(64, 1))), "");
  EXPECT_EQ(stage("YWFh"), "InvalidBlobOrBlock") << "another length";
  const auto stage_other = [&](const std::string& id) {
    return send("PUT", path("cont/other") + "?comp=block&blockid=" + percent_encode(id), {}, "x").code();
  };
  EXPECT_EQ(stage_other("YWE="), "");
  EXPECT_EQ(stage_other("YWFh"), "InvalidBlobOrBlock") << "two bytes and three";
  EXPECT_EQ(stage_other("YQ=="), "InvalidBlobOrBlock");
  EXPECT_EQ(stage_other("YWI="), "");
  EXPECT_EQ(send("PUT", blob_ + "?comp=block&blockid=YWFh", {}, "").code(), "InvalidHeaderValue");

  const std::pair<std::string, std::string> bodies[] = {
      {"", "InvalidXmlDocument"},
      {"<BlockList>", "InvalidXmlDocument"},
      {"<Other/>", "InvalidXmlDocument"},
      {"<BlockList><Newest>YWFh</Newest></BlockList>", "InvalidXmlDocument"},
      {"<BlockList>YWFh</BlockList>", "InvalidXmlDocument"},
      {"<BlockList><Latest><Latest>YWFh</Latest></Latest></BlockList>", "InvalidXmlDocument"},
      {"<!DOCTYPE a [<!ENTITY e \"YWFh\">]><BlockList><Latest>&e;</Latest></BlockList>", "InvalidXmlDocument"},
      {"<BlockList><Latest>***</Latest></BlockList>", "InvalidBlockList"},
      {"<BlockList><Latest/></BlockList>", "InvalidBlockList"},
  };
  for (const auto& [body, code] : bodies) {
    EXPECT_EQ(send("PUT", blob_ + "?comp=blocklist", {}, body).code(), code) << body;
  }
  std::string longest = "<BlockList>";
  for (int i = 0; i < 50001; ++i) {
    longest += "<Latest>YWFh</Latest>";
  }
  EXPECT_EQ(send("PUT", blob_ + "?comp=blocklist", {}, longest + "</BlockList>").code(), "BlockListTooLong");
  EXPECT_EQ(send("PUT", blob_ + "?comp=blocklist", {{"Content-MD5", base64(Buffer(16, 0))}}, "<BlockList/>").code(),
            "Md5Mismatch");
  EXPECT_EQ(send("GET", blob_ + "?comp=blocklist&blocklisttype=some").code(), "InvalidQueryParameterValue");
}

}  // namespace
}  // namespace quaymaster::storage
