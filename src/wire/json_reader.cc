#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "wire/json.h"
#include "wire/json_count.h"
#include "wire/plain_json.h"

namespace quaymaster::wire {
namespace {

namespace json = boost::json;

/// The reader's position, as a linked list on the stack that is turned into text only for an error.
struct Place {
  const Place* parent = nullptr;
  std::string_view member;
  std::size_t index = 0;
  bool takes_text = false;  // Field::or_text of the member, also for the elements of its list

  std::string text() const {
    if (parent == nullptr) {
      return {};
    }
    const auto before = parent->text();
    if (member.data() == nullptr) {
      return fmt::format("{}[{}]", before, index);
    }
    return before.empty() ? std::string(member) : fmt::format("{}.{}", before, member);
  }
};

std::string_view type_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

/// A value as compact text; false when it contains a number beyond the range of double, which JSON can express but we
/// cannot store. Boost's own writer turns 0.5 into 5E-1, which no client sent.
bool append_value(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      append_json_string(out, value.get_string());
      return true;
    case json::kind::double_:
      fmt::format_to(std::back_inserter(out), "{}", value.get_double());
      return std::isfinite(value.get_double());
    case json::kind::array: {
      char separator = '[';
      for (const auto& element : value.get_array()) {
        out += std::exchange(separator, ',');
        if (!append_value(out, element)) {
          return false;
        }
      }
      out += separator == '[' ? "[]" : "]";
      return true;
    }
    case json::kind::object: {
      char separator = '{';
      for (const auto& member : value.get_object()) {
        out += std::exchange(separator, ',');
        append_json_string(out, member.key());
        out += ':';
        if (!append_value(out, member.value())) {
          return false;
        }
      }
      out += separator == '{' ? "{}" : "}";
      return true;
    }
    default:
      out += json::serialize(value);  // null, true, false and integers have only one form
      return true;
  }
}

class Walk {
 public:
  Walk(Source source, std::size_t object_bytes, Flaw& flaw) : source_(source), bytes_left_(object_bytes), flaw_(flaw) {}

  Result<> read(const json::value& value, const Shape& shape, void* object, const Place& place) {
    using Kind = Shape::Kind;
    switch (shape.kind) {
      case Kind::text:
        return read_text(value, *static_cast<std::string*>(object), place);
      case Kind::boolean:
        if (!value.is_bool()) {
          return wrong_type(value, "a boolean", place);
        }
        *static_cast<bool*>(object) = value.get_bool();
        return ok();
      case Kind::integer:
        return read_integer(value, shape, object, place);
      case Kind::number:
        if (!value.is_number()) {
          return wrong_type(value, "a number", place);
        }
        *static_cast<double*>(object) = value.to_number<double>();
        return std::isfinite(*static_cast<double*>(object)) ? Result<>(ok()) : too_great(place);
      case Kind::time:
        return read_time(value, *static_cast<Time*>(object), place);
      case Kind::json:
        return read_any(value, static_cast<Json*>(object)->text, place);
      case Kind::optional:
        return read(value, shape.element(), shape.emplace(object), place);
      case Kind::list:
        return read_list(value, shape, object, place);
      case Kind::map:
        return read_map(value, shape, object, place);
      case Kind::record:
        return read_record(value, shape, object, place);
      case Kind::choice:
        return read_choice(value, shape, object, place);
    }
    return ok();
  }

 private:
  Error fail(Flaw::Kind kind, const Place& place, std::string message) {
    flaw_ = {kind, place.text(), message};
    return invalid("{}", message);
  }
  static std::string subject(const Place& place) {
    return place.parent == nullptr ? "The document" : fmt::format("The property '{}'", place.text());
  }
  Error wrong_type(const json::value& value, std::string_view wanted, const Place& place) {
    return fail(Flaw::Kind::wrong_type, place,
                fmt::format("{} must be {}, not {}.", subject(place), wanted, type_name(value)));
  }
  /// Foreign text quoted in a message: long enough to be recognised.
  static std::string excerpt(std::string_view text) {
    constexpr std::size_t kMost = 80;
    if (text.size() <= kMost) {
      return std::string(text);
    }
    auto end = kMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
      --end;  // do not cut inside a character
    }
    return fmt::format("{}…", text.substr(0, end));
  }

  Result<> read_text(const json::value& value, std::string& text, const Place& place) {
    if (!value.is_string()) {
      return wrong_type(value, "a string", place);
    }
    const auto& string = value.get_string();
    text.assign(string.data(), string.size());
    return ok();
  }

  Error too_great(const Place& place) {
    return fail(Flaw::Kind::out_of_range, place, fmt::format("{} has a number that is too large.", subject(place)));
  }

  Result<> read_any(const json::value& value, std::string& text, const Place& place) {
    text.clear();
    return append_value(text, value) ? Result<>(ok()) : too_great(place);
  }

  Result<> read_integer(const json::value& value, const Shape& shape, void* object, const Place& place) {
    if (value.is_string() && place.takes_text) {
      const std::string_view text = value.get_string();
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc{} || end != text.data() + text.size()) {
        return fail(Flaw::Kind::wrong_type, place,
                    fmt::format("{} must be an integer, not '{}'.", subject(place), excerpt(text)));
      }
      return read_integer(json::value(number), shape, object, place);
    }
    if (!value.is_number()) {
      return wrong_type(value, "an integer", place);
    }
    // A client may write 3 as 3.0. Beyond 2^53 a double no longer identifies one integer.
    json::value whole = value;
    if (value.is_double()) {
      const double number = value.get_double();
      if (number != std::trunc(number)) {
        return fail(Flaw::Kind::wrong_type, place, fmt::format("{} must be an integer.", subject(place)));
      }
      if (std::abs(number) > 9007199254740992.0) {
        return out_of_range(shape, place);
      }
      whole = static_cast<std::int64_t>(number);
    }
    if (shape.is_signed) {
      if (whole.is_uint64()) {
        return out_of_range(shape, place);
      }
      const auto number = whole.get_int64();
      return shape.size == 4 ? store<std::int32_t>(number, shape, object, place)
                             : store<std::int64_t>(number, shape, object, place);
    }
    if (whole.is_int64() && whole.get_int64() < 0) {
      return out_of_range(shape, place);
    }
    const auto number = whole.is_uint64() ? whole.get_uint64() : static_cast<std::uint64_t>(whole.get_int64());
    return shape.size == 4 ? store<std::uint32_t>(number, shape, object, place)
                           : store<std::uint64_t>(number, shape, object, place);
  }
  template <class Target, class Number>
  Result<> store(Number number, const Shape& shape, void* object, const Place& place) {
    if (number < static_cast<Number>(std::numeric_limits<Target>::min()) ||
        number > static_cast<Number>(std::numeric_limits<Target>::max())) {
      return out_of_range(shape, place);
    }
    *static_cast<Target*>(object) = static_cast<Target>(number);
    return ok();
  }
  Error out_of_range(const Shape& shape, const Place& place) {
    return fail(Flaw::Kind::out_of_range, place,
                fmt::format("{} must be an integer of {} bits{}.", subject(place), 8 * shape.size,
                            shape.is_signed ? "" : ", not negative"));
  }

  Result<> read_time(const json::value& value, Time& time, const Place& place) {
    if (!value.is_string()) {
      return wrong_type(value, "a string", place);
    }
    const auto parsed = parse_time(value.get_string());
    if (!parsed) {
      return fail(Flaw::Kind::unknown_value, place,
                  fmt::format("The value '{}' of the property '{}' is not an ISO 8601 time.",
                              excerpt(value.get_string()), place.text()));
    }
    time = parsed.value();
    return ok();
  }

  Result<> read_choice(const json::value& value, const Shape& shape, void* object, const Place& place) {
    if (!value.is_string()) {
      return wrong_type(value, "a string", place);
    }
    const std::string_view text = value.get_string();
    for (std::size_t i = 0; i < shape.choices.size(); ++i) {
      if (equal_ignoring_case(shape.choices[i], text)) {
        shape.choose(object, i);
        return ok();
      }
    }
    return fail(Flaw::Kind::unknown_value, place,
                fmt::format("The value '{}' of the property '{}' is not known. Known are: {}.", excerpt(text),
                            place.text(), fmt::join(shape.choices, ", ")));
  }

  /// Called before `count` elements of this many bytes are allocated.
  Result<> take_room(std::size_t count, std::size_t bytes_each, const Place& place) {
    if (source_ == Source::ours) {
      return ok();
    }
    if (count > bytes_left_ / bytes_each) {
      return fail(Flaw::Kind::malformed, place,
                  fmt::format("{} has {} elements, more than one request may have. Send fewer at a time.",
                              subject(place), count));
    }
    bytes_left_ -= count * bytes_each;
    return ok();
  }

  Result<> read_list(const json::value& value, const Shape& shape, void* object, const Place& place) {
    if (!value.is_array()) {
      return wrong_type(value, "an array", place);
    }
    shape.clear(object);
    TRY(take_room(value.get_array().size(), shape.element().size, place));
    shape.reserve(object, value.get_array().size());
    Place inner{&place, {}, 0, place.takes_text};
    for (const auto& element : value.get_array()) {
      TRY(read(element, shape.element(), shape.append(object), inner));
      ++inner.index;
    }
    return ok();
  }

  Result<> read_map(const json::value& value, const Shape& shape, void* object, const Place& place) {
    if (!value.is_object()) {
      return wrong_type(value, "an object", place);
    }
    shape.clear(object);
    TRY(take_room(value.get_object().size(), kMapNode + shape.element().size, place));
    for (const auto& member : value.get_object()) {
      const std::string_view key = member.key();
      if (!member.value().is_null()) {
        const Place inner{&place, key, 0};
        TRY(read(member.value(), shape.element(), shape.insert(object, key), inner));
      } else if (shape.element().kind == Shape::Kind::optional) {
        shape.insert(object, key);
      }
    }
    return ok();
  }

  static std::size_t find(const Shape& shape, std::string_view key) {
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
      if (shape.fields[i].name == key) {
        return i;
      }
    }
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
      if (equal_ignoring_case(shape.fields[i].name, key)) {
        return i;
      }
    }
    return shape.fields.size();
  }

  Result<> read_record(const json::value& value, const Shape& shape, void* object, const Place& place) {
    if (!value.is_object()) {
      return wrong_type(value, "an object", place);
    }
    std::vector<bool> seen(shape.fields.size());
    for (const auto& member : value.get_object()) {
      const auto at = find(shape, member.key());
      if (at == shape.fields.size()) {
        if (source_ == Source::strict) {
          return unknown_member(shape, member.key(), place);
        }
        continue;
      }
      const auto& field = shape.fields[at];
      if (field.is_read_only && source_ != Source::ours) {
        continue;
      }
      const Place inner{&place, field.name, 0, field.takes_text};
      if (member.value().is_null()) {
        const auto& inside = field.shape();
        if (inside.clear != nullptr) {
          inside.clear(field.of(object));
        }
        seen[at] = false;
        continue;
      }
      TRY(read(member.value(), field.shape(), field.of(object), inner));
      seen[at] = true;
    }
    if (source_ == Source::client || source_ == Source::strict) {
      for (std::size_t i = 0; i < shape.fields.size(); ++i) {
        if (shape.fields[i].is_required && !seen[i]) {
          const Place inner{&place, shape.fields[i].name, 0};
          return fail(Flaw::Kind::missing, inner, fmt::format("The property '{}' is required.", inner.text()));
        }
      }
    }
    return ok();
  }

  Error unknown_member(const Shape& shape, std::string_view key, const Place& place) {
    const auto name = excerpt(key);
    const Place inner{&place, name, 0};
    std::vector<std::string_view> known;
    std::ranges::transform(shape.fields, std::back_inserter(known), &Field::name);
    return fail(Flaw::Kind::unknown_member, inner,
                fmt::format("The property '{}' is not known. Known are: {}.", inner.text(), fmt::join(known, ", ")));
  }

  static constexpr std::size_t kMapNode = 64;  // of a std::map, with its key

  const Source source_;
  std::size_t bytes_left_;
  Flaw& flaw_;
};

}  // namespace

Result<> read_json(std::string_view text, const Shape& shape, void* object, Source source, Flaw* flaw,
                   const Limits& limits) {
  if (source == Source::ours && text.size() <= limits.bytes && read_plain_json(text, shape, object, limits.depth)) {
    return ok();
  }
  Flaw unused;
  Flaw& told = flaw != nullptr ? *flaw : unused;
  const auto malformed = [&](std::string message) -> Error {
    told = {Flaw::Kind::malformed, {}, message};
    return invalid("{}", message);
  };
  if (text.size() > limits.bytes) {
    return malformed(fmt::format("The document has {} bytes; at most {} are read.", text.size(), limits.bytes));
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);  // the byte order mark that .NET clients often write
  }

  if (source != Source::ours && has_more_values(text, limits.values)) {
    return malformed(
        fmt::format("The document has more than {} values. Send fewer at a time, in several requests.", limits.values));
  }

  unsigned char first_block[16 * 1024];
  json::monotonic_resource resource(first_block, sizeof first_block);
  json::parse_options options;
  options.max_depth = limits.depth;
  json::parser parser(&resource, options);
  boost::system::error_code error;
  const auto consumed = parser.write(text.data(), text.size(), error);
  if (error == json::error::too_deep) {
    return malformed(fmt::format("The document is nested more than {} levels deep.", limits.depth));
  }
  if (error) {
    return malformed(fmt::format("The document is not JSON: {} at byte {}.", error.message(), consumed));
  }
  const auto document = parser.release();
  return Walk(source, limits.object_bytes, told).read(document, shape, object, Place{});
}

}  // namespace quaymaster::wire
