// Numbers moved without being changed, byte by byte: joined, and put at slices of zeros.
#pragma once

#include "glassworks/kernels.h"
#include "vector.h"

namespace {

using glassworks::lists_after;
using glassworks::Needs;
using glassworks::read_args;
using glassworks::TaskCall;

// `row_bytes` are those of a row of each array.
GW_INT_ARGS_AND_LISTS(ConcatenateArgs, (rows, tiles, count), row_bytes[count]);
constexpr glassworks::Signature concatenate_signature = {"arrays[count]", "result", ConcatenateArgs::names};

inline void concatenate(const TaskCall& call) {
  const auto [rows, tiles, count] = call.args_as<ConcatenateArgs>();
  const int64_t* bytes = lists_after<ConcatenateArgs>(call.int_args);
  int64_t width = 0;
  for (int64_t i = 0; i < count; ++i) width += bytes[i];
  for (int64_t row = rows * call.tile / tiles; row < rows * (call.tile + 1) / tiles; ++row) {
    char* to = call.operands[count] + row * width;
    for (int64_t i = 0; i < count; ++i) {
      std::memcpy(to, call.operands[i] + row * bytes[i], static_cast<size_t>(bytes[i]));
      to += bytes[i];
    }
  }
}

inline Needs concatenate_needs(const int64_t* int_args) {
  const auto [rows, tiles, count] = read_args<ConcatenateArgs>(int_args);
  const int64_t* bytes = lists_after<ConcatenateArgs>(int_args);
  Needs needs = {tiles, 0};
  needs.possible = count < glassworks::most_operands;
  for (int64_t i = 0; needs.possible && i < count; ++i) {
    needs.bytes[i] = rows * bytes[i];
    needs.bytes[count] += needs.bytes[i];
  }
  return needs;
}

// `item` is the bytes of an element, `rows` a leading axis that is taken as a whole; then, for each axis, the sizes of
// the source and of the target, where the slice starts in the target, and its step.
GW_INT_ARGS_AND_LISTS(PlaceSlicesArgs, (item, tiles, rows, axes), sources[axes], targets[axes], starts[axes],
                      steps[axes]);
GW_OPERANDS(PlaceSlicesOperands, (source), (result));

struct SliceAxis {
  int64_t source, target, start, step;
};

inline SliceAxis slice_axis(const int64_t* int_args, int64_t axes, int64_t i) {
  const int64_t* lists = lists_after<PlaceSlicesArgs>(int_args) + i;
  return {lists[0], lists[axes], lists[2 * axes], lists[3 * axes]};
}

inline void place_along(const SliceAxis* axis, int64_t axes, const char* from, char* to, int64_t source_bytes,
                        int64_t target_bytes, int64_t item) {
  if (axes == 1 && axis->step == 1) {
    std::memcpy(to + axis->start * item, from, static_cast<size_t>(axis->source * item));
    return;
  }
  const int64_t from_step = source_bytes / axis->source, to_step = target_bytes / axis->target;
  for (int64_t i = 0; i < axis->source; ++i) {
    char* place = to + (axis->start + i * axis->step) * to_step;
    if (axes == 1)
      std::memcpy(place, from + i * from_step, static_cast<size_t>(item));
    else
      place_along(axis + 1, axes - 1, from + i * from_step, place, from_step, to_step, item);
  }
}

inline void place_slices(const TaskCall& call) {
  const auto [item, tiles, rows, axes] = call.args_as<PlaceSlicesArgs>();
  const auto operands = call.operands_as<PlaceSlicesOperands>();
  SliceAxis axis[glassworks::most_axes];
  int64_t source_bytes = item, target_bytes = item;
  for (int64_t i = 0; i < axes; ++i) {
    axis[i] = slice_axis(call.int_args, axes, i);
    source_bytes *= axis[i].source;
    target_bytes *= axis[i].target;
  }
  for (int64_t row = rows * call.tile / tiles; row < rows * (call.tile + 1) / tiles; ++row) {
    char* to = operands.result + row * target_bytes;
    std::memset(to, 0, static_cast<size_t>(target_bytes));
    place_along(axis, axes, operands.source + row * source_bytes, to, source_bytes, target_bytes, item);
  }
}

inline Needs place_slices_needs(const int64_t* int_args) {
  const auto [item, tiles, rows, axes] = read_args<PlaceSlicesArgs>(int_args);
  Needs needs = {tiles, 0};
  needs.possible = axes >= 1 && axes <= glassworks::most_axes && item > 0;
  needs.bytes[0] = needs.bytes[1] = item * rows;
  for (int64_t i = 0; needs.possible && i < axes; ++i) {
    const auto [source, target, start, step] = slice_axis(int_args, axes, i);
    needs.bytes[0] *= source;
    needs.bytes[1] *= target;
    const int64_t last = start + (source - 1) * step;
    needs.possible = source > 0 && start >= 0 && start < target && last >= 0 && last < target;
  }
  return needs;
}

}  // namespace
