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

/// Whether XML 1.0 can carry the text: valid UTF-8 without control characters other than TAB, LF and CR, without
/// U+FFFE and U+FFFF. What cannot be carried has no escape either; callers choose another form for it.
bool xml_can_carry(std::string_view text);
/// Whether the text can be the name of an element or attribute (no colon).
bool is_xml_name(std::string_view text);
/// Appends the text with & < > and CR escaped (a bare CR would be read back as LF).
void append_xml_text(std::string& into, std::string_view text);

/// Writes a document piece by piece: `xml.start("Blob").attribute("Id", id).element("Name", name).end();`
/// The first failure sticks: later calls do nothing and `flush` and `finish` answer with it. Failures are Errc::invalid
/// (text that XML cannot carry, a name that is none) and whatever the sink says. Not thread-safe.
class XmlWriter {
 public:
  using Sink = std::function<Result<>(Bytes)>;

  struct Style {
    bool declaration = true;  // <?xml version="1.0" encoding="utf-8"?> first
    int indent = 0;           // blanks a level, elements on lines of their own; 0: no white space is added at all
    std::string_view encoding_name = "utf-8";
  };

  /// Hands bytes to `sink` in pieces of about 64 KiB, and what is left with flush or finish.
  explicit XmlWriter(Sink sink);
  XmlWriter(Sink sink, Style style);
  /// Appends to `into`, which must outlive the writer.
  explicit XmlWriter(std::string& into);
  XmlWriter(std::string& into, Style style);
  XmlWriter(const XmlWriter&) = delete;
  XmlWriter& operator=(const XmlWriter&) = delete;

  XmlWriter& start(std::string_view name);
  /// Only directly behind `start` or another attribute.
  XmlWriter& attribute(std::string_view name, std::string_view value);
  XmlWriter& text(std::string_view value);
  /// Closes the innermost open element; one without content becomes <name/>.
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

  /// The failure that sticks, if there is one.
  Result<> state() const;
  /// How many elements are open.
  std::size_t depth() const { return open_.size(); }
  /// Goes on inside an element that was opened by an earlier writer and whose start is already in the sink.
  void resume_inside(std::string_view name);

  /// Everything written so far is in the sink on return. The tag that is being written is completed first.
  Result<> flush();
  /// The same; every element must have been closed.
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
