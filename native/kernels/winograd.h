// Convolution with 3x3 windows, one cell apart, by Winograd's minimal filtering (Lavin and Gray, 2016): four places of
// the target at a time need 16 products of numbers instead of 36, after additions on both sides. For each of the 16,
// all blocks of four places and all channels are one matrix product.
//
// Images have two axes here: the first of the three is a single cell.
#pragma once

#include "windows.h"

namespace {

// Numbers of transformed source and target that are held at a time: they stay in the second-level cache.
template <class T>
constexpr int64_t winograd_items = window_room<T>;
constexpr int64_t winograd_parts = 16;

// Four places of the target: the first of them; whether there is one below it, and one beside it.
struct Block {
  int64_t image, y, x, row;  // the row counts places from the first of the tile
  bool below, beside;
};

// Calls f(blocks, count) for the blocks of some whole lines of the target, at most `most` at a time.
template <class F>
GW_INLINE void for_blocks(const Windows& w, int64_t first_line, int64_t lines, int64_t most, const F& f) {
  constexpr int64_t room = 512;
  Block blocks[room];
  int64_t count = 0;
  most = at_most(most, room);
  for (int64_t line = 0; line < lines;) {
    const int64_t image = (first_line + line) / w.target[1], y = (first_line + line) % w.target[1];
    const bool below = y + 1 < w.target[1] && line + 1 < lines;
    for (int64_t x = 0; x < w.target[2]; x += 2) {
      blocks[count++] = {image, y, x, line * w.target[2] + x, below, x + 1 < w.target[2]};
      if (count == most) {
        f(blocks, count);
        count = 0;
      }
    }
    line += below ? 2 : 1;
  }
  if (count) f(blocks, count);
}

// The four cells along an axis that a block sees: those of its first place, and the last of its second.
GW_INLINE void cells_of_block(const Windows& w, int axis, int64_t place, bool both, int64_t* cells) {
  const int32_t* own = w.cells[axis] + place * 3;
  cells[0] = own[0];
  cells[1] = own[1];
  cells[2] = own[2];
  cells[3] = both ? own[5] : -1;
}

// B^T d B: what the 16 products take from the 4x4 cells of a block. `to` is (16 x blocks x channels); this is block
// `i`.
template <class T>
void transform_source(const Windows& w, const T* source, const T* zeros, const Block& block, int64_t i, int64_t count,
                      T* to) {
  const int64_t c = w.channels, part = count * c;
  int64_t down[4], across[4];
  cells_of_block(w, 1, block.y, block.below, down);
  cells_of_block(w, 2, block.x, block.beside, across);
  const T* cell[4][4];
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b)
      cell[a][b] = down[a] < 0 || across[b] < 0
                       ? zeros
                       : source + ((block.image * w.source[1] + down[a]) * w.source[2] + across[b]) * c;
  to += i * c;
  for (int64_t j = 0; j < c; j += lanes<T>) {
    Vector<T> rows[4][4];
#pragma GCC unroll 4
    for (int b = 0; b < 4; ++b) {
      const Vector<T> d0 = load<T>(cell[0][b] + j), d1 = load<T>(cell[1][b] + j), d2 = load<T>(cell[2][b] + j),
                      d3 = load<T>(cell[3][b] + j);
      rows[0][b] = d0 - d2;
      rows[1][b] = d1 + d2;
      rows[2][b] = d2 - d1;
      rows[3][b] = d1 - d3;
    }
#pragma GCC unroll 4
    for (int a = 0; a < 4; ++a) {
      T* at = to + 4 * a * part + j;
      store<T>(at, rows[a][0] - rows[a][2]);
      store<T>(at + part, rows[a][1] + rows[a][2]);
      store<T>(at + 2 * part, rows[a][2] - rows[a][1]);
      store<T>(at + 3 * part, rows[a][1] - rows[a][3]);
    }
  }
}

// A^T m A: the four places of a block from the 16 products.
template <class T>
void transform_back(const Block& block, const T* from, int64_t part, int64_t columns, int64_t width, T* c,
                    int64_t c_row) {
  T* place[2][2];
  for (int a = 0; a < 2; ++a)
    for (int b = 0; b < 2; ++b) place[a][b] = c + (block.row + a * width + b) * c_row;
  for (int64_t j = 0; j < columns; j += lanes<T>) {
    Vector<T> rows[2][4];
#pragma GCC unroll 4
    for (int b = 0; b < 4; ++b) {
      const T* at = from + b * part + j;
      const Vector<T> m0 = load<T>(at), m1 = load<T>(at + 4 * part), m2 = load<T>(at + 8 * part),
                      m3 = load<T>(at + 12 * part);
      rows[0][b] = m0 + m1 + m2;
      rows[1][b] = m1 - m2 - m3;
    }
    for (int a = 0; a < (block.below ? 2 : 1); ++a) {
      store<T>(place[a][0] + j, rows[a][0] + rows[a][1] + rows[a][2]);
      if (block.beside) store<T>(place[a][1] + j, rows[a][1] - rows[a][2] - rows[a][3]);
    }
  }
}

// A g A^T: what the 16 products take from the gradient of the four places of a block.
template <class T>
void transform_gradient(const Block& block, const T* gradient, int64_t columns, int64_t width, int64_t i, int64_t count,
                        T* to) {
  const int64_t part = count * columns;
  const T* g = gradient + block.row * columns;
  to += i * columns;
  for (int64_t j = 0; j < columns; j += lanes<T>) {
    Vector<T> rows[4][2];
#pragma GCC unroll 2
    for (int b = 0; b < 2; ++b) {
      const bool there = b == 0 || block.beside;
      const Vector<T> g0 = there ? load<T>(g + b * columns + j) : Vector<T>{};
      const Vector<T> g1 = there && block.below ? load<T>(g + (width + b) * columns + j) : Vector<T>{};
      rows[0][b] = g0;
      rows[1][b] = g0 + g1;
      rows[2][b] = g0 - g1;
      rows[3][b] = -g1;
    }
#pragma GCC unroll 4
    for (int a = 0; a < 4; ++a) {
      T* at = to + 4 * a * part + j;
      store<T>(at, rows[a][0]);
      store<T>(at + part, rows[a][0] + rows[a][1]);
      store<T>(at + 2 * part, rows[a][0] - rows[a][1]);
      store<T>(at + 3 * part, -rows[a][1]);
    }
  }
}

template <class T>
bool winograd_fits(const Windows& w, int64_t columns) {
  const bool regular =
      w.window[0] == 1 && w.window[1] == 3 && w.window[2] == 3 && w.source[0] == 1 && w.target[0] == 1 && w.groups == 1;
  const bool vectors = w.channels % lanes<T> == 0 && columns % lanes<T> == 0;
  return regular && vectors && w.channels + winograd_parts * (w.channels + columns) <= winograd_items<T>;
}
template <class T>
int64_t winograd_needs(const Windows& w, int64_t, int64_t rows, int64_t columns) {
  const bool fits = rows % w.target[2] == 0 && winograd_fits<T>(w, columns);
  return fits ? winograd_parts * w.channels * w.columns * static_cast<int64_t>(sizeof(T)) : -1;
}

// c = windows of a, times the transformed kernel in `p.b`: (16 x channels x columns). A tile is whole lines of the
// target.
template <class T>
void winograd(const Product& p, const Windows& w, int64_t row, int64_t column) {
  const int64_t channels = w.channels, width = w.target[2];
  const int64_t most = at_least(1, (winograd_items<T> - channels) / (winograd_parts * (channels + p.n)));
  T *zeros = window_block<T>(p.scratch), *seen = zeros + channels;
  clear_numbers(zeros, channels);
  for_blocks(w, row / width, p.m / width, most, [&](const Block* blocks, int64_t count) {
    T* products = seen + winograd_parts * count * channels;
    for (int64_t i = 0; i < count; ++i) transform_source<T>(w, as<T>(p.a), zeros, blocks[i], i, count, seen);
    for (int64_t part = 0; part < winograd_parts; ++part) {
      Product q;
      q.m = count;
      q.n = p.n;
      q.k = channels;
      q.a = reinterpret_cast<const char*>(seen + part * count * channels);
      q.a_row = channels;
      q.a_k = 1;
      q.b = p.b + (part * channels * w.columns + column) * static_cast<int64_t>(sizeof(T));
      q.b_k = w.columns;
      q.b_column = 1;
      q.c = reinterpret_cast<char*>(products + part * count * p.n);
      q.c_row = p.n;
      q.scratch = p.scratch;
      q.ahead_count = 0;
      product<T>(q);
    }
    for (int64_t i = 0; i < count; ++i)
      transform_back<T>(blocks[i], products + i * p.n, count * p.n, p.n, width, as<T>(p.c), p.c_row);
  });
}

GW_OPERANDS(WinogradOperands, (source, transformed_kernel), (result));

// `size` is channels times columns.
GW_INT_ARGS(WinogradKernelArgs, size, tiles);
GW_OPERANDS(WinogradKernelOperands, (kernel), (transformed_kernel));

template <class T>
Needs winograd_kernel_needs(const int64_t* int_args) {
  const auto args = glassworks::read_args<WinogradKernelArgs>(int_args);
  const int64_t bytes = args.size * static_cast<int64_t>(sizeof(T));
  return {args.tiles, 0, args.size % lanes<T> == 0, {9 * bytes, winograd_parts * bytes}};
}

// G k G^T, from (9 x channels x columns) to (16 x channels x columns).
template <class T>
void winograd_kernel(const TaskCall& call) {
  const auto [size, tiles] = call.args_as<WinogradKernelArgs>();
  const auto operands = call.operands_as<WinogradKernelOperands>();
  const int64_t pieces = size / lanes<T>;
  const T* kernel = as<T>(operands.kernel);
  T* to = as<T>(operands.transformed_kernel);
  for (int64_t j = pieces * call.tile / tiles * lanes<T>; j < pieces * (call.tile + 1) / tiles * lanes<T>;
       j += lanes<T>) {
    Vector<T> rows[4][3];
    for (int b = 0; b < 3; ++b) {
      const Vector<T> k0 = load<T>(kernel + b * size + j), k1 = load<T>(kernel + (3 + b) * size + j),
                      k2 = load<T>(kernel + (6 + b) * size + j);
      rows[0][b] = k0;
      rows[1][b] = T(0.5) * (k0 + k1 + k2);
      rows[2][b] = T(0.5) * (k0 - k1 + k2);
      rows[3][b] = k2;
    }
    for (int a = 0; a < 4; ++a) {
      T* at = to + 4 * a * size + j;
      const Vector<T> k0 = rows[a][0], k1 = rows[a][1], k2 = rows[a][2];
      store<T>(at, k0);
      store<T>(at + size, T(0.5) * (k0 + k1 + k2));
      store<T>(at + 2 * size, T(0.5) * (k0 - k1 + k2));
      store<T>(at + 3 * size, k2);
    }
  }
}

// `lines` are those of the target in all. A tile is one part of them. Workspace: the gradient of the transformed
// kernel.
GW_INT_ARGS(WinogradKernelGradientArgs, GW_WINDOW_ARGS, lines, parts);

template <class T>
Needs winograd_kernel_gradient_needs(const int64_t* int_args) {
  const Windows w = glassworks::read_windows(int_args, nullptr);
  const auto args = glassworks::read_args<WinogradKernelGradientArgs>(int_args);
  const int64_t size = w.channels * w.columns;
  Needs needs = kernel_gradient_needs<T>(w, args.lines * w.target[2], args.parts, args.parts, 9 * size,
                                         winograd_fits<T>(w, w.columns));
  needs.workspace_bytes = winograd_parts * size * static_cast<int64_t>(sizeof(T));
  return needs;
}

// Partial sums are (parts x 9 x channels x columns).
template <class T>
void winograd_kernel_gradient(const TaskCall& call) {
  const Windows w = windows_of(call);
  const auto args = call.args_as<WinogradKernelGradientArgs>();
  const auto operands = call.operands_as<KernelGradientOperands>();
  const int64_t lines = args.lines, parts = args.parts;
  const int64_t begin = lines * call.tile / parts, end = lines * (call.tile + 1) / parts, width = w.target[2];
  const int64_t channels = w.channels, columns = w.columns, size = channels * columns;
  const int64_t most = at_least(1, (winograd_items<T> - channels) / (winograd_parts * (channels + columns)));
  const T* gradient = as<T>(operands.gradient) + begin * width * columns;
  T *zeros = window_block<T>(call.scratch), *seen = zeros + channels, *total = as<T>(call.workspace);
  clear_numbers(zeros, channels);
  bool is_first = true;
  for_blocks(w, begin, end - begin, most, [&](const Block* blocks, int64_t count) {
    T* sent = seen + winograd_parts * count * channels;
    for (int64_t i = 0; i < count; ++i) {
      transform_source<T>(w, as<T>(operands.source), zeros, blocks[i], i, count, seen);
      transform_gradient<T>(blocks[i], gradient, columns, width, i, count, sent);
    }
    for (int64_t part = 0; part < winograd_parts; ++part) {
      Product q;
      q.m = channels;
      q.n = columns;
      q.k = count;
      q.a = reinterpret_cast<const char*>(seen + part * count * channels);
      q.a_row = 1;
      q.a_k = channels;
      q.b = reinterpret_cast<const char*>(sent + part * count * columns);
      q.b_k = columns;
      q.b_column = 1;
      q.c = reinterpret_cast<char*>(total + part * size);
      q.c_row = columns;
      q.scratch = call.scratch;
      q.ahead_count = 0;
      q.accumulate = !is_first;
      product<T>(q);
    }
    is_first = false;
  });
  // G^T of it G.
  T* to = as<T>(operands.partial_sums) + call.tile * 9 * size;
  if (is_first) return clear_numbers(to, 9 * size);
  for (int64_t j = 0; j < size; j += lanes<T>) {
    Vector<T> rows[3][4];
    for (int b = 0; b < 4; ++b) {
      const T* at = total + b * size + j;
      const Vector<T> u0 = load<T>(at), u1 = T(0.5) * load<T>(at + 4 * size), u2 = T(0.5) * load<T>(at + 8 * size),
                      u3 = load<T>(at + 12 * size);
      rows[0][b] = u0 + u1 + u2;
      rows[1][b] = u1 - u2;
      rows[2][b] = u1 + u2 + u3;
    }
    for (int a = 0; a < 3; ++a) {
      const Vector<T> u0 = rows[a][0], u1 = T(0.5) * rows[a][1], u2 = T(0.5) * rows[a][2], u3 = rows[a][3];
      T* at = to + 3 * a * size + j;
      store<T>(at, u0 + u1 + u2);
      store<T>(at + size, u1 - u2);
      store<T>(at + 2 * size, u1 + u2 + u3);
    }
  }
}

}  // namespace
