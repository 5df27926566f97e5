#include "drive/manifest/redaction.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/encode.h"
#include "wire/xml_reader.h"

namespace quaymaster::drive {
namespace {

/// Number of bytes passed to the parser at once: at most this much is held back, plus what the parser itself buffers.
constexpr std::size_t kSlice = 64 * kKiB;
/// Limit on held-back bytes. More than the parser's limits for one text or one tag: only a malicious document gets
/// here.
constexpr std::size_t kMostHeld = 8 * kMiB;

constexpr std::array<std::string_view, 2> kCredentials{"storageaccountkey", "containersas"};

bool is_credential(std::string_view element) {
  if (const auto colon = element.rfind(':'); colon != element.npos) {
    element.remove_prefix(colon + 1);
  }
  return std::ranges::find(kCredentials, to_lower(element)) != kCredentials.end();
}

bool names_credential(std::string_view text) {
  const auto lower = to_lower(text);
  return std::ranges::any_of(kCredentials, [&](std::string_view name) { return lower.find(name) != lower.npos; });
}

bool is_white(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

/// A range of the document, by offset, that is replaced.
struct Cut {
  std::uint64_t from;
  std::uint64_t to;
  std::string text;
};

}  // namespace

struct Redactor::State final : wire::XmlHandler {
  explicit State(ByteSink to) : sink(std::move(to)) {}

  std::string_view token() const { return held_text(xml.token_offset(), xml.token_offset() + xml.token_size()); }
  /// Bytes of the document not yet written.
  std::string_view held_text(std::uint64_t from, std::uint64_t to) const {
    return std::string_view(held).substr(from - written, to - from);
  }

  Result<> start(std::string_view name, wire::XmlAttributes attributes) override {
    const auto offset = xml.token_offset();
    const auto end = offset + xml.token_size();
    if (inside_depth > 0) {
      ++inside_depth;
    } else if (is_credential(name)) {
      if (!attributes.empty()) {
        cuts.push_back({offset + 1 + name.size(), end, token().ends_with("/>") ? "/>" : ">"});
      }
      inside_depth = 1;
      inside_from = end;
    }
    settled = end;
    return ok();
  }

  Result<> end(std::string_view) override {
    const auto offset = xml.token_offset();
    if (inside_depth > 0 && --inside_depth == 0 && offset > inside_from) {
      cuts.push_back({inside_from, offset, std::string(kRedactionMark)});
    }
    settled = offset + xml.token_size();
    return ok();
  }

  Result<> comment(std::string_view text) override {
    remark(names_credential(text));
    return ok();
  }
  Result<> instruction(std::string_view target, std::string_view data) override {
    remark(names_credential(target) || names_credential(data));
    return ok();
  }

  /// A comment or an instruction. It settles preceding text only if there is none: text is released only when the tag
  /// after it turns out to be valid.
  void remark(bool secret) {
    const auto offset = xml.token_offset();
    const auto end = offset + xml.token_size();
    const bool alone = is_white(held_text(std::max(settled, written), offset));
    if (secret && inside_depth == 0) {
      cuts.push_back({offset, end, "<!--" + std::string(kRedactionMark) + "-->"});
    }
    if (alone) {
      settled = end;
    }
  }

  /// Writes what is known to be harmless, up to `settled`, and drops it.
  Result<> release() {
    std::size_t done = 0;
    for (; done < cuts.size() && cuts[done].to <= settled; ++done) {
      const Cut& cut = cuts[done];
      TRY(copy_to(cut.from));
      TRY(sink(as_bytes(cut.text)));
      skip_to(cut.to);
      ++report.redactions;
    }
    cuts.erase(cuts.begin(), cuts.begin() + static_cast<std::ptrdiff_t>(done));
    if (inside_depth > 0) {
      TRY(copy_to(inside_from));
      skip_to(settled);  // the cut is written when the element ends
    } else {
      TRY(copy_to(settled));
    }
    held.erase(0, released);
    released = 0;
    return ok();
  }
  Result<> copy_to(std::uint64_t offset) {
    if (offset > written + released) {
      const auto bytes = std::string_view(held).substr(released, offset - written - released);
      TRY(sink(as_bytes(bytes)));
      released += bytes.size();
    }
    return ok();
  }
  void skip_to(std::uint64_t offset) {
    if (offset > written + released) {
      released = offset - written;
    }
  }

  Result<> take(Bytes slice) {
    held.append(as_text(slice));
    failed = !xml.feed(slice);
    TRY(settle());
    failed = failed || held.size() > kMostHeld;
    return ok();
  }

  Result<> settle() {
    const auto before = held.size();
    TRY(release());
    written += before - held.size();
    return ok();
  }

  ByteSink sink;
  wire::XmlReader xml{*this};
  Hasher sha256{HashAlgorithm::sha256};
  RedactionReport report;
  std::string held;              // part of the document, from `written` on
  std::uint64_t written = 0;     // bytes of the document processed
  std::size_t released = 0;      // of `held`, during a release
  std::uint64_t settled = 0;     // nothing before this can turn out to be a credential
  std::vector<Cut> cuts;         // in order, not yet written
  std::size_t inside_depth = 0;  // open elements from the credential inwards
  std::uint64_t inside_from = 0;
  bool failed = false;
};

Redactor::Redactor(ByteSink sink) : state_(std::make_unique<State>(std::move(sink))) {}
Redactor::~Redactor() = default;

Result<> Redactor::feed(Bytes bytes) {
  State& state = *state_;
  state.sha256.update(bytes);
  state.report.original_bytes += bytes.size();
  while (!bytes.empty() && !state.failed) {
    const auto slice = bytes.first(std::min(bytes.size(), kSlice));
    TRY(state.take(slice));
    bytes = bytes.subspan(slice.size());
  }
  return ok();
}

Result<RedactionReport> Redactor::finish() {
  State& state = *state_;
  state.failed = state.failed || !state.xml.finish();
  if (!state.failed) {
    state.settled = state.report.original_bytes;
  }
  TRY(state.settle());
  if (state.failed) {
    if (state.inside_depth > 0 && state.written > state.inside_from) {
      TRY(state.sink(as_bytes(kRedactionMark)));
      ++state.report.redactions;
    }
    state.report.withheld_bytes = state.report.original_bytes - state.written;
    if (state.report.withheld_bytes > 0) {
      TRY(state.sink(as_bytes(kWithheldMark)));
    }
  }
  std::ranges::copy(state.sha256.finish(), state.report.original_sha256.begin());
  return state.report;
}

}  // namespace quaymaster::drive
