// Images seen through a projection: each pixel of the result is read between four pixels of the image.
#pragma once

#include <cstdint>

namespace glassworks {

enum class Fill { constant, nearest, wrap, mirror, reflect };

// A batch of images (count, height, width, channels), contiguous, and eight numbers for each. The pixel at (x, y) comes
// from ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), with k = c0 x + c1 y + 1. Every operation is rounded as in
// NumPy, in the order of the op `affine_transform`, so the results are the same bit for bit.
void project(const float* images, const float* transforms, float* result, int64_t count, int64_t height, int64_t width,
             int64_t channels, Fill fill, float fill_value);

}  // namespace glassworks
