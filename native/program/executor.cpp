#include "executor.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "check.h"

namespace glassworks {
namespace {

constexpr int64_t gather_rows = 8;      // of a batch, in one tile
constexpr double gather_cost = 1000.0;  // nanoseconds for them, roughly

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

Program::Program(std::vector<int64_t> sizes, int64_t arena_bytes, int64_t scratch_bytes,
                 std::shared_ptr<Workspace> workspace)
    : sizes_(std::move(sizes)),
      buffers_(sizes_.size(), nullptr),
      workspace_(std::move(workspace)),
      arena_bytes_(arena_bytes),
      slot_bytes_(ceil_divide(scratch_bytes, alignment) * alignment),
      scratch_bytes_(ceil_divide(slot_bytes_ + kernels().product_scratch_bytes, 4096) * 4096 + alignment) {}

void Program::add_station(Station station) {
  check_station(station, sizes_, slot_bytes_);
  stations_.push_back(std::move(station));
}

void Program::add_wave(std::vector<int32_t> stations) {
  Wave wave;
  for (int32_t index : stations) wave.parallel = wave.parallel || station(index).parallel;
  wave.stations = std::move(stations);
  waves_.push_back(std::move(wave));
}

// Another program may have let the workspace grow, so that the arena lies elsewhere.
void Program::provide_memory() {
  workspace_->scratch.provide(Pool::instance().threads() * scratch_bytes_);
  workspace_->arena.provide(arena_bytes_);
  if (arena_moves_ == workspace_->arena.moves()) return;
  for (const auto& [buffer, offset] : placed_) set_buffer(buffer, workspace_->arena.start() + offset);
  arena_moves_ = workspace_->arena.moves();
}

int64_t Program::bytes() const {
  size_t bytes = buffers_.size() * sizeof(char*) + placed_.size() * sizeof(placed_[0]);
  for (const Station& s : stations_) {
    bytes += sizeof(Station) + s.instructions.size() * sizeof(Instruction) + s.operands.size() * sizeof(s.operands[0]);
    for (const Instruction& i : s.instructions) bytes += i.in.size() * sizeof(View);
    bytes += s.index_tables.size() * sizeof(s.index_tables[0]) + s.int_args.size() * sizeof(s.int_args[0]) +
             s.float_args.size() * sizeof(s.float_args[0]);
  }
  for (const Wave& w : waves_) bytes += sizeof(Wave) + w.order.size() * sizeof(Tile);
  return static_cast<int64_t>(bytes);
}

// Of several stations of a wave, the first one counts: which thread was faster does not matter.
void Program::fail(const Station& station) {
  const int32_t index = static_cast<int32_t>(&station - stations_.data());
  int32_t known = failed_.load();
  while (known < 0 || index < known) {
    if (failed_.compare_exchange_weak(known, index)) return;
  }
}

// What a run needs for its time: arithmetic without subnormal numbers, and the pool unless it is for this thread alone.
struct Program::Running {
  Running(Program& p, bool alone) : program(p), flushed(float_control() | flush_to_zero) {
    program.failed_ = -1;
    program.gathering_.tiles = 0;  // a run that was interrupted may have left some
    program.callers_ = flushed.before();
    Session* mine = alone ? nullptr : &session.emplace();
    program.provide_memory();
    program.session_ = mine;
  }
  ~Running() { program.session_ = nullptr; }
  Program& program;
  FloatScope flushed;
  std::optional<Session> session;
};

bool Program::run(bool timed) {
  const bool inline_run = run_inline && !timed;
  const Running running(*this, inline_run);
  if (inline_run) {
    // Waking other threads would take longer than the work.
    for (const Wave& wave : waves_) {
      for (int32_t index : wave.stations)
        if (!run_station_inline(station(index))) return false;
      if (has_failed()) return false;
    }
    return true;
  }
  return run_waves(timed);
}

// Whether all threads or one alone are faster is found out by trying: it depends on how far apart the cores are and
// on who else uses them, and it changes. Results are the same bit for bit, so the choice is free.
struct ThreadTuner {
  ThreadTuner(Program& p, int64_t planned) : program(p), start(now()) {
    // A trial takes some steps: a slice that has fewer would end in the middle of it.
    if (Pool::instance().threads() == 1 || planned < fewest_steps) return;
    // The first slices meet memory that nobody has touched: what they say is asked again soon.
    const int64_t slice = program.slices_++;
    trying = slice < first_slices || slice % (program.step_seconds_ > long_step ? 32 : 1) == 0;
    if (trying) program.single_threaded_ = false;
  }

  // A trial that did not end has decided nothing: its steps are too long for slices, and those are best shared.
  ~ThreadTuner() {
    if (trying) program.single_threaded_ = false;
  }

  void step_done(double time) {
    if (!trying || ++steps < (program.single_threaded_ ? 1 : 2)) return;  // the first step with all threads wakes them
    if (steps == (program.single_threaded_ ? 1 : 2) && !counting) {
      counting = true;
      start = time;
      steps = program.single_threaded_ ? 1 : 2;
      return;
    }
    if (time - start < least) return;
    const double seconds = (time - start) / static_cast<double>(steps - (program.single_threaded_ ? 1 : 2));
    if (!program.single_threaded_) {
      program.step_seconds_ = seconds;
      program.single_threaded_ = true;
      counting = false;
      steps = 0;
    } else {
      trying = false;
      program.single_threaded_ = seconds < program.step_seconds_;
      program.step_seconds_ = std::min(seconds, program.step_seconds_);
    }
  }

  static constexpr int64_t first_slices = 4;
  static constexpr int64_t fewest_steps = 8;
  static constexpr double least = 0.5e-3;      // seconds that a trial takes at least
  static constexpr double long_step = 1.0e-3;  // steps longer than this are tried more rarely
  Program& program;
  bool trying = false, counting = false;
  int64_t steps = 0;
  double start;
};

int64_t Program::run_steps(const std::vector<Feed>& feeds, const int64_t* rows, int64_t first, int64_t batch_size,
                           int64_t steps, double seconds, bool timed) {
  const Running running(*this, false);
  const double end = now() + seconds;
  // Two places for each input: while a step runs on one, the next batch is gathered into the other.
  int64_t bytes = 0;
  for (const Feed& feed : feeds) bytes += ceil_divide(feed.row_bytes * batch_size, alignment) * alignment;
  workspace_->batches.provide(2 * bytes);
  gathering_ = {&feeds, rows, first, batch_size, ceil_divide(batch_size, gather_rows), 0};
  if (!feeds.empty())
    for (int64_t tile = 0; tile < gathering_.tiles; ++tile) gather(tile);
  int64_t step = 0;
  ThreadTuner tuner(*this, steps);
  for (; step < steps; ++step) {
    int64_t offset = gathering_.side * bytes;
    for (const Feed& feed : feeds) {
      set_buffer(feed.buffer, workspace_->batches.start() + offset);
      offset += ceil_divide(feed.row_bytes * batch_size, alignment) * alignment;
    }
    gathering_.start = first + (step + 1) * batch_size;
    gathering_.side ^= 1;
    if (step + 1 == steps || feeds.empty()) gathering_.tiles = 0;
    if (!run_waves(timed)) {
      step = -1 - step;
      break;
    }
    // Where no wave leaves a thread idle, the next batch is gathered between the steps.
    if (gather_waves_.empty() && !timed)
      for (int64_t tile = 0; tile < gathering_.tiles; ++tile) gather(tile);
    const double time = now();
    if (!timed) tuner.step_done(time);
    if (time > end && step + 1 < steps) {
      ++step;
      break;
    }
  }
  gathering_.tiles = 0;
  return step;
}

void Program::gather(int64_t tile) {
  const int64_t begin = tile * gather_rows, end = std::min(begin + gather_rows, gathering_.batch_size);
  int64_t bytes = 0;
  for (const Feed& feed : *gathering_.feeds)
    bytes += ceil_divide(feed.row_bytes * gathering_.batch_size, alignment) * alignment;
  char* to = workspace_->batches.start() + gathering_.side * bytes;
  for (const Feed& feed : *gathering_.feeds) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t row = gathering_.rows ? gathering_.rows[gathering_.start + i] : gathering_.start + i;
      std::memcpy(to + i * feed.row_bytes, feed.data + row * feed.row_bytes, static_cast<size_t>(feed.row_bytes));
    }
    to += ceil_divide(feed.row_bytes * gathering_.batch_size, alignment) * alignment;
  }
}

bool Program::run_waves(bool timed) {
  if (timed) {
    for (const Wave& wave : waves_)
      for (int32_t index : wave.stations) {
        const double start = now();
        if (!run_station(index) || has_failed()) return false;
        station(index).seconds += now() - start;
        station(index).runs += 1;
      }
    for (int64_t tile = 0; tile < gathering_.tiles; ++tile) gather(tile);
    return true;
  }
  for (Wave& wave : waves_)
    if (!run_wave(wave) || has_failed()) return false;
  return true;
}

struct WaveWork final : Work {
  WaveWork(Program& p, const Tile* t) : program(p), tiles(t) {}
  void run(int64_t i, int thread) override {
    const Tile& tile = tiles[i];
    if (tile.station < 0)
      program.gather(tile.index);
    else
      program.run_tile(program.station(tile.station), tile.index, program.scratch_of(thread));
  }
  Program& program;
  const Tile* tiles;
};

// Each thread gets its part of every station that has tiles for all: always the same, so that it finds the weights
// in its own cache. What cannot be divided goes to the thread that has least to do.
void Program::assign_tiles(Wave& wave, int64_t first_gathered, int64_t gathered) {
  const size_t parties = static_cast<size_t>(Pool::instance().threads());
  if (wave.ends.size() == parties && wave.gathered == gathered) return;
  std::vector<std::vector<Tile>> parts(parties);
  std::vector<double> load(parties, 0.0);
  const auto least = [&] { return static_cast<size_t>(std::min_element(load.begin(), load.end()) - load.begin()); };
  for (int32_t index : wave.stations) {
    const Station& s = station(index);
    const double cost = s.cost / static_cast<double>(s.tiles);
    for (int64_t tile = 0; tile < s.tiles; ++tile) {
      const size_t part = s.tiles >= static_cast<int64_t>(parties)
                              ? static_cast<size_t>(tile * static_cast<int64_t>(parties) / s.tiles)
                              : least();
      parts[part].push_back({index, tile});
      load[part] += cost;
    }
  }
  for (int64_t tile = 0; tile < gathered; ++tile) {
    const size_t part = least();
    parts[part].push_back({-1, first_gathered + tile});
    load[part] += gather_cost;
  }
  wave.gathered = -1;
  wave.order.clear();
  wave.ends.clear();
  for (const auto& part : parts) {
    wave.order.insert(wave.order.end(), part.begin(), part.end());
    wave.ends.push_back(static_cast<int64_t>(wave.order.size()));
  }
  wave.gathered = gathered;
}

bool Program::run_wave(Wave& wave) {
  int64_t first_gathered = 0, gathered = 0;
  const int64_t parts = static_cast<int64_t>(gather_waves_.size());
  for (int64_t i = 0; i < parts; ++i)
    if (&wave - waves_.data() == gather_waves_[static_cast<size_t>(i)]) {
      first_gathered = gathering_.tiles * i / parts;
      gathered = gathering_.tiles * (i + 1) / parts - first_gathered;
    }
  if (single_threaded_) {
    for (int64_t tile = 0; tile < gathered; ++tile) gather(first_gathered + tile);
  } else if (wave.parallel || gathered) {
    assign_tiles(wave, first_gathered, gathered);
    WaveWork work(*this, wave.order.data());
    Pool::instance().run(work, wave.ends);
    return true;
  }
  for (int32_t index : wave.stations)
    if (!run_station_inline(station(index))) return false;
  return true;
}

bool Program::run_station_inline(const Station& s) {
  if (s.kind == Kind::python) return call_back(s);
  for (int64_t tile = 0; tile < s.tiles; ++tile) run_tile(s, tile, scratch_of(0));
  return true;
}

// Foreign code gets the caller's arithmetic, and may use the pool. There can be more threads afterwards.
bool Program::call_back(const Station& s) {
  bool finished;
  {
    const FloatScope callers(callers_);
    const Session::Pause pause(session_);
    finished = callback(s.callback);
  }
  provide_memory();
  return finished;
}

// By itself, to be timed.
bool Program::run_station(int32_t index) {
  Wave wave;
  wave.stations = {index};
  wave.parallel = station(index).parallel;
  if (!wave.parallel) return run_station_inline(station(index));
  assign_tiles(wave, 0, 0);
  WaveWork work(*this, wave.order.data());
  Pool::instance().run(work, wave.ends);
  return true;
}

void Program::run_tile(const Station& s, int64_t tile, char* scratch) {
  switch (s.kind) {
    case Kind::tiles:
      return run_tiles_station(s, tile, scratch);
    case Kind::copy:
      return run_copy(s, tile);
    case Kind::gather:
      return run_gather(s, tile);
    case Kind::scatter:
      return run_scatter(s, tile);
    case Kind::task:
      return run_task(s, tile, scratch);
    case Kind::python:
      return;
  }
}

void Program::run_tiles_station(const Station& s, int64_t tile, char* scratch) {
  const int64_t across = ceil_divide(s.columns, s.tile_columns), down = ceil_divide(s.rows, s.tile_rows);
  const int64_t batch = tile / (across * down), place = tile % (across * down);
  // Column after column: each thread keeps to its own columns of weights, in the product that reads them and in the
  // update.
  const int64_t row = place % down * s.tile_rows, column = place / down * s.tile_columns;
  const int64_t rows = std::min(s.tile_rows, s.rows - row), columns = std::min(s.tile_columns, s.columns - column);
  const char* block = nullptr;
  if (s.product || s.head) {
    const int64_t item = s.product_item;
    Product p;
    p.m = rows;
    p.n = columns;
    p.k = s.k;
    // A head finds its own places in its operands.
    p.a = buffer(s.a) + (s.head ? 0 : batch * s.a_batch + row * s.a_row) * item;
    p.a_row = s.a_row;
    p.a_k = s.a_k;
    p.b = buffer(s.b) + (s.head ? 0 : batch * s.b_batch + column * s.b_column) * item;
    p.b_k = s.b_k;
    p.b_column = s.b_column;
    p.scratch = scratch + slot_bytes_;
    if (s.rate >= 0) std::memcpy(p.scratch, buffer(s.rate), static_cast<size_t>(item));
    p.ahead_count = 0;
    p.ahead_row = s.columns * item;
    for (int32_t index : s.ahead)
      p.ahead[p.ahead_count++] = buffer(index) + ((batch * s.rows + row) * s.columns + column) * item;
    if (s.product_buffer >= 0) {
      p.c = buffer(s.product_buffer) + ((batch * s.rows + row) * s.columns + column) * item;
      p.c_row = s.columns;
    } else {
      p.c = scratch + s.slot_offsets[0];
      p.c_row = s.block_stride;
    }
    if (s.head)
      s.head->entry->head(p, read_windows(s.int_args.data(), s.index_tables.data()), row, column);
    else
      s.product(p);
    block = p.c;
  }
  if (s.instructions.empty()) return;
  for (int64_t done = 0; done < rows; done += s.chunk_rows) {
    const int64_t chunk = std::min(s.chunk_rows, rows - done);
    const char* part = block && s.product_buffer < 0 ? block + done * s.block_stride * s.product_item : nullptr;
    run_instructions(s, batch, row + done, column, chunk, columns, part, scratch);
  }
}

void Program::run_instructions(const Station& s, int64_t batch, int64_t row, int64_t column, int64_t rows,
                               int64_t columns, const char* block, char* scratch) {
  // Where an operand of the tile starts, and its step from row to row.
  const auto place = [&](const View& v, int64_t& step) -> char* {
    if (v.buffer >= 0) {
      char* start = buffer(v.buffer);
      step = s.columns;
      switch (v.form) {
        case Form::full:
          return start + ((batch * s.rows + row) * s.columns + column) * v.item;
        case Form::row:
          return start + (batch * s.rows + row) * v.item;
        case Form::column:
          return start + column * v.item;
        case Form::scalar:
          return start;
        case Form::part:
          return start + ((batch * s.rows + row) / s.tile_rows * s.columns + column) * v.item;
      }
    }
    if (v.slot == 0 && block) {
      step = s.block_stride;
      return const_cast<char*>(block);
    }
    step = columns;
    return scratch + s.slot_offsets[static_cast<size_t>(v.slot)];
  };
  for (const Instruction& instruction : s.instructions) {
    Call call;
    call.first_row = batch * s.rows + row;
    call.first_column = column;
    call.space_columns = s.columns;
    switch (instruction.extent) {
      case Form::full:
        call.rows = rows;
        call.columns = columns;
        break;
      case Form::row:
        call.rows = 1;
        call.columns = rows;
        break;
      case Form::column:
        call.rows = 1;
        call.columns = columns;
        break;
      case Form::scalar:
      case Form::part:
        call.rows = 1;
        call.columns = 1;
        break;
    }
    const bool whole = instruction.extent == Form::full;
    call.accumulate = instruction.out.form == Form::part && row % s.tile_rows != 0;
    int64_t step;
    call.out = place(instruction.out, step);
    call.out_stride = whole ? step : 0;
    int i = 0;
    for (const View& v : instruction.in) {
      call.in[i] = place(v, step);
      call.row_stride[i] = !whole ? 0 : v.form == Form::full ? step : v.form == Form::row ? 1 : 0;
      call.column_stride[i] =
          v.form == Form::full || v.form == Form::column || (instruction.extent == Form::row && v.form == Form::row);
      ++i;
    }
    instruction.kernel(call);
  }
}

void Program::run_task(const Station& s, int64_t tile, char* scratch) {
  char* operands[most_operands];
  for (size_t i = 0; i < s.operands.size(); ++i) operands[i] = s.operands[i] < 0 ? nullptr : buffer(s.operands[i]);
  bool failed = false;
  s.task->entry->task({operands, s.int_args.data(), s.float_args.data(), s.index_tables.data(), tile,
                       scratch + slot_bytes_, scratch, &failed});
  if (failed) fail(s);
}

}  // namespace glassworks
