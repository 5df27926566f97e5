#pragma once

#include <fmt/format.h>

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::wire {

/// Whether XML 1.0 can represent the text: valid UTF-8 without control characters other than TAB, LF and CR, and
/// without U+FFFE and U+FFFF. There is no escape for the rest; callers choose another form for it.
bool xml_can_carry(std::string_view text);
/// Whether the text can be the name of an element or attribute (no colon).
bool is_xml_name(std::string_view text);
/// Appends the text with & < > and CR escaped (a bare CR would be read back as LF).
void append_xml_text(std::string& into, std::string_view text);

/// Writes a document piece by piece: `xml.start("Blob").attribute("Id", id).element("Name", name).end();`
/// The first failure sticks: later calls do nothing, and `flush` and `finish` return it. Failures are Errc::invalid
/// (text that XML cannot represent, an invalid name) and the errors of the sink. Not thread-safe.
class XmlWriter {
 public:
  using Sink = std::function<Result<>(Bytes)>;

  struct Style {
    bool declaration = true;  // <?xml version="1.0" encoding="utf-8"?> first
    int indent = 0;           // spaces per level, with each element on its own line; 0: no white space is added
    std::string_view encoding_name = "utf-8";
  };

  /// Passes bytes to `sink` in pieces of about 64 KiB, and the rest on flush or finish.
  explicit XmlWriter(Sink sink);
  XmlWriter(Sink sink, Style style);
  /// Appends to `into`, which must outlive the writer.
  explicit XmlWriter(std::string& into);
  XmlWriter(std::string& into, Style style);
  XmlWriter(const XmlWriter&) = delete;
  XmlWriter& operator=(const XmlWriter&) = delete;

  XmlWriter& start(std::string_view name);
  /// Only directly after `start` or another attribute.
  XmlWriter& attribute(std::string_view name, std::string_view value);
  XmlWriter& text(std::string_view value);
  /// Closes the innermost open element; an empty one becomes <name/>.
  XmlWriter& end();
  XmlWriter& element(std::string_view name, std::string_view value) { return start(name).text(value).end(); }

  template <std::integral Number>
    requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
  XmlWriter& attribute(std::string_view name, Number value) {
    return attribute(name, std::string_view(fmt::format_int(value).c_str()));
  }
  template <std::integral Number>
    requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
  XmlWriter& element(std::string_view name, Number value) {
    return element(name, std::string_view(fmt::format_int(value).c_str()));
  }

  /// The first failure, if any.
  Result<> state() const;
  /// How many elements are open.
  std::size_t depth() const { return open_.size(); }
  /// Continues inside an element that an earlier writer opened and whose start tag is already in the sink.
  void resume_inside(std::string_view name);

  /// On return, everything written so far is in the sink. An unfinished start tag is completed first.
  Result<> flush();
  /// As flush; every element must have been closed.
  Result<> finish();

 private:
  struct Open {
    std::string name;
    bool has_elements = false;
    bool has_text = false;
  };
  bool going() const { return !failure_; }
  void close_tag();
  void line(std::size_t depth);
  void put(std::string_view text);
  void drain();
  void fail(Error error);

  Sink sink_;  // empty: everything stays in *out_
  std::string buffer_;
  std::string* out_;
  Style style_;
  std::vector<Open> open_;
  bool tag_open_ = false;
  std::optional<Error> failure_;
};

}  // namespace quaymaster::wire
