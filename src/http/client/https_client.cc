#include "http/client/https_client.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/encode.h"

namespace quaymaster::http {
namespace {

constexpr std::size_t kLargestAnswer = 64 * kMiB;

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* held) const {
    release(held);
  }
};
using Context = std::unique_ptr<SSL_CTX, Releaser<&SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Releaser<&SSL_free>>;
using Addresses = std::unique_ptr<addrinfo, Releaser<&freeaddrinfo>>;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

Result<Socket> connect_to(const Address& address, std::chrono::seconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found); error != 0) {
    return io("{}: {}", address.host, ::gai_strerror(error));
  }
  const Addresses addresses(found);
  int last_error = 0;
  for (const addrinfo* candidate = found; candidate != nullptr; candidate = candidate->ai_next) {
    Socket socket(::socket(candidate->ai_family, candidate->ai_socktype | SOCK_CLOEXEC, candidate->ai_protocol));
    const timeval limit{static_cast<time_t>(timeout.count()), 0};
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::connect(socket.descriptor(), candidate->ai_addr, candidate->ai_addrlen) == 0) {
      return socket;
    }
    last_error = errno;
  }
  return system_error(last_error, fmt::format("connect to {}:{}", address.host, address.port));
}

bool is_numeric(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

Result<Session> shake_hands(SSL_CTX* context, const Socket& socket, const Address& address) {
  Session session(SSL_new(context));
  if (is_numeric(address.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), address.host.c_str());
  } else {
    SSL_set1_host(session.get(), address.host.c_str());
    SSL_set_tlsext_host_name(session.get(), address.host.c_str());
  }
  SSL_set_verify(session.get(), SSL_VERIFY_PEER, nullptr);
  SSL_set_fd(session.get(), socket.descriptor());
  if (SSL_connect(session.get()) != 1) {
    if (const auto verdict = SSL_get_verify_result(session.get()); verdict != X509_V_OK) {
      return unauthenticated("the certificate of {}:{} is not accepted: {}", address.host, address.port,
                             X509_verify_cert_error_string(verdict));
    }
    return io("no TLS with {}:{}", address.host, address.port);
  }
  return session;
}

Result<std::string> take_chunks(std::string_view text) {
  std::string body;
  while (true) {
    const auto line = text.find("\r\n");
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + std::min(line, text.size()), size, 16);
    if (line == std::string_view::npos || error != std::errc{} || end == text.data()) {
      return corrupt("the answer's chunks are malformed");
    }
    text.remove_prefix(line + 2);
    if (size == 0) {
      return body;
    }
    if (text.size() < 2 || size > text.size() - 2) {
      return corrupt("the answer was cut short");
    }
    body.append(text.substr(0, size));
    text.remove_prefix(size + 2);
  }
}

}  // namespace

Result<Address> parse_address(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme)) {
    return invalid("\"{}\" is not an https address", url);
  }
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) {
    url.remove_suffix(1);
  }
  const auto bracket = url.starts_with('[') ? url.find(']') : 0;
  const auto colon = bracket == std::string_view::npos ? bracket : url.find(':', bracket);
  Address address{std::string(url.substr(0, colon)), "443"};
  if (colon != std::string_view::npos) {
    address.port = url.substr(colon + 1);
  }
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host.empty() || address.host.front() == '[' || address.port.empty() ||
      url.find('/') != std::string_view::npos || address.port.find_first_not_of("0123456789") != std::string::npos) {
    return invalid("\"https://{}\" is not the address of a server", url);
  }
  return address;
}

Result<HttpAnswer> parse_answer(std::string_view text) {
  HttpAnswer answer;
  while (true) {
    const auto head_end = text.find("\r\n\r\n");
    if (!text.starts_with("HTTP/1.") || text.size() < 12 || head_end == std::string_view::npos) {
      return corrupt("the answer is not HTTP, or was cut short");
    }
    if (std::from_chars(text.data() + 9, text.data() + 12, answer.status).ec != std::errc{}) {
      return corrupt("the answer has no status");
    }
    auto head = text.substr(0, head_end + 2);
    text.remove_prefix(head_end + 4);
    if (answer.status < 200) {
      continue;  // an interim answer comes before the real one
    }
    std::optional<std::size_t> length;
    bool chunked = false;
    for (auto line_end = head.find("\r\n"); line_end != std::string_view::npos; line_end = head.find("\r\n")) {
      const auto as_sent = head.substr(0, line_end);
      const auto line = to_lower(as_sent);
      head.remove_prefix(line_end + 2);
      if (const auto colon = as_sent.find(": "); colon != std::string_view::npos) {
        answer.headers.emplace_back(to_lower(as_sent.substr(0, colon)), as_sent.substr(colon + 2));
      }
      constexpr std::string_view kLength = "content-length: ";
      if (line.starts_with(kLength)) {
        std::size_t number = 0;
        std::from_chars(line.data() + kLength.size(), line.data() + line.size(), number);
        length = number;
      }
      chunked = chunked || line == "transfer-encoding: chunked";
    }
    if (chunked) {
      TRY(answer.body, take_chunks(text));
      return answer;
    }
    if (length && *length > text.size()) {
      return corrupt("the answer was cut short");
    }
    answer.body = text.substr(0, length.value_or(text.size()));
    return answer;
  }
}

Result<HttpAnswer> https_exchange(const Address& address, const std::string& authority, std::string_view method,
                                  std::string_view target, const std::vector<std::string>& head_lines,
                                  std::string_view body, std::chrono::seconds timeout) {
  const Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (authority.empty() ? SSL_CTX_set_default_verify_paths(context.get()) != 1
                        : SSL_CTX_load_verify_file(context.get(), authority.c_str()) != 1) {
    return invalid("the certificate authority {} cannot be read", authority);
  }
  TRY(const auto socket, connect_to(address, timeout));
  TRY(const auto session, shake_hands(context.get(), socket, address));

  const bool is_v6 = address.host.find(':') != std::string::npos;
  auto request = fmt::format("{} {} HTTP/1.1\r\nHost: {}{}{}:{}\r\nConnection: close\r\nContent-Length: {}\r\n", method,
                             target, is_v6 ? "[" : "", address.host, is_v6 ? "]" : "", address.port, body.size());
  for (const auto& line : head_lines) {
    request += line + "\r\n";
  }
  request += "\r\n";
  request += body;
  std::size_t written = 0;
  if (SSL_write_ex(session.get(), request.data(), request.size(), &written) != 1) {
    return io("the connection to {}:{} ended", address.host, address.port);
  }

  std::string text;
  std::array<char, 16384> bytes{};
  std::size_t size = 0;
  while (SSL_read_ex(session.get(), bytes.data(), bytes.size(), &size) == 1) {
    if (text.size() + size > kLargestAnswer) {
      return too_large("the answer has more than {} bytes", kLargestAnswer);
    }
    text.append(bytes.data(), size);
  }
  if (text.empty()) {
    return io("{}:{} did not answer", address.host, address.port);
  }
  return parse_answer(text);
}

}  // namespace quaymaster::http
