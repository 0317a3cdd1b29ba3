// Is a station safe to run? Asked once, when a program takes it; about the integers of a task also by the planner.
#pragma once

#include "glassworks/kernels.h"

namespace glassworks {

// Raises std::invalid_argument for a station that would read or write outside the buffers, whose `sizes` are in bytes,
// or outside `scratch_bytes` of scratch memory, or that gives a kernel other operands and numbers than it reads.
void check_station(const Station& station, const std::vector<int64_t>& sizes, int64_t scratch_bytes);

// Raises std::invalid_argument for integers that the functions of a kernel must not be asked about: others than it
// reads, negative sizes, or windows of no size, by which it divides.
void check_integers(const KernelInfo& kernel, const std::vector<int64_t>& int_args);

}  // namespace glassworks
