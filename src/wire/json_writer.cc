#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "wire/json.h"
#include "wire/plain_json.h"

namespace quaymaster::wire {
namespace {

/// Is there nothing to write? Then the member is left out.
bool is_absent(const Shape& shape, const void* object) {
  switch (shape.kind) {
    case Shape::Kind::optional:
      return !shape.has(object) || is_absent(shape.element(), shape.held(object));
    case Shape::Kind::json:
      return static_cast<const Json*>(object)->text.empty();
    case Shape::Kind::choice:
      return shape.choice(object) < 0;
    default:
      return false;
  }
}

template <class Number>
void append_number(std::string& out, Number number) {
  fmt::format_to(std::back_inserter(out), "{}", number);
}

void write_integer(std::string& out, const Shape& shape, const void* object) {
  if (shape.size == 4) {
    shape.is_signed ? append_number(out, *static_cast<const std::int32_t*>(object))
                    : append_number(out, *static_cast<const std::uint32_t*>(object));
  } else {
    shape.is_signed ? append_number(out, *static_cast<const std::int64_t*>(object))
                    : append_number(out, *static_cast<const std::uint64_t*>(object));
  }
}

void write_record(std::string& out, const Shape& shape, const void* object) {
  out += '{';
  bool first = true;
  for (const auto& field : shape.fields) {
    const void* member = field.of(const_cast<void*>(object));
    const auto& inside = field.shape();
    if (is_absent(inside, member)) {
      continue;
    }
    if (!first) {
      out += ',';
    }
    first = false;
    out += '"';
    out += field.name;  // a name of ours, which needs no escapes
    out += "\":";
    write_json(out, inside, member);
  }
  out += '}';
}

void write_list(std::string& out, const Shape& shape, const void* object) {
  out += '[';
  for (std::size_t i = 0; i < shape.count(object); ++i) {
    if (i > 0) {
      out += ',';
    }
    write_json(out, shape.element(), shape.at(object, i));
  }
  out += ']';
}

void write_map(std::string& out, const Shape& shape, const void* object) {
  struct State {
    std::string& out;
    const Shape& element;
    bool first = true;
  } state{out, shape.element()};
  out += '{';
  shape.visit(object, &state, [](void* opaque, const std::string& key, const void* value) {
    auto& s = *static_cast<State*>(opaque);
    if (!s.first) {
      s.out += ',';
    }
    s.first = false;
    append_json_string(s.out, key);
    s.out += ':';
    write_json(s.out, s.element, value);
  });
  out += '}';
}

/// The length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  return length <= text.size() && length > 0 && is_utf8(text.substr(0, length)) ? length : 0;
}

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 15];
        } else {
          out += c;
        }
    }
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const auto plain = plain_run(text);
  out += text.substr(0, plain);
  text.remove_prefix(plain);
  if (text.empty() || is_utf8(text)) {
    append_escaped(out, text);
  } else {
    while (!text.empty()) {
      const auto length = sequence_length(text);
      append_escaped(out, length > 0 ? text.substr(0, length) : "\uFFFD");
      text.remove_prefix(length > 0 ? length : 1);
    }
  }
  out += '"';
}

void write_json(std::string& out, const Shape& shape, const void* object) {
  using Kind = Shape::Kind;
  if (is_absent(shape, object)) {
    out += "null";  // the document itself or an element of a list, which cannot be left out
    return;
  }
  switch (shape.kind) {
    case Kind::text:
      return append_json_string(out, *static_cast<const std::string*>(object));
    case Kind::boolean:
      out += *static_cast<const bool*>(object) ? "true" : "false";
      return;
    case Kind::integer:
      return write_integer(out, shape, object);
    case Kind::number: {
      const double number = *static_cast<const double*>(object);
      std::isfinite(number) ? append_number(out, number) : void(out += "null");
      return;
    }
    case Kind::time:
      return append_json_string(out, format_time_short(*static_cast<const Time*>(object)));
    case Kind::json:
      out += static_cast<const Json*>(object)->text;
      return;
    case Kind::optional:
      return write_json(out, shape.element(), shape.held(object));
    case Kind::list:
      return write_list(out, shape, object);
    case Kind::map:
      return write_map(out, shape, object);
    case Kind::record:
      return write_record(out, shape, object);
    case Kind::choice:
      return append_json_string(out, shape.choices[static_cast<std::size_t>(shape.choice(object))]);
  }
}

}  // namespace quaymaster::wire
