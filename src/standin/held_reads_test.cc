#include "standin/held_reads.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "http/pause.h"
#include "store/sqlite/open_sqlite.h"

namespace quaymaster::standin {
namespace {

States of(int status, std::string body) {
  http::Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return states_of(reply);
}

TEST(HeldReads, RecognizeStatesInProgress) {
  EXPECT_TRUE(of(200, R"({"name":"1","status":"InProgress"})").under_way);
  EXPECT_TRUE(of(200, R"({"properties":{"status":"Cancelling"}})").under_way);
  EXPECT_TRUE(of(200, R"({"properties":{"state":"Transferring","driveList":[{"state":"Completed"}]}})").under_way);
  EXPECT_TRUE(of(200, R"({"properties":{"provisioningState":"Updating"}})").under_way);
  EXPECT_TRUE(of(202, "").under_way);
}

TEST(HeldReads, LeaveEverythingElseAlone) {
  EXPECT_FALSE(of(200, R"({"properties":{"status":"Completed"}})").under_way);
  EXPECT_FALSE(of(200, R"({"properties":{"state":"Shipping"}})").under_way);
  EXPECT_FALSE(of(200, R"({"properties":{"provisioningState":"Succeeded"}})").under_way);
  EXPECT_FALSE(of(200, R"({"properties":{"lastBackupStatus":"InProgress"}})").under_way);
  EXPECT_FALSE(of(200, R"({"value":[{"properties":{"status":"InProgress"}}]})").under_way);
  EXPECT_FALSE(of(200, R"({"text":"\"status\":\"InProgress\""})").under_way);
  EXPECT_FALSE(of(404, R"({"error":{"status":"InProgress"}})").under_way);
  EXPECT_FALSE(of(204, "").under_way);
}

TEST(HeldReads, WaitForTheWholeNotForItsParts) {
  const auto begun = of(200, R"({"tasks":[{"status":"InProgress"},{"status":"NotStarted"}],"status":"InProgress"})");
  const auto later = of(200, R"({"tasks":[{"status":"Completed"},{"status":"InProgress"}],"status":"InProgress"})");
  EXPECT_EQ(begun.text, later.text);
  EXPECT_TRUE(later.under_way);
  EXPECT_NE(begun.text, of(200, R"({"tasks":[{"status":"Completed"}],"status":"Completed"})").text);
  EXPECT_FALSE(of(200, R"({"tasks":[{"status":"InProgress"}],"status":"Completed"})").under_way);
  // Braces and quotes inside a string are not structure.
  EXPECT_TRUE(of(200, R"({"text":"[\"[\\","status":"InProgress"})").under_way);
  EXPECT_FALSE(of(200, R"({"text":"\\","other":["\"]"],"text":"x)").under_way);
}

TEST(HeldReads, ClientsSayHowLongTheyWait) {
  const auto wait = [](std::string field) {
    http::Headers headers;
    headers.add("Prefer", std::move(field));
    return preferred_wait(headers);
  };
  EXPECT_EQ(wait("wait=0"), std::chrono::seconds{0});
  EXPECT_EQ(wait("respond-async, Wait=10"), std::chrono::seconds{10});
  EXPECT_EQ(wait("respond-async"), std::nullopt);
  EXPECT_EQ(wait("wait="), std::nullopt);
  EXPECT_EQ(preferred_wait({}), std::nullopt);
}

TEST(HeldReads, TellEveryClientToRetryAsSoonAsItCan) {
  const auto told = [](http::Method method, std::string_view status, std::string agent) {
    http::Request request;
    request.method = method;
    request.headers.add("User-Agent", std::move(agent));
    http::Reply reply;
    reply.body = fmt::format(R"({{"status":"{}"}})", status);
    return retry_after(request, reply);
  };
  const std::string go = "azsdk-go-armrecoveryservices/v1.6.0 (go1.26)",
                    java = "azsdk-java-recoveryservices/1.3.0 (17)";
  EXPECT_EQ(told(http::Method::put, "InProgress", go), "0");
  EXPECT_EQ(told(http::Method::get, "InProgress", go), "1");
  EXPECT_EQ(told(http::Method::get, "Succeeded", go), "0");
  EXPECT_EQ(told(http::Method::put, "InProgress", java), "1");
}

/// Answers "InProgress" until it is changed.
class Changing final : public http::Handler {
 public:
  http::Task<http::Reply> handle(http::Request&, http::Body&) override {
    asked += 1;
    http::Reply reply;
    reply.body = fmt::format(R"({{"status":"{}"}})", status);
    reply.headers.add("Retry-After", "30");
    co_return reply;
  }
  http::Reply refuse(const http::Request&, int, std::string_view) override { return {}; }
  std::string status = "InProgress";
  int asked = 0;
};

class NoBody final : public http::Body {
 public:
  http::Task<Result<Bytes>> next() override { co_return Bytes{}; }
};

TEST(HeldReads, KnowJobsByTheirPaths) {
  const std::string vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
  EXPECT_TRUE(is_job(vault + "/backupJobs/1"));
  EXPECT_TRUE(is_job(vault + "/BACKUPJOBS/1"));
  EXPECT_TRUE(is_job("/subscriptions/s/resourceGroups/g/providers/Microsoft.ImportExport/jobs/j"));
  EXPECT_FALSE(is_job(vault + "/backupJobs"));
  EXPECT_FALSE(is_job(vault + "/backupJobs/1/operationResults/2"));
  EXPECT_FALSE(is_job(vault + "/backupOperations/1"));
  EXPECT_FALSE(is_job("jobs"));
  EXPECT_FALSE(is_job(""));
}

class HeldReadsOverRecords : public testing::Test {
 protected:
  void look_at(std::string path, std::string caller, std::string command = "") {
    path_ = std::move(path);
    caller_ = std::move(caller);
    command_ = std::move(command);
  }
  /// While the request is held, `meanwhile` runs on the loop, 20 ms after the first read.
  http::Reply ask(HeldReads& held, std::string prefer, const std::function<void()>& meanwhile) {
    http::Request request;
    request.method = http::Method::get;
    request.raw_path = path_;
    request.headers.add("Authorization", caller_);
    request.headers.add("CommandName", command_);
    if (!prefer.empty()) {
      request.headers.add("Prefer", std::move(prefer));
    }
    NoBody body;
    http::Reply reply;
    boost::asio::io_context context;
    auto work = [&]() -> http::Task<> { reply = co_await held.handle(request, body); };
    auto other = [&]() -> http::Task<> {
      co_await http::pause(std::chrono::milliseconds{20});
      meanwhile();
    };
    const auto rethrow = [](const std::exception_ptr& thrown) { ASSERT_EQ(thrown, nullptr); };
    boost::asio::co_spawn(context, work(), rethrow);
    boost::asio::co_spawn(context, other(), rethrow);
    context.run();
    return reply;
  }
  void change() {
    ASSERT_TRUE(database_->write([](store::Writer& writer) -> Result<> {
      TRY(writer.change("INSERT INTO t VALUES (1)"));
      return ok();
    }));
  }

  const Path file_ = std::filesystem::temp_directory_path() / fmt::format("held-reads-{}.db", ::getpid());
  const std::unique_ptr<store::Database> database_ = [&] {
    std::filesystem::remove(file_);
    static constexpr std::array<std::string_view, 1> kSteps{"CREATE TABLE t (a INTEGER)"};
    const std::array<store::Schema, 1> schemas{store::Schema{"test", kSteps}};
    return store::open_sqlite(file_, schemas).value();
  }();
  Changing inner_;
  std::string path_ = "/vaults/v/backupOperations/1";
  std::string caller_ = "Bearer a";
  std::string command_;
};

TEST_F(HeldReadsOverRecords, TheFirstReadOfAJobIsAnsweredAtOnceAndLaterOnesAreHeld) {
  HeldReads held(inner_, *database_, std::chrono::seconds{30});
  const auto never = [] {};
  const auto end = [&] {
    inner_.status = "Completed";
    change();
  };
  look_at("/vaults/v/backupJobs/1", "Bearer a");
  EXPECT_EQ(ask(held, "", never).body, R"({"status":"InProgress"})");
  look_at("/vaults/v/backupJobs/1", "Bearer b");
  EXPECT_EQ(ask(held, "", never).body, R"({"status":"InProgress"})") << "another caller";
  look_at("/vaults/v/BackupJobs/1", "Bearer a");
  EXPECT_EQ(ask(held, "", end).body, R"({"status":"Completed"})");
  inner_.status = "InProgress";
  look_at("/vaults/v/backupJobs/2", "Bearer a", "backup job wait");
  EXPECT_EQ(ask(held, "", end).body, R"({"status":"Completed"})") << "it came to wait";
}

TEST_F(HeldReadsOverRecords, AnswersWhenTheStateHasChanged) {
  HeldReads held(inner_, *database_, std::chrono::seconds{30});
  const auto begin = steady_seconds();
  const auto reply = ask(held, "", [&] {
    change();  // of something else: the read is not answered yet
    inner_.status = "Completed";
    change();
  });
  EXPECT_EQ(reply.body, R"({"status":"Completed"})");
  EXPECT_EQ(reply.headers.get("Retry-After"), "0");
  EXPECT_LT(steady_seconds() - begin, 15);
}

TEST_F(HeldReadsOverRecords, AsksAgainOnlyAfterACommit) {
  HeldReads held(inner_, *database_, std::chrono::milliseconds{100});
  EXPECT_EQ(ask(held, "", [] {}).body, R"({"status":"InProgress"})");
  EXPECT_EQ(inner_.asked, 1);
  EXPECT_EQ(ask(held, "", [&] { change(); }).body, R"({"status":"InProgress"})");
  EXPECT_EQ(inner_.asked, 3);
}

TEST_F(HeldReadsOverRecords, AnswersWhenTheServerStopsOrTheClientDoesNotWait) {
  HeldReads held(inner_, *database_, std::chrono::hours{1});
  EXPECT_EQ(ask(held, "wait=0", [] {}).body, R"({"status":"InProgress"})");
  EXPECT_EQ(ask(held, "", [&] { held.release_held(true); }).body, R"({"status":"InProgress"})");
}

}  // namespace
}  // namespace quaymaster::standin
