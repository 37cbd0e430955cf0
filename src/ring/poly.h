#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/aligned.h"
#include "base/error.h"

namespace veilray::ring {

enum class Domain : std::uint8_t { kCoeff, kNtt };

/// The primes a polynomial has residues for: q_0..q_{chain-1}, then p_0..p_{special-1}.
struct Shape {
  std::uint32_t n = 0;
  std::uint32_t chain_limbs = 0;
  std::uint32_t special_limbs = 0;

  std::uint32_t limbs() const noexcept { return chain_limbs + special_limbs; }
  /// Words from one limb to the next. Not a power of two: limbs one power of two apart would fight
  /// for the same cache sets.
  std::size_t stride() const noexcept { return n + std::size_t{16}; }
  std::size_t words() const noexcept { return limbs() * stride(); }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// A polynomial of Z[X]/(X^n + 1), one limb of n reduced residues per prime of its shape.
/// The domain is part of the type: a product of coefficient vectors does not compile.
template <Domain D>
class Poly {
 public:
  Poly() = default;
  /// Residues uninitialised.
  explicit Poly(Shape shape) : shape_(shape), words_(shape.words()) {}
  /// Uses `memory` (of any size) instead of allocating; residues unspecified.
  Poly(Shape shape, AlignedVector<std::uint32_t> memory)
      : shape_(shape), words_(std::move(memory)) {
    words_.resize(shape.words());
  }

  const Shape& shape() const noexcept { return shape_; }
  std::uint32_t n() const noexcept { return shape_.n; }
  std::uint32_t limbs() const noexcept { return shape_.limbs(); }
  bool empty() const noexcept { return words_.empty(); }

  std::span<std::uint32_t> limb(std::size_t index) noexcept {
    VEILRAY_ASSERT(index < limbs());
    return {words_.data() + index * shape_.stride(), shape_.n};
  }
  std::span<const std::uint32_t> limb(std::size_t index) const noexcept {
    VEILRAY_ASSERT(index < limbs());
    return {words_.data() + index * shape_.stride(), shape_.n};
  }

  /// Forgets the residues of every prime from q_{chain_limbs} on, and of all special primes.
  void drop_to(std::uint32_t chain_limbs) {
    VEILRAY_ASSERT(chain_limbs <= shape_.chain_limbs);
    shape_.chain_limbs = chain_limbs;
    shape_.special_limbs = 0;
    words_.resize(shape_.words());
  }

  /// Gives the memory up, for a Workspace or for the other domain.
  AlignedVector<std::uint32_t> release() && {
    shape_ = {};
    return std::exchange(words_, {});
  }

 private:
  Shape shape_;
  AlignedVector<std::uint32_t> words_;
};

using CoeffPoly = Poly<Domain::kCoeff>;
using NttPoly = Poly<Domain::kNtt>;

}  // namespace veilray::ring
