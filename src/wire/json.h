#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/field.h"

namespace quaymaster::wire {

/// Why a text was refused, for the face that words the response. All of it may be shown to the client.
struct Flaw {
  enum class Kind {
    malformed,       // not JSON, not UTF-8, or beyond one of the limits
    wrong_type,      // a string where a number belongs
    unknown_value,   // an enumeration has no such value; an invalid time
    out_of_range,    // a number the property cannot hold
    missing,         // a required property
    unknown_member,  // of a strict source
  };
  Kind kind = Kind::malformed;
  std::string path;     // "properties.driveList[0].driveId"; empty for the document itself
  std::string message;  // a sentence that names property, value and rule
};

/// Limits on what one document may make the reader allocate. A value of two bytes ("[]") becomes hundreds of bytes in
/// memory, so values are counted before any is kept, and the memory of lists and maps is counted before they grow. Text
/// of our own is limited only by `bytes` and `depth`: the input it was made from was within the limits.
struct Limits {
  std::size_t bytes = 4 * kMiB;         // length of the text
  std::size_t depth = 32;               // nesting of arrays and objects
  std::size_t values = 100'000;         // of any kind, at any depth
  std::size_t object_bytes = 4 * kMiB;  // memory of the elements of all lists and maps, without their texts
};

enum class Source {
  client,  // read-only members are ignored, required ones are demanded
  strict,  // the same, and a member that nobody knows is refused: it would silently mean another's default
  patch,   // a client's changes to an object that has its values: read-only members are ignored, none is demanded
  ours,    // text that we wrote: every member is read, none is demanded
};

/// Reads the JSON text into the object of that shape. Member names compare without case, as ARM providers do; unknown
/// members are ignored, unless the source is strict; of duplicates the last wins; null is the same as absent, and takes
/// a value away that was there. What is absent keeps the value the object had, so the same function reads a PATCH over
/// what is stored: structs merge, lists and maps are replaced. A null inside a map is left out, unless it is a map of
/// optionals: then its key is kept without a value, for a PATCH that takes one entry away. A number with a fraction or
/// an exponent may be off by a unit in its last place (Boost.JSON 1.81 does not round exactly). Errc::invalid, with
/// `flaw` filled in when it is given; the object is then half read.
Result<> read_json(std::string_view text, const Shape& shape, void* object, Source source, Flaw* flaw = nullptr,
                   const Limits& limits = {});

/// A body sent by a client.
template <class T>
Result<T> parse_json(std::string_view text, Flaw* flaw = nullptr, const Limits& limits = {}) {
  T object{};
  TRY(read_json(text, shape<T>(), &object, Source::client, flaw, limits));
  return object;
}

/// The same for documents of our own API, where a misspelt member is a mistake of the caller.
template <class T>
Result<T> parse_strict(std::string_view text) {
  T object{};
  TRY(read_json(text, shape<T>(), &object, Source::strict));
  return object;
}

/// A record that we wrote with to_json: read-only members are read too. Errc::invalid.
template <class T>
Result<T> parse_stored(std::string_view text) {
  T object{};
  TRY(read_json(text, shape<T>(), &object, Source::ours));
  return object;
}

/// Serializes a record for parse_stored. Errc::too_large: the record is too long for parse_stored to read it back.
template <class T>
Result<std::string> to_stored(const T& object);

/// Appends the object as compact JSON, members in the order of the description. An absent optional is an absent member,
/// never null; so are an enum value without a name and a Json without text. Times are written by format_time_short.
/// Invalid UTF-8 becomes U+FFFD, so the output is always valid JSON.
void write_json(std::string& out, const Shape& shape, const void* object);

template <class T>
void append_json(std::string& out, const T& object) {
  write_json(out, shape<T>(), &object);
}
template <class T>
std::string to_json(const T& object) {
  std::string out;
  append_json(out, object);
  return out;
}
template <class T>
Result<std::string> to_stored(const T& object) {
  auto text = to_json(object);
  if (text.size() > Limits{}.bytes) {
    return Error(Errc::too_large, "a record is larger than what is read back");
  }
  return text;
}

/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace quaymaster::wire
