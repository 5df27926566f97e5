#include "faces/blob/blob_service.h"

#include <fmt/format.h>

#include <utility>

#include "base/digests/checksum.h"
#include "base/digests/digest.h"
#include "faces/blob/blob_authorization.h"
#include "faces/blob/blob_call.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_headers.h"
#include "faces/blob/blob_operations.h"
#include "faces/blob/blob_render.h"
#include "faces/blob/blob_service_settings.h"
#include "http/offload.h"
#include "http/request_ids.h"

namespace quaymaster::storage {
namespace {

constexpr std::string_view kQuotedEtags = "2011-08-18";  // the first version that quotes its ETags
constexpr std::string_view kNewestVersion = "2026-06-06";

std::string_view code_of(const Error& error) {
  return (error.published() != nullptr ? *error.published()->row : row_of(error.kind())).code;
}

/// Any date from the first version on: a newer client is served with the newest version we support (blob.md, 2).
Result<> check_version(std::string_view name, std::string_view version) {
  const bool good = version.size() == kFirstVersion.size() && version >= kFirstVersion && parse_time(version);
  return good ? Result<>(ok()) : Result<>(refuse_header(kInvalidHeaderValue, name, version));
}

/// x-ms-version, else api-version, else sv; empty when the request names none.
Result<std::string> version_asked_for(const http::Request& request) {
  std::string version(header(request, "x-ms-version").value_or(""));
  std::string_view name = "x-ms-version";
  for (const std::string_view parameter : {"api-version", "sv"}) {
    if (!version.empty()) {
      break;
    }
    version = request.parameter(parameter).value_or("");
    name = parameter;
  }
  if (!version.empty()) {
    TRY(check_version(name, version));
  }
  return version;
}

/// For a request that names no version: the account's default, otherwise the first version for callers without a key.
Result<std::string> default_version(store::Database& database, const BlobAddress& address,
                                    const http::Request& request) {
  TRY(const auto stored, default_service_version(database, address.account));
  if (stored) {
    return *stored;
  }
  if (header(request, "Authorization")) {
    return refuse_missing(kMissingHeader, "x-ms-version");
  }
  return std::string(kFirstVersion);
}

Result<> check_client_id(const http::Request& request) {
  const auto id = header(request, http::kClientRequestId);
  if (id && id->size() > http::kLongestClientRequestId) {
    return refuse_header(kInvalidHeaderValue, http::kClientRequestId, id->substr(0, http::kLongestClientRequestId));
  }
  return ok();
}

/// The length of a body that may be sent must be known in advance (blob.md, 1.2).
Result<> check_length(const http::Request& request) {
  const bool may_bring_a_body = request.method == http::Method::put || request.method == http::Method::post;
  if (may_bring_a_body && !request.content_length) {
    return refuse_missing(kMissingLength, "Content-Length");
  }
  return ok();
}

void unquote_etag(http::Headers& headers) {
  const auto etag = headers.get("ETag").value_or("");
  if (etag.size() >= 2 && etag.starts_with('"')) {
    headers.set("ETag", std::string(etag.substr(1, etag.size() - 2)));
  }
}

/// Nothing is leased, so a lease id never matches an existing resource. A missing resource is reported as missing,
/// except to an operation that would create it.
Result<> refuse_lease(BlobCall& call, const identity::SasNeed& need) {
  if (call.address.level == Level::service || !header(call.request, "x-ms-lease-id")) {
    return ok();
  }
  const bool creates = need.account_permissions.find('c') != std::string_view::npos;
  if (call.address.level == Level::container) {
    if (!creates) {
      TRY(in_container_words(call.blobs.get_container(call.address.account, call.address.container)));
    }
    return refuse(Errc::precondition, kNoContainerLease);
  }
  if (!creates) {
    TRY(in_blob_words(call.blobs.get_blob(call.key()), call));
  }
  return refuse(Errc::precondition, kNoBlobLease);
}

/// The body for a row that needs it as a whole: read, bounded, and verified against the checksums of the request.
http::Task<Result<std::string>> read_document(const http::Request& request, http::Body& body) {
  CO_TRY(const auto checksums, read_checksums(request));
  if (request.content_length.value_or(0) > kLargestDocument) {
    co_return refuse(Errc::too_large, kBodyTooLarge);
  }
  CO_TRY(auto text, co_await http::read_all(body, kLargestDocument));
  if (checksums.md5 && *checksums.md5 != md5(as_bytes(text))) {
    co_return refuse(Errc::invalid, kMd5Mismatch);
  }
  if (checksums.crc64 && *checksums.crc64 != crc64_nvme(as_bytes(text))) {
    co_return refuse(Errc::invalid, kCrc64Mismatch);
  }
  co_return text;
}

}  // namespace

BlobService::BlobService(blob::Store& blobs, store::Database& database, Clock& clock, ThreadPool& pool,
                         BlobNeighbours neighbours, BlobOptions options)
    : blobs_(blobs),
      database_(database),
      clock_(clock),
      pool_(pool),
      neighbours_(std::move(neighbours)),
      options_(std::move(options)),
      cors_(database) {}

http::Task<http::Reply> BlobService::handle(http::Request& request, http::Body& body) {
  Progress progress;
  progress.version = kNewestVersion;
  auto answer = co_await answer_to(request, body, progress);
  const auto now = clock_.now();
  const auto code = answer ? std::string_view() : code_of(answer.error());
  auto reply = answer ? std::move(answer).value() : render_error(answer.error(), request, now);
  if (reply.status == 401 && !options_.authorization_uri.empty()) {
    reply.headers.set(
        "WWW-Authenticate",
        fmt::format("Bearer authorization_uri={} resource_id=https://storage.azure.com", options_.authorization_uri));
  }
  add_common_headers(reply.headers, request, progress.version, now);
  if (progress.version < kQuotedEtags) {
    unquote_etag(reply.headers);
  }
  if (!progress.account.empty() && request.method != http::Method::options) {
    if (const auto rules = cors_rules_of(progress.account)) {
      add_cors_headers(reply.headers, request, *rules.value());
    }
  }
  reply.operation = progress.operation;
  write_audit(request, reply, code, std::move(progress.entry));
  co_return reply;
}

Result<std::shared_ptr<const CorsRules>> BlobService::cors_rules_of(std::string_view account) {
  return cors_.get(account, [account](store::Reader& reader) -> Result<CorsRules> {
    TRY(const auto settings, read_service_settings(reader, account));
    return cors_rules(settings);
  });
}

/// Called once the answer is known and before it is sent; the line reaches the disk soon after, so that small blobs do
/// not wait for it.
void BlobService::write_audit(const http::Request& request, const http::Reply& reply, std::string_view code,
                              identity::AuditEntry entry) {
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  const bool denied = reply.status == 403 || (reply.status == 401 && header(request, "Authorization"));
  if (neighbours_.audit == nullptr || (reads && !denied)) {
    return;
  }
  auto line = identity::request_entry(request, "blob");
  line.who = std::move(entry.who);
  line.name = std::move(entry.name);
  if (!reply.operation.empty()) {
    line.operation = reply.operation;
  }
  line.status = reply.status;
  if (!code.empty()) {
    line.code = code;
  }
  denied ? neighbours_.audit->note_denial(std::move(line)) : neighbours_.audit->note(std::move(line));
}

// The order is that of blob.md, 10.1: syntax, authentication, authorization, then the row's checks.
http::Task<Result<http::Reply>> BlobService::answer_to(http::Request& request, http::Body& body, Progress& progress) {
  // Syntax: which row is requested. Nothing is read from disk for an invalid request.
  CO_TRY(auto asked, version_asked_for(request));
  if (!asked.empty()) {
    progress.version = asked;
  }
  CO_TRY(check_client_id(request));
  CO_TRY(auto address, parse_address(request, options_.addresses));
  if (request.method == http::Method::options) {
    CO_TRY(const auto rules, cors_rules_of(address.account));
    co_return answer_preflight(request, *rules);
  }
  CO_TRY(check_length(request));
  CO_TRY(const auto* operation, find_operation(request, address));
  progress.operation = operation->id;
  if (asked.empty()) {
    CO_TRY(progress.version, default_version(database_, address, request));
  }

  // Authentication and authorization.
  auto account = neighbours_.account(address.account);
  if (!account) {
    co_return account.error().kind() == Errc::not_found ? std::move(account).error().as(kResourceNotFound)
                                                        : std::move(account).error();
  }
  progress.account = address.account;
  BlobCall call{blobs_,           database_,   pool_, request, body, std::move(address), std::move(account).value(),
                progress.version, clock_.now()};
  CO_TRY(authorize_blob_call(call, *operation, neighbours_, call.now, progress.entry));
  call.share = http::share_of(fmt::format("{} {}", progress.entry.who.value_or(""), request.peer));

  // The row's handler.
  if (!operation->offered) {
    co_return quaymaster::refuse(Errc::unsupported, kNotImplemented, operation->note);
  }
  CO_TRY(refuse_unsupported(request));
  CO_TRY(refuse_lease(call, operation->signature.need));
  const auto& handler = operation->handler;
  if (handler.takes_document) {
    CO_TRY(call.document, co_await read_document(request, body));
  }
  if (handler.streamed != nullptr) {
    co_return co_await handler.streamed(call);
  }
  if (handler.runs == Runs::here) {
    co_return handler.plain(call);
  }
  auto work = [&] { return handler.plain(call); };
  co_return co_await http::offload(pool_, work, call.share);
}

http::Reply BlobService::refuse(const http::Request& request, int status, std::string_view cause) {
  // The head was not acceptable, or an exception was caught: only the id of the request is known.
  const auto& row = status == 503   ? kServerBusy
                    : status >= 500 ? kInternalError
                    : status == 414 ? kInvalidUri
                                    : kInvalidInput;
  auto reply = render_error(Error(Errc::invalid, std::string(cause)).as(row), request, clock_.now());
  reply.status = status;
  add_common_headers(reply.headers, request, kNewestVersion, clock_.now());
  return reply;
}

}  // namespace quaymaster::storage
