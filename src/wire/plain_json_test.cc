#include "wire/plain_json.h"

#include <gtest/gtest.h>

#include "wire/json.h"

namespace quaymaster::wire {
namespace {

enum class Colour { red, dark_blue };
constexpr auto names(Colour) {
  return std::array{name(Colour::red, "Red"), name(Colour::dark_blue, "DarkBlue")};
}

struct Crate {
  std::string label;
  bool open = true;
  std::int32_t small = 7;
  std::uint32_t natural = 7;
  std::int64_t big = 7;
  std::uint64_t bytes = 7;
  std::optional<Time> made;
  std::optional<Colour> colour;
  std::vector<std::string> words;
  std::map<std::string, std::string> tags;
  std::vector<Crate> inside;
  std::optional<double> ratio;
  std::optional<Json> extra;

  static constexpr auto wire() {
    using C = Crate;
    return wire::fields({field<&C::label>("label"), field<&C::open>("open"), field<&C::small>("small"),
                         field<&C::natural>("natural"), field<&C::big>("big"), field<&C::bytes>("bytes"),
                         field<&C::made>("made"), field<&C::colour>("colour"), field<&C::words>("words"),
                         field<&C::tags>("tags"), field<&C::inside>("inside"), field<&C::ratio>("ratio"),
                         field<&C::extra>("extra")});
  }
};

bool reads(std::string_view text, Crate& crate) {
  return read_plain_json(text, shape<Crate>(), &crate, Limits{}.depth);
}

Crate full() {
  Crate crate;
  crate.label = "a \"label\"\\ with\b\f\n\r\t everything, \u00e4\u20ac";
  crate.open = false;
  crate.small = std::numeric_limits<std::int32_t>::min();
  crate.natural = std::numeric_limits<std::uint32_t>::max();
  crate.big = std::numeric_limits<std::int64_t>::min();
  crate.bytes = std::numeric_limits<std::uint64_t>::max();
  crate.made = parse_time("2021-06-14T06:17:27.9916547Z").value();
  crate.colour = Colour::dark_blue;
  crate.words = {"", "long enough for more than eight bytes", "\u00e4"};
  crate.tags = {{"", "none"}, {"k\n", "v"}};
  crate.inside = {Crate{}, Crate{.label = "inner", .inside = {Crate{}}}};
  return crate;
}

TEST(PlainJson, ReadsWhatTheWriterWrites) {
  for (const auto& crate : {Crate{}, full()}) {
    const auto text = to_json(crate);
    Crate again;
    ASSERT_TRUE(reads(text, again)) << text;
    EXPECT_EQ(to_json(again), text);
  }
}

TEST(PlainJson, LeavesEverythingElseToTheOtherReader) {
  const std::pair<std::string, const char*> texts[] = {
      {"{ }", "a space"},
      {R"({"open": true})", "a space inside"},
      {R"({"open":null})", "null for a boolean, which keeps its value"},
      {R"({"made":null})", "null for an optional"},
      {R"({"label":null})", "null for a text"},
      {R"({"words":null})", "null for a list"},
      {R"({"other":1})", "a member that is not known"},
      {R"({"Open":true})", "another case"},
      {R"({"small":1,"open":false})", "another order"},
      {R"({"open":true,"open":false})", "a member twice"},
      {R"({"small":1.0})", "a fraction"},
      {R"({"small":1e1})", "an exponent"},
      {R"({"small":01})", "a zero in front"},
      {R"({"small":-01})", "a zero behind the sign"},
      {R"({"small":2147483648})", "too large"},
      {R"({"natural":-1})", "negative"},
      {R"({"small":"1"})", "another type"},
      {R"({"ratio":1})", "a number of any kind"},
      {R"({"extra":{}})", "a value of any shape"},
      {R"({"label":"\u0041"})", "an escape by number"},
      {R"({"label":"\/"})", "an escape nobody needs"},
      {"{\"label\":\"\xff\"}", "not UTF-8"},
      {"{\"label\":\"a\nb\"}", "a control"},
      {R"({"colour":"darkblue"})", "a choice in another case"},
      {R"({"colour":"Green"})", "no such choice"},
      {R"({"made":"yesterday"})", "no time"},
      {R"({"open":true,})", "a comma too many"},
      {R"({"words":["a",]})", "a comma too many in a list"},
      {R"({"words":["a"})", "a list that does not end"},
      {R"({"open":true}x)", "something behind"},
      {"[]", "no object"},
      {"", "nothing"},
  };
  for (const auto& [text, why] : texts) {
    Crate plain;
    EXPECT_FALSE(reads(text, plain)) << why << ": " << text;
    // A partial read must not affect the result of the other reader.
    Crate ours;
    Crate general;
    const auto by_both = read_json(text, shape<Crate>(), &ours, Source::ours);
    const auto by_general = read_json(text, shape<Crate>(), &general, Source::patch);
    ASSERT_EQ(by_both.has_value(), by_general.has_value()) << why;
    if (by_both) {
      EXPECT_EQ(to_json(ours), to_json(general)) << why;
    }
  }
}

TEST(PlainJson, TakesNoBeginningForTheWhole) {
  const auto text = to_json(full());
  for (std::size_t size = 0; size < text.size(); ++size) {
    // A copy of exactly this size, so that a read past the end is detected.
    const std::vector<char> beginning(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    Crate crate;
    EXPECT_FALSE(reads({beginning.data(), beginning.size()}, crate)) << size;
  }
}

TEST(PlainJson, StopsWhereTheOtherReaderStops) {
  Crate deep;
  for (int depth = 0; depth < 40; ++depth) {
    Crate around;
    around.inside.push_back(std::move(deep));
    deep = std::move(around);
  }
  Crate crate;
  EXPECT_FALSE(reads(to_json(deep), crate));
  EXPECT_FALSE(parse_stored<Crate>(to_json(deep)));
}

}  // namespace
}  // namespace quaymaster::wire
