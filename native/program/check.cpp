#include "check.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace glassworks {
namespace {

void demand(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(std::string("a station cannot be run: ") + what);
}

struct Check {
  const Station& s;
  int64_t buffers, scratch_bytes;

  void is_buffer(int32_t index) const { demand(index >= 0 && index < buffers, "it names a buffer that the program does not have"); }

  bool is_item(int32_t item) const { return item == 1 || item == 2 || item == 4 || item == 8 || item == 16; }

  // Tables of windows: as many cells as places have taps, all of them inside the source.
  void windows() const {
    demand(static_cast<int64_t>(s.numbers.size()) >= window_numbers, "the sizes of windows are missing");
    for (int64_t i = 0; i < window_numbers; ++i) demand(s.numbers[static_cast<size_t>(i)] >= (i == 12 ? 0 : 1), "a size of its windows is not positive");
    const Windows w = read_windows(s.numbers.data(), s.cells.data());
    int64_t cells = 0;
    for (int axis = 0; axis < 3; ++axis) cells += w.target[axis] * w.window[axis];
    demand(static_cast<int64_t>(s.cells.size()) == cells, "its tables do not fit its windows");
    for (int axis = 0; axis < 3; ++axis) {
      const auto inside = [&](int32_t cell) { return cell >= -1 && cell < w.source[axis]; };
      demand(std::all_of(w.cells[axis], w.cells[axis] + w.target[axis] * w.window[axis], inside), "a window sees a cell outside the source");
    }
    demand(w.columns % w.groups == 0, "its columns cannot be divided into groups");
  }

  // A view of a slot that takes as much as its form says.
  void view(const View& v, int64_t slots) const {
    demand(is_item(v.item), "a number has an unknown size");
    if (v.buffer >= 0) return is_buffer(v.buffer);
    demand(v.slot >= 0 && v.slot < slots, "it names a slot that it does not have");
    if (v.slot == 0 && s.block_stride) return;  // the tile of a product: see `product`
    const int64_t rows = v.form == Form::full || v.form == Form::row ? s.chunk_rows : 1;
    const int64_t columns = v.form == Form::full || v.form == Form::column || v.form == Form::part ? s.tile_columns : 1;
    const int64_t end = s.slot_offsets[static_cast<size_t>(v.slot)] + rows * columns * v.item;
    demand(end <= scratch_bytes, "a slot reaches beyond the scratch memory");
  }

  void product() const {
    is_buffer(s.a);
    is_buffer(s.b);
    demand(s.product_item == 4 || s.product_item == 8, "a product has floats or doubles");
    demand(static_cast<int64_t>(s.ahead.size()) <= most_ahead, "it fetches too many buffers early");
    for (int32_t index : s.ahead) is_buffer(index);
    if (s.rate >= 0) is_buffer(s.rate);
    if (s.product_buffer >= 0) {
      is_buffer(s.product_buffer);
    } else {
      demand(s.block_stride >= s.tile_columns && !s.slot_offsets.empty(), "its product has nowhere to go");
      const int64_t end = s.slot_offsets[0] + s.tile_rows * s.block_stride * s.product_item;
      demand(end <= scratch_bytes, "the tile of its product reaches beyond the scratch memory");
    }
    if (!s.head) return;
    windows();
    const Windows w = read_windows(s.numbers.data(), s.cells.data());
    demand(s.head_limit(w, s.tile_rows, std::min(s.tile_columns, s.columns)), "its windows are too large for the kernel");
  }

  void tiles() const {
    demand(s.batch >= 1 && s.rows >= 1 && s.columns >= 1, "its space is empty");
    demand(s.tile_rows >= 1 && s.tile_columns >= 1 && s.chunk_rows >= 1, "its tiles are empty");
    const int64_t across = (s.columns - 1) / s.tile_columns + 1, down = (s.rows - 1) / s.tile_rows + 1;
    demand(s.tiles == s.batch * across * down, "its tiles do not cover its space");
    const int64_t slots = static_cast<int64_t>(s.slot_offsets.size());
    for (int64_t offset : s.slot_offsets) demand(offset >= 0 && offset <= scratch_bytes, "a slot lies outside the scratch memory");
    if (s.product || s.head) product();
    for (const Instruction& instruction : s.instructions) {
      view(instruction.out, slots);
      for (const View& v : instruction.in) view(v, slots);
    }
  }

  void copy() const {
    is_buffer(s.source);
    is_buffer(s.target);
    const size_t axes = s.shape.size();
    demand(static_cast<int64_t>(axes) <= most_axes, "a copy has too many axes");
    demand(s.source_strides.size() == axes && s.target_strides.size() == axes, "a copy has other strides than axes");
    demand(std::all_of(s.shape.begin(), s.shape.end(), [](int64_t size) { return size >= 0; }), "a copy has a negative size");
    demand(is_item(s.item), "a number has an unknown size");
  }

  void table() const {
    is_buffer(s.source);
    is_buffer(s.target);
    is_buffer(s.indices);
    demand(s.index_item == 4 || s.index_item == 8, "indices have 4 or 8 bytes");
    demand(s.count >= 0 && s.width >= 1 && s.table_rows >= 0 && is_item(s.item), "a table has no size");
    demand(s.kind == Kind::gather || s.accumulate, "a scatter does not say what adds");
  }

  void task() const {
    demand(s.task && s.task_needs, "it names no task");
    for (int32_t index : s.operands)
      if (index != -1) is_buffer(index);
    const int64_t count = static_cast<int64_t>(s.numbers.size());
    demand(count >= s.least_numbers, "a task has too few numbers");
    demand(std::all_of(s.numbers.begin(), s.numbers.begin() + s.least_numbers, [](int64_t n) { return n >= 0; }), "a number of a task is negative");
    const Needs needs = s.task_needs(s.numbers.data(), count);
    demand(needs.possible, "a task is too large for its kernel");
    demand(static_cast<int64_t>(s.operands.size()) == needs.operands && needs.operands <= most_operands, "a task has other operands than it reads");
    demand(count == needs.numbers, "a task has other numbers than it reads");
    demand(static_cast<int64_t>(s.reals.size()) == needs.reals, "a task has other reals than it reads");
    demand(s.tiles == needs.tiles, "a task has other tiles than it says");
    demand(needs.own_bytes <= scratch_bytes, "a task needs more memory than was reserved");
    if (needs.has_windows) windows();
  }
};

}  // namespace

void check_station(const Station& station, int64_t buffers, int64_t scratch_bytes) {
  const Check check{station, buffers, scratch_bytes};
  demand(station.tiles >= 1 && station.tiles < INT64_C(1) << 32, "it has no tiles, or too many");
  switch (station.kind) {
    case Kind::tiles: return check.tiles();
    case Kind::copy: return check.copy();
    case Kind::gather:
    case Kind::scatter: return check.table();
    case Kind::task: return check.task();
    case Kind::python: return;
  }
  demand(false, "it is of no known kind");
}

}  // namespace glassworks
