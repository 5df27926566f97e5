#include "server/pipeline.h"

#include <gtest/gtest.h>

#include "http/server/server.h"
#include "testing/http/raw_client.h"

namespace quaymaster::server {
namespace {

class Named final : public http::Handler {
 public:
  explicit Named(const char* name) : name_(name) {}
  http::Task<http::Reply> handle(http::Request& request, http::Body&) override {
    if (request.raw_path == "/throw") {
      throw std::runtime_error("a path in a cause: /etc/passwd");
    }
    http::Reply reply;
    reply.body = name_;
    co_return reply;
  }
  http::Reply refuse(const http::Request&, int status, std::string_view) override {
    http::Reply reply;
    reply.status = status;
    reply.body = std::string("refused by ") + name_;
    return reply;
  }

 private:
  const char* name_;
};

const std::vector<std::string> kNames{"localhost", "::1"};

class PipelineTest : public testing::Test {
 protected:
  void SetUp() override {
    faces_.arm = &arm_;
    faces_.sign_in = &sign_in_;
    faces_.blob = &blob_;
    faces_.is_sign_in = [](const http::Request& request) { return request.raw_path == "/token"; };
    for (const auto port : {Port::arm, Port::blob}) {
      pipelines_.push_back(std::make_unique<Pipeline>(
          port,
          Pipeline::Parts{faces_, metrics_, log_, {"blob.localhost"}, http::HostNames(kNames), ready_, nullptr, [this] {
                            return storage_;
                          }}));
    }
    http::Options options;
    options.threads = 1;
    options.clock = &clock_;
    options.random = &random_;
    std::vector<http::Listener> listeners(2);
    for (std::size_t i = 0; i < 2; ++i) {
      listeners[i].handler = pipelines_[i].get();
      listeners[i].observer = pipelines_[i].get();
    }
    server_ = http::Server::start(options, std::move(listeners)).value();
  }

  std::string ask(Port port, const std::string& line, const std::string& host = "localhost") {
    http::RawClient client(server_->port(port == Port::arm ? 0 : 1));
    client.send(line + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    return client.until_closed();
  }
  std::string body(Port port, const std::string& line, const std::string& host = "localhost") {
    const auto answer = ask(port, line, host);
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  SystemClock clock_;
  SystemRandom random_;
  Faces faces_;
  Metrics metrics_;
  AccessLog log_{-1, false};
  StorageState storage_;
  std::atomic<bool> ready_ = true;
  Named arm_{"arm"}, sign_in_{"sign in"}, blob_{"blob"};
  std::vector<std::unique_ptr<Pipeline>> pipelines_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(PipelineTest, ChoosesTheFaceByPortHostAndPath) {
  EXPECT_EQ(body(Port::arm, "GET /subscriptions"), "arm");
  EXPECT_EQ(body(Port::arm, "POST /token"), "sign in");
  EXPECT_EQ(body(Port::arm, "GET /c/b", "account.blob.localhost:8443"), "blob");
  EXPECT_EQ(body(Port::arm, "GET /healthz", "ACCOUNT.Blob.LocalHost"), "blob");
  EXPECT_EQ(body(Port::blob, "GET /healthz"), "blob");
  EXPECT_EQ(body(Port::arm, "GET /healthz"), "ok\n");
}

TEST_F(PipelineTest, TheAdminPlaneExistsOnlyWhenTheServerHasOne) {
  for (const auto* line :
       {"GET /_quaymaster/clock", "PUT /_quaymaster/clock", "GET /_quaymaster/", "GET /_quaymaster/x"}) {
    EXPECT_TRUE(ask(Port::arm, line).starts_with("HTTP/1.1 404 ")) << line;
  }
  Named admin{"admin"};
  faces_.admin = &admin;
  EXPECT_EQ(body(Port::arm, "GET /_quaymaster/clock"), "admin");
  EXPECT_EQ(body(Port::blob, "GET /_quaymaster/clock"), "blob");
}

TEST_F(PipelineTest, AnswersToItsOwnNamesOnly) {
  Named admin{"admin"};
  faces_.admin = &admin;
  for (const auto* line : {"GET /subscriptions", "POST /token", "GET /_quaymaster/clock", "PUT /_quaymaster/clock"}) {
    for (const auto* host : {"storage.azure.com", "evil.example:8443", "localhost.evil.example", "127.0.0.1", ""}) {
      const auto answer = ask(Port::arm, line, host);
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 421 ")) << line << ' ' << host;
      EXPECT_NE(answer.find("setting 'host'"), std::string::npos) << "says what to do next";
    }
    for (const auto* host : {"localhost", "LocalHost:8443", "[::1]:8443"}) {
      EXPECT_TRUE(ask(Port::arm, line, host).starts_with("HTTP/1.1 200 ")) << line << ' ' << host;
    }
  }
  EXPECT_EQ(body(Port::arm, "GET /healthz", "10.0.0.9"), "ok\n") << "probes go by address";
  EXPECT_EQ(body(Port::blob, "GET /account/c/b", "evil.example"), "blob");
}

TEST_F(PipelineTest, ReportsWhetherItIsReady) {
  EXPECT_TRUE(ask(Port::arm, "GET /readyz").starts_with("HTTP/1.1 200 "));
  ready_ = false;
  EXPECT_TRUE(ask(Port::arm, "GET /readyz").starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(ask(Port::arm, "GET /healthz").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask(Port::arm, "PUT /healthz").starts_with("HTTP/1.1 405 "));
}

TEST_F(PipelineTest, HealthAndMetricsAreVital) {
  const auto is_vital = [&](std::size_t pipeline, const std::string& path) {
    http::Request request;
    request.raw_path = path;
    return pipelines_.at(pipeline)->is_vital(request);
  };
  EXPECT_TRUE(is_vital(0, "/healthz") && is_vital(0, "/readyz") && is_vital(0, "/metrics"));
  EXPECT_FALSE(is_vital(0, "/subscriptions"));
  EXPECT_FALSE(is_vital(1, "/healthz")) << "a container there";
}

TEST_F(PipelineTest, IsNotReadyWithoutStorage) {
  EXPECT_EQ(body(Port::arm, "GET /readyz"), "ok\n");
  storage_ = {true, "1 MiB is free"};
  EXPECT_TRUE(ask(Port::arm, "GET /readyz").starts_with("HTTP/1.1 200 ")) << "deletions have to reach it";
  EXPECT_EQ(body(Port::arm, "GET /readyz"), "ok\n1 MiB is free\n");
  storage_ = {false, "read-only"};
  EXPECT_TRUE(ask(Port::arm, "GET /readyz").starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(body(Port::arm, "GET /readyz"), "not ready\nread-only\n");
  EXPECT_EQ(body(Port::arm, "GET /healthz"), "ok\n") << "the process lives";
}

TEST_F(PipelineTest, CountsWhatItAnswered) {
  ask(Port::arm, "GET /subscriptions");
  ask(Port::blob, "GET /c/b");
  const auto text = body(Port::arm, "GET /metrics");
  EXPECT_NE(text.find("quaymaster_http_requests_total{face=\"arm\",status=\"200\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("quaymaster_http_requests_total{face=\"blob\",status=\"200\"} 1\n"), std::string::npos);
}

TEST_F(PipelineTest, WhatReachesNoFaceIsRefusedInTheLanguageOfThePort) {
  EXPECT_EQ(body(Port::arm, "GET /%zz"), "refused by arm");
  EXPECT_EQ(body(Port::blob, "GET /%zz"), "refused by blob");
  EXPECT_TRUE(ask(Port::blob, "GET /throw").starts_with("HTTP/1.1 500 "));
}

TEST(AccountHost, IsOneLabelBeforeADomain) {
  const std::vector<std::string> domains{"blob.localhost"};
  EXPECT_TRUE(is_account_host("a.blob.localhost", domains));
  EXPECT_TRUE(is_account_host("A.BLOB.localhost:10", domains));
  for (const char* host : {"", "localhost", "blob.localhost", "a.b.blob.localhost", ".blob.localhost", "127.0.0.1:1"}) {
    EXPECT_FALSE(is_account_host(host, domains)) << host;
  }
}

}  // namespace
}  // namespace quaymaster::server
