#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace quaymaster::http {

/// A blocking connection for tests that sends and receives raw bytes.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : RawClient() { connect(port); }
  RawClient() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {}
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}
  RawClient& operator=(RawClient&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~RawClient() { close(); }

  bool connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  void close() {
    if (socket_ >= 0) {
      ::close(std::exchange(socket_, -1));
    }
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }
  int descriptor() const { return socket_; }

  /// False when the peer has closed the connection.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Everything up to and including `mark`, or up to the end of the connection.
  std::string until(std::string_view mark) {
    auto found = buffer_.find(mark);
    while (found == std::string::npos && receive()) {
      found = buffer_.find(mark);
    }
    return take(found == std::string::npos ? buffer_.size() : found + mark.size());
  }
  /// `size` bytes, or fewer at the end of the connection.
  std::string exactly(std::size_t size) {
    while (buffer_.size() < size && receive()) {
    }
    return take(std::min(size, buffer_.size()));
  }
  std::string until_closed() {
    while (receive()) {
    }
    return take(buffer_.size());
  }
  /// Head and body of one response; the body by its Content-Length.
  std::string answer() {
    auto head = until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? head : head + exactly(std::stoul(head.substr(at + 16)));
  }
  bool closed() { return buffer_.empty() && !receive(); }

 private:
  bool receive() {
    char bytes[16384];
    const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size <= 0) {
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }
  std::string take(std::size_t size) {
    auto text = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return text;
  }

  int socket_;
  std::string buffer_;
};

}  // namespace quaymaster::http
