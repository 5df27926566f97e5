// Reads any text into a struct with every kind of member; what was read is written and read again with the same result,
// also by the fast path.

#include <string>

#include "base/check.h"
#include "wire/json.h"
#include "wire/plain_json.h"

namespace {

using namespace quaymaster;
using wire::field;

enum class Colour { red, blue };
constexpr auto names(Colour) {
  return std::array{wire::name(Colour::red, "Red"), wire::name(Colour::blue, "Blue")};
}

struct Everything {
  std::string text;
  std::optional<bool> flag;
  std::optional<std::int32_t> small;
  std::optional<std::uint32_t> natural;
  std::optional<std::int64_t> big;
  std::optional<std::uint64_t> bytes;
  std::optional<double> ratio;
  std::optional<Time> time;
  std::optional<Colour> colour;
  std::optional<wire::Json> any;
  std::vector<std::string> texts;
  std::map<std::string, std::string> tags;
  std::map<std::string, Everything> named;
  std::vector<Everything> inner;

  static constexpr auto wire() {
    using E = Everything;
    return wire::fields({field<&E::text>("text"), field<&E::flag>("flag"), field<&E::small>("small"),
                         field<&E::natural>("natural"), field<&E::big>("big"), field<&E::bytes>("bytes"),
                         field<&E::ratio>("ratio"), field<&E::time>("time"), field<&E::colour>("colour"),
                         field<&E::any>("any"), field<&E::texts>("texts"), field<&E::tags>("tags"),
                         field<&E::named>("named"), field<&E::inner>("inner")});
  }
};

/// Numbers with an exponent are not rounded exactly, so they drift by a unit in the last place from text to text.
void forget_fractions(Everything& object) {
  object.ratio.reset();
  object.any.reset();
  for (auto& [name, one] : object.named) {
    forget_fractions(one);
  }
  for (auto& one : object.inner) {
    forget_fractions(one);
  }
}

bool read_plainly(std::string_view text, Everything& object) {
  return wire::read_plain_json(text, wire::shape<Everything>(), &object, wire::Limits{}.depth);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(Bytes(data, size));
  wire::Flaw flaw;
  auto read = wire::parse_json<Everything>(text, &flaw);
  if (!read) {
    check(!flaw.message.empty());
    return 0;
  }
  check(wire::parse_stored<Everything>(wire::to_json(read.value())).has_value());
  forget_fractions(read.value());
  const auto written = wire::to_json(read.value());
  const auto again = wire::parse_stored<Everything>(written);
  check(again.has_value());
  check(wire::to_json(again.value()) == written);
  Everything plain;
  check(read_plainly(written, plain));
  check(wire::to_json(plain) == written);

  auto patched = read.value();
  check(wire::read_json(text, wire::shape<Everything>(), &patched, wire::Source::patch).has_value());

  Everything quick;
  if (read_plainly(text, quick)) {
    Everything general;
    check(wire::read_json(text, wire::shape<Everything>(), &general, wire::Source::patch).has_value());
    check(wire::to_json(quick) == wire::to_json(general));
  }
  return 0;
}
