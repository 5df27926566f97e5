#include "drive/format/metadata.h"

#include <gtest/gtest.h>

#include "base/encode.h"

namespace quaymaster::drive {
namespace {

TEST(MetadataFile, NamesAndValuesBothWays) {
  const auto read =
      read_metadata(as_bytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Metadata><Source>scan &amp; "
                             "fax</Source><Year/>\n<source>b</source></Metadata>"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value(), (blob::Metadata{{"source", "b"}, {"Year", ""}}));
  const blob::Metadata odd{{"a_1", " x\r\n<&>\" "}, {"B", ""}};
  EXPECT_EQ(read_metadata(as_bytes(write_metadata(odd).value())).value(), odd);
}

TEST(MetadataFile, RefusesOtherFiles) {
  for (const std::string_view text : {"", "text", "<Properties/>", "<Metadata><a><b/></a></Metadata>", "<Metadata><a>",
                                      "<Metadata><a>&x;</a></Metadata>", "<!DOCTYPE Metadata><Metadata/>"}) {
    const auto read = read_metadata(as_bytes(text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind(), Errc::invalid);
  }
  const auto big = "<Metadata><a>" + std::string(kLargestSidecar, 'x') + "</a></Metadata>";
  EXPECT_EQ(read_metadata(as_bytes(big)).error().kind(), Errc::too_large);
}

TEST(MetadataFile, ANameThatIsNoXmlNameCannotBeExported) {
  EXPECT_EQ(write_metadata({{"@name", "x"}}).error().kind(), Errc::invalid);
  EXPECT_EQ(write_metadata({{"name", "\x01"}}).error().kind(), Errc::invalid);
}

TEST(MetadataFile, TheBlobsEntriesWinOverTheLists) {
  EXPECT_EQ(merge(blob::Metadata{{"A", "list"}, {"b", "list"}}, {{"a", "own"}, {"c", "own"}}),
            (blob::Metadata{{"a", "own"}, {"b", "list"}, {"c", "own"}}));
}

TEST(PropertiesFile, ReadsWhatIsPublishedAndIgnoresTheRest) {
  const auto read = read_properties(
      as_bytes("<Properties><Content-Type>text/plain</Content-Type><Cache-Control></Cache-Control>"
               "<Last-Modified>x</Last-Modified><Etag>y</Etag><Content-Length>7</Content-Length><Other>z</Other>"
               "<Content-Disposition>inline</Content-Disposition></Properties>"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value(),
            (PropertyFile{.content_type = "text/plain", .content_disposition = "inline", .cache_control = ""}));
  EXPECT_FALSE(read_properties(as_bytes("<Metadata/>")));
}

TEST(PropertiesFile, TheBlobsPropertiesWinAndAbsentOnesDoNot) {
  const PropertyFile list{.content_type = "text/plain", .content_language = "en"};
  const PropertyFile own{.content_type = "text/html", .cache_control = ""};
  EXPECT_EQ(merge(list, own),
            (PropertyFile{.content_type = "text/html", .content_language = "en", .cache_control = ""}));
}

TEST(PropertiesFile, ContentMd5IsTheBase64OfAnMd5) {
  const auto md5_of = md5(as_bytes("x"));
  const auto good = to_blob_properties({.content_type = "a/b", .content_md5 = base64(md5_of)});
  ASSERT_TRUE(good);
  EXPECT_EQ(good.value().content_type, "a/b");
  EXPECT_EQ(good.value().md5, blob::stored_md5(md5_of));
  for (const auto* bad : {"", "abc", "AAAA", "00112233445566778899aabbccddeeff"}) {
    EXPECT_FALSE(to_blob_properties({.content_md5 = bad})) << bad;
  }
}

TEST(PropertiesFile, AnExportIsReadBackByAnImport) {
  ExportedProperties exported;
  exported.properties = {.content_type = "text/plain; charset=\"utf-8\"",
                         .content_disposition = "inline",
                         .content_md5 = base64(md5(as_bytes("x")))};
  exported.last_modified = parse_time("2024-01-02T03:04:05Z").value();
  exported.etag = "\"0x8D\"";
  exported.content_length = 20;
  const auto text = write_properties(exported);
  ASSERT_TRUE(text);
  EXPECT_NE(text.value().find("<Etag>\"0x8D\"</Etag>"), std::string::npos) << text.value();
  EXPECT_NE(text.value().find("<Last-Modified>Tue, 02 Jan 2024 03:04:05 GMT</Last-Modified>"), std::string::npos);
  auto expected = exported.properties;
  expected.content_disposition.reset();
  EXPECT_EQ(read_properties(as_bytes(text.value())).value(), expected);
  EXPECT_EQ(read_properties(as_bytes(write_properties(exported.properties).value())).value(), exported.properties);
}

}  // namespace
}  // namespace quaymaster::drive
