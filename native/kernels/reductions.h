// Reductions over the columns of a tile (one number per row) and over its rows (one number per column), and the
// row-wise functions built on them. The order of additions depends on the shape alone.
#pragma once

#include "elementwise.h"
#include "philox.h"

namespace {

using glassworks::Needs;
using glassworks::read_args;

struct SumOf {
  template <class T>
  static constexpr T start = T(0);
  template <class V>
  static GW_INLINE V join(V a, V b) {
    return a + b;
  }
};
struct ProductOf {
  template <class T>
  static constexpr T start = T(1);
  template <class V>
  static GW_INLINE V join(V a, V b) {
    return a * b;
  }
};
template <bool largest>
struct ExtremeOf {
  template <class T>
  static constexpr T start = std::numeric_limits<T>::has_infinity
                                 ? (largest ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity())
                                 : (largest ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max());
  // NaN wins, as in NumPy.
  template <class V>
  static GW_INLINE V join(V a, V b) {
    const auto keep = largest ? ((a > b) | (a != a)) : ((a < b) | (a != a));
    return keep ? a : b;
  }
};

template <class Op, class T>
GW_INLINE T join_lanes(Vector<T> v) {
  T parts[lanes<T>];
  store<T>(parts, v);
  for (int half = lanes<T> / 2; half; half /= 2)
    for (int i = 0; i < half; ++i) parts[i] = Op::join(parts[i], parts[i + half]);
  return parts[0];
}

template <class Op, class T>
T reduce_block(const T* a, int64_t count) {
  constexpr int width = lanes<T>;
  T result = Op::template start<T>;
  int64_t i = 0;
  if (count >= width) {
    Vector<T> total[4];
    for (auto& t : total) t = splat<T>(Op::template start<T>);
    for (; i + 4 * width <= count; i += 4 * width)
      for (int part = 0; part < 4; ++part) total[part] = Op::join(total[part], load<T>(a + i + part * width));
    for (; i + width <= count; i += width) total[0] = Op::join(total[0], load<T>(a + i));
    result = join_lanes<Op, T>(Op::join(Op::join(total[0], total[1]), Op::join(total[2], total[3])));
  }
  for (; i < count; ++i) result = Op::join(result, a[i]);
  return result;
}

// Long rows are reduced in blocks, so that rounding errors do not grow with their length.
template <class Op, class T>
T reduce_row(const T* a, int64_t count) {
  constexpr int64_t block = 4096;
  if (count <= block) return reduce_block<Op, T>(a, count);
  const int64_t half = (count / 2 + block - 1) / block * block;
  return Op::join(reduce_row<Op, T>(a, half), reduce_row<Op, T>(a + half, count - half));
}

// `count` equal numbers, at least one, joined by doubling: rounding errors grow with the logarithm of the count.
template <class Op, class T>
T reduce_copies(T value, int64_t count) {
  if (count == 1) return value;
  const T half = reduce_copies<Op, T>(value, count / 2), even = Op::join(half, half);
  return count % 2 ? Op::join(even, value) : even;
}

template <class Op, class T>
void reduce_columns(const Call& c) {
  for (int64_t r = 0; r < c.rows; ++r) {
    const T* a = row_of<T>(c, 0, r);
    const bool is_one_number = c.column_stride[0] == 0 && c.columns > 0;
    as<T>(c.out)[r] = is_one_number ? reduce_copies<Op, T>(a[0], c.columns) : reduce_row<Op, T>(a, c.columns);
  }
}

template <class Op, class T>
GW_INLINE void reduce_rows_block(const T* a, int64_t stride, int64_t rows, T* out, int64_t columns) {
  for (int64_t i = 0; i < columns; ++i) out[i] = Op::template start<T>;
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = a + r * stride;
    GW_INDEPENDENT
    for (int64_t i = 0; i < columns; ++i) out[i] = Op::join(out[i], row[i]);
  }
}

template <class Op, class T>
void reduce_rows_span(const T* a, int64_t stride, int64_t rows, T* out, int64_t columns) {
  constexpr int64_t block = 128, widest = 256;
  if (rows <= block) return reduce_rows_block<Op, T>(a, stride, rows, out, columns);
  const int64_t half = (rows / 2 + block - 1) / block * block;
  T second[widest];
  reduce_rows_span<Op, T>(a, stride, half, out, columns);
  reduce_rows_span<Op, T>(a + half * stride, stride, rows - half, second, columns);
  for (int64_t i = 0; i < columns; ++i) out[i] = Op::join(out[i], second[i]);
}

template <class Op, class T>
void reduce_rows(const Call& c) {
  constexpr int64_t widest = 256;
  T* out = as<T>(c.out);
  for (int64_t i = 0; i < c.columns; i += widest) {
    const int64_t count = c.columns - i < widest ? c.columns - i : widest;
    T before[widest];
    if (c.accumulate) std::memcpy(before, out + i, static_cast<size_t>(count) * sizeof(T));
    reduce_rows_span<Op, T>(row_of<T>(c, 0, 0) + i, c.row_stride[0], c.rows, out + i, count);
    for (int64_t j = 0; c.accumulate && j < count; ++j) out[i + j] = Op::join(before[j], out[i + j]);
  }
}

// The source is (outer x middle x inner), the result (outer x inner).
GW_INT_ARGS(ReduceMiddleArgs, outer, middle, inner, tiles);
GW_OPERANDS(ReduceMiddleOperands, (source), (result));

template <class T>
Needs reduce_middle_needs(const int64_t* int_args) {
  const auto [outer, middle, inner, tiles] = read_args<ReduceMiddleArgs>(int_args);
  const int64_t item = sizeof(T);
  return {tiles, 0, true, {outer * middle * inner * item, outer * inner * item}};
}

template <class Op, class T>
void reduce_middle(const glassworks::TaskCall& call) {
  const auto [outer, middle, inner, tiles] = call.args_as<ReduceMiddleArgs>();
  const auto operands = call.operands_as<ReduceMiddleOperands>();
  const T* source = as<T>(operands.source);
  Call c{};
  c.rows = middle;
  c.columns = inner;
  c.row_stride[0] = inner;
  c.column_stride[0] = 1;
  for (int64_t i = outer * call.tile / tiles; i < outer * (call.tile + 1) / tiles; ++i) {
    c.in[0] = reinterpret_cast<const char*>(source + i * middle * inner);
    c.out = reinterpret_cast<char*>(as<T>(operands.result) + i * inner);
    reduce_rows<Op, T>(c);
  }
}

template <bool largest, class T>
void argument_of_extreme(const Call& c) {
  for (int64_t r = 0; r < c.rows; ++r) {
    const T* a = row_of<T>(c, 0, r);
    int64_t best = 0;
    for (int64_t i = 1; i < c.columns; ++i) {
      const T x = a[i], y = a[best];
      if ((largest ? x > y : x < y) || (x != x && y == y)) best = i;
    }
    as<int32_t>(c.out)[r] = static_cast<int32_t>(best);
  }
}

// softmax and log_softmax of short rows: as many rows at a time as a vector has lanes, one column after the other.
constexpr int64_t short_row = 32;

template <bool logarithm, class T>
void softmax_of_short_rows(const Call& c) {
  constexpr int width = lanes<T>;
  for (int64_t first = 0; first < c.rows; first += width) {
    const int64_t rows = c.rows - first < width ? c.rows - first : width;
    T numbers[short_row][width] = {};
    for (int64_t r = 0; r < rows; ++r) {
      const T* a = row_of<T>(c, 0, first + r);
      for (int64_t i = 0; i < c.columns; ++i) numbers[i][r] = a[i];
    }
    Vector<T> largest = load<T>(numbers[0]), sum = {};
    for (int64_t i = 1; i < c.columns; ++i) largest = ExtremeOf<true>::join(largest, load<T>(numbers[i]));
    for (int64_t i = 0; i < c.columns; ++i) {
      const Vector<T> x = load<T>(numbers[i]) - largest, power = exp_of<T>(x);
      sum += power;
      store<T>(numbers[i], logarithm ? x : power);
    }
    const Vector<T> scale = logarithm ? log_of<T>(sum) : T(1) / sum;
    for (int64_t i = 0; i < c.columns; ++i)
      store<T>(numbers[i], logarithm ? load<T>(numbers[i]) - scale : load<T>(numbers[i]) * scale);
    for (int64_t r = 0; r < rows; ++r) {
      T* out = out_row<T>(c, first + r);
      for (int64_t i = 0; i < c.columns; ++i) out[i] = numbers[i][r];
    }
  }
}

// softmax and log_softmax of each row; the last vector of a row is filled up with -infinity.
template <bool logarithm, class T>
void softmax(const Call& c) {
  constexpr int width = lanes<T>;
  if (c.columns <= short_row) return softmax_of_short_rows<logarithm, T>(c);
  const T lowest = -std::numeric_limits<T>::infinity();
  for (int64_t r = 0; r < c.rows; ++r) {
    const T* a = row_of<T>(c, 0, r);
    T* out = out_row<T>(c, r);
    const int64_t whole = c.columns / width * width, rest = c.columns - whole;
    T last[width];
    for (int i = 0; i < width; ++i) last[i] = i < rest ? a[whole + i] : lowest;
    Vector<T> top = load<T>(last);
    for (int64_t i = 0; i < whole; i += width) top = ExtremeOf<true>::join(top, load<T>(a + i));
    const T largest = join_lanes<ExtremeOf<true>, T>(top);
    const Vector<T> shifted = load<T>(last) - largest, powers = exp_of<T>(shifted);
    Vector<T> total = powers;
    for (int64_t i = 0; i < whole; i += width) {
      const Vector<T> x = load<T>(a + i) - largest, power = exp_of<T>(x);
      store<T>(out + i, logarithm ? x : power);
      total += power;
    }
    const T sum = join_lanes<SumOf, T>(total);
    const Vector<T> log_sum = logarithm ? log_of<T>(splat<T>(sum)) : splat<T>(sum);
    for (int64_t i = 0; i < whole; i += width)
      store<T>(out + i, logarithm ? load<T>(out + i) - log_sum : load<T>(out + i) / log_sum);
    store<T>(last, logarithm ? shifted - log_sum : powers / log_sum);
    std::memcpy(out + whole, last, static_cast<size_t>(rest) * sizeof(T));
  }
}

// one_hot: is this column the class of this row?
template <class Index, class Out>
void one_hot(const Call& c) {
  for (int64_t r = 0; r < c.rows; ++r) {
    const int64_t label = static_cast<int64_t>(*row_of<Index>(c, 0, r));
    Out* out = out_row<Out>(c, r);
    for (int64_t i = 0; i < c.columns; ++i) out[i] = Out(c.first_column + i == label);
  }
}

// Words of the place in the space, from a state [seed, draw]. Whole rows that follow each other are made in one go.
inline void random_bits(const Call& c) {
  const uint32_t* state = as<uint32_t>(c.in[0]);
  const bool flat = c.columns == c.space_columns && c.out_stride == c.columns;
  const int64_t rows = flat ? 1 : c.rows, columns = flat ? c.rows * c.columns : c.columns;
  for (int64_t r = 0; r < rows; ++r) {
    const uint64_t first = static_cast<uint64_t>((c.first_row + r) * c.space_columns + c.first_column);
    philox_words(state[0], state[1], first, columns, out_row<uint32_t>(c, r));
  }
}

}  // namespace
