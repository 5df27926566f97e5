#include "vault/core/point_format.h"

#include <algorithm>

#include "base/encode.h"

namespace quaymaster::vault {
namespace {

constexpr std::string_view kMagic{"QMVPOINT", 8};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 32;
constexpr std::size_t kFixedSize = 8 + 6 * 8 + 4;  // created, totals, length of source

SealKey key_of(const SealKey& points, const Guid& id) {
  return derive_key(points, id.bytes, "one point");
}

Buffer header(const Guid& id) {
  Buffer bytes;
  append(bytes, as_bytes(kMagic));
  append_le(bytes, kVersion);
  append_le(bytes, std::uint32_t{0});
  append(bytes, id.bytes);
  return bytes;
}

}  // namespace

std::string point_name(const std::string& prefix, const Guid& id) {
  return fmt::format("{}/points/{}", prefix, hex_lower(id.bytes));
}

Buffer write_point(const SealKey& points, const Point& point) {
  Buffer plain;
  append_le(plain, point.created.time_since_epoch().count());
  for (const auto number : {point.totals.bytes_read, point.totals.bytes_zero, point.totals.bytes_new,
                            point.totals.bytes_stored, point.totals.chunks, point.totals.chunks_new}) {
    append_le(plain, number);
  }
  append_le(plain, static_cast<std::uint32_t>(point.source.size()));
  append(plain, as_bytes(point.source));
  append(plain, point.root);

  auto object = header(point.id);
  object.resize(kHeaderSize + plain.size() + kSealTag);
  const MutableBytes bytes(object);
  // Each point has its own key, used once, so the nonce need not vary.
  seal(key_of(points, point.id), SealNonce{}, bytes.first(kHeaderSize), plain, bytes.subspan(kHeaderSize));
  return object;
}

Result<Point> read_point(const SealKey& points, const Guid& id, Bytes object) {
  if (object.size() < kHeaderSize + kFixedSize + kSealTag || !std::ranges::equal(object.first(8), as_bytes(kMagic))) {
    return corrupt("recovery point {}: the object is not a point", id.text());
  }
  if (load_le32(object.subspan(8)) > kVersion) {
    return unsupported("recovery point {} has version {}", id.text(), load_le32(object.subspan(8)));
  }
  if (!std::ranges::equal(object.first(kHeaderSize), header(id))) {
    return corrupt("recovery point {}: the object is another point's", id.text());
  }
  Buffer plain(object.size() - kHeaderSize - kSealTag);
  auto opened =
      open_sealed(key_of(points, id), SealNonce{}, object.first(kHeaderSize), object.subspan(kHeaderSize), plain);
  if (!opened) {
    return std::move(opened).error().because(fmt::format("recovery point {}", id.text()));
  }
  const Bytes p(plain);
  Point point;
  point.id = id;
  point.created = Time{Ticks{load_le<std::int64_t>(p)}};
  std::size_t at = 8;
  for (auto* number : {&point.totals.bytes_read, &point.totals.bytes_zero, &point.totals.bytes_new,
                       &point.totals.bytes_stored, &point.totals.chunks, &point.totals.chunks_new}) {
    *number = load_le64(p.subspan(at));
    at += 8;
  }
  const auto source_size = load_le32(p.subspan(at));
  if (source_size > p.size() - kFixedSize) {
    return corrupt("recovery point {}: impossible sizes", id.text());
  }
  point.source = as_text(p.subspan(kFixedSize, source_size));
  const auto root = p.subspan(kFixedSize + source_size);
  point.root.assign(root.begin(), root.end());
  return point;
}

}  // namespace quaymaster::vault
