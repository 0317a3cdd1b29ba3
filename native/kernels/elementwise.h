// Loops over a tile that apply a function elementwise, for inputs that are full, or the same for all columns.
#pragma once

#include <type_traits>

#include "glassworks/kernels.h"
#include "math.h"

namespace {

using glassworks::Call;

// A tile whose rows follow each other without gaps is one long row.
template <int inputs>
GW_INLINE void flatten(int64_t& rows, int64_t& columns, const Call& c) {
  if (rows == 1) return;
  bool flat = c.out_stride == columns;
  for (int i = 0; i < inputs; ++i)
    flat = flat && (c.column_stride[i] ? c.row_stride[i] == columns : c.row_stride[i] == 0);
  if (flat) {
    columns *= rows;
    rows = 1;
  }
}

template <class In>
GW_INLINE const In* row_of(const Call& c, int input, int64_t row) {
  return as<In>(c.in[input]) + row * c.row_stride[input];
}

template <class Out>
GW_INLINE Out* out_row(const Call& c, int64_t row) {
  return as<Out>(c.out) + row * c.out_stride;
}

template <class F, class In, class Out>
void unary(const Call& c) {
  int64_t rows = c.rows, columns = c.columns;
  flatten<1>(rows, columns, c);
  for (int64_t r = 0; r < rows; ++r) {
    const In* a = row_of<In>(c, 0, r);
    Out* out = out_row<Out>(c, r);
    if (c.column_stride[0]) {
      GW_INDEPENDENT
      for (int64_t i = 0; i < columns; ++i) out[i] = F::of(a[i]);
    } else {
      const Out value = F::of(a[0]);
      for (int64_t i = 0; i < columns; ++i) out[i] = value;
    }
  }
}

template <class F, class In, class Out, int sa, int sb>
GW_INLINE void binary_row(const In* a, const In* b, Out* out, int64_t columns) {
  GW_INDEPENDENT
  for (int64_t i = 0; i < columns; ++i) out[i] = F::of(a[sa * i], b[sb * i]);
}

template <class F, class In, class Out>
void binary(const Call& c) {
  int64_t rows = c.rows, columns = c.columns;
  flatten<2>(rows, columns, c);
  const int mode = (c.column_stride[0] ? 2 : 0) + (c.column_stride[1] ? 1 : 0);
  for (int64_t r = 0; r < rows; ++r) {
    const In *a = row_of<In>(c, 0, r), *b = row_of<In>(c, 1, r);
    Out* out = out_row<Out>(c, r);
    if (mode == 3)
      binary_row<F, In, Out, 1, 1>(a, b, out, columns);
    else if (mode == 2)
      binary_row<F, In, Out, 1, 0>(a, b, out, columns);
    else if (mode == 1)
      binary_row<F, In, Out, 0, 1>(a, b, out, columns);
    else
      binary_row<F, In, Out, 0, 0>(a, b, out, columns);
  }
}

template <class F, class A, class B, class Out, int sa, int sb, int sc>
GW_INLINE void ternary_row(const A* a, const B* b, const B* d, Out* out, int64_t columns) {
  GW_INDEPENDENT
  for (int64_t i = 0; i < columns; ++i) out[i] = F::of(a[sa * i], b[sb * i], d[sc * i]);
}

template <class F, class A, class B, class Out>
void ternary(const Call& c) {
  int64_t rows = c.rows, columns = c.columns;
  flatten<3>(rows, columns, c);
  const int mode = (c.column_stride[0] ? 4 : 0) + (c.column_stride[1] ? 2 : 0) + (c.column_stride[2] ? 1 : 0);
  for (int64_t r = 0; r < rows; ++r) {
    const A* a = row_of<A>(c, 0, r);
    const B *b = row_of<B>(c, 1, r), *d = row_of<B>(c, 2, r);
    Out* out = out_row<Out>(c, r);
    switch (mode) {
      case 7:
        ternary_row<F, A, B, Out, 1, 1, 1>(a, b, d, out, columns);
        break;
      case 6:
        ternary_row<F, A, B, Out, 1, 1, 0>(a, b, d, out, columns);
        break;
      case 5:
        ternary_row<F, A, B, Out, 1, 0, 1>(a, b, d, out, columns);
        break;
      case 4:
        ternary_row<F, A, B, Out, 1, 0, 0>(a, b, d, out, columns);
        break;
      case 3:
        ternary_row<F, A, B, Out, 0, 1, 1>(a, b, d, out, columns);
        break;
      case 2:
        ternary_row<F, A, B, Out, 0, 1, 0>(a, b, d, out, columns);
        break;
      case 1:
        ternary_row<F, A, B, Out, 0, 0, 1>(a, b, d, out, columns);
        break;
      default:
        ternary_row<F, A, B, Out, 0, 0, 0>(a, b, d, out, columns);
    }
  }
}

// A function of whole vectors; the last, shorter one is filled up.
template <class F, class T>
GW_INLINE void vector_row(const T* a, T* out, int64_t columns) {
  constexpr int width = lanes<T>;
  int64_t i = 0;
  for (; i + width <= columns; i += width) store<T>(out + i, F::of(load<T>(a + i)));
  if (i < columns) {
    T last[width] = {};
    std::memcpy(last, a + i, static_cast<size_t>(columns - i) * sizeof(T));
    store<T>(last, F::of(load<T>(last)));
    std::memcpy(out + i, last, static_cast<size_t>(columns - i) * sizeof(T));
  }
}

template <class F, class T>
void vectors(const Call& c) {
  int64_t rows = c.rows, columns = c.columns;
  flatten<1>(rows, columns, c);
  for (int64_t r = 0; r < rows; ++r) {
    const T* a = row_of<T>(c, 0, r);
    T* out = out_row<T>(c, r);
    if (c.column_stride[0]) {
      vector_row<F, T>(a, out, columns);
    } else {
      T value;
      vector_row<F, T>(a, &value, 1);
      for (int64_t i = 0; i < columns; ++i) out[i] = value;
    }
  }
}

// ---- the functions. Integers wrap around, as NumPy's do; comparisons keep NaN where NumPy does.

template <class T, bool integer = std::is_integral_v<T>>
struct Wrapping {
  using type = T;
};
template <class T>
struct Wrapping<T, true> {
  using type = std::make_unsigned_t<T>;
};
template <class T>
using Arithmetic = typename Wrapping<T>::type;

#define GW_BINARY(Name, expression)             \
  struct Name {                                 \
    template <class T>                          \
    static GW_INLINE auto of(T a, T b) {        \
      using U [[maybe_unused]] = Arithmetic<T>; \
      return expression;                        \
    }                                           \
  };
GW_BINARY(Add, T(U(a) + U(b)))
GW_BINARY(Subtract, T(U(a) - U(b)))
GW_BINARY(Multiply, T(U(a) * U(b)))
GW_BINARY(Divide, a / b)
GW_BINARY(Maximum, (a > b || a != a) ? a : b)
GW_BINARY(Minimum, (a < b || a != a) ? a : b)
GW_BINARY(Equal, uint8_t(a == b))
GW_BINARY(NotEqual, uint8_t(a != b))
GW_BINARY(Less, uint8_t(a < b))
GW_BINARY(LessEqual, uint8_t(a <= b))
GW_BINARY(And, uint8_t((a != 0) & (b != 0)))
GW_BINARY(Or, uint8_t((a != 0) | (b != 0)))
GW_BINARY(Xor, uint8_t((a != 0) ^ (b != 0)))
GW_BINARY(BitAnd, T(a& b))
GW_BINARY(BitOr, T(a | b))
GW_BINARY(BitXor, T(a ^ b))
// As in NumPy, all bits are gone after as many steps as there are.
GW_BINARY(LeftShift, U(b) < sizeof(T) * 8 ? T(U(a) << U(b)) : T(0))
GW_BINARY(RightShift, U(b) < sizeof(T) * 8 ? T(a >> b) : T(a < T(0) ? T(-1) : T(0)))
#undef GW_BINARY

// The remainder has the sign of the divisor, and the quotient is rounded down; integers divided by 0 give 0, as in
// NumPy.
struct Mod {
  template <class T>
  static GW_INLINE T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      const T rest = std::fmod(a, b);
      if (rest == T(0)) return std::copysign(T(0), b);
      return (rest < T(0)) != (b < T(0)) ? rest + b : rest;
    } else {
      if (b == T(0) || (std::is_signed_v<T> && b == T(-1))) return T(0);
      const T rest = T(a % b);
      return rest != T(0) && (rest < T(0)) != (b < T(0)) ? T(rest + b) : rest;
    }
  }
};
struct FloorDivide {
  template <class T>
  static GW_INLINE T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      if (b == T(0)) return a / b;
      const T rest = std::fmod(a, b);
      T quotient = (a - rest) / b;
      if (rest != T(0) && (rest < T(0)) != (b < T(0))) quotient -= T(1);
      if (quotient == T(0)) return std::copysign(T(0), a / b);
      const T whole = std::floor(quotient);
      return quotient - whole > T(0.5) ? whole + T(1) : whole;
    } else {
      using U = Arithmetic<T>;
      if (b == T(0)) return T(0);
      if (std::is_signed_v<T> && b == T(-1)) return T(-U(a));
      const T quotient = T(a / b);
      return a % b != T(0) && (a < T(0)) != (b < T(0)) ? T(quotient - 1) : quotient;
    }
  }
};

struct Power {
  static float of(float a, float b) { return ::powf(a, b); }
  static double of(double a, double b) { return ::pow(a, b); }
};

#define GW_UNARY(Name, expression)              \
  struct Name {                                 \
    template <class T>                          \
    static GW_INLINE auto of(T a) {             \
      using U [[maybe_unused]] = Arithmetic<T>; \
      return expression;                        \
    }                                           \
  };
GW_UNARY(Copy, a)
GW_UNARY(Negative, T(-U(a)))
GW_UNARY(Absolute, T(a < T(0) ? T(-U(a)) : a))
GW_UNARY(Square, T(U(a) * U(a)))
GW_UNARY(Relu, a < T(0) ? T(0) : a)
GW_UNARY(Not, uint8_t(a == 0))
GW_UNARY(IsNan, uint8_t(a != a))
GW_UNARY(IsFinite, uint8_t(a - a == 0))
GW_UNARY(IsInf, uint8_t(a == a && a - a != 0))
GW_UNARY(Sign, a != a ? a : T((a > T(0)) - (a < T(0))))
#undef GW_UNARY

struct AbsoluteFloat {
  static GW_INLINE float of(float a) { return __builtin_fabsf(a); }
  static GW_INLINE double of(double a) { return __builtin_fabs(a); }
};

// Numbers with a fraction are cut off towards zero. Which integer stands for NaN and for what does not fit, C++ leaves
// open: here it is the least one, as NumPy has it on x86-64.
template <class To, class From>
GW_INLINE To truncated(From a) {
  constexpr From limit = static_cast<From>(-static_cast<double>(std::numeric_limits<To>::min()));
  return a >= -limit && a < limit ? static_cast<To>(a) : std::numeric_limits<To>::min();
}
// A cast to an unsigned number takes the low bits of a signed one (`Through`), so that what is negative wraps around.
template <class To, class Through = To>
struct Cast {
  template <class From>
  static GW_INLINE To of(From a) {
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>)
      return static_cast<To>(truncated<Through>(a));
    else
      return static_cast<To>(a);
  }
};
struct ToBool {
  template <class From>
  static GW_INLINE uint8_t of(From a) {
    return a != From(0);
  }
};

// Functions of the C library, one number at a time.
#define GW_LIBRARY(Name, single, whole)                       \
  struct Name {                                               \
    static GW_INLINE float of(float a) { return single(a); }  \
    static GW_INLINE double of(double a) { return whole(a); } \
  };
GW_LIBRARY(Sqrt, __builtin_sqrtf, __builtin_sqrt)
GW_LIBRARY(Floor, __builtin_floorf, __builtin_floor)
GW_LIBRARY(Ceil, __builtin_ceilf, __builtin_ceil)
GW_LIBRARY(Trunc, __builtin_truncf, __builtin_trunc)
GW_LIBRARY(Rint, __builtin_rintf, __builtin_rint)
GW_LIBRARY(Sin, ::sinf, ::sin)
GW_LIBRARY(Cos, ::cosf, ::cos)
GW_LIBRARY(Erf, ::erff, ::erf)
#undef GW_LIBRARY

struct Rsqrt {
  static GW_INLINE float of(float a) { return 1.0f / __builtin_sqrtf(a); }
  static GW_INLINE double of(double a) { return 1.0 / __builtin_sqrt(a); }
};

#define GW_VECTOR(Name, function)                                         \
  template <class T>                                                      \
  struct Name {                                                           \
    static GW_INLINE Vector<T> of(Vector<T> a) { return function<T>(a); } \
  };
GW_VECTOR(VectorExp, exp_of)
GW_VECTOR(VectorExpm1, expm1_of)
GW_VECTOR(VectorLog, log_of)
GW_VECTOR(VectorLog1p, log1p_of)
GW_VECTOR(VectorTanh, tanh_of)
GW_VECTOR(VectorSigmoid, sigmoid_of)
GW_VECTOR(VectorSoftplus, softplus_of)
GW_VECTOR(VectorGelu, gelu_of)
GW_VECTOR(VectorGeluSlope, gelu_slope_of)
#undef GW_VECTOR
struct VectorErf {
  static GW_INLINE Vector<float> of(Vector<float> a) { return erf_of(a); }
};

struct Where {
  template <class T>
  static GW_INLINE T of(uint8_t condition, T a, T b) {
    return condition ? a : b;
  }
};
struct Clip {
  template <class T>
  static GW_INLINE T of(T a, T low, T high) {
    const T raised = (a > low || a != a) ? a : low;
    return (raised < high || raised != raised) ? raised : high;
  }
};
// a + (b - a) * c: the moving averages of optimizers and of batch normalisation.
struct Lerp {
  template <class T>
  static GW_INLINE T of(T a, T b, T c) {
    return a + (b - a) * c;
  }
};
struct MultiplySubtractFrom {
  template <class T>
  static GW_INLINE T of(T a, T b, T c) {
    return c - a * b;
  }
};

// gelu of the first input, and its derivative into the second.
template <class T>
void gelu_and_slope_rows(const Call& c) {
  int64_t rows = c.rows, columns = c.columns;
  flatten<2>(rows, columns, c);
  for (int64_t r = 0; r < rows; ++r) {
    const T* a = row_of<T>(c, 0, r);
    T *out = out_row<T>(c, r), *slope = const_cast<T*>(row_of<T>(c, 1, r));
    int64_t i = 0;
    for (; i + lanes<T> <= columns; i += lanes<T>) {
      const auto found = gelu_and_slope(load<T>(a + i));
      store<T>(out + i, found.value);
      store<T>(slope + i, found.slope);
    }
    if (i < columns) {
      T last[lanes<T>] = {};
      const size_t bytes = static_cast<size_t>(columns - i) * sizeof(T);
      std::memcpy(last, a + i, bytes);
      const auto found = gelu_and_slope(load<T>(last));
      store<T>(last, found.value);
      std::memcpy(out + i, last, bytes);
      store<T>(last, found.slope);
      std::memcpy(slope + i, last, bytes);
    }
  }
}

// Adam in one pass; the decays are 1 - beta_1 and 1 - beta_2. The new variable is variable - momentum * factor /
// (sqrt(velocity) + epsilon).
template <class T>
GW_INLINE void adam_row(const T* variable, const T* gradient, const T* momentum, const T* velocity, T decay_1,
                        T decay_2, T factor, T epsilon, T* out, T* new_momentum, T* new_velocity, int64_t columns) {
  GW_INDEPENDENT
  for (int64_t i = 0; i < columns; ++i) {
    const T g = gradient[i];
    const T m = momentum[i] + (g - momentum[i]) * decay_1, v = velocity[i] + (g * g - velocity[i]) * decay_2;
    new_momentum[i] = m;
    new_velocity[i] = v;
    out[i] = variable[i] - m * factor / (Sqrt::of(v) + epsilon);
  }
}

constexpr glassworks::Signature adam_signature = {
    "variable, gradient, momentum, velocity, decay_1, decay_2, factor, epsilon",
    "new_variable, new_momentum, new_velocity"};
template <class T>
void adam(const Call& c) {
  int64_t rows = c.rows, columns = c.columns;
  flatten<10>(rows, columns, c);
  for (int64_t r = 0; r < rows; ++r) {
    const T *variable = row_of<T>(c, 0, r), *gradient = row_of<T>(c, 1, r), *momentum = row_of<T>(c, 2, r),
            *velocity = row_of<T>(c, 3, r);
    const T decay_1 = *row_of<T>(c, 4, r), decay_2 = *row_of<T>(c, 5, r), factor = *row_of<T>(c, 6, r),
            epsilon = *row_of<T>(c, 7, r);
    T *out = out_row<T>(c, r), *new_momentum = const_cast<T*>(row_of<T>(c, 8, r)),
      *new_velocity = const_cast<T*>(row_of<T>(c, 9, r));
    adam_row(variable, gradient, momentum, velocity, decay_1, decay_2, factor, epsilon, out, new_momentum, new_velocity,
             columns);
  }
}

// Adam for a table whose gradient is zero but for some rows, which `updates` at `indices` add up to: the gradient is
// never in memory. The new variable, momentum and velocity may take the place of the old ones. Integers: rows and
// columns of the table, the count of updates, bytes of an index. A tile is some rows of the table. Workspace: for each
// row its first update, for each update the next one; a row of the gradient.
GW_OPERANDS(ScatterAdamOperands, (updates, indices, variable, momentum, velocity, decay_1, decay_2, factor, epsilon),
            (new_variable, new_momentum, new_velocity));
GW_INT_ARGS(ScatterAdamArgs, rows, columns, count, index_item, tiles);

template <class T>
glassworks::Needs scatter_adam_needs(const int64_t* int_args) {
  const auto [rows, columns, count, index_item, tiles] = glassworks::read_args<ScatterAdamArgs>(int_args);
  const int64_t item = sizeof(T), table = rows * columns * item;
  const int64_t workspace =
      columns * item + (glassworks::largest_part(rows, tiles) + count) * static_cast<int64_t>(sizeof(int32_t));
  const bool possible = count <= std::numeric_limits<int32_t>::max() && (index_item == 4 || index_item == 8);
  return {
      tiles,
      workspace,
      possible,
      {count * columns * item, count * index_item, table, table, table, item, item, item, item, table, table, table}};
}

template <class T>
void scatter_adam(const glassworks::TaskCall& call) {
  const auto [rows, columns, count, index_item, tiles] = call.args_as<ScatterAdamArgs>();
  const auto operands = call.operands_as<ScatterAdamOperands>();
  const int64_t begin = rows * call.tile / tiles, end = rows * (call.tile + 1) / tiles;
  T* gradient = as<T>(call.workspace);
  int32_t *first = reinterpret_cast<int32_t*>(gradient + columns), *next = first + (end - begin);
  std::memset(first, -1, static_cast<size_t>(end - begin) * sizeof(int32_t));
  // From the last to the first, so that updates of a row are added up in their order.
  for (int64_t i = count - 1; i >= 0; --i) {
    int64_t row = index_item == 8 ? as<int64_t>(operands.indices)[i] : as<int32_t>(operands.indices)[i];
    row += row < 0 ? rows : 0;
    if (row >= begin && row < end) {
      next[i] = first[row - begin];
      first[row - begin] = static_cast<int32_t>(i);
    }
  }
  std::memset(static_cast<void*>(gradient), 0, static_cast<size_t>(columns) * sizeof(T));
  for (int64_t row = begin; row < end; ++row) {
    for (int32_t i = first[row - begin]; i >= 0; i = next[i]) {
      const T* update = as<T>(operands.updates) + i * columns;
      GW_INDEPENDENT
      for (int64_t j = 0; j < columns; ++j) gradient[j] += update[j];
    }
    const int64_t at = row * columns;
    adam_row(as<T>(operands.variable) + at, gradient, as<T>(operands.momentum) + at, as<T>(operands.velocity) + at,
             *as<T>(operands.decay_1), *as<T>(operands.decay_2), *as<T>(operands.factor), *as<T>(operands.epsilon),
             as<T>(operands.new_variable) + at, as<T>(operands.new_momentum) + at, as<T>(operands.new_velocity) + at,
             columns);
    if (first[row - begin] >= 0) std::memset(static_cast<void*>(gradient), 0, static_cast<size_t>(columns) * sizeof(T));
  }
}

}  // namespace
