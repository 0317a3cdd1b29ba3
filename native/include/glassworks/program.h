// What a program is made of. Plain data: the planner in Python fills it in, the executor walks over it.
//
// A station is a unit of work. It is divided into tiles, which threads take one by one; the
// cut depends on shapes alone, so results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "glassworks/arguments.h"

namespace glassworks {

// How a value lies in a space of rows x columns.
enum class Form : int32_t {
  full = 0,    // one number per place
  row = 1,     // one number per row, the same for all columns
  column = 2,  // one number per column, the same for all rows
  scalar = 3,  // one number
  part = 4,    // one number per column for each tile of rows
};

constexpr int most_inputs = 10;
constexpr int64_t most_axes = 64;  // of an array, as in NumPy
constexpr int64_t alignment = 64;  // of buffers and scratch slots, in bytes

// One instruction on one tile, as a kernel sees it. Strides are in elements; a column stride is 0 or 1.
// Where an instruction has several outputs, those after the first follow its inputs.
struct Call {
  int64_t rows, columns;
  char* out;
  int64_t out_stride;
  const char* in[most_inputs];
  int64_t row_stride[most_inputs];
  int64_t column_stride[most_inputs];
  int64_t first_row, first_column, space_columns;  // where the tile lies, for kernels that make numbers from places
  bool accumulate;                                 // of a reduction over rows: join what stands in `out` already
};
using Kernel = void (*)(const Call&);

constexpr int64_t most_ahead = 4;

// A matrix product of one tile: c[m x n] = a[m x k] b[k x n]. Strides are in elements.
struct Product {
  int64_t m, n, k;
  const char* a;
  int64_t a_row, a_k;
  const char* b;
  int64_t b_k, b_column;
  char* c;
  int64_t c_row;
  char* scratch;
  // What the epilogue will read at the same places as c: fetched into the cache while the product is computed.
  const char* ahead[most_ahead];
  int64_t ahead_count, ahead_row;  // bytes from row to row
  bool accumulate = false;         // add to c instead of filling it
};
using ProductKernel = void (*)(const Product&);

// Windows that slide over up to three axes of images, channels last. Sizes are those of the source, of the positions
// that windows stand at (the target), and of a window; `channels` are those of the source in each group, `columns`
// those of the target in all. Along the last axis, neighbouring taps see neighbouring elements if `contiguous_taps`.
// Positions of the target that are `phase_stride` apart see through the same taps; through the others they see nothing.
#define GW_WINDOW_ARGS source[3], target[3], window[3], groups, channels, columns, contiguous_taps, phase_stride[3]
GW_INT_ARGS(WindowArgs, GW_WINDOW_ARGS);
constexpr int64_t most_window_lines =
    128;  // of a window whose taps are found one by one: depthwise convolution and pooling

// With a table for each axis: `cells[axis][position * window + tap]` is the index in the source that a tap sees, -1 for
// none.
struct Windows : WindowArgs {
  const int32_t* cells[3];
};
// The tables may be null where only the sizes matter.
static inline Windows read_windows(const int64_t* int_args, const int32_t* index_tables) {
  Windows w{read_args<WindowArgs>(int_args), {}};
  for (int i = 0; i < 3; ++i) {
    w.cells[i] = index_tables;
    if (index_tables) index_tables += w.target[i] * w.window[i];
  }
  return w;
}
// Fills the tile of c from `row` and `column` on.
using HeadKernel = void (*)(const Product&, const Windows&, int64_t row, int64_t column);
// The size of the right operand of a head in bytes, for given numbers of images, and of rows and columns of a tile;
// -1 if the head does not support them.
using HeadNeeds = int64_t (*)(const Windows&, int64_t images, int64_t rows, int64_t columns);

constexpr int64_t most_operands = 64;  // of a task

// One tile of a task: work that a kernel cuts in its own way. Operands and arguments are in the order of its signature.
struct TaskCall {
  char* const* operands;
  const int64_t* int_args;
  const double* float_args;
  const int32_t* index_tables;
  int64_t tile;
  char* scratch;    // of a matrix product
  char* workspace;  // as much as the task needs
  bool* failed;     // set by a check that finds a number outside its range

  // Operands and integers as the structs that name them.
  template <class Operands>
  Operands operands_as() const {
    Operands named;
    std::memcpy(&named, operands, sizeof named);
    return named;
  }
  template <class Args>
  Args args_as() const {
    return read_args<Args>(int_args);
  }
};
using TaskKernel = void (*)(const TaskCall&);

// The size of the largest of `parts` parts.
static inline int64_t largest_part(int64_t total, int64_t parts) {
  return parts > 0 ? (total + parts - 1) / parts : total;
}

// What a task needs beside what its signature says: how many tiles, bytes of workspace, and bytes of each operand (0
// for one that may be absent). `possible` is false where the kernel cannot do what its integers ask for.
struct Needs {
  int64_t tiles, workspace_bytes;
  bool possible = true;
  int64_t bytes[most_operands] = {};
};
// Of as many integers as the signature says.
using TaskNeeds = Needs (*)(const int64_t* int_args);

// An operand: a buffer of the program, or a slot of the thread's scratch memory, and how it lies in the space.
struct View {
  int32_t buffer = -1;  // index of a buffer, or -1
  int32_t slot = -1;    // index of a scratch slot, or -1; the tile of a matrix product is slot 0
  Form form = Form::full;
  int32_t item = 4;  // bytes per element
};

struct Instruction {
  Kernel kernel = nullptr;
  Form extent = Form::full;  // what it iterates over
  View out;
  std::vector<View> in;
};

enum class Kind : int32_t {
  tiles = 0,    // instructions on tiles of a space, perhaps after a matrix product
  copy = 1,     // a copy with strides: transpose, broadcast, slice
  gather = 2,   // rows of a table chosen by indices
  scatter = 3,  // rows added into a table at indices
  python = 4,   // the reference forward of an op without a kernel
  task = 5,     // a kernel of its own: pooling, a recurrent layer over all its steps, attention
};

struct KernelInfo;

struct Station {  // fields are checked when a program takes it: see native/program/check.cpp
  Kind kind = Kind::tiles;
  bool parallel = false;
  int64_t tiles = 1;
  double cost = 0;     // expected, in any unit: to share out the work evenly
  double seconds = 0;  // measured, when asked for
  int64_t runs = 0;

  // tiles
  int64_t batch = 1, rows = 1, columns = 1;  // the space; instructions run on it once for each of the batch
  int64_t tile_rows = 1, tile_columns = 1;
  int64_t chunk_rows = 1;  // the number of rows on which instructions run at a time
  std::vector<Instruction> instructions;
  std::vector<int64_t> slot_offsets;  // bytes, in the thread's scratch memory

  // the matrix product that fills slot 0, or the buffer `product_buffer` if there is nothing else to do
  ProductKernel product = nullptr;
  int32_t a = -1, b = -1, product_buffer = -1, product_item = 4;
  int64_t k = 0, a_row = 0, a_k = 0, b_k = 0, b_column = 0, a_batch = 0, b_batch = 0;
  int64_t block_stride = 0;
  int32_t rate = -1;           // of a rank-one descent: the buffer of its factor
  std::vector<int32_t> ahead;  // buffers to fetch early, of the product's item size

  // a head that fills slot 0 in place of a product, or a task, and what it is told
  const KernelInfo* head = nullptr;
  const KernelInfo* task = nullptr;
  std::vector<int32_t> operands, index_tables;
  std::vector<int64_t> int_args;
  std::vector<double> float_args;

  // copy, gather, scatter
  int32_t source = -1, target = -1, indices = -1, item = 4, index_item = 4;
  int64_t source_offset = 0;
  std::vector<int64_t> shape, source_strides, target_strides;  // elements
  int64_t table_rows = 0, count = 0, width = 0;
  Kernel accumulate = nullptr;  // scatter: out += in

  // python
  int64_t callback = -1;
};

// One tile of a station; of station -1, the gathering of some rows of the next batch.
struct Tile {
  int32_t station;
  int64_t index;
};

// Stations that may run at the same time. Their tiles in the order of the threads that should take them: thread i has
// those from ends[i - 1] to ends[i].
struct Wave {
  std::vector<int32_t> stations;
  bool parallel = false;
  std::vector<Tile> order;
  std::vector<int64_t> ends;
  int64_t gathered = -1;  // how many tiles of gathering the order holds
};

// A source of batches: rows of a data set, copied into a buffer before each step.
struct Feed {
  const char* data = nullptr;
  int32_t buffer = -1;
  int64_t row_bytes = 0;
};

}  // namespace glassworks
