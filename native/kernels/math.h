// exp, log, tanh, erf and their kin on whole vectors, without branches. Errors are a few units in the last place;
// tests/engine/native/test_functions.py states and measures the bounds.
//
// Methods: exp by n = round(x / ln 2) and a Taylor polynomial of the rest; log by the series of atanh around a
// mantissa in [sqrt(1/2), sqrt(2)); log1p by Kahan's correction; erf by its series, and beyond 0.5 by the
// rational Chebyshev fit of Press et al., Numerical Recipes, section 6.2.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "vector.h"

namespace {

template <class T>
struct Constants;
template <>
struct Constants<float> {
  using Int = int32_t;
  static constexpr float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer, held in the low bits
  static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f, exp_low = -104.0f, exp_high = 89.0f;
  static constexpr float overflow = 88.72284f, tiny = 1.17549435e-38f, rescale = 33554432.0f;
  static constexpr int mantissa = 23, bias = 127, exp_terms = 7, log_terms = 6, rescale_bits = 25;
  static constexpr float tanh_limit = 9.5f;
};
template <>
struct Constants<double> {
  using Int = int64_t;
  static constexpr double magic = 6755399441055744.0;
  static constexpr double ln2_high = 0.693147180369123816490, ln2_low = 1.90821492927058770002e-10, exp_low = -746.0,
                          exp_high = 711.0;
  static constexpr double overflow = 709.782712893384, tiny = 2.2250738585072014e-308, rescale = 18014398509481984.0;
  static constexpr int mantissa = 52, bias = 1023, exp_terms = 13, log_terms = 12, rescale_bits = 54;
  static constexpr double tanh_limit = 20.0;
};
template <class T>
using IntVector = Vector<typename Constants<T>::Int>;

// Arithmetic on the bits of numbers wraps around: those of NaN and infinity may be anything.
template <class T>
using Bits = Vector<std::make_unsigned_t<typename Constants<T>::Int>>;
template <class T>
GW_INLINE IntVector<T> minus(IntVector<T> a, IntVector<T> b) {
  return bits_as<IntVector<T>>(bits_as<Bits<T>>(a) - bits_as<Bits<T>>(b));
}
template <class T>
GW_INLINE IntVector<T> whole(typename Constants<T>::Int x) {
  return x - IntVector<T>{};
}

constexpr double inverse_factorial(int n) { return n <= 1 ? 1.0 : inverse_factorial(n - 1) / n; }

// c ? a : b by lanes.
template <class T>
GW_INLINE Vector<T> choose(IntVector<T> c, Vector<T> a, Vector<T> b) {
  return bits_as<Vector<T>>((bits_as<IntVector<T>>(a) & c) | (bits_as<IntVector<T>>(b) & ~c));
}

template <class T>
GW_INLINE Vector<T> infinity() {
  return splat<T>(std::numeric_limits<T>::infinity());
}

// 2^n for n in the range of normal numbers.
template <class T>
GW_INLINE Vector<T> power_of_two(IntVector<T> n) {
  return bits_as<Vector<T>>((bits_as<Bits<T>>(n) + Constants<T>::bias) << Constants<T>::mantissa);
}

// e^r - 1 = r + r^2/2 + ..., for |r| <= ln(2)/2.
template <class T, int term = 2>
GW_INLINE Vector<T> exp_series(Vector<T> r) {
  if constexpr (term == Constants<T>::exp_terms)
    return splat<T>(T(inverse_factorial(term)));
  else
    return exp_series<T, term + 1>(r) * r + T(inverse_factorial(term));
}

template <class T>
struct Reduced {
  IntVector<T> n;
  Vector<T> rest;
};

template <class T>
GW_INLINE Reduced<T> reduce_exp(Vector<T> x) {
  using C = Constants<T>;
  const Vector<T> shifted = x * T(1.4426950408889634074) + C::magic;
  const Vector<T> n = shifted - C::magic;
  return {minus<T>(bits_as<IntVector<T>>(shifted), whole<T>(bits_as<typename C::Int>(C::magic))),
          (x - n * C::ln2_high) - n * C::ln2_low};
}

template <class T>
GW_INLINE Vector<T> exp_of(Vector<T> x) {
  using C = Constants<T>;
  x = choose<T>(x < C::exp_low, splat<T>(C::exp_low), x);
  x = choose<T>(x > C::exp_high, splat<T>(C::exp_high), x);
  const auto [n, r] = reduce_exp<T>(x);
  const Vector<T> y = exp_series<T>(r) * (r * r) + r + T(1);
  const IntVector<T> half = n >> 1;  // twice half the exponent, so that results near the ends of the range come out
  return y * power_of_two<T>(half) * power_of_two<T>(minus<T>(n, half));
}

template <class T>
GW_INLINE Vector<T> expm1_of(Vector<T> x) {
  using C = Constants<T>;
  const Vector<T> clamped =
      choose<T>(x < C::exp_low / 2, splat<T>(C::exp_low / 2), choose<T>(x > C::overflow, splat<T>(C::overflow), x));
  const auto [n, r] = reduce_exp<T>(clamped);
  const Vector<T> y = exp_series<T>(r) * (r * r) + r;
  const Vector<T> half = power_of_two<T>(minus<T>(n, whole<T>(1)));
  const Vector<T> result = T(2) * (half * y + (half - T(0.5)));
  const Vector<T> small = choose<T>(n == 0, y, result);
  return choose<T>(x > C::overflow, infinity<T>(), small);
}

template <class T, int term = 1>
GW_INLINE Vector<T> atanh_series(Vector<T> squared) {
  if constexpr (term == Constants<T>::log_terms)
    return splat<T>(T(2.0 / (2 * term + 1)));
  else
    return atanh_series<T, term + 1>(squared) * squared + T(2.0 / (2 * term + 1));
}

template <class T>
GW_INLINE Vector<T> log_of(Vector<T> x) {
  using C = Constants<T>;
  const IntVector<T> subnormal = x < C::tiny;
  const Vector<T> normal = choose<T>(subnormal, x * C::rescale, x);
  // Subtracting the bits of sqrt(1/2) leaves the exponent of the mantissa that lies around one.
  const IntVector<T> bits =
      minus<T>(bits_as<IntVector<T>>(normal), whole<T>(bits_as<typename C::Int>(T(0.70710678118654752440))));
  const IntVector<T> exponent = bits >> C::mantissa;
  const Vector<T> mantissa = bits_as<Vector<T>>(bits_as<Bits<T>>(normal) - (bits_as<Bits<T>>(exponent) << C::mantissa));
  const Vector<T> f = mantissa - T(1);
  const Vector<T> s = f / (f + T(2));
  const Vector<T> half_square = T(0.5) * f * f;
  // log(1 + f) = f - f^2/2 + s (f^2/2 + series): exact f leads, so the error stays small near one.
  const Vector<T> squared = s * s;
  const Vector<T> series = atanh_series<T>(squared) * squared;
  const IntVector<T> power = minus<T>(exponent, subnormal & C::rescale_bits);
  const Vector<T> e = __builtin_convertvector(power, Vector<T>);
  Vector<T> result = e * C::ln2_high + ((e * C::ln2_low - (half_square - s * (half_square + series))) + f);
  result = choose<T>(x == T(0), -infinity<T>(), result);
  result = choose<T>(x == infinity<T>(), infinity<T>(), result);
  return choose<T>((x < T(0)) | (x != x), splat<T>(std::numeric_limits<T>::quiet_NaN()), result);
}

template <class T>
GW_INLINE Vector<T> log1p_of(Vector<T> x) {
  const Vector<T> u = x + T(1);
  const Vector<T> corrected = log_of<T>(u) * (x / (u - T(1)));
  const Vector<T> result = choose<T>(u == T(1), x, corrected);
  return choose<T>((x == infinity<T>()) | (x == T(-1)), log_of<T>(u), result);
}

template <class T>
GW_INLINE Vector<T> absolute(Vector<T> x) {
  constexpr auto sign = std::numeric_limits<typename Constants<T>::Int>::max();
  return bits_as<Vector<T>>(bits_as<IntVector<T>>(x) & sign);
}

template <class T>
GW_INLINE Vector<T> tanh_of(Vector<T> x) {
  using C = Constants<T>;
  const Vector<T> clamped =
      choose<T>(x > C::tanh_limit, splat<T>(C::tanh_limit), choose<T>(x < -C::tanh_limit, splat<T>(-C::tanh_limit), x));
  const Vector<T> e = expm1_of<T>(T(2) * clamped);
  return e / (e + T(2));
}

template <class T>
GW_INLINE Vector<T> sigmoid_of(Vector<T> x) {
  const Vector<T> decay = exp_of<T>(-absolute<T>(x));
  return choose<T>(x >= T(0), splat<T>(1), decay) / (T(1) + decay);
}

template <class T>
GW_INLINE Vector<T> softplus_of(Vector<T> x) {
  const Vector<T> positive = choose<T>(x < T(0), splat<T>(0), x);
  return positive + log1p_of<T>(exp_of<T>(-absolute<T>(x)));
}

// 1 - erf(a) for a >= 0, from e^(-a^2): the ratio of the two, over t = 1 / (1 + a / 2), is a polynomial in t (fitted to
// a relative error of 2e-8 over a in [0, 10]).
GW_INLINE Vector<float> erfc_of_positive(Vector<float> a, Vector<float> bell) {
  const Vector<float> t = 1.0f / (1.0f + 0.5f * a);
  const Vector<float> ratio =
      0.28206450f +
      t * (0.28285702f +
           t * (0.23864498f +
                t * (0.22554107f +
                     t * (-0.09831506f +
                          t * (0.42126889f +
                               t * (-0.67001530f + t * (0.42892251f + t * (-0.12325197f + t * 0.01228334f))))))));
  return t * ratio * bell;
}

GW_INLINE Vector<float> erf_of(Vector<float> x) {
  const Vector<float> a = absolute<float>(x), z = x * x;
  const Vector<float> series =
      x * (1.1283791671f +
           z * (-0.37612638904f +
                z * (0.11283791671f + z * (-0.026866170645f +
                                           z * (0.0052239776254f + z * (-8.5483270234e-4f + z * 1.2055332981e-4f))))));
  const Vector<float> tail = 1.0f - erfc_of_positive(a, exp_of<float>(-z));
  const Vector<float> signed_tail = choose<float>(x < 0.0f, -tail, tail);
  return choose<float>(a < 0.5f, series, signed_tail);
}

// x times the chance that a standard normal number is below x, and the derivative of that.
template <class T>
struct GeluAndSlope {
  Vector<T> value, slope;
};

GW_INLINE GeluAndSlope<float> gelu_and_slope(Vector<float> x) {
  const Vector<float> bell = exp_of<float>(-0.5f * x * x);
  const Vector<float> beyond = 0.5f * erfc_of_positive(absolute<float>(x) * 0.70710678f, bell);
  const Vector<float> below = choose<float>(x < 0.0f, beyond, 1.0f - beyond);
  return {x * below, below + x * bell * 0.39894228f};
}
GW_INLINE GeluAndSlope<double> gelu_and_slope(Vector<double> x) {
  Vector<double> below;
  for (int i = 0; i < lanes<double>; ++i) below[i] = 0.5 * std::erfc(x[i] * -0.70710678118654752440);
  return {x * below, below + x * exp_of<double>(-0.5 * x * x) * 0.39894228040143267794};
}

template <class T>
GW_INLINE Vector<T> gelu_of(Vector<T> x) {
  return gelu_and_slope(x).value;
}

template <class T>
GW_INLINE Vector<T> gelu_slope_of(Vector<T> x) {
  return gelu_and_slope(x).slope;
}

}  // namespace
