#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <fstream>
#include <thread>

#include "base/digests/digest.h"
#include "base/encode.h"
#include "base/log.h"
#include "identity/signatures/shared_key.h"
#include "server/data/storage_health.h"
#include "testing/http/raw_client.h"
#include "testing/server/fixture.h"

namespace quaymaster::server {
namespace {

using testing::HasSubstr;

constexpr std::string_view kAccount = "devstoreaccount1";
constexpr std::string_view kKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A server of the test profile, because its account always exists, and a client that signs for it.
class FullDiskServer : public testing::Test {
 protected:
  FullDiskServer() {
    log::set_sink([](std::string_view) {});
    server_.set("profile", "test");
    server_.set("audit", "on");
  }
  ~FullDiskServer() override { log::set_sink(nullptr); }

  std::string send(http::Method method, const std::string& target, const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.raw_path = fmt::format("/{}{}", kAccount, target.substr(0, target.find('?')));
    if (const auto mark = target.find('?'); mark != std::string::npos) {
      request.raw_query = target.substr(mark + 1);
      const auto equals = request.raw_query.find('=');
      request.query.emplace_back(request.raw_query.substr(0, equals), request.raw_query.substr(equals + 1));
    }
    auto& headers = request.headers;
    headers.add("Host", "127.0.0.1");
    headers.add("x-ms-date", format_http_date(SystemClock().now()));
    headers.add("x-ms-version", "2021-08-06");
    if (method == http::Method::put) {
      headers.add("Content-Length", std::to_string(body.size()));
      headers.add("x-ms-blob-type", "BlockBlob");
    }
    const auto text = identity::shared_key_text(request, std::string(kAccount), "2021-08-06", {});
    headers.add("Authorization", fmt::format("SharedKey {}:{}", kAccount,
                                             base64(hmac_sha256(decode_base64(kKey).value(), as_bytes(text)))));
    std::string head = fmt::format("{} {}{} HTTP/1.1\r\nConnection: close\r\n", http::name(method), request.raw_path,
                                   request.raw_query.empty() ? "" : "?" + request.raw_query);
    for (const auto& [name, value] : headers.fields()) {
      head += fmt::format("{}: {}\r\n", name, value);
    }
    http::RawClient client(static_cast<std::uint16_t>(server_.app().endpoints().blob_port));
    client.send(head + "\r\n");
    client.send(body);
    return client.until_closed();
  }
  std::string put(const std::string& name, const std::string& body) {
    return send(http::Method::put, "/cont/" + name, body);
  }
  std::string remove(const std::string& name) { return send(http::Method::del, "/cont/" + name); }
  std::string get(const std::string& name) {
    const auto answer = send(http::Method::get, "/cont/" + name);
    return answer.substr(std::min(answer.find("\r\n\r\n"), answer.size()));
  }
  static int status(const std::string& answer) { return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3)); }

  ServerFixture server_;
};

/// The same on a small file system in memory, which requires the right to mount one.
class FullDiskServerOnASmallDisk : public FullDiskServer {
 protected:
  static constexpr std::size_t kBlob = 4 * kMiB;

  void SetUp() override {
    place_ = Path(testing::TempDir()) / fmt::format("small-disk-{}", ::getpid());
    std::filesystem::create_directories(place_);
    // In a separate mount namespace, which ends with the process.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("small", place_.c_str(), "tmpfs", 0, "size=192m") != 0) {
      GTEST_SKIP() << "no file system can be mounted here";
    }
    is_mounted_ = true;
    server_.set("data", (place_ / "data").native());
  }
  void TearDown() override {
    server_.stop();
    if (is_mounted_) {
      ::umount2(place_.c_str(), MNT_DETACH);
    }
    std::filesystem::remove_all(place_);
  }

  std::uint64_t free_bytes() { return server_.disk().free_bytes(place_).value(); }
  bool has_slice() const { return std::filesystem::exists(place_ / "data/reserve/0"); }
  /// Data of another program that fills the disk to the last byte.
  void fill_from_outside() {
    std::ofstream file(place_ / fmt::format("others-{}", ++others_), std::ios::binary);
    for (const std::size_t size : {kMiB, std::uint64_t{4096}, std::uint64_t{1}}) {
      const std::string bytes(size, 'x');
      while (file.write(bytes.data(), static_cast<std::streamsize>(size)) && file.flush()) {
      }
      file.clear();
    }
    ASSERT_EQ(free_bytes(), 0u);
  }
  static std::string blob(int number) { return std::string(kBlob, static_cast<char>('a' + number % 26)); }

  Path place_;
  bool is_mounted_ = false;
  int others_ = 0;
};

TEST_F(FullDiskServerOnASmallDisk, IsEmptiedThroughTheServerAndStartsWithoutAFreeByte) {
  server_.start();
  ASSERT_EQ(status(send(http::Method::put, "/cont?restype=container")), 201);
  const double begin = steady_seconds();
  while (!has_slice() && steady_seconds() - begin < 30) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(has_slice()) << "the reserve is made in the background";

  int count = 0;
  std::string answer;
  while (count < 100 && status(answer = put(fmt::format("b{}", count), blob(count))) == 201) {
    ++count;
  }
  EXPECT_EQ(status(answer), 503);
  EXPECT_THAT(answer, HasSubstr("x-ms-error-code: ServerBusy"));
  EXPECT_THAT(answer, HasSubstr("disk is full"));
  EXPECT_GE(count, 20);
  EXPECT_GE(free_bytes(), 40 * kMiB) << "a quarter of the disk is kept";

  fill_from_outside();
  EXPECT_EQ(status(remove("b0")), 202) << "on a disk without a free byte";
  EXPECT_EQ(status(put("more", "x")), 503);
  server_.stop();
  fill_from_outside();
  {
    const auto started = server_.try_start();
    ASSERT_TRUE(started) << "a server starts on such a disk: " << started.error().cause();
  }

  server_.start();
  for (int i = 1; i < count; ++i) {
    EXPECT_THAT(get(fmt::format("b{}", i)), HasSubstr(blob(i))) << i;
  }
  fill_from_outside();
  for (int i = 1; i < count; ++i) {
    EXPECT_EQ(status(remove(fmt::format("b{}", i))), 202) << i;
  }
  EXPECT_EQ(status(put("again", blob(7))), 201) << "the space comes back when it is needed";
  EXPECT_THAT(get("again"), HasSubstr(blob(7)));
}

TEST_F(FullDiskServerOnASmallDisk, WithoutAReserveTheStartSaysWhatToDo) {
  server_.start();
  server_.stop();
  std::filesystem::remove_all(place_ / "data/reserve");
  fill_from_outside();
  const auto started = server_.try_start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind(), Errc::no_space) << started.error().cause();
  EXPECT_THAT(started.error().cause(), HasSubstr("free a few MiB on it and start again"));
  std::filesystem::remove(place_ / "others-1");
  EXPECT_TRUE(server_.try_start());
}

TEST_F(FullDiskServerOnASmallDisk, AReadOnlyFileSystemIsNotReady) {
  const auto root = place_ / "root";
  std::filesystem::create_directories(root);
  ASSERT_TRUE(replace_file(server_.disk(), root / "records.db", as_bytes("")));
  const Space space(server_.disk(), root, kMiB);
  const Reserve reserve(server_.disk(), root / "reserve", 0);
  const auto health = StorageHealth::of(root, space, reserve).value();
  EXPECT_TRUE(health.look().is_ready);
  ASSERT_EQ(::mount(nullptr, place_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  EXPECT_FALSE(health.look().is_ready);
  EXPECT_THAT(health.look().remark, HasSubstr("read-only"));
  ASSERT_EQ(::mount(nullptr, place_.c_str(), nullptr, MS_REMOUNT, nullptr), 0);
}

TEST_F(FullDiskServer, AcknowledgesNothingOnceTheDataDirectoryIsGone) {
  server_.start();
  ASSERT_EQ(status(send(http::Method::put, "/cont?restype=container")), 201);
  ASSERT_EQ(status(put("kept", "1")), 201);
  const auto moved = server_.root() / "moved";
  std::filesystem::rename(server_.data(), moved);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(status(put(fmt::format("lost{}", i), "2")), 500) << i;
  }
  EXPECT_NE(status(send(http::Method::put, "/other?restype=container")), 201);
  std::filesystem::rename(moved, server_.data());
  EXPECT_EQ(status(put("again", "3")), 201);
  EXPECT_THAT(get("kept"), HasSubstr("1"));
}

}  // namespace
}  // namespace quaymaster::server
