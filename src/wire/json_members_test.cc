#include "wire/json_members.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  static constexpr auto wire() {
    return wire::fields({field<&Wagon::name>("name"), field<&Wagon::spare>("spare"), field<&Wagon::wheels>("wheels")});
  }
};

std::string flaw_of(std::string_view text) {
  const auto result = refuse_unknown_members(text, shape<Wagon>());
  return result ? "" : std::string(result.error().cause());
}

TEST(JsonMembers, KnownOnesPassWhateverTheirCase) {
  EXPECT_EQ(flaw_of(R"({"Name":"a","SPARE":{"size":1},"wheels":[{"size":1},{"size":2}]})"), "");
  EXPECT_EQ(flaw_of(R"({"spare":null})"), "");
}

TEST(JsonMembers, UnknownOnesAreNamedAtAnyDepth) {
  EXPECT_EQ(flaw_of(R"({"nam":"a"})"), "there is no member 'nam'; known are name, spare, wheels");
  EXPECT_EQ(flaw_of(R"({"spare":{"sise":1}})"), "there is no member 'spare.sise'; known are size");
  EXPECT_EQ(flaw_of(R"({"wheels":[{"size":1},{"x":1}]})"), "there is no member 'wheels.x'; known are size");
}

TEST(JsonMembers, WhatIsOfAnotherTypeIsNotTheirBusiness) {
  EXPECT_EQ(flaw_of("{"), "");
  EXPECT_EQ(flaw_of("[1]"), "");
  EXPECT_EQ(flaw_of(R"({"spare":5,"wheels":{"x":1}})"), "");
}

}  // namespace
}  // namespace quaymaster::wire
