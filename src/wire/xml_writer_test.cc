#include "wire/xml_writer.h"

#include <gtest/gtest.h>

#include "wire/xml_reader.h"

namespace quaymaster::wire {
namespace {

TEST(XmlWriter, WritesElementsAttributesAndText) {
  std::string out;
  XmlWriter xml(out);
  xml.start("List").attribute("Count", 2).element("Name", "a & b <c>").element("Size", 18446744073709551615ULL);
  xml.start("Empty").end().end();
  ASSERT_TRUE(xml.finish());
  EXPECT_EQ(out,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><List Count=\"2\"><Name>a &amp; b &lt;c&gt;</Name>"
            "<Size>18446744073709551615</Size><Empty/></List>");
}

TEST(XmlWriter, IndentsElementsAndLeavesTextAlone) {
  std::string out;
  XmlWriter xml(out, {.indent = 2});
  xml.start("a").element("b", " text ").start("c").start("d").end().end().end();
  ASSERT_TRUE(xml.finish());
  EXPECT_EQ(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a>\n  <b> text </b>\n  <c>\n    <d/>\n  </c>\n</a>");
}

struct Echo final : XmlHandler {
  Result<> start(std::string_view, XmlAttributes attributes) override {
    for (const auto& attribute : attributes) {
      value = attribute.value;
    }
    return ok();
  }
  Result<> text(std::string_view seen) override {
    body = seen;
    return ok();
  }
  Result<> end(std::string_view) override { return ok(); }
  std::string value, body;
};

TEST(XmlWriter, WhatItWritesIsReadBackTheSame) {
  for (const std::string_view text : {"\r\n\t", "a\rb\nc\td", "\"'<>&]]>", "\u00e4\u263a\U0001F6A2", " x "}) {
    std::string out;
    XmlWriter xml(out);
    xml.start("a").attribute("v", text).text(text).end();
    ASSERT_TRUE(xml.finish());
    Echo echo;
    ASSERT_TRUE(read_xml(as_bytes(out), echo)) << out;
    EXPECT_EQ(echo.value, text);
    EXPECT_EQ(echo.body, text);
  }
}

TEST(XmlWriter, RefusesWhatXmlCannotRepresent) {
  using namespace std::string_view_literals;
  for (const auto text : {"\0"sv, "\x01"sv, "\x1F"sv, "\xEF\xBF\xBE"sv, "\xEF\xBF\xBF"sv, "\xFF"sv, "\xED\xA0\x80"sv}) {
    EXPECT_FALSE(xml_can_carry(text));
    std::string out;
    XmlWriter xml(out);
    xml.element("a", text);
    const auto result = xml.flush();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), Errc::invalid);
  }
  EXPECT_TRUE(xml_can_carry("\xEF\xBF\xBD \u007f"));
}

TEST(XmlWriter, RefusesInvalidNames) {
  for (const std::string_view name : {"", "@a", "1a", "a b", "a:b", "-a", "\xFF"}) {
    EXPECT_FALSE(is_xml_name(name)) << name;
    std::string out;
    XmlWriter xml(out);
    xml.start(name);
    EXPECT_FALSE(xml.flush());
  }
  for (const std::string_view name : {"a", "_", "a-1.b", "\u00e4", "\u4e2d\u6587"}) {
    EXPECT_TRUE(is_xml_name(name)) << name;
  }
}

TEST(XmlWriter, PassesPiecesToTheSinkAndKeepsItsFirstFailure) {
  std::size_t pieces = 0;
  std::size_t bytes = 0;
  XmlWriter xml([&](Bytes piece) -> Result<> {
    bytes += piece.size();
    if (++pieces == 3) {
      return no_space("full");
    }
    return ok();
  });
  xml.start("a");
  for (int i = 0; i < 100'000; ++i) {
    xml.element("b", "0123456789");
  }
  xml.end();
  const auto result = xml.finish();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), Errc::no_space);
  EXPECT_EQ(pieces, 3U);
  EXPECT_LT(bytes, 4 * 64 * kKiB);
}

TEST(XmlWriter, ContinuesInsideAnElementOfAnEarlierWriter) {
  std::string out;
  XmlWriter first(out);
  first.start("a").element("b", "1");
  ASSERT_TRUE(first.flush());
  XmlWriter second(out, {.declaration = false});
  second.resume_inside("a");
  second.element("b", "2").end();
  ASSERT_TRUE(second.finish());
  EXPECT_EQ(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><a><b>1</b><b>2</b></a>");
}

}  // namespace
}  // namespace quaymaster::wire
