#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <future>
#include <thread>

#include "testing/arm/arm_fixture.h"

// A request's path through the coroutine: when the body is read, and on which thread.
namespace quaymaster::arm {
namespace {

using enum http::Method;
using testing::StartsWith;

struct Note {
  std::string text;
  static constexpr auto wire() { return wire::fields({wire::field<&Note::text>("text").required()}); }
};
struct NotePath {
  std::string name;
  static constexpr auto wire() { return wire::fields({wire::field<&NotePath::name>("noteName")}); }
};

std::atomic<std::thread::id> handled_on;

Result<Reply<Note>> get_note(Context&, const NotePath& path) {
  handled_on = std::this_thread::get_id();
  return Reply<Note>{200, {path.name}};
}
Result<Reply<std::string>> read_file(Context&, const NotePath& path) {
  handled_on = std::this_thread::get_id();
  Reply<std::string> reply{200, path.name};
  reply.headers.add("Content-Type", "text/plain");
  return reply;
}
Result<Reply<Note>> put_note(Context&, const NotePath&, const Note& body) {
  handled_on = std::this_thread::get_id();
  return Reply<Note>{200, body};
}

constexpr std::string_view kVersions[] = {"2020-01-01"};
constexpr Operation kOperations[] = {
    {"Notes_Get", get, "/providers/Microsoft.Note/notes/{noteName}", "2020-01-01", "Microsoft.Note/notes/read",
     bind<&get_note>},
    {"Notes_Read", get, "/providers/Microsoft.Note/files/{noteName}", "2020-01-01", "Microsoft.Note/notes/read",
     bind_waiting<&read_file>},
    {"Notes_Put", put, "/providers/Microsoft.Note/notes/{noteName}", "2020-01-01", "Microsoft.Note/notes/write",
     bind<&put_note>},
};
constexpr Provider kProvider{"Microsoft.Note", kOperations, {}, kVersions};
constexpr std::string_view kNote = "/providers/Microsoft.Note/notes/n?api-version=2020-01-01";

/// A body in pieces, which may break off at its end; remembers whether it was read.
class Pieces final : public http::Body {
 public:
  Pieces(std::string text, std::size_t piece, bool breaks = false)
      : text_(std::move(text)), piece_(piece), breaks_(breaks) {}
  http::Task<Result<Bytes>> next() override {
    asked = true;
    if (at_ == text_.size() && breaks_) {
      co_return io("the peer went away");
    }
    const auto part = std::string_view(text_).substr(at_, piece_);
    at_ += part.size();
    co_return Bytes(as_bytes(part));
  }
  bool asked = false;

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
  bool breaks_;
};

class FaceHandleTest : public testing::Test {
 protected:
  FaceHandleTest() { lab_.serve({Registration(kProvider)}); }

  http::Reply run(http::Request& request, http::Body& body) {
    std::optional<http::Reply> reply;
    auto work = [&]() -> http::Task<> { reply = co_await lab_.face->handle(request, body); };
    context_.restart();
    boost::asio::co_spawn(context_, work, boost::asio::detached);
    context_.run();
    return std::move(*reply);
  }

  boost::asio::io_context context_;  // outlives the pool, whose thread may still be waking it
  ArmFixture lab_;
};

TEST_F(FaceHandleTest, ReadsOnTheConnectionsThreadAndWritesOnThePool) {
  auto look = lab_.request(get, kNote);
  Pieces nothing("", 1);
  EXPECT_EQ(run(look, nothing).body, R"({"text":"n"})");
  EXPECT_EQ(handled_on.load(), std::this_thread::get_id());
  EXPECT_FALSE(nothing.asked);

  auto change = lab_.request(put, kNote);
  Pieces body(R"({"text":"in pieces"})", 3);
  EXPECT_EQ(run(change, body).body, R"({"text":"in pieces"})");
  EXPECT_NE(handled_on.load(), std::this_thread::get_id());
}

TEST_F(FaceHandleTest, AReadThatWaitsRunsOnThePoolAndMayNameItsContent) {
  auto look = lab_.request(get, "/providers/Microsoft.Note/files/n?api-version=2020-01-01");
  Pieces nothing("", 1);
  const auto reply = run(look, nothing);
  EXPECT_EQ(reply.body, "n");
  EXPECT_EQ(reply.headers.get("Content-Type"), "text/plain");
  EXPECT_NE(handled_on.load(), std::this_thread::get_id());
}

TEST_F(FaceHandleTest, LargeBodiesWaitOnlyForEachOther) {
  std::promise<void> go_on;
  lab_.large_bodies.post([&] { go_on.get_future().wait(); });
  auto request = lab_.request(put, kNote);
  Pieces large(fmt::format(R"({{"text":"{}"}})", std::string(64 * kKiB, 'x')), 16 * kKiB);
  Pieces small(R"({"text":"small"})", 16 * kKiB);
  std::string order;
  auto send_large = [&]() -> http::Task<> {
    static_cast<void>(co_await lab_.face->handle(request, large));
    order += "large ";
  };
  auto send_small = [&]() -> http::Task<> {
    static_cast<void>(co_await lab_.face->handle(request, small));
    order += "small ";
    go_on.set_value();
  };
  boost::asio::co_spawn(context_, send_large, boost::asio::detached);
  boost::asio::co_spawn(context_, send_small, boost::asio::detached);
  context_.run();
  EXPECT_EQ(order, "small large ");
}

TEST_F(FaceHandleTest, ReadersTakeTurns) {
  const auto other = lab_.make_caller("other");
  ASSERT_TRUE(lab_.issuer->assign_role(other.object_id, "Reader", "/"));
  auto mine = lab_.request(get, kNote);
  auto theirs = lab_.request(get, kNote);
  theirs.headers.set("Authorization", "Bearer " + lab_.issuer->issue(other, "https://management.azure.com",
                                                                     "https://localhost:8443/adfs"));
  std::string order;
  const auto send = [&](http::Request& request, char name) {
    auto work = [&, name]() -> http::Task<> {
      Pieces nothing("", 1);
      EXPECT_EQ((co_await lab_.face->handle(request, nothing)).status, 200);
      order += name;
    };
    boost::asio::co_spawn(context_, std::move(work), boost::asio::detached);
  };
  for (int i = 0; i < 4; ++i) {
    send(mine, 'a');
  }
  send(theirs, 'b');
  context_.run();
  EXPECT_EQ(order, "abaaa");
}

TEST_F(FaceHandleTest, TheBodyOfARefusedCallerIsNotRead) {
  auto request = lab_.request(put, kNote);
  request.headers.set("Authorization", "Bearer forged");
  Pieces body(R"({"text":"x"})", 3);
  EXPECT_EQ(run(request, body).status, 401);
  EXPECT_FALSE(body.asked);
}

TEST_F(FaceHandleTest, BodiesThatAreTooLargeOrBreakOffEndTheConnection) {
  auto request = lab_.request(put, kNote);
  Pieces large(std::string(5 * kMiB, ' '), 256 * kKiB);
  const auto refused = run(request, large);
  EXPECT_EQ(refused.status, 413);
  EXPECT_TRUE(refused.close);
  EXPECT_THAT(refused.body, StartsWith(R"({"error":{"code":"RequestContentTooLarge")"));

  Pieces broken(R"({"text":)", 3, true);
  const auto cut = run(request, broken);
  EXPECT_EQ(cut.status, 400);
  EXPECT_TRUE(cut.close);
}

TEST_F(FaceHandleTest, ManyThreadsAskAtOnce) {
  std::vector<http::Request> requests;
  for (int i = 0; i < 4; ++i) {
    requests.push_back(lab_.request(get, kNote));
    requests.back().headers.set("Authorization", "Bearer " + lab_.issuer->issue(lab_.principal, ArmFixture::kBase,
                                                                                "https://localhost:8443/adfs"));
  }
  std::atomic<int> answered = 0;
  std::vector<std::jthread> threads;
  for (const auto& request : requests) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        answered += lab_.face->answer(request, "").status == 200 ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(answered, 800);
}

}  // namespace
}  // namespace quaymaster::arm
