#include "blob/records/codec.h"

#include <algorithm>
#include <utility>

namespace quaymaster::blob {
namespace {

void append_number(Buffer& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) {
    bytes.push_back(static_cast<std::uint8_t>(number | 0x80));
  }
  bytes.push_back(static_cast<std::uint8_t>(number));
}

void append_text(Buffer& bytes, std::string_view text) {
  append_number(bytes, text.size());
  append(bytes, as_bytes(text));
}

/// Reads values from the front; after the first missing one everything is empty and `good` is false.
class Decoder {
 public:
  explicit Decoder(Bytes bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = rest_.front();
      rest_ = rest_.subspan(1);
      number |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) {
        return number;
      }
    }
    fail();
    return 0;
  }
  std::string text() { return std::string(as_text(bytes(number()))); }
  Bytes bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  Bytes rest() { return std::exchange(rest_, {}); }
  bool at_end() const { return rest_.empty(); }
  Result<> end(std::string_view what) const {
    return good_ && rest_.empty() ? Result<>(ok()) : Result<>(corrupt("{} of a record cannot be read", what));
  }
  bool good() const { return good_; }

 private:
  void fail() {
    good_ = false;
    rest_ = {};
  }
  Bytes rest_;
  bool good_ = true;
};

constexpr std::string Properties::* kTexts[] = {&Properties::content_type, &Properties::content_encoding,
                                                &Properties::content_language, &Properties::content_disposition,
                                                &Properties::cache_control};

}  // namespace

Buffer encode(const Metadata& metadata) {
  Buffer bytes;
  for (const auto& [name, value] : metadata) {
    append_text(bytes, name);
    append_text(bytes, value);
  }
  return bytes;
}

Result<Metadata> decode_metadata(Bytes bytes) {
  Metadata metadata;
  Decoder decoder(bytes);
  while (!decoder.at_end()) {
    auto name = decoder.text();
    metadata.emplace_back(std::move(name), decoder.text());
  }
  TRY(decoder.end("metadata"));
  return metadata;
}

Buffer encode(const Properties& properties) {
  Buffer bytes;
  for (const auto text : kTexts) {
    append_text(bytes, properties.*text);
  }
  if (properties.md5) {
    append(bytes, *properties.md5);
  }
  return bytes;
}

Result<Properties> decode_properties(Bytes bytes) {
  Properties properties;
  Decoder decoder(bytes);
  for (const auto text : kTexts) {
    properties.*text = decoder.text();
  }
  if (decoder.good() && !decoder.at_end()) {
    const auto md5 = decoder.rest();
    properties.md5 = Buffer(md5.begin(), md5.end());
  }
  TRY(decoder.end("properties"));
  return properties;
}

Buffer encode(const std::vector<ListedBlock>& blocks) {
  Buffer bytes;
  for (const auto& block : blocks) {
    append_text(bytes, block.id);
    append_number(bytes, block.size);
  }
  return bytes;
}

Result<std::vector<ListedBlock>> decode_blocks(Bytes bytes) {
  std::vector<ListedBlock> blocks;
  Decoder decoder(bytes);
  while (!decoder.at_end()) {
    auto id = decoder.text();
    blocks.push_back({std::move(id), decoder.number()});
  }
  TRY(decoder.end("the block list"));
  return blocks;
}

}  // namespace quaymaster::blob
