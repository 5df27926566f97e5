#include "api/router.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quaymaster::api {
namespace {

using enum http::Method;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

const Pattern kPatterns[] = {
    {get, "/subscriptions/{s}"},
    {get, "/subscriptions/{s}/resourceGroups/{g}"},
    {put, "/subscriptions/{s}/resourceGroups/{g}"},
    {head, "/subscriptions/{s}/resourceGroups/{g}"},
    {get, "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.X/jobs"},
    {get, "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.X/jobs/{j}"},
    {post, "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.X/jobs/{j}/list"},
    {get, "/subscriptions/{s}/providers/{ns}"},
    {post, "/subscriptions/{s}/providers/{ns}/register"},
    {get, "/subscriptions/{s}/providers/Microsoft.X/jobs"},
};

Match find(http::Method method, std::string_view path) {
  static const Router router(kPatterns);
  return router.find(method, path).value();
}

TEST(Router, FindsTheRowAndItsParameters) {
  const auto match = find(get, "/subscriptions/S1/resourceGroups/g/providers/Microsoft.X/jobs/J");
  EXPECT_EQ(match.kind, Match::Kind::found);
  EXPECT_EQ(match.row, 5u);
  EXPECT_THAT(match.parameters, ElementsAre(Pair("s", "S1"), Pair("g", "g"), Pair("j", "J")));
}

TEST(Router, FixedWordsCompareWithoutCase) {
  EXPECT_EQ(find(get, "/Subscriptions/s/RESOURCEGROUPS/g/Providers/microsoft.x/Jobs/j").row, 5u);
}

TEST(Router, EmptySegmentsAndATrailingSlashDoNotCount) {
  EXPECT_EQ(find(get, "//subscriptions/s/resourceGroups/g/providers/Microsoft.X//jobs/j/").row, 5u);
}

TEST(Router, ParametersAreDecodedAfterThePathWasSplit) {
  const auto match = find(get, "/subscriptions/s/resourceGroups/a%2Fb%3Bc+d");
  EXPECT_EQ(match.row, 1u);
  EXPECT_EQ(match.parameters.at(1).second, "a/b;c+d");
}

TEST(Router, DistinguishesAWrongMethodFromAnUnknownPath) {
  const auto wrong = find(del, "/subscriptions/s/resourceGroups/g");
  EXPECT_EQ(wrong.kind, Match::Kind::wrong_method);
  EXPECT_THAT(wrong.allowed, ElementsAre(get, head, put));
  EXPECT_EQ(find(get, "/subscriptions").kind, Match::Kind::unknown);
  EXPECT_EQ(find(get, "/").kind, Match::Kind::unknown);
  EXPECT_EQ(find(get, "").kind, Match::Kind::unknown);
  EXPECT_EQ(find(get, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Y/jobs/j").kind, Match::Kind::unknown);
}

TEST(Router, AnotherRowThatFitsTheMethodWins) {
  EXPECT_EQ(find(post, "/subscriptions/s/providers/Microsoft.X/register").row, 8u);
  EXPECT_EQ(find(get, "/subscriptions/s/providers/Microsoft.X").row, 7u);
  EXPECT_EQ(find(get, "/subscriptions/s/providers/Microsoft.X/jobs").row, 9u);
}

TEST(Router, RefusesMalformedEscapesAndSurvivesVeryLongPaths) {
  const Router router(kPatterns);
  EXPECT_FALSE(router.find(get, "/subscriptions/%zz"));
  EXPECT_FALSE(router.find(get, "/subscriptions/%4"));
  std::string longest;
  for (int i = 0; i < 10000; ++i) {
    longest += "/subscriptions";
  }
  EXPECT_EQ(router.find(get, longest).value().kind, Match::Kind::unknown);
}

TEST(Router, RefusesUnreadableNames) {
  const Router router(kPatterns);
  for (const auto* name : {"%ff", "%c0%af", "%ed%a0%80", "a%00b", "%0a", "%7f", "%c2%85", "%c2%9f", "%e2%80%ae",
                           "%e2%80%aa", "%e2%81%a6", "%e2%80%a8", "a\x80"}) {
    const auto refused = router.find(get, fmt::format("/subscriptions/s/resourceGroups/{}", name));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().kind(), Errc::invalid);
    EXPECT_NE(refused.error().cause().find(name), std::string::npos);
  }
  for (const auto* name : {"%c2%a0", "%e2%80%93", "%e2%81%a5", "%f0%9f%9a%a2", "%d7%a9", "g\xc3\xa4"}) {
    EXPECT_EQ(find(get, fmt::format("/subscriptions/s/resourceGroups/{}", name)).row, 1u) << name;
  }
}

TEST(Router, FindsRowsThatOneRequestCouldMean) {
  EXPECT_THAT(overlaps(kPatterns), IsEmpty());
  const Pattern bad[] = {{get, "/a/{x}"}, {get, "/A/b"}, {put, "/a/b"}, {get, "/a/b/c"}};
  EXPECT_THAT(overlaps(bad), SizeIs(1));
}

TEST(Router, AnExtensionFitsBehindAnyPath) {
  const Pattern patterns[] = {
      {http::Method::get, "/{scope}/providers/Microsoft.Authorization/roleAssignments"},
      {http::Method::put, "/{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"},
      {http::Method::get, "/{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"},
      {http::Method::get, "/subscriptions/{s}/providers/{provider}/{type}/special"},
  };
  EXPECT_TRUE(overlaps(patterns).empty());
  const Router router(patterns);
  const auto scope = [&](std::string_view path) {
    const auto match = router.find(http::Method::get, path).value();
    return match.kind == Match::Kind::found ? fmt::format("{} {}", match.row, match.parameters.front().second)
                                            : std::string("none");
  };
  EXPECT_EQ(scope("/providers/Microsoft.Authorization/roleAssignments"), "0 /");
  EXPECT_EQ(scope("//subscriptions/S/providers/microsoft.authorization/ROLEASSIGNMENTS/"), "0 /subscriptions/S");
  EXPECT_EQ(scope("/subscriptions/s/resourceGroups/g/providers/M.X/a/b/providers/Microsoft.Authorization/"
                  "roleAssignments/one%20two"),
            "2 /subscriptions/s/resourceGroups/g/providers/M.X/a/b");
  EXPECT_EQ(scope("/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/special"), "3 s")
      << "a row of its own goes first";
  EXPECT_EQ(scope("/subscriptions/s/roleAssignments"), "none");
  const auto named =
      router.find(http::Method::put, "/a/providers/Microsoft.Authorization/roleAssignments/Name").value();
  ASSERT_EQ(named.kind, Match::Kind::found);
  EXPECT_EQ(named.parameters.back(), (std::pair<std::string_view, std::string>("name", "Name")));
  const auto wrong = router.find(http::Method::del, "/a/providers/Microsoft.Authorization/roleAssignments/n").value();
  EXPECT_EQ(wrong.kind, Match::Kind::wrong_method);
  EXPECT_EQ(wrong.allowed, (std::vector{http::Method::get, http::Method::put}));
}

}  // namespace
}  // namespace quaymaster::api
