// The MD5 compression function for many messages in parallel, once for every instruction set: each md5_*.cc includes
// this with its own compiler flags. Source: RFC 1321.
//
// Everything here has internal linkage and uses no inline function of any other header: one compiled with AVX flags
// could otherwise become the copy that the linker keeps for the whole program.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace quaymaster {

/// Processes `blocks` blocks of 64 bytes of `lanes` messages at once. `state` is [4][stride]: word by word, with the
/// lanes adjacent. `at[lane]` is the next block of each message; at[0] … at[lanes - 1] must all be readable.
struct Md5Kernel {
  size_t lanes;
  void (*take_blocks)(uint32_t* state, size_t stride, const uint8_t* const* at, size_t blocks);
};

/// The kernels of each instruction set, narrowest first.
extern const Md5Kernel kMd5Plain[3];   // vectors of four: SSE2 on x86-64, NEON on AArch64
extern const Md5Kernel kMd5Avx2[3];    // x86-64 only
extern const Md5Kernel kMd5Avx512[4];  // x86-64 only

namespace md5_kernel {
namespace {

constexpr uint32_t kSine[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kShift[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

/// A vector of `Width` words. The compiler maps it to SSE, AVX or NEON according to the file's flags.
template <size_t Width>
struct Vector {
  typedef uint32_t Type __attribute__((vector_size(4 * Width)));
};
template <>
struct Vector<1> {
  using Type = uint32_t;
};

template <int Step, class V>
[[gnu::always_inline]] inline V mixed(V b, V c, V d) {
  if constexpr (Step < 16) {
    return d ^ (b & (c ^ d));
  }
  if constexpr (Step >= 16 && Step < 32) {
    return c ^ (d & (b ^ c));
  }
  if constexpr (Step >= 32 && Step < 48) {
    return b ^ c ^ d;
  }
  if constexpr (Step >= 48) {
    return c ^ (b | ~d);
  }
}

constexpr size_t word_of(int step) {
  if (step < 16) {
    return static_cast<size_t>(step);
  }
  if (step < 32) {
    return static_cast<size_t>((5 * step + 1) % 16);
  }
  if (step < 48) {
    return static_cast<size_t>((3 * step + 5) % 16);
  }
  return static_cast<size_t>((7 * step) % 16);
}

/// Interleaves the steps of `Chains` independent vectors: MD5 is one long chain of dependent instructions, so a second
/// vector costs little more than one.
template <int Step, size_t Chains, class V>
[[gnu::always_inline]] inline void steps(V (&s)[Chains][4], const V (&words)[Chains][16]) {
  if constexpr (Step < 64) {
    constexpr int a = (64 - Step) % 4, b = (65 - Step) % 4, c = (66 - Step) % 4, d = (67 - Step) % 4;
    constexpr int shift = kShift[Step / 16][Step % 4];
    for (size_t i = 0; i < Chains; ++i) {
      auto& state = s[i];
      const V sum = state[a] + mixed<Step>(state[b], state[c], state[d]) + (words[i][word_of(Step)] + kSine[Step]);
      state[a] = ((sum << shift) | (sum >> (32 - shift))) + state[b];
    }
    steps<Step + 1, Chains, V>(s, words);
  }
}

template <size_t Width>
using VectorOf = typename Vector<Width>::Type;

[[gnu::always_inline]] inline void load_words(uint32_t (&words)[16], const uint8_t* const* at, size_t offset) {
  memcpy(words, at[0] + offset, 64);
}

/// words[w][lane] = word w of the block of `lane`.
[[gnu::always_inline]] inline void load_words(VectorOf<4> (&words)[16], const uint8_t* const* at, size_t offset) {
  for (size_t w = 0; w < 16; w += 4) {
    VectorOf<4> row[4];
    for (size_t lane = 0; lane < 4; ++lane) {
      memcpy(&row[lane], at[lane] + offset + 4 * w, 16);
    }
    const auto low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
    const auto low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
    const auto high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
    const auto high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
    words[w] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    words[w + 1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    words[w + 2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    words[w + 3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
  }
}

#if defined(__AVX2__)
[[gnu::always_inline]] inline void load_words(VectorOf<8> (&words)[16], const uint8_t* const* at, size_t offset) {
  using V = VectorOf<8>;
  for (size_t w = 0; w < 16; w += 8) {
    V row[8];
    for (size_t lane = 0; lane < 8; ++lane) {
      memcpy(&row[lane], at[lane] + offset + 4 * w, 32);
    }
    V pair[8];
    for (size_t i = 0; i < 8; i += 2) {
      pair[i] = __builtin_shufflevector(row[i], row[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
      pair[i + 1] = __builtin_shufflevector(row[i], row[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    V four[8];
    for (size_t half = 0; half < 8; half += 4) {
      for (size_t i = 0; i < 2; ++i) {
        four[half + 2 * i] = __builtin_shufflevector(pair[half + i], pair[half + 2 + i], 0, 1, 8, 9, 4, 5, 12, 13);
        four[half + 2 * i + 1] =
            __builtin_shufflevector(pair[half + i], pair[half + 2 + i], 2, 3, 10, 11, 6, 7, 14, 15);
      }
    }
    for (size_t i = 0; i < 4; ++i) {
      words[w + i] = __builtin_shufflevector(four[i], four[4 + i], 0, 1, 2, 3, 8, 9, 10, 11);
      words[w + 4 + i] = __builtin_shufflevector(four[i], four[4 + i], 4, 5, 6, 7, 12, 13, 14, 15);
    }
  }
}
#endif
#if defined(__AVX512F__)
[[gnu::always_inline]] inline void load_words(VectorOf<16> (&words)[16], const uint8_t* const* at, size_t offset) {
  VectorOf<8> halves[2][16];
  load_words(halves[0], at, offset);
  load_words(halves[1], at + 8, offset);
  for (size_t w = 0; w < 16; ++w) {
    words[w] =
        __builtin_shufflevector(halves[0][w], halves[1][w], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }
}
#endif

/// Md5Kernel::take_blocks with `Chains` vectors of `Width` lanes.
template <size_t Width, size_t Chains>
void take_blocks(uint32_t* state, size_t stride, const uint8_t* const* at, size_t blocks) {
  using V = VectorOf<Width>;
  V s[Chains][4];
  for (size_t i = 0; i < Chains; ++i) {
    for (size_t word = 0; word < 4; ++word) {
      memcpy(&s[i][word], state + word * stride + i * Width, sizeof(V));
    }
  }
  for (size_t offset = 0; offset < 64 * blocks; offset += 64) {
    V words[Chains][16];
    V before[Chains][4];
    for (size_t i = 0; i < Chains; ++i) {
      load_words(words[i], at + i * Width, offset);
      for (size_t word = 0; word < 4; ++word) {
        before[i][word] = s[i][word];
      }
    }
    steps<0, Chains, V>(s, words);
    for (size_t i = 0; i < Chains; ++i) {
      for (size_t word = 0; word < 4; ++word) {
        s[i][word] += before[i][word];
      }
    }
  }
  for (size_t i = 0; i < Chains; ++i) {
    for (size_t word = 0; word < 4; ++word) {
      memcpy(state + word * stride + i * Width, &s[i][word], sizeof(V));
    }
  }
}

}  // namespace
}  // namespace md5_kernel
}  // namespace quaymaster
