#include "server/metrics/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace quaymaster::server {
namespace {

constexpr std::array<std::string_view, 5> kNames{"arm", "sign_in", "blob", "health", "admin"};

void begin(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

std::string_view name(FaceName face) {
  return kNames.at(static_cast<std::size_t>(face));
}

void Metrics::count(FaceName which, const http::Exchange& exchange) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  auto& face = faces_.at(static_cast<std::size_t>(which));
  const auto status = static_cast<std::size_t>(std::clamp(exchange.status, 100, 599) - 100);
  face.statuses.at(status).fetch_add(1, kRelaxed);
  const auto bucket = std::ranges::lower_bound(kBounds, exchange.seconds) - kBounds.begin();
  face.buckets.at(static_cast<std::size_t>(bucket)).fetch_add(1, kRelaxed);
  face.microseconds.fetch_add(static_cast<std::uint64_t>(exchange.seconds * 1e6), kRelaxed);
  face.bytes_in.fetch_add(exchange.bytes_in, kRelaxed);
  face.bytes_out.fetch_add(exchange.bytes_out, kRelaxed);
  face.cut.fetch_add(exchange.failure.empty() ? 0 : 1, kRelaxed);
}

void Metrics::add_gauge(std::string gauge, std::string help, std::function<void(Values&)> values) {
  const std::lock_guard lock(mutex_);
  gauges_.push_back({std::move(gauge), std::move(help), std::move(values)});
}

std::size_t Metrics::gauge_count() const {
  const std::lock_guard lock(mutex_);
  return gauges_.size();
}

void Metrics::drop_gauges_after(std::size_t count) {
  const std::lock_guard lock(mutex_);
  gauges_.erase(gauges_.begin() + static_cast<std::ptrdiff_t>(count), gauges_.end());
}

std::string Metrics::text() const {
  std::string out;
  const auto to = std::back_inserter(out);

  begin(out, "quaymaster_http_requests_total", "counter", "Requests answered.");
  for (std::size_t i = 0; i < kFaces; ++i) {
    for (std::size_t status = 0; status < faces_[i].statuses.size(); ++status) {
      if (const auto count = faces_[i].statuses[status].load()) {
        fmt::format_to(to, "quaymaster_http_requests_total{{face=\"{}\",status=\"{}\"}} {}\n", kNames[i], status + 100,
                       count);
      }
    }
  }

  begin(out, "quaymaster_http_request_seconds", "histogram",
        "From the complete head of a request to the end of its response.");
  for (std::size_t i = 0; i < kFaces; ++i) {
    std::uint64_t sum = 0;
    for (std::size_t bucket = 0; bucket < kBounds.size(); ++bucket) {
      sum += faces_[i].buckets[bucket].load();
      fmt::format_to(to, "quaymaster_http_request_seconds_bucket{{face=\"{}\",le=\"{}\"}} {}\n", kNames[i],
                     kBounds[bucket], sum);
    }
    sum += faces_[i].buckets[kBounds.size()].load();
    fmt::format_to(to, "quaymaster_http_request_seconds_bucket{{face=\"{}\",le=\"+Inf\"}} {}\n", kNames[i], sum);
    fmt::format_to(to, "quaymaster_http_request_seconds_sum{{face=\"{}\"}} {}\n", kNames[i],
                   static_cast<double>(faces_[i].microseconds.load()) / 1e6);
    fmt::format_to(to, "quaymaster_http_request_seconds_count{{face=\"{}\"}} {}\n", kNames[i], sum);
  }

  struct Counter {
    std::string_view name, help;
    std::atomic<std::uint64_t> Face::* value;
  };
  for (const auto& counter :
       {Counter{"quaymaster_http_received_bytes_total", "Bytes of request bodies.", &Face::bytes_in},
        Counter{"quaymaster_http_sent_bytes_total", "Bytes of responses.", &Face::bytes_out},
        Counter{"quaymaster_http_cut_total", "Responses that were cut short.", &Face::cut}}) {
    begin(out, counter.name, "counter", counter.help);
    for (std::size_t i = 0; i < kFaces; ++i) {
      fmt::format_to(to, "{}{{face=\"{}\"}} {}\n", counter.name, kNames[i], (faces_[i].*counter.value).load());
    }
  }

  const std::lock_guard lock(mutex_);
  for (const auto& gauge : gauges_) {
    begin(out, gauge.name, "gauge", gauge.help);
    Values values;
    gauge.values(values);
    for (const auto& [labels, value] : values) {
      fmt::format_to(to, "{}{}{}{} {}\n", gauge.name, labels.empty() ? "" : "{", labels, labels.empty() ? "" : "}",
                     value);
    }
  }
  return out;
}

}  // namespace quaymaster::server
