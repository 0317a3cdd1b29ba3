// A program: stations in an order that can be run, and the memory they work in.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "arithmetic.h"
#include "glassworks/kernels.h"
#include "pool.h"
#include "workspace.h"

namespace glassworks {

class Program {
 public:
  // `sizes` of the buffers in bytes; `arena_bytes` of memory for what lives only within a run; `scratch_bytes` for each
  // thread. Programs with the same workspace must not run at the same time.
  Program(std::vector<int64_t> sizes, int64_t arena_bytes, int64_t scratch_bytes, std::shared_ptr<Workspace> workspace);

  void place_in_arena(int32_t buffer, int64_t offset) { placed_.push_back({buffer, offset}); }
  int64_t arena_bytes() const { return arena_bytes_; }
  // What it keeps for itself: tables and instructions, without the workspace and without what is bound.
  int64_t bytes() const;
  int64_t buffer_count() const { return static_cast<int64_t>(buffers_.size()); }
  void set_buffer(int32_t buffer, char* data) { buffers_[static_cast<size_t>(buffer)] = data; }
  char* buffer(int32_t index) const { return buffers_[static_cast<size_t>(index)]; }
  // Raises std::invalid_argument for a station that would read or write outside what it has (check.cpp).
  void add_station(Station station);
  void add_wave(std::vector<int32_t> stations);
  // The waves during which the next batch is gathered, a part in each: those that leave threads idle.
  void set_gather_waves(std::vector<int32_t> waves) { gather_waves_ = std::move(waves); }
  Station& station(int64_t index) { return stations_[static_cast<size_t>(index)]; }
  int64_t station_count() const { return static_cast<int64_t>(stations_.size()); }

  // Ops without a kernel call back; false means that the callback failed and the run ends.
  std::function<bool(int64_t)> callback;

  // What a call binds before it runs, in order; and whether it is so short that one thread does it best.
  struct Operand {
    int32_t buffer;
    int64_t bytes;
    bool writable;
  };
  std::vector<Operand> call_operands;
  bool run_inline = false;

  // Run once. With `timed`, each station runs by itself and its time is kept. False if a callback or a check failed.
  bool run(bool timed);
  // The station that found a number outside its range and so ended the last run, or -1. The planner puts such stations
  // before all that change variables: these are then as they were before the step.
  int32_t failed_station() const { return failed_; }
  // Run over batches of `batch_size` rows of the data behind the feeds, in the order of `rows` (or as they stand, from
  // `first`), until `steps` are done or `seconds` are over. The number of steps done; -1 - that number if the next one
  // failed.
  int64_t run_steps(const std::vector<Feed>& feeds, const int64_t* rows, int64_t first, int64_t batch_size,
                    int64_t steps, double seconds, bool timed = false);

 private:
  // Where the rows of a step come from, and to which of the two places of each input they go.
  struct Gathering {
    const std::vector<Feed>* feeds = nullptr;
    const int64_t* rows = nullptr;
    int64_t start = 0, batch_size = 0, tiles = 0;
    int side = 0;
  };

  bool run_waves(bool timed);
  void gather(int64_t tile);
  bool run_wave(Wave& wave);
  void assign_tiles(Wave& wave, int64_t first_gathered, int64_t gathered);
  bool run_station(int32_t index);
  bool run_station_inline(const Station& station);
  bool call_back(const Station& station);

  std::vector<int64_t> sizes_;
  std::vector<char*> buffers_;
  std::vector<Station> stations_;
  std::vector<Wave> waves_;
  Gathering gathering_;
  std::vector<int32_t> gather_waves_;
  std::shared_ptr<Workspace> workspace_;
  std::vector<std::pair<int32_t, int64_t>> placed_;  // buffers in the arena, and their offsets there
  int64_t arena_moves_ = -1;                         // of the arena that the buffers point into
  int64_t arena_bytes_;
  int64_t slot_bytes_, scratch_bytes_;
  std::atomic<int32_t> failed_{-1};
  Session* session_ = nullptr;  // of the run, if it has one
  FloatControl callers_ = 0;    // how the caller of the run computes

  bool single_threaded_ = false;  // whether one thread does everything
  double step_seconds_ = 0;
  int64_t slices_ = 0;

  friend struct WaveWork;
  friend struct ThreadTuner;
  void run_tile(const Station& station, int64_t tile, char* scratch);
  void run_tiles_station(const Station& s, int64_t tile, char* scratch);
  void run_instructions(const Station& s, int64_t batch, int64_t row, int64_t column, int64_t rows, int64_t columns,
                        const char* block, char* scratch);
  void run_task(const Station& s, int64_t tile, char* scratch);
  void run_copy(const Station& s, int64_t tile);
  void run_gather(const Station& s, int64_t tile);
  void run_scatter(const Station& s, int64_t tile);
  void fail(const Station& station);
  bool has_failed() const { return failed_.load(std::memory_order_relaxed) >= 0; }
  char* scratch_of(int thread) { return workspace_->scratch.start() + thread * scratch_bytes_; }
  void provide_memory();
  struct Running;
};

}  // namespace glassworks
