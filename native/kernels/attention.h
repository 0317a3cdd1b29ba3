// Attention without the square of scores: a block of queries meets the keys block by block. Forward keeps the running
// maximum and sum of each row (Milakov and Gimelshein 2018, Dao et al. 2022); backward computes the scores again from
// what forward kept.
#pragma once

#include "glassworks/kernels.h"
#include "math.h"
#include "product.h"
#include "recurrent.h"

namespace {

constexpr int64_t attention_block = 128;  // queries, and keys, that meet at a time
constexpr int64_t attention_strip = 32;   // queries of a block whose causal end is looked at together

// `size` and `value_size` are those of a head; `mask_strides` lead through the mask along batch, head, query, key.
GW_INT_ARGS(AttentionArgs, batch, heads, key_heads, queries, keys, size, value_size, causal, has_mask, mask_strides[4]);

template <class T>
struct Attention : AttentionArgs {
  const uint8_t* mask;
  T scale;  // of the scores

  Attention(const TaskCall& call, const char* mask_operand)
      : AttentionArgs(call.args_as<AttentionArgs>()),
        mask(has_mask ? as<uint8_t>(mask_operand) : nullptr),
        scale(static_cast<T>(call.float_args[0])) {}

  // Steps from row to row.
  int64_t query_row() const { return heads * size; }
  int64_t key_row() const { return key_heads * size; }
  int64_t value_row() const { return key_heads * value_size; }
  int64_t output_row() const { return heads * value_size; }

  int64_t query_at(int64_t b, int64_t query, int64_t head) const {
    return ((b * queries + query) * heads + head) * size;
  }
  int64_t output_at(int64_t b, int64_t query, int64_t head) const {
    return ((b * queries + query) * heads + head) * value_size;
  }
  int64_t key_at(int64_t b, int64_t key, int64_t head) const { return ((b * keys + key) * key_heads + head) * size; }
  int64_t value_at(int64_t b, int64_t key, int64_t head) const {
    return ((b * keys + key) * key_heads + head) * value_size;
  }

  // Whether no query of a block sees any key from `key` on. A query from which a mask hides all keys takes something of
  // each of them: where there is a mask, none are left out.
  bool sees_nothing(int64_t last_query, int64_t key) const { return causal && !mask && key > last_query; }

  // How many of `count` keys from `key` on a query may see, the mask aside.
  int64_t in_sight(int64_t query, int64_t key, int64_t count) const {
    const int64_t before = query + 1 - key;
    return !causal || before >= count ? count : before > 0 ? before : 0;
  }

  // A row of scores: -infinity where the mask hides a key.
  void hide(T* scores, int64_t count, int64_t b, int64_t head, int64_t query, int64_t key) const {
    if (!mask) return;
    const uint8_t* row =
        mask + b * mask_strides[0] + head * mask_strides[1] + query * mask_strides[2] + key * mask_strides[3];
    for (int64_t j = 0; j < count; ++j)
      scores[j] = row[j * mask_strides[3]] ? scores[j] : -std::numeric_limits<T>::infinity();
  }
};

// c (+)= a b with steps along rows and columns.
template <class T>
GW_INLINE void multiply(const TaskCall& call, int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, int64_t a_k,
                        const T* b, int64_t b_k, int64_t b_column, T* c, int64_t c_row, bool accumulate) {
  Product p;
  p.m = m;
  p.n = n;
  p.k = k;
  p.a = reinterpret_cast<const char*>(a);
  p.a_row = a_row;
  p.a_k = a_k;
  p.b = reinterpret_cast<const char*>(b);
  p.b_k = b_k;
  p.b_column = b_column;
  p.c = reinterpret_cast<char*>(c);
  p.c_row = c_row;
  p.scratch = call.scratch;
  p.ahead_count = 0;
  p.accumulate = accumulate;
  product<T>(p);
}

// The vector from a place of a row on; beyond the end of the row stands `filling`.
template <class T>
GW_INLINE Vector<T> load_filled(const T* from, int64_t count, T filling) {
  if (count >= lanes<T>) return load<T>(from);
  T numbers[lanes<T>];
  for (int64_t i = 0; i < lanes<T>; ++i) numbers[i] = i < count ? from[i] : filling;
  return load<T>(numbers);
}

// Takes the exponentials of a row of scores, times `scale`, less its maximum so far, which grows if need be; what came
// before shrinks by the factor returned.
template <class T>
GW_INLINE T soften(T* scores, int64_t count, T scale, T& largest, T& sum) {
  const T lowest = -std::numeric_limits<T>::infinity();
  Vector<T> top = splat<T>(largest);
  for (int64_t j = 0; j < count; j += lanes<T>) {
    // What lies beyond the end is the first score once more.
    const Vector<T> x = load_filled<T>(scores + j, count - j, scores[0]) * scale;
    top = choose<T>(x > top, x, top);
  }
  T parts[lanes<T>], now = largest;
  store<T>(parts, top);
  for (int l = 0; l < lanes<T>; ++l) now = parts[l] > now ? parts[l] : now;
  if (now == lowest) {
    std::memset(static_cast<void*>(scores), 0, static_cast<size_t>(count) * sizeof(T));
    return T(0);
  }
  Vector<T> total = {};
  const int64_t whole = count / lanes<T> * lanes<T>;
  for (int64_t j = 0; j < whole; j += lanes<T>) {
    const Vector<T> power = exp_of<T>(load<T>(scores + j) * scale - now);
    total += power;
    store<T>(scores + j, power);
  }
  if (whole < count) {
    Vector<T> power = exp_of<T>(load_some<T>(scores + whole, count - whole) * scale - now);
    for (int64_t l = count - whole; l < lanes<T>; ++l) power[l] = T(0);
    total += power;
    store_some<T>(scores + whole, power, count - whole);
  }
  store<T>(parts, total);
  for (int half = lanes<T> / 2; half; half /= 2)
    for (int l = 0; l < half; ++l) parts[l] += parts[l + half];
  const T factor = largest == lowest ? T(0) : largest == now ? T(1) : std::exp(largest - now);
  sum = sum * factor + parts[0];
  largest = now;
  return factor;
}

// What a query takes that sees no key.
template <class T>
void mean_of_values(const Attention<T>& a, const T* values, T* out) {
  for (int64_t j = 0; j < a.value_size; ++j) {
    T sum = T(0);
    for (int64_t k = 0; k < a.keys; ++k) sum += values[k * a.value_row() + j];
    out[j] = sum / static_cast<T>(a.keys);
  }
}

// The query is (batch x queries x heads x size), `log_sums`, the logarithms of the sums, (batch x heads x queries).
GW_OPERANDS(AttentionOperands, (query, key, value, mask), (output, log_sums));

// A tile is one block of the queries of one head of one of the batch.
template <class T>
void attention(const TaskCall& call) {
  const auto o = call.operands_as<AttentionOperands>();
  const Attention<T> a(call, o.mask);
  const int64_t blocks = (a.queries + attention_block - 1) / attention_block;
  const int64_t block = call.tile % blocks, head = call.tile / blocks % a.heads, b = call.tile / blocks / a.heads;
  const int64_t first = a.queries * block / blocks, count = a.queries * (block + 1) / blocks - first,
                key_head = head * a.key_heads / a.heads;
  const T* query = as<T>(o.query) + a.query_at(b, first, head);
  T *output = as<T>(o.output) + a.output_at(b, first, head), *scores = as<T>(call.workspace);
  T largest[attention_block], sum[attention_block];
  for (int64_t i = 0; i < count; ++i) {
    largest[i] = -std::numeric_limits<T>::infinity();
    sum[i] = T(0);
  }
  for (int64_t key = 0; key < a.keys && !a.sees_nothing(first + count - 1, key); key += attention_block) {
    const int64_t some = a.keys - key < attention_block ? a.keys - key : attention_block;
    for (int64_t strip = 0; strip < count; strip += attention_strip) {
      const int64_t rows = count - strip < attention_strip ? count - strip : attention_strip;
      const int64_t seen = a.in_sight(first + strip + rows - 1, key, some);
      if (seen == 0) continue;
      T* part = scores + strip * attention_block;
      multiply<T>(call, rows, seen, a.size, query + strip * a.query_row(), a.query_row(), 1,
                  as<T>(o.key) + a.key_at(b, key, key_head), 1, a.key_row(), part, attention_block, false);
      for (int64_t i = strip; i < strip + rows; ++i) {
        T *row = scores + i * attention_block, *out = output + i * a.output_row();
        const int64_t own = a.in_sight(first + i, key, some);
        a.hide(row, own, b, head, first + i, key);
        const T factor = own ? soften<T>(row, own, a.scale, largest[i], sum[i]) : T(1);
        if (own < seen) std::memset(static_cast<void*>(row + own), 0, static_cast<size_t>(seen - own) * sizeof(T));
        if (key && factor != T(1))
          for (int64_t j = 0; j < a.value_size; j += lanes<T>)
            store_some<T>(out + j, load_some<T>(out + j, a.value_size - j) * factor, a.value_size - j);
      }
      multiply<T>(call, rows, a.value_size, seen, part, attention_block, 1,
                  as<T>(o.value) + a.value_at(b, key, key_head), a.value_row(), 1, output + strip * a.output_row(),
                  a.output_row(), key > 0);
    }
  }
  T* logarithms = as<T>(o.log_sums) + (b * a.heads + head) * a.queries + first;
  for (int64_t i = 0; i < count; ++i) {
    T* out = output + i * a.output_row();
    if (sum[i] == T(0)) {
      mean_of_values(a, as<T>(o.value) + a.value_at(b, 0, key_head), out);
      logarithms[i] = -std::numeric_limits<T>::infinity();
      continue;
    }
    const T inverse = T(1) / sum[i];
    for (int64_t j = 0; j < a.value_size; j += lanes<T>)
      store_some<T>(out + j, load_some<T>(out + j, a.value_size - j) * inverse, a.value_size - j);
    logarithms[i] = largest[i] + std::log(sum[i]);
  }
}

// Bytes of the operands of attention.
template <class T>
struct AttentionBytes {
  int64_t query, key, value, mask, output, logarithms, block;

  explicit AttentionBytes(const AttentionArgs& a) {
    const int64_t item = sizeof(T);
    query = a.batch * a.queries * a.heads * a.size * item;
    key = a.batch * a.keys * a.key_heads * a.size * item;
    value = a.batch * a.keys * a.key_heads * a.value_size * item;
    const int64_t last[4] = {a.batch - 1, a.heads - 1, a.queries - 1, a.keys - 1};
    mask = a.has_mask ? 1 : 0;
    for (int i = 0; i < 4; ++i) mask += a.has_mask ? last[i] * a.mask_strides[i] : 0;
    output = a.batch * a.queries * a.heads * a.value_size * item;
    logarithms = a.batch * a.heads * a.queries * item;
    block = attention_block * attention_block * item;
  }
};
template <class T>
Needs attention_needs(const int64_t* int_args) {
  const auto a = glassworks::read_args<AttentionArgs>(int_args);
  const AttentionBytes<T> b(a);
  const int64_t tiles = a.batch * a.heads * ((a.queries + attention_block - 1) / attention_block);
  return {tiles,
          b.block,
          a.key_heads > 0 && a.heads % a.key_heads == 0,
          {b.query, b.key, b.value, b.mask, b.output, b.logarithms}};
}

GW_OPERANDS(AttentionGradientOperands, (query, key, value, mask, output, log_sums, gradient),
            (d_query, d_key, d_value));

template <class T>
Needs attention_gradient_needs(const int64_t* int_args) {
  const auto a = glassworks::read_args<AttentionArgs>(int_args);
  const AttentionBytes<T> b(a);
  return {a.batch * a.key_heads,
          2 * b.block,
          a.key_heads > 0 && a.heads % a.key_heads == 0,
          {b.query, b.key, b.value, b.mask, b.output, b.logarithms, b.output, b.query, b.key, b.value}};
}

// A row of scores becomes weights, and what the gradient says of the weights becomes what it says of the scores before
// scaling.
template <class T>
void attention_slopes(const Attention<T>& a, T* score, T* slope, int64_t count, int64_t b, int64_t head, int64_t query,
                      int64_t key, T logarithm, T inner) {
  if (logarithm == -std::numeric_limits<T>::infinity()) {
    // All keys are hidden: it took the mean of all values, and no score matters.
    for (int64_t j = 0; j < count; ++j) {
      score[j] = T(1) / static_cast<T>(a.keys);
      slope[j] = T(0);
    }
    return;
  }
  const int64_t own = a.in_sight(query, key, count);
  a.hide(score, own, b, head, query, key);
  for (int64_t j = 0; j < own; j += lanes<T>) {
    const Vector<T> weight = exp_of<T>(load_some<T>(score + j, own - j) * a.scale - logarithm);
    store_some<T>(score + j, weight, own - j);
    store_some<T>(slope + j, weight * (load_some<T>(slope + j, own - j) - inner) * a.scale, own - j);
  }
  std::memset(static_cast<void*>(score + own), 0, static_cast<size_t>(count - own) * sizeof(T));
  std::memset(static_cast<void*>(slope + own), 0, static_cast<size_t>(count - own) * sizeof(T));
}

// A tile is one head of the keys of one of the batch, with all queries that look at it.
template <class T>
void attention_gradient(const TaskCall& call) {
  const auto o = call.operands_as<AttentionGradientOperands>();
  const Attention<T> a(call, o.mask);
  const int64_t key_head = call.tile % a.key_heads, b = call.tile / a.key_heads, group = a.heads / a.key_heads;
  const T *query = as<T>(o.query), *output = as<T>(o.output), *logarithms = as<T>(o.log_sums),
          *gradient = as<T>(o.gradient);
  const T *key = as<T>(o.key) + a.key_at(b, 0, key_head), *value = as<T>(o.value) + a.value_at(b, 0, key_head);
  T *to_query = as<T>(o.d_query), *to_key = as<T>(o.d_key) + a.key_at(b, 0, key_head),
    *to_value = as<T>(o.d_value) + a.value_at(b, 0, key_head);
  T *scores = as<T>(call.workspace), *slopes = scores + attention_block * attention_block;
  for (int64_t k = 0; k < a.keys; ++k) {
    std::memset(static_cast<void*>(to_key + k * a.key_row()), 0, static_cast<size_t>(a.size) * sizeof(T));
    std::memset(static_cast<void*>(to_value + k * a.value_row()), 0, static_cast<size_t>(a.value_size) * sizeof(T));
  }
  for (int64_t head = key_head * group; head < (key_head + 1) * group; ++head)
    for (int64_t first = 0; first < a.queries; first += attention_block) {
      const int64_t count = a.queries - first < attention_block ? a.queries - first : attention_block;
      const T *q = query + a.query_at(b, first, head), *g = gradient + a.output_at(b, first, head),
              *out = output + a.output_at(b, first, head);
      const T* logarithm = logarithms + (b * a.heads + head) * a.queries + first;
      T* to_q = to_query + a.query_at(b, first, head);
      T inner[attention_block];  // of each row: its gradient times its output
      for (int64_t i = 0; i < count; ++i) {
        inner[i] = T(0);
        for (int64_t j = 0; j < a.value_size; ++j) inner[i] += g[i * a.output_row() + j] * out[i * a.output_row() + j];
      }
      for (int64_t k = 0; k < a.keys && (k == 0 || !a.sees_nothing(first + count - 1, k)); k += attention_block) {
        const int64_t some = a.keys - k < attention_block ? a.keys - k : attention_block;
        const T *ks = key + k * a.key_row(), *vs = value + k * a.value_row();
        for (int64_t strip = 0; strip < count; strip += attention_strip) {
          const int64_t rows = count - strip < attention_strip ? count - strip : attention_strip;
          // A query from which the mask hides all keys has something to say to each of them.
          const int64_t seen = a.mask ? some : a.in_sight(first + strip + rows - 1, k, some);
          if (seen == 0) continue;
          T *score = scores + strip * attention_block, *slope = slopes + strip * attention_block;
          const T *qs = q + strip * a.query_row(), *gs = g + strip * a.output_row();
          multiply<T>(call, rows, seen, a.size, qs, a.query_row(), 1, ks, 1, a.key_row(), score, attention_block,
                      false);
          multiply<T>(call, rows, seen, a.value_size, gs, a.output_row(), 1, vs, 1, a.value_row(), slope,
                      attention_block, false);
          for (int64_t i = strip; i < strip + rows; ++i)
            attention_slopes(a, scores + i * attention_block, slopes + i * attention_block, seen, b, head, first + i, k,
                             logarithm[i], inner[i]);
          multiply<T>(call, seen, a.value_size, rows, score, 1, attention_block, gs, a.output_row(), 1,
                      to_value + k * a.value_row(), a.value_row(), true);
          multiply<T>(call, seen, a.size, rows, slope, 1, attention_block, qs, a.query_row(), 1,
                      to_key + k * a.key_row(), a.key_row(), true);
          multiply<T>(call, rows, a.size, seen, slope, attention_block, 1, ks, a.key_row(), 1,
                      to_q + strip * a.query_row(), a.query_row(), k > 0);
        }
      }
    }
}

}  // namespace
