#include "wire/xml_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace quaymaster::wire {
namespace {

/// Records the events: "<a x=1>", "'text'", "</a>", "!comment".
class Transcript final : public XmlHandler {
 public:
  Result<> start(std::string_view name, XmlAttributes attributes) override {
    seen += fmt::format("<{}", name);
    for (const auto& attribute : attributes) {
      seen += fmt::format(" {}={}", attribute.name, attribute.value);
    }
    seen += ">";
    if (name == "refuse") {
      return conflict("refused");
    }
    return ok();
  }
  Result<> text(std::string_view text) override {
    seen += fmt::format("'{}'", text);
    return ok();
  }
  Result<> end(std::string_view name) override {
    seen += fmt::format("</{}>", name);
    return ok();
  }
  Result<> comment(std::string_view text) override {
    seen += fmt::format("!{}", text);
    return ok();
  }
  std::string seen;
};

std::string transcript(std::string_view document, std::size_t piece = 1U << 20) {
  Transcript handler;
  XmlReader reader(handler);
  for (std::size_t at = 0; at < document.size(); at += piece) {
    EXPECT_TRUE(reader.feed(as_bytes(document.substr(at, piece))));
  }
  EXPECT_TRUE(reader.finish());
  return handler.seen;
}

Error refusal(std::string_view document, XmlLimits limits = {}) {
  Transcript handler;
  const auto result = read_xml(as_bytes(document), handler, limits);
  EXPECT_FALSE(result) << "accepted " << document.substr(0, 80);
  return result ? Error(Errc::io, "none") : result.error();
}

TEST(XmlReader, DeliversTheSameHoweverTheBytesAreCut) {
  constexpr std::string_view document =
      "\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-8'?>\n<a x='1 &amp; 2'><!-- note --><b/>one &lt; &#x263A;\r\n"
      "<![CDATA[<two>]]></a>";
  constexpr std::string_view expected = "<a x=1 & 2>! note <b></b>'one < \u263A\n<two>'</a>";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    EXPECT_EQ(transcript(document, piece), expected) << "in pieces of " << piece;
  }
}

TEST(XmlReader, RefusesEveryTruncation) {
  constexpr std::string_view document = "<?xml version='1.0'?><a><b c='d'>text</b><!-- x --></a>";
  ASSERT_EQ(transcript(document), "<a><b c=d>'text'</b>! x </a>");
  for (std::size_t size = 0; size < document.size(); ++size) {
    EXPECT_EQ(refusal(document.substr(0, size)).kind(), Errc::invalid) << size;
  }
}

TEST(XmlReader, NothingIsExpandedAndNothingExternalIsRead) {
  constexpr std::string_view laughs =
      "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;'>]>"
      "<l>&c;</l>";
  constexpr std::string_view file = "<!DOCTYPE l SYSTEM 'file:///etc/passwd'><l/>";
  for (const auto document : {laughs, file}) {
    const auto error = refusal(document);
    EXPECT_EQ(error.kind(), Errc::invalid);
    EXPECT_NE(error.cause().find("document type declaration"), std::string::npos) << error.cause();
  }
  EXPECT_NE(refusal("<l>&ha;</l>").cause().find("undefined entity"), std::string::npos);
}

TEST(XmlReader, OnlyUtf8) {
  using namespace std::string_view_literals;
  for (const auto document : {"\xFF\xFE<\0a\0/\0>\0"sv, "\xFE\xFF\0<\0a\0/\0>"sv, "<\0a\0/\0>\0"sv, "\0<\0a\0/\0>"sv,
                              "<?xml version='1.0' encoding='iso-8859-1'?><a/>"sv, "<a>\xE4</a>"sv}) {
    EXPECT_EQ(refusal(document).kind(), Errc::invalid);
  }
}

TEST(XmlReader, SaysWhereInLinesAndColumns) {
  EXPECT_EQ(refusal("<a>\n  <b></a>").cause().substr(0, 17), "line 2, column 8:");
  const auto error = refusal("<a>\n <refuse/></a>");
  EXPECT_EQ(error.kind(), Errc::conflict);
  EXPECT_EQ(error.cause(), "line 2, column 2: refused");
}

TEST(XmlReader, EveryLimitIsTooLarge) {
  const std::string big(2000, 'x');
  XmlLimits limits;
  limits.depth = 3;
  limits.name = limits.value = limits.text = 1000;
  limits.attributes = 2;
  for (const auto& document : {std::string("<a><a><a><a/></a></a></a>"), "<" + big + "/>", "<a " + big + "='1'/>",
                               "<a b='" + big + "'/>", "<a>" + big + "</a>", std::string("<a b='1' c='2' d='3'/>")}) {
    EXPECT_EQ(refusal(document, limits).kind(), Errc::too_large) << document.substr(0, 20);
  }
}

TEST(XmlReader, OneTokenOrAllNamesTogetherCannotFillTheMemory) {
  XmlLimits limits;
  limits.parser_memory = 256 * kKiB;
  std::string names = "<a>";
  for (int i = 0; i < 100'000; ++i) {
    names += fmt::format("<name{}/>", i);
  }
  for (const auto& document :
       {"<a><!--" + std::string(1'000'000, 'x'), "<a b='" + std::string(1'000'000, 'x'), names}) {
    EXPECT_EQ(refusal(document, limits).kind(), Errc::too_large) << document.substr(0, 20);
  }
}

TEST(XmlReader, KeepsItsFirstError) {
  Transcript handler;
  XmlReader reader(handler);
  const auto first = reader.feed(as_bytes("<a></b>"));
  const auto second = reader.feed(as_bytes("<a/>"));
  ASSERT_FALSE(first);
  ASSERT_FALSE(second);
  EXPECT_EQ(first.error().cause(), second.error().cause());
  EXPECT_EQ(reader.finish().error().cause(), first.error().cause());
}

TEST(XmlReader, KnowsTheBytesOfItsTokens) {
  struct Places final : XmlHandler {
    Result<> start(std::string_view, XmlAttributes) override { return note(); }
    Result<> end(std::string_view) override { return note(); }
    Result<> note() {
      tokens.push_back(std::string(document.substr(reader->token_offset(), reader->token_size())));
      return ok();
    }
    std::string_view document;
    XmlReader* reader = nullptr;
    std::vector<std::string> tokens;
  };
  constexpr std::string_view document = "<a  x='&amp;'>\xC3\xA4&lt;<b /></a >";
  for (const std::size_t piece : {1U, 5U, 100U}) {
    Places places;
    XmlReader reader(places);
    places.document = document;
    places.reader = &reader;
    for (std::size_t at = 0; at < document.size(); at += piece) {
      ASSERT_TRUE(reader.feed(as_bytes(document.substr(at, piece))));
    }
    ASSERT_TRUE(reader.finish());
    EXPECT_EQ(places.tokens, (std::vector<std::string>{"<a  x='&amp;'>", "<b />", "", "</a >"})) << piece;
  }
}

}  // namespace
}  // namespace quaymaster::wire
