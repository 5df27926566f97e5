#include "wire/xml_writer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/encode.h"

namespace quaymaster::wire {
namespace {

constexpr std::size_t kDrainAt = 64 * kKiB;

bool is_forbidden_control(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

bool is_plain(char c) {
  return c >= 0x20 && c <= 0x7E;
}

/// U+FFFE and U+FFFF in UTF-8.
bool has_noncharacter(std::string_view text) {
  for (auto at = text.find("\xEF\xBF"); at != text.npos; at = text.find("\xEF\xBF", at + 1)) {
    if (at + 2 < text.size() && static_cast<std::uint8_t>(text[at + 2]) >= 0xBE) {
      return true;
    }
  }
  return false;
}

std::string_view escape(char c, bool in_attribute) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\r':
      return "&#xD;";
    case '"':
      return in_attribute ? "&quot;" : "";
    case '\n':
      return in_attribute ? "&#xA;" : "";  // readers turn unescaped white space in a value into spaces
    case '\t':
      return in_attribute ? "&#x9;" : "";
    default:
      return "";
  }
}

void append_escaped(std::string& into, std::string_view text, bool in_attribute) {
  std::size_t plain = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (const auto escaped = escape(text[at], in_attribute); !escaped.empty()) {
      into.append(text.substr(plain, at - plain)).append(escaped);
      plain = at + 1;
    }
  }
  into.append(text.substr(plain));
}

/// The code point at the front of valid UTF-8, and its length in bytes.
std::pair<char32_t, std::size_t> first_point(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    point = point << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3FU);
  }
  return {point, length};
}

struct PointRange {
  char32_t first, last;
};
// Most readers implement XML 1.0 fourth edition; above U+00FF the fifth edition only allows more. Outside ASCII and
// Latin-1 letters a name is valid here when both editions allow it by their large ranges. Source: XML 1.0, NameChar.
constexpr PointRange kNameStart[] = {
    {'A', 'Z'},     {'_', '_'},     {'a', 'z'},       {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x131},
    {0x386, 0x386}, {0x388, 0x38A}, {0x3A3, 0x3CE},   {0x401, 0x40C},   {0x40E, 0x44F},   {0x5D0, 0x5EA},
    {0x621, 0x63A}, {0x905, 0x939}, {0x3041, 0x3094}, {0x30A1, 0x30FA}, {0x4E00, 0x9FA5}, {0xAC00, 0xD7A3}};
constexpr PointRange kNameFurther[] = {{'-', '-'}, {'.', '.'}, {'0', '9'}, {0xB7, 0xB7}};

bool among(std::span<const PointRange> ranges, char32_t point) {
  return std::ranges::any_of(ranges, [&](PointRange range) { return point >= range.first && point <= range.last; });
}

}  // namespace

bool xml_can_carry(std::string_view text) {
  if (std::ranges::all_of(text, is_plain)) {
    return true;  // nearly every text ends here
  }
  return std::ranges::none_of(text, is_forbidden_control) && !has_noncharacter(text) && is_utf8(text);
}

bool is_xml_name(std::string_view text) {
  constexpr auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!text.empty() && std::ranges::all_of(text, is_letter)) {
    return true;  // nearly every name ends here
  }
  if (text.empty() || !is_utf8(text)) {
    return false;
  }
  for (std::size_t at = 0; at < text.size();) {
    const auto [point, length] = first_point(text.substr(at));
    if (!among(kNameStart, point) && (at == 0 || !among(kNameFurther, point))) {
      return false;
    }
    at += length;
  }
  return true;
}

void append_xml_text(std::string& into, std::string_view text) {
  append_escaped(into, text, false);
}

XmlWriter::XmlWriter(Sink sink) : XmlWriter(std::move(sink), Style{}) {}
XmlWriter::XmlWriter(std::string& into) : XmlWriter(into, Style{}) {}
XmlWriter::XmlWriter(Sink sink, Style style) : sink_(std::move(sink)), out_(&buffer_), style_(style) {
  if (style_.declaration) {
    put("<?xml version=\"1.0\" encoding=\"");
    put(style_.encoding_name);
    put("\"?>");
  }
}
XmlWriter::XmlWriter(std::string& into, Style style) : XmlWriter(Sink{}, style) {
  into += buffer_;
  buffer_.clear();
  out_ = &into;
}

void XmlWriter::fail(Error error) {
  if (!failure_) {
    failure_ = std::move(error);
  }
}

void XmlWriter::put(std::string_view text) {
  out_->append(text);
}

void XmlWriter::drain() {
  if (sink_ && !buffer_.empty() && going()) {
    if (auto result = sink_(as_bytes(buffer_)); !result) {
      fail(std::move(result).error());
    }
    buffer_.clear();
  }
}

void XmlWriter::line(std::size_t depth) {
  if (style_.indent > 0) {
    put("\n");
    out_->append(depth * static_cast<std::size_t>(style_.indent), ' ');
  }
}

void XmlWriter::close_tag() {
  if (tag_open_) {
    put(">");
    tag_open_ = false;
  }
}

XmlWriter& XmlWriter::start(std::string_view name) {
  if (!going()) {
    return *this;
  }
  if (!is_xml_name(name)) {
    fail(invalid("an element cannot have this name"));
    return *this;
  }
  close_tag();
  if (open_.empty()) {
    if (style_.declaration) {
      line(0);
    }
  } else if (!open_.back().has_text) {
    open_.back().has_elements = true;
    line(open_.size());
  }
  put("<");
  put(name);
  tag_open_ = true;
  open_.push_back({std::string(name)});
  return *this;
}

XmlWriter& XmlWriter::attribute(std::string_view name, std::string_view value) {
  if (!going()) {
    return *this;
  }
  check(tag_open_);
  if (!is_xml_name(name) || !xml_can_carry(value)) {
    fail(invalid("an attribute has a name or a value that XML cannot represent"));
    return *this;
  }
  put(" ");
  put(name);
  put("=\"");
  append_escaped(*out_, value, true);
  put("\"");
  return *this;
}

XmlWriter& XmlWriter::text(std::string_view value) {
  if (!going() || value.empty()) {
    return *this;
  }
  check(!open_.empty());
  if (!xml_can_carry(value)) {
    fail(invalid("a text has characters that XML cannot represent"));
    return *this;
  }
  close_tag();
  append_xml_text(*out_, value);
  open_.back().has_text = true;
  return *this;
}

XmlWriter& XmlWriter::end() {
  if (!going()) {
    return *this;
  }
  check(!open_.empty());
  const Open element = std::move(open_.back());
  open_.pop_back();
  if (tag_open_) {
    put("/>");
    tag_open_ = false;
  } else {
    if (element.has_elements && !element.has_text) {
      line(open_.size());
    }
    put("</");
    put(element.name);
    put(">");
  }
  if (buffer_.size() >= kDrainAt) {
    drain();
  }
  return *this;
}

void XmlWriter::resume_inside(std::string_view name) {
  open_.push_back({std::string(name), true});
}

Result<> XmlWriter::state() const {
  if (failure_) {
    return *failure_;
  }
  return ok();
}

Result<> XmlWriter::flush() {
  if (going()) {
    close_tag();
    drain();
  }
  return state();
}

Result<> XmlWriter::finish() {
  check(failure_ || open_.empty());
  return flush();
}

}  // namespace quaymaster::wire
