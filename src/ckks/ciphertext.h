#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "ckks/types.h"
#include "ring/poly.h"

namespace veilray::ckks {

/// (c_0, c_1) or, after a multiplication, (c_0, c_1, c_2), in the NTT domain.
/// Decrypts to c_0 + c_1 s (+ c_2 s^2) = scale * message + noise.
class Ciphertext {
 public:
  Ciphertext() = default;
  /// Degree 1.
  Ciphertext(ring::NttPoly c0, ring::NttPoly c1, Scale scale)
      : parts_{std::move(c0), std::move(c1), {}}, degree_(1), scale_(scale) {}
  /// Degree 2.
  Ciphertext(ring::NttPoly c0, ring::NttPoly c1, ring::NttPoly c2, Scale scale)
      : parts_{std::move(c0), std::move(c1), std::move(c2)}, degree_(2), scale_(scale) {}

  Level level() const noexcept { return {parts_[0].shape().chain_limbs - 1}; }
  Scale scale() const noexcept { return scale_; }
  std::uint32_t degree() const noexcept { return degree_; }
  std::uint32_t n() const noexcept { return parts_[0].n(); }
  std::uint32_t parts() const noexcept { return degree_ + 1; }
  ring::NttPoly& part(std::size_t index) noexcept { return parts_[index]; }
  const ring::NttPoly& part(std::size_t index) const noexcept { return parts_[index]; }

  /// Reinterprets the message as message * old scale / new scale: a multiplication by a known
  /// scalar for free.
  void set_scale(Scale scale) noexcept { scale_ = scale; }

  /// Gives the memory back for the next result.
  void recycle(Workspace& workspace) && {
    for (auto& part : parts_) {
      if (!part.empty()) workspace.give(std::move(part));
    }
    degree_ = 0;
  }

 private:
  std::array<ring::NttPoly, 3> parts_;
  std::uint32_t degree_ = 0;
  Scale scale_;
};

/// In memory of the workspace.
Ciphertext copy(const Ciphertext& ct, Workspace& workspace);

/// A degree-1 ciphertext multiplied by P, over the modulus chain and the special primes: the sum of
/// several rotations before their common mod_down.
class ExtendedCiphertext {
 public:
  ExtendedCiphertext() = default;
  ExtendedCiphertext(ring::NttPoly c0, ring::NttPoly c1, Scale scale)
      : parts_{std::move(c0), std::move(c1)}, scale_(scale) {}

  bool empty() const noexcept { return parts_[0].empty(); }
  Level level() const noexcept { return {parts_[0].shape().chain_limbs - 1}; }
  Scale scale() const noexcept { return scale_; }
  void set_scale(Scale scale) noexcept { scale_ = scale; }
  ring::NttPoly& part(std::size_t index) noexcept { return parts_[index]; }
  const ring::NttPoly& part(std::size_t index) const noexcept { return parts_[index]; }

 private:
  std::array<ring::NttPoly, 2> parts_;
  Scale scale_;
};

}  // namespace veilray::ckks
