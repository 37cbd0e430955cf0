#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

namespace veilray::tensor {

using Shape = std::vector<std::int64_t>;

/// Number of elements of a shape already known to be sane (all extents >= 0, product fits).
inline std::size_t element_count(const Shape& shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

/// A dense float32 array, last axis fastest. data.size() == element_count(shape).
struct Tensor {
  Shape shape;
  std::vector<float> data;

  static Tensor zeros(Shape shape) {
    const auto count = element_count(shape);
    return {std::move(shape), std::vector<float>(count, 0.0F)};
  }
  friend bool operator==(const Tensor&, const Tensor&) = default;
};

}  // namespace veilray::tensor
