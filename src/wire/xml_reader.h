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
  std::string_view value;  // references resolved, white space normalized as XML specifies
};
using XmlAttributes = std::span<const XmlAttribute>;

/// The value of the attribute `name` (case sensitive), if it is there.
std::optional<std::string_view> find(XmlAttributes attributes, std::string_view name);

/// Limits on what one document may make the reader allocate or do. Sizes in bytes.
struct XmlLimits {
  std::size_t depth = 32;         // nesting of elements
  std::size_t name = 256;         // of an element or an attribute
  std::size_t attributes = 64;    // of one element
  std::size_t value = 64 * kKiB;  // of one attribute
  std::size_t text = kMiB;        // of one run of text between two tags
  std::size_t parser_memory =
      8 * kMiB;  // limit on everything without a separate limit: one tag, one comment, all distinct names
};

/// Receives a document's events in order. Views are valid only during the call. A failure stops the reader, which
/// returns that error with the line and column where it occurred.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual Result<> start(std::string_view name, XmlAttributes attributes) = 0;
  /// A whole run of text between two tags, once, however the input was split; includes white space between elements.
  virtual Result<> text(std::string_view) { return ok(); }
  virtual Result<> end(std::string_view name) = 0;
  virtual Result<> comment(std::string_view) { return ok(); }
  virtual Result<> instruction(std::string_view, std::string_view) { return ok(); }
};

/// A streaming XML 1.0 parser for foreign input, over expat. Memory is bounded by the limits, whatever the document's
/// size. UTF-8 only (a byte order mark is accepted). A document type declaration is refused where it begins, so only
/// the five predefined entities exist: nothing external, and nothing that expands. Namespaces are not interpreted:
/// names are as written. Not thread-safe; cannot be moved.
///
/// Errors are Errc::invalid (not well-formed, a DTD, another encoding), Errc::too_large (a limit) or the handler's own,
/// all prefixed with "line L, column C". After an error every call returns the same error.
class XmlReader {
 public:
  explicit XmlReader(XmlHandler& handler, XmlLimits limits = {});
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  /// Parses the next bytes; the input may be split anywhere. Events may be delayed until later input, at most until
  /// finish.
  Result<> feed(Bytes bytes);
  /// Ends the document. Errc::invalid: it is incomplete.
  Result<> finish();

  /// Bytes from the document's start to the tag, comment or instruction whose handler is running, and its size. The end
  /// event of <a/> is an empty token after the tag.
  std::uint64_t token_offset() const;
  std::uint64_t token_size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole document at once.
Result<> read_xml(Bytes document, XmlHandler& handler, XmlLimits limits = {});

}  // namespace quaymaster::wire
