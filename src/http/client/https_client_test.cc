#include "http/client/https_client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "http/server/certificate.h"
#include "http/server/server.h"

namespace quaymaster::http {
namespace {

TEST(Address, TakesAServerAndNothingElse) {
  const auto address = parse_address("https://localhost:8443").value();
  EXPECT_EQ(address.host, "localhost");
  EXPECT_EQ(address.port, "8443");
  EXPECT_EQ(parse_address("https://h/").value().port, "443");
  EXPECT_EQ(parse_address("https://[::1]:9").value().host, "::1");
  EXPECT_EQ(parse_address("https://[::1]").value().port, "443");
  for (const char* url : {"", "http://h", "https://", "https://h/p", "https://h:", "https://h:1x", "https://[::1"}) {
    EXPECT_FALSE(parse_address(url)) << url;
  }
}

struct AnswerCase {
  const char* text;
  int status;
  const char* body;
};

TEST(Answer, IsParsedInEveryFraming) {
  const AnswerCase cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab"},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"HTTP/1.1 200 OK\r\n\r\nto the end", 200, "to the end"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n", 200, "abc"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nx", 404, "x"},
  };
  for (const auto& [text, status, body] : cases) {
    const auto answer = parse_answer(text);
    ASSERT_TRUE(answer) << text;
    EXPECT_EQ(answer.value().status, status) << text;
    EXPECT_EQ(answer.value().body, body) << text;
  }
}

TEST(Answer, KeepsItsHeaders) {
  const auto answer = parse_answer("HTTP/1.1 202 Accepted\r\nLocation: https://H/a?B=c\r\nX: \r\n\r\n").value();
  EXPECT_EQ(answer.header("location"), "https://H/a?B=c");
  EXPECT_EQ(answer.header("retry-after"), "");
}

TEST(Answer, ThatIsCutShortIsCorrupt) {
  for (const char* text : {"", "HTTP/1.1", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
                           "HTTP/1.1 100 C\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab\r\n"}) {
    const auto answer = parse_answer(text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().kind(), Errc::corrupt) << text;
  }
}

class Echo final : public http::Handler {
 public:
  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override {
    http::Reply reply;
    const auto text = co_await http::read_all(body, kMiB);
    reply.body = request.method_text + " " + request.raw_path + " " +
                 std::string(request.headers.get("X-A").value_or("")) + " " + (text ? text.value() : "");
    co_return reply;
  }
};

class HttpsTest : public testing::Test {
 protected:
  HttpsTest() : authority_(std::filesystem::path(testing::TempDir()) / fmt::format("ca-{}.pem", ::getpid())) {
    const auto authority = http::make_authority("test", {"localhost", "127.0.0.1"}, clock_.now()).value();
    const auto issued = http::issue_certificate(authority, {"localhost"}, clock_.now()).value();
    std::ofstream(authority_) << authority.certificate;
    http::Options options;
    options.threads = 1;
    options.clock = &clock_;
    options.random = &random_;
    http::Listener listener;
    listener.handler = &echo_;
    listener.tls = http::TlsIdentity{issued.certificate, issued.private_key};
    server_ = http::Server::start(options, {listener}).value();
  }
  ~HttpsTest() override { std::filesystem::remove(authority_); }

  Address at(const std::string& host) { return {host, std::to_string(server_->port(0))}; }

  SystemClock clock_;
  SystemRandom random_;
  Echo echo_;
  std::string authority_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(HttpsTest, ExchangesARequest) {
  const auto answer = https_exchange(at("localhost"), authority_, "PUT", "/p", {"X-A: 1"}, "body");
  ASSERT_TRUE(answer) << answer.error().cause();
  EXPECT_EQ(answer.value().body, "PUT /p 1 body");
}

TEST_F(HttpsTest, RefusesACertificateForAnotherName) {
  const auto answer = https_exchange(at("127.0.0.1"), authority_, "GET", "/", {}, "");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), Errc::unauthenticated) << answer.error().cause();
}

TEST_F(HttpsTest, RefusesACertificateOfAnotherAuthority) {
  std::ofstream(authority_)
      << http::make_authority("other", {"localhost", "127.0.0.1"}, clock_.now()).value().certificate;
  const auto answer = https_exchange(at("localhost"), authority_, "GET", "/", {}, "");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), Errc::unauthenticated) << answer.error().cause();
}

TEST_F(HttpsTest, SaysThatNobodyListens) {
  const auto address = at("localhost");
  server_.reset();
  const auto answer = https_exchange(address, authority_, "GET", "/", {}, "");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), Errc::io);
}

}  // namespace
}  // namespace quaymaster::http
