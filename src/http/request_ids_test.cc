#include "http/request_ids.h"

#include <gtest/gtest.h>

namespace quaymaster::http {
namespace {

Request request_with(std::string name, std::string value) {
  Request request;
  request.id = CountingRandom().guid();
  request.headers.add(std::move(name), std::move(value));
  return request;
}

TEST(RequestIds, TakeTheClientsOwnUpToItsLimit) {
  const auto of = [](std::string value) {
    const auto request = request_with("X-MS-Client-Request-ID", std::move(value));
    const auto id = client_request_id(request);
    return id ? std::optional<std::string>(*id) : std::nullopt;
  };
  EXPECT_EQ(of("any text; it is the client's"), "any text; it is the client's");
  EXPECT_EQ(of(std::string(kLongestClientRequestId, 'x')), std::string(kLongestClientRequestId, 'x'));
  EXPECT_EQ(of(std::string(kLongestClientRequestId + 1, 'x')), std::nullopt);
  EXPECT_EQ(of(""), std::nullopt);
  EXPECT_EQ(client_request_id(Request()), std::nullopt);
}

TEST(RequestIds, CorrelateByGuidsAlone) {
  const std::string guid = "0f0f0f0f-0000-4000-8000-000000000009";
  EXPECT_EQ(correlation_id(request_with("client-request-id", guid), "client-request-id"), guid);
  for (const auto& other : {std::string("mine"), guid + "0", std::string()}) {
    const auto request = request_with("client-request-id", other);
    EXPECT_EQ(correlation_id(request, "client-request-id"), request.id.text()) << other;
  }
  const auto request = request_with("client-request-id", guid);
  EXPECT_EQ(correlation_id(request, "x-ms-correlation-request-id"), request.id.text());
}

}  // namespace
}  // namespace quaymaster::http
