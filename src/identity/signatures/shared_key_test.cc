#include "identity/signatures/shared_key.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/digests/digest.h"
#include "identity/signatures/golden_vectors_test.h"

namespace quaymaster::identity {
namespace {

using vectors::load;
using vectors::text;

std::string_view version_of(const http::Request& request) {
  return request.headers.get("x-ms-version").value_or("");
}

std::string sign(std::string_view scheme, const std::string& account, std::string_view signed_text) {
  const auto key = vectors::keys(account)[1];
  return fmt::format("{} {}:{}", scheme, account, base64(hmac_sha256(key, as_bytes(signed_text))));
}

Result<> verify(const http::Request& request, const std::string& account, Time now = vectors::now()) {
  const auto keys = vectors::keys(account);
  return verify_shared_key(request, {account, keys}, version_of(request), now);
}

void expect_refused(const Result<>& result, std::string_view detail) {
  ASSERT_FALSE(result);
  ASSERT_NE(result.error().published(), nullptr);
  EXPECT_EQ(result.error().published()->row->code, "AuthenticationFailed");
  EXPECT_THAT(result.error().published()->extra.at(0).second, testing::HasSubstr(std::string(detail)));
}

const boost::json::value& entry(const boost::json::value& list, std::string_view name) {
  for (const auto& one : list.as_array()) {
    if (text(one, "name") == name) {
      return one;
    }
  }
  ADD_FAILURE() << "no vector " << name;
  return list.as_array().front();
}

http::Request put_blob() {
  const auto list = load("shared_key");
  const auto& vector = entry(list, "put-blob-path-style");
  auto request = vectors::signed_request(vector);
  request.headers.set("Authorization", "SharedKey devstoreaccount1:" + text(vector, "signature"));
  return request;
}

TEST(SharedKey, TextAndSignatureOfEveryVector) {
  const auto list = load("shared_key");
  ASSERT_EQ(list.as_array().size(), 25U);
  for (const auto& one : list.as_array()) {
    SCOPED_TRACE(text(one, "name"));
    auto request = vectors::signed_request(one);
    const auto account = text(one, "account");
    SigningChoices choices;
    if (text(one, "order") == "weighted") {
      choices.order = HeaderOrder::weighted;
    }
    EXPECT_EQ(shared_key_text(request, account, version_of(request), choices), text(one, "text"));
    request.headers.set("Authorization", fmt::format("SharedKey {}:{}", account, text(one, "signature")));
    EXPECT_TRUE(verify(request, account));
  }
}

TEST(SharedKey, LiteTextAndSignatureOfEveryVector) {
  const auto list = load("shared_key_lite");
  ASSERT_EQ(list.as_array().size(), 3U);
  for (const auto& one : list.as_array()) {
    SCOPED_TRACE(text(one, "name"));
    auto request = vectors::signed_request(one);
    const auto account = text(one, "account");
    EXPECT_EQ(shared_key_lite_text(request, account, {}), text(one, "text"));
    request.headers.set("Authorization", fmt::format("SharedKeyLite {}:{}", account, text(one, "signature")));
    EXPECT_TRUE(verify(request, account));
    request.headers.set("Authorization", fmt::format("SharedKey {}:{}", account, text(one, "signature")));
    EXPECT_FALSE(verify(request, account)) << "a Lite signature under the full scheme";
  }
}

TEST(SharedKey, OrdersOfHeaderNames) {
  const auto list = load("header_order");
  for (const auto order : {HeaderOrder::bytes, HeaderOrder::weighted}) {
    const auto* name = order == HeaderOrder::bytes ? "bytes" : "weighted";
    std::vector<std::string> wanted;
    for (const auto& one : list.at(name).as_array()) {
      wanted.emplace_back(one.as_string());
    }
    auto sorted = wanted;
    std::ranges::reverse(sorted);
    std::ranges::sort(sorted, [order](const auto& a, const auto& b) { return header_less(order, a, b); });
    EXPECT_EQ(sorted, wanted) << name;
  }
  std::vector<std::string> names = {"x-ms-meta-ab", "x-ms-meta-a1", "x-ms-meta-a_", "x-ms-meta-a-b", "x-ms-meta-a"};
  std::ranges::sort(names, [](const auto& a, const auto& b) { return header_less(HeaderOrder::hyphen_lowest, a, b); });
  EXPECT_THAT(names,
              testing::ElementsAre("x-ms-meta-a", "x-ms-meta-a-b", "x-ms-meta-a_", "x-ms-meta-a1", "x-ms-meta-ab"));
}

TEST(SharedKey, AcceptsEveryOrderPlusAndSecondary) {
  for (const auto order : {HeaderOrder::bytes, HeaderOrder::weighted, HeaderOrder::hyphen_lowest}) {
    for (const bool plus : {false, true}) {
      for (const bool without : {false, true}) {
        auto request = vectors::request("GET", "http://h/devstoreaccount1-secondary/c/b?prefix=a+b");
        request.headers.add("x-ms-date", "Sat, 14 Mar 2026 09:26:53 GMT");
        for (const auto name : {"a-b", "a_", "a0", "ab"}) {
          request.headers.add(fmt::format("x-ms-meta-{}", name), "v");
        }
        SigningChoices choices{order, plus, without};
        request.headers.add("Authorization", sign("SharedKey", "devstoreaccount1",
                                                  shared_key_text(request, "devstoreaccount1", "2020-12-06", choices)));
        EXPECT_TRUE(verify(request, "devstoreaccount1")) << static_cast<int>(order) << plus << without;
      }
    }
  }
}

TEST(SharedKey, RefusesOneBitOfTheSignature) {
  const auto good = put_blob();
  auto header = std::string(*good.headers.get("Authorization"));
  const auto colon = header.find(':');
  for (std::size_t byte = 0; byte < 32; ++byte) {
    auto signature = decode_base64(header.substr(colon + 1)).value();
    signature[byte] ^= 1;
    auto request = good;
    request.headers.set("Authorization", header.substr(0, colon + 1) + base64(signature));
    expect_refused(verify(request, "devstoreaccount1"), "Server used following string to sign: 'PUT\n");
  }
}

TEST(SharedKey, Negatives) {
  ASSERT_TRUE(verify(put_blob(), "devstoreaccount1"));
  expect_refused(verify(put_blob(), "examplestore"), "another account than the address, 'examplestore'");
  const auto minutes = [](int count) { return std::chrono::minutes(count); };
  EXPECT_TRUE(verify(put_blob(), "devstoreaccount1", vectors::now() + minutes(15)));
  EXPECT_TRUE(verify(put_blob(), "devstoreaccount1", vectors::now() - minutes(15)));
  expect_refused(verify(put_blob(), "devstoreaccount1", vectors::now() + minutes(16)), "too far");
  expect_refused(verify(put_blob(), "devstoreaccount1", vectors::now() - minutes(16)), "too far");

  auto added = put_blob();
  added.headers.add("x-ms-meta-a", "1");
  expect_refused(verify(added, "devstoreaccount1"), "not the same");

  auto once = put_blob();  // a path-style address with the account only once in the resource
  auto signed_text = shared_key_text(once, "devstoreaccount1", "2026-04-06", {});
  const std::string twice = "/devstoreaccount1/devstoreaccount1/";
  signed_text.replace(signed_text.find(twice), twice.size(), "/devstoreaccount1/");
  once.headers.set("Authorization", sign("SharedKey", "devstoreaccount1", signed_text));
  expect_refused(verify(once, "devstoreaccount1"), "not the same");

  auto undated = vectors::request("GET", "http://h/devstoreaccount1/c/b");
  undated.headers.add("Authorization", sign("SharedKey", "devstoreaccount1", ""));
  expect_refused(verify(undated, "devstoreaccount1"), "neither an x-ms-date nor a Date");
  undated.headers.add("x-ms-date", "2026-03-14T09:26:53Z");
  expect_refused(verify(undated, "devstoreaccount1"), "not an RFC 1123 date");
}

TEST(SharedKey, RefusesMalformedHeaders) {
  for (const auto bad : {"", "Bearer a:b", "SharedKey", "SharedKey ", "SharedKey a", "SharedKey :YQ==", "SharedKey a:",
                         "SharedKey a:!!!", "SharedKey a:YQ==", "SharedKeyLite a:YQ=="}) {
    EXPECT_FALSE(parse_shared_key(bad)) << bad;
  }
  const auto parsed = parse_shared_key("sharedkeylite acc:" + base64(Buffer(32, 7)));
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed.value().lite);
  EXPECT_EQ(parsed.value().account, "acc");
}

TEST(SharedKey, NeverShowsTheRightSignature) {
  auto request = put_blob();
  const auto good = std::string(*request.headers.get("Authorization"));
  request.headers.set("Authorization", "SharedKey devstoreaccount1:" + base64(Buffer(32, 0)));
  const auto refused = verify(request, "devstoreaccount1");
  ASSERT_FALSE(refused);
  const auto signature = good.substr(good.find(':') + 1);
  EXPECT_EQ(refused.error().published()->extra.at(0).second.find(signature), std::string::npos);
  EXPECT_EQ(refused.error().published()->extra.at(0).second.find(base64(Buffer(32, 0))), std::string::npos)
      << "nor the one that was sent";
  EXPECT_EQ(refused.error().cause().find("x-ms-"), std::string::npos) << "what was signed does not belong in the log";
}

TEST(SharedKey, ShowsNoSecretsOfTheTextThatWasSigned) {
  auto request = vectors::request("PUT", "http://h/devstoreaccount1/c/b?comp=block&sig=Secret0&SIG=Secret1");
  request.headers.add("x-ms-date", "Sat, 14 Mar 2026 09:26:53 GMT");
  request.headers.add("x-ms-copy-source", "http://h/a/c/b?sv=2020-12-06&sig=Secret2&sp=r");
  request.headers.add("x-ms-source-url", "http://h/a/c/b?Sig=Secret3");
  request.headers.add("x-ms-copy-source-authorization", "Bearer Secret4");
  request.headers.add("x-ms-encryption-key", "Secret5");
  request.headers.add("x-ms-meta-design", "design=kept");
  request.headers.add("Authorization", "SharedKey devstoreaccount1:" + base64(Buffer(32, 0)));
  const auto refused = verify(request, "devstoreaccount1");
  ASSERT_FALSE(refused);
  const auto& detail = refused.error().published()->extra.at(0).second;
  EXPECT_EQ(detail.find("Secret"), std::string::npos) << detail;
  EXPECT_NE(detail.find("?sv=2020-12-06&sig=***&sp=r\n"), std::string::npos) << detail;
  EXPECT_NE(detail.find("x-ms-meta-design:design=kept\n"), std::string::npos) << detail;
  EXPECT_NE(detail.find("\nsig:***"), std::string::npos) << detail;
}

TEST(SharedKey, AQueryCarriesNoLinesOfTheText) {
  auto request = vectors::request("GET", "http://h/devstoreaccount1/c?restype=container%0Acomp:list");
  request.headers.add("x-ms-date", "Sat, 14 Mar 2026 09:26:53 GMT");
  const auto text = shared_key_text(request, "devstoreaccount1", "2020-12-06", {});
  request.headers.add("Authorization", sign("SharedKey", "devstoreaccount1", text));
  expect_refused(verify(request, "devstoreaccount1"), "line feed");
}

}  // namespace
}  // namespace quaymaster::identity
