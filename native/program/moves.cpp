// Stations that move rows and elements of buffers: copies with strides, rows of tables.
#include <algorithm>
#include <cstring>

#include "executor.h"

namespace glassworks {

// A copy is cut along its first axis.
void Program::run_copy(const Station& s, int64_t tile) {
  const int64_t outer = s.shape.empty() ? 1 : s.shape[0];
  const int64_t begin = outer * tile / s.tiles, end = outer * (tile + 1) / s.tiles;
  const size_t axes = s.shape.size();
  if (std::find(s.shape.begin(), s.shape.end(), 0) != s.shape.end()) return;
  const char* source = buffer(s.source) + s.source_offset * s.item;
  char* target = buffer(s.target);
  if (axes == 0) {
    std::memcpy(target, source, static_cast<size_t>(s.item));
    return;
  }
  const int64_t inner = s.shape[axes - 1], from_step = s.source_strides[axes - 1] * s.item,
                to_step = s.target_strides[axes - 1] * s.item;
  const auto line = [&](const char* from, char* to, int64_t count) {
    if (from_step == s.item && to_step == s.item) {
      std::memcpy(to, from, static_cast<size_t>(count * s.item));
    } else if (s.item == 4) {
      for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * to_step, from + i * from_step, 4);
    } else {
      for (int64_t i = 0; i < count; ++i)
        std::memcpy(to + i * to_step, from + i * from_step, static_cast<size_t>(s.item));
    }
  };
  if (axes == 1) return line(source + begin * from_step, target + begin * to_step, end - begin);
  int64_t index[most_axes] = {};
  for (index[0] = begin; index[0] < end;) {
    const char* from = source;
    char* to = target;
    for (size_t axis = 0; axis + 1 < axes; ++axis) {
      from += index[axis] * s.source_strides[axis] * s.item;
      to += index[axis] * s.target_strides[axis] * s.item;
    }
    line(from, to, inner);
    size_t axis = axes - 2;
    for (++index[axis]; axis > 0 && index[axis] == s.shape[axis]; --axis) {
      index[axis] = 0;
      ++index[axis - 1];
    }
  }
}

namespace {
int64_t index_at(const char* indices, int64_t item, int64_t i) {
  if (item == 8) return reinterpret_cast<const int64_t*>(indices)[i];
  return reinterpret_cast<const int32_t*>(indices)[i];
}
}  // namespace

void Program::run_gather(const Station& s, int64_t tile) {
  const int64_t begin = s.count * tile / s.tiles, end = s.count * (tile + 1) / s.tiles, bytes = s.width * s.item;
  for (int64_t i = begin; i < end; ++i) {
    int64_t row = index_at(buffer(s.indices), s.index_item, i);
    if (row < 0) row += s.table_rows;
    char* to = buffer(s.target) + i * bytes;
    if (row < 0 || row >= s.table_rows)
      fail(s);
    else
      std::memcpy(to, buffer(s.source) + row * bytes, static_cast<size_t>(bytes));
  }
}

// Each tile has some columns of the table, and walks over all indices: no two threads write to the same place.
void Program::run_scatter(const Station& s, int64_t tile) {
  const int64_t begin = s.width * tile / s.tiles, columns = s.width * (tile + 1) / s.tiles - begin;
  for (int64_t row = 0; row < s.table_rows; ++row)
    std::memset(buffer(s.target) + (row * s.width + begin) * s.item, 0, static_cast<size_t>(columns * s.item));
  for (int64_t i = 0; i < s.count; ++i) {
    int64_t row = index_at(buffer(s.indices), s.index_item, i);
    if (row < 0) row += s.table_rows;
    if (row < 0 || row >= s.table_rows) {
      fail(s);
      continue;
    }
    Call call{};
    call.rows = 1;
    call.columns = columns;
    call.out = buffer(s.target) + (row * s.width + begin) * s.item;
    call.in[0] = call.out;
    call.in[1] = buffer(s.source) + (i * s.width + begin) * s.item;
    call.column_stride[0] = call.column_stride[1] = 1;
    s.accumulate(call);
  }
}

}  // namespace glassworks
