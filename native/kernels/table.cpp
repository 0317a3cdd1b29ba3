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

using glassworks::KernelEntry;
using glassworks::KernelKind;
using glassworks::Signature;

// The signatures of the loops, by their names.
constexpr Signature unary_signature = {"x", "result"}, vectors_signature = unary_signature;
constexpr Signature binary_signature = {"x, y", "result"};
constexpr Signature where_signature = {"condition, x, y", "result"}, clip_signature = {"x, low, high", "result"};
constexpr Signature lerp_signature = {"x, y, weight", "result"},
                    descent_signature = {"gradient, rate, variable", "result"};
constexpr Signature pair_signature = {"x", "result, slope"};

#define GW_ELEMENTWISE(name, loop, function) {name, KernelKind::elementwise, loop##_signature, function}
#define GW_OF_TYPE(op, type, loop, F, In, Out) GW_ELEMENTWISE(#op "." type, loop, (loop<F, In, Out>))
#define GW_FLOATS(op, F, loop) \
  GW_OF_TYPE(op, "float32", loop, F, float, float), GW_OF_TYPE(op, "float64", loop, F, double, double)
#define GW_ALL(op, F, loop)                                                   \
  GW_FLOATS(op, F, loop), GW_OF_TYPE(op, "int32", loop, F, int32_t, int32_t), \
      GW_OF_TYPE(op, "int64", loop, F, int64_t, int64_t), GW_OF_TYPE(op, "uint32", loop, F, uint32_t, uint32_t)
#define GW_BYTES(op, F) GW_OF_TYPE(op, "uint8", binary, F, uint8_t, uint8_t)
#define GW_INTEGERS(op, F)                                                                                    \
  GW_OF_TYPE(op, "int32", binary, F, int32_t, int32_t), GW_OF_TYPE(op, "int64", binary, F, int64_t, int64_t), \
      GW_OF_TYPE(op, "uint32", binary, F, uint32_t, uint32_t), GW_BYTES(op, F)
#define GW_FLOAT_TESTS(op, F, loop) \
  GW_OF_TYPE(op, "float32", loop, F, float, uint8_t), GW_OF_TYPE(op, "float64", loop, F, double, uint8_t)
#define GW_TESTS(op, F, loop)                                                                                   \
  GW_FLOAT_TESTS(op, F, loop), GW_OF_TYPE(op, "int32", loop, F, int32_t, uint8_t),                              \
      GW_OF_TYPE(op, "int64", loop, F, int64_t, uint8_t), GW_OF_TYPE(op, "uint32", loop, F, uint32_t, uint8_t), \
      GW_OF_TYPE(op, "bool", loop, F, uint8_t, uint8_t)
#define GW_VECTORS(op, F)                                              \
  GW_ELEMENTWISE(#op ".float32", vectors, (vectors<F<float>, float>)), \
      GW_ELEMENTWISE(#op ".float64", vectors, (vectors<F<double>, double>))
#define GW_TERNARY(name, signature, F, A, B) GW_ELEMENTWISE(name, signature, (ternary<F, A, B, B>))
#define GW_CAST(from, to, C, In, Out) GW_ELEMENTWISE("cast." from "." to, unary, (unary<C, In, Out>))
#define GW_CASTS(from, From)                                                                                      \
  GW_CAST(from, "float32", Cast<float>, From, float), GW_CAST(from, "float64", Cast<double>, From, double),       \
      GW_CAST(from, "int32", Cast<int32_t>, From, int32_t), GW_CAST(from, "int64", Cast<int64_t>, From, int64_t), \
      GW_ELEMENTWISE("cast." from ".uint32", unary, (unary<Cast<uint32_t, int64_t>, From, uint32_t>)),            \
      GW_CAST(from, "bool", ToBool, From, uint8_t),                                                               \
      GW_ELEMENTWISE("cast." from ".uint8", unary, (unary<Cast<uint8_t, int32_t>, From, uint8_t>))
#define GW_REDUCE(op, Op, T, type)                                                                       \
  {"reduce_" op "_columns." type, KernelKind::reduce_columns, unary_signature, reduce_columns<Op, T>}, { \
    "reduce_" op "_rows." type, KernelKind::reduce_rows, unary_signature, reduce_rows<Op, T>             \
  }
// Sums and products of integers wrap around, which only those without a sign may do: the bits are the same.
#define GW_REDUCE_ALL(op, Op, Integer) \
  GW_REDUCE(op, Op, float, "float32"), GW_REDUCE(op, Op, double, "float64"), GW_REDUCE(op, Op, Integer, "int32")
#define GW_UNARY(name, kind, function) {name, KernelKind::kind, unary_signature, function}
#define GW_ONE_HOT(from, From)                                               \
  GW_UNARY("one_hot." from ".bool", expand, (one_hot<From, uint8_t>)),       \
      GW_UNARY("one_hot." from ".float32", expand, (one_hot<From, float>)),  \
      GW_UNARY("one_hot." from ".float64", expand, (one_hot<From, double>)), \
      GW_UNARY("one_hot." from ".int32", expand, (one_hot<From, int32_t>))

// Heads and tasks: the structs that name their operands and integers, and what they need.
constexpr Signature head_signature(const char* inputs) { return {inputs, "result", glassworks::WindowArgs::names}; }
template <class Operands>
constexpr Signature signature_of(const char* int_args, const char* float_args = "", int64_t signed_ints = 0) {
  return {Operands::inputs, Operands::outputs, int_args, float_args, signed_ints};
}
#define GW_HEAD_OF(name, type, Operands, T) \
  {#name "." type, KernelKind::head, head_signature(Operands::inputs), nullptr, name<T>, name##_needs<T>}
#define GW_HEAD(name, Operands) \
  GW_HEAD_OF(name, "float32", Operands, float), GW_HEAD_OF(name, "float64", Operands, double)
#define GW_TASK_OF(name, signature, function, needs) \
  {name, KernelKind::task, signature, nullptr, nullptr, nullptr, function, needs}
#define GW_TASK_WITH(name, signature)                                        \
  GW_TASK_OF(#name ".float32", signature, name<float>, name##_needs<float>), \
      GW_TASK_OF(#name ".float64", signature, name<double>, name##_needs<double>)
#define GW_TASK(name, Operands, Args) GW_TASK_WITH(name, signature_of<Operands>(Args::names))
#define GW_REDUCE_MIDDLE_OF(op, Op, type, T)                                                            \
  GW_TASK_OF("reduce_" op "_middle." type, signature_of<ReduceMiddleOperands>(ReduceMiddleArgs::names), \
             (reduce_middle<Op, T>), reduce_middle_needs<T>)
#define GW_REDUCE_MIDDLE(op, Op, Integer)                                                        \
  GW_REDUCE_MIDDLE_OF(op, Op, "float32", float), GW_REDUCE_MIDDLE_OF(op, Op, "float64", double), \
      GW_REDUCE_MIDDLE_OF(op, Op, "int32", Integer)
#define GW_CHECK_OF(from, From, to, To)                                                                               \
  GW_TASK_OF("in_range." from "." to, signature_of<InRangeOperands>(InRangeArgs::names, "", 2), (in_range<From, To>), \
             (in_range_needs<From, To>))
#define GW_CHECKS(from, From) GW_CHECK_OF(from, From, "int32", int32_t), GW_CHECK_OF(from, From, "int64", int64_t)

constexpr KernelEntry table[] = {
    GW_ALL(add, Add, binary),
    GW_ALL(subtract, Subtract, binary),
    GW_ALL(multiply, Multiply, binary),
    GW_ALL(maximum, Maximum, binary),
    GW_ALL(minimum, Minimum, binary),
    GW_BYTES(add, Add),
    GW_BYTES(subtract, Subtract),
    GW_BYTES(multiply, Multiply),
    GW_BYTES(maximum, Maximum),
    GW_BYTES(minimum, Minimum),
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
    GW_FLOAT_TESTS(is_nan, IsNan, unary),
    GW_FLOAT_TESTS(is_inf, IsInf, unary),
    GW_FLOAT_TESTS(is_finite, IsFinite, unary),
    GW_ALL(negative, Negative, unary),
    GW_ALL(square, Square, unary),
    GW_FLOATS(absolute, AbsoluteFloat, unary),
    GW_OF_TYPE(absolute, "int32", unary, Absolute, int32_t, int32_t),
    GW_OF_TYPE(absolute, "int64", unary, Absolute, int64_t, int64_t),
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
    GW_ELEMENTWISE("erf.float32", vectors, (vectors<VectorErf, float>)),
    GW_OF_TYPE(erf, "float64", unary, Erf, double, double),
    GW_VECTORS(exp, VectorExp),
    GW_VECTORS(expm1, VectorExpm1),
    GW_VECTORS(log, VectorLog),
    GW_VECTORS(log1p, VectorLog1p),
    GW_VECTORS(tanh, VectorTanh),
    GW_VECTORS(sigmoid, VectorSigmoid),
    GW_VECTORS(softplus, VectorSoftplus),
    GW_VECTORS(gelu, VectorGelu),
    GW_VECTORS(gelu_slope, VectorGeluSlope),
    GW_TERNARY("where.4", where, Where, uint8_t, uint32_t),
    GW_TERNARY("where.8", where, Where, uint8_t, uint64_t),
    GW_TERNARY("where.1", where, Where, uint8_t, uint8_t),
    GW_ELEMENTWISE("copy.4", unary, (unary<Copy, uint32_t, uint32_t>)),
    GW_ELEMENTWISE("copy.8", unary, (unary<Copy, uint64_t, uint64_t>)),
    GW_ELEMENTWISE("copy.1", unary, (unary<Copy, uint8_t, uint8_t>)),
    GW_ELEMENTWISE("copy.2", unary, (unary<Copy, uint16_t, uint16_t>)),
    GW_TERNARY("clip.float32", clip, Clip, float, float),
    GW_TERNARY("clip.float64", clip, Clip, double, double),
    GW_TERNARY("clip.int32", clip, Clip, int32_t, int32_t),
    GW_TERNARY("lerp.float32", lerp, Lerp, float, float),
    GW_TERNARY("lerp.float64", lerp, Lerp, double, double),
    GW_TERNARY("multiply_subtract_from.float32", descent, MultiplySubtractFrom, float, float),
    GW_TERNARY("multiply_subtract_from.float64", descent, MultiplySubtractFrom, double, double),
    GW_ELEMENTWISE("gelu_and_slope.float32", pair, gelu_and_slope_rows<float>),
    GW_ELEMENTWISE("gelu_and_slope.float64", pair, gelu_and_slope_rows<double>),
    GW_ELEMENTWISE("adam.float32", adam, adam<float>),
    GW_ELEMENTWISE("adam.float64", adam, adam<double>),
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
    GW_UNARY("argmax.float32", reduce_columns, (argument_of_extreme<true, float>)),
    GW_UNARY("argmax.float64", reduce_columns, (argument_of_extreme<true, double>)),
    GW_UNARY("argmax.int32", reduce_columns, (argument_of_extreme<true, int32_t>)),
    GW_UNARY("argmin.float32", reduce_columns, (argument_of_extreme<false, float>)),
    GW_UNARY("argmin.float64", reduce_columns, (argument_of_extreme<false, double>)),
    GW_UNARY("argmin.int32", reduce_columns, (argument_of_extreme<false, int32_t>)),
    GW_UNARY("softmax.float32", rowwise, (softmax<false, float>)),
    GW_UNARY("softmax.float64", rowwise, (softmax<false, double>)),
    GW_UNARY("log_softmax.float32", rowwise, (softmax<true, float>)),
    GW_UNARY("log_softmax.float64", rowwise, (softmax<true, double>)),
    GW_ONE_HOT("int32", int32_t),
    GW_ONE_HOT("int64", int64_t),
    {"random_bits.uint32", KernelKind::generate, {"state", "result"}, random_bits},
    GW_HEAD(convolution, ConvolutionOperands),
    GW_HEAD(depthwise, ConvolutionOperands),
    GW_HEAD(max_unpool, MaxUnpoolOperands),
    GW_HEAD(winograd, WinogradOperands),
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
    GW_TASK(max_pool, MaxPoolOperands, MaxPoolArgs),
    GW_TASK(convolution_kernel_gradient, KernelGradientOperands, ConvolutionKernelGradientArgs),
    GW_TASK(depthwise_kernel_gradient, KernelGradientOperands, DepthwiseKernelGradientArgs),
    GW_TASK(winograd_kernel, WinogradKernelOperands, WinogradKernelArgs),
    GW_TASK(winograd_kernel_gradient, KernelGradientOperands, WinogradKernelGradientArgs),
    GW_TASK(lstm_sequence, LstmOperands, SequenceArgs),
    GW_TASK(lstm_gradient, LstmGradientOperands, SequenceArgs),
    GW_TASK(gru_sequence, GruOperands, SequenceArgs),
    GW_TASK(gru_gradient, GruGradientOperands, SequenceArgs),
    GW_TASK_WITH(attention, signature_of<AttentionOperands>(AttentionArgs::names, "scale")),
    GW_TASK_WITH(attention_gradient, signature_of<AttentionGradientOperands>(AttentionArgs::names, "scale")),
    GW_TASK(scatter_adam, ScatterAdamOperands, ScatterAdamArgs),
    GW_TASK_OF("concatenate", concatenate_signature, concatenate, concatenate_needs),
    GW_TASK_OF("place_slices", signature_of<PlaceSlicesOperands>(PlaceSlicesArgs::names), place_slices,
               place_slices_needs),
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
      product<float>,
      product<double>,
      rank_one_descent<float>,
      rank_one_descent<double>,
      static_cast<int64_t>((packed_items<float> + most_edge_rows * lanes<float> + winograd_items<float>)*4),
      panel_vectors * lanes<float>,
  };
  return instance;
}

}  // namespace glassworks
