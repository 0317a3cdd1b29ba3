#include "check.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "glassworks/kernels.h"

namespace glassworks {
namespace {

void demand(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(std::string("a station cannot be run: ") + what);
}

struct Check {
  const Station& s;
  const std::vector<int64_t>& sizes;
  int64_t scratch_bytes;

  // Checks for a buffer of at least the given number of bytes.
  void buffer(int32_t index, int64_t bytes) const {
    demand(index >= 0 && index < static_cast<int64_t>(sizes.size()),
           "it names a buffer that the program does not have");
    demand(bytes <= sizes[static_cast<size_t>(index)], "it reaches beyond a buffer");
  }

  // Numbers of a value in the station's space.
  int64_t numbers_of(Form form) const {
    switch (form) {
      case Form::full:
        return s.batch * s.rows * s.columns;
      case Form::row:
        return s.batch * s.rows;
      case Form::column:
        return s.columns;
      case Form::scalar:
        return 1;
      case Form::part:
        return ((s.batch * s.rows - 1) / s.tile_rows + 1) * s.columns;
    }
    return 0;
  }

  bool is_item(int32_t item) const { return item == 1 || item == 2 || item == 4 || item == 8 || item == 16; }

  // Tables of windows: as many cells as places have taps, all of them inside the source.
  void windows() const {
    const Windows w = read_windows(s.int_args.data(), s.index_tables.data());
    int64_t cells = 0;
    for (int axis = 0; axis < 3; ++axis) cells += w.target[axis] * w.window[axis];
    demand(static_cast<int64_t>(s.index_tables.size()) == cells, "its tables do not fit its windows");
    for (int axis = 0; axis < 3; ++axis) {
      const auto inside = [&](int32_t cell) { return cell >= -1 && cell < w.source[axis]; };
      demand(std::all_of(w.cells[axis], w.cells[axis] + w.target[axis] * w.window[axis], inside),
             "a window sees a cell outside the source");
    }
    demand(w.columns % w.groups == 0, "its columns cannot be divided into groups");
  }

  // A view of a buffer, or of a slot, which takes as much as its form says.
  void view(const View& v, int64_t slots) const {
    demand(is_item(v.item), "a number has an unknown size");
    if (v.buffer >= 0) return buffer(v.buffer, numbers_of(v.form) * v.item);
    demand(v.slot >= 0 && v.slot < slots, "it names a slot that it does not have");
    if (v.slot == 0 && s.block_stride) return;  // the tile of a product: see `product`
    const int64_t rows = v.form == Form::full || v.form == Form::row ? s.chunk_rows : 1;
    const int64_t columns = v.form == Form::full || v.form == Form::column || v.form == Form::part ? s.tile_columns : 1;
    const int64_t end = s.slot_offsets[static_cast<size_t>(v.slot)] + rows * columns * v.item;
    demand(end <= scratch_bytes, "a slot reaches beyond the scratch memory");
  }

  void product() const {
    const int64_t item = s.product_item, full = numbers_of(Form::full) * item;
    demand(s.product_item == 4 || s.product_item == 8, "a product has floats or doubles");
    demand(static_cast<int64_t>(s.ahead.size()) <= most_ahead, "it fetches too many buffers early");
    for (int32_t index : s.ahead) buffer(index, full);
    if (s.rate >= 0) buffer(s.rate, item);
    if (s.product_buffer >= 0) {
      buffer(s.product_buffer, full);
    } else {
      demand(s.block_stride >= s.tile_columns && !s.slot_offsets.empty(), "its product has nowhere to go");
      const int64_t end = s.slot_offsets[0] + s.tile_rows * s.block_stride * s.product_item;
      demand(end <= scratch_bytes, "the tile of its product reaches beyond the scratch memory");
    }
    if (s.head) return head();
    for (int64_t step : {s.k, s.a_batch, s.a_row, s.a_k, s.b_batch, s.b_k, s.b_column})
      demand(step >= 0, "a step of its product is negative");
    const int64_t last = std::max<int64_t>(s.k, 1) - 1;
    buffer(s.a, ((s.batch - 1) * s.a_batch + (s.rows - 1) * s.a_row + last * s.a_k + 1) * item);
    buffer(s.b, ((s.batch - 1) * s.b_batch + last * s.b_k + (s.columns - 1) * s.b_column + 1) * item);
  }

  void head() const {
    check_integers(*s.head, s.int_args);
    windows();
    const Windows w = read_windows(s.int_args.data(), s.index_tables.data());
    const int64_t places = w.target[0] * w.target[1] * w.target[2], images = s.rows / places;
    demand(s.batch == 1 && s.rows % places == 0 && s.columns == w.columns && s.b_k == s.columns,
           "its windows are of another space");
    const int64_t needs = s.head->entry->head_needs(w, images, s.tile_rows, std::min(s.tile_columns, s.columns));
    demand(needs >= 0, "its windows are too large for the kernel");
    buffer(s.a, images * w.source[0] * w.source[1] * w.source[2] * w.channels * w.groups * s.product_item);
    buffer(s.b, needs);
  }

  void tiles() const {
    demand(s.batch >= 1 && s.rows >= 1 && s.columns >= 1, "its space is empty");
    demand(s.tile_rows >= 1 && s.tile_columns >= 1 && s.chunk_rows >= 1, "its tiles are empty");
    const int64_t across = (s.columns - 1) / s.tile_columns + 1, down = (s.rows - 1) / s.tile_rows + 1;
    demand(s.tiles == s.batch * across * down, "its tiles do not cover its space");
    const int64_t slots = static_cast<int64_t>(s.slot_offsets.size());
    for (int64_t offset : s.slot_offsets)
      demand(offset >= 0 && offset <= scratch_bytes, "a slot lies outside the scratch memory");
    if (s.product || s.head) product();
    for (const Instruction& instruction : s.instructions) {
      view(instruction.out, slots);
      for (const View& v : instruction.in) view(v, slots);
    }
  }

  void copy() const {
    const size_t axes = s.shape.size();
    demand(static_cast<int64_t>(axes) <= most_axes, "a copy has too many axes");
    demand(s.source_strides.size() == axes && s.target_strides.size() == axes, "a copy has other strides than axes");
    demand(std::all_of(s.shape.begin(), s.shape.end(), [](int64_t size) { return size >= 0; }),
           "a copy has a negative size");
    demand(is_item(s.item), "a number has an unknown size");
    reach(s.source, s.source_offset, s.source_strides);
    reach(s.target, 0, s.target_strides);
  }

  // From its first cell to its last a copy stays inside a buffer.
  void reach(int32_t index, int64_t offset, const std::vector<int64_t>& strides) const {
    buffer(index, 0);
    if (std::find(s.shape.begin(), s.shape.end(), 0) != s.shape.end()) return;
    int64_t first = offset, last = offset;
    for (size_t axis = 0; axis < strides.size(); ++axis)
      (strides[axis] < 0 ? first : last) += (s.shape[axis] - 1) * strides[axis];
    demand(first >= 0, "a copy begins before a buffer");
    buffer(index, (last + 1) * s.item);
  }

  void table() const {
    const bool gathers = s.kind == Kind::gather;
    buffer(gathers ? s.source : s.target, s.table_rows * s.width * s.item);
    buffer(gathers ? s.target : s.source, s.count * s.width * s.item);
    buffer(s.indices, s.count * s.index_item);
    demand(s.index_item == 4 || s.index_item == 8, "indices have 4 or 8 bytes");
    demand(s.count >= 0 && s.width >= 1 && s.table_rows >= 0 && is_item(s.item), "a table has no size");
    demand(s.kind == Kind::gather || s.accumulate, "a scatter does not say what adds");
  }

  void task() const {
    demand(s.task, "it names no task");
    check_integers(*s.task, s.int_args);
    const Needs needs = s.task->entry->task_needs(s.int_args.data());
    demand(needs.possible, "a task is too large for its kernel");
    const int64_t count = static_cast<int64_t>(s.operands.size());
    demand(count == s.task->operand_count(s.int_args.data()) && count <= most_operands,
           "a task has other operands than it reads");
    demand(s.float_args.size() == s.task->float_args.size(), "a task has other floats than it reads");
    demand(s.tiles == needs.tiles, "a task has other tiles than it says");
    for (size_t i = 0; i < s.operands.size(); ++i)
      if (s.operands[i] != -1 || needs.bytes[i]) buffer(s.operands[i], needs.bytes[i]);
    demand(needs.workspace_bytes <= scratch_bytes, "a task needs more workspace than was reserved");
    if (s.task->has_windows) windows();
  }
};

}  // namespace

void check_integers(const KernelInfo& kernel, const std::vector<int64_t>& int_args) {
  const int64_t count = static_cast<int64_t>(int_args.size());
  demand(count >= kernel.fixed_ints, "a kernel has other integers than it reads");
  const auto first = int_args.begin(), last = first + (kernel.fixed_ints - kernel.entry->signature.signed_ints);
  demand(std::all_of(first, last, [](int64_t n) { return n >= 0; }), "a size is negative");
  demand(count == kernel.int_count(int_args.data()), "a kernel has other integers than it reads");
  if (!kernel.has_windows) return;
  const WindowArgs w = read_args<WindowArgs>(int_args.data());
  bool positive = w.groups > 0 && w.channels > 0 && w.columns > 0;
  for (int i = 0; i < 3; ++i)
    positive = positive && w.source[i] > 0 && w.target[i] > 0 && w.window[i] > 0 && w.phase_stride[i] > 0;
  demand(positive, "a size of its windows is not positive");
  // Kernels divide by the product of these, which must not wrap around to 0.
  demand(w.target[2] <= INT64_MAX / w.target[0] / w.target[1], "its windows stand at too many positions");
}

void check_station(const Station& station, const std::vector<int64_t>& sizes, int64_t scratch_bytes) {
  const Check check{station, sizes, scratch_bytes};
  demand(station.tiles >= 1 && station.tiles < INT64_C(1) << 32, "it has no tiles, or too many");
  switch (station.kind) {
    case Kind::tiles:
      return check.tiles();
    case Kind::copy:
      return check.copy();
    case Kind::gather:
    case Kind::scatter:
      return check.table();
    case Kind::task:
      return check.task();
    case Kind::python:
      return;
  }
  demand(false, "it is of no known kind");
}

}  // namespace glassworks
