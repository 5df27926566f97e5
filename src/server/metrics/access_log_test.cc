#include "server/metrics/access_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace quaymaster::server {
namespace {

TEST(AccessLog, ALineHasTheResultButNotTheQuery) {
  http::Request request;
  request.method_text = "GET";
  request.raw_path = "/a";
  request.raw_query = "sig=secret";
  request.peer = "127.0.0.1";
  request.received = parse_time("2026-11-23T05:29:30Z").value();
  http::Exchange exchange;
  exchange.status = 403;
  exchange.bytes_out = 12;
  exchange.seconds = 0.0015;
  exchange.operation = "Blobs_Get";
  exchange.cause = "bad\nsignature";
  EXPECT_EQ(access_line(FaceName::blob, request, exchange),
            "2026-11-23T05:29:30.0000000Z access request=00000000-0000-0000-0000-000000000000 peer=127.0.0.1 face=blob "
            "GET /a status=403 in=0 out=12 ms=1.500 operation=Blobs_Get cause=\"bad?signature\"\n");
}

TEST(AccessLog, WritesEveryLineInOrder) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  std::string expected;
  {
    AccessLog log(ends[1], true);
    for (int i = 0; i < 1000; ++i) {
      const auto line = std::to_string(i) + "\n";
      expected += line;
      log.write(line);
    }
  }
  std::string read(expected.size() + 1, '\0');
  std::size_t size = 0;
  while (true) {
    const auto got = ::read(ends[0], read.data() + size, read.size() - size);
    if (got <= 0) {
      break;
    }
    size += static_cast<std::size_t>(got);
  }
  ::close(ends[0]);
  EXPECT_EQ(read.substr(0, size), expected);
}

TEST(AccessLog, OpensTheConfiguredTarget) {
  EXPECT_FALSE(AccessLog::open("off").value()->is_on());
  EXPECT_EQ(AccessLog::open("/does/not/exist/log").error().kind(), Errc::not_found);
  const auto path = std::filesystem::path(testing::TempDir()) / fmt::format("access-{}", ::getpid());
  AccessLog::open(path).value()->write("line\n");
  EXPECT_EQ(std::filesystem::file_size(path), 5U);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace quaymaster::server
