#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster {

/// A 128-bit id, formatted as "8-4-4-4-12" in lower case.
struct Guid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Guid&) const = default;
  std::string text() const;
};
Result<Guid> parse_guid(std::string_view text);

/// The source of randomness; tests pass one that counts. Thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(MutableBytes bytes) = 0;
  Guid guid();  // version 4
};

/// The system's cryptographic generator.
class SystemRandom final : public RandomSource {
 public:
  void fill(MutableBytes bytes) override;
};

/// A repeatable sequence, for tests and golden files only.
class CountingRandom final : public RandomSource {
 public:
  void fill(MutableBytes bytes) override;

 private:
  std::uint64_t next_ = 1;  // tests use it from one thread
};

}  // namespace quaymaster
