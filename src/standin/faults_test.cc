#include "standin/faults.h"

#include <gmock/gmock.h>

#include "http/server/loops.h"

namespace quaymaster::standin {
namespace {

using testing::HasSubstr;

http::Request get(std::string path) {
  http::Request request;
  request.method_text = "GET";
  request.raw_path = std::move(path);
  return request;
}

Fault throttle(std::string name) {
  Fault fault;
  fault.name = std::move(name);
  fault.request = RequestMatch{"GET", "*/backupjobs/*"};
  fault.status = 429;
  return fault;
}

TEST(Faults, MeetTheNextRequestsThatMatchInOrder) {
  Faults faults;
  auto first = throttle("first");
  first.skip = 1;
  first.times = 2;
  ASSERT_TRUE(faults.add(first));
  ASSERT_TRUE(faults.add(throttle("second")));
  const auto request = get("/x/backupJobs/1");
  EXPECT_FALSE(faults.meet(get("/x/backupPolicies/1")));
  std::vector<std::string> met;
  for (int i = 0; i < 5; ++i) {
    const auto fault = faults.meet(request);
    met.push_back(fault ? fault->name : "");
  }
  // The first lets one request pass, which the second then hits.
  EXPECT_EQ(met, (std::vector<std::string>{"second", "first", "first", "", ""}));
  EXPECT_EQ(faults.list()[0].met, 2);
}

TEST(Faults, DrawTheSameEveryTime) {
  const auto draw = [] {
    Faults faults;
    auto fault = throttle("sometimes");
    fault.probability = 0.5;
    fault.times = 1000;
    fault.seed = 7;
    EXPECT_TRUE(faults.add(fault));
    std::string met;
    for (int i = 0; i < 64; ++i) {
      met += faults.meet(get("/x/backupJobs/1")) ? '1' : '0';
    }
    return met;
  };
  const auto once = draw();
  EXPECT_EQ(once, draw());
  EXPECT_THAT(once, HasSubstr("1"));
  EXPECT_THAT(once, HasSubstr("0"));
}

TEST(Faults, FailAStepWithTheCodeThatWasOrdered) {
  Faults faults;
  Fault fault;
  fault.name = "snapshot";
  fault.step = StepMatch{"Backup", "Take Snapshot"};
  fault.code = "UserErrorFsFreezeFailed";
  fault.message = "The file systems could not be frozen {}.";
  ASSERT_TRUE(faults.add(fault));
  jobs::Record job;
  job.kind = "backup";
  EXPECT_TRUE(faults.before_step(job, "Transfer data to vault"));
  const auto failed = faults.before_step(job, "take snapshot");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().published()->row->code, "UserErrorFsFreezeFailed");
  EXPECT_EQ(failed.error().published()->message, fault.message);
  EXPECT_TRUE(faults.before_step(job, "Take Snapshot"));
}

TEST(Faults, RefuseOrdersThatMeanNothing) {
  Faults faults;
  struct Case {
    Fault fault;
    std::string_view says;
  };
  std::vector<Case> cases;
  const auto bad = [&](std::string_view says, const std::function<void(Fault&)>& spoil) {
    cases.push_back({throttle("bad"), says});
    spoil(cases.back().fault);
  };
  bad("'name'", [](Fault& f) { f.name = ""; });
  bad("one of 'request', 'step' and 'drive'", [](Fault& f) { f.request.reset(); });
  bad("one of 'request', 'step' and 'drive'", [](Fault& f) { f.step = StepMatch{"Backup", {}}; });
  bad("'times'", [](Fault& f) { f.times = 0; });
  bad("'skip'", [](Fault& f) { f.skip = -1; });
  bad("'probability'", [](Fault& f) { f.probability = 0; });
  bad("'status'", [](Fault& f) { f.status = 200; });
  bad("'delayMilliseconds'", [](Fault& f) { f.delay_milliseconds = -5; });
  bad("answered with 'status', cut, or delayed", [](Fault& f) { f.status.reset(); });
  bad("answered with 'status', cut, or delayed", [](Fault& f) { f.cut = true; });
  bad("'kill' belongs to steps", [](Fault& f) { f.kill = true; });
  bad("belong to requests", [](Fault& f) {
    f.request.reset();
    f.step = StepMatch{"Backup", {}};
  });
  bad("either fails with 'code' or has 'kill'", [](Fault& f) {
    f.request.reset();
    f.status.reset();
    f.step = StepMatch{"Backup", {}};
  });
  for (const auto& one : cases) {
    const auto refused = faults.add(one.fault);
    ASSERT_FALSE(refused) << one.says;
    EXPECT_THAT(refused.error().cause(), HasSubstr(one.says));
  }
  ASSERT_TRUE(faults.add(throttle("twice")));
  EXPECT_EQ(faults.add(throttle("twice")).error().kind(), Errc::conflict);
  EXPECT_EQ(faults.remove("never").error().kind(), Errc::not_found);
  EXPECT_TRUE(faults.remove("twice"));
  EXPECT_TRUE(faults.list().empty());
}

TEST(Faults, RefuseStepsThatNoJobHas) {
  Faults faults;
  faults.know({{"rs_backup", {"back_up"}}, {"import_drive", {"begin", "copy"}}});
  const auto order = [&](std::string name, std::string kind, std::optional<std::string> step) {
    Fault fault;
    fault.name = std::move(name);
    fault.step = StepMatch{std::move(kind), std::move(step)};
    fault.code = "Ordered";
    return faults.add(std::move(fault));
  };
  EXPECT_EQ(order("a", "backup", {}).error().cause(),
            "there are no jobs of the kind 'backup', but import_drive, rs_backup");
  EXPECT_EQ(order("b", "import_drive", "back_up").error().cause(),
            "jobs of the kind 'import_drive' have no step 'back_up', but begin, copy");
  EXPECT_TRUE(faults.list().empty());
  EXPECT_TRUE(order("c", "Import_Drive", "COPY"));
  EXPECT_TRUE(order("d", "rs_backup", {}));
}

class NoBody final : public http::Body {
 public:
  http::Task<Result<Bytes>> next() override { co_return Bytes{}; }
};

/// Answers nothing: the fault must apply first.
class Nothing final : public http::Handler {
 public:
  http::Task<http::Reply> handle(http::Request&, http::Body&) override { co_return http::Reply{}; }
  http::Reply refuse(const http::Request&, int, std::string_view) override { return {}; }
};

TEST(Faults, AnswerInTheFormOfTheFace) {
  Faults faults;
  auto fault = throttle("busy");
  fault.code = "ServerBusy";
  fault.message = "<later>";
  fault.times = 2;
  ASSERT_TRUE(faults.add(fault));
  Nothing inner;
  const auto answered = [&](FaultyFace::Errors errors) {
    FaultyFace face(inner, faults, errors);
    auto request = get("/x/backupJobs/1");
    NoBody body;
    http::Reply reply;
    http::Loops loops;
    auto work = [&]() -> http::Task<> { reply = co_await face.handle(request, body); };
    loops.run(work);
    return reply;
  };
  const auto json = answered(FaultyFace::Errors::json);
  EXPECT_EQ(json.body, R"({"error":{"code":"ServerBusy","message":"<later>"}})");
  const auto xml = answered(FaultyFace::Errors::xml);
  EXPECT_EQ(xml.headers.get("Content-Type"), "application/xml");
  EXPECT_EQ(xml.body, R"(<?xml version="1.0" encoding="utf-8"?><Error><Code>ServerBusy</Code>)"
                      "<Message>&lt;later&gt;</Message></Error>");
}

TEST(Faults, PatternsTakeStarsAnywhere) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("/a*c/*", "/ABBC/"));
  EXPECT_TRUE(matches("*jobs*", "/x/backupJobs/1"));
  EXPECT_TRUE(matches("a*b*c", "aXbXbXc"));
  EXPECT_FALSE(matches("a*b", "abc"));
  EXPECT_FALSE(matches("", "a"));
}

}  // namespace
}  // namespace quaymaster::standin
