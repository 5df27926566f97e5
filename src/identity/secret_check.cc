#include "identity/secret_check.h"

#include "http/offload.h"
#include "identity/principals/network.h"

namespace quaymaster::identity {

namespace {

/// Holds a place in the queue, if there was one, for as long as it lives.
class Place {
 public:
  explicit Place(std::atomic<std::size_t>& taken)
      : taken_(taken), has_place_(taken.fetch_add(1) < SecretCheck::kMostWaiting) {}
  ~Place() { taken_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool has_place() const { return has_place_; }

 private:
  std::atomic<std::size_t>& taken_;
  const bool has_place_;
};

}  // namespace

/// Nonexistent client ids are not counted: invented ones would fill the memory.
std::string SecretCheck::known_client(const ShownSecret& shown) const {
  const auto entry = issuer_.access().by_client(shown.client_id);
  return entry && entry.value() ? entry.value()->client_id : std::string();
}

std::optional<Proof> SecretCheck::settled(const ShownSecret& shown) {
  Proof proof;
  if (auto known = issuer_.recall(shown.client_id, shown.secret)) {
    proof.state = Proof::State::right;
    proof.principal = std::move(*known);
    return proof;
  }
  const auto wait = limit_.wait(known_client(shown), network_of(shown.peer));
  if (wait.left > Ticks::zero()) {
    proof.state = Proof::State::throttled;
    proof.cause = "too many wrong secrets from this network or for this principal";
    proof.wait = wait.left;
    proof.is_new = wait.first;
    return proof;
  }
  return std::nullopt;
}

Proof SecretCheck::looked_at(const ShownSecret& shown) {
  Proof proof;
  auto principal = issuer_.authenticate(shown.client_id, shown.secret);
  if (principal) {
    limit_.right(principal.value().client_id, network_of(shown.peer));
    proof.state = Proof::State::right;
    proof.principal = std::move(principal).value();
    return proof;
  }
  const bool wrong = principal.error().kind() == Errc::unauthenticated;
  if (wrong) {
    limit_.wrong(known_client(shown), network_of(shown.peer));
  }
  proof.state = wrong ? Proof::State::wrong : Proof::State::failed;
  proof.cause = principal.error().cause();
  return proof;
}

Proof SecretCheck::counted(Proof proof) {
  counts_[static_cast<std::size_t>(proof.state)].fetch_add(1, std::memory_order_relaxed);
  return proof;
}

Proof SecretCheck::check_here(const ShownSecret& shown) {
  auto proof = settled(shown);
  return counted(proof ? std::move(*proof) : looked_at(shown));
}

http::Task<Proof> SecretCheck::check(const ShownSecret& shown) {
  if (auto proof = settled(shown)) {
    co_return counted(std::move(*proof));
  }
  const Place place(waiting_);
  if (!place.has_place()) {
    Proof proof;
    proof.state = Proof::State::busy;
    proof.cause = "too many secrets are being checked";
    proof.wait = std::chrono::seconds{1};
    co_return counted(std::move(proof));
  }
  auto work = [&] {
    return check_here(shown);
  };  // check the cache again: an identical secret may have been ahead in the queue
  co_return co_await http::offload(pool_, work);
}

std::array<std::uint64_t, 6> SecretCheck::counts() const {
  std::array<std::uint64_t, 6> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = counts_[i].load(std::memory_order_relaxed);
  }
  return counts;
}

}  // namespace quaymaster::identity
