// Numbers that must lie in a range: indices into an axis, labels of classes. These are the only kernels that can fail.
#pragma once

#include <type_traits>

#include "glassworks/program.h"
#include "vector.h"

namespace {

using glassworks::Needs;
using glassworks::TaskCall;

struct Range {
  int64_t low, high;
  bool whole;  // whether a fraction is an error, too; otherwise it is cut off
};

// The number as an integer, and whether it lies outside; then the integer is 0.
template <class In>
GW_INLINE int64_t integer_in(In x, const Range& range, bool& outside) {
  if constexpr (std::is_floating_point_v<In>) {
    const double number = static_cast<double>(x);
    const bool fits = number > static_cast<double>(range.low) - 1.0 && number < static_cast<double>(range.high);  // not NaN
    const double inside = fits ? number : 0.0;
    const int64_t integer = static_cast<int64_t>(inside);
    outside = !fits || (range.whole && (static_cast<double>(integer) != inside || integer < range.low));
    return outside ? 0 : integer;
  } else {
    const int64_t integer = static_cast<int64_t>(x);
    const bool too_large = std::is_unsigned_v<In> && integer < 0;
    outside = too_large || integer < range.low || integer >= range.high;
    return outside ? 0 : integer;
  }
}

// Operands: numbers, integers. numbers: count, tiles, low, high, whether fractions are errors, whether negative numbers count
// from the end of an axis of size `high`.
template <class In, class Out>
void in_range(const TaskCall& call) {
  const int64_t count = call.numbers[0], tiles = call.numbers[1];
  const Range range{call.numbers[2], call.numbers[3], call.numbers[4] != 0};
  const int64_t begin = count * call.tile / tiles, end = count * (call.tile + 1) / tiles;
  const int64_t from_end = call.numbers[5] ? range.high : 0;
  const In* from = reinterpret_cast<const In*>(call.operands[0]);
  Out* to = reinterpret_cast<Out*>(call.operands[1]);
  int found = 0;
  GW_INDEPENDENT
  for (int64_t i = begin; i < end; ++i) {
    bool outside;
    const int64_t integer = integer_in(from[i], range, outside);
    found |= outside ? 1 : 0;
    to[i] = static_cast<Out>(integer < 0 ? integer + from_end : integer);
  }
  if (found) *call.failed = true;
}

inline Needs in_range_needs(const int64_t* numbers, int64_t) { return {2, 6, 0, numbers[1], 0}; }

}  // namespace
