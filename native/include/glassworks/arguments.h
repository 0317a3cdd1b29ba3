// What kernels are told by name. A struct of operands or integers is declared once, in the order in which the kernel
// gets them; the names of its fields are what the planner sees, so neither side copies a position from the other.
#pragma once

#include <cstdint>
#include <cstring>

namespace glassworks {

using Pointer = char*;

#define GW_TEXT(...) #__VA_ARGS__
#define GW_UNWRAP(...) __VA_ARGS__

// Integers, or arrays of them: GW_INT_ARGS(MoveArgs, rows, shape[3]).
#define GW_INT_ARGS(Name, ...)                                 \
  struct Name {                                                \
    int64_t __VA_ARGS__;                                       \
    static constexpr const char* names = GW_TEXT(__VA_ARGS__); \
  }

// The same, followed by lists as long as the integers in brackets say: GW_INT_ARGS_AND_LISTS(JoinArgs, (rows, count),
// widths[count]). The lists lie behind the struct, one after the other.
#define GW_INT_ARGS_AND_LISTS(Name, fixed, ...)                                   \
  struct Name {                                                                   \
    int64_t GW_UNWRAP fixed;                                                      \
    static constexpr const char* names = GW_TEXT fixed ", " GW_TEXT(__VA_ARGS__); \
  }

// What a kernel reads, and what it fills: GW_OPERANDS(CopyOperands, (source), (result)).
#define GW_OPERANDS(Name, reads, writes)                   \
  struct Name {                                            \
    glassworks::Pointer GW_UNWRAP reads;                   \
    glassworks::Pointer GW_UNWRAP writes;                  \
    static constexpr const char* inputs = GW_TEXT reads;   \
    static constexpr const char* outputs = GW_TEXT writes; \
  }

// The integers of a call as the struct that names them.
template <class Args>
inline Args read_args(const int64_t* integers) {
  Args args;
  std::memcpy(&args, integers, sizeof args);
  return args;
}

// The lists that lie behind that struct.
template <class Args>
inline const int64_t* lists_after(const int64_t* integers) {
  return integers + sizeof(Args) / sizeof(int64_t);
}

}  // namespace glassworks
