#include "blob/rules.h"

#include <gtest/gtest.h>

namespace quaymaster::blob {
namespace {

template <class T>
Errc kind_of(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? Errc::io : result.error().kind();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) {
    all += text;
  }
  return all;
}

TEST(BlobRules, ABackslashIsKeptAsASlash) {
  EXPECT_EQ(stored_name("a\\b\\\\c/d"), "a/b//c/d");
  EXPECT_EQ(stored_name(""), "");
  // The byte of a backslash never occurs inside a multibyte character.
  EXPECT_EQ(stored_name("\xE3\x81\x9D\\"), "\xE3\x81\x9D/");
}

TEST(BlobRules, NamesMayHoldMostCharacters) {
  for (const auto* name : {"a", "a//b", "a/../b", "dir/", "CON", " ", "~", "\xC2\x80", "\xC2\x82", "\xED\x9F\xBF",
                           "\xEF\xA4\x80", "\xEF\xBF\xBE", "\xEF\xBF\xBF", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(check_blob_name(name)) << name;
  }
}

TEST(BlobRules, SomeCharactersAreInNoName) {
  const std::string nul(1, '\0');
  for (const auto& name : {std::string(), nul, "a" + nul + "b", std::string("\x01"), std::string("a\nb"),
                           std::string("\t"), std::string("\x1F"), std::string("\x7F"), std::string("\xC2\x81"),
                           std::string("\xEE\x80\x80"), std::string("\xEF\xA3\xBF"), std::string("\xFF")}) {
    EXPECT_EQ(kind_of(check_blob_name(name)), Errc::invalid) << name;
  }
}

TEST(BlobRules, NamesAreCountedAsTheServiceCounts) {
  EXPECT_TRUE(check_blob_name(std::string(1024, 'x')));
  EXPECT_FALSE(check_blob_name(std::string(1025, 'x')));
  EXPECT_TRUE(check_blob_name(repeated("\xF0\x9F\x98\x80", 512)));
  EXPECT_FALSE(check_blob_name(repeated("\xF0\x9F\x98\x80", 512) + "x"));
  EXPECT_TRUE(check_blob_name(repeated("a/", 253) + "a"));
  EXPECT_FALSE(check_blob_name(repeated("a/", 254) + "a"));
}

TEST(BlobRules, MetadataIsIdentifiersAndPrintableText) {
  EXPECT_TRUE(check_metadata({}));
  EXPECT_TRUE(check_metadata({{"_a1", "x y\tz~"}, {"B", ""}}));
  for (const auto* name : {"", "1a", "a-b", "a b", "\xC3\xA4"}) {
    EXPECT_EQ(kind_of(check_metadata({{name, "x"}})), Errc::invalid) << name;
  }
  for (const auto* value : {"\x01", "a\r\nb", "\x7F", "\xC3\xA4"}) {
    EXPECT_EQ(kind_of(check_metadata({{"a", value}})), Errc::invalid) << value;
  }
  EXPECT_TRUE(check_metadata({{"ab", std::string(kLargestMetadata - 2, 'x')}}));
  EXPECT_EQ(kind_of(check_metadata({{"ab", std::string(kLargestMetadata - 3, 'x')}, {"c", "y"}})), Errc::too_large);
}

TEST(BlobRules, PropertiesFitIntoAnAnswersHead) {
  Properties properties;
  EXPECT_TRUE(check_properties(properties));
  properties.content_disposition = "attachment; filename=\"\xC3\xA4\t.txt\"";
  EXPECT_TRUE(check_properties(properties));
  for (const auto* value : {"\x01", "a\r\nb", "\x7F"}) {
    properties.cache_control = value;
    EXPECT_EQ(kind_of(check_properties(properties)), Errc::invalid) << value;
  }
  properties = {};
  properties.content_type = std::string(kLargestProperties - 1, 'x');
  properties.content_language = "d";
  EXPECT_TRUE(check_properties(properties));
  properties.content_language = "de";
  EXPECT_EQ(kind_of(check_properties(properties)), Errc::too_large);
}

}  // namespace
}  // namespace quaymaster::blob
