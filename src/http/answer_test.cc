#include "http/answer.h"

#include <gtest/gtest.h>

namespace quaymaster::http {
namespace {

class NoSource final : public Source {
 public:
  Task<Result<Bytes>> next() override { co_return Bytes{}; }
};

struct FramingCase {
  const char* what;
  int status;
  bool source;
  std::optional<std::uint64_t> length;
  std::string body;
  Method method;
  int minor;
  bool has_body, chunked, close;
  std::optional<std::uint64_t> content_length;
};

TEST(Answer, FramesByStatusMethodAndVersion) {
  const FramingCase cases[] = {
      {"body", 200, false, {}, "abc", Method::get, 1, true, false, false, 3},
      {"empty body", 200, false, {}, "", Method::get, 1, false, false, false, 0},
      {"HEAD announces the body's length", 200, false, {}, "abc", Method::head, 1, false, false, false, 3},
      {"HEAD announces what it is told", 200, false, 77, "", Method::head, 1, false, false, false, 77},
      {"204 has neither", 204, false, {}, "abc", Method::del, 1, false, false, false, {}},
      {"304 has neither", 304, false, 5, "", Method::get, 1, false, false, false, {}},
      {"source of known length", 200, true, 9, "", Method::get, 1, true, false, false, 9},
      {"source of unknown length", 200, true, {}, "", Method::get, 1, true, true, false, {}},
      {"HEAD of an unknown length", 200, true, {}, "", Method::head, 1, false, false, false, {}},
      {"HTTP/1.0 ends with the connection", 200, true, {}, "", Method::get, 0, true, false, true, {}},
      {"a stated length does not lie about a body", 200, false, 9, "abc", Method::get, 1, true, false, false, 3},
  };
  for (const auto& c : cases) {
    Reply reply;
    reply.status = c.status;
    reply.length = c.length;
    reply.body = c.body;
    if (c.source) {
      reply.source = std::make_unique<NoSource>();
    }
    const auto framing = frame(reply, c.method, c.minor, false);
    EXPECT_EQ(framing.body, c.has_body) << c.what;
    EXPECT_EQ(framing.chunked, c.chunked) << c.what;
    EXPECT_EQ(framing.close, c.close) << c.what;
    EXPECT_EQ(framing.content_length, c.content_length) << c.what;
  }
}

TEST(Answer, WritesFieldsAndKeepsOthersOut) {
  Reply reply;
  reply.status = 404;
  reply.headers.add("X-A", "1");
  reply.headers.add("content-length", "99");
  reply.headers.add("X-Bad", "a\r\nSet-Cookie: b");
  Framing framing;
  framing.content_length = 2;
  framing.close = true;
  std::string head;
  write_head(head, reply, framing, "Mon, 23 Nov 2026 05:29:30 GMT");
  EXPECT_EQ(head,
            "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nDate: Mon, 23 Nov 2026 05:29:30 GMT\r\nContent-Length: 2\r\n"
            "Connection: close\r\n\r\n");
}

TEST(Answer, KeepsTheDateThatTheReplyBrings) {
  Reply reply;
  reply.headers.set("Date", "then");
  std::string head;
  write_head(head, reply, {}, "now");
  EXPECT_EQ(head, "HTTP/1.1 200 OK\r\nDate: then\r\n\r\n");
}

}  // namespace
}  // namespace quaymaster::http
