// Numbers moved without being changed, byte by byte: joined, and put at slices of zeros.
#pragma once

#include "glassworks/program.h"
#include "vector.h"

namespace {

using glassworks::Needs;
using glassworks::TaskCall;

// Operands: inputs, output. numbers: rows, tiles, inputs, and for each input the bytes of a row of it.
inline void concatenate(const TaskCall& call) {
  const int64_t rows = call.numbers[0], tiles = call.numbers[1], count = call.numbers[2], *bytes = call.numbers + 3;
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

inline Needs concatenate_needs(const int64_t* numbers, int64_t total) {
  const int64_t rows = numbers[0], count = numbers[2];
  Needs needs = {count + 1, 3 + count, 0, numbers[1], 0};
  needs.possible = count < glassworks::most_operands && total == needs.numbers;
  for (int64_t i = 0; needs.possible && i < count; ++i) {
    needs.bytes[i] = rows * numbers[3 + i];
    needs.bytes[count] += needs.bytes[i];
  }
  return needs;
}

// One axis of a slice: cells of the source and of the target, where the slice starts in the target, its step.
struct SliceAxis {
  int64_t source, target, start, step;
};

inline void place_along(const SliceAxis* axis, int64_t axes, const char* from, char* to, int64_t source_bytes, int64_t target_bytes, int64_t item) {
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

// Operands: source, target. numbers: bytes of a number, tiles, rows (a leading axis that is taken as a whole), axes, and for each axis
// what SliceAxis says.
inline void place_slices(const TaskCall& call) {
  const int64_t item = call.numbers[0], tiles = call.numbers[1], rows = call.numbers[2], axes = call.numbers[3];
  SliceAxis axis[glassworks::most_axes];
  int64_t source_bytes = item, target_bytes = item;
  for (int64_t i = 0; i < axes; ++i) {
    const int64_t* n = call.numbers + 4 + 4 * i;
    axis[i] = {n[0], n[1], n[2], n[3]};
    source_bytes *= n[0], target_bytes *= n[1];
  }
  for (int64_t row = rows * call.tile / tiles; row < rows * (call.tile + 1) / tiles; ++row) {
    char* to = call.operands[1] + row * target_bytes;
    std::memset(to, 0, static_cast<size_t>(target_bytes));
    place_along(axis, axes, call.operands[0] + row * source_bytes, to, source_bytes, target_bytes, item);
  }
}

inline Needs place_slices_needs(const int64_t* numbers, int64_t count) {
  const int64_t axes = numbers[3];
  Needs needs = {2, 4 + 4 * axes, 0, numbers[1], 0};
  needs.possible = axes >= 1 && axes <= glassworks::most_axes && numbers[0] > 0 && count == needs.numbers;
  needs.bytes[0] = needs.bytes[1] = numbers[0] * numbers[2];
  for (int64_t i = 0; needs.possible && i < axes; ++i) {
    const int64_t* n = numbers + 4 + 4 * i;
    needs.bytes[0] *= n[0];
    needs.bytes[1] *= n[1];
    const int64_t last = n[2] + (n[0] - 1) * n[3];
    needs.possible = n[0] > 0 && n[2] >= 0 && n[2] < n[1] && last >= 0 && last < n[1];
  }
  return needs;
}

}  // namespace
