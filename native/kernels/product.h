// The matrix product: a register tile of rows x (vectors of) columns, broadcasting a and streaming b.
//
// Neither operand is packed when its rows can be read as they are. b is packed, a panel at a time, where it is
// transposed, where the last panel is narrower than a vector, and where its rows lie so far apart that they would
// fight for the same places in the cache.
#pragma once

#include "glassworks/program.h"
#include "vector.h"

namespace {

using glassworks::Product;

#if GW_VECTOR_BYTES == 64
constexpr int panel_vectors = 4, panel_rows = 6, half_rows = 12, single_rows = 12;
#elif defined(__aarch64__)
constexpr int panel_vectors = 4, panel_rows = 6, half_rows = 8, single_rows = 8;
#else
constexpr int panel_vectors = 2, panel_rows = 6, half_rows = 6, single_rows = 6;
#endif
constexpr int64_t depth_block = 384;

// c[rows x vectors] (+)= a[rows x depth] b[depth x vectors]. All loops over rows and vectors are unrolled. What c holds
// is added last, so that rounding errors grow with the number of blocks rather than with that of all products.
template <class T, int rows, int vectors>
GW_INLINE void register_tile(const T* a, int64_t a_row, int64_t a_k, const T* b, int64_t b_k, T* c, int64_t c_row,
                             int64_t depth, bool add) {
  constexpr int width = lanes<T>;
  Vector<T> total[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) total[i][j] = Vector<T>{};
  for (int64_t k = 0; k < depth; ++k) {
    Vector<T> row[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) row[j] = load<T>(b + j * width);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Vector<T> left = splat<T>(a[i * a_row]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) total[i][j] += left * row[j];
    }
    a += a_k;
    b += b_k;
  }
  if (add) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) total[i][j] += load<T>(c + i * c_row + j * width);
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) store<T>(c + i * c_row + j * width, total[i][j]);
}

// Fetches what the epilogue reads at the places of a register tile.
template <class T, int rows, int vectors>
GW_INLINE void fetch_ahead(const Product& p, int64_t row, int64_t column) {
  for (int64_t i = 0; i < p.ahead_count; ++i) {
    const char* start = p.ahead[i] + row * p.ahead_row + column * static_cast<int64_t>(sizeof(T));
    for (int r = 0; r < rows; ++r)
      for (int line = 0; line * 64 < vectors * GW_VECTOR_BYTES; ++line)
        __builtin_prefetch(start + r * p.ahead_row + line * 64, 1, 2);
  }
}

// All rows of one panel, `rows` at a time; what is left over takes a smaller tile.
template <class T, int rows, int vectors>
void panel(const Product& p, int64_t first, int64_t column, const T* a, const T* b, int64_t b_k, T* c, int64_t c_row,
           int64_t depth, bool add) {
  int64_t i = first;
  for (; i + rows <= p.m; i += rows) {
    if (p.ahead_count && !add) fetch_ahead<T, rows, vectors>(p, i, column);
    register_tile<T, rows, vectors>(a + i * p.a_row, p.a_row, p.a_k, b, b_k, c + i * c_row, c_row, depth, add);
  }
  if constexpr (rows > 1) {
    constexpr int smaller = rows > 8 ? 8 : rows > 4 ? 4 : rows > 2 ? 2 : 1;
    if (i < p.m) panel<T, smaller, vectors>(p, i, column, a, b, b_k, c, c_row, depth, add);
  }
}

// Transposes a block of (lanes x lanes) numbers: to[j][i] = from[i][j].
template <class T>
GW_INLINE void transpose_block(const T* from, int64_t from_row, T* to, int64_t to_row) {
  constexpr int width = lanes<T>;
  using Int = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  Vector<T> rows[width];
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i) rows[i] = load<T>(from + i * from_row);
#pragma GCC unroll 4
  for (int step = 1; step < width; step *= 2) {
    // Exchange the off-diagonal (step x step) blocks.
    Vector<Int> low, high;
    for (int i = 0; i < width; ++i) {
      low[i] = (i & step) ? width + (i ^ step) : i;
      high[i] = (i & step) ? width + i : (i ^ step);
    }
#pragma GCC unroll 16
    for (int i = 0; i < width; ++i) {
      if (i & step) continue;
      const Vector<T> x = rows[i], y = rows[i + step];
#if defined(__clang__)
      Vector<T> p, q;
      for (int l = 0; l < width; ++l) {
        p[l] = (l & step) ? y[l ^ step] : x[l];
        q[l] = (l & step) ? y[l] : x[l ^ step];
      }
      rows[i] = p;
      rows[i + step] = q;
#else
      rows[i] = __builtin_shuffle(x, y, low);
      rows[i + step] = __builtin_shuffle(x, y, high);
#endif
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i) store<T>(to + i * to_row, rows[i]);
}

// Copies fewer numbers than a vector has, by two overlapping pieces of a fixed size.
template <class T, int size = lanes<T> / 2>
GW_INLINE void copy_short(T* to, const T* from, int64_t count) {
  if constexpr (size == 0) {
    (void)to;
    (void)from;
    (void)count;
  } else {
    if (count >= size) {
      T head[size], tail[size];
      std::memcpy(head, from, sizeof head);
      std::memcpy(tail, from + count - size, sizeof tail);
      std::memcpy(to, head, sizeof head);
      std::memcpy(to + count - size, tail, sizeof tail);
    } else {
      copy_short<T, size / 2>(to, from, count);
    }
  }
}

// to[k][j] = b[k][j] for a panel of `columns`, with rows of `padded` columns.
template <class T>
void pack(const T* b, int64_t b_k, int64_t b_column, int64_t depth, int64_t columns, int64_t padded, T* to) {
  constexpr int width = lanes<T>;
  if (b_column == 1) {
    // Beyond the columns stands whatever was there: it meets columns of c that nobody reads.
    const int64_t whole = columns / width * width;
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t j = 0; j < whole; j += width) store<T>(to + k * padded + j, load<T>(b + k * b_k + j));
      copy_short<T>(to + k * padded + whole, b + k * b_k + whole, columns - whole);
    }
    return;
  }
  const int64_t whole_k = depth / width * width, whole_j = columns / width * width;
  for (int64_t j = 0; j < whole_j; j += width)
    for (int64_t k = 0; k < whole_k; k += width)
      transpose_block<T>(b + j * b_column + k, b_column, to + k * padded + j, padded);
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t j = k < whole_k ? whole_j : 0; j < padded; ++j)
      to[k * padded + j] = j < columns ? b[j * b_column + k * b_k] : T(0);
}

template <class T, int vectors>
GW_INLINE void run_panel(const Product& p, int64_t column, const T* a, const T* b, int64_t b_k, T* c, int64_t c_row,
                         int64_t depth, bool add) {
  constexpr int rows = vectors == 4   ? panel_rows
                       : vectors == 2 ? (panel_vectors == 2 ? panel_rows : half_rows)
                                      : single_rows;
  panel<T, rows, vectors>(p, 0, column, a, b, b_k, c, c_row, depth, add);
}

// Scratch: a packed panel, and a tile of c for the columns that do not fill a vector.
template <class T>
constexpr int64_t packed_items = depth_block * panel_vectors * lanes<T>;
constexpr int64_t most_edge_rows = 512;

// One row times a matrix reads each row of b once, and none where the number of a is zero: pictures and one-hot
// features are mostly zeros.
template <class T, int vectors>
GW_INLINE void one_row_panel(const T* a, int64_t a_k, const T* b, int64_t b_k, T* c, const int32_t* places,
                             int64_t count) {
  Vector<T> total[vectors];
  for (int j = 0; j < vectors; ++j) total[j] = Vector<T>{};
  for (int64_t i = 0; i < count; ++i) {
    const Vector<T> left = splat<T>(a[places[i] * a_k]);
    const T* row = b + places[i] * b_k;
    for (int j = 0; j < vectors; ++j) total[j] += left * load<T>(row + j * lanes<T>);
  }
  for (int j = 0; j < vectors; ++j) store<T>(c + j * lanes<T>, load<T>(c + j * lanes<T>) + total[j]);
}

// The columns that do not fill a vector. Whole vectors are read where the matrix goes on behind them.
template <class T>
void one_row_rest(const T* a, int64_t a_k, const T* b, int64_t b_k, int64_t depth, int64_t columns, T* c,
                  const int32_t* places, int64_t count) {
  constexpr int width = lanes<T>;
  Vector<T> total[4] = {};
  int64_t i = 0;
  for (; i + 4 <= count && (depth - 1 - places[i + 3]) * b_k + columns >= width; i += 4)
    for (int part = 0; part < 4; ++part)
      total[part] += splat<T>(a[places[i + part] * a_k]) * load<T>(b + places[i + part] * b_k);
  T sums[width];
  store<T>(sums, (total[0] + total[1]) + (total[2] + total[3]));
  for (; i < count; ++i)
    for (int64_t j = 0; j < columns; ++j) sums[j] += a[places[i] * a_k] * b[places[i] * b_k + j];
  for (int64_t j = 0; j < columns; ++j) c[j] += sums[j];
}

template <class T>
void one_row(const Product& p) {
  constexpr int width = lanes<T>;
  const T *a = as<T>(p.a), *b = as<T>(p.b);
  T* c = as<T>(p.c);
  std::memset(static_cast<void*>(c), 0, static_cast<size_t>(p.n) * sizeof(T));
  for (int64_t k = 0; k < p.k; k += depth_block) {
    const int64_t depth = p.k - k < depth_block ? p.k - k : depth_block;
    int32_t places[depth_block];
    int64_t count = 0;
    for (int64_t i = 0; i < depth; ++i) {
      places[count] = static_cast<int32_t>(i);
      count += a[(k + i) * p.a_k] != T(0);
    }
    const T *left = a + k * p.a_k, *right = b + k * p.b_k;
    int64_t j = 0;
    for (; j + 8 * width <= p.n; j += 8 * width)
      one_row_panel<T, 8>(left, p.a_k, right + j, p.b_k, c + j, places, count);
    for (; j + 4 * width <= p.n; j += 4 * width)
      one_row_panel<T, 4>(left, p.a_k, right + j, p.b_k, c + j, places, count);
    for (; j + width <= p.n; j += width) one_row_panel<T, 1>(left, p.a_k, right + j, p.b_k, c + j, places, count);
    if (j < p.n) one_row_rest<T>(left, p.a_k, right + j, p.b_k, depth, p.n - j, c + j, places, count);
  }
}

// c -= rate * a b for a column a and a row b: gradient and plain descent in one, for batches of one row. Rows of c that
// meet a zero of a stay as they are. The rate stands at the beginning of the scratch memory.
template <class T>
void rank_one_descent(const Product& p) {
  const T *a = as<T>(p.a), *b = as<T>(p.b);
  const T rate = *as<T>(p.scratch);
  for (int64_t i = 0; i < p.m; ++i) {
    const T factor = rate * a[i * p.a_row];
    if (factor == T(0)) continue;
    T* row = as<T>(p.c) + i * p.c_row;
    GW_INDEPENDENT
    for (int64_t j = 0; j < p.n; ++j) row[j] -= factor * b[j];
  }
}

// Few rows times a transposed matrix: dot products, which read both along k. As many at a time as a vector has lanes:
// their partial sums are transposed, and added up for all together. Long rows are read in blocks, each with a sum of
// its own.
template <class T>
void dot_products(const Product& p) {
  constexpr int width = lanes<T>;
  constexpr int64_t block = depth_block * width;
  const T *a = as<T>(p.a), *b = as<T>(p.b);
  T* c = as<T>(p.c);
  const int64_t whole = p.k / width * width;
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; j += width) {
      const int64_t count = p.n - j < width ? p.n - j : width;
      const T* x = a + i * p.a_row;
      T partial[width][width], sums[width];
      for (int64_t l = 0; l < count; ++l) {
        const T* y = b + (j + l) * p.b_column;
        Vector<T> total = {};
        for (int64_t first = 0; first < whole; first += block) {
          Vector<T> sum = {};
          for (int64_t k = first; k < (first + block < whole ? first + block : whole); k += width)
            sum += load<T>(x + k) * load<T>(y + k);
          total += sum;
        }
        store<T>(partial[l], total);
      }
      for (int64_t l = count; l < width; ++l) store<T>(partial[l], Vector<T>{});
      T columns[width][width];
      transpose_block<T>(partial[0], width, columns[0], width);
      Vector<T> sum = {};
      for (int l = 0; l < width; ++l) sum += load<T>(columns[l]);
      store<T>(sums, sum);
      for (int64_t l = 0; l < count; ++l) {
        for (int64_t k = whole; k < p.k; ++k) sums[l] += x[k] * b[(j + l) * p.b_column + k];
        c[i * p.c_row + j + l] = sums[l];
      }
    }
}

template <class T>
void product(const Product& p);

// Rows in pieces, where the last columns do not fill a vector and there is no room for all rows of them.
template <class T>
void product_of_many_rows(const Product& p) {
  Product q = p;
  for (int64_t row = 0; row < p.m; row += most_edge_rows) {
    q.m = p.m - row < most_edge_rows ? p.m - row : most_edge_rows;
    q.a = p.a + row * p.a_row * static_cast<int64_t>(sizeof(T));
    q.c = p.c + row * p.c_row * static_cast<int64_t>(sizeof(T));
    for (int64_t i = 0; i < p.ahead_count; ++i) q.ahead[i] = p.ahead[i] + row * p.ahead_row;
    product<T>(q);
  }
}

template <class T>
void product(const Product& p) {
  constexpr int width = lanes<T>;
  if (p.m > most_edge_rows && p.n % width) return product_of_many_rows<T>(p);
  if (p.m == 1 && p.b_column == 1 && !p.accumulate) return one_row<T>(p);
  if (p.m <= 2 && !p.accumulate && p.b_column != 1 && p.b_k == 1 && p.a_k == 1) return dot_products<T>(p);
  const T *a = as<T>(p.a), *b = as<T>(p.b);
  T *c = as<T>(p.c), *packed = as<T>(p.scratch), *edge = packed + packed_items<T>;
  if (p.k == 0 && !p.accumulate)
    for (int64_t i = 0; i < p.m; ++i)
      std::memset(static_cast<void*>(c + i * p.c_row), 0, static_cast<size_t>(p.n) * sizeof(T));
  const bool far_apart = p.b_k * static_cast<int64_t>(sizeof(T)) >= 2048 && p.m > 24;
  // Blocks of k of about the same depth: a short last one would load and store c for little arithmetic.
  const int64_t blocks = (p.k + depth_block - 1) / depth_block;
  const int64_t even = blocks ? (((p.k + blocks - 1) / blocks) + 7) / 8 * 8 : 0;
  for (int64_t k = 0; k < p.k; k += even) {
    const int64_t depth = p.k - k < even ? p.k - k : even;
    const bool add = k > 0 || p.accumulate;
    for (int64_t j = 0; j < p.n;) {
      const int64_t left = p.n - j;
      const int vectors = left >= panel_vectors * width ? panel_vectors : left >= 2 * width ? 2 : 1;
      const int64_t columns = left < vectors * width ? left : vectors * width;
      const T* panel_b = b + k * p.b_k + j * p.b_column;
      int64_t b_k = p.b_k;
      const bool is_edge = columns < vectors * width;  // then vectors is 1
      if (p.b_column != 1 || is_edge || far_apart) {
        pack<T>(panel_b, p.b_k, p.b_column, depth, columns, vectors * width, packed);
        panel_b = packed;
        b_k = vectors * width;
      }
      T* tile = is_edge ? edge : c + j;
      const int64_t tile_row = is_edge ? width : p.c_row;
      const T* panel_a = a + k * p.a_k;
      if (is_edge && add)
        for (int64_t i = 0; i < p.m; ++i) copy_short<T>(edge + i * width, c + i * p.c_row + j, columns);
      if (vectors == 4)
        run_panel<T, 4>(p, j, panel_a, panel_b, b_k, tile, tile_row, depth, add);
      else if (vectors == 2)
        run_panel<T, 2>(p, j, panel_a, panel_b, b_k, tile, tile_row, depth, add);
      else
        run_panel<T, 1>(p, j, panel_a, panel_b, b_k, tile, tile_row, depth, add);
      if (is_edge)
        for (int64_t i = 0; i < p.m; ++i) copy_short<T>(c + i * p.c_row + j, edge + i * width, columns);
      j += columns;
    }
  }
}

}  // namespace
