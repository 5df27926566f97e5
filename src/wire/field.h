#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/encode.h"

namespace quaymaster::wire {

/// One value of a published enumeration and its spelling. An enum is described by a function found by argument lookup:
///   constexpr auto names(DriveState) { return std::array{wire::name(DriveState::received, "Received"), …}; }
template <class Enum>
struct EnumName {
  Enum value;
  std::string_view text;
};
template <class Enum>
constexpr EnumName<Enum> name(Enum value, std::string_view text) {
  return {value, text};
}

/// Any JSON value, kept as compact text and passed through unchanged (tags of any shape, parts of another version).
struct Json {
  std::string text;  // one JSON value, never empty once read
  bool operator==(const Json&) const = default;
};

template <class T>
concept Described = requires { T::wire(); };
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) { names(value); };

/// The published spelling of `value`; empty for a value that has no name.
template <NamedEnum Enum>
constexpr std::string_view text_of(Enum value) {
  for (const auto& entry : names(value)) {
    if (entry.value == value) {
      return entry.text;
    }
  }
  return {};
}

/// The value spelled `text`, compared without case as ARM providers do; nullopt when there is no such value.
template <NamedEnum Enum>
std::optional<Enum> value_of(std::string_view text) {
  for (const auto& entry : names(Enum{})) {
    if (equal_ignoring_case(entry.text, text)) {
      return entry.value;
    }
  }
  return std::nullopt;
}

struct Shape;
using ShapeOf = const Shape& (*)();

/// One member of a described struct: its name on the wire, its place in the object, and the shape of its type. Built by
/// `field`, refined by its members:
///   field<&DriveStatus::bytes_succeeded>("bytesSucceeded").read_only()
struct Field {
  std::string_view name;
  ShapeOf shape = nullptr;
  void* (*of)(void* object) = nullptr;  // the member inside the struct
  bool is_read_only = false;
  bool is_required = false;
  bool takes_text = false;

  /// Written by us; ignored when a client sends it.
  constexpr Field read_only() const { return {name, shape, of, true, is_required, takes_text}; }
  /// A body in which it is absent or null is refused with an error that names it.
  constexpr Field required() const { return {name, shape, of, is_read_only, true, takes_text}; }
  /// An integer, or a list of them, that clients may also send as text: "7" is 7. We write numbers.
  constexpr Field or_text() const { return {name, shape, of, is_read_only, is_required, true}; }
};

/// The members of a described struct, in the order in which they are written:
///   static constexpr auto wire() { return wire::fields({wire::field<&Sku::name>("name"), …}); }
/// All members have one type, so that describing a struct costs the compiler no more than a table.
template <std::size_t Count>
struct Fields {
  std::array<Field, Count> list;
};

template <std::size_t Count>
constexpr Fields<Count> fields(const Field (&list)[Count]) {
  Fields<Count> made;
  for (std::size_t i = 0; i < Count; ++i) {
    made.list[i] = list[i];
  }
  return made;
}

/// The members of a base followed by those of the struct.
template <std::size_t First, std::size_t Second>
constexpr Fields<First + Second> operator+(const Fields<First>& first, const Fields<Second>& second) {
  Fields<First + Second> made;
  for (std::size_t i = 0; i < First + Second; ++i) {
    made.list[i] = i < First ? first.list[i] : second.list[i - First];
  }
  return made;
}

/// How a type appears on the wire, without the type itself: the readers and writers (json.cc) are ordinary functions
/// over shapes, so a described struct costs the compiler a table and not a parser. Values are passed as `void*` to an
/// object of the shape's type. A new kind of value (such as a discriminated union) needs one more Kind here and one
/// more case in each of the two walks of json.cc.
struct Shape {
  enum class Kind { text, boolean, integer, number, time, json, optional, list, map, record, choice };
  Kind kind;
  std::size_t size = 0;  // size of an object in bytes, without what it points to

  // integer
  bool is_signed = false;

  // optional, list, map
  ShapeOf element = nullptr;
  bool (*has)(const void* optional) = nullptr;
  const void* (*held)(const void* optional) = nullptr;
  void* (*emplace)(void* optional) = nullptr;  // keeps the value if there is one
  void (*clear)(void* object) = nullptr;       // optional, list and map
  std::size_t (*count)(const void* list) = nullptr;
  const void* (*at)(const void* list, std::size_t index) = nullptr;
  void (*reserve)(void* list, std::size_t count) = nullptr;
  void* (*append)(void* list) = nullptr;
  void* (*insert)(void* map, std::string_view key) = nullptr;
  using Visit = void (*)(void* state, const std::string& key, const void* value);
  void (*visit)(const void* map, void* state, Visit visit) = nullptr;

  // record
  std::span<const Field> fields;

  // choice
  std::span<const std::string_view> choices;
  int (*choice)(const void* value) = nullptr;  // index into `choices`; -1 for a value without a name
  void (*choose)(void* value, std::size_t index) = nullptr;
};

/// The shape of T: std::string, bool, integers of 32 and 64 bits, double, Time, Json, named enums, described structs,
/// and std::optional, std::vector and std::map<std::string, …> of those.
template <class T>
const Shape& shape();

namespace detail {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T, std::less<>>> = true;

template <auto Member>
struct MemberOf;
template <class Struct, class Type, Type Struct::* Member>
struct MemberOf<Member> {
  using Object = Struct;
  static constexpr ShapeOf kShape = &wire::shape<Type>;
};

template <class Object, auto Member>
void* member_of(void* object) {
  return &(static_cast<Object*>(object)->*Member);
}

template <class Struct>
inline constexpr auto kFields = Struct::wire();

template <class Enum>
constexpr auto choice_texts() {
  constexpr auto kNames = names(Enum{});
  std::array<std::string_view, kNames.size()> texts;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    texts[i] = kNames[i].text;
  }
  return texts;
}
template <class Enum>
inline constexpr auto kChoices = choice_texts<Enum>();

template <class Optional>
constexpr Shape optional_shape() {
  Shape shape{Shape::Kind::optional};
  shape.element = &wire::shape<typename Optional::value_type>;
  shape.has = [](const void* value) { return static_cast<const Optional*>(value)->has_value(); };
  shape.held = [](const void* value) -> const void* { return &**static_cast<const Optional*>(value); };
  shape.emplace = [](void* value) -> void* {
    auto& optional = *static_cast<Optional*>(value);
    return optional ? &*optional : &optional.emplace();
  };
  shape.clear = [](void* value) { static_cast<Optional*>(value)->reset(); };
  return shape;
}

template <class List>
constexpr Shape list_shape() {
  static_assert(!std::is_same_v<List, std::vector<bool>>, "vector<bool> has no addresses of elements");
  Shape shape{Shape::Kind::list};
  shape.element = &wire::shape<typename List::value_type>;
  shape.count = [](const void* value) { return static_cast<const List*>(value)->size(); };
  shape.at = [](const void* value, std::size_t i) -> const void* { return &(*static_cast<const List*>(value))[i]; };
  shape.reserve = [](void* value, std::size_t count) { static_cast<List*>(value)->reserve(count); };
  shape.append = [](void* value) -> void* { return &static_cast<List*>(value)->emplace_back(); };
  shape.clear = [](void* value) { static_cast<List*>(value)->clear(); };
  return shape;
}

template <class Map>
constexpr Shape map_shape() {
  Shape shape{Shape::Kind::map};
  shape.element = &wire::shape<typename Map::mapped_type>;
  shape.insert = [](void* value, std::string_view key) -> void* {
    return &(*static_cast<Map*>(value))[std::string(key)];
  };
  shape.visit = [](const void* value, void* state, Shape::Visit visit) {
    for (const auto& [key, mapped] : *static_cast<const Map*>(value)) {
      visit(state, key, &mapped);
    }
  };
  shape.clear = [](void* value) { static_cast<Map*>(value)->clear(); };
  return shape;
}

template <class Enum>
constexpr Shape choice_shape() {
  Shape shape{Shape::Kind::choice};
  shape.choices = kChoices<Enum>;
  shape.choice = [](const void* value) {
    constexpr auto kNames = names(Enum{});
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (kNames[i].value == *static_cast<const Enum*>(value)) {
        return static_cast<int>(i);
      }
    }
    return -1;
  };
  shape.choose = [](void* value, std::size_t index) {
    constexpr auto kNames = names(Enum{});
    *static_cast<Enum*>(value) = kNames[index].value;
  };
  return shape;
}

template <class T>
constexpr Shape shape_of_kind() {
  using Kind = Shape::Kind;
  if constexpr (std::is_same_v<T, std::string>) {
    return {Kind::text};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {Kind::boolean};
  } else if constexpr (std::is_same_v<T, double>) {
    return {Kind::number};
  } else if constexpr (std::is_same_v<T, Time>) {
    return {Kind::time};
  } else if constexpr (std::is_same_v<T, Json>) {
    return {Kind::json};
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8);
    Shape shape{Kind::integer};
    shape.is_signed = std::is_signed_v<T>;
    return shape;
  } else if constexpr (kIsOptional<T>) {
    return optional_shape<T>();
  } else if constexpr (kIsList<T>) {
    return list_shape<T>();
  } else if constexpr (kIsMap<T>) {
    return map_shape<T>();
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(NamedEnum<T>, "an enum on the wire needs names(Enum) next to it");
    return choice_shape<T>();
  } else {
    static_assert(Described<T>, "a struct on the wire needs static constexpr auto wire()");
    Shape shape{Kind::record};
    shape.fields = kFields<T>.list;
    return shape;
  }
}

template <class T>
constexpr Shape make_shape() {
  Shape shape = shape_of_kind<T>();
  shape.size = sizeof(T);
  return shape;
}

}  // namespace detail

/// Name `Object` when the member belongs to a base.
template <auto Member, class Object = typename detail::MemberOf<Member>::Object>
constexpr Field field(std::string_view name) {
  return {name, detail::MemberOf<Member>::kShape, &detail::member_of<Object, Member>};
}

template <class T>
const Shape& shape() {
  static constexpr Shape kShape = detail::make_shape<T>();
  return kShape;
}

}  // namespace quaymaster::wire
