#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/digests/checksum.h"
#include "base/digests/digest.h"
#include "base/encode.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_headers.h"
#include "faces/blob/blob_render.h"
#include "http/offload.h"

namespace quaymaster::storage {
namespace {

constexpr std::uint64_t kInlineSize = 64 * kKiB;    // below this, switching to the pool costs more than the read
constexpr std::uint64_t kSpan = 256 * kKiB;         // of a streamed answer; the memory one download uses
constexpr std::uint64_t kLargestHashed = 4 * kMiB;  // of x-ms-range-get-content-md5 (blob.md, 7)

/// A part of one state of a blob as an answer's body; every span is read and verified on the pool.
class SnapshotSource final : public http::Source {
 public:
  SnapshotSource(std::shared_ptr<blob::Snapshot> snapshot, Range range, const BlobCall& call)
      : snapshot_(std::move(snapshot)),
        next_(range.first),
        left_(range.size()),
        pool_(call.pool),
        share_(call.share),
        buffer_(kSpan) {}

  http::Task<Result<Bytes>> next() override {
    if (left_ == 0) {
      co_return Bytes();
    }
    // Up to the next multiple of the span, so that all later reads are aligned with the units that the store verifies.
    const auto wanted = std::min(left_, kSpan - next_ % kSpan);
    const MutableBytes into(buffer_.data(), wanted);
    auto work = [&] { return snapshot_->read(next_, into); };
    CO_TRY(const auto got, co_await http::offload(pool_, work, share_));
    if (got != wanted) {
      co_return corrupt("a blob of {} bytes ended at {}", snapshot_->info().size, next_ + got);
    }
    next_ += got;
    left_ -= got;
    co_return Bytes(into);
  }

 private:
  const std::shared_ptr<blob::Snapshot> snapshot_;
  std::uint64_t next_;
  std::uint64_t left_;
  ThreadPool& pool_;
  const ThreadPool::Share share_;
  Buffer buffer_;
};

Result<std::string> read_range_now(blob::Snapshot& snapshot, Range range) {
  std::string text(range.size(), '\0');
  const MutableBytes into(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  TRY(const auto got, snapshot.read(range.first, into));
  if (got != text.size()) {
    return corrupt("a blob of {} bytes ended at {}", snapshot.info().size, range.first + got);
  }
  return text;
}

bool asks(const http::Request& request, std::string_view name) {
  const auto value = header(request, name);
  return value && equal_ignoring_case(*value, "true");
}

/// The digest of the range that the client requested, checked against the rules for requesting one.
struct WantedDigest {
  bool md5 = false;
  bool crc64 = false;
  bool any() const { return md5 || crc64; }
};
Result<WantedDigest> wanted_digest(const http::Request& request, const std::optional<Range>& range) {
  constexpr std::string_view kMd5 = "x-ms-range-get-content-md5";
  constexpr std::string_view kCrc64 = "x-ms-range-get-content-crc64";
  const WantedDigest wanted{asks(request, kMd5), asks(request, kCrc64)};
  if (!wanted.any()) {
    return wanted;
  }
  if (wanted.md5 && wanted.crc64) {
    return refuse_header(kInvalidHeaderValue, kCrc64, "true");
  }
  const auto name = wanted.md5 ? kMd5 : kCrc64;
  if (!range) {
    return refuse_header(kInvalidHeaderValue, name, "true");
  }
  if (range->size() > kLargestHashed) {
    return refuse(Errc::invalid, kParameterOutOfRange);
  }
  return wanted;
}

void add_md5(http::Headers& headers, std::string_view name, const std::optional<Buffer>& digest) {
  if (digest) {
    headers.add(std::string(name), base64(*digest));
  }
}

/// 304 and 416 carry more than an error's code.
http::Reply not_modified(const Error& error, const BlobCall& call, const blob::BlobInfo& blob) {
  auto reply = render_error(error, call.request, call.request.received);
  add_version(reply.headers, blob.etag, blob.modified);
  return reply;
}
http::Reply unsatisfied_range(const Error& error, const BlobCall& call, std::uint64_t size) {
  auto reply = render_error(error, call.request, call.request.received);
  reply.headers.add("Content-Range", fmt::format("bytes */{}", size));
  return reply;
}

/// The answer to a read without its body and Content-MD5.
http::Reply start_answer(const BlobCall& call, const blob::BlobInfo& blob) {
  http::Reply reply;
  add_blob(reply.headers, blob);
  if (call.sas) {
    apply_overrides(reply.headers, *call.sas);
  }
  return reply;
}

void add_tier(http::Headers& headers, const blob::BlobInfo& blob) {
  if (blob.type != blob::Type::block) {
    return;
  }
  headers.add("x-ms-access-tier", std::string(tier_name(blob)));
  if (blob.properties.tier) {
    headers.add("x-ms-access-tier-change-time", format_http_date(blob.tier_changed));
  } else {
    headers.add("x-ms-access-tier-inferred", "true");
  }
}

}  // namespace

http::Task<Result<http::Reply>> get_blob(BlobCall& call) {
  CO_TRY(const auto state, read_state(call.request));
  CO_TRY(const auto conditions, read_conditions(call.request));
  CO_TRY(auto snapshot, in_blob_words(call.blobs.open_blob(call.key(), state), call));
  const auto& blob = snapshot->info();
  if (const auto met = check_read(conditions, blob); !met) {
    if (met.error().published()->row == &kNotModified) {
      co_return not_modified(met.error(), call, blob);
    }
    co_return met.error();
  }
  const auto asked = read_range(call.request, blob.size);
  if (!asked) {
    co_return unsatisfied_range(asked.error(), call, blob.size);
  }
  CO_TRY(const auto digest, wanted_digest(call.request, asked.value()));

  auto reply = start_answer(call, blob);
  const auto& range = asked.value();
  if (range) {
    reply.status = 206;
    reply.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range->first, range->last, blob.size));
  }
  add_md5(reply.headers, range ? "x-ms-blob-content-md5" : "Content-MD5", blob.properties.md5);
  if (!range && blob.size == 0) {
    co_return reply;
  }

  const Range part = range ? *range : Range{0, blob.size - 1};
  if (digest.any()) {
    auto work = [&] { return read_range_now(*snapshot, part); };
    CO_TRY(reply.body, co_await http::offload(call.pool, work, call.share));
    const auto bytes = as_bytes(reply.body);
    if (digest.md5) {
      reply.headers.add("Content-MD5", base64(md5(bytes)));
    }
    if (digest.crc64) {
      reply.headers.add("x-ms-content-crc64", crc64_text(crc64_nvme(bytes)));
    }
  } else if (part.size() <= kInlineSize) {
    CO_TRY(reply.body, read_range_now(*snapshot, part));
  } else {
    reply.length = part.size();
    reply.source = std::make_unique<SnapshotSource>(std::move(snapshot), part, call);
  }
  co_return reply;
}

Result<http::Reply> get_blob_properties(BlobCall& call) {
  TRY(const auto state, read_state(call.request));
  TRY(const auto conditions, read_conditions(call.request));
  TRY(const auto blob, in_blob_words(call.blobs.get_blob(call.key(), state), call));
  if (const auto met = check_read(conditions, blob); !met) {
    if (met.error().published()->row == &kNotModified) {
      return not_modified(met.error(), call, blob);
    }
    return met.error();
  }
  auto reply = start_answer(call, blob);
  add_md5(reply.headers, "Content-MD5", blob.properties.md5);
  add_tier(reply.headers, blob);
  reply.length = blob.size;
  return reply;
}

Result<http::Reply> get_blob_metadata(BlobCall& call) {
  TRY(const auto state, read_state(call.request));
  TRY(const auto conditions, read_conditions(call.request));
  TRY(const auto blob, in_blob_words(call.blobs.get_blob(call.key(), state), call));
  if (const auto met = check_read(conditions, blob); !met) {
    if (met.error().published()->row == &kNotModified) {
      return not_modified(met.error(), call, blob);
    }
    return met.error();
  }
  http::Reply reply;
  add_version(reply.headers, blob.etag, blob.modified);
  add_metadata(reply.headers, blob.metadata);
  return reply;
}

}  // namespace quaymaster::storage
