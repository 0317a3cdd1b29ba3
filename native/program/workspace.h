// Memory for what lives only within a run. Programs that run one at a time share it: it is as large as the largest of
// them needs.
#pragma once

#include <cstdint>
#include <memory>

namespace glassworks {

// Memory that begins where a cache line does, and grows. What was in it is gone when it has grown.
class Piece {
 public:
  // Provides at least `bytes` bytes. Throws std::bad_alloc, and is empty then: a smaller request may still succeed.
  void provide(int64_t bytes);
  char* start() const { return start_; }
  int64_t bytes() const { return bytes_; }
  // How often it has moved: pointers into it hold as long as this stays the same.
  int64_t moves() const { return moves_; }

 private:
  std::unique_ptr<char[]> memory_;
  char* start_ = nullptr;
  int64_t bytes_ = 0, moves_ = 0;
};

struct Workspace {
  Piece arena;    // values that stations hand on
  Piece scratch;  // a part for each thread
  Piece batches;  // two places for each input: while a step runs on one, the next batch is gathered into the other
  int64_t bytes() const { return arena.bytes() + scratch.bytes() + batches.bytes(); }
};

}  // namespace glassworks
