#include "wire/xml_reader.h"

#include <expat.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

#include "base/check.h"
#include "base/encode.h"

namespace quaymaster::wire {
namespace {

/// Expat limits one call to an int. Small slices also limit how often a hostile token makes it scan the same bytes.
constexpr std::size_t kSlice = 64 * kKiB;

/// How much the parser may still allocate. Expat's allocation hooks take no context, so the budget of the reader that
/// is calling expat on this thread is kept in a thread-local.
struct Budget {
  std::size_t limit;
  std::size_t used = 0;
  bool exceeded = false;
};
thread_local Budget* t_budget = nullptr;

class WithBudget {
 public:
  explicit WithBudget(Budget& budget) : before_(t_budget) { t_budget = &budget; }
  ~WithBudget() { t_budget = before_; }
  WithBudget(const WithBudget&) = delete;
  WithBudget& operator=(const WithBudget&) = delete;

 private:
  Budget* before_;
};

/// Each allocation is preceded by its size, in a header as wide as the strictest alignment.
constexpr std::size_t kHeader = alignof(std::max_align_t);

bool admit(std::size_t freed, std::size_t wanted) {
  Budget& budget = *t_budget;
  if (wanted > budget.limit || budget.used - freed > budget.limit - wanted) {
    budget.exceeded = true;
    return false;
  }
  budget.used += wanted - freed;
  return true;
}

void* allocate(std::size_t size) {
  if (!admit(0, size)) {
    return nullptr;
  }
  auto* block = static_cast<std::uint8_t*>(std::malloc(size + kHeader));
  if (block == nullptr) {
    t_budget->used -= size;
    return nullptr;
  }
  std::memcpy(block, &size, sizeof size);
  return block + kHeader;
}

std::size_t size_of(void* memory) {
  std::size_t size;
  std::memcpy(&size, static_cast<std::uint8_t*>(memory) - kHeader, sizeof size);
  return size;
}

void release(void* memory) {
  if (memory != nullptr) {
    t_budget->used -= size_of(memory);
    std::free(static_cast<std::uint8_t*>(memory) - kHeader);
  }
}

void* reallocate(void* memory, std::size_t size) {
  if (memory == nullptr) {
    return allocate(size);
  }
  const auto before = size_of(memory);
  if (!admit(before, size)) {
    return nullptr;
  }
  auto* block = static_cast<std::uint8_t*>(std::realloc(static_cast<std::uint8_t*>(memory) - kHeader, size + kHeader));
  if (block == nullptr) {
    t_budget->used -= size - before;
    return nullptr;
  }
  std::memcpy(block, &size, sizeof size);
  return block + kHeader;
}

constexpr XML_Memory_Handling_Suite kMemory{&allocate, &reallocate, &release};

}  // namespace

struct XmlReader::State {
  State(XmlHandler& to, XmlLimits within) : handler(to), limits(within), budget{within.parser_memory} {
    const WithBudget with(budget);
    parser = XML_ParserCreate_MM("UTF-8", &kMemory, nullptr);
    if (parser == nullptr) {
      throw std::bad_alloc();
    }
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &on_start, &on_end);
    XML_SetCharacterDataHandler(parser, &on_text);
    XML_SetCommentHandler(parser, &on_comment);
    XML_SetProcessingInstructionHandler(parser, &on_instruction);
    XML_SetStartDoctypeDeclHandler(parser, &on_doctype);
    XML_SetXmlDeclHandler(parser, &on_declaration);
  }
  ~State() {
    const WithBudget with(budget);
    XML_ParserFree(parser);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void stop(Error why) {
    if (!failure) {
      fail(std::move(why));
      XML_StopParser(parser, XML_FALSE);
    }
  }
  /// Records the position now: expat moves on to the next token before it reports that it was stopped.
  void fail(Error why) {
    failure = std::move(why).because(
        fmt::format("line {}, column {}", XML_GetCurrentLineNumber(parser), XML_GetCurrentColumnNumber(parser) + 1));
  }
  /// Runs one handler call unless the reader has stopped; expat may deliver one more event after being stopped.
  template <class Call>
  void deliver(Call call) {
    if (!failure) {
      if (auto result = call(); !result) {
        stop(std::move(result).error());
      }
    }
  }
  void deliver_text() {
    if (!run.empty()) {
      deliver([this] { return handler.text(run); });
      run.clear();
    }
  }

  static State& of(void* user) { return *static_cast<State*>(user); }

  static void on_start(void* user, const XML_Char* name, const XML_Char** pairs) {
    State& self = of(user);
    self.deliver_text();
    const std::string_view element(name);
    if (++self.depth > self.limits.depth) {
      return self.stop(too_large("elements are nested deeper than {}", self.limits.depth));
    }
    if (element.size() > self.limits.name) {
      return self.stop(too_large("an element name is longer than {} bytes", self.limits.name));
    }
    self.attributes.clear();
    for (; *pairs != nullptr; pairs += 2) {
      const XmlAttribute attribute{pairs[0], pairs[1]};
      if (self.attributes.size() == self.limits.attributes || attribute.name.size() > self.limits.name ||
          attribute.value.size() > self.limits.value) {
        return self.stop(
            too_large("an element has more than {} attributes, a name of more than {} bytes or a value of "
                      "more than {} bytes",
                      self.limits.attributes, self.limits.name, self.limits.value));
      }
      self.attributes.push_back(attribute);
    }
    self.deliver([&] { return self.handler.start(element, self.attributes); });
  }

  static void on_end(void* user, const XML_Char* name) {
    State& self = of(user);
    self.deliver_text();
    --self.depth;
    self.deliver([&] { return self.handler.end(name); });
  }

  static void on_text(void* user, const XML_Char* text, int size) {
    State& self = of(user);
    if (self.run.size() + static_cast<std::size_t>(size) > self.limits.text) {
      return self.stop(too_large("a text is longer than {} bytes", self.limits.text));
    }
    self.run.append(text, static_cast<std::size_t>(size));
  }

  static void on_comment(void* user, const XML_Char* text) {
    State& self = of(user);
    self.deliver([&] { return self.handler.comment(text); });
  }

  static void on_instruction(void* user, const XML_Char* target, const XML_Char* data) {
    State& self = of(user);
    self.deliver([&] { return self.handler.instruction(target, data); });
  }

  static void on_doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    of(user).stop(invalid("a document type declaration is not allowed"));
  }

  static void on_declaration(void* user, const XML_Char*, const XML_Char* encoding, int) {
    if (encoding != nullptr && !equal_ignoring_case(encoding, "utf-8")) {
      of(user).stop(invalid("the declared encoding is not UTF-8"));
    }
  }

  /// Expat switches to UTF-16 when the first bytes look like it, even when told otherwise. This reader is UTF-8 only,
  /// so that all readers of the same bytes see the same document.
  bool begins_like_utf16(Bytes bytes) {
    for (const auto byte : bytes) {
      if (head == 4) {
        return false;
      }
      if (byte == 0 || (head == 0 && byte >= 0xFE)) {
        return true;
      }
      ++head;
    }
    return false;
  }

  Result<> parse(Bytes bytes, bool last) {
    const WithBudget with(budget);
    const auto status =
        XML_Parse(parser, reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size()), last ? 1 : 0);
    if (status == XML_STATUS_OK && !failure) {
      return ok();
    }
    if (!failure) {
      const auto code = XML_GetErrorCode(parser);
      if (code == XML_ERROR_NO_MEMORY && budget.exceeded) {
        fail(too_large("a tag, a comment or the sum of all names needs more than {} bytes", limits.parser_memory));
      } else if (code == XML_ERROR_NO_MEMORY) {
        fail(busy("out of memory; try again later"));
      } else {
        fail(invalid("{}", XML_ErrorString(code)));
      }
    }
    return *failure;
  }

  XmlHandler& handler;
  XmlLimits limits;
  Budget budget;
  XML_Parser parser = nullptr;
  std::string run;  // text since the last tag
  std::vector<XmlAttribute> attributes;
  std::size_t depth = 0;
  int head = 0;  // number of leading bytes examined
  bool finished = false;
  std::optional<Error> failure;
};

XmlReader::XmlReader(XmlHandler& handler, XmlLimits limits) : state_(std::make_unique<State>(handler, limits)) {}
XmlReader::~XmlReader() = default;

Result<> XmlReader::feed(Bytes bytes) {
  check(!state_->finished);
  if (!state_->failure && state_->begins_like_utf16(bytes)) {
    state_->failure = invalid("line 1, column 1: the document is not UTF-8");
  }
  if (state_->failure) {
    return *state_->failure;
  }
  while (!bytes.empty()) {
    const auto slice = bytes.first(std::min(bytes.size(), kSlice));
    TRY(state_->parse(slice, false));
    bytes = bytes.subspan(slice.size());
  }
  return ok();
}

Result<> XmlReader::finish() {
  check(!state_->finished);
  if (state_->failure) {
    return *state_->failure;
  }
  state_->finished = true;
  return state_->parse({}, true);
}

std::uint64_t XmlReader::token_offset() const {
  return static_cast<std::uint64_t>(std::max<XML_Index>(XML_GetCurrentByteIndex(state_->parser), 0));
}

std::uint64_t XmlReader::token_size() const {
  return static_cast<std::uint64_t>(std::max(XML_GetCurrentByteCount(state_->parser), 0));
}

std::optional<std::string_view> find(XmlAttributes attributes, std::string_view name) {
  const auto found = std::ranges::find(attributes, name, &XmlAttribute::name);
  return found == attributes.end() ? std::nullopt : std::optional(found->value);
}

Result<> read_xml(Bytes document, XmlHandler& handler, XmlLimits limits) {
  XmlReader reader(handler, limits);
  TRY(reader.feed(document));
  return reader.finish();
}

}  // namespace quaymaster::wire
