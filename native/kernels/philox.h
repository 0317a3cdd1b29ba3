// Random 32-bit words by counting: Philox 4x32-10 (Salmon et al., 2011), as in glassworks/ops/primitives/random.py.
#pragma once

#include "vector.h"

namespace {

// The words first .. first + count - 1 of a draw: block i gives words 4i .. 4i+3, of key (seed, 0) and counter (i, 0,
// draw, 0).
inline void philox_words(uint32_t seed, uint32_t draw, uint64_t first, int64_t count, uint32_t* out) {
  constexpr int group = 32;  // blocks at a time, so that the compiler fills its vectors
  uint64_t block = first / 4;
  int64_t skip = static_cast<int64_t>(first % 4);
  while (count > 0) {
    uint32_t c0[group], c1[group], c2[group], c3[group];
    for (int i = 0; i < group; ++i) {
      c0[i] = static_cast<uint32_t>(block) + static_cast<uint32_t>(i);
      c1[i] = 0;
      c2[i] = draw;
      c3[i] = 0;
    }
    uint32_t k0 = seed, k1 = 0;
    for (int round = 0; round < 10; ++round) {
      GW_INDEPENDENT
      for (int i = 0; i < group; ++i) {
        const uint64_t product0 = uint64_t{0xD2511F53u} * c0[i], product1 = uint64_t{0xCD9E8D57u} * c2[i];
        c0[i] = static_cast<uint32_t>(product1 >> 32) ^ c1[i] ^ k0;
        c2[i] = static_cast<uint32_t>(product0 >> 32) ^ c3[i] ^ k1;
        c1[i] = static_cast<uint32_t>(product1);
        c3[i] = static_cast<uint32_t>(product0);
      }
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    uint32_t words[4 * group];
    for (int i = 0; i < group; ++i) {
      words[4 * i] = c0[i];
      words[4 * i + 1] = c1[i];
      words[4 * i + 2] = c2[i];
      words[4 * i + 3] = c3[i];
    }
    const int64_t taken = count < 4 * group - skip ? count : 4 * group - skip;
    std::memcpy(out, words + skip, static_cast<size_t>(taken) * 4);
    out += taken;
    count -= taken;
    block += group;
    skip = 0;
  }
}

}  // namespace
