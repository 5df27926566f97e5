#include "arm/face.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "arm/document.h"
#include "arm/errors.h"
#include "arm/paging.h"
#include "arm/paths.h"
#include "testing/arm/arm_fixture.h"

namespace quaymaster::arm {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;
using namespace std::chrono_literals;

// A provider of things: the smallest that exercises every rule.

enum class Kind { round, square };
constexpr auto names(Kind) {
  return std::array{wire::name(Kind::round, "Round"), wire::name(Kind::square, "Square")};
}

struct Thing {
  std::string name;
  std::optional<Kind> kind;
  std::optional<std::int32_t> size;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&Thing::name>("name").read_only(), field<&Thing::kind>("kind").required(), field<&Thing::size>("size")});
  }
};
struct ThingPath {
  std::string group;
  std::string thing;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&ThingPath::group>("resourceGroupName"), field<&ThingPath::thing>("thingName")});
  }
};

class Things {
 public:
  Result<Reply<Thing>> get(Context&, const ThingPath& path) {
    const auto found = things.find(path.thing);
    if (found == things.end()) {
      return quaymaster::refuse(Errc::not_found, kResourceNotFound, "Microsoft.Test/things/" + path.thing, path.group);
    }
    return Reply<Thing>{200, found->second};
  }
  Result<Reply<Thing>> put(Context&, const ThingPath& path, const Thing& body) {
    Thing thing = body;
    thing.name = path.thing;
    const bool is_new = things.insert_or_assign(path.thing, thing).second;
    return Reply<Thing>{is_new ? 201 : 200, thing};
  }
  Result<Reply<Thing>> patch(Context& context, const ThingPath& path, const wire::Json& body) {
    TRY(read_over(context, body, things[path.thing]));
    return Reply<Thing>{200, things[path.thing]};
  }
  Result<Reply<>> remove(Context&, const ThingPath& path) {
    things.erase(path.thing);
    return Reply<>{200};
  }
  Result<Reply<Page<Thing>>> list(Context& context, const GroupPath&) {
    TRY(const auto page, page_request(context, 2));
    Page<Thing> answer;
    for (auto at = things.upper_bound(page.after); at != things.end(); ++at) {
      if (answer.value.size() == page.top) {
        answer.next_link = next_link(context, answer.value.back().name);
        break;
      }
      answer.value.push_back(at->second);
    }
    return Reply<Page<Thing>>{200, answer};
  }
  Result<Reply<>> fail(Context&, const ThingPath& path) {
    if (path.thing == "io") {
      return io("cannot read /secret/path");
    }
    if (path.thing == "space") {
      return no_space("disk full");
    }
    return conflict("two of them").as(kInvalidParameter, "words").at("here").with("more", "x");
  }

  std::map<std::string, Thing> things;
};

Result<Reply<std::string>> hello(Context& context) {
  return Reply<std::string>{200, fmt::format(R"({{"who":"{}"}})", context.principal.client_id)};
}

constexpr std::string_view kThings =
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Test/things";
constexpr std::string_view kThing =
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Test/things/{thingName}";
constexpr std::string_view kFail =
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Test/things/{thingName}/"
    "fail";
constexpr std::string_view kMove =
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Test/things/{thingName}/"
    "move";

using enum http::Method;
constexpr Operation kOperations[] = {
    {"Hello", get, "/providers/Microsoft.Test/hello", "2020-01-01", "", bind<&hello>},
    {"Things_List", get, kThings, "2020-01-01", "Microsoft.Test/things/read", bind<&Things::list>},
    {"Things_Get", get, kThing, "2020-01-01", "Microsoft.Test/things/read", bind<&Things::get>},
    {"Things_Put", put, kThing, "2020-01-01", "Microsoft.Test/things/write", bind<&Things::put>},
    {"Things_Patch", patch, kThing, "2020-01-01", "Microsoft.Test/things/write", bind<&Things::patch>},
    {"Things_Delete", del, kThing, "2020-01-01", "Microsoft.Test/things/delete", bind<&Things::remove>},
    {"Things_Fail", post, kFail, "2020-01-01", "Microsoft.Test/things/fail/action", bind<&Things::fail>},
    {"Things_Move", post, kMove, "2020-01-01", "Microsoft.Test/things/move/action", not_offered, "things stay."},
};
constexpr std::string_view kVersions[] = {"2020-01-01", "2021-01-01"};
constexpr ResourceType kTypes[] = {{"things", kVersions}};
constexpr Provider kProvider{"Microsoft.Test", kOperations, kTypes, kVersions};

class FaceTest : public testing::Test {
 protected:
  FaceTest() {
    lab_.make_group("g");
    lab_.serve({Registration(kProvider, things_)});
  }
  static std::string thing(std::string_view name, std::string_view more = "?api-version=2021-01-01") {
    return fmt::format("{}/providers/Microsoft.Test/things/{}{}", ArmFixture::group_path("g"), name, more);
  }
  static std::string error(int status, std::string_view code) {
    return fmt::format("{} {{\"error\":{{\"code\":\"{}\"", status, code);
  }
  static std::string shown(const http::Reply& reply) { return fmt::format("{} {}", reply.status, reply.body); }

  ArmFixture lab_;
  Things things_;
};

TEST_F(FaceTest, AnswersWithTheCommonHeaders) {
  EXPECT_EQ(lab_.golden("arm/things_put/new", put, thing("a"), R"({"kind":"Round","size":3,"name":"forged"})"), "");
  EXPECT_EQ(lab_.golden("arm/things_get/found", get, thing("a")), "");
  EXPECT_EQ(lab_.golden("arm/things_get/missing", get, thing("b")), "");
  EXPECT_EQ(lab_.golden("arm/things_delete/done", del, thing("a")), "");
  EXPECT_EQ(lab_.golden("arm/hello/tenant", get, "/providers/Microsoft.Test/hello?api-version=2020-01-01"), "");
}

TEST_F(FaceTest, EchoesTheIdsOfTheClient) {
  auto request = lab_.request(get, thing("a"));
  request.headers.add("x-ms-client-request-id", "mine");
  request.headers.add("x-ms-correlation-request-id", "0f0f0f0f-0000-4000-8000-000000000009");
  auto reply = lab_.send(request);
  EXPECT_THAT(reply.headers.get("x-ms-client-request-id"), Optional(std::string_view("mine")));
  EXPECT_THAT(reply.headers.get("x-ms-correlation-request-id"),
              Optional(std::string_view("0f0f0f0f-0000-4000-8000-000000000009")));
  EXPECT_THAT(reply.headers.get("x-ms-routing-request-id"),
              Optional(std::string_view("WESTEUROPE:20261123T052930Z:0f0f0f0f-0000-4000-8000-000000000009")));
  request.headers.set("x-ms-correlation-request-id", "no guid");
  reply = lab_.send(request);
  EXPECT_EQ(reply.headers.get("x-ms-correlation-request-id"), request.id.text());
  request.headers.set("x-ms-client-request-id", std::string(1025, 'x'));
  EXPECT_EQ(lab_.send(request).headers.get("x-ms-client-request-id"), std::nullopt);
}

TEST_F(FaceTest, ChecksTheApiVersion) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "400 {\"error\":{\"code\":\"MissingApiVersionParameter\""},
      {"?api-version=", "MissingApiVersionParameter"},
      {"?api-version=latest",
       "\"InvalidApiVersionParameter\",\"message\":\"The api-version 'latest' is invalid. The "
       "supported versions are '2020-01-01, 2021-01-01'.\""},
      {"?api-version=2021-13-01", "InvalidApiVersionParameter"},
      {"?api-version=2021-01-00", "InvalidApiVersionParameter"},
      {"?api-version=2021-01-01-", "InvalidApiVersionParameter"},
      {"?api-version=2021-01-01+preview", "InvalidApiVersionParameter"},
      {"?api-version=2019-12-31", "NoRegisteredProviderFound"},
      {"?api-version=2019-12-31-preview", "for API version '2019-12-31-preview' for type 'things'"},
  };
  for (const auto& [query, expected] : cases) {
    const auto reply = lab_.get(thing("a", query));
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_THAT(shown(reply), HasSubstr(expected)) << query;
  }
  for (const std::string_view good :
       {"2020-01-01", "2020-01-01-preview", "2020-07-15", "2099-12-31", "2021-01-01-privatepreview"}) {
    EXPECT_EQ(lab_.get(thing("a", fmt::format("?API-Version={}", good))).status, 404) << good;
  }
}

TEST_F(FaceTest, RefusesUnauthenticatedCallers) {
  const auto send = [&](std::string_view authorization) {
    auto request = lab_.request(get, thing("a"));
    request.headers.set("Authorization", std::string(authorization));
    return lab_.send(request);
  };
  http::Request bare = lab_.request(get, thing("a"));
  http::Headers without;
  without.add("Host", "localhost:8443");
  bare.headers = without;
  const auto missing = lab_.send(bare);
  EXPECT_THAT(shown(missing), StartsWith(error(401, "AuthenticationFailed")));
  EXPECT_THAT(missing.body, HasSubstr("The 'Authorization' header is missing."));
  EXPECT_THAT(missing.headers.get("WWW-Authenticate"),
              Optional(StartsWith("Bearer authorization_uri=\"https://localhost:8443/aaaaaaaa-0000-4000-8000-")));

  EXPECT_THAT(shown(send("Basic abc")), StartsWith(error(401, "AuthenticationFailed")));
  EXPECT_THAT(shown(send("Bearer")), StartsWith(error(401, "AuthenticationFailed")));
  EXPECT_THAT(shown(send("Bearer nonsense")), StartsWith(error(401, "InvalidAuthenticationToken")));
  EXPECT_EQ(send("bearer " + lab_.token).status, 404) << "the scheme compares without case";

  const auto foreign = lab_.issuer->issue(lab_.principal, "https://storage.azure.com",
                                          fmt::format("{}/{}/v2.0", ArmFixture::kBase, ArmFixture::kTenant));
  EXPECT_THAT(shown(send("Bearer " + foreign)), StartsWith(error(401, "InvalidAuthenticationTokenAudience")));
  lab_.clock.advance(2h);
  const auto expired = send("Bearer " + lab_.token);
  EXPECT_THAT(shown(expired), StartsWith(error(401, "ExpiredAuthenticationToken")));
  EXPECT_TRUE(expired.headers.get("WWW-Authenticate"));
}

TEST_F(FaceTest, RefusesUnauthorizedCallers) {
  const auto made = lab_.issuer->create_principal({"reader", {}, {}}).value();
  ASSERT_TRUE(lab_.issuer->assign_role(made.object_id, "Reader", ArmFixture::group_path("G")));
  const auto reader = lab_.issuer->authenticate(made.client_id, made.secret).value();
  const auto token = lab_.issuer->issue(reader, ArmFixture::kBase, fmt::format("{}/adfs", ArmFixture::kBase));
  const auto status = [&](http::Method method, std::string_view target, std::string_view body = "") {
    auto request = lab_.request(method, target, body);
    request.headers.set("Authorization", "Bearer " + token);
    return lab_.send(request, body);
  };
  EXPECT_EQ(status(get, thing("a")).status, 404);
  EXPECT_EQ(status(get, "/providers/Microsoft.Test/hello?api-version=2020-01-01").status, 200);
  const auto denied = status(put, thing("a"), R"({"kind":"Round"})");
  EXPECT_THAT(shown(denied), StartsWith(error(403, "AuthorizationFailed")));
  EXPECT_THAT(denied.body, HasSubstr("does not have authorization to perform action 'Microsoft.Test/things/write' over "
                                     "scope '/subscriptions/5b5b5b5b-0000-4000-8000-000000000001/resourceGroups/g/"
                                     "providers/Microsoft.Test/things/a'"));
  EXPECT_THAT(status(post, thing("a/fail")).body, HasSubstr("things/a' or the scope"));
  EXPECT_TRUE(things_.things.empty());
}

/// Otherwise anyone could find out which paths and versions exist.
TEST_F(FaceTest, WithoutCredentialsEveryPathAnswersTheSame) {
  const auto ask = [&](const std::string& target, std::string_view authorization) {
    auto request = lab_.request(get, target);
    request.headers = {};
    request.headers.add("Host", "localhost:8443");
    if (!authorization.empty()) {
      request.headers.add("Authorization", std::string(authorization));
    }
    return shown(lab_.send(request));
  };
  for (const std::string_view proof : {"", "Basic YTpi", "Bearer a.b.c"}) {
    const auto first = ask("/nowhere", proof);
    EXPECT_THAT(first, StartsWith("401 "));
    for (const auto& target : {thing("a"), thing("a", ""), thing("a", "?api-version=latest"),
                               thing("a", "?api-version=2019-12-31"), thing("a/nothing/b"), thing("a/fail")}) {
      EXPECT_EQ(ask(target, proof), first) << target;
    }
  }
}

TEST_F(FaceTest, ReportsWhatIsUnknown) {
  const auto version = "?api-version=2021-01-01";
  const auto group = ArmFixture::group_path("g");
  const auto refused = [&](std::string_view path) { return shown(lab_.get(fmt::format("{}{}", path, version))); };
  EXPECT_THAT(refused(group + "/providers/Microsoft.Nope/x"), StartsWith(error(404, "InvalidResourceNamespace")));
  EXPECT_THAT(refused(group + "/providers/Microsoft.Test/nope/x"), StartsWith(error(404, "InvalidResourceType")));
  EXPECT_THAT(refused(group + "/providers/Microsoft.Test/things/a/parts/b"),
              HasSubstr("The resource type 'things/parts' could not be found in the namespace 'Microsoft.Test' for api "
                        "version '2021-01-01'."));
  EXPECT_THAT(refused(group + "/providers/Microsoft.Test/things/a/parts"),
              HasSubstr("The resource type 'things/parts'"));
  EXPECT_THAT(refused("/nowhere"), StartsWith(error(404, "NotFound")));
  EXPECT_THAT(refused("/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.Test/"
                      "things/a"),
              StartsWith(error(404, "SubscriptionNotFound")));
  const auto other = ArmFixture::group_path("other") + "/providers/Microsoft.Test/things";
  EXPECT_THAT(refused(other), StartsWith(error(404, "ResourceGroupNotFound")));
  EXPECT_THAT(refused(other + "/a"), StartsWith(error(404, "ResourceGroupNotFound")));
  EXPECT_THAT(shown(lab_.put(fmt::format("{}/a{}", other, version), R"({"kind":"Round"})")),
              StartsWith(error(404, "ResourceGroupNotFound")));
}

TEST_F(FaceTest, AWrongMethodIsReported) {
  const auto reply = lab_.post(thing("a"));
  EXPECT_THAT(shown(reply), StartsWith(error(405, "MethodNotAllowed")));
  EXPECT_THAT(reply.headers.get("Allow"), Optional(std::string_view("GET, PUT, PATCH, DELETE")));
}

TEST_F(FaceTest, WhatIsNotOfferedSaysWhy) {
  const auto reply = lab_.post(thing("a/move"));
  EXPECT_THAT(shown(reply), StartsWith(error(501, "NotSupported")));
  EXPECT_THAT(reply.body, HasSubstr("things stay."));
}

TEST_F(FaceTest, RefusesBodiesByName) {
  struct Case {
    std::string_view body;
    std::string_view code;
    std::string_view target;
  };
  const Case cases[] = {
      {"", "InvalidRequestContent", ""},
      {"{", "InvalidRequestContent", ""},
      {"[]", "InvalidRequestContent", ""},
      {R"({"kind":"Round","size":"3"})", "InvalidRequestContent", "size"},
      {R"({"kind":"Round","size":4294967296})", "InvalidRequestContent", "size"},
      {R"({"kind":"Oval"})", "InvalidParameter", "kind"},
      {R"({"size":1})", "MissingRequiredProperty", "kind"},
  };
  for (const auto& one : cases) {
    const auto reply = lab_.put(thing("a"), one.body);
    EXPECT_THAT(shown(reply), StartsWith(error(400, one.code))) << one.body;
    if (!one.target.empty()) {
      EXPECT_THAT(reply.body, EndsWith(fmt::format("\"target\":\"{}\"}}}}", one.target))) << one.body;
    }
  }
  auto form = lab_.request(put, thing("a"), "{}");
  form.headers.set("Content-Type", "application/x-www-form-urlencoded");
  EXPECT_THAT(shown(lab_.send(form, "{}")), StartsWith(error(415, "UnsupportedMediaType")));
  EXPECT_THAT(shown(lab_.put(thing("a"), std::string(5 * kMiB, ' '))),
              StartsWith(error(413, "RequestContentTooLarge")));
  EXPECT_TRUE(things_.things.empty());
}

TEST_F(FaceTest, APatchChangesWhatItNames) {
  lab_.put(thing("a"), R"({"kind":"Round","size":3})");
  EXPECT_EQ(lab_.patch(thing("a"), R"({"size":4})").body, R"({"name":"a","kind":"Round","size":4})");
  EXPECT_EQ(lab_.patch(thing("a"), R"({"size":null})").body, R"({"name":"a","kind":"Round"})");
}

TEST_F(FaceTest, CausesAreNotPublished) {
  const auto broken = lab_.post(thing("io/fail"));
  EXPECT_THAT(shown(broken), StartsWith(error(500, "InternalServerError")));
  EXPECT_THAT(broken.body, testing::Not(HasSubstr("secret")));
  EXPECT_EQ(broken.cause, "cannot read /secret/path");
  EXPECT_EQ(broken.operation, "Things_Fail");
  const auto full = lab_.post(thing("space/fail"));
  EXPECT_THAT(shown(full), StartsWith(error(507, "InsufficientStorage")));
  EXPECT_TRUE(full.headers.get("Retry-After"));
  EXPECT_EQ(shown(lab_.post(thing("other/fail"))),
            R"(400 {"error":{"code":"InvalidParameter","message":"words","target":"here","more":"x"}})");
}

TEST_F(FaceTest, WalksListsByPages) {
  for (const auto* name : {"a", "b", "c", "d", "e"}) {
    lab_.put(thing(name), R"({"kind":"Square"})");
  }
  std::string target = thing("", "?$filter=x&api-version=2021-01-01");
  std::string seen;
  int pages = 0;
  while (!target.empty()) {
    ++pages;
    const auto reply = lab_.get(target);
    ASSERT_EQ(reply.status, 200) << reply.body;
    const auto page = wire::parse_stored<Page<Thing>>(reply.body).value();
    for (const auto& one : page.value) {
      seen += one.name;
    }
    target.clear();
    if (page.next_link) {
      EXPECT_THAT(*page.next_link, StartsWith("https://localhost:8443/subscriptions/"));
      EXPECT_THAT(*page.next_link, HasSubstr("$filter=x&api-version=2021-01-01&$skipToken="));
      target = page.next_link->substr(ArmFixture::kBase.size());
    }
  }
  EXPECT_EQ(seen, "abcde");
  EXPECT_EQ(pages, 3);
  for (const auto* bad : {"$top=0", "$top=3", "$top=x", "$top=", "$skipToken=abc", "$skiptoken=!"}) {
    const auto reply = lab_.get(thing("", fmt::format("?api-version=2021-01-01&{}", bad)));
    EXPECT_THAT(shown(reply), StartsWith(error(400, "InvalidParameter"))) << bad;
  }
  EXPECT_EQ(wire::parse_stored<Page<Thing>>(lab_.get(thing("", "?api-version=2021-01-01&%24top=1")).body)
                .value()
                .value.size(),
            1u);
}

TEST_F(FaceTest, CountsWhatIsLeftOfTheHour) {
  const auto left = [&] {
    return std::string(*lab_.get(thing("a")).headers.get("x-ms-ratelimit-remaining-subscription-reads"));
  };
  EXPECT_EQ(left(), "11999");
  EXPECT_EQ(left(), "11998");
  lab_.clock.advance(31min);
  EXPECT_EQ(left(), "11999");
}

TEST_F(FaceTest, AnUnreadableNameIsRefusedWithAdvice) {
  const auto reply = lab_.get(ArmFixture::group_path("%ff") + "?api-version=2020-01-01");
  EXPECT_THAT(shown(reply), StartsWith(error(400, "InvalidParameter")));
  EXPECT_THAT(reply.body, testing::HasSubstr("The name '%ff' in the path is not UTF-8. Encode it as UTF-8"));
}

TEST_F(FaceTest, TheHttpServersRefusalsHaveTheSameForm) {
  const auto reply = lab_.face->refuse(lab_.request(get, "/"), 431, "head too long");
  EXPECT_EQ(reply.status, 431);
  EXPECT_THAT(reply.body, StartsWith(R"({"error":{"code":"BadRequest")"));
  EXPECT_EQ(reply.cause, "head too long");
  const auto busy = lab_.face->refuse(lab_.request(get, "/"), 503, "out of memory");
  EXPECT_EQ(busy.status, 503);
  EXPECT_THAT(busy.body, StartsWith(R"({"error":{"code":"ServiceUnavailable")"));
  EXPECT_TRUE(busy.headers.get("Retry-After"));
}

TEST(ArmErrors, EveryRowIsPublishableAndEveryKindHasOne) {
  for (const auto* row : kRows) {
    EXPECT_TRUE(row->status >= 400 && row->status < 600) << row->code;
    EXPECT_FALSE(row->code.empty());
    EXPECT_FALSE(row->sentence.empty());
  }
  for (int kind = 0; kind <= static_cast<int>(Errc::unsupported); ++kind) {
    EXPECT_FALSE(generic_row(static_cast<Errc>(kind)).code.empty());
  }
}

TEST(ArmDocument, SaysWhatIsOfferedAndWhatIsNot) {
  const auto page = document(kProvider);
  EXPECT_THAT(page,
              HasSubstr("| Things_Get | GET `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/"
                        "providers/Microsoft.Test/things/{thingName}` | 2020-01-01 | `Microsoft.Test/things/read` |"));
  EXPECT_THAT(page, HasSubstr("## Refused on purpose"));
  EXPECT_THAT(page, HasSubstr("| Things_Move | POST `/subscriptions/"));
}

}  // namespace
}  // namespace quaymaster::arm
