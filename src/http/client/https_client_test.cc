#include "http/client/https_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "http/server/certificate.h"
#include "http/server/server.h"

namespace quaymaster::http {
namespace {

TEST(Address, AcceptsOnlyTheAddressOfAServer) {
  const auto address = parse_address("https://localhost:8443").value();
  EXPECT_EQ(address.host, "localhost");
  EXPECT_EQ(address.port, "8443");
  EXPECT_EQ(parse_address("https://h/").value().port, "443");
  EXPECT_EQ(parse_address("https://[::1]:9").value().host, "::1");
  EXPECT_EQ(parse_address("https://[::1]").value().port, "443");
  for (const char* url : {"", "http://h", "https://", "https://h/p", "https://h:1x", "https://[::1", "https://h?",
                          "https://you@h", "https://h\\p"}) {
    EXPECT_FALSE(parse_address(url)) << url;
  }
}

TEST(HttpsUrl, HasAnAddressAndATarget) {
  struct Case {
    const char* url;
    const char* host;
    const char* port;
    const char* target;
  };
  for (const auto& [url, host, port, target] : {
           Case{"https://h", "h", "443", "/"},
           Case{"https://h:8443/a/../b%2fc?d=e%20f&g", "h", "8443", "/a/../b%2fc?d=e%20f&g"},
           Case{"https://[::1]:9?x=y", "::1", "9", "/?x=y"},
           Case{"HTTPS://127.0.0.1/jwks", "127.0.0.1", "443", "/jwks"},
       }) {
    const auto parsed = parse_https_url(url);
    ASSERT_TRUE(parsed) << url;
    EXPECT_EQ(parsed.value().address.host, host) << url;
    EXPECT_EQ(parsed.value().address.port, port) << url;
    EXPECT_EQ(parsed.value().target, target) << url;
  }
  for (const char* url : {"http://h/", "file:///etc/passwd", "//h/", "https://you@h/", "https://h/#f", "https://h/a b",
                          "https://h:70000/", "https://h/\r\nX: y", "https:///p", "https:/h"}) {
    EXPECT_FALSE(parse_https_url(url)) << url;
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
    issued_ = http::issue_certificate(authority, {"localhost"}, clock_.now()).value();
    std::ofstream(authority_) << authority.certificate;
    http::Options options;
    options.threads = 1;
    options.clock = &clock_;
    options.random = &random_;
    http::Listener listener;
    listener.handler = &echo_;
    listener.tls = http::TlsIdentity{issued_.certificate, issued_.private_key};
    server_ = http::Server::start(options, {listener}).value();
  }
  ~HttpsTest() override { std::filesystem::remove(authority_); }

  Address at(const std::string& host) { return {host, std::to_string(server_->port(0))}; }

  SystemClock clock_;
  SystemRandom random_;
  Echo echo_;
  std::string authority_;
  CertifiedKey issued_;
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

TEST_F(HttpsTest, ReportsThatNothingListens) {
  const auto address = at("localhost");
  server_.reset();
  const auto answer = https_exchange(address, authority_, "GET", "/", {}, "");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), Errc::io);
}

TEST_F(HttpsTest, SendsTheTargetAndTheHeadersAsGiven) {
  const auto answer =
      https_exchange(at("localhost"), authority_, "POST", "/a/../%2f?b=c", {"X-A: 1", "Content-Type: text/x"}, "");
  ASSERT_TRUE(answer) << answer.error().cause();
  EXPECT_EQ(answer.value().body, "POST /a/../%2f 1 ");
  EXPECT_EQ(https_exchange(at("localhost"), authority_, "HEAD", "/", {}, "").value().status, 200);
  for (const char* target : {"/a b", "/\r\nX: y"}) {
    EXPECT_EQ(https_exchange(at("localhost"), authority_, "GET", target, {}, "").error().kind(), Errc::invalid);
  }
}

TEST_F(HttpsTest, UsesNoProxyOfTheEnvironment) {
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "ALL_PROXY"}) {
    ::setenv(name, "http://127.0.0.1:1", 1);
  }
  const auto answer = https_exchange(at("localhost"), authority_, "GET", "/", {}, "");
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "ALL_PROXY"}) {
    ::unsetenv(name);
  }
  EXPECT_TRUE(answer) << answer.error().cause();
}

TEST_F(HttpsTest, AnAuthorityThatIsNamedIsTheOnlyOne) {
  const auto other = authority_ + ".other";
  std::ofstream(other) << http::make_authority("other", {"localhost"}, clock_.now()).value().certificate;
  ::setenv("SSL_CERT_FILE", authority_.c_str(), 1);
  EXPECT_TRUE(https_exchange(at("localhost"), "", "GET", "/", {}, ""));
  const auto refused = https_exchange(at("localhost"), other, "GET", "/", {}, "");
  ::unsetenv("SSL_CERT_FILE");
  std::filesystem::remove(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Errc::unauthenticated);
  EXPECT_EQ(https_exchange(at("localhost"), "/nowhere.pem", "GET", "/", {}, "").error().kind(), Errc::invalid);
}

TEST_F(HttpsTest, ThreadsMayAskAtTheSameTime) {
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back(
          [&] { answered += https_exchange(at("localhost"), authority_, "GET", "/", {}, "").has_value() ? 1 : 0; });
    }
  }
  EXPECT_EQ(answered, 8);
}

/// Takes one connection, reads a request's head and answers what it is told to, byte for byte, then closes.
class ScriptedPeer {
 public:
  /// After `answer`, `repeated` until the client is gone, unless it is empty.
  ScriptedPeer(const CertifiedKey& identity, std::string answer, std::string repeated = {})
      : context_(::SSL_CTX_new(::TLS_server_method())), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const auto read = [](const std::string& pem, auto* parse) {
      BIO* const text = ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
      auto* const made = parse(text, nullptr, nullptr, nullptr);
      ::BIO_free(text);
      return made;
    };
    X509* const certificate = read(identity.certificate, &::PEM_read_bio_X509);
    EVP_PKEY* const key = read(identity.private_key, &::PEM_read_bio_PrivateKey);
    ::SSL_CTX_use_certificate(context_, certificate);
    ::SSL_CTX_use_PrivateKey(context_, key);
    ::X509_free(certificate);
    ::EVP_PKEY_free(key);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ =
        std::jthread([this, answer = std::move(answer), repeated = std::move(repeated)] { serve(answer, repeated); });
  }
  ~ScriptedPeer() {
    ::shutdown(socket_, SHUT_RDWR);  // wakes an accept that nobody connected to
    thread_ = {};
    ::close(socket_);
    ::SSL_CTX_free(context_);
  }
  Address address() const { return {"localhost", std::to_string(port_)}; }

 private:
  void serve(const std::string& answer, const std::string& repeated) {
    ::signal(SIGPIPE, SIG_IGN);
    const int connection = ::accept(socket_, nullptr, nullptr);
    if (connection < 0) {
      return;
    }
    SSL* const session = ::SSL_new(context_);
    ::SSL_set_fd(session, connection);
    std::array<char, 4096> head{};
    if (::SSL_accept(session) == 1 && ::SSL_read(session, head.data(), head.size()) > 0) {
      const auto write = [&](const std::string& text) {
        return ::SSL_write(session, text.data(), static_cast<int>(text.size())) > 0;
      };
      bool goes_on = write(answer);
      while (goes_on && !repeated.empty()) {
        goes_on = write(repeated);
      }
      ::SSL_shutdown(session);
    }
    ::SSL_free(session);
    ::close(connection);
  }

  SSL_CTX* context_;
  int socket_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

struct AnswerCase {
  const char* text;
  int status;
  const char* body;
};

TEST_F(HttpsTest, ReadsAnswersInEveryFraming) {
  const AnswerCase cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab"},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"HTTP/1.1 200 OK\r\n\r\nto the end", 200, "to the end"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n", 200, "abc"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nx", 404, "x"},
  };
  for (const auto& [text, status, body] : cases) {
    const ScriptedPeer peer(issued_, text);
    const auto answer = https_exchange(peer.address(), authority_, "GET", "/", {}, "");
    ASSERT_TRUE(answer) << text << answer.error().cause();
    EXPECT_EQ(answer.value().status, status) << text;
    EXPECT_EQ(answer.value().body, body) << text;
  }
}

TEST_F(HttpsTest, KeepsTheHeadersOfTheAnswer) {
  const ScriptedPeer peer(
      issued_,
      "HTTP/1.1 100 C\r\nX-I: 1\r\n\r\nHTTP/1.1 202 Accepted\r\nLocation: https://H/a?B=c\r\nX: \r\n"
      "Content-Length: 0\r\n\r\n");
  const auto answer = https_exchange(peer.address(), authority_, "GET", "/", {}, "").value();
  EXPECT_EQ(answer.header("location"), "https://H/a?B=c");
  EXPECT_EQ(answer.header("retry-after"), "");
  EXPECT_EQ(answer.header("x-i"), "") << "of an interim answer";
}

TEST_F(HttpsTest, RefusesAnAnswerThatIsMalformedOrCutShort) {
  struct Case {
    const char* text;
    Errc kind;
  };
  const Case cases[] = {
      {"SSH-2.0-x\r\n\r\n", Errc::corrupt},
      {"HTTP/1.1 200 OK\r\n", Errc::corrupt},
      {"HTTP/1.1 2x0 OK\r\n\r\n", Errc::corrupt},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", Errc::corrupt},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", Errc::corrupt},
      {"HTTP/1.1 100 C\r\n\r\n", Errc::io},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Errc::io},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab\r\n", Errc::io},
  };
  for (const auto& [text, kind] : cases) {
    const ScriptedPeer peer(issued_, text);
    const auto answer = https_exchange(peer.address(), authority_, "GET", "/", {}, "");
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().kind(), kind) << text << answer.error().cause();
  }
}

TEST_F(HttpsTest, DoesNotFollowARedirect) {
  const ScriptedPeer peer(issued_, fmt::format("HTTP/1.1 302 Found\r\nLocation: https://localhost:{}/\r\n"
                                               "Content-Length: 0\r\n\r\n",
                                               server_->port(0)));
  const auto answer = https_exchange(peer.address(), authority_, "GET", "/", {}, "");
  ASSERT_TRUE(answer) << answer.error().cause();
  EXPECT_EQ(answer.value().status, 302);
  EXPECT_EQ(answer.value().body, "");
}

TEST_F(HttpsTest, ReadsNoMoreThanItsLimit) {
  const ScriptedPeer fits(issued_, "HTTP/1.1 200 OK\r\n\r\n12345678");
  EXPECT_TRUE(https_exchange(fits.address(), authority_, "GET", "/", {}, "", {.body_bytes = 8}));
  const ScriptedPeer over(issued_, "HTTP/1.1 200 OK\r\n\r\n123456789");
  EXPECT_EQ(https_exchange(over.address(), authority_, "GET", "/", {}, "", {.body_bytes = 8}).error().kind(),
            Errc::too_large);
  // A client that counts at the end would not come back.
  const ScriptedPeer endless(issued_, "HTTP/1.1 200 OK\r\n\r\n", std::string(kMiB, 'x'));
  EXPECT_EQ(https_exchange(endless.address(), authority_, "GET", "/", {}, "", {.body_bytes = 16 * kMiB}).error().kind(),
            Errc::too_large);
  const ScriptedPeer heads(issued_, "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_FALSE(https_exchange(heads.address(), authority_, "GET", "/", {}, "", {std::chrono::seconds{1}}));
}

TEST_F(HttpsTest, TheTimeIsForTheWholeExchange) {
  // Bytes come all the while, so that no single read waits.
  const ScriptedPeer peer(issued_, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n");
  const auto answer = https_exchange(peer.address(), authority_, "GET", "/", {}, "", {std::chrono::milliseconds{100}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), Errc::io);
  EXPECT_THAT(answer.error().cause(), testing::HasSubstr("did not answer within 100 ms"));
}

}  // namespace
}  // namespace quaymaster::http
