#include "faces/blob/blob_address.h"

#include <gtest/gtest.h>

#include <string>

#include "faces/blob/blob_errors.h"

namespace quaymaster::storage {
namespace {

Result<BlobAddress> parse(std::string host, std::string path, http::Query query = {}) {
  http::Request request;
  request.headers.add("Host", std::move(host));
  request.raw_path = std::move(path);
  request.query = std::move(query);
  const AddressRules rules{{"blob.localhost", "blob.example.org"}, false};
  return parse_address(request, rules);
}

/// "level account container blob", or the code of the refusal.
std::string seen(const Result<BlobAddress>& parsed) {
  if (!parsed) {
    return std::string(parsed.error().published()->row->code);
  }
  const auto& at = parsed.value();
  constexpr const char* kLevels[] = {"service", "container", "blob"};
  return fmt::format("{} {}{} '{}' '{}'", kLevels[static_cast<int>(at.level)], at.account,
                     at.secondary ? "(secondary)" : "", at.container, at.blob);
}

const http::Query kContainer = {{"restype", "container"}};

TEST(BlobAddress, PathStyle) {
  EXPECT_EQ(seen(parse("127.0.0.1:10000", "/acc")), "service acc '' ''");
  EXPECT_EQ(seen(parse("127.0.0.1:10000", "/acc/")), "service acc '' ''");
  EXPECT_EQ(seen(parse("[::1]:10000", "/acc/cont", kContainer)), "container acc 'cont' ''");
  EXPECT_EQ(seen(parse("some.where", "/acc/cont/", kContainer)), "container acc 'cont' ''");
  EXPECT_EQ(seen(parse("localhost", "/acc/cont/dir/b")), "blob acc 'cont' 'dir/b'");
  EXPECT_EQ(seen(parse("localhost", "/acc/b.txt")), "blob acc '$root' 'b.txt'");
  EXPECT_EQ(seen(parse("localhost", "/acc-secondary/cont/b")), "blob acc(secondary) 'cont' 'b'");
  EXPECT_EQ(seen(parse("localhost", "/acc/$web/index.html")), "blob acc '$web' 'index.html'");
}

TEST(BlobAddress, HostStyle) {
  EXPECT_EQ(seen(parse("acc.blob.localhost:10000", "/")), "service acc '' ''");
  EXPECT_EQ(seen(parse("ACC.Blob.Example.org", "/cont/b")), "blob acc 'cont' 'b'");
  EXPECT_EQ(seen(parse("acc-secondary.blob.example.org", "/cont", kContainer)), "container acc(secondary) 'cont' ''");
  EXPECT_EQ(seen(parse("a.b.blob.example.org", "/acc/cont/b")), "blob acc 'cont' 'b'") << "two labels are no account";
  EXPECT_EQ(seen(parse("accblob.localhost", "/acc/cont/b")), "blob acc 'cont' 'b'");
  EXPECT_EQ(seen(parse("blob.localhost", "/acc/cont/b")), "blob acc 'cont' 'b'");
}

TEST(BlobAddress, NamesAreDecodedOnceAndNeverNormalized) {
  EXPECT_EQ(seen(parse("h", "/acc/cont/a%20b/%C3%BC%2B%25%23%3F.txt")), "blob acc 'cont' 'a b/ü+%#?.txt'");
  EXPECT_EQ(seen(parse("h", "/acc/cont/a+b")), "blob acc 'cont' 'a+b'");
  EXPECT_EQ(seen(parse("h", "/acc/cont/a%252Fb")), "blob acc 'cont' 'a%2Fb'");
  EXPECT_EQ(seen(parse("h", "/acc/cont/a//b/")), "blob acc 'cont' 'a//b/'");
  EXPECT_EQ(seen(parse("h", "/acc/cont/./a/../b")), "blob acc 'cont' './a/../b'");
  EXPECT_EQ(seen(parse("h", "/acc/cont//")), "blob acc 'cont' '/'");
}

TEST(BlobAddress, ABackslashInANameIsASlash) {
  EXPECT_EQ(seen(parse("h", "/acc/cont/dir%5Ca%5c%5Cb")), "blob acc 'cont' 'dir/a//b'");
  EXPECT_EQ(seen(parse("h", "/acc/cont/dir\\a")), "blob acc 'cont' 'dir/a'");
  EXPECT_EQ(seen(parse("h", "/acc/cont/" + std::string(1024, '\\').replace(0, 771, 771, 'x'))).substr(0, 10),
            "blob acc '");
  EXPECT_EQ(seen(parse("h", "/acc/co%5Cnt/b")), "InvalidResourceName");
}

TEST(BlobAddress, SomeCharactersAreInNoName) {
  for (const auto* name : {"%00", "a%00b", "%0a", "%0d%0a", "%09", "%1F", "%7f", "%C2%81", "%EE%80%80", "%EF%A3%BF"}) {
    EXPECT_EQ(seen(parse("h", std::string("/acc/cont/") + name)), "InvalidUri") << name;
  }
  EXPECT_EQ(seen(parse("h", "/acc/cont/%EF%BF%BF")), "blob acc 'cont' '\xEF\xBF\xBF'");
  // A name cannot inject line breaks into the signed text.
  EXPECT_EQ(seen(parse("h", "/acc/cont/x%0A%0A%0A%0A2018-03-28%0Ab%0A")), "InvalidUri");
}

TEST(BlobAddress, AccountInformationIsAboutTheAccountOnAnyPath) {
  const http::Query query = {{"restype", "account"}, {"comp", "properties"}};
  EXPECT_EQ(seen(parse("h", "/acc/cont/b", query)), "service acc 'cont' 'b'");
  EXPECT_EQ(seen(parse("h", "/acc/cont", query)), "service acc 'cont' ''");
}

TEST(BlobAddress, Refusals) {
  EXPECT_EQ(seen(parse("h", "/")), "InvalidUri");
  EXPECT_EQ(seen(parse("h", "//acc/cont")), "InvalidUri");
  EXPECT_EQ(seen(parse("h", "/acc/cont/%zz")), "InvalidUri");
  EXPECT_EQ(seen(parse("h", "/acc/cont/%ff")), "InvalidUri");
  EXPECT_EQ(seen(parse("h", "/acc/cont/b", kContainer)), "InvalidUri");
  for (const auto* name : {"Cont", "co_nt", "-cont", "cont-", "co--nt", "$other"}) {
    EXPECT_EQ(seen(parse("h", std::string("/acc/") + name, kContainer)), "InvalidResourceName") << name;
  }
  EXPECT_EQ(seen(parse("h", "/acc/ab", kContainer)), "OutOfRangeInput");
  EXPECT_EQ(seen(parse("h", "/acc/" + std::string(64, 'a'), kContainer)), "OutOfRangeInput");
  EXPECT_EQ(seen(parse("h", "/acc/" + std::string(63, 'a'), kContainer)).substr(0, 9), "container");
}

TEST(BlobAddress, LengthOfNamesCountsUtf16Units) {
  const auto blob = [](std::string_view character, int count) {
    std::string path = "/acc/cont/";
    for (int i = 0; i < count; ++i) {
      path += character;
    }
    return seen(parse("h", path)).substr(0, 10);
  };
  EXPECT_EQ(blob("a", 1024), "blob acc '");
  EXPECT_EQ(blob("a", 1025), "InvalidUri");
  EXPECT_EQ(blob("%E2%82%AC", 1024), "blob acc '");    // one unit each
  EXPECT_EQ(blob("%F0%9F%9A%A2", 512), "blob acc '");  // two units each
  EXPECT_EQ(blob("%F0%9F%9A%A2", 513), "InvalidUri");
  EXPECT_EQ(blob("a/", 254), "InvalidUri") << "255 segments";
  EXPECT_EQ(blob("a/", 253), "blob acc '");
}

}  // namespace
}  // namespace quaymaster::storage
