// Numbers that must lie in a range: indices into an axis, labels of classes. These are the only kernels that can fail.
#pragma once

#include <type_traits>

#include "glassworks/kernels.h"
#include "vector.h"

namespace {

using glassworks::Needs;
using glassworks::TaskCall;

struct Range {
  int64_t low, high;
  bool integers_only;  // whether a fraction is an error, too; otherwise it is cut off
};

// The number as an integer, and whether it lies outside; then the integer is 0.
template <class In>
GW_INLINE int64_t integer_in(In x, const Range& range, bool& outside) {
  if constexpr (std::is_floating_point_v<In>) {
    const double number = static_cast<double>(x);
    const bool fits =
        number > static_cast<double>(range.low) - 1.0 && number < static_cast<double>(range.high);  // not NaN
    const double inside = fits ? number : 0.0;
    const int64_t integer = static_cast<int64_t>(inside);
    outside = !fits || (range.integers_only && (static_cast<double>(integer) != inside || integer < range.low));
    return outside ? 0 : integer;
  } else {
    const int64_t integer = static_cast<int64_t>(x);
    const bool too_large = std::is_unsigned_v<In> && integer < 0;
    outside = too_large || integer < range.low || integer >= range.high;
    return outside ? 0 : integer;
  }
}

// `integers_only` says whether fractions are errors, `from_end` whether negative numbers count from the end of an axis
// of size `high`.
GW_INT_ARGS(InRangeArgs, count, tiles, integers_only, from_end, low, high);
GW_OPERANDS(InRangeOperands, (numbers), (integers));

template <class In, class Out>
void in_range(const TaskCall& call) {
  const auto [count, tiles, integers_only, from_end, low, high] = call.args_as<InRangeArgs>();
  const auto operands = call.operands_as<InRangeOperands>();
  const Range range{low, high, integers_only != 0};
  const int64_t begin = count * call.tile / tiles, end = count * (call.tile + 1) / tiles;
  const int64_t shift = from_end ? high : 0;
  const In* from = as<In>(operands.numbers);
  Out* to = as<Out>(operands.integers);
  int found = 0;
  GW_INDEPENDENT
  for (int64_t i = begin; i < end; ++i) {
    bool outside;
    const int64_t integer = integer_in(from[i], range, outside);
    found |= outside ? 1 : 0;
    to[i] = static_cast<Out>(integer < 0 ? integer + shift : integer);
  }
  if (found) *call.failed = true;
}

template <class In, class Out>
Needs in_range_needs(const int64_t* int_args) {
  const auto args = glassworks::read_args<InRangeArgs>(int_args);
  return {args.tiles,
          0,
          true,
          {args.count * static_cast<int64_t>(sizeof(In)), args.count * static_cast<int64_t>(sizeof(Out))}};
}

}  // namespace
