// Is a station safe to run? Asked once, when a program takes it.
#pragma once

#include "glassworks/program.h"

namespace glassworks {

// Raises std::invalid_argument for a station that names a buffer which the program does not have, needs more scratch memory than
// `scratch_bytes`, or gives a kernel other operands and numbers than it reads. How long buffers are is the planner's to know.
void check_station(const Station& station, int64_t buffers, int64_t scratch_bytes);

}  // namespace glassworks
