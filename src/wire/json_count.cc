#include "wire/json_count.h"

namespace quaymaster::wire {
namespace {

/// The place behind the string that begins before `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != '"') {
    at += text[at] == '\\' ? 2 : 1;
  }
  return at + 1;
}

}  // namespace

/// A value stands at the start of the text, behind each comma, and behind each bracket that is not closed at once.
bool has_more_values(std::string_view text, std::size_t most) {
  if ((text.size() + 1) / 2 <= most) {
    return false;  // no value is shorter than a byte, and something stands between two
  }
  std::size_t values = 1;
  char last = ' ';  // that is no white space
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
