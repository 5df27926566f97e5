#include "wire/json_count.h"

namespace quaymaster::wire {
namespace {

/// The position after the string that begins before `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != '"') {
    at += text[at] == '\\' ? 2 : 1;
  }
  return at + 1;
}

}  // namespace

/// A value stands at the start of the text, after each comma, and after each opening bracket that is not closed at
/// once.
bool has_more_values(std::string_view text, std::size_t most) {
  if ((text.size() + 1) / 2 <= most) {
    return false;  // a value takes at least one byte, and two values are separated
  }
  std::size_t values = 1;
  char last = ' ';  // the last character that is not white space
  for (std::size_t at = 0; at < text.size() && values <= most;) {
    const char c = text[at++];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      continue;
    }
    const bool was_opened = last == '[' || last == '{';
    const bool is_closed = c == ']' || c == '}';
    values += c == ',' || (was_opened && !is_closed) ? 1 : 0;
    if (c == '"') {
      at = skip_string(text, at);
    }
    last = c;
  }
  return values > most;
}

}  // namespace quaymaster::wire
