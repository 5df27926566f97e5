#include "standin/plane.h"

#include <gmock/gmock.h>

#include "api/document.h"
#include "base/encode.h"
#include "http/server/loops.h"
#include "testing/arm/golden.h"
#include "testing/base/manual_clock.h"

namespace quaymaster::standin {
namespace {

using testing::HasSubstr;
using enum http::Method;

class TextBody final : public http::Body {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  http::Task<Result<Bytes>> next() override {
    if (std::exchange(given_, true)) {
      co_return Bytes{};
    }
    co_return as_bytes(text_);
  }

 private:
  std::string text_;
  bool given_ = false;
};

/// Records its calls.
class KeptStates final : public StateStore {
 public:
  Result<std::string> list_states() override { return std::string("list"); }
  Result<std::string> save_state(std::string_view name) override { return fmt::format("save {}", name); }
  Result<std::string> load_state(std::string_view name) override { return unsupported("load {}", name); }
  Result<std::string> delete_state(std::string_view name) override { return not_found("delete {}", name); }
  Result<std::string> reset() override { return busy("reset"); }
};

class PlaneTest : public testing::Test {
 protected:
  http::Reply ask(http::Method method, std::string path, std::string text = "", std::string query = "") {
    return ask_with({{"Content-Type", "application/json"}}, method, std::move(path), std::move(text), query);
  }
  using Fields = std::vector<std::pair<std::string, std::string>>;
  http::Reply ask_with(const Fields& fields, http::Method method, std::string path, std::string text = "",
                       const std::string& query = "") {
    http::Request request;
    request.method = method;
    request.raw_path = std::move(path);
    request.secure = true;
    request.headers.add("Host", "localhost:8443");
    for (const auto& [name, value] : fields) {
      request.headers.add(name, value);
    }
    if (!query.empty()) {
      request.query.emplace_back(query.substr(0, query.find('=')), query.substr(query.find('=') + 1));
    }
    TextBody body(std::move(text));
    http::Reply reply;
    auto work = [&]() -> http::Task<> { reply = co_await plane_.handle(request, body); };
    loops_.run(work);
    return reply;
  }

  ManualClock machine_{parse_time("2026-11-23T12:00:00Z").value()};
  SteeredClock clock_{machine_};
  Faults faults_;
  RequestLog log_;
  KeptStates states_;
  http::Loops loops_;  // outlives the pool
  ThreadPool pool_{"plane", 1};
  Plane plane_{{clock_, faults_, log_, states_, pool_}};
};

TEST_F(PlaneTest, ItsPageIsMadeFromItsRows) {
  EXPECT_EQ(arm::compare_golden(api::document_file(kAdminPage), document_admin_operations()), "");
}

TEST_F(PlaneTest, ControlsTheClock) {
  EXPECT_EQ(ask(get, "/_quaymaster/clock").body, R"({"now":"2026-11-23T12:00:00Z","frozen":false,"scale":1})");
  const auto steered =
      ask(put, "/_quaymaster/clock", R"({"set":"2027-01-01T00:00:00Z","advance":"P1D","frozen":true})");
  EXPECT_EQ(steered.status, 200) << steered.body;
  EXPECT_EQ(steered.body, R"({"now":"2027-01-02T00:00:00Z","frozen":true,"scale":1})");
  EXPECT_EQ(ask(put, "/_quaymaster/clock", R"({"follow":true})").body,
            R"({"now":"2026-11-23T12:00:00Z","frozen":false,"scale":1})");
}

TEST_F(PlaneTest, RefusesWebPages) {
  const Fields foreign[] = {{{"Origin", "https://evil.example"}},  {{"Origin", "null"}},
                            {{"Origin", "http://localhost:8443"}}, {{"Origin", "https://localhost:3000"}},
                            {{"Origin", "https://localhost"}},     {{"Sec-Fetch-Site", "cross-site"}},
                            {{"Sec-Fetch-Site", "same-site"}}};
  for (auto fields : foreign) {
    fields.emplace_back("Content-Type", "application/json");
    EXPECT_EQ(ask_with(fields, get, "/_quaymaster/log").status, 403) << fields.front().second;
    EXPECT_EQ(ask_with(fields, post, "/_quaymaster/state/x/load").status, 403) << fields.front().second;
    EXPECT_EQ(ask_with(fields, put, "/_quaymaster/clock", R"({"frozen":true})").status, 403) << fields.front().second;
  }
  const std::string order = R"({"name":"busy","request":{"path":"*"},"status":429})";
  for (const auto* type :
       {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "text/plain; application/json"}) {
    const auto refused = ask_with({{"Content-Type", type}}, post, "/_quaymaster/faults", order);
    EXPECT_EQ(refused.status, 415) << type;
    EXPECT_THAT(refused.body, HasSubstr("Content-Type: application/json")) << "says what to do next";
  }
  EXPECT_EQ(ask_with({}, post, "/_quaymaster/reset").status, 415) << "nor one without a content";
  EXPECT_EQ(ask_with({}, del, "/_quaymaster/faults").status, 415);
  EXPECT_EQ(clock_.state().frozen, false);
  EXPECT_EQ(ask(get, "/_quaymaster/faults").body, R"({"value":[]})");
  const Fields ours{{"Origin", "https://LocalHost:8443"},
                    {"Sec-Fetch-Site", "same-origin"},
                    {"Content-Type", "Application/JSON ; charset=utf-8"}};
  EXPECT_EQ(ask_with(ours, post, "/_quaymaster/faults", order).status, 200);
  EXPECT_EQ(ask_with({}, get, "/_quaymaster/clock").status, 200) << "looking needs nothing";
}

TEST_F(PlaneTest, AcceptsFaults) {
  const std::string order = R"({"name":"busy","request":{"path":"*"},"status":429})";
  EXPECT_EQ(ask(post, "/_quaymaster/faults", order).status, 200);
  EXPECT_EQ(ask(post, "/_quaymaster/faults", order).status, 409);
  EXPECT_THAT(ask(get, "/_quaymaster/faults").body, HasSubstr("\"busy\""));
  EXPECT_EQ(ask(del, "/_quaymaster/faults/busy").status, 200);
  EXPECT_EQ(ask(del, "/_quaymaster/faults/busy").status, 404);
  EXPECT_EQ(ask(post, "/_quaymaster/faults", order).status, 200);
  EXPECT_EQ(ask(del, "/_quaymaster/faults").status, 200);
  EXPECT_EQ(ask(get, "/_quaymaster/faults").body, R"({"value":[]})");
}

TEST_F(PlaneTest, ShowsTheLog) {
  log_.answered({}, {.status = 200});
  log_.answered({}, {.status = 403, .cause = "no"});
  EXPECT_THAT(ask(get, "/_quaymaster/log", "", "after=1").body, HasSubstr("\"reason\":\"no\""));
  EXPECT_EQ(ask(get, "/_quaymaster/log", "", "after=2").body, R"({"value":[]})");
}

TEST_F(PlaneTest, PassesStatesOn) {
  EXPECT_EQ(ask(get, "/_quaymaster/state").body, "list");
  EXPECT_EQ(ask(put, "/_quaymaster/state/a%2Fb").body, "save a/b") << "names are judged by who keeps them";
  const auto load = ask(post, "/_quaymaster/state/x/load");
  EXPECT_EQ(load.status, 409);
  EXPECT_THAT(load.body, HasSubstr(R"("message":"load x")"));
  EXPECT_EQ(ask(del, "/_quaymaster/state/x").status, 404);
  EXPECT_EQ(ask(post, "/_quaymaster/reset").status, 409);
}

TEST_F(PlaneTest, RefusesWhatItDoesNotUnderstand) {
  struct Case {
    http::Method method;
    std::string path;
    std::string body;
    std::string query;
    int status;
  };
  const Case cases[] = {
      {get, "/_quaymaster/nothing", "", "", 404},
      {post, "/_quaymaster/clock", "", "", 405},
      {put, "/_quaymaster/clock", "{", "", 400},
      {put, "/_quaymaster/clock", R"({"advance":"an hour"})", "", 400},
      {put, "/_quaymaster/clock", R"({"advanse":"PT1H"})", "", 400},
      {post, "/_quaymaster/faults", R"({"name":"a","request":{"pathh":"*"},"status":429})", "", 400},
      {put, "/_quaymaster/clock", R"({"scale":-1})", "", 400},
      {put, "/_quaymaster/clock", R"({"set":"soon"})", "", 400},
      {put, "/_quaymaster/clock", std::string(100 * kKiB, ' '), "", 413},
      {post, "/_quaymaster/faults", R"({"name":"x"})", "", 400},
      {get, "/_quaymaster/log", "", "after=-1", 400},
      {get, "/_quaymaster/%zz", "", "", 400},
  };
  for (const auto& one : cases) {
    const auto reply = ask(one.method, one.path, one.body, one.query);
    EXPECT_EQ(reply.status, one.status) << one.path << " " << one.body.substr(0, 40);
    EXPECT_THAT(reply.body, HasSubstr("\"error\":{\"code\"")) << one.path;
  }
}

}  // namespace
}  // namespace quaymaster::standin
