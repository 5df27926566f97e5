#include "wire/plain_json.h"

#include <charconv>
#include <cstring>

#include "base/bytes.h"

namespace quaymaster::wire {
namespace {

class PlainReader {
 public:
  explicit PlainReader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return at_ == end_; }

  bool read(const Shape& shape, void* object, std::size_t depth) {
    using Kind = Shape::Kind;
    switch (shape.kind) {
      case Kind::text:
        return read_text(*static_cast<std::string*>(object));
      case Kind::boolean:
        return read_boolean(*static_cast<bool*>(object));
      case Kind::integer:
        return read_integer(shape, object);
      case Kind::time:
        return read_time(*static_cast<Time*>(object));
      case Kind::choice:
        return read_choice(shape, object);
      case Kind::optional:
        return read(shape.element(), shape.emplace(object), depth);
      case Kind::list:
        return depth > 0 && read_list(shape, object, depth - 1);
      case Kind::map:
        return depth > 0 && read_map(shape, object, depth - 1);
      case Kind::record:
        return depth > 0 && read_record(shape, object, depth - 1);
      case Kind::number:
      case Kind::json:
        return false;
    }
    return false;
  }

 private:
  bool next(char wanted) {
    const bool found = at_ != end_ && *at_ == wanted;
    at_ += found ? 1 : 0;
    return found;
  }
  bool word(std::string_view wanted) {
    const bool found = std::string_view(at_, end_).starts_with(wanted);
    at_ += found ? wanted.size() : 0;
    return found;
  }

  bool read_boolean(bool& value) {
    const bool is_true = word("true");
    const bool is_known = is_true || word("false");
    value = is_known ? is_true : value;
    return is_known;
  }

  /// A string of ASCII without escapes, as nearly all are; the view points into the document.
  bool read_view(std::string_view& view) {
    if (!next('"')) {
      return false;
    }
    view = {at_, plain_run({at_, end_})};
    at_ += view.size();
    return next('"');
  }

  bool read_text(std::string& text) {
    if (!next('"')) {
      return false;
    }
    const auto plain = plain_run({at_, end_});
    text.assign(at_, plain);
    at_ += plain;
    if (next('"')) {
      return true;
    }
    while (!next('"')) {
      if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) {
        return false;
      }
      if (*at_ != '\\') {
        text += *at_++;
      } else if (!read_escape(text)) {
        return false;
      }
    }
    return is_utf8(text);
  }

  bool read_escape(std::string& text) {
    static constexpr std::string_view kNamed = "\"\\bfnrt";
    static constexpr std::string_view kMeant = "\"\\\b\f\n\r\t";
    if (end_ - at_ < 2) {
      return false;
    }
    const auto named = kNamed.find(at_[1]);
    if (named == std::string_view::npos) {
      return false;  // \u00.. for a control character: rare enough for the slow path
    }
    text += kMeant[named];
    at_ += 2;
    return true;
  }

  template <class Number>
  bool read_number(void* object) {
    const char* first = at_;
    const auto [last, error] = std::from_chars(first, end_, *static_cast<Number*>(object));
    const char* digits = first != last && *first == '-' ? first + 1 : first;
    at_ = last;
    const bool is_padded = last - digits > 1 && *digits == '0';
    const bool goes_on = last != end_ && (*last == '.' || *last == 'e' || *last == 'E');
    return error == std::errc{} && !is_padded && !goes_on;
  }
  bool read_integer(const Shape& shape, void* object) {
    if (shape.size == 4) {
      return shape.is_signed ? read_number<std::int32_t>(object) : read_number<std::uint32_t>(object);
    }
    return shape.is_signed ? read_number<std::int64_t>(object) : read_number<std::uint64_t>(object);
  }

  bool read_time(Time& time) {
    std::string_view text;
    if (!read_view(text)) {
      return false;
    }
    const auto parsed = parse_time(text);
    if (parsed) {
      time = parsed.value();
    }
    return parsed.has_value();
  }

  bool read_choice(const Shape& shape, void* object) {
    std::string_view text;
    if (!read_view(text)) {
      return false;
    }
    for (std::size_t i = 0; i < shape.choices.size(); ++i) {
      if (shape.choices[i] == text) {
        shape.choose(object, i);
        return true;
      }
    }
    return false;
  }

  bool read_list(const Shape& shape, void* object, std::size_t depth) {
    shape.clear(object);
    if (!next('[')) {
      return false;
    }
    if (next(']')) {
      return true;
    }
    do {
      if (!read(shape.element(), shape.append(object), depth)) {
        return false;
      }
    } while (next(','));
    return next(']');
  }

  bool read_map(const Shape& shape, void* object, std::size_t depth) {
    shape.clear(object);
    if (!next('{')) {
      return false;
    }
    if (next('}')) {
      return true;
    }
    std::string key;
    do {
      if (!read_text(key) || !next(':') || !read(shape.element(), shape.insert(object, key), depth)) {
        return false;
      }
    } while (next(','));
    return next('}');
  }

  /// Members appear in the order of the description; some may be absent.
  bool read_record(const Shape& shape, void* object, std::size_t depth) {
    if (!next('{')) {
      return false;
    }
    if (next('}')) {
      return true;
    }
    auto field = shape.fields.begin();
    do {
      std::string_view name;
      if (!read_view(name) || !next(':')) {
        return false;
      }
      while (field != shape.fields.end() && field->name != name) {
        ++field;
      }
      if (field == shape.fields.end() || !read(field->shape(), field->of(object), depth)) {
        return false;
      }
      ++field;
    } while (next(','));
    return next('}');
  }

  const char* at_;
  const char* end_;
};

}  // namespace

bool read_plain_json(std::string_view text, const Shape& shape, void* object, std::size_t depth) {
  PlainReader reader(text);
  return reader.read(shape, object, depth) && reader.at_end();
}

/// Eight bytes at a time, since nearly every string is plain throughout.
std::size_t plain_run(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x80 * kOnes;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHigh; };
  std::size_t run = 0;
  for (; run + 8 <= text.size(); run += 8) {
    const auto word = load_le64(as_bytes(text.substr(run, 8)));
    const auto special = (word & kHigh) | ((word - 0x20 * kOnes) & ~word & kHigh) | has_zero(word ^ ('"' * kOnes)) |
                         has_zero(word ^ ('\\' * kOnes));
    if (special != 0) {
      break;
    }
  }
  while (run < text.size() && text[run] >= 0x20 && text[run] != '"' && text[run] != '\\') {
    ++run;  // bytes above 127 are negative here
  }
  return run;
}

}  // namespace quaymaster::wire
