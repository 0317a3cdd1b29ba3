// The rows of the left matrix of a convolution: where the window of each place lies in the source, and how some of them
// are laid out in memory.
//
// Which cell of the source each tap of each window sees stands in tables made by the planner, one for each axis; -1
// where it sees nothing. So one code serves all strides, dilations and paddings, and the gradient of the source as
// well: there the "windows" of a cell are the places that saw it.
#pragma once

#include "glassworks/kernels.h"
#include "product.h"

namespace {

using glassworks::Windows;

// Numbers in the block of the left matrix that is laid out at a time: it stays in the second-level cache.
template <class T>
constexpr int64_t window_items = 196608 / static_cast<int64_t>(sizeof(T));

GW_INLINE int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }
GW_INLINE int64_t at_least(int64_t a, int64_t b) { return a > b ? a : b; }

// A place of the target: its image, and where it lies in it.
struct Place {
  int64_t image, at[3];

  Place(const Windows& w, int64_t row) {
    at[2] = row % w.target[2];
    row /= w.target[2];
    at[1] = row % w.target[1];
    row /= w.target[1];
    at[0] = row % w.target[0];
    image = row / w.target[0];
  }
  void next(const Windows& w) {
    if (++at[2] < w.target[2]) return;
    at[2] = 0;
    if (++at[1] < w.target[1]) return;
    at[1] = 0;
    if (++at[0] < w.target[0]) return;
    at[0] = 0;
    ++image;
  }
};

template <class T>
GW_INLINE void copy_numbers(T* to, const T* from, int64_t count) {
  constexpr int width = lanes<T>;
  if (count >= width) {
    int64_t i = 0;
    for (; i + width <= count; i += width) store<T>(to + i, load<T>(from + i));
    if (i < count) store<T>(to + count - width, load<T>(from + count - width));
  } else if (count > 4) {
    copy_short<T>(to, from, count);
  } else {
    for (int64_t i = 0; i < count; ++i) to[i] = from[i];
  }
}

template <class T>
GW_INLINE void clear_numbers(T* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = T(0);
}

// Some columns of the left matrix: those of whole lines of the window, or of some taps of a single line where a line is
// long.
struct Stretch {
  int64_t line, lines, tap, taps;

  int64_t items(const Windows& w) const { return lines * taps * w.channels; }
  int64_t first(const Windows& w) const { return (line * w.window[2] + tap) * w.channels; }
};

// Calls f(stretch) for some lines of the window, cut into stretches of at most `most` numbers where a tap has no more
// than that.
template <class F>
GW_INLINE void for_stretches(const Windows& w, int64_t line, int64_t lines, int64_t most, const F& f) {
  const int64_t taps = at_most(w.window[2], at_least(1, most / w.channels));
  const int64_t together = taps < w.window[2] ? 1 : at_least(1, most / (taps * w.channels));
  for (int64_t l = 0; l < lines; l += together)
    for (int64_t tap = 0; tap < w.window[2]; tap += taps)
      f(Stretch{line + l, at_most(together, lines - l), tap, at_most(taps, w.window[2] - tap)});
}

// Some taps of one line of a window (its taps along the last axis) as they lie in the left matrix. `cells` are those of
// the last axis.
template <class T>
GW_INLINE T* lay_line(const Windows& w, const T* line, const int32_t* cells, int64_t taps, int64_t cell, T* to) {
  const int64_t c = w.channels;
  if (w.contiguous_taps) {
    // Neighbouring taps see neighbouring cells: one copy, between what lies outside.
    int64_t first = 0, last = taps;
    while (first < taps && cells[first] < 0) ++first;
    while (last > first && cells[last - 1] < 0) --last;
    clear_numbers(to, first * c);
    if (first < last) copy_numbers(to + first * c, line + cells[first] * cell, (last - first) * c);
    clear_numbers(to + last * c, (taps - last) * c);
  } else {
    for (int64_t t = 0; t < taps; ++t) {
      if (cells[t] < 0)
        clear_numbers(to + t * c, c);
      else
        copy_numbers(to + t * c, line + cells[t] * cell, c);
    }
  }
  return to + taps * c;
}

// Some rows of the left matrix, and of its columns those of a stretch.
template <class T>
void lay_rows(const Windows& w, const T* source, int64_t row, int64_t rows, const Stretch& stretch, int64_t group,
              T* to) {
  const int64_t cell = w.channels * w.groups, items = stretch.taps * w.channels;
  Place place(w, row);
  for (int64_t r = 0; r < rows; ++r, place.next(w)) {
    const int32_t* along[3];
    for (int i = 0; i < 3; ++i) along[i] = w.cells[i] + place.at[i] * w.window[i];
    int64_t first = stretch.line / w.window[1], second = stretch.line % w.window[1];
    for (int64_t l = 0; l < stretch.lines; ++l) {
      const int64_t outer = along[0][first], middle = along[1][second];
      if (outer < 0 || middle < 0) {
        clear_numbers(to, items);
        to += items;
      } else {
        const T* start = source + ((place.image * w.source[0] + outer) * w.source[1] + middle) * w.source[2] * cell +
                         group * w.channels;
        to = lay_line(w, start, along[2] + stretch.tap, stretch.taps, cell, to);
      }
      if (++second == w.window[1]) {
        second = 0;
        ++first;
      }
    }
  }
}

// Scratch of a product, and behind it a block of the left matrix; the number of elements that the block has room for.
template <class T>
constexpr int64_t window_room = 524288 / static_cast<int64_t>(sizeof(T));
template <class T>
GW_INLINE T* window_block(char* scratch) {
  return as<T>(scratch) + packed_items<T> + most_edge_rows * lanes<T>;
}

}  // namespace
