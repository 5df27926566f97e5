#pragma once

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/encode.h"
#include "http/request.h"

// The vectors of tests/golden/blob-auth in the form that the tests of this folder use.
namespace quaymaster::identity::vectors {

/// Tests run in the build tree, which lies below the sources.
inline std::filesystem::path directory() {
  for (auto at = std::filesystem::current_path(); at.has_relative_path(); at = at.parent_path()) {
    if (auto found = at / "tests/golden/blob-auth"; std::filesystem::exists(found)) {
      return found;
    }
  }
  return "tests/golden/blob-auth";
}

inline boost::json::value load(const std::string& name) {
  std::ifstream file(directory() / (name + ".json"));
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str());
}

inline std::string text(const boost::json::value& entry, std::string_view name) {
  const auto* found = entry.as_object().if_contains(name);
  return found ? std::string(found->as_string()) : std::string();
}

inline Time now() {
  return parse_time(text(load("accounts"), "now")).value();
}

inline std::vector<Buffer> keys(const std::string& account) {
  const auto accounts = load("accounts");
  const auto key = text(accounts.at("keys"), account);
  return {Buffer(64, 0), decode_base64(key).value()};  // the second key of two
}

inline http::Query decoded(std::string_view raw) {
  http::Query query;
  while (!raw.empty()) {
    const auto pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(pair.size() + 1, raw.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    query.emplace_back(form_decode(pair.substr(0, equals)).value(),
                       form_decode(pair.substr(std::min(equals + 1, pair.size()))).value());
  }
  return query;
}

/// A request for "PUT", "http://host/path?query".
inline http::Request request(const std::string& method, const std::string& url) {
  const std::map<std::string, http::Method> methods = {{"GET", http::Method::get},
                                                       {"HEAD", http::Method::head},
                                                       {"PUT", http::Method::put},
                                                       {"POST", http::Method::post},
                                                       {"DELETE", http::Method::del}};
  http::Request request;
  request.method = methods.at(method);
  request.secure = url.starts_with("https");
  const auto path = url.find('/', url.find("//") + 2);
  const auto query = url.find('?');
  request.raw_path = url.substr(path, query - path);
  if (query != std::string::npos) {
    request.raw_query = url.substr(query + 1);
  }
  request.query = decoded(request.raw_query);
  return request;
}

inline http::Request signed_request(const boost::json::value& entry) {
  auto made = request(text(entry, "method"), text(entry, "url"));
  for (const auto& [name, value] : entry.at("headers").as_object()) {
    made.headers.add(std::string(name), std::string(value.as_string()));
  }
  return made;
}

}  // namespace quaymaster::identity::vectors
