#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <string>
#include <string_view>

#include "http/request.h"
#include "http/target.h"

namespace quaymaster::http {

/// Parses a head directly into a Request, without a map of fields in between, and then decodes a chunked body. Private
/// to server.cc. Beast decides what is malformed: conflicting lengths, a length together with chunks, line breaks and
/// control characters in fields.
class HeadParser final : public boost::beast::http::basic_parser<true> {
 public:
  HeadParser(Request& request, std::size_t head_bytes, std::size_t url_bytes)
      : request_(request), url_bytes_(url_bytes) {
    header_limit(static_cast<std::uint32_t>(head_bytes));
    body_limit(boost::none);
  }

  int minor() const { return minor_; }
  bool url_too_long() const { return url_too_long_; }
  const std::string& cause() const { return cause_; }  // set when the target was refused
  Bytes chunk() const { return chunk_; }               // the body bytes found by the last put(); points into its input
  void forget_chunk() { chunk_ = {}; }

 private:
  using Code = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Verb = boost::beast::http::verb;

  static Method method_of(Verb verb) {
    switch (verb) {
      case Verb::get:
        return Method::get;
      case Verb::head:
        return Method::head;
      case Verb::put:
        return Method::put;
      case Verb::post:
        return Method::post;
      case Verb::patch:
        return Method::patch;
      case Verb::delete_:
        return Method::del;
      case Verb::options:
        return Method::options;
      default:
        return Method::other;
    }
  }

  void on_request_impl(Verb verb, Text method, Text target, int version, Code& error) override {
    request_.method = method_of(verb);
    request_.method_text.assign(method.data(), method.size());
    minor_ = version % 10;
    if (target.size() > url_bytes_) {
      url_too_long_ = true;
      error = boost::beast::http::error::header_limit;
      return;
    }
    if (auto parsed = http::parse_target(std::string_view(target.data(), target.size()), request_); !parsed) {
      cause_ = parsed.error().cause();
      error = boost::beast::http::error::bad_target;
    }
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Code&) override {
    if (!head_done_) {  // trailer fields are dropped: nothing here uses them
      request_.headers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
  }
  void on_header_impl(Code&) override { head_done_ = true; }
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code&) override {
    chunk_ = as_bytes(std::string_view(body.data(), body.size()));
    return body.size();
  }
  std::size_t on_body_impl(Text body, Code&) override { return body.size(); }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  void on_finish_impl(Code&) override {}
  void on_response_impl(int, Text, int, Code&) override {}

  Request& request_;
  const std::size_t url_bytes_;
  int minor_ = 1;
  bool head_done_ = false;
  bool url_too_long_ = false;
  std::string cause_;
  Bytes chunk_;
};

}  // namespace quaymaster::http
