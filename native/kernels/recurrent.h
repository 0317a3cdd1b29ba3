// LSTM and GRU over whole sequences, forward and backward. Rows of a batch do not know of each other: a tile is some
// rows, which walk through all steps on their own, with the recurrent kernel packed once and kept in the cache.
#pragma once

#include <initializer_list>

#include "glassworks/kernels.h"
#include "math.h"
#include "product.h"

namespace {

using glassworks::Needs;
using glassworks::TaskCall;

// `reverse` says whether time runs backwards.
GW_INT_ARGS(SequenceArgs, rows, steps, units, tiles, reverse, has_mask);

struct Sequence : SequenceArgs {
  int64_t begin, end;  // the rows of the tile
  const uint8_t* mask;

  Sequence(const TaskCall& call, const char* mask_operand)
      : SequenceArgs(call.args_as<SequenceArgs>()),
        begin(rows * call.tile / tiles),
        end(rows * (call.tile + 1) / tiles),
        mask(has_mask ? as<uint8_t>(mask_operand) : nullptr) {}

  int64_t at(int64_t i) const { return reverse ? steps - 1 - i : i; }  // the step that is walked as the i-th
  bool is_masked(int64_t row, int64_t step) const { return mask && !mask[row * steps + step]; }
};

// A matrix packed panel after panel, so that every step's product reads it in the order in which it lies.
template <class T>
struct Packed {
  static constexpr int64_t panel = panel_vectors * lanes<T>;
  const T* numbers;
  int64_t depth, columns;

  // b[depth x columns] with steps of b_k and b_column.
  Packed(const T* b, int64_t b_k, int64_t b_column, int64_t k, int64_t n, T* room)
      : numbers(room), depth(k), columns(n) {
    for (int64_t j = 0; j < n; j += panel) {
      const int64_t some = n - j < panel ? n - j : panel;
      pack<T>(b + j * b_column, b_k, b_column, k, some, some, room + j * k);
    }
  }
  static int64_t room(int64_t k, int64_t n) { return (k * n + 15) / 16 * 16; }

  // c += or = a times this.
  void multiply(const T* a, int64_t a_row, int64_t rows, T* c, int64_t c_row, bool accumulate, char* scratch) const {
    for (int64_t j = 0; j < columns; j += panel) {
      const int64_t some = columns - j < panel ? columns - j : panel;
      Product p;
      p.m = rows;
      p.n = some;
      p.k = depth;
      p.a = reinterpret_cast<const char*>(a);
      p.a_row = a_row;
      p.a_k = 1;
      p.b = reinterpret_cast<const char*>(numbers + j * depth);
      p.b_k = some;
      p.b_column = 1;
      p.c = reinterpret_cast<char*>(c + j);
      p.c_row = c_row;
      p.scratch = scratch;
      p.ahead_count = 0;
      p.accumulate = accumulate;
      product<T>(p);
    }
  }
};

// The first `count` numbers of a vector.
template <class T>
GW_INLINE Vector<T> load_some(const T* from, int64_t count) {
  if (count >= lanes<T>) return load<T>(from);
  T numbers[lanes<T>] = {};
  for (int64_t i = 0; i < count; ++i) numbers[i] = from[i];
  return load<T>(numbers);
}

template <class T>
GW_INLINE void store_some(T* to, Vector<T> v, int64_t count) {
  if (count >= lanes<T>) return store<T>(to, v);
  T numbers[lanes<T>];
  store<T>(numbers, v);
  for (int64_t i = 0; i < count; ++i) to[i] = numbers[i];
}

template <class T>
GW_INLINE void copy_row(T* to, const T* from, int64_t count) {
  std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
}

// Where the state before the i-th walked step lies, for the first row: that of the step before, or the initial one.
template <class T>
struct Before {
  const T* start;
  int64_t row;  // from row to row

  Before(const Sequence& s, int64_t i, const T* states, const T* initial)
      : start(i ? states + (s.begin * s.steps + s.at(i - 1)) * s.units : initial + s.begin * s.units),
        row(i ? s.steps * s.units : s.units) {}
};

// What a sequence needs: workspace for the packed kernel (depth x columns) and these numbers for each row of a tile;
// operands of bytes that are sums of products of rows, steps and units. Depth, columns and numbers in a row are
// multiples of the units.
template <class T>
struct SequenceNeeds : SequenceArgs {
  int64_t states, row, mask;
  Needs needs;

  SequenceNeeds(const int64_t* int_args, int64_t depth, int64_t columns, int64_t numbers_in_row)
      : SequenceArgs(glassworks::read_args<SequenceArgs>(int_args)),
        states(rows * steps * units),
        row(rows * units),
        mask(has_mask ? rows * steps : 0) {
    const int64_t tile_numbers = glassworks::largest_part(rows, tiles) * numbers_in_row * units;
    needs = {tiles, (Packed<T>::room(depth * units, columns * units) + tile_numbers) * static_cast<int64_t>(sizeof(T))};
  }
  // Numbers of each operand; the one at `mask_at` has bytes.
  Needs of(std::initializer_list<int64_t> numbers, int mask_at) {
    int i = 0;
    for (int64_t count : numbers) {
      needs.bytes[i] = i == mask_at ? mask : count * static_cast<int64_t>(sizeof(T));
      ++i;
    }
    return needs;
  }
};

// Gates are (rows x steps x 4 units: input, forget, candidate, output), the recurrent kernel is (units x 4 units),
// hidden and cell are (rows x units), the states after each step (`hiddens`, `cells`) are (rows x steps x units).
GW_OPERANDS(LstmOperands, (gates, kernel, hidden, cell, mask), (hiddens, cells, activated));

template <class T>
Needs lstm_sequence_needs(const int64_t* int_args) {
  SequenceNeeds<T> s(int_args, 1, 4, 4);
  return s.of({4 * s.states, 4 * s.units * s.units, s.row, s.row, 0, s.states, s.states, 4 * s.states}, 4);
}

template <class T>
void lstm_sequence(const TaskCall& call) {
  const auto o = call.operands_as<LstmOperands>();
  const Sequence s(call, o.mask);
  const int64_t u = s.units, rows = s.end - s.begin, gate_row = s.steps * 4 * u, state_row = s.steps * u;
  const T *gates = as<T>(o.gates), *hidden = as<T>(o.hidden), *cell = as<T>(o.cell);
  T *hiddens = as<T>(o.hiddens), *cells = as<T>(o.cells), *activated = as<T>(o.activated);
  const Packed<T> kernel(as<T>(o.kernel), 4 * u, 1, u, 4 * u, as<T>(call.workspace));
  T* products = as<T>(call.workspace) + Packed<T>::room(u, 4 * u);
  for (int64_t i = 0; i < s.steps; ++i) {
    const int64_t step = s.at(i), first = s.begin * s.steps + step;
    const Before<T> h(s, i, hiddens, hidden), c(s, i, cells, cell);
    kernel.multiply(h.start, h.row, rows, products, 4 * u, false, call.scratch);
    for (int64_t r = 0; r < rows; ++r) {
      const T *x = gates + first * 4 * u + r * gate_row, *y = products + r * 4 * u;
      T *z = activated + first * 4 * u + r * gate_row, *to_h = hiddens + first * u + r * state_row,
        *to_c = cells + first * u + r * state_row;
      for (int64_t j = 0; j < u; j += lanes<T>) {
        const int64_t some = u - j;
        const auto gate = [&](int part) {
          return load_some<T>(x + part * u + j, some) + load_some<T>(y + part * u + j, some);
        };
        const Vector<T> input = sigmoid_of<T>(gate(0)), forget = sigmoid_of<T>(gate(1));
        const Vector<T> candidate = tanh_of<T>(gate(2)), output = sigmoid_of<T>(gate(3));
        const Vector<T> state = forget * load_some<T>(c.start + r * c.row + j, some) + input * candidate;
        store_some<T>(to_c + j, state, some);
        store_some<T>(to_h + j, output * tanh_of<T>(state), some);
        store_some<T>(z + j, input, some);
        store_some<T>(z + u + j, forget, some);
        store_some<T>(z + 2 * u + j, candidate, some);
        store_some<T>(z + 3 * u + j, output, some);
      }
      if (s.is_masked(s.begin + r, step)) {
        copy_row(to_h, h.start + r * h.row, u);
        copy_row(to_c, c.start + r * c.row, u);
      }
    }
  }
}

GW_OPERANDS(LstmGradientOperands, (kernel, cell, mask, cells, activated, d_hiddens, d_cells),
            (d_gates, d_hidden, d_cell));

template <class T>
Needs lstm_gradient_needs(const int64_t* int_args) {
  SequenceNeeds<T> s(int_args, 4, 1, 1);
  return s.of({4 * s.units * s.units, s.row, 0, s.states, 4 * s.states, s.states, s.states, 4 * s.states, s.row, s.row},
              2);
}

template <class T>
void lstm_gradient(const TaskCall& call) {
  const auto o = call.operands_as<LstmGradientOperands>();
  const Sequence s(call, o.mask);
  const int64_t u = s.units, rows = s.end - s.begin, gate_row = s.steps * 4 * u, state_row = s.steps * u;
  const T *cell = as<T>(o.cell), *cells = as<T>(o.cells), *activated = as<T>(o.activated);
  const T *from_hiddens = as<T>(o.d_hiddens), *from_cells = as<T>(o.d_cells);
  T *to_gates = as<T>(o.d_gates), *dh = as<T>(o.d_hidden) + s.begin * u, *dc = as<T>(o.d_cell) + s.begin * u;
  const Packed<T> kernel(as<T>(o.kernel), 1, 4 * u, 4 * u, u, as<T>(call.workspace));
  std::memset(static_cast<void*>(dh), 0, static_cast<size_t>(rows * u) * sizeof(T));
  std::memset(static_cast<void*>(dc), 0, static_cast<size_t>(rows * u) * sizeof(T));
  T* carried = as<T>(call.workspace) + Packed<T>::room(4 * u, u);
  for (int64_t i = s.steps - 1; i >= 0; --i) {
    const int64_t step = s.at(i), first = s.begin * s.steps + step;
    const Before<T> before(s, i, cells, cell);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t gate = first * 4 * u + r * gate_row, state = first * u + r * state_row;
      const T* z = activated + gate;
      T* dz = to_gates + gate;
      const bool masked = s.is_masked(s.begin + r, step);
      for (int64_t j = 0; j < u; j += lanes<T>) {
        const int64_t some = u - j;
        const Vector<T> h = load_some<T>(dh + r * u + j, some) + load_some<T>(from_hiddens + state + j, some);
        const Vector<T> c = load_some<T>(dc + r * u + j, some) + load_some<T>(from_cells + state + j, some);
        if (masked) {
          store_some<T>(carried + r * u + j, h, some);
          store_some<T>(dc + r * u + j, c, some);
          for (int part = 0; part < 4; ++part) store_some<T>(dz + part * u + j, Vector<T>{}, some);
          continue;
        }
        const Vector<T> input = load_some<T>(z + j, some), forget = load_some<T>(z + u + j, some);
        const Vector<T> candidate = load_some<T>(z + 2 * u + j, some), output = load_some<T>(z + 3 * u + j, some);
        const Vector<T> squashed = tanh_of<T>(load_some<T>(cells + state + j, some));
        const Vector<T> inner = c + h * output * (T(1) - squashed * squashed);
        store_some<T>(dz + j, inner * candidate * input * (T(1) - input), some);
        store_some<T>(dz + u + j,
                      inner * load_some<T>(before.start + r * before.row + j, some) * forget * (T(1) - forget), some);
        store_some<T>(dz + 2 * u + j, inner * input * (T(1) - candidate * candidate), some);
        store_some<T>(dz + 3 * u + j, h * squashed * output * (T(1) - output), some);
        store_some<T>(dc + r * u + j, inner * forget, some);
        store_some<T>(carried + r * u + j, Vector<T>{}, some);
      }
    }
    copy_row(dh, carried, rows * u);
    kernel.multiply(to_gates + first * 4 * u, gate_row, rows, dh, u, true, call.scratch);
  }
}

// Gates are (rows x steps x 3 units: update, reset, candidate), the recurrent kernel is (units x 3 units); `inner` is
// what it gave for the candidate, in the shape of the states.
GW_OPERANDS(GruOperands, (gates, kernel, recurrent_bias, hidden, mask), (hiddens, activated, inner));

template <class T>
Needs gru_sequence_needs(const int64_t* int_args) {
  SequenceNeeds<T> s(int_args, 1, 3, 3);
  return s.of({3 * s.states, 3 * s.units * s.units, 3 * s.units, s.row, 0, s.states, 3 * s.states, s.states}, 4);
}

template <class T>
void gru_sequence(const TaskCall& call) {
  const auto o = call.operands_as<GruOperands>();
  const Sequence s(call, o.mask);
  const int64_t u = s.units, rows = s.end - s.begin, gate_row = s.steps * 3 * u, state_row = s.steps * u;
  const T *gates = as<T>(o.gates), *bias = as<T>(o.recurrent_bias), *hidden = as<T>(o.hidden);
  T *hiddens = as<T>(o.hiddens), *activated = as<T>(o.activated), *inner = as<T>(o.inner);
  T* room = as<T>(call.workspace);
  const Packed<T> kernel(as<T>(o.kernel), 3 * u, 1, u, 3 * u, room);
  T* products = room + Packed<T>::room(u, 3 * u);
  for (int64_t i = 0; i < s.steps; ++i) {
    const int64_t step = s.at(i), first = s.begin * s.steps + step;
    const Before<T> h(s, i, hiddens, hidden);
    for (int64_t r = 0; r < rows; ++r) copy_row(products + r * 3 * u, bias, 3 * u);
    kernel.multiply(h.start, h.row, rows, products, 3 * u, true, call.scratch);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t gate = first * 3 * u + r * gate_row, state = first * u + r * state_row;
      const T *x = gates + gate, *y = products + r * 3 * u;
      T* z = activated + gate;
      for (int64_t j = 0; j < u; j += lanes<T>) {
        const int64_t some = u - j;
        const Vector<T> recurrent = load_some<T>(y + 2 * u + j, some);
        const Vector<T> update = sigmoid_of<T>(load_some<T>(x + j, some) + load_some<T>(y + j, some));
        const Vector<T> reset = sigmoid_of<T>(load_some<T>(x + u + j, some) + load_some<T>(y + u + j, some));
        const Vector<T> candidate = tanh_of<T>(load_some<T>(x + 2 * u + j, some) + reset * recurrent);
        const Vector<T> old = load_some<T>(h.start + r * h.row + j, some);
        store_some<T>(hiddens + state + j, update * old + (T(1) - update) * candidate, some);
        store_some<T>(inner + state + j, recurrent, some);
        store_some<T>(z + j, update, some);
        store_some<T>(z + u + j, reset, some);
        store_some<T>(z + 2 * u + j, candidate, some);
      }
      if (s.is_masked(s.begin + r, step)) copy_row(hiddens + state, h.start + r * h.row, u);
    }
  }
}

// `d_products` are the gradients of what the recurrent kernel and bias gave (rows x steps x 3 units).
GW_OPERANDS(GruGradientOperands, (kernel, hidden, mask, hiddens, activated, inner, d_hiddens),
            (d_gates, d_products, d_hidden));

template <class T>
Needs gru_gradient_needs(const int64_t* int_args) {
  SequenceNeeds<T> s(int_args, 3, 1, 0);
  return s.of(
      {3 * s.units * s.units, s.row, 0, s.states, 3 * s.states, s.states, s.states, 3 * s.states, 3 * s.states, s.row},
      2);
}

template <class T>
void gru_gradient(const TaskCall& call) {
  const auto o = call.operands_as<GruGradientOperands>();
  const Sequence s(call, o.mask);
  const int64_t u = s.units, rows = s.end - s.begin, gate_row = s.steps * 3 * u, state_row = s.steps * u;
  const T *hidden = as<T>(o.hidden), *hiddens = as<T>(o.hiddens), *activated = as<T>(o.activated);
  const T *inner = as<T>(o.inner), *from = as<T>(o.d_hiddens);
  T *to_gates = as<T>(o.d_gates), *to_products = as<T>(o.d_products), *dh = as<T>(o.d_hidden) + s.begin * u;
  const Packed<T> kernel(as<T>(o.kernel), 1, 3 * u, 3 * u, u, as<T>(call.workspace));
  std::memset(static_cast<void*>(dh), 0, static_cast<size_t>(rows * u) * sizeof(T));
  for (int64_t i = s.steps - 1; i >= 0; --i) {
    const int64_t step = s.at(i), first = s.begin * s.steps + step;
    const Before<T> before(s, i, hiddens, hidden);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t gate = first * 3 * u + r * gate_row, state = first * u + r * state_row;
      const T* z = activated + gate;
      T *d_gate = to_gates + gate, *d_product = to_products + gate;
      const bool masked = s.is_masked(s.begin + r, step);
      for (int64_t j = 0; j < u; j += lanes<T>) {
        const int64_t some = u - j;
        const Vector<T> h = load_some<T>(dh + r * u + j, some) + load_some<T>(from + state + j, some);
        if (masked) {
          store_some<T>(dh + r * u + j, h, some);
          for (int part = 0; part < 3; ++part) {
            store_some<T>(d_gate + part * u + j, Vector<T>{}, some);
            store_some<T>(d_product + part * u + j, Vector<T>{}, some);
          }
          continue;
        }
        const Vector<T> update = load_some<T>(z + j, some), reset = load_some<T>(z + u + j, some);
        const Vector<T> candidate = load_some<T>(z + 2 * u + j, some);
        const Vector<T> old = load_some<T>(before.start + r * before.row + j, some);
        const Vector<T> d_update = h * (old - candidate) * update * (T(1) - update);
        const Vector<T> d_candidate = h * (T(1) - update) * (T(1) - candidate * candidate);
        const Vector<T> d_reset = d_candidate * load_some<T>(inner + state + j, some) * reset * (T(1) - reset);
        store_some<T>(d_gate + j, d_update, some);
        store_some<T>(d_product + j, d_update, some);
        store_some<T>(d_gate + u + j, d_reset, some);
        store_some<T>(d_product + u + j, d_reset, some);
        store_some<T>(d_gate + 2 * u + j, d_candidate, some);
        store_some<T>(d_product + 2 * u + j, d_candidate * reset, some);
        store_some<T>(dh + r * u + j, h * update, some);
      }
    }
    kernel.multiply(to_products + first * 3 * u, gate_row, rows, dh, u, true, call.scratch);
  }
}

}  // namespace
