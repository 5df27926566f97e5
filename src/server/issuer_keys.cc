#include "server/issuer_keys.h"

#include "base/caught.h"
#include "base/log.h"
#include "http/client/https_client.h"

namespace quaymaster::server {
namespace {

constexpr std::size_t kLargestKeySet = kMiB;
constexpr std::chrono::seconds kTimeout{10};
constexpr std::chrono::minutes kLook{1};
constexpr std::chrono::hours kRefresh{1};

}  // namespace

IssuerKeys::IssuerKeys(Disk& disk, Clock& clock, identity::ExternalIssuer& issuer, std::string source)
    : disk_(disk), clock_(clock), issuer_(issuer), source_(std::move(source)) {}

Result<std::string> IssuerKeys::fetch() {
  if (!is_address()) {
    TRY(const auto bytes, read_file(disk_, source_, kLargestKeySet));
    return std::string(as_text(bytes));
  }
  TRY(const auto url, http::parse_https_url(source_));
  TRY(auto answer, http::https_exchange(url.address, "", "GET", url.target, {"Accept: application/json"}, "",
                                        {kTimeout, kLargestKeySet}));
  if (answer.status != 200) {
    return io("status {}", answer.status);
  }
  return std::move(answer.body);
}

Result<> IssuerKeys::load() {
  const auto named = [&](Error error) { return std::move(error).because(fmt::format("openid-keys {}", source_)); };
  auto text = fetch();
  if (!text) {
    return named(std::move(text).error());
  }
  auto set = issuer_.set_keys(text.value());
  if (!set) {
    return named(std::move(set).error());
  }
  loaded_ = true;
  return ok();
}

Result<> IssuerKeys::load_first() {
  auto loaded = load();
  if (!loaded && is_address()) {
    log::warning("server", "{}; tokens of {} are refused until it answers", loaded.error().cause(),
                 issuer_.options().issuer);
    return ok();
  }
  return loaded;
}

void IssuerKeys::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    auto read = clock_.now();
    while (clock_.sleep_for(std::chrono::duration_cast<Ticks>(kLook), stop)) {
      if (loaded_ && !issuer_.take_unknown_key() && clock_.now() - read < kRefresh) {
        continue;
      }
      read = clock_.now();
      if (const auto loaded = caught([this] { return load(); }); !loaded) {
        log::warning("server", "the keys of the OpenID issuer are unchanged: {}", loaded.error().cause());
      }
    }
  });
}

void IssuerKeys::stop() {
  thread_ = {};
}

}  // namespace quaymaster::server
