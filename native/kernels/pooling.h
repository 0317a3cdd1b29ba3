// Windows whose channels do not mix: depthwise convolution, max pooling, and their gradients. The taps of a window that
// see something are found for one place at a time, and its channels then run along the vectors.
#pragma once

#include "windows.h"

namespace {

// The taps of a window that see something: where in the source, and which tap.
template <class T>
struct Seen {
  const T* from;
  int64_t tap;
};
constexpr int64_t most_seen = glassworks::most_window_lines;

// The lines of the window at a place that are inside, kept for the next place on the same line of the target.
template <class T>
struct SeenLines {
  const T* line[most_seen];
  int64_t tap[most_seen], count = 0, image = -1, outer = -1, middle = -1;

  void find(const Windows& w, const T* source, const Place& place) {
    if (place.image == image && place.at[0] == outer && place.at[1] == middle) return;
    image = place.image;
    outer = place.at[0];
    middle = place.at[1];
    count = 0;
    for (int64_t i = 0; i < w.window[0]; ++i) {
      const int64_t first = w.cells[0][outer * w.window[0] + i];
      for (int64_t j = 0; first >= 0 && j < w.window[1]; ++j) {
        const int64_t second = w.cells[1][middle * w.window[1] + j];
        if (second < 0) continue;
        line[count] =
            source + ((image * w.source[0] + first) * w.source[1] + second) * w.source[2] * w.channels * w.groups;
        tap[count++] = (i * w.window[1] + j) * w.window[2];
      }
    }
  }
};

GW_INLINE bool has_few_lines(const Windows& w) { return w.window[0] * w.window[1] <= most_seen; }

template <class T>
int64_t depthwise_needs(const Windows& w, int64_t, int64_t, int64_t) {
  return has_few_lines(w) ? taps_of(w) * w.columns * static_cast<int64_t>(sizeof(T)) : -1;
}
template <class T>
int64_t max_unpool_needs(const Windows& w, int64_t images, int64_t, int64_t) {
  return has_few_lines(w) ? images * image_of(w) : -1;
}

// Calls f(seen, count, is_first) for the taps of one place that see something, some at a time. Windows have at most
// `most_seen` lines.
template <class T, class F>
GW_INLINE void for_taps_seen(const Windows& w, const T* source, const Place& place, SeenLines<T>& lines, const F& f) {
  const int64_t cell = w.channels * w.groups;
  const int32_t* cells = w.cells[2] + place.at[2] * w.window[2];
  lines.find(w, source, place);
  Seen<T> seen[most_seen];
  int64_t count = 0;
  bool is_first = true;
  for (int64_t l = 0; l < lines.count; ++l)
    for (int64_t k = 0; k < w.window[2]; ++k) {
      if (cells[k] < 0) continue;
      seen[count++] = {lines.line[l] + cells[k] * cell, lines.tap[l] + k};
      if (count == most_seen) {
        f(seen, count, is_first);
        count = 0;
        is_first = false;
      }
    }
  if (count || is_first) f(seen, count, is_first);
}

// c = the sum over taps of source times kernel (taps x channels), channel by channel. What c holds is added last, so
// that rounding errors do not grow with all taps.
template <class T>
void depthwise(const Product& p, const Windows& w, int64_t row, int64_t column) {
  constexpr int width = lanes<T>;
  const T *source = as<T>(p.a), *kernel = as<T>(p.b) + column;
  Place place(w, row);
  SeenLines<T> lines;
  for (int64_t r = 0; r < p.m; ++r, place.next(w)) {
    T* c = as<T>(p.c) + r * p.c_row;
    for_taps_seen<T>(w, source, place, lines, [&](const Seen<T>* seen, int64_t count, bool is_first) {
      int64_t j = 0;
      for (; j + width <= p.n; j += width) {
        Vector<T> total = {};
        for (int64_t t = 0; t < count; ++t)
          total += load<T>(seen[t].from + column + j) * load<T>(kernel + seen[t].tap * p.b_k + j);
        store<T>(c + j, is_first ? total : load<T>(c + j) + total);
      }
      for (; j < p.n; ++j) {
        T total = 0;
        for (int64_t t = 0; t < count; ++t) total += seen[t].from[column + j] * kernel[seen[t].tap * p.b_k + j];
        c[j] = is_first ? total : c[j] + total;
      }
    });
  }
}

// The narrow vectors of bytes that go with a vector of numbers: a tap's number for each.
template <class T>
struct BytesOf {
  typedef uint8_t type __attribute__((vector_size(lanes<T>)));
};
template <class T>
using WholeNumber = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;

// c = the sum over the windows that saw a cell of what they send back to the tap which it is. `p.b` holds, for each
// place of the source, the number of the tap that won.
template <class T>
void max_unpool(const Product& p, const Windows& w, int64_t row, int64_t column) {
  constexpr int width = lanes<T>;
  using Bytes = typename BytesOf<T>::type;
  using Whole = Vector<WholeNumber<T>>;
  const T* source = as<T>(p.a);
  const uint8_t* index = as<uint8_t>(p.b);
  Place place(w, row);
  SeenLines<T> lines;
  for (int64_t r = 0; r < p.m; ++r, place.next(w)) {
    T* c = as<T>(p.c) + r * p.c_row;
    for_taps_seen<T>(w, source, place, lines, [&](const Seen<T>* seen, int64_t count, bool is_first) {
      int64_t j = 0;
      for (; j + width <= p.n; j += width) {
        Vector<T> total = is_first ? Vector<T>{} : load<T>(c + j);
        for (int64_t t = 0; t < count; ++t) {
          Bytes bytes;
          std::memcpy(&bytes, index + (seen[t].from - source) + column + j, sizeof bytes);
          const Whole winner = __builtin_convertvector(bytes, Whole);
          const Vector<T> sent = load<T>(seen[t].from + column + j);
          total += winner == static_cast<WholeNumber<T>>(seen[t].tap) ? sent : Vector<T>{};
        }
        store<T>(c + j, total);
      }
      for (; j < p.n; ++j) {
        T total = is_first ? T(0) : c[j];
        for (int64_t t = 0; t < count; ++t)
          if (index[(seen[t].from - source) + column + j] == seen[t].tap) total += seen[t].from[column + j];
        c[j] = total;
      }
    });
  }
}

GW_INT_ARGS(MaxPoolArgs, GW_WINDOW_ARGS, rows, tiles);
GW_OPERANDS(MaxPoolOperands, (source), (values, index));
GW_OPERANDS(MaxUnpoolOperands, (source, index), (result));

template <class T>
Needs max_pool_needs(const int64_t* int_args) {
  const Windows w = glassworks::read_windows(int_args, nullptr);
  const auto args = glassworks::read_args<MaxPoolArgs>(int_args);
  const int64_t item = sizeof(T), rows = args.rows, places = w.target[0] * w.target[1] * w.target[2];
  const int64_t values = rows * w.channels * w.groups;
  const bool possible = has_few_lines(w) && taps_of(w) <= 256 && rows % places == 0;  // an index has a byte
  return {args.tiles, 0, possible, {rows / places * image_of(w) * item, values * item, values}};
}

template <class T>
void max_pool(const TaskCall& call) {
  constexpr int width = lanes<T>;
  using Bytes = typename BytesOf<T>::type;
  using Whole = Vector<WholeNumber<T>>;
  const Windows w = windows_of(call);
  const auto args = call.args_as<MaxPoolArgs>();
  const auto operands = call.operands_as<MaxPoolOperands>();
  const int64_t rows = args.rows, tiles = args.tiles, columns = w.channels * w.groups;
  const int64_t begin = rows * call.tile / tiles, end = rows * (call.tile + 1) / tiles;
  const T* source = as<T>(operands.source);
  const T lowest = -static_cast<T>(__builtin_inf());
  Place place(w, begin);
  SeenLines<T> lines;
  for (int64_t row = begin; row < end; ++row, place.next(w)) {
    T* value = as<T>(operands.values) + row * columns;
    uint8_t* index = as<uint8_t>(operands.index) + row * columns;
    for_taps_seen<T>(w, source, place, lines, [&](const Seen<T>* seen, int64_t count, bool is_first) {
      int64_t j = 0;
      for (; j + width <= columns; j += width) {
        Vector<T> best = is_first ? splat<T>(lowest) : load<T>(value + j);
        Whole winner{};
        if (!is_first) {
          Bytes bytes;
          std::memcpy(&bytes, index + j, sizeof bytes);
          winner = __builtin_convertvector(bytes, Whole);
        }
        for (int64_t t = 0; t < count; ++t) {
          const Vector<T> x = load<T>(seen[t].from + j);
          const auto better = (x > best) | (x != x);
          best = better ? x : best;
          winner = better ? Whole{} + static_cast<WholeNumber<T>>(seen[t].tap) : winner;
        }
        store<T>(value + j, best);
        const Bytes bytes = __builtin_convertvector(winner, Bytes);
        std::memcpy(index + j, &bytes, sizeof bytes);
      }
      for (; j < columns; ++j) {
        T best = is_first ? lowest : value[j];
        int64_t winner = is_first ? 0 : index[j];
        for (int64_t t = 0; t < count; ++t) {
          const T x = seen[t].from[j];
          if (x > best || x != x) {
            best = x;
            winner = seen[t].tap;
          }
        }
        value[j] = best;
        index[j] = static_cast<uint8_t>(winner);
      }
    });
  }
}

GW_INT_ARGS(DepthwiseKernelGradientArgs, GW_WINDOW_ARGS, rows, parts);

template <class T>
Needs depthwise_kernel_gradient_needs(const int64_t* int_args) {
  const Windows w = glassworks::read_windows(int_args, nullptr);
  const auto args = glassworks::read_args<DepthwiseKernelGradientArgs>(int_args);
  return kernel_gradient_needs<T>(w, args.rows, args.parts, args.parts, taps_of(w) * w.columns, has_few_lines(w));
}

// Partial sums are (parts x taps x columns).
template <class T>
void depthwise_kernel_gradient(const TaskCall& call) {
  constexpr int width = lanes<T>;
  const Windows w = windows_of(call);
  const auto args = call.args_as<DepthwiseKernelGradientArgs>();
  const auto operands = call.operands_as<KernelGradientOperands>();
  const int64_t rows = args.rows, parts = args.parts;
  const int64_t taps = w.window[0] * w.window[1] * w.window[2], columns = w.columns;
  const int64_t begin = rows * call.tile / parts, end = rows * (call.tile + 1) / parts;
  const T *source = as<T>(operands.source), *gradient = as<T>(operands.gradient);
  T* total = as<T>(operands.partial_sums) + call.tile * taps * columns;
  clear_numbers(total, taps * columns);
  Place place(w, begin);
  SeenLines<T> lines;
  for (int64_t row = begin; row < end; ++row, place.next(w)) {
    const T* g = gradient + row * columns;
    for_taps_seen<T>(w, source, place, lines, [&](const Seen<T>* seen, int64_t count, bool) {
      for (int64_t t = 0; t < count; ++t) {
        T* to = total + seen[t].tap * columns;
        int64_t j = 0;
        for (; j + width <= columns; j += width)
          store<T>(to + j, load<T>(to + j) + load<T>(seen[t].from + j) * load<T>(g + j));
        for (; j < columns; ++j) to[j] += seen[t].from[j] * g[j];
      }
    });
  }
}

}  // namespace
