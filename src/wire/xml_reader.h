#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::wire {

struct XmlAttribute {
  std::string_view name;
  std::string_view value;  // references resolved, white space normalized as XML says
};
using XmlAttributes = std::span<const XmlAttribute>;

/// The value of the attribute `name` (case sensitive), if it is there.
std::optional<std::string_view> find(XmlAttributes attributes, std::string_view name);

/// What one document may make the reader hold or do. Sizes in bytes.
struct XmlLimits {
  std::size_t depth = 32;         // elements inside each other
  std::size_t name = 256;         // of an element or an attribute
  std::size_t attributes = 64;    // of one element
  std::size_t value = 64 * kKiB;  // of one attribute
  std::size_t text = kMiB;        // of one run of text between two tags
  std::size_t parser_memory =
      8 * kMiB;  // bounds what has no limit of its own: one tag, one comment, all distinct names
};

/// Receives a document in order. Views are valid during the call only. A failure stops the reader, which answers with
/// that error and the line and column it happened at.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual Result<> start(std::string_view name, XmlAttributes attributes) = 0;
  /// A whole run of text between two tags, once, however the bytes arrived; also white space between elements.
  virtual Result<> text(std::string_view) { return ok(); }
  virtual Result<> end(std::string_view name) = 0;
  virtual Result<> comment(std::string_view) { return ok(); }
  virtual Result<> instruction(std::string_view, std::string_view) { return ok(); }
};

/// A streaming XML 1.0 parser for foreign input, over expat. Memory is bounded by the limits, whatever the document's
/// size. UTF-8 only (a byte order mark is fine). A document type declaration is refused where it begins, so there are
/// no entities besides the five, nothing external and nothing to expand. Namespaces are not interpreted: names are as
/// written. Not thread-safe; stays where it was built.
///
/// Errors are Errc::invalid (not well-formed, a DTD, another encoding) or Errc::too_large (a limit), with "line L,
/// column C" in front, or the handler's own, likewise. After an error every call answers with the same error.
class XmlReader {
 public:
  explicit XmlReader(XmlHandler& handler, XmlLimits limits = {});
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  /// Parses the next bytes; pieces may be cut anywhere. An event may wait for later bytes, at most until finish.
  Result<> feed(Bytes bytes);
  /// Says that the document ends here. Errc::invalid: it should not.
  Result<> finish();

  /// Bytes from the document's start to the tag, comment or instruction whose handler is running, and its size. The end
  /// event of <a/> is an empty token behind the tag.
  std::uint64_t token_offset() const;
  std::uint64_t token_size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole document at once.
Result<> read_xml(Bytes document, XmlHandler& handler, XmlLimits limits = {});

}  // namespace quaymaster::wire
