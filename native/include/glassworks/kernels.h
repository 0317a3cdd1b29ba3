// The table of kernels that each instruction set exports.
#pragma once

#include "glassworks/program.h"

namespace glassworks {

struct NamedKernel {
  const char* name;  // "add.float32": what it does, and the dtype of its first input
  Kernel kernel;
};

struct NamedWindowKernel {
  const char* name;
  WindowKernel kernel;
  WindowNeeds needs;
};

struct NamedTaskKernel {
  const char* name;
  TaskKernel kernel;
  NeedsOf needs;
  int64_t least_numbers;  // before it can say what it needs
};

struct KernelTable {
  const char* isa;
  int vector_bytes;
  const NamedKernel* kernels;
  int64_t kernel_count;
  const NamedWindowKernel* heads;
  int64_t head_count;
  const NamedTaskKernel* tasks;
  int64_t task_count;
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
Kernel find_kernel(const std::string& name);
// Those with this name, or null.
const NamedWindowKernel* find_head(const std::string& name);
const NamedTaskKernel* find_task(const std::string& name);

}  // namespace glassworks
