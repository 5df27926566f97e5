#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wire/json.h"

namespace quaymaster::wire {
namespace {

struct Wheel {
  std::int64_t size = 0;
  static constexpr auto wire() { return wire::fields({field<&Wheel::size>("size")}); }
};
struct Wagon {
  std::string name;
  std::optional<Wheel> spare;
  std::vector<Wheel> wheels;
  std::map<std::string, Wheel> others;
  std::int64_t number = 0;
  static constexpr auto wire() {
    using W = Wagon;
    return wire::fields({field<&W::name>("name").required(), field<&W::spare>("spare"), field<&W::wheels>("wheels"),
                         field<&W::others>("others"), field<&W::number>("number").read_only()});
  }
};

Flaw flaw_of(std::string_view text) {
  Wagon wagon;
  Flaw flaw;
  const auto result = read_json(text, shape<Wagon>(), &wagon, Source::strict, &flaw);
  EXPECT_FALSE(result) << text;
  return flaw;
}

TEST(StrictJson, KnownMembersPassWhateverTheirCase) {
  Wagon wagon;
  for (const auto* text :
       {R"({"Name":"a","SPARE":{"size":1},"wheels":[{"size":1},{"size":2}],"others":{"x":{"size":3}}})",
        R"({"name":"a","spare":null,"number":7})"}) {
    EXPECT_TRUE(read_json(text, shape<Wagon>(), &wagon, Source::strict)) << text;
  }
  EXPECT_EQ(wagon.number, 0) << "read-only";
}

TEST(StrictJson, UnknownMembersAreNamedAtAnyDepth) {
  const auto flaw = flaw_of(R"({"nam":"a"})");
  EXPECT_EQ(flaw.kind, Flaw::Kind::unknown_member);
  EXPECT_EQ(flaw.path, "nam");
  EXPECT_EQ(flaw.message, "The property 'nam' is not known. Known are: name, spare, wheels, others, number.");
  EXPECT_EQ(flaw_of(R"({"spare":{"sise":1}})").message, "The property 'spare.sise' is not known. Known are: size.");
  EXPECT_EQ(flaw_of(R"({"wheels":[{"size":1},{"x":null}]})").path, "wheels[1].x");
  EXPECT_EQ(flaw_of(R"({"others":{"k":{"x":1}}})").path, "others.k.x");
  const auto path = flaw_of("{\"" + std::string(500, 'x') + "\":1}").path;
  EXPECT_LT(path.size(), 100) << "a foreign name is not repeated at any length";
}

TEST(StrictJson, WhatAClientMustSayItMustSayHereToo) {
  EXPECT_EQ(flaw_of("{}").kind, Flaw::Kind::missing);
  EXPECT_EQ(flaw_of("{").kind, Flaw::Kind::malformed);
  EXPECT_EQ(flaw_of("[1]").kind, Flaw::Kind::wrong_type);
}

}  // namespace
}  // namespace quaymaster::wire
