#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "faces/blob/blob_face_fixture_test.h"

namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using ::testing::HasSubstr;
using ::testing::Not;

/// The texts of the elements with that name, with or without attributes.
std::vector<std::string> all(const std::string& body, const std::string& element) {
  std::vector<std::string> found;
  for (auto at = body.find("<" + element); at != body.npos; at = body.find("<" + element, at + 1)) {
    if (const char next = body[at + 1 + element.size()]; next == '>' || next == ' ') {
      const auto text = body.find('>', at) + 1;
      found.push_back(body.substr(text, body.find('<', text) - text));
    }
  }
  return found;
}
std::vector<std::string> names(const std::string& body) {
  return all(body, "Name");
}
std::string marker(const std::string& body) {
  const auto found = all(body, "NextMarker");
  return found.empty() ? "" : found.front();
}

class Listing : public BlobFace {
 protected:
  Listing() { make_container(); }
  testing::Answer list(const std::string& query = "") {
    return send("GET", path("cont") + "?restype=container&comp=list" + query);
  }
};

TEST_F(Listing, ElementsOfABlob) {
  put("a&b.txt", "hello", {{"x-ms-meta-k", "v<&>"}, {"Content-Type", "text/plain"}});
  const auto answer = list("&include=metadata");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/xml");
  const auto etag = send("HEAD", path("cont/a%26b.txt")).header("ETag");
  EXPECT_EQ(
      answer.body,
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
      "<EnumerationResults ServiceEndpoint=\"http://127.0.0.1:10000/devstoreaccount1/\" ContainerName=\"cont\">"
      "<Blobs><Blob><Name>a&amp;b.txt</Name><Properties>"
      "<Creation-Time>Sat, 14 Mar 2026 09:26:53 GMT</Creation-Time>"
      "<Last-Modified>Sat, 14 Mar 2026 09:26:53 GMT</Last-Modified>"
      "<Etag>" +
          etag.substr(1, etag.size() - 2) +
          "</Etag>"
          "<Content-Length>5</Content-Length><Content-Type>text/plain</Content-Type><Content-Encoding/>"
          "<Content-Language/><Content-CRC64/><Content-MD5>XUFAKrxLKna5cZ2REBfFkg==</Content-MD5><Cache-Control/>"
          "<Content-Disposition/><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
          "<AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus>"
          "<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>"
          "<Metadata><k>v&lt;&amp;&gt;</k></Metadata><OrMetadata/></Blob></Blobs><NextMarker/></EnumerationResults>");
  EXPECT_THAT(list().body, Not(HasSubstr("<Metadata>")));
}

TEST_F(Listing, PagesPrefixesAndDelimiters) {
  for (const auto* name : {"a", "dir/1", "dir/2", "dir/sub/3", "dir2", "z", "Z"}) {
    put(name, "x");
  }
  EXPECT_THAT(names(list().body), ::testing::ElementsAre("Z", "a", "dir/1", "dir/2", "dir/sub/3", "dir2", "z"));
  const auto top = list("&delimiter=%2F").body;
  EXPECT_THAT(names(top), ::testing::ElementsAre("Z", "a", "dir/", "dir2", "z"));
  EXPECT_THAT(top, HasSubstr("<BlobPrefix><Name>dir/</Name></BlobPrefix>"));
  EXPECT_THAT(names(list("&delimiter=%2F&prefix=dir%2F").body), ::testing::ElementsAre("dir/1", "dir/2", "dir/sub/"));
  EXPECT_THAT(names(list("&prefix=dir").body), ::testing::ElementsAre("dir/1", "dir/2", "dir/sub/3", "dir2"));

  std::vector<std::string> seen;
  std::string next;
  int pages = 0;
  do {
    const auto page = list("&delimiter=%2F&maxresults=1&marker=" + percent_encode(next)).body;
    for (auto& name : names(page)) {
      seen.push_back(name);
    }
    next = marker(page);
    ASSERT_LT(++pages, 20);
  } while (!next.empty());
  EXPECT_THAT(seen, ::testing::ElementsAre("Z", "a", "dir/", "dir2", "z")) << "every prefix once";
}

TEST_F(Listing, EchoesWhatWasSentAndEmptyMeansAbsent) {
  put("b", "x");
  const auto answer = list("&prefix=b&maxresults=10000&delimiter=%2F&include=&marker=").body;
  EXPECT_THAT(answer, HasSubstr("<Prefix>b</Prefix><MaxResults>5000</MaxResults><Delimiter>/</Delimiter><Blobs>"));
  EXPECT_THAT(list("&prefix=&delimiter=&marker=").body, Not(HasSubstr("Delimiter")));
}

TEST_F(Listing, NamesThatXmlCannotCarry) {
  put("a%EF%BF%BFb", "x");
  put("%EF%BF%BE", "x");
  put("plain%25", "x");
  const auto answer = list().body;
  EXPECT_THAT(answer, HasSubstr("<Name Encoded=\"true\">a%EF%BF%BFb</Name>"));
  EXPECT_THAT(answer, HasSubstr("<Name Encoded=\"true\">%EF%BF%BE</Name>"));
  EXPECT_THAT(answer, HasSubstr("<Name>plain%</Name>"));
  EXPECT_THAT(list("&prefix=a%01").body, HasSubstr("<Prefix Encoded=\"true\">a%01</Prefix>"));
  EXPECT_THAT(list("&delimiter=%EF%BF%BF").body,
              HasSubstr("<BlobPrefix><Name Encoded=\"true\">a%EF%BF%BF</Name></BlobPrefix>"));
}

TEST_F(Listing, StartsWhereItIsTold) {
  for (const auto* name : {"a", "dir/1", "dir/2", "z"}) {
    put(name, "x");
  }
  EXPECT_THAT(names(list("&startFrom=dir%2F2").body), ::testing::ElementsAre("dir/2", "z"));
  EXPECT_THAT(names(list("&startFrom=dir%5C2").body), ::testing::ElementsAre("dir/2", "z"));
  EXPECT_THAT(names(list("&startfrom=b&prefix=dir").body), ::testing::ElementsAre("dir/1", "dir/2"));
  EXPECT_THAT(names(list("&prefix=dir%5C").body), ::testing::ElementsAre("dir/1", "dir/2"));
  EXPECT_THAT(names(list("&startFrom=").body), ::testing::SizeIs(4));
  for (const auto* parameter : {"endBefore=dir", "showonly=files"}) {
    const auto answer = list(std::string("&") + parameter);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "UnsupportedQueryParameter") << parameter;
  }
}

TEST_F(Listing, ShowsTiersThatWereSet) {
  put("b", "x", {{"x-ms-access-tier", "Cool"}});
  EXPECT_THAT(list().body, HasSubstr("<AccessTier>Cool</AccessTier><AccessTierChangeTime>Sat, 14 Mar 2026 09:26:53 GMT"
                                     "</AccessTierChangeTime><LeaseStatus>"));
}

TEST_F(Listing, UncommittedBlobsOnlyWhenAskedFor) {
  ASSERT_EQ(send("PUT", path("cont/staged") + "?comp=block&blockid=YWFh", {}, "x").status, 201);
  EXPECT_TRUE(names(list().body).empty());
  const auto answer = list("&include=uncommittedblobs").body;
  EXPECT_THAT(answer, HasSubstr("<Name>staged</Name><Properties><Content-Length>0</Content-Length>"));
  EXPECT_THAT(answer, Not(HasSubstr("<Etag>")));
}

TEST_F(Listing, Refusals) {
  EXPECT_EQ(list("&maxresults=0").code(), "OutOfRangeQueryParameterValue");
  EXPECT_EQ(list("&maxresults=-1").code(), "OutOfRangeQueryParameterValue");
  EXPECT_EQ(list("&maxresults=many").code(), "InvalidQueryParameterValue");
  EXPECT_EQ(list("&maxresults=5x").code(), "InvalidQueryParameterValue");
  EXPECT_EQ(list("&maxresults=99999999999999999999").status, 200);
  EXPECT_EQ(list("&include=everything").code(), "InvalidQueryParameterValue");
  EXPECT_EQ(list("&include=metadata,snapshots&include=copy").status, 200);
  EXPECT_EQ(list("&marker=%21%21").code(), "OutOfRangeInput");
  EXPECT_EQ(list("&marker=dir%2F1").code(), "OutOfRangeInput");
  for (const auto* foreign : {"alpha", "cont", "%21%21", "MQ"}) {
    EXPECT_EQ(send("GET", path("") + "?comp=list&marker=" + foreign).code(), "OutOfRangeInput") << foreign;
  }
  EXPECT_EQ(send("GET", path("") + "?comp=list", {{"If-Match", "*"}}).code(), "ConditionHeadersNotSupported");
  EXPECT_EQ(send("GET", path("none") + "?restype=container&comp=list").code(), "ContainerNotFound");
}

TEST_F(Listing, Containers) {
  for (const auto* name : {"alpha", "beta", "beta2"}) {
    make_container(name);
  }
  ASSERT_EQ(send("PUT", path("meta") + "?restype=container", {{"x-ms-meta-k", "v"}}).status, 201);
  const auto containers = [&](const std::string& query) { return send("GET", path("") + "?comp=list" + query).body; };
  EXPECT_THAT(names(containers("")), ::testing::ElementsAre("alpha", "beta", "beta2", "cont", "meta"));
  EXPECT_THAT(names(containers("&prefix=beta")), ::testing::ElementsAre("beta", "beta2"));
  const auto first = containers("&maxresults=2");
  EXPECT_THAT(names(first), ::testing::ElementsAre("alpha", "beta"));
  EXPECT_THAT(names(containers("&maxresults=3&marker=" + marker(first))),
              ::testing::ElementsAre("beta2", "cont", "meta"));
  EXPECT_THAT(containers("&include=metadata&prefix=meta"), HasSubstr("<Metadata><k>v</k></Metadata>"));
  EXPECT_THAT(containers("&prefix=meta"), HasSubstr("<Etag>\"0x"));
  EXPECT_THAT(containers("&include="), HasSubstr("<NextMarker/>"));
  EXPECT_EQ(send("GET", "/devstoreaccount1?comp=list").status, 200) << "without the slash";
}

}  // namespace
}  // namespace quaymaster::storage
