#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/digests/digest.h"
#include "base/encode.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "faces/blob/blob_service.h"
#include "http/server/loops.h"
#include "identity/signatures/sas.h"
#include "identity/signatures/shared_key.h"
#include "objects/directory/directory_store.h"
#include "store/database.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

// For tests of the Blob face: the real face on the real engine in its own directory, called without sockets.
namespace quaymaster::storage::testing {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A request's body in pieces, or one that breaks off.
class TextBody final : public http::Body {
 public:
  explicit TextBody(std::string text, std::size_t piece = 256 * kKiB) : text_(std::move(text)), piece_(piece) {}
  http::Task<Result<Bytes>> next() override {
    asked_ = true;
    if (at_ == text_.size() && breaks_) {
      co_return io("the peer went away");
    }
    const auto part = std::string_view(text_).substr(at_, piece_);
    at_ += part.size();
    co_return Bytes(as_bytes(part));
  }
  void break_off() { breaks_ = true; }
  bool asked() const { return asked_; }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
  bool breaks_ = false;
  bool asked_ = false;
};

/// A complete answer.
struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::optional<std::uint64_t> length;
  bool asked_for_body = false;  // of the request
  std::string cause;

  std::string header(std::string_view name) const { return std::string(headers.get(name).value_or("")); }
  std::string code() const { return header("x-ms-error-code"); }
};

inline constexpr std::string_view kAccount = "devstoreaccount1";
inline const std::string kKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

inline http::Method method_of(std::string_view text) {
  using enum http::Method;
  for (const auto method : {get, head, put, post, patch, del, options}) {
    if (http::name(method) == text) {
      return method;
    }
  }
  return other;
}

inline http::Query query_of(std::string_view raw) {
  http::Query query;
  while (!raw.empty()) {
    const auto pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(pair.size() + 1, raw.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.empty()) {
      continue;
    }
    query.emplace_back(form_decode(pair.substr(0, equals)).value(),
                       form_decode(pair.substr(std::min(equals + 1, pair.size()))).value());
  }
  return query;
}

class BlobFace : public ::testing::Test {
 protected:
  BlobFace() {
    static std::atomic<int> count{0};
    root_ = Path(::testing::TempDir()) / fmt::format("qm-blob-face-{}-{}", ::getpid(), count.fetch_add(1));
    std::filesystem::remove_all(root_);
    const store::Schema schemas[] = {blob::schema(), blob_schema()};
    database_ = store::open_in_memory(schemas).value();
    objects_ = objects::open_directory(disk_, root_).value();
    blobs_ = blob::open_store(*database_, *objects_, clock_).value();
    pool_ = std::make_unique<ThreadPool>("blob-face", 4);
    neighbours_.account = [this](const std::string& name) -> Result<BlobAccount> {
      if (name != kAccount) {
        return not_found("no account {}", name);
      }
      return account_;
    };
    account_.name = kAccount;
    account_.resource_id =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/devstoreaccount1";
    account_.keys = {Buffer(64, 1), decode_base64(kKey).value()};
    open_face();
  }
  ~BlobFace() override {
    face_.reset();
    pool_.reset();
    blobs_.reset();
    objects_.reset();
    database_.reset();
    std::filesystem::remove_all(root_);
  }

  void open_face(BlobOptions options = {}) {
    face_ = std::make_unique<BlobService>(*blobs_, *database_, clock_, *pool_, neighbours_, std::move(options));
  }

  /// How a request is authenticated before it is sent.
  struct Sending {
    bool sign = true;
    bool secure = false;
    std::size_t piece = 256 * kKiB;
    std::optional<std::uint64_t> promised;  // Content-Length; the body's size when absent
    bool break_off = false;
    bool chunked = false;
    bool without_length = false;
  };

  Answer send(std::string_view method, const std::string& target, const Fields& fields = {}, std::string body = "") {
    return send_as(Sending(), method, target, fields, std::move(body));
  }

  Answer send_as(const Sending& how, std::string_view method, const std::string& target, const Fields& fields = {},
                 std::string body = "") {
    http::Request request = request_of(how, method, target, fields, body);
    TextBody text(std::move(body), how.piece);
    if (how.break_off) {
      text.break_off();
    }
    Answer answer;
    auto work = [&] { return ask(request, text, answer); };
    loops_.run(work);
    answer.asked_for_body = text.asked();
    return answer;
  }

  http::Request request_of(const Sending& how, std::string_view method, const std::string& target, const Fields& fields,
                           const std::string& body) {
    http::Request request;
    request.method = method_of(method);
    request.raw_path = target.substr(0, target.find('?'));
    if (const auto mark = target.find('?'); mark != std::string::npos) {
      request.raw_query = target.substr(mark + 1);
    }
    request.query = query_of(request.raw_query);
    request.secure = how.secure;
    request.peer = "127.0.0.1";
    request.received = clock_.now();
    request.id.bytes[15] = static_cast<std::uint8_t>(++requests_);
    request.chunked = how.chunked;
    for (const auto& [name, value] : fields) {
      request.headers.add(name, value);
    }
    const auto add = [&](const char* name, std::string value) {
      if (!request.headers.get(name)) {
        request.headers.add(name, std::move(value));
      }
    };
    add("Host", "127.0.0.1:10000");
    const bool has_body = method == "PUT" || method == "POST" || !body.empty();
    if (how.chunked) {
      add("Transfer-Encoding", "chunked");
    } else if (has_body && !how.without_length) {
      request.content_length = how.promised.value_or(body.size());
      add("Content-Length", std::to_string(*request.content_length));
    }
    if (!how.sign) {
      return request;
    }
    add("x-ms-version", "2026-04-06");
    add("x-ms-date", format_http_date(clock_.now()));
    const auto version = std::string(*request.headers.get("x-ms-version"));
    const auto text = identity::shared_key_text(request, kAccount, version, {});
    const auto signature = hmac_sha256(decode_base64(kKey).value(), as_bytes(text));
    add("Authorization", fmt::format("SharedKey {}:{}", kAccount, base64(signature)));
    return request;
  }

  /// A query with the signature of a service SAS: sas("sv=…&sr=b&sp=r&se=…", "c", "b").
  std::string sas(const std::string& query, const std::string& container, const std::string& blob = "") {
    const auto decoded = query_of(query);
    const identity::SasRequest asked{decoded, kAccount, container, blob, false, ""};
    const bool for_account = query.find("ss=") != std::string::npos;
    const auto text = for_account ? identity::account_sas_text(asked) : identity::service_sas_text(asked);
    return query + "&sig=" + percent_encode(base64(hmac_sha256(decode_base64(kKey).value(), as_bytes(text))));
  }

  // What most tests start with.
  void make_container(const std::string& name = "cont") {
    ASSERT_EQ(send("PUT", path(name) + "?restype=container").status, 201);
  }
  void put(const std::string& name, const std::string& body, Fields fields = {}) {
    fields.emplace_back("x-ms-blob-type", "BlockBlob");
    const auto answer = send("PUT", path("cont/" + name), fields, body);
    ASSERT_EQ(answer.status, 201) << answer.body << answer.cause;
  }
  static std::string path(std::string_view rest) { return fmt::format("/{}/{}", kAccount, rest); }

  SystemDisk disk_;
  ManualClock clock_{parse_time("2026-03-14T09:26:53.1234567Z").value()};
  BlobAccount account_;
  BlobNeighbours neighbours_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<blob::Store> blobs_;
  http::Loops loops_;  // outlives the pool
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<BlobService> face_;

 private:
  http::Task<> ask(http::Request& request, http::Body& body, Answer& answer) {
    auto reply = co_await face_->handle(request, body);
    answer.status = reply.status;
    answer.headers = reply.headers;
    answer.body = reply.body;
    answer.length = reply.length;
    answer.cause = reply.cause;
    while (reply.source) {
      const auto bytes = co_await reply.source->next();
      if (!bytes) {
        answer.cause = "cut: " + bytes.error().cause();
        co_return;
      }
      if (bytes.value().empty()) {
        co_return;
      }
      answer.body += as_text(bytes.value());
    }
  }

  Path root_;
  int requests_ = 0;
};

}  // namespace quaymaster::storage::testing
