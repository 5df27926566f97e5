#include "cli/jobs/job_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace quaymaster::cli {
namespace {

using testing::HasSubstr;

double next_second() {
  static double seconds = 0;
  return ++seconds;
}

JobView job(const std::string& state, std::int64_t percent, std::int64_t bytes, const std::string& drive_state) {
  JobView view;
  view.name = "j1";
  view.properties.job_type = "Import";
  view.properties.state = state;
  view.properties.percent_complete = percent;
  JobDrive drive;
  drive.drive_id = "D1";
  drive.state = drive_state;
  drive.bytes_succeeded = bytes;
  drive.manifest_uri = "http://h/m.xml";
  view.properties.drives.push_back(drive);
  return view;
}

class WatchTest : public testing::Test {
 protected:
  Result<int> watch(std::deque<Result<JobView>> looks, WatchOptions options = {}) {
    terminal_.out = [this](std::string_view text) { out_ += text; };
    terminal_.err = [this](std::string_view text) { err_ += text; };
    auto get = [&looks]() -> Result<JobView> {
      auto look = looks.front();
      if (looks.size() > 1) {
        looks.pop_front();
      }
      return look;
    };
    return watch_job(get, [this] { ++waits_; }, &next_second, terminal_, options);
  }

  int waits_ = 0;
  Terminal terminal_;
  std::string out_, err_;
};

TEST_F(WatchTest, ShowsEveryChangeAndTheEnd) {
  const auto code =
      watch({job("Shipping", 0, 0, "Specified"), job("Shipping", 0, 0, "Specified"),
             job("Transferring", 25, 1048576, "Transferring"), job("Transferring", 50, 2097152, "Transferring"),
             job("Completed", 100, 4194304, "Completed")});
  EXPECT_EQ(code.value(), 0);
  EXPECT_EQ(waits_, 4);
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 4) << "a line a change: " << err_;
  EXPECT_THAT(err_, HasSubstr("Transferring  [############............]  50 %     2.0 MiB  1.0 MiB/s  0:0"));
  EXPECT_THAT(out_, HasSubstr("j1  Import  Completed  100 %  4.0 MiB\n  drive D1  Completed"));
  EXPECT_THAT(out_, HasSubstr("manifest: http://h/m.xml"));
}

TEST_F(WatchTest, RewritesItsLineOnATerminal) {
  terminal_.is_terminal = true;
  ASSERT_TRUE(watch({job("Transferring", 50, 1, "Transferring"), job("Completed", 100, 2, "Completed")}));
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1);
  EXPECT_TRUE(err_.starts_with("\rTransferring"));
}

TEST_F(WatchTest, DistinguishesFullFromPartialSuccess) {
  auto cancelled = job("Completed", 100, 1, "Completed");
  cancelled.properties.cancel_requested = true;
  EXPECT_EQ(watch({job("Completed", 100, 1, "CompletedMoreInfo")}).value(), 3);
  EXPECT_EQ(watch({job("Closed", 100, 1, "Completed")}).value(), 3);
  EXPECT_EQ(watch({cancelled}).value(), 3);
}

TEST_F(WatchTest, WritesJsonLinesForScripts) {
  WatchOptions options;
  options.json = true;
  ASSERT_TRUE(watch({job("Completed", 100, 7, "Completed")}, options));
  EXPECT_EQ(out_, R"({"job":"j1","state":"Completed","percentComplete":100,"bytesSucceeded":7,"bytesPerSecond":0})"
                  "\n");
  EXPECT_EQ(err_, "");
}

TEST_F(WatchTest, OutlivesARestartOfTheServerAndNotItsEnd) {
  EXPECT_EQ(watch({io("gone"), io("gone"), job("Completed", 100, 1, "Completed")}).value(), 0);
  const auto gone = watch({io("gone")});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().cause(), "gone");
  EXPECT_EQ(watch({not_found("no such job")}).error().kind(), Errc::not_found);
}

TEST(JobView, KnowsItsGroup) {
  JobView view;
  view.id = "/subscriptions/s/resourceGroups/Group1/providers/Microsoft.ImportExport/jobs/j";
  EXPECT_EQ(view.group(), "Group1");
  view.id = "/subscriptions/s";
  EXPECT_EQ(view.group(), "");
}

TEST(JobPath, EncodesNames) {
  Connection connection;
  connection.subscription = "s";
  EXPECT_EQ(job_path(connection, "a b", "j/k"),
            "/subscriptions/s/resourceGroups/a%20b/providers/Microsoft.ImportExport/jobs/j%2Fk?api-version=2021-01-01");
}

}  // namespace
}  // namespace quaymaster::cli
