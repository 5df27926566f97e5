#include "http/server/server.h"

#include <netinet/tcp.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl.hpp>

#include <atomic>
#include <mutex>
#include <thread>

#include "base/caught.h"
#include "base/check.h"
#include "base/log.h"
#include "http/server/served_connection.h"
#include "http/server/tls.h"

namespace quaymaster::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

/// How long accepting pauses at the limit of connections, or when the process has no free descriptor.
constexpr std::chrono::milliseconds kAcceptPause{20};

/// How much of a response the system may buffer: enough to keep the network busy, and so little that hundreds of
/// clients that do not read cost neither memory in sockets nor disk reads for data that is not taken.
constexpr int kMostUnsent = 256 * 1024;
using MostUnsent = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;

Error listen_error(const boost::system::error_code& error, const std::string& address, std::uint16_t port) {
  if (error == asio::error::address_in_use) {
    return busy("{}:{} is in use", address, port);
  }
  if (error == asio::error::access_denied) {
    return forbidden("{}:{} needs privileges", address, port);
  }
  return invalid("cannot listen on {}:{}: {}", address, port, error.message());
}

double sweep_period(const Timeouts& timeouts) {
  const auto shortest =
      std::min({timeouts.handshake, timeouts.idle, timeouts.head, timeouts.read, timeouts.write, timeouts.drop});
  return std::clamp(in_seconds(shortest) / 4, 0.005, 1.0);
}

/// A connection for as long as it counts towards its port's limits.
class Counted {
 public:
  Counted(std::atomic<std::size_t>& count, std::shared_ptr<Admission> admission, std::shared_ptr<Guest> guest)
      : count_(&count), admission_(std::move(admission)), guest_(std::move(guest)) {
    ++*count_;
  }
  Counted(Counted&& other) noexcept = default;
  Counted& operator=(Counted&&) = delete;
  ~Counted() {
    if (guest_) {
      --*count_;
      admission_->leave(*guest_);
    }
  }
  const std::shared_ptr<Guest>& guest() const { return guest_; }

 private:
  std::atomic<std::size_t>* count_;
  std::shared_ptr<Admission> admission_;
  std::shared_ptr<Guest> guest_;
};

std::string peer_of(const Socket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string("-") : endpoint.address().to_string();
}

/// An exception from a source or an observer closes only its connection; exceptions from handlers are caught by the
/// session.
template <class Stream>
Task<> serve_to_the_end(ServedConnection<Stream>& session) {
  try {
    co_await session.serve();
  } catch (...) {
    contained([] { throw; });
  }
}

Task<> serve_plain(Worker& worker, const Listener& listener, Socket socket, std::string peer, Counted counted) {
  ServedConnection<Socket> session(worker, std::move(socket), listener, std::move(peer), counted.guest());
  co_await serve_to_the_end(session);
}

Task<> serve_tls(Worker& worker, const Listener& listener, Socket socket, std::shared_ptr<asio::ssl::context> context,
                 std::string peer, Counted counted) {
  TlsStream stream(std::move(socket), *context);
  ServedConnection<TlsStream> session(worker, std::move(stream), listener, std::move(peer), counted.guest());
  co_await serve_to_the_end(session);
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    auto threads = options_.threads;
    if (threads == 0) {
      threads = std::max(1U, std::thread::hardware_concurrency());
    }
    for (std::size_t i = 0; i < threads; ++i) {
      workers_.push_back(std::make_unique<Worker>(options_, sweep_period(options_.timeouts), held_));
    }
  }

  Result<> listen(Listener listener) {
    check(listener.handler != nullptr);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(listener.address, error);
    if (error) {
      return invalid("\"{}\" is not a numeric address", listener.address);
    }
    const Admission::Limits limits{.connections = options_.limits.connections,
                                   .per_address = options_.limits.per_address};
    auto port = std::make_unique<Port>(workers_.front()->context, std::move(listener), limits);
    if (port->listener.tls) {
      TRY(port->tls, server_context(*port->listener.tls));
    }
    const tcp::endpoint endpoint(address, port->listener.port);
    auto& acceptor = port->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
      acceptor.set_option(tcp::acceptor::reuse_address(true), error);
      acceptor.bind(endpoint, error);
    }
    if (!error) {
      acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      return listen_error(error, port->listener.address, port->listener.port);
    }
    port->number = acceptor.local_endpoint(error).port();
    ports_.push_back(std::move(port));
    return ok();
  }

  void start() {
    for (const auto& port : ports_) {
      asio::co_spawn(workers_.front()->context, accept(*port), asio::detached);
    }
    for (const auto& worker : workers_) {
      worker->start();
    }
    started_ = true;
  }

  std::uint16_t port(std::size_t listener) const { return ports_.at(listener)->number; }
  std::size_t connections() const { return connections_; }

  void drain(std::chrono::milliseconds limit) {
    if (!started_) {
      return;
    }
    asio::post(workers_.front()->context, [this] {
      stopping_ = true;
      for (const auto& port : ports_) {
        boost::system::error_code ignored;
        port->acceptor.close(ignored);
        port->pause.cancel();
      }
    });
    for (const auto& worker : workers_) {
      worker->request_drain(in_seconds(limit));
    }
    const std::lock_guard lock(join_);
    for (const auto& worker : workers_) {
      worker->join();
    }
  }

 private:
  struct Port {
    Port(asio::io_context& context, Listener l, const Admission::Limits& limits)
        : listener(std::move(l)), admission(std::make_shared<Admission>(limits)), acceptor(context), pause(context) {}
    Listener listener;
    const std::shared_ptr<Admission> admission;
    Acceptor acceptor;
    Timer pause;
    std::shared_ptr<asio::ssl::context> tls;
    std::uint16_t number = 0;
  };

  /// One thread accepts and assigns connections in turn. SO_REUSEPORT would let the kernel choose by hash, which loads
  /// four threads unevenly at 64 connections, and would let a second server bind the same port without an error.
  Task<> accept(Port& port) {
    bool pausing = false;
    while (!stopping_) {
      try {
        if (std::exchange(pausing, false)) {
          port.pause.expires_after(kAcceptPause);
          co_await port.pause.async_wait(awaiting());
        }
        pausing = !co_await accept_one(port);
      } catch (...) {  // no memory for this connection; the next one may succeed
        contained([] { throw; });
        pausing = true;
      }
    }
  }

  /// False: pause before the next one.
  Task<bool> accept_one(Port& port) {
    Worker& worker = *workers_[next_worker_++ % workers_.size()];
    auto [error, socket] = co_await port.acceptor.async_accept(worker.context, awaiting());
    if (error == asio::error::operation_aborted || stopping_) {
      co_return true;
    }
    if (error) {
      if (error == asio::error::connection_aborted) {
        co_return true;
      }
      log::warning("http", "cannot accept a connection: {}", error.message());
      co_return false;
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(MostUnsent(kMostUnsent), ignored);
    auto peer = peer_of(socket);
    auto entry = port.admission->enter(&worker, peer, steady_seconds());
    if (!entry.guest) {
      log::debug("http", "connection from {} refused: the limit of connections is reached", peer);
      co_return true;
    }
    Counted counted(connections_, port.admission, std::move(entry.guest));
    if (entry.evicted) {
      asio::post(entry.evicted->worker->context, [evicted = entry.evicted] {
        if (evicted->connection != nullptr) {
          evicted->connection->cut();
        }
      });
    }
    if (port.tls) {
      asio::co_spawn(worker.context,
                     serve_tls(worker, port.listener, std::move(socket), port.tls, std::move(peer), std::move(counted)),
                     asio::detached);
    } else {
      asio::co_spawn(worker.context,
                     serve_plain(worker, port.listener, std::move(socket), std::move(peer), std::move(counted)),
                     asio::detached);
    }
    co_return true;
  }

  const Options options_;
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<std::size_t> held_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::size_t next_worker_ = 0;
  bool started_ = false;
  bool stopping_ = false;  // used by the accepting thread only
  std::mutex join_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  drain(std::chrono::milliseconds{0});
}

Result<std::unique_ptr<Server>> Server::listen(Options options, std::vector<Listener> listeners) {
  check(options.clock != nullptr && options.random != nullptr);
  auto impl = std::make_unique<Impl>(std::move(options));
  for (auto& listener : listeners) {
    TRY(impl->listen(std::move(listener)));
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::start() {
  impl_->start();
}

Result<std::unique_ptr<Server>> Server::start(Options options, std::vector<Listener> listeners) {
  TRY(auto server, listen(std::move(options), std::move(listeners)));
  server->start();
  return server;
}

std::uint16_t Server::port(std::size_t listener) const {
  return impl_->port(listener);
}
std::size_t Server::connections() const {
  return impl_->connections();
}
void Server::drain(std::chrono::milliseconds limit) {
  impl_->drain(limit);
}

}  // namespace quaymaster::http
