#include "api/odata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace quaymaster::api {
namespace {

using testing::HasSubstr;

/// A filter as text again, with every decision of the parser visible.
std::string shown(const Filter& filter) {
  if (filter.kind == Filter::Kind::condition) {
    static constexpr const char* kNames[] = {"=", "!=", ">", ">=", "<", "<="};
    const auto& c = filter.condition;
    return c.property + kNames[static_cast<int>(c.comparison)] + (c.quoted ? "'" + c.value + "'" : c.value);
  }
  std::string text = filter.kind == Filter::Kind::all ? "and(" : "or(";
  for (const auto& part : filter.parts) {
    text += shown(part) + ",";
  }
  text.back() = ')';
  return text;
}

TEST(Odata, Parses) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"state eq 'Shipping'", "state='Shipping'"},
      {"properties/state EQ 'a''b'", "properties/state='a'b'"},
      {"a eq 1 and b ne true or c lt 'x'", "or(and(a=1,b!=true),c<'x')"},
      {"a eq 1 AND (b eq 2 or c eq 3)", "and(a=1,or(b=2,c=3))"},
      {"((a ge 2021-06-14T06:17:27.99Z))", "a>=2021-06-14T06:17:27.99Z"},
      {"  a gt -5\tand b le '' ", "and(a>-5,b<='')"},
      {"backupManagementType eq 'AzureIaasVM' and status eq 'Completed' and operation eq 'Backup'",
       "and(backupManagementType='AzureIaasVM',status='Completed',operation='Backup')"},
      {"a eq 'or'or b eq 1", "or(a='or',b=1)"},
  };
  for (const auto& [text, expected] : cases) {
    const auto filter = parse_filter(text);
    ASSERT_TRUE(filter) << text << ": " << filter.error().cause();
    EXPECT_EQ(shown(filter.value()), expected);
  }
}

TEST(Odata, RefusesWithTheColumn) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "a property name"},
      {"a", "one of eq"},
      {"a eq", "a value at its end"},
      {"a eq 'x", "column 6 is not terminated"},
      {"a is 1", "one of eq, ne, gt, ge, lt, le at column 3"},
      {"a eq 1 b eq 2", "at column 8"},
      {"(a eq 1", "')'"},
      {"a eq 1)", "at column 7"},
      {"startswith(a,'x')", "one of eq"},
      {"not a eq 1", "one of eq"},
      {"'a' eq 1", "a property name at column 1"},
      {"5 eq a", "a property name at column 1"},
      {"a eq 1 and", "a property name"},
      {"a eq 1; drop", "at column 7"},
      {std::string(17, '(') + "a eq 1" + std::string(17, ')'), "nested more than 16"},
      {std::string(5000, ' '), "longer than"},
  };
  for (const auto& [text, expected] : cases) {
    const auto filter = parse_filter(text);
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().kind(), Errc::invalid);
    EXPECT_THAT(filter.error().cause(), HasSubstr(expected)) << text;
  }
}

TEST(Odata, MatchesAsTheTreeSaysAndRefusesWhateverTheData) {
  const std::map<std::string, std::string> object{{"a", "1"}, {"b", "2"}};
  const auto holds = [&](const Condition& c) -> Result<bool> {
    const auto at = object.find(c.property);
    if (at == object.end()) {
      return invalid("unknown property {}", c.property);
    }
    return at->second == c.value;
  };
  const auto result = [&](std::string_view text) { return matches(parse_filter(text).value(), holds); };
  EXPECT_TRUE(result("a eq 1 and b eq 2").value());
  EXPECT_FALSE(result("a eq 1 and b eq 3").value());
  EXPECT_TRUE(result("a eq 9 or b eq 2").value());
  EXPECT_FALSE(result("(a eq 9 or b eq 9) and a eq 1").value());
  EXPECT_FALSE(result("a eq 1 or c eq 1").has_value());
}

}  // namespace
}  // namespace quaymaster::api
