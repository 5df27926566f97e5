#include <algorithm>
#include <optional>
#include <utility>

#include "base/digests/checksum.h"
#include "base/digests/digest.h"
#include "base/encode.h"
#include "faces/blob/blob_blocks.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_headers.h"
#include "http/offload.h"

namespace quaymaster::storage {
namespace {

/// The maximum size of one request's body, by the version it uses (blob.md, 8).
struct SizeLimit {
  std::string_view from_version;
  std::uint64_t bytes;
};
constexpr SizeLimit kPutBlobLimits[] = {{"2019-12-12", 5000 * kMiB}, {"2016-05-31", 256 * kMiB}, {"", 64 * kMiB}};
constexpr SizeLimit kPutBlockLimits[] = {{"2019-12-12", 4000 * kMiB}, {"2016-05-31", 100 * kMiB}, {"", 4 * kMiB}};

std::uint64_t limit_of(std::span<const SizeLimit> limits, std::string_view version) {
  return std::ranges::find_if(limits, [&](const auto& one) { return version >= one.from_version; })->bytes;
}

Result<> check_length(const http::Request& request, std::uint64_t limit) {
  if (request.content_length.value_or(0) > limit) {
    return refuse(Errc::too_large, kBodyTooLarge).with("MaxLimit", std::to_string(limit));
  }
  return ok();
}

/// A body being written to the store, hashed in the same pass. Used on one pool thread at a time.
struct Receiving {
  std::unique_ptr<blob::Upload> upload;
  std::uint64_t size = 0;
  std::uint64_t crc64 = 0;
  bool wants_crc64 = false;

  Result<> take(Bytes bytes) {
    if (wants_crc64) {
      crc64 = crc64_nvme(bytes, crc64);
    }
    size += bytes.size();
    return upload->append(bytes);
  }
};

/// A received body: verified, and not yet visible to readers.
struct Received {
  std::unique_ptr<blob::Content> content;
  std::uint64_t crc64 = 0;
};

/// Called on the pool when the last byte has arrived.
Result<Received> complete(Receiving& receiving, const Checksums& expected) {
  TRY(auto content, receiving.upload->finish());
  if (expected.crc64 && *expected.crc64 != receiving.crc64) {
    return refuse(Errc::invalid, kCrc64Mismatch);
  }
  if (expected.md5 && content->md5() != expected.md5) {
    return refuse(Errc::invalid, kMd5Mismatch);
  }
  return Received{std::move(content), receiving.crc64};
}

/// Streams the request's body through `receiving` and passes the result to `commit`, on the pool. A body of one span
/// costs one switch to the pool. A body that is short, too long or does not match its checksums is not committed.
template <class Commit>
http::Task<std::invoke_result_t<Commit&, Received>> receive(BlobCall& call, Receiving& receiving,
                                                            const Checksums& expected, std::uint64_t limit,
                                                            Commit& commit) {
  const auto length = call.request.content_length;
  for (;;) {
    CO_TRY(const Bytes bytes, co_await call.body.next());
    if (receiving.size + bytes.size() > limit) {
      co_return refuse(Errc::too_large, kBodyTooLarge);
    }
    const bool last = bytes.empty() || receiving.size + bytes.size() == length;
    if (!last) {
      auto work = [&] { return receiving.take(bytes); };
      CO_TRY(co_await http::offload(call.pool, work, call.share));
      continue;
    }
    auto work = [&]() -> std::invoke_result_t<Commit&, Received> {
      TRY(receiving.take(bytes));
      if (length && receiving.size != *length) {
        return io("the body ended at {} of {} bytes", receiving.size, *length);
      }
      TRY(auto received, complete(receiving, expected));
      return commit(std::move(received));
    };
    co_return co_await http::offload(call.pool, work, call.share);
  }
}

/// Checks what the head announces before the body is requested; the engine decides again when it commits.
Result<> check_before_body(BlobCall& call, const blob::Conditions& conditions) {
  TRY(in_container_words(call.blobs.get_container(call.address.account, call.address.container)));
  if (!has_conditions(conditions)) {
    return ok();
  }
  auto found = call.blobs.get_blob(call.key());
  if (!found && found.error().kind() != Errc::not_found) {
    return std::move(found).error();
  }
  const auto blob = found ? std::optional(std::move(found).value()) : std::nullopt;
  return in_blob_words(blob::check_conditions(conditions, blob), call);
}

}  // namespace

http::Task<Result<http::Reply>> put_blob(BlobCall& call) {
  CO_TRY(refuse_old_state(call.request));
  const auto limit = limit_of(kPutBlobLimits, call.version);
  CO_TRY(check_length(call.request, limit));
  CO_TRY(auto conditions, write_conditions(call.request));
  CO_TRY(auto expected, read_checksums(call.request));
  CO_TRY(auto properties, read_properties(call.request, Writing::blob));
  CO_TRY(auto metadata, read_metadata(call.request));
  conditions.must_not_exist |= call.create_only;
  CO_TRY(check_before_body(call, conditions));

  // x-ms-blob-content-md5 also declares the body's digest and takes precedence.
  if (properties.md5) {
    std::ranges::copy(*properties.md5, expected.md5.emplace().begin());
  }
  Receiving receiving{call.blobs.upload(blob::Hashing::md5)};
  receiving.wants_crc64 = expected.crc64.has_value();
  std::optional<std::uint64_t> crc64;
  auto commit = [&](Received received) {
    properties.md5 = blob::stored_md5(received.content->md5());
    if (expected.crc64) {
      crc64 = received.crc64;
    }
    return in_blob_words(
        call.blobs.put_blob(call.key(), std::move(received.content), properties, std::move(metadata), conditions),
        call);
  };
  CO_TRY(const auto blob, co_await receive(call, receiving, expected, limit, commit));

  http::Reply reply;
  reply.status = 201;
  add_version(reply.headers, blob.etag, blob.modified);
  add_version_id(reply.headers, blob);
  if (properties.md5) {
    reply.headers.add("Content-MD5", base64(*properties.md5));
  }
  if (crc64) {
    reply.headers.add("x-ms-content-crc64", crc64_text(*crc64));
  }
  reply.headers.add("x-ms-request-server-encrypted", "true");
  co_return reply;
}

http::Task<Result<http::Reply>> put_block(BlobCall& call) {
  CO_TRY(refuse_old_state(call.request));
  CO_TRY(refuse_conditions(call.request));
  CO_TRY(const auto id, read_block_id(call.request));
  const auto limit = limit_of(kPutBlockLimits, call.version);
  CO_TRY(check_length(call.request, limit));
  if (call.request.content_length == 0U) {
    co_return refuse_header(kInvalidHeaderValue, "Content-Length", "0");
  }
  CO_TRY(const auto expected, read_checksums(call.request));
  const blob::Conditions none;
  CO_TRY(check_before_body(call, none));

  Receiving receiving{call.blobs.upload(expected.md5 ? blob::Hashing::md5 : blob::Hashing::none)};
  receiving.wants_crc64 = !expected.md5;
  std::uint64_t crc64 = 0;
  auto commit = [&](Received received) -> Result<> {
    crc64 = received.crc64;
    if (received.content->size() == 0) {
      return refuse_header(kInvalidHeaderValue, "Content-Length", "0");
    }
    return block_error(call.blobs.put_block(call.key(), id, std::move(received.content)), call);
  };
  CO_TRY(co_await receive(call, receiving, expected, limit, commit));

  http::Reply reply;
  reply.status = 201;
  if (expected.md5) {
    reply.headers.add("Content-MD5", base64(*expected.md5));
  } else {
    reply.headers.add("x-ms-content-crc64", crc64_text(crc64));
  }
  reply.headers.add("x-ms-request-server-encrypted", "true");
  co_return reply;
}

}  // namespace quaymaster::storage
