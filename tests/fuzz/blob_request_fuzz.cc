// The head of a Blob request from foreign bytes: "METHOD target", then header lines. Covers everything that reads it
// before the caller is authenticated: address, operation, signatures, conditions, ranges, metadata.

#include <fmt/format.h>

#include "base/check.h"
#include "base/encode.h"
#include "faces/blob/blob_address.h"
#include "faces/blob/blob_blocks.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_headers.h"
#include "faces/blob/blob_operations.h"
#include "faces/blob/blob_render.h"
#include "identity/signatures/sas.h"
#include "identity/signatures/shared_key.h"

namespace {

using namespace quaymaster;
using namespace quaymaster::storage;

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// As the session decodes it; false where the session would have answered 400.
bool read_query(std::string_view raw, http::Query& query) {
  while (!raw.empty()) {
    const auto pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(pair.size() + 1, raw.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = form_decode(pair.substr(0, equals));
    auto value = form_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
      return false;
    }
    query.emplace_back(std::move(name).value(), std::move(value).value());
  }
  return true;
}

bool read_request(std::string_view text, http::Request& request) {
  auto line = take_line(text);
  const auto method = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(method.size() + 1, line.size()));
  for (int i = 0; i <= static_cast<int>(http::Method::other); ++i) {
    if (http::name(static_cast<http::Method>(i)) == method) {
      request.method = static_cast<http::Method>(i);
    }
  }
  request.raw_path = line.substr(0, line.find('?'));
  if (request.raw_path.size() < line.size()) {
    request.raw_query = line.substr(request.raw_path.size() + 1);
  }
  while (!text.empty()) {
    const auto field = take_line(text);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      return false;
    }
    request.headers.add(std::string(field.substr(0, colon)), std::string(field.substr(colon + 1)));
  }
  return read_query(request.raw_query, request.query);
}

/// The text of a refusal must be well-formed for any input.
template <class T>
void render(const Result<T>& result, const http::Request& request) {
  if (!result) {
    (void)render_error(result.error(), request, Time());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  http::Request request;
  if (!read_request(as_text(Bytes(data, size)), request)) {
    return 0;
  }

  const auto address = parse_address(request, AddressRules());
  render(address, request);
  if (address) {
    check(!address.value().account.empty() || address.value().secondary);
    check(address.value().blob.empty() || !address.value().container.empty());
    render(find_operation(request, address.value()), request);
    const Buffer keys[] = {Buffer(64, 1)};
    const auto now = parse_time("2026-03-14T09:26:53Z").value();
    const identity::SasRequest asked{
        request.query, address.value().account, address.value().container, address.value().blob, true, "10.0.0.1"};
    render(identity::verify_sas(asked, keys, now), request);
    render(identity::verify_shared_key(request, {address.value().account, keys}, "2020-12-06", now), request);
  }
  render(identity::parse_shared_key(request.headers.get("Authorization").value_or("")), request);
  render(read_conditions(request), request);
  render(write_conditions(request), request);
  render(container_conditions(request), request);
  render(read_metadata(request), request);
  render(read_properties(request, Writing::blob), request);
  render(read_checksums(request), request);
  render(refuse_unsupported(request), request);
  render(read_state(request), request);
  render(refuse_old_state(request), request);
  render(read_block_id(request), request);
  for (const std::uint64_t blob_size : {0ULL, 1ULL, 1000ULL, ~0ULL}) {
    const auto range = read_range(request, blob_size);
    render(range, request);
    if (range && range.value()) {
      check(range.value()->first <= range.value()->last && range.value()->last < blob_size);
    }
  }
  return 0;
}
