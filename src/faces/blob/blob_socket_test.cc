#include <gmock/gmock.h>

#include "faces/blob/blob_face_fixture_test.h"
#include "http/server/server.h"
#include "testing/http/raw_client.h"

// What only a real connection shows: 100-continue, truncated bodies, keep-alive, answers to HEAD.
namespace quaymaster::storage {
namespace {

using testing::BlobFace;
using testing::Fields;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Socket : public BlobFace {
 protected:
  Socket() {
    make_container();
    http::Options options;
    options.threads = 2;
    options.clock = &clock_;
    options.random = &random_;
    http::Listener listener;
    listener.handler = face_.get();
    std::vector<http::Listener> listeners;
    listeners.push_back(std::move(listener));
    server_ = http::Server::start(options, std::move(listeners)).value();
  }
  ~Socket() override { server_.reset(); }

  /// The head of a signed request, as sent over the wire.
  std::string head(const std::string& method, const std::string& target, const Fields& fields = {},
                   std::optional<std::uint64_t> length = std::nullopt, bool sign = true) {
    Sending how;
    how.sign = sign;
    how.promised = length;
    how.without_length = !length;
    const auto request = request_of(how, method, target, fields, "");
    auto text = fmt::format("{} {} HTTP/1.1\r\n", method, target);
    for (const auto& [name, value] : request.headers.fields()) {
      text += fmt::format("{}: {}\r\n", name, value);
    }
    return text + "\r\n";
  }
  http::RawClient client() { return http::RawClient(server_->port(0)); }

  SystemRandom random_;
  std::unique_ptr<http::Server> server_;
  const Fields block_blob_ = {{"x-ms-blob-type", "BlockBlob"}};
};

TEST_F(Socket, KeepAliveThroughWritesReadsAndRefusals) {
  auto peer = client();
  const std::string content(300000, 'x');
  ASSERT_TRUE(peer.send(head("PUT", path("cont/b"), block_blob_, content.size()) + content));
  EXPECT_THAT(peer.answer(), StartsWith("HTTP/1.1 201"));
  ASSERT_TRUE(peer.send(head("GET", path("cont/b"))));
  const auto got = peer.answer();
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(got.ends_with("\r\n\r\n" + content));
  ASSERT_TRUE(peer.send(head("HEAD", path("cont/b"))));
  EXPECT_THAT(peer.until("\r\n\r\n"), HasSubstr("Content-Length: 300000\r\n"));
  ASSERT_TRUE(peer.send(head("HEAD", path("cont/none"))));
  const auto missing = peer.until("\r\n\r\n");
  EXPECT_THAT(missing, StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(missing, HasSubstr("x-ms-error-code: BlobNotFound\r\n"));
  ASSERT_TRUE(peer.send(head("GET", path("cont/b"), {{"Range", "bytes=0-0"}})));
  EXPECT_THAT(peer.answer(), HasSubstr("Content-Range: bytes 0-0/300000\r\n"));
}

TEST_F(Socket, ADoomedUploadIsRefusedBeforeItIsSent) {
  put("b", "old");
  const std::string lines = "Expect: 100-continue\r\n\r\n";
  const auto expecting = [&](std::string text) { return text.replace(text.size() - 2, 2, lines); };
  {
    auto peer = client();
    ASSERT_TRUE(peer.send(expecting(
        head("PUT", path("cont/b"), {{"x-ms-blob-type", "BlockBlob"}, {"If-None-Match", "*"}}, 4000 * kMiB))));
    const auto refused = peer.answer();
    EXPECT_THAT(refused, StartsWith("HTTP/1.1 409"));
    EXPECT_TRUE(peer.closed());
  }
  {
    auto peer = client();
    ASSERT_TRUE(peer.send(expecting(head("PUT", path("cont/b"), block_blob_, 4000 * kMiB, false))));
    EXPECT_THAT(peer.answer(), StartsWith("HTTP/1.1 401"));
    EXPECT_TRUE(peer.closed());
  }
  auto peer = client();
  ASSERT_TRUE(peer.send(expecting(head("PUT", path("cont/b"), block_blob_, 3))));
  EXPECT_THAT(peer.until("\r\n\r\n"), StartsWith("HTTP/1.1 100"));
  ASSERT_TRUE(peer.send("new"));
  EXPECT_THAT(peer.answer(), StartsWith("HTTP/1.1 201"));
}

TEST_F(Socket, AConnectionCutInABodyLeavesTheOldBlob) {
  put("b", "old");
  {
    auto peer = client();
    ASSERT_TRUE(peer.send(head("PUT", path("cont/b"), block_blob_, 1000000) + std::string(900000, 'x')));
    peer.end_sending();
    EXPECT_THAT(peer.until_closed(), Not(HasSubstr("HTTP/1.1 2")));
  }
  EXPECT_EQ(send("GET", path("cont/b")).body, "old");
}

TEST_F(Socket, AnUploadWithoutLengthIsRefused) {
  auto peer = client();
  Sending how;
  how.chunked = true;
  const auto request = request_of(how, "PUT", path("cont/b"), block_blob_, "");
  std::string text = fmt::format("PUT {} HTTP/1.1\r\n", path("cont/b"));
  for (const auto& [name, value] : request.headers.fields()) {
    text += fmt::format("{}: {}\r\n", name, value);
  }
  ASSERT_TRUE(peer.send(text + "\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"));
  EXPECT_THAT(peer.answer(), StartsWith("HTTP/1.1 411"));
  EXPECT_EQ(send("GET", path("cont/b")).status, 404);
}

}  // namespace
}  // namespace quaymaster::storage
