#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/aligned.h"
#include "ring/poly.h"

namespace veilray::ring {

/// Memory that is used again instead of being allocated again: a key switch touches megabytes, and
/// fresh pages would cost as much as the arithmetic. One per thread; never shared.
class Workspace {
 public:
  template <Domain D>
  Poly<D> take(Shape shape) {
    return Poly<D>(shape, take_words(shape.words()));
  }
  template <Domain D>
  void give(Poly<D> poly) {
    give_words(std::move(poly).release());
  }

  /// At least `count` words, contents unspecified.
  AlignedVector<std::uint32_t> take_words(std::size_t count);
  void give_words(AlignedVector<std::uint32_t> words);

 private:
  std::vector<AlignedVector<std::uint32_t>> free_;
};

}  // namespace veilray::ring
