#include "server/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quaymaster::server {
namespace {

using testing::HasSubstr;

http::Exchange exchange(int status, double seconds, std::uint64_t in, std::uint64_t out) {
  http::Exchange made;
  made.status = status;
  made.seconds = seconds;
  made.bytes_in = in;
  made.bytes_out = out;
  return made;
}

TEST(Metrics, CountsByFaceAndStatusInBucketsThatGrow) {
  Metrics metrics;
  metrics.count(FaceName::arm, exchange(200, 0.0002, 1, 10));
  metrics.count(FaceName::arm, exchange(200, 0.02, 2, 20));
  metrics.count(FaceName::arm, exchange(404, 100, 0, 5));
  auto cut = exchange(200, 0.1, 0, 0);
  cut.failure = "the peer went away";
  metrics.count(FaceName::blob, cut);
  const auto text = metrics.text();
  for (const char* line : {
           "quaymaster_http_requests_total{face=\"arm\",status=\"200\"} 2\n",
           "quaymaster_http_requests_total{face=\"arm\",status=\"404\"} 1\n",
           "quaymaster_http_request_seconds_bucket{face=\"arm\",le=\"0.0001\"} 0\n",
           "quaymaster_http_request_seconds_bucket{face=\"arm\",le=\"0.00025\"} 1\n",
           "quaymaster_http_request_seconds_bucket{face=\"arm\",le=\"30\"} 2\n",
           "quaymaster_http_request_seconds_bucket{face=\"arm\",le=\"+Inf\"} 3\n",
           "quaymaster_http_request_seconds_count{face=\"arm\"} 3\n",
           "quaymaster_http_received_bytes_total{face=\"arm\"} 3\n",
           "quaymaster_http_sent_bytes_total{face=\"arm\"} 35\n",
           "quaymaster_http_cut_total{face=\"blob\"} 1\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Metrics, AsksGaugesWhenScraped) {
  Metrics metrics;
  double value = 1;
  metrics.add_gauge("quaymaster_jobs", "Jobs.", [&](Metrics::Values& values) {
    values.emplace_back("state=\"running\"", value);
    values.emplace_back("", 7);
  });
  value = 3;
  EXPECT_THAT(metrics.text(), HasSubstr("# HELP quaymaster_jobs Jobs.\n# TYPE quaymaster_jobs gauge\n"
                                        "quaymaster_jobs{state=\"running\"} 3\nquaymaster_jobs 7\n"));
}

}  // namespace
}  // namespace quaymaster::server
