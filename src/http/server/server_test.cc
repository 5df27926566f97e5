#include "http/server/server.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/resource.h>

#include <future>
#include <latch>
#include <thread>

#include "base/log.h"
#include "http/server/certificate.h"
#include "testing/http/server_fixture.h"

namespace quaymaster::http {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  start();
  auto client = this->client();
  for (int i = 0; i < 3; ++i) {
    client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.answer(),
              "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 05:29:30 GMT\r\nContent-Length: 10\r\n\r\nGET /hello");
  }
  client.send("GET /bye HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(client.until_closed().find("Connection: close"), std::string::npos);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  auto client = this->client();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n1\r\no\r\n0\r\n\r\n"
      "GET /three HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.answer().ends_with("\r\n\r\none"));
  EXPECT_TRUE(client.answer().ends_with("\r\n\r\ntwo"));
  EXPECT_TRUE(client.answer().ends_with("\r\n\r\nGET /three"));
}

TEST_F(ServerTest, TakesARequestByteByByte) {
  start();
  auto client = this->client();
  for (const char byte : std::string_view("\r\nPOST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                                          "chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n")) {
    ASSERT_TRUE(client.send(std::string_view(&byte, 1)));
  }
  EXPECT_TRUE(client.answer().ends_with("\r\n\r\nabc"));
}

TEST_F(ServerTest, StreamsLargeBodiesBothWays) {
  start();
  auto client = this->client();
  const std::string body(3 * kMiB + 17, 'y');
  std::thread sender([&] {
    client.send(fmt::format("PUT /count HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
  });
  sender.join();
  EXPECT_TRUE(client.answer().ends_with(std::to_string(body.size())));
  client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = client.answer();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 8 * kMiB);
}

TEST_F(ServerTest, SendsContinueOnlyWhenTheBodyIsAskedFor) {
  start();
  auto asked = client();
  asked.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(asked.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  asked.send("ok");
  EXPECT_TRUE(asked.answer().ends_with("ok"));

  auto refused = client();
  refused.send("PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\nExpect: 100-continue\r\n\r\n");
  const auto answer = refused.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 Forbidden\r\n")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(refused.closed());
}

TEST_F(ServerTest, HeadHasTheLengthAndNoBody) {
  start();
  auto client = this->client();
  client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.until("\r\n\r\n").find("Content-Length: 11\r\n"), std::string::npos);
  EXPECT_TRUE(client.answer().ends_with("GET /next"));
}

TEST_F(ServerTest, StreamsASourceWithAndWithoutLength) {
  start();
  auto client = this->client();
  client.send("GET /pieces?n=2&length=6 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.answer().ends_with("\r\n\r\nabcabc"));
  client.send("GET /pieces?n=2 HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.until("\r\n\r\n");
  EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(client.until("0\r\n\r\n"), "3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n");
  client.send("GET /pieces?n=0 HTTP/1.1\r\nHost: h\r\n\r\n");
  client.until("\r\n\r\n");
  EXPECT_EQ(client.until("0\r\n\r\n"), "0\r\n\r\n");
  client.send("GET /pieces?n=2 HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client.until_closed().ends_with("\r\n\r\nabcabc"));
}

TEST_F(ServerTest, CutsAnAnswerWhoseSourceFailsOrLies) {
  start();
  for (const std::string_view query : {"n=1&fail=1", "n=2&length=7", "n=2&length=4"}) {
    auto client = this->client();
    client.send(fmt::format("GET /pieces?{} HTTP/1.1\r\nHost: h\r\n\r\n", query));
    const auto answer = client.until_closed();
    EXPECT_FALSE(answer.ends_with("0\r\n\r\n")) << answer;
  }
  EXPECT_EQ(watcher_.lines(3),
            (std::vector<std::string>{"/pieces 200 in=0 the source of the response failed",
                                      "/pieces 200 in=0 the source of the response had fewer bytes than announced",
                                      "/pieces 200 in=0 the source of the response had more bytes than announced"}));
}

TEST_F(ServerTest, ASourceThatThrowsEndsOneConnection) {
  start();
  auto client = this->client();
  client.send("GET /pieces?n=1&throw=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(client.until_closed().ends_with("0\r\n\r\n"));
  auto next = this->client();
  next.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(next.answer().ends_with("GET /next"));
}

struct BadHead {
  const char* text;
  int status;
};

TEST_F(ServerTest, RefusesHeadsThatAreNotHttp) {
  start();
  const BadHead cases[] = {
      {"GET\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /?a=%1 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\n Content-Length: 9\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\tc\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h/i\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h%20i\r\n\r\n", 400},
      {"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
      {"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"PUT / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417},
  };
  for (const auto& [text, status] : cases) {
    auto client = this->client();
    client.send(text);
    client.end_sending();
    const auto answer = client.until_closed();
    EXPECT_TRUE(answer.starts_with(fmt::format("HTTP/1.1 {} ", status))) << text << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << text;
  }
}

TEST_F(ServerTest, RefusesMalformedChunks) {
  start();
  for (const std::string_view chunks : {"x\r\n", "3\r\nabcd\r\n0\r\n\r\n", "fffffffffffffffff\r\n"}) {
    auto client = this->client();
    client.send(fmt::format("PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunks));
    client.end_sending();
    EXPECT_TRUE(client.until_closed().starts_with("HTTP/1.1 400 ")) << chunks;
  }
}

TEST_F(ServerTest, TellsTheHandlerThatABodyWasCutShort) {
  start();
  auto client = this->client();
  client.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  client.end_sending();
  client.until_closed();
  EXPECT_EQ(watcher_.lines(1), std::vector<std::string>{"/echo 500 in=4 the peer sent less than it announced"});
}

TEST_F(ServerTest, ReadsASmallUnwantedBodyAndContinues) {
  start();
  auto client = this->client();
  client.send("PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_TRUE(client.answer().ends_with("no"));
  client.send(std::string(100000, 'z') + "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.answer().ends_with("GET /next"));
}

// Clients whose upload is refused by its head send everything first and only then read the response.
TEST_F(ServerTest, TakesALargeUnwantedBodySoThatItsAnswerIsSeen) {
  start();
  auto client = this->client();
  client.send(fmt::format("PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", 32 * kMiB));
  EXPECT_TRUE(client.send(std::string(32 * kMiB, 'z')));
  client.end_sending();
  const auto answer = client.until_closed();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
}

TEST_F(ServerTest, ClosesAfterALargeUnwantedBodyButDeliversTheResponse) {
  Timeouts timeouts;
  timeouts.drop = 60ms;
  start(timeouts);
  auto client = this->client();
  client.send("PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n" + std::string(200000, 'z'));
  const auto answer = client.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  while (client.send(std::string(100000, 'z'))) {
  }
}

TEST_F(ServerTest, AHandlerThatThrowsIsAnAnswer) {
  start();
  std::vector<std::string> seen;
  for (const std::string_view path : {"/throw", "/throw-on-the-pool"}) {
    auto client = this->client();
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", path));
    const auto answer = client.until_closed();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 "));
    EXPECT_NE(answer.find("\r\n\r\n500 Internal Server Error\nrequest "), std::string::npos);
    EXPECT_EQ(answer.find("surprise"), std::string::npos);
    seen.push_back(fmt::format("{} 500 in=0 uncaught exception: surprise", path));
    EXPECT_EQ(watcher_.lines(seen.size()), seen);
  }
}

TEST_F(ServerTest, WorkWithoutMemoryIsToBeRetried) {
  start();
  auto client = this->client();
  client.send("GET /no-memory-on-the-pool HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.until_closed().starts_with("HTTP/1.1 503 "));
  auto next = this->client();
  next.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(next.answer().ends_with("GET /next"));
}

TEST_F(ServerTest, DrainLetsARequestFinishAndClosesTheIdle) {
  start({}, {}, 1);  // on one thread: once the idle one is closed, the busy one is draining as well
  auto idle = client();
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.answer();
  auto busy = client();
  busy.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  handler_.asked.wait();
  auto drained = std::async(std::launch::async, [this] { server_->drain(60s); });
  EXPECT_TRUE(idle.closed());
  handler_.released.count_down();
  const auto answer = busy.until_closed();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("waited"));
  drained.get();
  RawClient late;
  EXPECT_FALSE(late.connect(server_->port(0)));
}

TEST_F(ServerTest, DrainCutsWhatDoesNotFinish) {
  start();
  auto half = client();
  half.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  while (server_->connections() == 0) {
    std::this_thread::yield();
  }
  server_->drain(20ms);
  EXPECT_EQ(server_->connections(), 0U);
  half.until_closed();
}

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define QM_CHECKS_VPTR 1  // through a pipe, which cannot be opened once descriptors are exhausted
#endif
#endif

TEST_F(ServerTest, SurvivesRunningOutOfDescriptors) {
#ifdef QM_CHECKS_VPTR
  GTEST_SKIP() << "the sanitizer needs descriptors of its own";
#endif
  start();
  RawClient waiting;
  const int lowest_free = ::dup(waiting.descriptor());
  ::close(lowest_free);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(lowest_free);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  static std::latch* failed = nullptr;
  std::latch logged(1);
  failed = &logged;
  log::set_sink([](std::string_view) {
    if (!failed->try_wait()) {
      failed->count_down();
    }
  });
  ASSERT_TRUE(waiting.connect(server_->port(0)));
  logged.wait();
  setrlimit(RLIMIT_NOFILE, &before);
  waiting.send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(waiting.answer().ends_with("GET /late"));
  server_->drain(0s);
  log::set_sink(nullptr);
}

/// Speaks TLS over an already connected socket.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, const std::string& authority)
      : raw_(port), context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), session_(nullptr, &SSL_free) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(
        BIO_new_mem_buf(authority.data(), static_cast<int>(authority.size())), &BIO_free_all);
    X509* const certificate = PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), certificate);
    X509_free(certificate);
  }
  bool shake_hands(int largest_version = 0) {
    session_.reset(SSL_new(context_.get()));
    SSL_set_max_proto_version(session_.get(), largest_version);
    SSL_set_verify(session_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_set1_host(session_.get(), "localhost");
    SSL_set_fd(session_.get(), raw_.descriptor());
    return SSL_connect(session_.get()) == 1;
  }
  std::string ask(std::string_view request) {
    std::size_t size = 0;
    SSL_write_ex(session_.get(), request.data(), request.size(), &size);
    std::string answer;
    char bytes[16384];
    while (SSL_read_ex(session_.get(), bytes, sizeof bytes, &size) == 1) {
      answer.append(bytes, size);
    }
    clean_end = SSL_get_shutdown(session_.get()) == SSL_RECEIVED_SHUTDOWN;
    return answer;
  }
  bool clean_end = false;

 private:
  RawClient raw_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> session_;
};

TEST_F(ServerTest, SpeaksTlsAndShowsItsChain) {
  const Time now = SystemClock().now();
  const auto authority = make_authority("test", {"localhost", "127.0.0.1"}, now).value();
  const auto issued = issue_certificate(authority, {"localhost"}, now).value();
  Listener listener;
  listener.handler = &handler_;
  listener.tls = TlsIdentity{issued.certificate + authority.certificate, issued.private_key};
  Timeouts timeouts;
  timeouts.handshake = 200ms;
  Options options;
  options.threads = 1;
  options.timeouts = timeouts;
  options.clock = &clock_;
  options.random = &random_;
  server_ = Server::start(options, {listener}).value();

  TlsClient client(server_->port(0), authority.certificate);
  ASSERT_TRUE(client.shake_hands());
  const auto answer = client.ask("GET /big HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 8 * kMiB);
  EXPECT_TRUE(client.clean_end) << "ends with close_notify";

  TlsClient old(server_->port(0), authority.certificate);
  EXPECT_FALSE(old.shake_hands(TLS1_1_VERSION));
  RawClient plain(server_->port(0));
  plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(plain.until_closed().find("HTTP/1.1 200"), std::string::npos);
  auto silent = this->client();
  EXPECT_TRUE(silent.closed()) << "a handshake that does not come is cut";

  listener.tls->private_key = make_authority("other", {"localhost", "127.0.0.1"}, now).value().private_key;
  const auto misfit = Server::start(options, {listener});
  ASSERT_FALSE(misfit);
  EXPECT_EQ(misfit.error().kind(), Errc::invalid);
}

TEST_F(ServerTest, AnAddressInUseIsBusy) {
  start();
  Options options;
  options.clock = &clock_;
  options.random = &random_;
  Listener listener;
  listener.handler = &handler_;
  listener.port = server_->port(0);
  const auto second = Server::start(options, {listener});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), Errc::busy);
  listener.address = "localhost";
  const auto unnumbered = Server::start(options, {listener});
  ASSERT_FALSE(unnumbered);
  EXPECT_EQ(unnumbered.error().kind(), Errc::invalid);
}

}  // namespace
}  // namespace quaymaster::http
