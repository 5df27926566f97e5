#include "http/client/https_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <tuple>

#include "base/check.h"
#include "base/encode.h"

namespace quaymaster::http {
namespace {

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* held) const {
    release(held);
  }
};
using Url = std::unique_ptr<CURLU, Releaser<&curl_url_cleanup>>;
using UrlPart = std::unique_ptr<char, Releaser<&curl_free>>;
using Handle = std::unique_ptr<CURL, Releaser<&curl_easy_cleanup>>;
using Lines = std::unique_ptr<curl_slist, Releaser<&curl_slist_free_all>>;

/// Empty when the URL has no such part.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  const auto found = curl_url_get(url, part, &text, 0);
  const UrlPart owner(text);
  return found == CURLUE_OK ? std::string(text) : std::string();
}

/// Called before every use of the library; the first call, of whatever thread, starts it for the whole process.
void start_library() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  check(started);
}

template <class Value>
void set(const Handle& handle, CURLoption option, Value value) {
  check(curl_easy_setopt(handle.get(), option, value) == CURLE_OK);
}

void append(Lines& lines, const std::string& line) {
  auto* const longer = curl_slist_append(lines.get(), line.c_str());
  check(longer != nullptr);
  std::ignore = lines.release();
  lines.reset(longer);
}

struct ReceivedBody {
  std::string text;
  std::size_t most;
  bool is_too_large = false;
};

/// Taking fewer bytes than offered ends the transfer.
std::size_t take_body(const char* bytes, std::size_t, std::size_t size, void* user) noexcept {
  auto& body = *static_cast<ReceivedBody*>(user);
  if (size > body.most - body.text.size()) {
    body.is_too_large = true;
    return 0;
  }
  body.text.append(bytes, size);
  return size;
}

/// The blank line at the end of a head; the library itself does not mind a connection that ends before it.
std::size_t take_head_line(const char* bytes, std::size_t, std::size_t size, void* user) noexcept {
  const std::string_view line(bytes, size);
  *static_cast<bool*>(user) = line == "\r\n" || line == "\n";
  return size;
}

void set_trust(const Handle& handle, const std::string& authority) {
  set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!authority.empty()) {
    set(handle, CURLOPT_CAINFO, authority.c_str());
    set(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  } else if (const char* const file = std::getenv("SSL_CERT_FILE"); file != nullptr && *file != '\0') {
    set(handle, CURLOPT_CAINFO, file);
  }
}

void set_request(const Handle& handle, const std::string& method, std::string_view body) {
  if (method == "HEAD") {
    set(handle, CURLOPT_NOBODY, 1L);
    return;
  }
  if (method != "GET" || !body.empty()) {
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(handle, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
  }
  set(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
}

Error error_of(CURLcode code, const Handle& handle, const Address& address, const char* explanation,
               const ExchangeLimits& limits) {
  const std::string_view why = *explanation == '\0' ? curl_easy_strerror(code) : explanation;
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return unauthenticated("the certificate of {}:{} is not accepted: {}", address.host, address.port, why);
    case CURLE_SSL_CACERT_BADFILE:
      return invalid("the certificate authority cannot be read: {}", why);
    case CURLE_URL_MALFORMAT:
      return invalid("not a request to {}:{}: {}", address.host, address.port, why);
    case CURLE_OPERATION_TIMEDOUT:
      return io("{}:{} did not answer within {} ms", address.host, address.port, limits.time.count());
    case CURLE_COULDNT_CONNECT: {
      long number = 0;
      curl_easy_getinfo(handle.get(), CURLINFO_OS_ERRNO, &number);
      return system_error(static_cast<int>(number), fmt::format("connect to {}:{}", address.host, address.port));
    }
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer without a status line
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
      return corrupt("the response of {}:{} is not HTTP, or was cut short: {}", address.host, address.port, why);
    default:
      return io("{}:{}: {}", address.host, address.port, why);
  }
}

}  // namespace

Result<HttpsUrl> parse_https_url(std::string_view url) {
  start_library();
  const Url parsed(curl_url());
  check(parsed != nullptr);
  // The library takes one slash or three for two, as browsers do.
  const auto after_scheme = url.substr(std::min(url.find(':'), url.size()));
  constexpr unsigned kFlags = CURLU_DISALLOW_USER | CURLU_PATH_AS_IS;
  if (!after_scheme.starts_with("://") || after_scheme.starts_with(":///") ||
      url.find_first_of(std::string_view("#\0", 2)) != std::string_view::npos ||
      curl_url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(), kFlags) != CURLUE_OK ||
      part_of(parsed.get(), CURLUPART_SCHEME) != "https") {
    return invalid("\"{}\" is not an https address", url);
  }
  HttpsUrl result{{part_of(parsed.get(), CURLUPART_HOST), part_of(parsed.get(), CURLUPART_PORT)},
                  part_of(parsed.get(), CURLUPART_PATH)};
  auto& host = result.address.host;
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
  }
  if (result.address.port.empty()) {
    result.address.port = "443";
  }
  if (const auto query = part_of(parsed.get(), CURLUPART_QUERY); !query.empty()) {
    result.target += "?" + query;
  }
  return result;
}

Result<Address> parse_address(std::string_view url) {
  TRY(auto parsed, parse_https_url(url));
  if (parsed.target != "/" || url.ends_with('?')) {
    return invalid("\"{}\" is not the address of a server", url);
  }
  return std::move(parsed.address);
}

Result<HttpAnswer> https_exchange(const Address& address, const std::string& authority, std::string_view method,
                                  std::string_view target, const std::vector<std::string>& head_lines,
                                  std::string_view body, const ExchangeLimits& limits) {
  start_library();
  const Handle handle(curl_easy_init());
  check(handle != nullptr);
  const bool is_v6 = address.host.find(':') != std::string::npos;
  const auto url =
      fmt::format("https://{}{}{}:{}{}", is_v6 ? "[" : "", address.host, is_v6 ? "]" : "", address.port, target);
  set(handle, CURLOPT_URL, url.c_str());
  set(handle, CURLOPT_PATH_AS_IS, 1L);
  set(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(handle, CURLOPT_PROTOCOLS_STR, "https");
  set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(handle, CURLOPT_FOLLOWLOCATION, 0L);
  set(handle, CURLOPT_PROXY, "");  // else variables of the environment count, for localhost as well
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.time.count()));
  set(handle, CURLOPT_QUICK_EXIT, 1L);  // a name's lookup that hangs is left behind when the time is over
  set_trust(handle, authority);

  const std::string method_text(method);
  set_request(handle, method_text, body);
  Lines lines;
  for (const auto& line : head_lines) {
    append(lines, line);
  }
  // A line without a value takes away what the library would send by itself, and nothing that was given above.
  append(lines, "Content-Type:");
  append(lines, "Expect:");
  set(handle, CURLOPT_HTTPHEADER, lines.get());

  ReceivedBody received{{}, limits.body_bytes};
  set(handle, CURLOPT_WRITEFUNCTION, &take_body);
  set(handle, CURLOPT_WRITEDATA, &received);
  bool has_whole_head = false;
  set(handle, CURLOPT_HEADERFUNCTION, &take_head_line);
  set(handle, CURLOPT_HEADERDATA, &has_whole_head);
  std::array<char, CURL_ERROR_SIZE> explanation{};
  set(handle, CURLOPT_ERRORBUFFER, explanation.data());

  const auto code = curl_easy_perform(handle.get());
  if (received.is_too_large) {
    return too_large("the response has more than {} bytes", limits.body_bytes);
  }
  if (code != CURLE_OK) {
    return error_of(code, handle, address, explanation.data(), limits);
  }
  if (!has_whole_head) {
    return corrupt("the response of {}:{} was cut short", address.host, address.port);
  }
  HttpAnswer answer;
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  answer.body = std::move(received.text);
  const curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(handle.get(), CURLH_HEADER, -1, const_cast<curl_header*>(header))) != nullptr) {
    answer.headers.emplace_back(to_lower(header->name), header->value);
  }
  return answer;
}

}  // namespace quaymaster::http
