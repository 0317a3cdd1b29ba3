// All kernels of one instruction set, by name. CMake compiles this file once per set, with GW_TABLE and
// GW_VECTOR_BYTES defined and the compiler's flags for it.
#include "attention.h"
#include "checks.h"
#include "elementwise.h"
#include "glassworks/kernels.h"
#include "moving.h"
#include "pooling.h"
#include "product.h"
#include "recurrent.h"
#include "reductions.h"
#include "windows.h"
#include "winograd.h"

namespace {

using glassworks::NamedKernel;

#define GW_ALL(op, F, loop)                                                                            \
  {#op ".float32", loop<F, float, float>}, {#op ".float64", loop<F, double, double>},                  \
      {#op ".int32", loop<F, int32_t, int32_t>}, {#op ".int64", loop<F, int64_t, int64_t>},            \
      {#op ".uint32", loop<F, uint32_t, uint32_t>}
#define GW_INTEGERS(op, F)                                                                               \
  {#op ".int32", binary<F, int32_t, int32_t>}, {#op ".int64", binary<F, int64_t, int64_t>},              \
      {#op ".uint32", binary<F, uint32_t, uint32_t>}, {#op ".uint8", binary<F, uint8_t, uint8_t>}
#define GW_TESTS(op, F, loop)                                                                          \
  {#op ".float32", loop<F, float, uint8_t>}, {#op ".float64", loop<F, double, uint8_t>},               \
      {#op ".int32", loop<F, int32_t, uint8_t>}, {#op ".int64", loop<F, int64_t, uint8_t>},            \
      {#op ".uint32", loop<F, uint32_t, uint8_t>}, {#op ".bool", loop<F, uint8_t, uint8_t>}
#define GW_FLOATS(op, F, loop) {#op ".float32", loop<F, float, float>}, {#op ".float64", loop<F, double, double>}
#define GW_FLOAT_TESTS(op, F) {#op ".float32", unary<F, float, uint8_t>}, {#op ".float64", unary<F, double, uint8_t>}
#define GW_VECTORS(op, F) {#op ".float32", vectors<F<float>, float>}, {#op ".float64", vectors<F<double>, double>}
#define GW_TERNARY(op, F) {#op ".float32", ternary<F, float, float, float>}, {#op ".float64", ternary<F, double, double, double>}
#define GW_CASTS(from, From)                                                                            \
  {"cast." from ".float32", unary<Cast<float>, From, float>}, {"cast." from ".float64", unary<Cast<double>, From, double>},      \
      {"cast." from ".int32", unary<Cast<int32_t>, From, int32_t>}, {"cast." from ".int64", unary<Cast<int64_t>, From, int64_t>}, \
      {"cast." from ".uint32", unary<Cast<uint32_t, int64_t>, From, uint32_t>}, {"cast." from ".bool", unary<ToBool, From, uint8_t>}, \
      {"cast." from ".uint8", unary<Cast<uint8_t, int32_t>, From, uint8_t>}
#define GW_REDUCE_MIDDLE(op, Op, Integer)                                                 \
  {"reduce_" op "_middle.float32", reduce_middle<Op, float>, reduce_middle_needs<float>, 4},     \
      {"reduce_" op "_middle.float64", reduce_middle<Op, double>, reduce_middle_needs<double>, 4}, \
      {"reduce_" op "_middle.int32", reduce_middle<Op, Integer>, reduce_middle_needs<Integer>, 4}
#define GW_REDUCE(op, Op, T, type) \
  {"reduce_" op "_columns." type, reduce_columns<Op, T>}, {"reduce_" op "_rows." type, reduce_rows<Op, T>}
// Sums and products of integers wrap around, which only those without a sign may do: the bits are the same.
#define GW_REDUCE_ALL(op, Op, Integer)                                                                              \
  GW_REDUCE(op, Op, float, "float32"), GW_REDUCE(op, Op, double, "float64"), GW_REDUCE(op, Op, Integer, "int32")
#define GW_ONE_HOT(from, From)                                                                            \
  {"one_hot." from ".bool", one_hot<From, uint8_t>}, {"one_hot." from ".float32", one_hot<From, float>},  \
      {"one_hot." from ".float64", one_hot<From, double>}, {"one_hot." from ".int32", one_hot<From, int32_t>}

constexpr NamedKernel table[] = {
    GW_ALL(add, Add, binary),
    GW_ALL(subtract, Subtract, binary),
    GW_ALL(multiply, Multiply, binary),
    GW_ALL(maximum, Maximum, binary),
    GW_ALL(minimum, Minimum, binary),
    {"add.uint8", binary<Add, uint8_t, uint8_t>},
    {"subtract.uint8", binary<Subtract, uint8_t, uint8_t>},
    {"multiply.uint8", binary<Multiply, uint8_t, uint8_t>},
    {"maximum.uint8", binary<Maximum, uint8_t, uint8_t>},
    {"minimum.uint8", binary<Minimum, uint8_t, uint8_t>},
    GW_INTEGERS(bitwise_and, BitAnd),
    GW_INTEGERS(bitwise_or, BitOr),
    GW_INTEGERS(bitwise_xor, BitXor),
    GW_INTEGERS(left_shift, LeftShift),
    GW_INTEGERS(right_shift, RightShift),
    GW_INTEGERS(mod, Mod),
    GW_INTEGERS(floor_divide, FloorDivide),
    GW_FLOATS(mod, Mod, binary),
    GW_FLOATS(floor_divide, FloorDivide, binary),
    GW_FLOATS(divide, Divide, binary),
    GW_FLOATS(power, Power, binary),
    GW_TESTS(equal, Equal, binary),
    GW_TESTS(not_equal, NotEqual, binary),
    GW_TESTS(less, Less, binary),
    GW_TESTS(less_equal, LessEqual, binary),
    GW_TESTS(logical_and, And, binary),
    GW_TESTS(logical_or, Or, binary),
    GW_TESTS(logical_xor, Xor, binary),
    GW_TESTS(logical_not, Not, unary),
    GW_FLOAT_TESTS(is_nan, IsNan),
    GW_FLOAT_TESTS(is_inf, IsInf),
    GW_FLOAT_TESTS(is_finite, IsFinite),
    GW_ALL(negative, Negative, unary),
    GW_ALL(square, Square, unary),
    GW_FLOATS(absolute, AbsoluteFloat, unary),
    {"absolute.int32", unary<Absolute, int32_t, int32_t>},
    {"absolute.int64", unary<Absolute, int64_t, int64_t>},
    GW_FLOATS(sign, Sign, unary),
    GW_FLOATS(relu, Relu, unary),
    GW_FLOATS(sqrt, Sqrt, unary),
    GW_FLOATS(rsqrt, Rsqrt, unary),
    GW_FLOATS(floor, Floor, unary),
    GW_FLOATS(ceil, Ceil, unary),
    GW_FLOATS(trunc, Trunc, unary),
    GW_FLOATS(round, Rint, unary),
    GW_FLOATS(sin, Sin, unary),
    GW_FLOATS(cos, Cos, unary),
    {"erf.float32", vectors<VectorErf, float>},
    {"erf.float64", unary<Erf, double, double>},
    GW_VECTORS(exp, VectorExp),
    GW_VECTORS(expm1, VectorExpm1),
    GW_VECTORS(log, VectorLog),
    GW_VECTORS(log1p, VectorLog1p),
    GW_VECTORS(tanh, VectorTanh),
    GW_VECTORS(sigmoid, VectorSigmoid),
    GW_VECTORS(softplus, VectorSoftplus),
    GW_VECTORS(gelu, VectorGelu),
    GW_VECTORS(gelu_slope, VectorGeluSlope),
    {"where.4", ternary<Where, uint8_t, uint32_t, uint32_t>},
    {"where.8", ternary<Where, uint8_t, uint64_t, uint64_t>},
    {"where.1", ternary<Where, uint8_t, uint8_t, uint8_t>},
    {"copy.4", unary<Copy, uint32_t, uint32_t>},
    {"copy.8", unary<Copy, uint64_t, uint64_t>},
    {"copy.1", unary<Copy, uint8_t, uint8_t>},
    {"copy.2", unary<Copy, uint16_t, uint16_t>},
    GW_TERNARY(clip, Clip),
    {"clip.int32", ternary<Clip, int32_t, int32_t, int32_t>},
    GW_TERNARY(lerp, Lerp),
    GW_TERNARY(multiply_subtract_from, MultiplySubtractFrom),
    {"gelu_and_slope.float32", gelu_and_slope_rows<float>},
    {"gelu_and_slope.float64", gelu_and_slope_rows<double>},
    {"adam.float32", adam<float>},
    {"adam.float64", adam<double>},
    GW_CASTS("float32", float),
    GW_CASTS("float64", double),
    GW_CASTS("int32", int32_t),
    GW_CASTS("int64", int64_t),
    GW_CASTS("uint32", uint32_t),
    GW_CASTS("bool", uint8_t),
    GW_CASTS("uint8", uint8_t),
    GW_REDUCE_ALL("sum", SumOf, uint32_t),
    GW_REDUCE_ALL("product", ProductOf, uint32_t),
    GW_REDUCE_ALL("max", ExtremeOf<true>, int32_t),
    GW_REDUCE_ALL("min", ExtremeOf<false>, int32_t),
    GW_REDUCE("any", ExtremeOf<true>, uint8_t, "bool"),
    GW_REDUCE("all", ExtremeOf<false>, uint8_t, "bool"),
    {"argmax.float32", argument_of_extreme<true, float>},
    {"argmax.float64", argument_of_extreme<true, double>},
    {"argmax.int32", argument_of_extreme<true, int32_t>},
    {"argmin.float32", argument_of_extreme<false, float>},
    {"argmin.float64", argument_of_extreme<false, double>},
    {"argmin.int32", argument_of_extreme<false, int32_t>},
    {"softmax.float32", softmax<false, float>},
    {"softmax.float64", softmax<false, double>},
    {"log_softmax.float32", softmax<true, float>},
    {"log_softmax.float64", softmax<true, double>},
    GW_ONE_HOT("int32", int32_t),
    GW_ONE_HOT("int64", int64_t),
    {"random_bits.uint32", random_bits},
};

#define GW_HEAD(name) {#name ".float32", name<float>, name##_needs<float>}, {#name ".float64", name<double>, name##_needs<double>}
#define GW_TASK(name, numbers) \
  {#name ".float32", name<float>, name##_needs<float>, numbers}, {#name ".float64", name<double>, name##_needs<double>, numbers}

constexpr glassworks::NamedWindowKernel heads[] = {GW_HEAD(convolution), GW_HEAD(depthwise), GW_HEAD(max_unpool), GW_HEAD(winograd)};
constexpr int64_t windows = glassworks::window_numbers;

#define GW_CHECKS(from, From) \
  {"in_range." from ".int32", in_range<From, int32_t>, in_range_needs, 2}, {"in_range." from ".int64", in_range<From, int64_t>, in_range_needs, 2}

constexpr glassworks::NamedTaskKernel tasks[] = {
    GW_CHECKS("bool", uint8_t),
    GW_CHECKS("int8", int8_t),
    GW_CHECKS("int16", int16_t),
    GW_CHECKS("int32", int32_t),
    GW_CHECKS("int64", int64_t),
    GW_CHECKS("uint8", uint8_t),
    GW_CHECKS("uint16", uint16_t),
    GW_CHECKS("uint32", uint32_t),
    GW_CHECKS("uint64", uint64_t),
    GW_CHECKS("float32", float),
    GW_CHECKS("float64", double),
    GW_TASK(max_pool, windows + 2),
    GW_TASK(convolution_kernel_gradient, windows + 3),
    GW_TASK(depthwise_kernel_gradient, windows + 3),
    GW_TASK(winograd_kernel, 2),
    GW_TASK(winograd_kernel_gradient, windows + 2),
    GW_TASK(lstm_sequence, 6),
    GW_TASK(lstm_gradient, 6),
    GW_TASK(gru_sequence, 6),
    GW_TASK(gru_gradient, 6),
    GW_TASK(attention, 13),
    GW_TASK(attention_gradient, 13),
    GW_TASK(scatter_adam, 5),
    {"concatenate", concatenate, concatenate_needs, 3},
    {"place_slices", place_slices, place_slices_needs, 4},
    GW_REDUCE_MIDDLE("sum", SumOf, uint32_t),
    GW_REDUCE_MIDDLE("max", ExtremeOf<true>, int32_t),
    GW_REDUCE_MIDDLE("min", ExtremeOf<false>, int32_t),
};

}  // namespace

#define GW_QUOTE(x) #x
#define GW_NAME(x) GW_QUOTE(x)
#define GW_JOIN(a, b) a##b
#define GW_FUNCTION(x) GW_JOIN(kernels_, x)

namespace glassworks {

const KernelTable& GW_FUNCTION(GW_TABLE)() {
  static const KernelTable instance = {
      GW_NAME(GW_TABLE),
      GW_VECTOR_BYTES,
      table,
      static_cast<int64_t>(sizeof table / sizeof table[0]),
      heads,
      static_cast<int64_t>(sizeof heads / sizeof heads[0]),
      tasks,
      static_cast<int64_t>(sizeof tasks / sizeof tasks[0]),
      product<float>,
      product<double>,
      rank_one_descent<float>,
      rank_one_descent<double>,
      static_cast<int64_t>((packed_items<float> + most_edge_rows * lanes<float> + winograd_items<float>) * 4),
      panel_vectors * lanes<float>,
  };
  return instance;
}

}  // namespace glassworks
