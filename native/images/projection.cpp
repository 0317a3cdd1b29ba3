// Compiled without fused multiplications and additions: see CMakeLists.txt.
#include "images/projection.h"

#include <algorithm>
#include <cmath>

namespace glassworks {
namespace {

// The entries of an axis next to a place, with their shares, and whether they lie inside.
struct Neighbours {
  int64_t index[2];
  float share[2];
  bool inside[2];
};

int64_t into_axis(int64_t index, int64_t size, Fill fill) {
  if (index >= 0 && index < size) return index;
  if (fill == Fill::constant || fill == Fill::nearest || size == 1) return std::clamp<int64_t>(index, 0, size - 1);
  const int64_t period = fill == Fill::wrap ? size : fill == Fill::mirror ? 2 * size - 2 : 2 * size;
  const int64_t place = (index % period + period) % period;
  if (fill == Fill::wrap) return place;
  return std::min(place, (fill == Fill::mirror ? period : period - 1) - place);
}

Neighbours around(float place, int64_t size, Fill fill) {
  constexpr float most = 1073741824.0f;  // farther away, indices stay on the same side
  const float lower = std::floor(place);
  const float share = place - lower;
  // The share of NaN is NaN, whichever pixel is read.
  const int64_t index = lower == lower ? static_cast<int64_t>(std::clamp(lower, -most, most)) : 0;
  Neighbours found;
  found.share[0] = 1.0f - share;
  found.share[1] = share;
  for (int i = 0; i < 2; ++i) {
    found.index[i] = into_axis(index + i, size, fill);
    found.inside[i] = fill != Fill::constant || found.index[i] == index + i;
  }
  return found;
}

}  // namespace

void project(const float* images, const float* transforms, float* result, int64_t count, int64_t height, int64_t width,
             int64_t channels, Fill fill, float fill_value) {
  const int64_t image_size = height * width * channels;
  for (int64_t n = 0; n < count; ++n, images += image_size, transforms += 8) {
    const float *a = transforms, *b = transforms + 3, *c = transforms + 6;
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x, result += channels) {
        const float column = static_cast<float>(x), row = static_cast<float>(y);
        const float k = c[0] * column + c[1] * row + 1.0f;
        const Neighbours across = around((a[0] * column + a[1] * row + a[2]) / k, width, fill);
        const Neighbours down = around((b[0] * column + b[1] * row + b[2]) / k, height, fill);
        for (int i = 0; i < 4; ++i) {
          const int r = i / 2, s = i % 2;
          const float* pixel = images + (down.index[r] * width + across.index[s]) * channels;
          const float weight = down.share[r] * across.share[s];
          const bool inside = down.inside[r] && across.inside[s];
          for (int64_t channel = 0; channel < channels; ++channel) {
            const float value = (inside ? pixel[channel] : fill_value) * weight;
            result[channel] = i ? result[channel] + value : value;
          }
        }
      }
  }
}

}  // namespace glassworks
