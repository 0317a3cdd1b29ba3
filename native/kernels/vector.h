// Vectors of the width that this instruction set has, by the compiler's vector extensions.
//
// This file and all others of kernels/ are compiled once per instruction set. Everything in them has internal
// linkage: otherwise the linker might keep the AVX-512 copy of a function and run it on a CPU without.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__clang__)
#define GW_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define GW_INDEPENDENT _Pragma("GCC ivdep")
#endif
#define GW_INLINE inline __attribute__((always_inline))

namespace {

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(GW_VECTOR_BYTES)));
  static constexpr int lanes = GW_VECTOR_BYTES / sizeof(T);
};
template <class T>
using Vector = typename VectorOf<T>::type;
template <class T>
constexpr int lanes = VectorOf<T>::lanes;

template <class T>
GW_INLINE Vector<T> load(const T* from) {
  Vector<T> v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <class T>
GW_INLINE void store(T* to, Vector<T> v) {
  std::memcpy(to, &v, sizeof v);
}

template <class T>
GW_INLINE Vector<T> splat(T x) {
  return x - Vector<T>{};
}

// What an operand or scratch memory holds.
template <class T>
GW_INLINE T* as(char* memory) {
  return reinterpret_cast<T*>(memory);
}
template <class T>
GW_INLINE const T* as(const char* memory) {
  return reinterpret_cast<const T*>(memory);
}

template <class To, class From>
GW_INLINE To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

}  // namespace
