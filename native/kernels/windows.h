// Windows that slide over images, channels last: convolution and its gradients as matrix products whose left matrix is
// never in memory as a whole; `window_rows.h` lays out some of its rows at a time.
#pragma once

#include "window_rows.h"

namespace {

using glassworks::Needs;
using glassworks::TaskCall;

constexpr int64_t most_taps = 2048;  // as the planner sees to

// The taps along an axis through which places of one phase see something.
struct Taps {
  int64_t taps[most_taps], count = 0;

  Taps(const Windows& w, int axis, int64_t phase) {
    for (int64_t tap = 0; tap < w.window[axis]; ++tap)
      for (int64_t place = phase; place < w.target[axis]; place += w.phase_stride[axis])
        if (w.cells[axis][place * w.window[axis] + tap] >= 0) {
          taps[count++] = tap;
          break;
        }
  }
};

// Some places of one phase: their windows, of the taps that see something, times the rows of b that belong to these.
template <class T>
void convolution_of_phase(const Product& p, const Windows& w, const int32_t* rows, int64_t count, int64_t first_row,
                          const Taps* taps) {
  const int64_t c = w.channels, lines = taps[0].count * taps[1].count * taps[2].count;
  T *block = window_block<T>(p.scratch), *found = block + count * lines * c, *to = block;
  const T* source = as<T>(p.a);
  for (int64_t r = 0; r < count; ++r) {
    const Place place(w, first_row + rows[r]);
    const int32_t* along[3];
    for (int i = 0; i < 3; ++i) along[i] = w.cells[i] + place.at[i] * w.window[i];
    for (int64_t i = 0; i < taps[0].count; ++i)
      for (int64_t j = 0; j < taps[1].count; ++j)
        for (int64_t k = 0; k < taps[2].count; ++k, to += c) {
          const int64_t outer = along[0][taps[0].taps[i]], middle = along[1][taps[1].taps[j]],
                        inner = along[2][taps[2].taps[k]];
          if (outer < 0 || middle < 0 || inner < 0)
            clear_numbers(to, c);
          else
            copy_numbers(
                to, source + (((place.image * w.source[0] + outer) * w.source[1] + middle) * w.source[2] + inner) * c,
                c);
        }
  }
  Product q = p;
  q.m = count;
  q.k = c;
  q.a_row = lines * c;
  q.a_k = 1;
  q.c = reinterpret_cast<char*>(found);
  q.c_row = p.n;
  q.ahead_count = 0;
  int64_t line = 0;
  for (int64_t i = 0; i < taps[0].count; ++i)
    for (int64_t j = 0; j < taps[1].count; ++j)
      for (int64_t k = 0; k < taps[2].count; ++k, ++line) {
        const int64_t tap = (taps[0].taps[i] * w.window[1] + taps[1].taps[j]) * w.window[2] + taps[2].taps[k];
        q.a = reinterpret_cast<const char*>(block + line * c);
        q.b = p.b + tap * c * p.b_k * static_cast<int64_t>(sizeof(T));
        q.accumulate = line > 0;
        product<T>(q);
      }
  for (int64_t r = 0; r < count; ++r) {
    T* row = as<T>(p.c) + rows[r] * p.c_row;
    if (lines)
      std::memcpy(row, found + r * p.n, static_cast<size_t>(p.n) * sizeof(T));
    else
      clear_numbers(row, p.n);
  }
}

// As `convolution` below, where most taps of a place see nothing: the gradient of a convolution with strides. Places
// are taken by phases, so that what sees nothing is not multiplied.
template <class T>
void convolution_by_phases(const Product& p, const Windows& w, int64_t row) {
  int32_t rows[most_edge_rows];
  for (int64_t phase = 0; phase < w.phase_stride[0] * w.phase_stride[1] * w.phase_stride[2]; ++phase) {
    const int64_t at[3] = {phase / (w.phase_stride[1] * w.phase_stride[2]),
                           phase / w.phase_stride[2] % w.phase_stride[1], phase % w.phase_stride[2]};
    const Taps taps[3] = {Taps(w, 0, at[0]), Taps(w, 1, at[1]), Taps(w, 2, at[2])};
    const int64_t items = taps[0].count * taps[1].count * taps[2].count * w.channels + p.n;
    const int64_t most = at_least(1, at_most(most_edge_rows, window_items<T> / items));
    int64_t count = 0;
    Place place(w, row);
    for (int64_t r = 0; r < p.m; ++r, place.next(w)) {
      bool here = true;
      for (int i = 0; i < 3; ++i) here = here && place.at[i] % w.phase_stride[i] == at[i];
      if (here) rows[count++] = static_cast<int32_t>(r);
      if (count == most || (r + 1 == p.m && count)) {
        convolution_of_phase<T>(p, w, rows, count, row, taps);
        count = 0;
      }
    }
  }
}

// Images with few channels, such as grey ones: a window is too short to be laid out as a row of a matrix. Some
// neighbouring places at a time take their taps from where they lie: from the lines of the window that are inside (none
// for those that are not), from the cell on at which each place starts.
constexpr int64_t few_channels = 4, few_lines = 32, places_together = 6;

template <class T, int vectors>
GW_INLINE void few_columns(const Product& p, const T* const* lines, int64_t count, int64_t line_items,
                           const int64_t* starts, int64_t column, int64_t rows, T* c) {
  constexpr int width = lanes<T>;
  Vector<T> total[places_together][vectors] = {};
  const T* kernel = as<T>(p.b) + column;
  for (int64_t line = 0; line < count; ++line, kernel += line_items * p.b_k) {
    if (!lines[line]) continue;
    const T* seen[places_together];
    for (int i = 0; i < places_together; ++i) seen[i] = lines[line] + starts[i];
    for (int64_t item = 0; item < line_items; ++item) {
      Vector<T> weights[vectors];
      for (int v = 0; v < vectors; ++v) weights[v] = load<T>(kernel + item * p.b_k + v * width);
#pragma GCC unroll 6
      for (int i = 0; i < places_together; ++i) {
        const Vector<T> number = splat<T>(seen[i][item]);
        for (int v = 0; v < vectors; ++v) total[i][v] += number * weights[v];
      }
    }
  }
  for (int64_t i = 0; i < rows; ++i)
    for (int v = 0; v < vectors; ++v) store<T>(c + i * p.c_row + v * width, total[i][v]);
}

// One place of which some taps along the last axis are outside.
template <class T>
void few_columns_at_the_edge(const Product& p, const Windows& w, const T* const* lines, int64_t count,
                             const int32_t* cells, T* c) {
  clear_numbers(c, p.n);
  const T* kernel = as<T>(p.b);
  for (int64_t line = 0; line < count; ++line)
    for (int64_t tap = 0; tap < w.window[2]; ++tap)
      for (int64_t channel = 0; channel < w.channels; ++channel, kernel += p.b_k) {
        if (!lines[line] || cells[tap] < 0) continue;
        const T number = lines[line][cells[tap] * w.channels + channel];
        for (int64_t j = 0; j < p.n; j += lanes<T>) store<T>(c + j, load<T>(c + j) + number * load<T>(kernel + j));
      }
}

template <class T>
void convolution_of_few_channels(const Product& p, const Windows& w, int64_t row) {
  constexpr int width = lanes<T>;
  const T *source = as<T>(p.a), *lines[few_lines];
  const int64_t count = w.window[0] * w.window[1], line_items = w.window[2] * w.channels;
  Place place(w, row);
  for (int64_t r = 0; r < p.m;) {
    for (int64_t i = 0; i < count; ++i) {
      const int64_t outer = w.cells[0][place.at[0] * w.window[0] + i / w.window[1]],
                    middle = w.cells[1][place.at[1] * w.window[1] + i % w.window[1]];
      lines[i] = outer < 0 || middle < 0
                     ? nullptr
                     : source + ((place.image * w.source[0] + outer) * w.source[1] + middle) * w.source[2] * w.channels;
    }
    const auto is_inside = [&](int64_t at) {
      const int32_t* cells = w.cells[2] + at * w.window[2];
      return cells[0] >= 0 && cells[w.window[2] - 1] >= 0;
    };
    // To the end of the line, or of the tile.
    const int64_t stop = r + at_most(p.m - r, w.target[2] - place.at[2]);
    while (r < stop) {
      T* c = as<T>(p.c) + r * p.c_row;
      int64_t rows = 0, starts[places_together];
      while (rows < places_together && r + rows < stop && is_inside(place.at[2] + rows)) {
        starts[rows] = w.cells[2][(place.at[2] + rows) * w.window[2]] * w.channels;
        ++rows;
      }
      if (rows == 0) {
        few_columns_at_the_edge<T>(p, w, lines, count, w.cells[2] + place.at[2] * w.window[2], c);
        rows = 1;
      } else {
        for (int64_t i = rows; i < places_together; ++i) starts[i] = starts[rows - 1];
        int64_t j = 0;
        for (; j + 2 * width <= p.n; j += 2 * width)
          few_columns<T, 2>(p, lines, count, line_items, starts, j, rows, c + j);
        for (; j + width <= p.n; j += width) few_columns<T, 1>(p, lines, count, line_items, starts, j, rows, c + j);
      }
      r += rows;
      place.at[2] += rows;
    }
    if (r < p.m) place = Place(w, row + r);
  }
}

// Places in a line of the target that follow each other, of which all windows are inside, or none.
template <class T>
struct Run {
  int64_t rows;
  const T* first;    // the first window, or null where windows are not inside
  int64_t distance;  // numbers from one window to the next
};

// Windows of a single line, of neighbouring cells: those of neighbouring places are rows of a matrix as they lie in the
// source, where they overlap. A copy is then needed only at the edges. Short lines are not worth a product each.
constexpr int64_t fewest_places_in_run = 48;
template <class T>
GW_INLINE bool has_runs(const Windows& w) {
  return w.contiguous_taps && w.groups == 1 && w.window[0] * w.window[1] == 1 && w.target[2] >= fewest_places_in_run &&
         w.window[2] * w.channels <= window_items<T> / 12;
}

template <class T>
GW_INLINE Run<T> run_from(const Windows& w, const T* source, int64_t row, int64_t most) {
  const Place place(w, row);
  const int64_t taps = w.window[2], outer = w.cells[0][place.at[0]], middle = w.cells[1][place.at[1]];
  const int32_t* cells = w.cells[2] + place.at[2] * taps;
  const auto is_inside = [&](int64_t i) {
    return outer >= 0 && middle >= 0 && cells[i * taps] >= 0 && cells[(i + 1) * taps - 1] >= 0;
  };
  most = at_most(most, w.target[2] - place.at[2]);
  int64_t rows = 1;
  if (!is_inside(0)) {
    most = at_most(most, 12);  // which fit the block that is laid out
    while (rows < most && !is_inside(rows)) ++rows;
    return {rows, nullptr, 0};
  }
  const int64_t distance = most > 1 ? cells[taps] - cells[0] : 0;
  while (rows < most && is_inside(rows) && cells[rows * taps] - cells[(rows - 1) * taps] == distance) ++rows;
  const int64_t cell = ((place.image * w.source[0] + outer) * w.source[1] + middle) * w.source[2] + cells[0];
  return {rows, source + cell * w.channels, distance * w.channels};
}

template <class T>
void convolution_of_runs(const Product& p, const Windows& w, int64_t row) {
  const int64_t items = w.window[2] * w.channels;
  const T* source = as<T>(p.a);
  T* block = window_block<T>(p.scratch);
  Product q = p;
  q.k = items;
  q.a_k = 1;
  q.accumulate = false;
  q.ahead_count = 0;
  for (int64_t r = 0; r < p.m; r += q.m) {
    const Run<T> run = run_from<T>(w, source, row + r, p.m - r);
    if (!run.first) lay_rows<T>(w, source, row + r, run.rows, {0, 1, 0, w.window[2]}, 0, block);
    q.m = run.rows;
    q.a = reinterpret_cast<const char*>(run.first ? run.first : block);
    q.a_row = run.first ? run.distance : items;
    q.c = p.c + r * p.c_row * static_cast<int64_t>(sizeof(T));
    product<T>(q);
  }
}

GW_INLINE int64_t taps_of(const Windows& w) { return w.window[0] * w.window[1] * w.window[2]; }
// Numbers in an image of the source.
GW_INLINE int64_t image_of(const Windows& w) { return w.source[0] * w.source[1] * w.source[2] * w.channels * w.groups; }

// A tap, and all taps where places are taken by phases, must fit the block that is laid out.
template <class T>
int64_t convolution_needs(const Windows& w, int64_t, int64_t, int64_t columns) {
  const bool by_phases = w.phase_stride[0] * w.phase_stride[1] * w.phase_stride[2] > 1;
  const bool few = w.window[0] <= most_taps && w.window[1] <= most_taps && w.window[2] <= most_taps && w.groups == 1;
  const bool fits =
      by_phases ? few && taps_of(w) * w.channels + columns <= window_room<T> : w.channels <= window_room<T>;
  return fits ? taps_of(w) * w.channels * w.columns * static_cast<int64_t>(sizeof(T)) : -1;
}

GW_OPERANDS(ConvolutionOperands, (source, kernel), (result));

// c = windows of a, times b. `p.a` is the whole source, `p.b` the whole right matrix: (taps x channels) by columns.
template <class T>
void convolution(const Product& p, const Windows& w, int64_t row, int64_t column) {
  if (w.phase_stride[0] * w.phase_stride[1] * w.phase_stride[2] > 1) {
    Product q = p;
    q.b = p.b + column * static_cast<int64_t>(sizeof(T));
    return convolution_by_phases<T>(q, w, row);
  }
  if (w.contiguous_taps && w.channels <= few_channels && w.window[0] * w.window[1] <= few_lines &&
      p.n % lanes<T> == 0) {
    Product q = p;
    q.b = p.b + column * static_cast<int64_t>(sizeof(T));
    return convolution_of_few_channels<T>(q, w, row);
  }
  if (has_runs<T>(w)) {
    Product q = p;
    q.b = p.b + column * static_cast<int64_t>(sizeof(T));
    return convolution_of_runs<T>(q, w, row);
  }
  T* block = window_block<T>(p.scratch);
  const int64_t lines = w.window[0] * w.window[1], group_columns = w.columns / w.groups;
  for (int64_t group = column / group_columns; group * group_columns < column + p.n; ++group) {
    const int64_t begin = at_least(column, group * group_columns),
                  end = at_most(column + p.n, (group + 1) * group_columns);
    // A register tile has up to 12 rows, which should fit.
    for_stretches(w, 0, lines, window_items<T> / 12, [&](const Stretch& stretch) {
      const int64_t items = stretch.items(w), most = at_most(most_edge_rows, at_least(1, window_items<T> / items));
      const int64_t pieces = (p.m + most - 1) / most, even = ((p.m + pieces - 1) / pieces + 11) / 12 * 12,
                    step = at_most(even, most);
      for (int64_t r = 0; r < p.m; r += step) {
        const int64_t rows = at_most(step, p.m - r);
        lay_rows<T>(w, as<T>(p.a), row + r, rows, stretch, group, block);
        Product q = p;
        q.m = rows;
        q.n = end - begin;
        q.k = items;
        q.a = reinterpret_cast<const char*>(block);
        q.a_row = items;
        q.a_k = 1;
        q.b = p.b + (stretch.first(w) * p.b_k + begin) * static_cast<int64_t>(sizeof(T));
        q.c = p.c + (r * p.c_row + begin - column) * static_cast<int64_t>(sizeof(T));
        q.accumulate = stretch.first(w) > 0;
        q.ahead_count = 0;
        product<T>(q);
      }
    });
  }
}

GW_INLINE Windows windows_of(const TaskCall& call) {
  return glassworks::read_windows(call.int_args, call.index_tables);
}

constexpr int64_t fewest_depth = 8;  // of a product that adds to the gradient of a kernel

// The gradient of a kernel: partial sums over `parts` of the `rows`, which are positions of the target.
GW_OPERANDS(KernelGradientOperands, (source, gradient), (partial_sums));

// What the gradient of a kernel with `kernel` elements needs.
template <class T>
Needs kernel_gradient_needs(const Windows& w, int64_t rows, int64_t parts, int64_t tiles, int64_t kernel,
                            bool possible) {
  const int64_t item = sizeof(T), places = w.target[0] * w.target[1] * w.target[2];
  possible = possible && rows % places == 0;
  return {tiles, 0, possible, {rows / places * image_of(w) * item, rows * w.columns * item, parts * kernel * item}};
}

// The lines of the window are cut into `pieces`. A tile is one part of the rows and one piece of the lines.
GW_INT_ARGS(ConvolutionKernelGradientArgs, GW_WINDOW_ARGS, rows, parts, pieces);

template <class T>
Needs convolution_kernel_gradient_needs(const int64_t* int_args) {
  const Windows w = glassworks::read_windows(int_args, nullptr);
  const auto args = glassworks::read_args<ConvolutionKernelGradientArgs>(int_args);
  const int64_t kernel = taps_of(w) * w.channels * w.columns;
  return kernel_gradient_needs<T>(w, args.rows, args.parts, args.parts * args.pieces, kernel,
                                  w.channels <= window_room<T>);
}

// Partial sums are (parts x taps x channels x columns).
template <class T>
void convolution_kernel_gradient(const TaskCall& call) {
  const Windows w = windows_of(call);
  const auto args = call.args_as<ConvolutionKernelGradientArgs>();
  const auto operands = call.operands_as<KernelGradientOperands>();
  const int64_t rows = args.rows, parts = args.parts, pieces = args.pieces;
  const int64_t lines = w.window[0] * w.window[1], kernel_rows = lines * w.window[2] * w.channels,
                group_columns = w.columns / w.groups;
  const int64_t part = call.tile / pieces, piece = call.tile % pieces;
  const int64_t line = lines * piece / pieces, some = lines * (piece + 1) / pieces - line;
  const int64_t begin = rows * part / parts, end = rows * (part + 1) / parts;
  T* block = window_block<T>(call.scratch);
  // Short runs at the edges would each add little to the gradient, for which all of it is read and written.
  const int32_t* cells = w.cells[2];
  const bool in_place = has_runs<T>(w) && cells[0] >= 0 && cells[w.target[2] * w.window[2] - 1] >= 0;
  for (int64_t group = 0; group < w.groups; ++group)
    for_stretches(w, line, some, window_items<T> / fewest_depth, [&](const Stretch& stretch) {
      const int64_t m = stretch.items(w), step = at_most(depth_block, at_least(1, window_items<T> / m));
      T* c = as<T>(operands.partial_sums) + (part * kernel_rows + stretch.first(w)) * w.columns + group * group_columns;
      for (int64_t row = begin, count; row < end; row += count) {
        Run<T> run = {at_most(step, end - row), nullptr, 0};
        if (in_place) run = run_from<T>(w, as<T>(operands.source), row, run.rows);
        if (!run.first) lay_rows<T>(w, as<T>(operands.source), row, run.rows, stretch, group, block);
        count = run.rows;
        const T* left = run.first ? run.first : block;
        for (int64_t i = 0; i < m; i += 480) {
          Product q;
          q.m = at_most(480, m - i);
          q.n = group_columns;
          q.k = count;
          q.a = reinterpret_cast<const char*>(left + i);
          q.a_row = 1;
          q.a_k = run.first ? run.distance : m;
          q.b = operands.gradient + (row * w.columns + group * group_columns) * static_cast<int64_t>(sizeof(T));
          q.b_k = w.columns;
          q.b_column = 1;
          q.c = reinterpret_cast<char*>(c + i * w.columns);
          q.c_row = w.columns;
          q.scratch = call.scratch;
          q.ahead_count = 0;
          q.accumulate = row > begin;
          product<T>(q);
        }
      }
    });
}

}  // namespace
