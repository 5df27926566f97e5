#include "wire/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/json_count.h"

namespace quaymaster::wire {
namespace {

using testing::HasSubstr;

enum class Colour { red, dark_blue };
constexpr auto names(Colour) {
  return std::array{name(Colour::red, "Red"), name(Colour::dark_blue, "DarkBlue")};
}

struct Wheel {
  std::string id;
  std::optional<std::int32_t> spokes;
  static constexpr auto wire() {
    return wire::fields({field<&Wheel::id>("wheelId").required(), field<&Wheel::spokes>("spokes")});
  }
};

struct Cart {
  std::string name;
  std::optional<Colour> colour;
  std::vector<Wheel> wheels;
  std::map<std::string, std::string> tags;
  std::optional<Json> extra;
  std::optional<Time> made;
  std::uint64_t bytes = 0;
  std::optional<std::uint32_t> small;
  std::optional<std::int64_t> big;
  std::optional<double> ratio;
  bool open = false;
  std::string state = "idle";
  std::vector<Cart> behind;

  static constexpr auto wire() {
    return wire::fields({field<&Cart::name>("name").required(), field<&Cart::colour>("colour"),
                         field<&Cart::wheels>("wheels"), field<&Cart::tags>("tags"), field<&Cart::extra>("extra"),
                         field<&Cart::made>("made"), field<&Cart::bytes>("bytes"), field<&Cart::small>("small"),
                         field<&Cart::big>("big"), field<&Cart::ratio>("ratio"), field<&Cart::open>("open"),
                         field<&Cart::state>("state").read_only(), field<&Cart::behind>("behind")});
  }
};

Flaw flaw_of(std::string_view text, const Limits& limits = {}) {
  Flaw flaw;
  EXPECT_FALSE(parse_json<Cart>(text, &flaw, limits)) << text;
  return flaw;
}

TEST(Json, ReadsEveryKindOfValue) {
  const auto cart = parse_json<Cart>(R"({"name":"a","colour":"DarkBlue","wheels":[{"wheelId":"w","spokes":3}],
      "tags":{"k":"v"},"extra":{"x":[1, null,0.5,{}], "y\n":[ ]},"made":"2021-06-14T06:17:27.9916547Z","bytes":18446744073709551615,
      "small":4294967295,"big":-9223372036854775808,"ratio":0.5,"open":true,"behind":[{"name":"b"}]})");
  ASSERT_TRUE(cart);
  EXPECT_EQ(cart.value().colour, Colour::dark_blue);
  EXPECT_EQ(cart.value().wheels.at(0).spokes, 3);
  EXPECT_EQ(cart.value().tags.at("k"), "v");
  EXPECT_EQ(cart.value().extra->text, R"({"x":[1,null,0.5,{}],"y\n":[]})");
  EXPECT_EQ(format_time(*cart.value().made), "2021-06-14T06:17:27.9916547Z");
  EXPECT_EQ(cart.value().bytes, 18446744073709551615u);
  EXPECT_EQ(cart.value().small, 4294967295u);
  EXPECT_EQ(cart.value().big, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(cart.value().behind.at(0).name, "b");
}

TEST(Json, WritesInTheOrderOfTheDescriptionAndLeavesAbsentOnesOut) {
  Cart cart;
  cart.name = "a\"\\\n\x01\u00e4";
  cart.colour = Colour::red;
  cart.small = 7;
  EXPECT_EQ(to_json(cart),
            "{\"name\":\"a\\\"\\\\\\n\\u0001\u00e4\",\"colour\":\"Red\",\"wheels\":[],\"tags\":{},"
            "\"bytes\":0,\"small\":7,\"open\":false,\"state\":\"idle\",\"behind\":[]}");
}

TEST(Json, WhatIsWrittenIsReadBack) {
  const std::string text =
      R"({"name":"a","colour":"Red","wheels":[{"wheelId":"w"}],"tags":{"k":"v"},"extra":[true],)"
      R"("made":"2021-06-14T06:17:27.99Z","bytes":5,"big":-1,"ratio":0.25,"open":true,"state":"busy","behind":[]})";
  const auto cart = parse_stored<Cart>(text);
  ASSERT_TRUE(cart);
  EXPECT_EQ(to_json(cart.value()), text);
}

TEST(Json, MemberNamesAndEnumValuesCompareWithoutCase) {
  const auto cart = parse_json<Cart>(R"({"NAME":"a","Colour":"darkblue"})");
  ASSERT_TRUE(cart);
  EXPECT_EQ(cart.value().colour, Colour::dark_blue);
}

TEST(Json, IgnoresWhatItDoesNotKnowAndWhatIsReadOnly) {
  const auto cart = parse_json<Cart>(R"({"name":"a","unknown":{"deep":[1,2]},"state":"forged"})");
  ASSERT_TRUE(cart);
  EXPECT_EQ(cart.value().state, "idle");
}

TEST(Json, OfDuplicatesTheLastWins) {
  EXPECT_EQ(parse_json<Cart>(R"({"name":"a","name":"b"})").value().name, "b");
  EXPECT_EQ(parse_json<Cart>(R"({"name":"a","Name":"c"})").value().name, "c");
}

TEST(Json, NullIsAbsent) {
  const auto cart = parse_json<Cart>(R"({"name":"a","colour":null,"wheels":null,"bytes":null,"tags":{"k":null}})");
  ASSERT_TRUE(cart);
  EXPECT_FALSE(cart.value().colour);
  EXPECT_TRUE(cart.value().tags.empty());
  EXPECT_EQ(flaw_of(R"({"name":null})").kind, Flaw::Kind::missing);
}

TEST(Json, APatchIsReadOverWhatIsThere) {
  auto cart = parse_json<Cart>(R"({"name":"a","colour":"Red","bytes":5,"wheels":[{"wheelId":"w"}]})").value();
  ASSERT_TRUE(read_json(R"({"colour":null,"bytes":6})", shape<Cart>(), &cart, Source::patch));
  EXPECT_EQ(cart.name, "a");
  EXPECT_FALSE(cart.colour);
  EXPECT_EQ(cart.bytes, 6u);
  EXPECT_EQ(cart.wheels.size(), 1u);
}

struct Refusal {
  std::string_view text;
  Flaw::Kind kind;
  std::string_view path;
  std::string_view message;  // a part of it
};

TEST(Json, RefusesWithThePathAndTheRule) {
  using enum Flaw::Kind;
  const Refusal cases[] = {
      {R"({"name":1})", wrong_type, "name", "must be a string, not a number"},
      {R"({"name":"a","open":"true"})", wrong_type, "open", "must be a boolean, not a string"},
      {R"({"name":"a","wheels":{}})", wrong_type, "wheels", "must be an array, not an object"},
      {R"({"name":"a","tags":[]})", wrong_type, "tags", "must be an object, not an array"},
      {R"({"name":"a","tags":{"k":1}})", wrong_type, "tags.k", "must be a string"},
      {R"({"name":"a","wheels":[{"wheelId":"w"},{"wheelId":2}]})", wrong_type, "wheels[1].wheelId", "must be a string"},
      {R"({"name":"a","behind":[{"name":"b","behind":[{"name":"c","colour":"Pink"}]}]})", unknown_value,
       "behind[0].behind[0].colour", "'Pink'"},
      {R"({"name":"a","colour":"Pink"})", unknown_value, "colour", "Known are: Red, DarkBlue"},
      {R"({"name":"a","colour":0})", wrong_type, "colour", "must be a string"},
      {R"({"name":"a","made":"yesterday"})", unknown_value, "made", "not an ISO 8601 time"},
      {R"({"name":"a","small":4294967296})", out_of_range, "small", "32 bits, not negative"},
      {R"({"name":"a","small":-1})", out_of_range, "small", "not negative"},
      {R"({"name":"a","bytes":-1})", out_of_range, "bytes", "64 bits"},
      {R"({"name":"a","bytes":1e300})", out_of_range, "bytes", "64 bits"},
      {R"({"name":"a","bytes":1.5})", wrong_type, "bytes", "must be an integer"},
      {R"({"name":"a","big":9223372036854775808})", out_of_range, "big", "64 bits"},
      {R"({"name":"a","wheels":[{"spokes":2147483648,"wheelId":"w"}]})", out_of_range, "wheels[0].spokes", "32 bits"},
      {R"({"name":"a","ratio":9e921})", out_of_range, "ratio", "too large"},
      {R"({"name":"a","extra":{"x":[-9e921]}})", out_of_range, "extra", "too large"},
      {R"({})", missing, "name", "'name' is required"},
      {R"({"name":"a","wheels":[{}]})", missing, "wheels[0].wheelId", "'wheels[0].wheelId' is required"},
      {"[]", wrong_type, "", "The document must be an object, not an array"},
      {"", malformed, "", "not JSON"},
      {"{", malformed, "", "not JSON"},
      {R"({"name":"a"} x)", malformed, "", "at byte"},
      {"{\"name\":\"\xff\"}", malformed, "", "not JSON"},
      {"{'name':'a'}", malformed, "", "not JSON"},
  };
  for (const auto& one : cases) {
    const auto flaw = flaw_of(one.text);
    EXPECT_EQ(flaw.kind, one.kind) << one.text;
    EXPECT_EQ(flaw.path, one.path) << one.text;
    EXPECT_THAT(flaw.message, HasSubstr(one.message)) << one.text;
  }
}

TEST(Json, WhereClientsWriteNumbersAsTextTheyAreRead) {
  struct Counts {
    std::optional<std::int32_t> days;
    std::vector<std::int64_t> luns;
    std::optional<std::int32_t> strict;
    static constexpr auto wire() {
      using C = Counts;
      return wire::fields({field<&C::days>("days").or_text(), field<&C::luns>("luns").or_text().required(),
                           field<&C::strict>("strict")});
    }
  };
  const auto read = parse_json<Counts>(R"({"days":"30","luns":["1",2,"-3"],"strict":4})");
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(read.value()), R"({"days":30,"luns":[1,2,-3],"strict":4})");
  for (const auto* wrong :
       {R"({"luns":[],"days":""})", R"({"luns":[],"days":"3 "})", R"({"luns":[],"days":"+3"})",
        R"({"luns":[],"days":"3.0"})", R"({"luns":[],"days":"0x3"})", R"({"luns":["one"]})",
        R"({"luns":[],"strict":"4"})", R"({"luns":[],"days":"99999999999"})", R"({"luns":["99999999999999999999"]})"}) {
    Flaw flaw;
    EXPECT_FALSE(parse_json<Counts>(wrong, &flaw)) << wrong;
    EXPECT_NE(flaw.kind, Flaw::Kind::malformed) << wrong;
    EXPECT_THAT(flaw.message, HasSubstr("must be an integer")) << wrong;
  }
}

TEST(Json, WhatIsStoredCanBeReadBack) {
  Wheel wheel;
  wheel.id = std::string(Limits{}.bytes - 14, 'w');  // together with {"wheelId":""}
  const auto stored = to_stored(wheel);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(parse_stored<Wheel>(stored.value()));
  wheel.id += 'w';
  EXPECT_EQ(to_stored(wheel).error().kind(), Errc::too_large);
  EXPECT_FALSE(parse_stored<Wheel>(to_json(wheel)));
}

TEST(Json, RefusesWhatIsTooLargeOrTooDeep) {
  EXPECT_EQ(flaw_of(R"({"name":"abcdef"})", {.bytes = 10}).kind, Flaw::Kind::malformed);
  const std::string deep = R"({"name":"a","extra":)" + std::string(40, '[') + std::string(40, ']') + "}";
  EXPECT_EQ(flaw_of(deep).kind, Flaw::Kind::malformed);
  EXPECT_THAT(flaw_of(deep).message, HasSubstr("nested more than 32 levels deep"));
  EXPECT_TRUE(parse_json<Cart>(deep, nullptr, {.depth = 64}));
}

std::string repeated(std::string_view one, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    text += i == 0 ? "" : ",";
    text += one;
  }
  return text;
}

// Two bytes of text become hundreds of bytes in memory, so a limit on the length alone is not enough.
TEST(Json, RefusesMoreValuesThanOneRequestNeeds) {
  for (const std::size_t size : {12 * kMiB / 10, 4 * kMiB - kKiB}) {
    for (const auto& [before, one] : {std::pair<std::string_view, std::string_view>{R"({"name":"a","wheels":[)", "{}"},
                                      {R"({"name":"a","behind":[)", "[]"},
                                      {R"({"name":"a","extra":[)", "0"},
                                      {R"({"name":"a","unknown":[)", "[[]]"}}) {
      const auto text = fmt::format("{}{}]}}", before, repeated(one, size / (one.size() + 1)));
      const auto flaw = flaw_of(text);
      EXPECT_EQ(flaw.kind, Flaw::Kind::malformed);
      EXPECT_EQ(flaw.message, "The document has more than 100000 values. Send fewer at a time, in several requests.");
    }
  }
}

TEST(Json, RefusesListsWhoseElementsNeedMoreThanTheirTextPromises) {
  const auto wheels = [](std::size_t count) {
    return fmt::format(R"({{"name":"a","wheels":[{}]}})", repeated(R"({"wheelId":""})", count));
  };
  const std::size_t most = 1000;
  const Limits limits{.object_bytes = most * sizeof(Wheel)};
  EXPECT_TRUE(parse_json<Cart>(wheels(most), nullptr, limits));
  const auto flaw = flaw_of(wheels(most + 1), limits);
  EXPECT_EQ(flaw.kind, Flaw::Kind::malformed);
  EXPECT_EQ(flaw.path, "wheels");
  EXPECT_EQ(flaw.message,
            "The property 'wheels' has 1001 elements, more than one request may have. Send fewer at a time.");
  std::string tags;
  for (int i = 0; i < 60'000; ++i) {
    tags += fmt::format(R"({}"{}":"")", i == 0 ? "" : ",", i);
  }
  EXPECT_EQ(flaw_of(fmt::format(R"({{"name":"a","tags":{{{}}}}})", tags)).path, "tags");
  // Its input was within the limits, so a record of ours can be read back however many values it has.
  EXPECT_TRUE(parse_stored<Cart>(wheels(150'000)));
}

TEST(JsonCount, CountsValuesAndNothingElse) {
  const auto count = [](std::string_view text) {
    std::size_t most = 0;
    while (has_more_values(text, most)) {
      ++most;
    }
    return most;
  };
  EXPECT_EQ(count("1"), 1);
  EXPECT_EQ(count("[]"), 1);
  EXPECT_EQ(count("[ \n]"), 1);
  EXPECT_EQ(count("[1,2]"), 3);
  EXPECT_EQ(count("[[],{},[0]]"), 5);
  EXPECT_EQ(count(R"({"a":1,"b":[true,null]})"), 5);
  EXPECT_EQ(count(R"("a, [b] \", {c}")"), 1) << "what stands in a string";
  EXPECT_EQ(count(R"(["\\",1])"), 3);
  EXPECT_EQ(count(R"(["open)"), 2);
}

TEST(Json, CutsAtAnyByteAreRefused) {
  const std::string whole = R"({"name":"aä","colour":"Red","wheels":[{"wheelId":"w","spokes":3}],"open":true})";
  ASSERT_TRUE(parse_json<Cart>(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_json<Cart>(whole.substr(0, size))) << size;
  }
}

TEST(Json, AcceptsAByteOrderMark) {
  EXPECT_TRUE(parse_json<Cart>("\xEF\xBB\xBF{\"name\":\"a\"}"));
}

TEST(Json, BytesThatAreNotUtf8AreReplacedInTheOutput) {
  std::string out;
  append_json_string(out, "a\xff\xc3\xa4\xe2\x82");
  EXPECT_EQ(out, "\"a\uFFFDä\uFFFD\uFFFD\"");
}

TEST(Json, EnumTextsWorkBothWays) {
  EXPECT_EQ(text_of(Colour::dark_blue), "DarkBlue");
  EXPECT_EQ(value_of<Colour>("RED"), Colour::red);
  EXPECT_FALSE(value_of<Colour>("pink"));
}

TEST(JsonString, EscapesWhereverItStands) {
  // Every position within and across the eight bytes that are examined together.
  for (std::size_t before = 0; before < 18; ++before) {
    for (const auto& [text, written] : {std::pair<std::string, std::string>{"\"", "\\\""},
                                        {"\\", "\\\\"},
                                        {"\n", "\\n"},
                                        {"\x1f", "\\u001f"},
                                        {std::string(1, '\0'), "\\u0000"},
                                        {"\x7f", "\x7f"},
                                        {" ", " "},
                                        {"!", "!"},
                                        {"#", "#"},
                                        {"[", "["},
                                        {"]", "]"},
                                        {"\u00e9", "\u00e9"},
                                        {"\x80", "\uFFFD"},
                                        {"\xff", "\uFFFD"}}) {
      const std::string left(before, 'a');
      const std::string right(17 - before, 'b');
      std::string out;
      append_json_string(out, left + text + right);
      EXPECT_EQ(out, "\"" + left + written + right + "\"");
    }
  }
}

TEST(Json, ANullInAMapIsKeptWhereAValueMayBeAbsent) {
  const auto plain = parse_json<std::map<std::string, std::string>>(R"({"a":null,"b":"x"})");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain.value().size(), 1);
  const auto optional = parse_json<std::map<std::string, std::optional<std::string>>>(R"({"a":null,"b":"x"})");
  ASSERT_TRUE(optional);
  ASSERT_TRUE(optional.value().contains("a"));
  EXPECT_EQ(optional.value().at("a"), std::nullopt);
  EXPECT_EQ(optional.value().at("b"), "x");
}

}  // namespace
}  // namespace quaymaster::wire
