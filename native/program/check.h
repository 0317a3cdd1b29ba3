// Is a station safe to run? Asked once, when a program takes it.
#pragma once

#include "glassworks/program.h"

namespace glassworks {

// Raises std::invalid_argument for a station that would read or write outside the buffers, whose `sizes` are in bytes,
// or outside `scratch_bytes` of scratch memory, or that gives a kernel other operands and numbers than it reads.
void check_station(const Station& station, const std::vector<int64_t>& sizes, int64_t scratch_bytes);

}  // namespace glassworks
