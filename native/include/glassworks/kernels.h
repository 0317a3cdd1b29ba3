// The table of kernels that each instruction set exports. It is the contract with the planner: everything that a kernel
// reads, fills and is told has a name here, and the planner builds its calls by these names.
#pragma once

#include "glassworks/program.h"

namespace glassworks {

// What a kernel does with a space of rows and columns.
enum class KernelKind : int32_t {
  elementwise,     // an element from the elements at the same position
  reduce_columns,  // a number from each row
  reduce_rows,     // a number from each column; or, in parts of the rows, one from each column of each part
  rowwise,         // whole rows from whole rows
  expand,          // a row from a number
  generate,        // an element from its position
  head,            // fills the tile that instructions then work on, as a matrix product does
  task,            // cuts its work in its own way
};

// The names of what a kernel reads, fills and is told: texts such as "x, y", made by the macros of arguments.h.
struct Signature {
  const char* inputs;
  const char* outputs;
  const char* int_args = "";
  const char* float_args = "";
  int64_t signed_ints = 0;  // how many of the integers before the lists, at their end, may be negative
};

// A line of the table. The name is the op and what tells its kernels apart: the dtype of the first input
// ("add.float32"), that of the result, too ("cast.float32.int32"), or the bytes of an element ("where.4"); nothing
// where there is one kernel for all ("concatenate").
struct KernelEntry {
  const char* name;
  KernelKind kind;
  Signature signature;
  Kernel kernel = nullptr;
  HeadKernel head = nullptr;
  HeadNeeds head_needs = nullptr;
  TaskKernel task = nullptr;
  TaskNeeds task_needs = nullptr;
};

// An operand or integer by name: one, an array of a fixed length, or a list as long as the integer `counted_by` says.
struct Argument {
  std::string name;
  int64_t count = 1;
  std::string counted_by;
};

// An entry with its signature read: what the planner is told, and what a station is checked with.
struct KernelInfo {
  const KernelEntry* entry;
  std::string name, op;             // "cast.float32.int32", "cast"
  std::vector<std::string> dtypes;  // "float32", "int32"
  std::vector<Argument> inputs, outputs, int_args, float_args;
  int64_t fixed_ints = 0;    // how many integers stand before the lists
  bool has_windows = false;  // whether the integers begin with those of windows, and tables belong to them

  explicit KernelInfo(const KernelEntry& entry);
  // How many integers, or how many operands, there are for these integers, of which there are at least `fixed_ints`.
  int64_t int_count(const int64_t* integers) const { return count_of(int_args, integers); }
  int64_t operand_count(const int64_t* integers) const {
    return count_of(inputs, integers) + count_of(outputs, integers);
  }

 private:
  int64_t count_of(const std::vector<Argument>& arguments, const int64_t* integers) const;
  int64_t position_of(const std::string& name) const;
};

struct KernelTable {
  const char* isa;
  int vector_bytes;
  const KernelEntry* entries;
  int64_t count;
  ProductKernel product_float32, product_float64, rank_one_float32, rank_one_float64;
  int64_t product_scratch_bytes;
  int64_t panel_columns;  // of float32 that one panel of a product has
};

// Those that the CPU's family can have; CMake compiles the same ones.
const KernelTable& kernels_baseline();
const KernelTable& kernels_avx2();
const KernelTable& kernels_avx512();
const KernelTable& kernels_neon();

// The table in use: the best that the CPU can run, or the one named by GLASSWORKS_ISA.
const KernelTable& kernels();
// Use the table of this name; false if this CPU cannot run it.
bool choose_kernels(const std::string& isa);
std::vector<std::string> runnable_isas();
// All kernels in use, in the order of the table. They stay where they are.
const std::vector<KernelInfo>& kernel_infos();
// The kernel of this name in use, or null.
const KernelInfo* find_kernel(const std::string& name);

}  // namespace glassworks
