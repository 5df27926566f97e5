#include "standin/gate.h"

#include <utility>

#include "http/pause.h"

namespace quaymaster::standin {
namespace {

/// How often a waiting request checks whether the gate is open.
constexpr std::chrono::milliseconds kLook{1};

}  // namespace

/// Marks its owner as inside.
class Gate::Pass {
 public:
  explicit Pass(Gate& gate) : gate_(gate) {}
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  ~Pass() { gate_.leave(); }

 private:
  Gate& gate_;
};

/// The body of an answer uses what the gate protects after the handler has returned.
class Gate::PassedSource final : public http::Source {
 public:
  PassedSource(std::unique_ptr<http::Source> inner, std::unique_ptr<Pass> pass)
      : pass_(std::move(pass)), inner_(std::move(inner)) {}
  http::Task<Result<Bytes>> next() override { return inner_->next(); }

 private:
  std::unique_ptr<Pass> pass_;  // released when the source is destroyed
  std::unique_ptr<http::Source> inner_;
};

class Gate::Front final : public http::Handler {
 public:
  Front(Gate& gate, Side side) : gate_(gate), side_(side) {}

  http::Task<http::Reply> handle(http::Request& request, http::Body& body) override {
    auto pass = gate_.enter();
    while (!pass) {
      co_await http::pause(kLook);
      pass = gate_.enter();
    }
    auto reply = co_await gate_.face(side_)->handle(request, body);
    if (reply.source) {
      reply.source = std::make_unique<PassedSource>(std::move(reply.source), std::move(pass));
    }
    co_return reply;
  }

  http::Reply refuse(const http::Request& request, int status, std::string_view cause) override {
    if (const auto pass = gate_.enter()) {
      return gate_.face(side_)->refuse(request, status, cause);
    }
    http::Reply reply;  // cannot wait here, and no face is available to render an error
    reply.status = status;
    return reply;
  }

 private:
  Gate& gate_;
  const Side side_;
};

Gate::Gate()
    : fronts_{std::make_unique<Front>(*this, Side::arm), std::make_unique<Front>(*this, Side::sign_in),
              std::make_unique<Front>(*this, Side::blob)} {}

Gate::Faces Gate::fronts() {
  return {fronts_[0].get(), fronts_[1].get(), fronts_[2].get()};
}

std::unique_ptr<Gate::Pass> Gate::enter() {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return nullptr;
  }
  inside_ += 1;
  return std::make_unique<Pass>(*this);
}

void Gate::leave() {
  const std::lock_guard lock(mutex_);
  inside_ -= 1;
  left_.notify_all();
}

http::Handler* Gate::face(Side side) {
  const std::lock_guard lock(mutex_);
  return side == Side::arm ? faces_.arm : side == Side::sign_in ? faces_.sign_in : faces_.blob;
}

Result<> Gate::close(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  if (!left_.wait_for(lock, patience, [this] { return inside_ == 0; })) {
    closed_ = false;
    return busy("{} requests are still in progress", inside_);
  }
  return ok();
}

void Gate::open(Faces faces) {
  const std::lock_guard lock(mutex_);
  faces_ = faces;
  closed_ = false;
}

}  // namespace quaymaster::standin
