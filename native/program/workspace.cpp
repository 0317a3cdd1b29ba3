#include "workspace.h"

#include "glassworks/program.h"

namespace glassworks {

void Piece::provide(int64_t bytes) {
  if (bytes <= bytes_) return;
  // The old memory goes first: both together are not needed.
  memory_.reset();
  start_ = nullptr;
  bytes_ = 0;
  ++moves_;
  memory_.reset(new char[static_cast<size_t>(bytes + alignment)]);
  start_ = memory_.get() + (alignment - reinterpret_cast<uintptr_t>(memory_.get()) % alignment) % alignment;
  bytes_ = bytes;
}

}  // namespace glassworks
