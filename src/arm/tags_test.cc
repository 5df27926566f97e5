#include "arm/tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/arm/arm_fixture.h"
#include "wire/json.h"

namespace quaymaster::arm {
namespace {

using testing::HasSubstr;

struct Tagged {
  std::optional<Tags> tags;
  static constexpr auto wire() { return wire::fields({wire::field<&Tagged::tags>("tags")}); }
};
struct Merged {
  std::optional<std::map<std::string, std::optional<std::string>>> tags;
  static constexpr auto wire() { return wire::fields({wire::field<&Merged::tags>("tags")}); }
};
struct Loose {
  std::optional<wire::Json> tags;
  static constexpr auto wire() { return wire::fields({wire::field<&Loose::tags>("tags")}); }
};
struct GroupPath {
  std::string group;
  static constexpr auto wire() { return wire::fields({wire::field<&GroupPath::group>("resourceGroupName")}); }
};

template <class Body>
Result<Reply<>> take(Context&, const GroupPath&, const Body&) {
  return Reply<>{200, {}};
}
Result<Reply<>> patch_text(Context& context, const GroupPath&, const wire::Json& body) {
  Tagged present{Tags{{"old", "x"}}};
  TRY(read_over(context, body, present));
  return Reply<>{200, {}};
}

#define QM_TEST "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Test/"
constexpr std::string_view kSince = "2020-01-01";
constexpr std::string_view kAction = "Microsoft.Test/things/write";
constexpr Operation kOperations[] = {
    {"Tagged", http::Method::put, QM_TEST "tagged/t", kSince, kAction, bind<&take<Tagged>>},
    {"Account", http::Method::put, QM_TEST "storageAccounts/t", kSince, kAction, bind<&take<Tagged>>},
    {"Merged", http::Method::put, QM_TEST "merged/t", kSince, kAction, bind<&take<Merged>>},
    {"Loose", http::Method::put, QM_TEST "loose/t", kSince, kAction, bind<&take<Loose>>},
    {"Patched", http::Method::put, QM_TEST "patched/t", kSince, kAction, bind<&patch_text>},
};
#undef QM_TEST
constexpr std::string_view kVersions[] = {"2020-01-01"};
constexpr ResourceType kTypes[] = {{"tagged", kVersions}};
constexpr Provider kProvider{"Microsoft.Test", kOperations, kTypes, kVersions};

class TagsTest : public testing::Test {
 protected:
  TagsTest() {
    fixture.make_group("g");
    fixture.serve({Registration(kProvider)});
  }
  http::Reply put(std::string_view type, std::string_view tags) {
    return fixture.put(
        fmt::format("{}/providers/Microsoft.Test/{}/t?api-version=2020-01-01", ArmFixture::group_path("g"), type),
        fmt::format(R"({{"tags":{}}})", tags));
  }
  static std::string one(std::string_view name, std::string_view value = "v") {
    return wire::to_json(Tags{{std::string(name), std::string(value)}});
  }
  static std::string many(int count) {
    Tags tags;
    for (int i = 0; i < count; ++i) {
      tags.emplace(fmt::format("tag{}", i), "v");
    }
    return wire::to_json(tags);
  }
  ArmFixture fixture;
};

TEST_F(TagsTest, EveryBodyIsHeldToThem) {
  for (const auto* type : {"tagged", "storageAccounts", "merged", "loose", "patched"}) {
    EXPECT_EQ(put(type, "{}").status, 200) << type;
    EXPECT_EQ(put(type, many(50)).status, 200) << type;
    EXPECT_THAT(put(type, many(51)).body, HasSubstr(R"("code":"TooManyTags")")) << type;
    EXPECT_THAT(put(type, one("a<b")).body, HasSubstr(R"("code":"InvalidTagNameCharacters")")) << type;
    EXPECT_THAT(put(type, R"({"Owner":"a","owner":"b"})").body, HasSubstr(R"("code":"InvalidTagName")")) << type;
    EXPECT_THAT(put(type, one("n", std::string(257, 'v'))).body, HasSubstr(R"("code":"InvalidTagValueLength")"))
        << type;
  }
}

TEST_F(TagsTest, ReservedCharactersAreThoseOfNames) {
  for (const char c : std::string("<>%&\\?/\x01\x1f\x7f")) {
    EXPECT_EQ(put("tagged", one(fmt::format("a{}b", c))).status, 400) << c;
    EXPECT_EQ(put("tagged", one("name", fmt::format("a{}b", c))).status, 200) << c;
  }
  EXPECT_EQ(put("tagged", one("a.b:c d_é-*+")).status, 200);
  EXPECT_EQ(put("tagged", one("hidden-link:/app/insights")).status, 200);
  EXPECT_EQ(put("tagged", one("hidden-a?b")).status, 400);
  EXPECT_EQ(put("tagged", one("")).status, 400);
}

TEST_F(TagsTest, LengthsAreThoseOfUtf16) {
  EXPECT_EQ(put("tagged", one(std::string(512, 'n'))).status, 200);
  EXPECT_THAT(put("tagged", one(std::string(513, 'n'))).body, HasSubstr("'512' characters"));
  EXPECT_EQ(put("storageAccounts", one(std::string(128, 'n'))).status, 200);
  EXPECT_THAT(put("storageAccounts", one(std::string(129, 'n'))).body, HasSubstr("'128' characters"));
  std::string value;
  for (int i = 0; i < 128; ++i) {
    value += "\xf0\x9f\x90\xb6";  // beyond the basic plane: two units
  }
  EXPECT_EQ(put("tagged", one("n", value)).status, 200);
  EXPECT_EQ(put("tagged", one("n", value + "v")).status, 400);
}

TEST_F(TagsTest, WhatIsNoTagHasNoRules) {
  EXPECT_EQ(put("loose", R"({"a<b":1})").status, 200) << "tags of any shape are legal where they are JSON";
  EXPECT_EQ(put("merged", R"({"a":null,"b":"x"})").status, 200);
}

}  // namespace
}  // namespace quaymaster::arm
