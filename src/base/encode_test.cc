#include "base/encode.h"

#include <gtest/gtest.h>

namespace quaymaster {
namespace {

TEST(Encode, Base64OfEveryRemainder) {
  for (const auto& [plain, text] :
       {std::pair{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}}) {
    EXPECT_EQ(base64(as_bytes(plain)), text);
    const auto back = decode_base64(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(as_text(back.value()), plain);
  }
}

TEST(Encode, RefusesWhatIsNotBase64) {
  for (const auto* text : {"Zg", "Zg=", "Z===", "Zm9v!m9v", "Zh==", "Zm 9"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(Encode, PercentEscapesOnceAndPlusOnlyInForms) {
  EXPECT_EQ(percent_decode("a%2Fb+c%25").value(), "a/b+c%");
  EXPECT_EQ(form_decode("a+b%2B").value(), "a b+");
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_EQ(percent_encode("a b/ü", "/"), "a%20b/%C3%BC");
}

TEST(Encode, RefusesBrokenUtf8) {
  EXPECT_TRUE(is_utf8("grün 🚢"));
  for (const auto* text : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xC3"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Encode, HexBothWays) {
  EXPECT_EQ(hex_upper(decode_hex("00ffA5").value()), "00FFA5");
  EXPECT_FALSE(decode_hex("0"));
  EXPECT_FALSE(decode_hex("0g"));
}

}  // namespace
}  // namespace quaymaster
