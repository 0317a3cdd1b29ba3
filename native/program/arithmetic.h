// What a thread's floating-point unit does with subnormal numbers. Each costs an Intel core some 150 cycles, and the
// moments of weights without a gradient decay into them: programs run with subnormal operands and results taken as
// zero.
#pragma once

#include <cstdint>

namespace glassworks {

// The control register of the calling thread, and the bits of it that make subnormal numbers zero.
#if defined(__x86_64__)
using FloatControl = unsigned;
constexpr FloatControl flush_to_zero = 0x8000 | 0x0040;  // of results, of operands
inline FloatControl float_control() { return __builtin_ia32_stmxcsr(); }
inline void set_float_control(FloatControl control) { __builtin_ia32_ldmxcsr(control); }
#elif defined(__aarch64__)
using FloatControl = uint64_t;
constexpr FloatControl flush_to_zero = 1u << 24;  // of both
inline FloatControl float_control() {
  FloatControl control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}
inline void set_float_control(FloatControl control) { asm volatile("msr fpcr, %0" : : "r"(control)); }
#else
using FloatControl = unsigned;
constexpr FloatControl flush_to_zero = 0;
inline FloatControl float_control() { return 0; }
inline void set_float_control(FloatControl) {}
#endif

// Sets the control register; what it was before comes back at the end, flags of exceptions included.
class FloatScope {
 public:
  explicit FloatScope(FloatControl control) : before_(float_control()) { set_float_control(control); }
  ~FloatScope() { set_float_control(before_); }
  FloatScope(const FloatScope&) = delete;
  FloatScope& operator=(const FloatScope&) = delete;
  FloatControl before() const { return before_; }

 private:
  FloatControl before_;
};

}  // namespace glassworks
