#pragma once
#include <cstdint>

namespace veilray::vision::nn {

/// A row-major matrix that lies somewhere: `stride` floats from one row to the next.
template <class T>
struct Rows {
  T* data = nullptr;
  std::int64_t stride = 0;
};

enum class Right : std::uint8_t { kAsIs, kTransposed };

/// out [m, n] = alpha * left [m, k] * right + beta * out, where right is [k, n], or [n, k] when
/// kTransposed. oneDNN's sgemm. Output bits do not depend on the number of threads.
void multiply(Rows<float> out, Rows<const float> left, Rows<const float> right, Right orientation,
              std::int64_t m, std::int64_t n, std::int64_t k, float alpha, float beta);

}  // namespace veilray::vision::nn
